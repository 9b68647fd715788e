//! What happens to an image, told attempt by attempt with the reason and the place of each.

use crate::file::{Files, Span};
use crate::order;
use crate::policy_json::Policy;
use crate::reference::Reference;
use crate::registries::entry::{Mirror, PullFromMirror, Registry, ShortNameMode};
use crate::registries::load::Registries;
use crate::registries::{Origin, Role};
use crate::resolve::short_name::candidates;
use crate::resolve::{Attempt, Endpoint, Resolution, resolve, serves};
use judgement::Judgement;
use serde::Serialize;

pub mod judgement;
pub mod text;

/// What happens to one image name.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Trace {
    /// The image, as it was asked for.
    pub image: String,
    /// Where the image was found; absent for an argument.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The references CRI-O tries in order; several only for a short name.
    pub candidates: Vec<Candidate>,
    /// Why there is no candidate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One full reference and its attempts.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Candidate {
    /// The reference, normalized, as CRI-O pulls it.
    pub reference: String,
    /// Whether it is pulled by digest, else by tag.
    pub by_digest: bool,
    /// The entry that governs it; absent when none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<Entry>,
    /// What is tried, in order.
    pub attempts: Vec<Step>,
    /// Mirrors of the entry that are not for this form of reference.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
    /// What fails the pull before anything is tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What policy.json says to it, which is asked only where an endpoint is contacted; absent
    /// where nodes keep the product's own, which accepts any image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Judgement>,
    /// How the pull ends, as far as the configuration decides it.
    pub outcome: Outcome,
}

/// An entry of the configuration in force.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Entry {
    /// What it matches.
    pub prefix: String,
    /// Where its source is; empty when that is the reference itself.
    pub location: String,
    /// Whether what it matches is refused.
    pub blocked: bool,
    /// Where it comes from, most telling first.
    pub origins: Vec<Place>,
    /// Its table in registries.conf.
    #[serde(skip)]
    pub table: Option<Span>,
}

/// One attempt.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Step {
    /// What is asked for.
    pub reference: String,
    /// The host that is contacted, with its port where one is written.
    pub host: String,
    /// Mirror, source, or the reference as written.
    pub endpoint: EndpointKind,
    /// Whether a failed TLS verification, and then plain HTTP, is accepted.
    pub insecure: bool,
    /// Why the endpoint is tried at this place.
    pub reason: String,
    /// Why nothing is sent to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Whether the host is one of those said to be down.
    pub down: bool,
    /// Where the endpoint comes from.
    pub origins: Vec<Place>,
    /// Its table in registries.conf.
    #[serde(skip)]
    pub table: Option<Span>,
}

/// Which endpoint a step is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndpointKind {
    /// One of the entry's mirrors.
    Mirror,
    /// The entry's own location.
    Source,
    /// No entry governs the reference.
    AsWritten,
}

/// A mirror that is not tried.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Skipped {
    /// Where the mirror is.
    pub location: String,
    /// Why it is not tried.
    pub reason: String,
    /// Where the mirror comes from.
    pub origins: Vec<Place>,
    /// Its table in registries.conf.
    #[serde(skip)]
    pub table: Option<Span>,
}

/// How a pull ends, as far as the configuration decides it.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Outcome {
    /// Some endpoint is contacted.
    Contacts {
        /// The first that is neither refused nor down.
        first: String,
        /// How many of the attempts are neither refused nor down.
        n_endpoints: usize,
    },
    /// Some endpoint is contacted for the manifest, and then policy.json rejects the image.
    Rejected {
        /// The first that is neither refused nor down.
        first: String,
        /// How many of the attempts are neither refused nor down.
        n_endpoints: usize,
        /// What the kubelet is told.
        reason: String,
    },
    /// Nothing is contacted, or nothing that is up.
    Fails {
        /// Why, in a sentence.
        reason: String,
    },
}

/// A place in the input, as people count.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Place {
    /// The file's name.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// The object it is in, such as `ImageTagMirrorSet/lab`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// What the text there does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<&'static str>,
    /// The same in bytes, to its end.
    #[serde(skip)]
    pub span: Span,
}

/// What a trace is made from.
pub struct Context<'a> {
    /// The texts that spans are in.
    pub files: &'a Files,
    /// The configuration in force.
    pub registries: &'a Registries,
    /// The policy.json in force; `None` for the product's own, which accepts any image.
    pub policy: Option<&'a Policy>,
    /// How short names with several candidates are treated; OpenShift nodes try them all.
    pub short_name_mode: ShortNameMode,
    /// Hosts that do not answer; one without a port stands for all its ports.
    pub down: &'a [String],
    /// The name of the object that a span is in.
    pub object_at: &'a dyn Fn(Span) -> Option<String>,
}

/// Tells what happens to one image name.
pub fn trace(context: &Context<'_>, image: &str, place: Option<Span>) -> Trace {
    let place = place.map(|span| context.place(span, None));
    let image = image.to_owned();
    match candidates(context.registries, &image, context.short_name_mode) {
        Err(error) => Trace {
            image,
            place,
            candidates: Vec::new(),
            error: Some(error.to_string()),
        },
        Ok(references) => {
            let candidates = references
                .iter()
                .map(|reference| context.candidate(reference));
            Trace {
                candidates: candidates.collect(),
                image,
                place,
                error: None,
            }
        }
    }
}

impl Trace {
    /// Whether some endpoint of some candidate is contacted.
    pub fn contacts_any(&self) -> bool {
        self.candidates
            .iter()
            .any(|candidate| match candidate.outcome {
                Outcome::Contacts { .. } | Outcome::Rejected { .. } => true,
                Outcome::Fails { .. } => false,
            })
    }

    /// Whether some candidate can be pulled: an endpoint is contacted, and policy.json does not
    /// reject what it has.
    pub fn pulls_any(&self) -> bool {
        self.candidates
            .iter()
            .any(|candidate| matches!(candidate.outcome, Outcome::Contacts { .. }))
    }
}

impl Context<'_> {
    fn place(&self, span: Span, role: Option<Role>) -> Place {
        let position = self.files.position(span.file, span.start);
        Place {
            file: self.files.name(span.file).to_owned(),
            line: position.line,
            column: position.column,
            object: (self.object_at)(span),
            role: role.map(role_name),
            span,
        }
    }

    /// The places in objects where there are any, else the place in the configuration file.
    fn places(&self, origins: &[Origin], span: Option<Span>) -> Vec<Place> {
        let mut places: Vec<Place> = Vec::new();
        for origin in origins {
            let place = self.place(origin.span, Some(origin.role));
            if !places.contains(&place) {
                places.push(place);
            }
        }
        if places.is_empty() {
            places.extend(span.map(|span| self.place(span, None)));
        }
        places
    }

    fn candidate(&self, reference: &Reference) -> Candidate {
        let resolution = resolve(self.registries, reference);
        let registry = resolution.registry.map(|id| self.registries.registry(id));
        let by_digest = reference.digest().is_some();
        let (attempts, error) = match &resolution.attempts {
            Ok(attempts) => {
                let step = |attempt| self.step(&resolution, attempt);
                (attempts.iter().map(step).collect(), None)
            }
            Err(error) => (Vec::new(), Some(format!("{error}: `{}`", error.text))),
        };
        let policy = self.policy;
        let policy = policy.map(|policy| self.judgement(policy, reference));
        let outcome = outcome(&attempts, error.as_deref(), policy.as_ref());
        Candidate {
            reference: reference.as_str().to_owned(),
            by_digest,
            entry: registry.map(|registry| self.entry(registry)),
            skipped: registry.map_or(Vec::new(), |registry| self.skipped(registry, by_digest)),
            attempts,
            error,
            policy,
            outcome,
        }
    }

    fn entry(&self, registry: &Registry) -> Entry {
        Entry {
            prefix: registry.prefix.clone(),
            location: registry.location.clone(),
            blocked: registry.blocked,
            origins: self.places(&registry.origins, registry.span),
            table: registry.span,
        }
    }

    fn step(&self, resolution: &Resolution, attempt: &Attempt) -> Step {
        let registry = resolution.registry.map(|id| self.registries.registry(id));
        let (endpoint, reason, origins, table) = match (attempt.endpoint, registry) {
            (Endpoint::Mirror(idx), Some(registry)) => {
                let mirror = &registry.mirrors[idx as usize];
                let origins = self.places(&mirror.origins, mirror.span);
                (
                    EndpointKind::Mirror,
                    mirror_reason(registry, mirror),
                    origins,
                    mirror.span,
                )
            }
            (_, Some(registry)) => {
                let reason = match registry.location == registry.prefix {
                    true => "the source, after all mirrors".to_owned(),
                    false => format!(
                        "the source, which `{}` is relocated to, after all mirrors",
                        registry.prefix
                    ),
                };
                let mut origins = registry.origins.clone();
                if attempt.blocked_by.is_some() {
                    // What blocks the source tells more than what made the entry.
                    order::sort_by_key(&mut origins, |origin| !blocks(origin.role));
                }
                let origins = self.places(&origins, registry.span);
                (EndpointKind::Source, reason, origins, registry.span)
            }
            (_, None) => (
                EndpointKind::AsWritten,
                "no entry matches the name".to_owned(),
                Vec::new(),
                None,
            ),
        };
        let host = attempt.reference.domain().to_owned();
        Step {
            reference: attempt.reference.as_str().to_owned(),
            endpoint,
            insecure: attempt.insecure,
            reason,
            refused: self.refused(attempt),
            down: self.down.iter().any(|down| is_host(&host, down)),
            host,
            origins,
            table,
        }
    }

    fn refused(&self, attempt: &Attempt) -> Option<String> {
        if let Some(id) = attempt.blocked_by {
            return Some(format!(
                "registry `{}` is blocked",
                self.registries.registry(id).prefix
            ));
        }
        attempt.refusal.map(|refusal| refusal.to_string())
    }

    fn skipped(&self, registry: &Registry, by_digest: bool) -> Vec<Skipped> {
        let form = if by_digest { "digest" } else { "tag" };
        let other = if by_digest { "tag" } else { "digest" };
        let is_skipped = |mirror: &&Mirror| !serves(registry, mirror.pull_from_mirror, by_digest);
        let skipped = registry
            .mirrors
            .iter()
            .filter(is_skipped)
            .map(|mirror| Skipped {
                location: mirror.location.clone(),
                reason: format!("for pulls by {other}, and this is a pull by {form}"),
                origins: self.places(&mirror.origins, mirror.span),
                table: mirror.span,
            });
        skipped.collect()
    }
}

fn blocks(role: Role) -> bool {
    matches!(role, Role::NeverContactSource | Role::Blocked)
}

fn mirror_reason(registry: &Registry, mirror: &Mirror) -> String {
    let form = match mirror.pull_from_mirror {
        _ if registry.mirror_by_digest_only => " for pulls by digest",
        PullFromMirror::DigestOnly => " for pulls by digest",
        PullFromMirror::TagOnly => " for pulls by tag",
        PullFromMirror::Unset | PullFromMirror::All => "",
    };
    format!("mirror of `{}`{form}", registry.prefix)
}

fn outcome(attempts: &[Step], error: Option<&str>, policy: Option<&Judgement>) -> Outcome {
    if error.is_some() {
        let reason = "a rewritten reference is invalid, so nothing is contacted".to_owned();
        return Outcome::Fails { reason };
    }
    let mut open = attempts
        .iter()
        .filter(|step| step.refused.is_none() && !step.down);
    match open.next() {
        Some(first) => {
            let first = first.reference.clone();
            let n_endpoints = 1 + open.count();
            match policy.and_then(|policy| policy.message.clone()) {
                None => Outcome::Contacts { first, n_endpoints },
                Some(reason) => Outcome::Rejected {
                    first,
                    n_endpoints,
                    reason,
                },
            }
        }
        None if attempts.iter().all(|step| step.refused.is_some()) => Outcome::Fails {
            reason: "every endpoint is refused".to_owned(),
        },
        None => Outcome::Fails {
            reason: "every endpoint is refused or down".to_owned(),
        },
    }
}

/// Whether a host is the one said to be down; Docker Hub answers to three names.
pub(crate) fn is_host(host: &str, down: &str) -> bool {
    let is_hub =
        |name: &str| ["docker.io", "index.docker.io", "registry-1.docker.io"].contains(&name);
    let without_port = host.split_once(':').map_or(host, |(host, _)| host);
    host == down || without_port == down || (is_hub(host) && is_hub(down))
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Source => "source",
        Role::Mirror => "mirror",
        Role::NeverContactSource => "never-contact-source",
        Role::Blocked => "blocked",
        Role::Insecure => "insecure",
        Role::InheritedFrom => "inherited-from",
    }
}

#[cfg(test)]
mod tests;
