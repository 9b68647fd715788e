//! The files that the Machine Config Operator gives to nodes, or why it gives none.

use crate::file::{Span, Spanned};
use crate::openshift::OpenShift;
use crate::policy_json::{self, ImagePolicies, Policy, PolicyInput};
use crate::reference::Reference;
use crate::registries::merge::{self, Changes};
use crate::registries::refusal::Refusal;
use crate::registries::{CONF_PATH, Conf, validate, write};
use crate::resource::image_config::ImageConfig;
use crate::resource::mirror_set::{MirrorSet, MirrorSetKind};
use crate::sorted::Map;

pub mod payload;

use payload::{Lists, Warning};

/// The text of the file that changes are made to, in every release since 4.2.
pub const TEMPLATE: &str =
    "unqualified-search-registries = ['registry.access.redhat.com', 'docker.io']\n";

/// Most bytes of files that a `MachineConfig` can hold.
///
/// The cluster's store takes requests of 1.5 MiB, in which four bytes stand for three of a file.
// From openshift/machine-config-operator, pkg/controller/common/constants.go MaxMachineConfigSize.
pub const FILES_BYTES_MAX: usize = (3 << 19) / 4 * 3;

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
    /// Where in its text the header of each table and mirror stands, in order.
    pub headers: Vec<u32>,
    /// policy.json; `None` when nodes keep the template.
    pub policy_json: Option<Written<Policy>>,
    /// The drop-in at `write::SEARCH_PATH`; `None` when nodes have none.
    pub search_conf: Option<Written<Conf>>,
    /// What the operator only logs.
    pub warnings: Vec<Warning>,
}

impl NodeFiles {
    /// The text of every file by its path on a node, the product's own where nodes keep them.
    pub fn on_node(&self) -> Map<String, String> {
        let texts = self.texts().into_iter();
        let owned = |(path, text): (&str, Option<&str>)| Some((path.to_owned(), text?.to_owned()));
        texts.filter_map(owned).collect()
    }

    /// The same by path in byte order, without copies; `None` where nodes have no such file.
    pub fn texts(&self) -> [(&'static str, Option<&str>); 3] {
        let conf = self.registries_conf.as_ref().map(|file| &file.text);
        let policy = self.policy_json.as_ref().map(|file| &file.text);
        let search = self.search_conf.as_ref().map(|file| file.text.as_str());
        [
            (
                policy_json::PATH,
                Some(policy.map_or(policy_json::TEMPLATE, String::as_str)),
            ),
            (CONF_PATH, Some(conf.map_or(TEMPLATE, String::as_str))),
            (write::SEARCH_PATH, search),
        ]
    }

    /// How large the files are that nodes get, in bytes together.
    pub fn n_bytes(&self) -> usize {
        self.written().iter().map(|(_, text)| text.len()).sum()
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
    let text = |text: &str| Spanned::new(text.to_owned(), Span::UNREAD);
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
#[cold]
#[inline(never)]
pub fn refusals(input: &RenderInput<'_>, version: OpenShift) -> Vec<Refusal> {
    rendering(input, version).refusals
}

/// registries.conf, and where the headers of its tables and mirrors stand.
type ConfWithHeaders = (Written<Conf>, Vec<u32>);

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
    let (registries_conf, headers) = registries_conf.unzip();

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
            headers: headers.unwrap_or_default(),
            policy_json,
            search_conf,
            warnings: lists.warnings,
        },
        refusals,
    }
}

/// Whether the operator of a release reads a kind.
pub fn is_read(kind: MirrorSetKind, version: OpenShift) -> bool {
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
) -> Result<Option<ConfWithHeaders>, Vec<Refusal>> {
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
        value.has_tables |= !value.tables.is_empty();
        for table in &mut value.tables {
            table.has_mirrors = !table.mirrors.is_empty();
        }
        value.is_v2 = value.search.is_some()
            || value.credential_helpers.is_some()
            || value.has_tables
            || value.has_aliases
            || !value.short_name_mode.is_empty();
        let (text, headers) = write::conf_with_headers(&value, version);
        Ok(Some((Written { value, text }, headers)))
    } else {
        Err(refusals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::Files;
    use crate::resource::mirror_set::MirrorEntry;

    fn nowhere() -> Span {
        Span::new(Files::new().add("objects", ""), 0, 0)
    }

    fn spanned(text: &str) -> Spanned<String> {
        Spanned::new(text.to_owned(), nowhere())
    }

    fn list(texts: &[&str]) -> Option<Vec<Spanned<String>>> {
        Some(texts.iter().map(|text| spanned(text)).collect())
    }

    fn mirror_set(kind: MirrorSetKind, source: &str, mirrors: &[&str]) -> MirrorSet {
        MirrorSet {
            kind,
            name: spanned("name"),
            entries: vec![MirrorEntry {
                source: spanned(source),
                mirrors: mirrors.iter().map(|text| spanned(text)).collect(),
                policy: None,
                unknown_policy: None,
                span: nowhere(),
            }],
            span: nowhere(),
        }
    }

    /// What is written or refused, each file on lines of its own.
    fn rendered(sets: &[MirrorSet], image: &ImageConfig, base: Base<'_>, version: &str) -> String {
        let input = RenderInput {
            mirror_sets: sets,
            image,
            release_image: None,
            base,
            image_policies: &ImagePolicies::default(),
        };
        let version = OpenShift::parse(version).expect("it is a release");
        match render(&input, version) {
            Err(refusal) => refusal.to_string(),
            Ok(files) => {
                let conf = files.registries_conf.map(|file| file.text);
                let policy = files.policy_json.map(|file| file.text);
                let search = files.search_conf.map(|file| file.text);
                let warnings = files.warnings.iter().map(ToString::to_string);
                let texts = conf.into_iter().chain(policy).chain(search);
                texts.chain(warnings).collect::<Vec<_>>().join("\n---\n")
            }
        }
    }

    const ICSP: MirrorSetKind = MirrorSetKind::ImageContentSourcePolicy;

    #[test]
    fn old_releases_write_other_keys_in_another_order() {
        let sets = [mirror_set(ICSP, "a.com", &["m.io"])];
        let image = ImageConfig {
            insecure: list(&["i.com", "a.com/x", "*.w.com"]),
            blocked: list(&["i.com/b"]),
            ..ImageConfig::default()
        };
        let conf = |version: &str| {
            let text = rendered(&sets, &image, Base::Template, version);
            let conf = text.split("\n---\n").next().unwrap_or_default();
            // Tables as lines, so that a case is readable.
            let conf = conf.replace("\n\n  [[registry.mirror]]\n  ", " <-");
            conf.replace("[[registry]]\n", "").replace("\n  ", " ")
        };
        let search =
            "unqualified-search-registries = [\"registry.access.redhat.com\", \"docker.io\"]\n";
        let v4_8 = [
            search,
            r#"  prefix = "" location = "a.com" mirror-by-digest-only = true <-  location = "m.io""#,
            "  prefix = \"\" location = \"i.com\" insecure = true\n",
            "  prefix = \"\" location = \"a.com/x\" insecure = true\n",
            "  prefix = \"\" location = \"*.w.com\" insecure = true\n",
            "  prefix = \"\" location = \"i.com/b\" blocked = true\n",
        ];
        let v4_10 = [
            search,
            "short-name-mode = \"\"\n\n",
            r#"  prefix = "" location = "a.com" mirror-by-digest-only = true <-  location = "m.io""#,
            "\n\n  prefix = \"\" location = \"i.com/b\" insecure = true blocked = true\n",
            "\n  prefix = \"\" location = \"i.com\" insecure = true\n",
            "\n  prefix = \"\" location = \"a.com/x\" insecure = true\n",
            "\n  prefix = \"*.w.com\" insecure = true\n",
        ];
        let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(flat(&conf("4.6")), flat(&v4_8.concat()));
        assert_eq!(flat(&conf("4.8")), flat(&v4_8.join("\n")));
        assert_eq!(flat(&conf("4.9")), flat(&v4_10.concat()));
        assert_eq!(flat(&conf("4.10")), flat(&v4_10.concat()));
        let inherited = r#"location = "a.com/x" insecure = true mirror-by-digest-only = true <- location = "m.io/x""#;
        assert!(flat(&conf("4.11")).contains(inherited));
        assert!(flat(&conf("4.12")).contains(inherited));
        let inherited = r#"location = "a.com/x" insecure = true <- location = "m.io/x" pull-from-mirror = "digest-only""#;
        assert!(flat(&conf("4.13")).contains(inherited));
        assert!(!conf("4.18").contains("additional-layer-store-auth-helper"));
        assert!(conf("4.19").contains("additional-layer-store-auth-helper = \"\"\n"));
    }

    #[test]
    fn each_release_refuses_in_its_own_words() {
        let check = |sets: &[MirrorSet], image: &ImageConfig, cases: &[(&str, &str)]| {
            for (version, expected) in cases {
                let text = rendered(sets, image, Base::Template, version);
                let is_refused = !text.starts_with("unqualified");
                let found = if is_refused { text.as_str() } else { "" };
                assert_eq!(found, *expected, "{sets:?} in {version}");
            }
        };
        let none = ImageConfig::default();
        let conf = "could not update registries config with new changes:";
        let with = |text: &str| format!("{conf} {text}");
        let wildcard =
            with("wildcard entries are not supported with mirror configuration \"*.a.com\"");
        let source = [mirror_set(ICSP, "*.a.com", &["m.io"])];
        check(
            &source,
            &none,
            &[
                ("4.8", ""),
                ("4.9", &wildcard),
                ("4.15", &wildcard),
                ("4.16", ""),
            ],
        );
        let empty = with("invalid empty entry for source configuration");
        let format = with("invalid format for source \"\"");
        let source = [mirror_set(ICSP, "", &["m.io"])];
        check(
            &source,
            &none,
            &[
                ("4.10", ""),
                ("4.11", &empty),
                ("4.15", &empty),
                ("4.16", &format),
            ],
        );
        let empty = with("invalid empty entry for mirror configuration");
        let format = with("invalid format for mirror \"\"");
        let mirror = [mirror_set(ICSP, "a.com", &["m.io", ""])];
        check(
            &mirror,
            &none,
            &[
                ("4.10", ""),
                ("4.11", &empty),
                ("4.15", &empty),
                ("4.16", &format),
            ],
        );
        let scope = with("invalid entry for insecure registries \"\"");
        let image = ImageConfig {
            insecure: list(&[""]),
            ..ImageConfig::default()
        };
        check(
            &[],
            &image,
            &[("4.10", ""), ("4.11", &scope), ("5.2", &scope)],
        );
        let mut never = mirror_set(MirrorSetKind::ImageTagMirrorSet, "a.com", &["m.io"]);
        never.entries[0].policy = Some(Spanned::new(
            crate::resource::mirror_set::SourcePolicy::NeverContactSource,
            nowhere(),
        ));
        let kinds = "conflicting mirrorSourcePolicy is set for the same source \"a.com\" in";
        let old = with(&format!(
            "{kinds} imagedigestmirrorsets and/or imagetagmirrorsets"
        ));
        let new = with(&format!(
            "{kinds} imagedigestmirrorsets, imagetagmirrorsets, or imagecontentsourcepolicies"
        ));
        let both = [mirror_set(ICSP, "a.com", &["m.io"]), never];
        check(
            &both,
            &none,
            &[("4.12", ""), ("4.14", &old), ("4.15", &new), ("5.2", &new)],
        );
    }

    #[test]
    fn files_are_written_only_where_something_is_set() {
        let search = ImageConfig {
            search: list(&[]),
            ..ImageConfig::default()
        };
        let no_registries = "unqualified-search-registries = []\n";
        let found = |image: &ImageConfig, version| rendered(&[], image, Base::Template, version);
        assert_eq!(found(&ImageConfig::default(), "4.6"), "");
        assert_eq!(found(&search, "4.6"), "");
        assert_eq!(found(&search, "4.7"), no_registries);
        let short_names = format!("{no_registries}short-name-mode = \"\"\n");
        assert_eq!(found(&search, "4.9"), short_names);
        let blocked = ImageConfig {
            blocked: list(&[]),
            allowed: list(&[]),
            ..ImageConfig::default()
        };
        // Until 4.10 an empty list of allowed registries is still a list.
        let policy = found(&blocked, "4.10");
        assert!(policy.contains(r#""atomic":{},"docker":{}"#), "{policy}");
        assert_eq!(found(&blocked, "4.11"), "");
        // Kinds that a release does not know are no reason to write a file.
        let sets = [mirror_set(
            MirrorSetKind::ImageDigestMirrorSet,
            "a.com",
            &["m.io"],
        )];
        let image = ImageConfig::default();
        assert_eq!(rendered(&sets, &image, Base::Template, "4.12"), "");
        assert_ne!(rendered(&sets, &image, Base::Template, "4.13"), "");
        // A broken base matters only where it would be read.
        assert_eq!(rendered(&[], &image, Base::Broken("toml: no"), "5.2"), "");
        assert_eq!(
            rendered(&sets, &image, Base::Broken("toml: no"), "5.2"),
            "could not update registries config with new changes: \
             error unmarshalling registries config: toml: no"
        );
    }

    #[test]
    fn the_release_image_is_kept_reachable() {
        let check = |blocked: &str, version: &str, expected: &str| {
            let image = ImageConfig {
                blocked: list(&[blocked]),
                ..ImageConfig::default()
            };
            let text = rendered(&[], &image, Base::Template, version);
            let last = text.split("\n---\n").last().unwrap_or_default();
            let is_told = last.starts_with("error ") || last.starts_with("runtime error");
            let found = if is_told { last } else { "" };
            assert_eq!(found, expected, "{blocked} in {version}");
        };
        let registry = "error adding \"quay.io\" to blocked registries, \
                        cannot block the registry being used by the payload";
        let repository = "error adding [\"quay.io\"] to blocked registries, \
                          cannot block the repository being used by the payload";
        check("quay.io", "4.10", registry);
        check("quay.io", "4.11", repository);
        check("quay.io/openshift-release-dev", "4.10", "");
        check("quay.io/other", "5.2", "");
    }

    #[test]
    fn a_blocked_scope_that_only_one_library_finds_crashes_the_controller() {
        let image = ImageConfig {
            blocked: list(&["*.com"]),
            ..ImageConfig::default()
        };
        let input = |release_image| RenderInput {
            mirror_sets: &[],
            image: &image,
            release_image: Some(release_image),
            base: Base::Template,
            image_policies: const {
                &ImagePolicies {
                    cluster: Vec::new(),
                    namespaced: Vec::new(),
                }
            },
        };
        let crash = render(&input("r.company.com/release:1"), OpenShift::NEWEST);
        let text = "runtime error: invalid memory address or nil pointer dereference";
        assert_eq!(
            crash
                .map_err(|refusal| refusal.to_string())
                .err()
                .as_deref(),
            Some(text)
        );
        assert!(render(&input("r.example.com/release:1"), OpenShift::NEWEST).is_ok());
    }

    #[test]
    fn every_refusal_is_told_in_the_operators_order() {
        let sets = [
            mirror_set(ICSP, "a.com/", &["m.io/", "n.io"]),
            mirror_set(ICSP, "*.a.com", &["n.io"]),
        ];
        let image = ImageConfig {
            insecure: list(&["*"]),
            blocked: list(&["x.a.com"]),
            allowed: list(&["**"]),
            ..ImageConfig::default()
        };
        let input = RenderInput {
            mirror_sets: &sets,
            image: &image,
            release_image: Some("no reference"),
            base: Base::Broken("toml: no"),
            image_policies: &ImagePolicies::default(),
        };
        let reasons = |input: &RenderInput<'_>| -> Vec<String> {
            let refusals = refusals(input, OpenShift::NEWEST);
            refusals.iter().map(Refusal::reason).collect()
        };
        let of_conf = [
            "error unmarshalling registries config: toml: no",
            "invalid entry for insecure registries \"*\"",
            "invalid format for source \"a.com/\"",
            "invalid format for mirror \"m.io/\"",
        ];
        let mut expected = vec!["error parsing reference of release image"];
        expected.extend(of_conf);
        // Without a release image the operator never gets to the other lists.
        assert_eq!(reasons(&input), expected);
        let input = RenderInput {
            release_image: None,
            ..input
        };
        let mut expected = of_conf.to_vec();
        expected.extend([
            "internal error: mirrorsAdjustedForNestedScope for a wildcard scope \"*.a.com\"",
            "invalid images config: \
             only one of AllowedRegistries or BlockedRegistries may be specified",
            "invalid entry for allowed registries \"**\"",
        ]);
        assert_eq!(reasons(&input), expected);
    }
}
