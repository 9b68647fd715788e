//! The files that the Machine Config Operator gives to nodes, or why it gives none.

use crate::file::{Files, Span, Spanned};
use crate::openshift::OpenShift;
use crate::policy_json::{self, ImagePolicies, Policy, PolicyInput};
use crate::reference::Reference;
use crate::registries::merge::{self, Changes};
use crate::registries::refusal::Refusal;
use crate::registries::{Conf, validate, write};
use crate::resource::image_config::ImageConfig;
use crate::resource::mirror_set::{MirrorSet, MirrorSetKind};
use crate::rollout::CONF_PATH;
use std::collections::BTreeMap;

pub mod payload;

use payload::{Lists, Warning};

/// The text of the file that changes are made to, in every release since 4.2.
pub const TEMPLATE: &str =
    "unqualified-search-registries = ['registry.access.redhat.com', 'docker.io']\n";

/// A release image for clusters that name none: the product's, by a digest.
pub const RELEASE_IMAGE: &str = "quay.io/openshift-release-dev/ocp-release@sha256:\
     0000000000000000000000000000000000000000000000000000000000000000";

/// What nodes get their files from.
#[derive(Clone, Copy, Debug)]
pub struct RenderInput<'a> {
    /// Mirror sets of any kind; those that the release does not read are passed over.
    pub mirror_sets: &'a [MirrorSet],
    /// The cluster's image configuration.
    pub image: &'a ImageConfig,
    /// The image of the cluster's release; `None` for `RELEASE_IMAGE`.
    pub release_image: Option<&'a str>,
    /// The file that changes are made to.
    pub base: Base<'a>,
    /// The scopes that signatures are asked for.
    pub image_policies: &'a ImagePolicies,
}

/// The registries.conf that changes are made to.
#[derive(Clone, Copy, Debug)]
pub enum Base<'a> {
    /// The product's own, `TEMPLATE`.
    Template,
    /// Another one.
    Conf(&'a Conf),
    /// One that cannot be decoded, with the decoder's text.
    Broken(&'a str),
}

/// The files of a node that differ from the product's own.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct NodeFiles {
    /// registries.conf; `None` when nodes keep the template.
    pub registries_conf: Option<Written<Conf>>,
    /// policy.json; `None` when nodes keep the template.
    pub policy_json: Option<Written<Policy>>,
    /// The drop-in at `write::SEARCH_PATH`; `None` when nodes have none.
    pub search_conf: Option<Written<Conf>>,
    /// What the operator only logs.
    pub warnings: Vec<Warning>,
}

impl NodeFiles {
    /// The text of every file by its path on a node, the product's own where nodes keep them.
    pub fn on_node(&self) -> BTreeMap<String, String> {
        let conf = self.registries_conf.as_ref().map(|file| &file.text);
        let policy = self.policy_json.as_ref().map(|file| &file.text);
        let search = self.search_conf.as_ref().map(|file| &file.text);
        let mut texts = BTreeMap::from([
            (CONF_PATH, conf.map_or(TEMPLATE, String::as_str)),
            (
                policy_json::PATH,
                policy.map_or(policy_json::TEMPLATE, String::as_str),
            ),
        ]);
        texts.extend(search.map(|text| (write::SEARCH_PATH, text.as_str())));
        let owned = |(path, text): (&str, &str)| (path.to_owned(), text.to_owned());
        texts.into_iter().map(owned).collect()
    }

    /// The path and text of each file that is written, by path.
    pub fn written(&self) -> Vec<(&'static str, &str)> {
        let files = [
            (
                policy_json::PATH,
                self.policy_json.as_ref().map(|file| file.text.as_str()),
            ),
            (
                CONF_PATH,
                self.registries_conf.as_ref().map(|file| file.text.as_str()),
            ),
            (
                write::SEARCH_PATH,
                self.search_conf.as_ref().map(|file| file.text.as_str()),
            ),
        ];
        files
            .into_iter()
            .filter_map(|(path, text)| Some((path, text?)))
            .collect()
    }
}

/// What a file says and its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written<T> {
    /// What it says, with the places it comes from.
    pub value: T,
    /// The whole text.
    pub text: String,
}

/// The product's own registries.conf.
pub fn template() -> Conf {
    let mut files = Files::new();
    let span = Span::new(files.add(CONF_PATH, TEMPLATE), 0, 0);
    let text = |text: &str| Spanned::new(text.to_owned(), span);
    Conf {
        search: Some(vec![text("registry.access.redhat.com"), text("docker.io")]),
        is_v2: true,
        ..Conf::default()
    }
}

/// The files that nodes get.
///
/// # Errors
///
/// The operator's first reason to write nothing at all; nodes then keep the files they have.
pub fn render(input: &RenderInput<'_>, version: OpenShift) -> Result<NodeFiles, Refusal> {
    let mut rendering = rendering(input, version);
    if rendering.refusals.is_empty() {
        Ok(rendering.files)
    } else {
        Err(rendering.refusals.swap_remove(0))
    }
}

/// Every reason to write nothing at all, in the order the operator would come upon them.
pub fn refusals(input: &RenderInput<'_>, version: OpenShift) -> Vec<Refusal> {
    rendering(input, version).refusals
}

struct Rendering {
    files: NodeFiles,
    refusals: Vec<Refusal>,
}

fn rendering(input: &RenderInput<'_>, version: OpenShift) -> Rendering {
    // From openshift/machine-config-operator, pkg/controller/container-runtime-config/
    // container_runtime_config_controller.go syncImageConfig, registriesConfigIgnition.
    let mut refusals = Vec::new();
    let mirror_sets: Vec<&MirrorSet> = input
        .mirror_sets
        .iter()
        .filter(|set| is_read(set.kind, version))
        .collect();
    let payload = input.release_image.unwrap_or(RELEASE_IMAGE);
    let payload = Reference::parse_canonical(payload.to_owned());
    let lists = match &payload {
        Ok(payload) => payload::lists(payload, input.image, &mirror_sets, version),
        Err(_) => Err(Refusal::ReleaseImage),
    };
    let lists = lists.unwrap_or_else(|refusal| {
        refusals.push(refusal);
        Lists::default()
    });
    let registries_conf = rendered_conf(input, &lists, &mirror_sets, version);
    let registries_conf = registries_conf.unwrap_or_else(|more| {
        refusals.extend(more);
        None
    });

    let policy_input = PolicyInput {
        blocked: lists.policy_blocked.as_deref(),
        allowed: lists.allowed.as_deref(),
        payload: payload.as_ref().ok().map(Reference::name),
        image_policies: input.image_policies,
    };
    let mut policy_json = None;
    if policy_json::is_written(&policy_input, version) {
        let more = policy_json::refusals(&policy_input, version);
        if more.is_empty() {
            let value = policy_json::policy(&policy_input, version);
            let text = policy_json::write(&value, version);
            policy_json = Some(Written { value, text });
        }
        refusals.extend(more.into_iter().map(Refusal::Policy));
    }

    let search = input.image.search.as_ref();
    let search = search.filter(|_| OpenShift::V4_7 <= version);
    let search_conf = search.map(|search| {
        let value = Conf {
            search: Some(search.clone()),
            is_v2: true,
            ..Conf::default()
        };
        let text = write::conf(&value, version);
        Written { value, text }
    });
    Rendering {
        files: NodeFiles {
            registries_conf,
            policy_json,
            search_conf,
            warnings: lists.warnings,
        },
        refusals,
    }
}

/// Whether the operator of a release reads a kind.
fn is_read(kind: MirrorSetKind, version: OpenShift) -> bool {
    match kind {
        MirrorSetKind::ImageContentSourcePolicy => true,
        MirrorSetKind::ImageDigestMirrorSet | MirrorSetKind::ImageTagMirrorSet => {
            OpenShift::V4_13 <= version
        }
        MirrorSetKind::ImageContentPolicy => false,
    }
}

fn rendered_conf(
    input: &RenderInput<'_>,
    lists: &Lists,
    mirror_sets: &[&MirrorSet],
    version: OpenShift,
) -> Result<Option<Written<Conf>>, Vec<Refusal>> {
    // From openshift/machine-config-operator, pkg/controller/container-runtime-config/helpers.go
    // updateRegistriesConfig.
    let insecure = input.image.insecure.as_deref();
    let blocked = lists.registries_blocked.as_deref();
    if insecure.is_none() && blocked.is_none() && mirror_sets.is_empty() {
        return Ok(None);
    }
    let insecure = insecure.unwrap_or_default();
    let blocked = blocked.unwrap_or_default();
    let mut refusals = Vec::new();
    let mut value = match input.base {
        Base::Template => template(),
        Base::Conf(conf) => conf.clone(),
        Base::Broken(text) => {
            refusals.push(Refusal::Base(text.to_owned()));
            Conf::default()
        }
    };
    let checked = validate::Checked {
        mirror_sets,
        insecure,
        blocked,
    };
    refusals.extend(validate::refusals(&checked, version));
    let changes = Changes {
        mirror_sets,
        insecure,
        blocked,
    };
    if let Err(more) = merge::edit(&mut value, &changes, version) {
        refusals.extend(more);
    }
    if refusals.is_empty() {
        // What the decoder does not keep is not written either.
        value.v1 = None;
        value.unknown_keys.clear();
        value.ambiguous_keys.clear();
        value.is_v2 = value.search.is_some()
            || value.credential_helpers.is_some()
            || !value.tables.is_empty()
            || !value.aliases.is_empty()
            || !value.short_name_mode.is_empty();
        let text = write::conf(&value, version);
        Ok(Some(Written { value, text }))
    } else {
        Err(refusals)
    }
}
