//! What holds for every reference that there is: claims, each proven class by class, or refuted by
//! witnesses.
//!
//! A claim never looks at entries to decide: `regions` has a witness for each class, `resolve`
//! says what is asked for it, and the claim looks at that.

use crate::file::Span;
use crate::finding::{Finding, one_line};
use crate::lint::card::Card;
use crate::order;
use crate::policy_json::Policy;
use crate::policy_json::decision::Verdict;
use crate::reference::Reference;
use crate::regions::{Also, Extent, Form, Names, Region, Regions};
use crate::registries::Origin;
use crate::registries::load::{Registries, RegistryId};
use crate::resolve::{Attempt, Endpoint, Resolution, resolve};
use crate::sorted::Map;
use allowed::Allowed;

pub mod allowed;
mod anonymous_endpoint;
pub mod covers;
mod unreachable_pull;
mod unverified_endpoint;
mod way_out;

/// Most classes that one proof looks at.
///
/// A hundred thousand sources with two mirrors each have about two million; only blocked entries
/// that many mirrors reach can make more.
pub const CLASSES_MAX: usize = 4_000_000;

/// What there is to say of each claim that fails, by code.
pub static CARDS: &[&Card] = &[
    &way_out::CARD,
    &unreachable_pull::CARD,
    &anonymous_endpoint::CARD,
    &unverified_endpoint::CARD,
    &covers::UNSERVED,
    &covers::IDLE,
];

/// What is claimed of all pulls.
pub enum Claim<'a> {
    /// Nothing else is contacted.
    StaysWithin(Allowed<'a>),
    /// Every usual name can be pulled, though these hosts do not answer.
    Works {
        /// Hosts; one without a port stands for all its ports.
        down: &'a [String],
    },
    /// What entries send their pulls to has credentials under one of these keys.
    HasCredentials {
        /// The keys of a pull secret.
        keys: &'a [&'a str],
    },
    /// Nothing is contacted without verifying who answers.
    IsVerified,
}

/// What pulls are resolved with.
pub struct World<'a> {
    /// The configuration in force.
    pub registries: &'a Registries,
    /// Which images nodes let in; `None` where all are.
    pub policy: Option<&'a Policy>,
    /// Where findings go about what nobody wrote.
    pub start: Span,
    /// The object that a place is in, and the field.
    pub locate: &'a dyn Fn(Span) -> Option<(String, String)>,
}

/// What became of a claim.
pub struct Proof {
    /// What refutes it, each with its shortest witness, by place; empty when it holds.
    pub findings: Vec<Finding>,
    /// How many scopes have references of their own.
    pub n_scopes: usize,
    /// How many classes were looked at.
    pub n_classes: usize,
    /// Whether there were too many to look at, so that nothing is proven.
    pub is_cut: bool,
}

impl Proof {
    /// Whether the claim holds for every reference.
    pub fn holds(&self) -> bool {
        self.findings.is_empty() && !self.is_cut
    }
}

/// Proves or refutes a claim.
///
/// Takes time linear in the configuration, but for sorting, up to `CLASSES_MAX`.
pub fn prove(world: &World<'_>, claim: &Claim<'_>) -> Proof {
    let mut proof = match claim {
        Claim::StaysWithin(allowed) => way_out::prove(world, allowed),
        Claim::Works { down } => unreachable_pull::prove(world, down),
        Claim::HasCredentials { keys } => anonymous_endpoint::prove(world, keys),
        Claim::IsVerified => unverified_endpoint::prove(world),
    };
    order::sort_by(&mut proof.findings, |left, right| {
        let key = |finding: &Finding| (finding.span, finding.code);
        key(left)
            .cmp(&key(right))
            .then_with(|| left.message.cmp(&right.message))
    });
    proof
}

/// Takes what refutes a claim.
struct Refuted<'w> {
    world: &'w World<'w>,
    card: &'static Card,
    findings: Vec<Finding>,
}

impl Refuted<'_> {
    fn add(&mut self, span: Span, message: String) -> &mut Finding {
        let (object, path) = match (self.world.locate)(span) {
            Some((object, path)) => (Some(object).filter(|it| !it.is_empty()), path),
            None => (None, String::new()),
        };
        self.findings.push(Finding {
            rule: self.card.id,
            code: self.card.code,
            severity: self.card.severity,
            message: one_line(message),
            span,
            related: Vec::new(),
            help: None,
            fix: None,
            object,
            path,
        });
        self.findings.last_mut().expect("one was just added")
    }
}

/// How many references a proof has looked at.
#[derive(Clone, Copy, Default)]
struct Counts {
    n_scopes: usize,
    n_classes: usize,
    is_cut: bool,
}

impl<'w> World<'w> {
    /// Asks about a witness of every class: those of scopes in their order, then those of none.
    fn each(&self, also: &Also<'_>, mut visit: impl FnMut(&Region<'_>, &Resolution)) -> Counts {
        let regions = Regions::of(self.registries, also);
        let mut counts = Counts::default();
        let mut ask = |region: &Region<'_>, counts: &mut Counts| {
            counts.n_classes += 1;
            visit(region, &resolve(self.registries, &region.witness));
        };
        for scope in regions.scopes() {
            if CLASSES_MAX <= counts.n_classes {
                counts.is_cut = true;
                break;
            }
            let told = regions.of_scope(scope, Names::All);
            counts.is_cut |= told.is_cut;
            counts.n_scopes += usize::from(!told.regions.is_empty());
            for region in &told.regions {
                ask(region, &mut counts);
            }
        }
        for region in regions.outside() {
            ask(&region, &mut counts);
        }
        counts
    }

    fn refuted(&'w self, card: &'static Card) -> Refuted<'w> {
        Refuted {
            world: self,
            card,
            findings: Vec::new(),
        }
    }

    /// The places that an endpoint of an entry comes from, or the entry itself; the first is where
    /// a finding about it belongs.
    fn places(&self, entry: Option<RegistryId>, endpoint: Endpoint) -> Places<'w> {
        let registry = entry.map(|id| self.registries.registry(id));
        let (origins, span): (&[Origin], _) = match (registry, endpoint) {
            (Some(registry), Endpoint::Mirror(idx)) => {
                let mirror = &registry.mirrors[idx as usize];
                (&mirror.origins, mirror.span)
            }
            (Some(registry), _) => (&registry.origins, registry.span),
            (None, _) => (&[], None),
        };
        Places {
            origins,
            span: span.unwrap_or(self.start),
        }
    }

    /// The policy's scope that refuses a pull by name; an empty one where its default does, and
    /// `None` where the image is let in.
    fn refused_by(&self, reference: &Reference) -> Option<&'w str> {
        let (scope, what) = self.policy?.deciding(reference);
        (what.verdict() == Verdict::Rejected).then(|| scope.unwrap_or_default())
    }
}

impl Counts {
    fn proof(self, findings: Vec<Finding>) -> Proof {
        let Counts {
            n_scopes,
            n_classes,
            is_cut,
        } = self;
        Proof {
            findings,
            n_scopes,
            n_classes,
            is_cut,
        }
    }
}

/// Where something comes from.
struct Places<'a> {
    origins: &'a [Origin],
    /// Where it is written when it comes from no object.
    span: Span,
}

/// The attempts for which something is sent.
fn contacted(resolution: &Resolution) -> impl Iterator<Item = &Attempt> {
    let attempts = resolution.attempts.iter().flatten();
    attempts.filter(|attempt| attempt.blocked_by.is_none() && attempt.refusal.is_none())
}

/// An image and what an endpoint is asked for it.
#[derive(Clone, PartialEq, Eq)]
struct Witness {
    image: String,
    asked: String,
}

/// The shortest witness of each form.
#[derive(Clone, PartialEq, Eq, Default)]
struct Shortest {
    by_form: Map<Form, Witness>,
}

impl Shortest {
    fn add(&mut self, form: Form, image: &Reference, asked: &Reference) {
        let length = |witness: &Witness| witness.image.len();
        if let Some(known) = self.by_form.get(&form)
            && length(known) <= image.as_str().len()
        {
            return;
        }
        let witness = Witness {
            image: image.to_string(),
            asked: asked.to_string(),
        };
        self.by_form.insert(form, witness);
    }

    /// "by tag and by digest".
    fn forms(&self) -> String {
        let forms: Vec<&str> = self.by_form.keys().map(|form| form_name(*form)).collect();
        forms.join(" and ")
    }

    fn has(&self, form: Form) -> bool {
        self.by_form.contains_key(&form)
    }

    /// The shortest of all, one by tag where there is one.
    fn first(&self) -> Option<&Witness> {
        self.by_form.values().next()
    }
}

fn form_name(form: Form) -> &'static str {
    match form {
        Form::Tag => "by tag",
        Form::Digest => "by digest",
    }
}

/// Whether people pull what a witness stands for: what is on another port of a host, or as long as
/// names may be, is hardly ever a repository.
fn is_usual(extent: Extent) -> bool {
    matches!(extent, Extent::Below | Extent::Itself | Extent::ShortName)
}
