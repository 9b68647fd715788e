//! The cluster's own registry and its pruner: what their operator refuses, ignores or takes for
//! something else, of which the API server says nothing.

use super::Object;
use crate::document::{Node, Value};
use crate::file::{Span, Spanned};
use crate::order;
use crate::sorted::Set;
use settings::SettingFault;

pub mod applied;
mod bucket;
pub mod claim;
pub mod keyed;
pub mod pushing;
pub mod settings;

/// The `apiVersion` of both kinds.
const API_VERSION: &str = "imageregistry.operator.openshift.io/v1";

/// The one name that objects of both kinds have.
pub const NAME: &str = "cluster";

/// Where the registry is, and what it is made of.
pub const NAMESPACE: &str = "openshift-image-registry";

/// The state in which the operator applies the configuration.
const MANAGED: &str = "Managed";

/// The route that the operator makes itself.
const DEFAULT_ROUTE: &str = "default-route";

/// Kinds of storage by their keys, in the order and with the names of the operator's messages.
// From openshift/cluster-image-registry-operator, pkg/storage/storage.go `NewDriver`.
const STORAGES: [(&str, &str); 7] = [
    ("emptyDir", "EmptyDir"),
    ("s3", "S3"),
    ("swift", "Swift"),
    ("gcs", "GCS"),
    ("ibmcos", "IBMCOS"),
    ("pvc", "PVC"),
    ("azure", "Azure"),
];

/// Names of clouds that the operator knows, whatever their case.
// From Azure/go-autorest, autorest/azure/environments.go `EnvironmentFromName`.
const AZURE_CLOUDS: [&str; 6] = [
    "AZUREPUBLICCLOUD",
    "AZURECLOUD",
    "AZUREUSGOVERNMENTCLOUD",
    "AZUREUSGOVERNMENT",
    "AZURECHINACLOUD",
    "AZUREGERMANCLOUD",
];

/// The name of a cloud of one's own, which is described in a file.
const AZURE_OWN_CLOUD: &str = "AZURESTACKCLOUD";

/// Units of durations, the longer of those that start alike first.
// From Go, time/format.go `unitMap`; the two signs for micro are different characters.
const UNITS: [&str; 8] = ["ns", "us", "\u{b5}s", "\u{3bc}s", "ms", "s", "m", "h"];

/// What can be wrong with the registry's configuration or its pruner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RegistryFault {
    /// What the operator refuses, so that it applies nothing.
    Refused(RefusedSetting),
    /// A duration that the operator cannot read, and with it not the object; hours that mean the
    /// same, where it has days or weeks.
    Duration {
        /// As written.
        text: String,
        /// What means the same.
        hours: Option<u64>,
    },
    /// What the operator does not look at.
    Ignored(IgnoredSetting),
    /// Images are kept beside a pod, and end with it; by this many pods.
    EmptyDir(i64),
    /// The storage goes along with the registry that is removed.
    Deleted,
    /// A bucket whose settings the operator replaces.
    Rewritten {
        /// Its name.
        bucket: Spanned<String>,
    },
    /// A number of nanoseconds, below a minute of them.
    Nanoseconds(i64),
    /// What proves to the registry that an upload was begun by it stands in the object.
    Exposed,
    /// What the schema of the object does not have, or has otherwise.
    Setting(SettingFault),
}

/// What the operator refuses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RefusedSetting {
    /// Fewer replicas than none.
    Replicas,
    /// A route with the name of another, or of the operator's own.
    Route(String),
    /// More than one kind of storage, by the operator's names.
    Storages(Vec<&'static str>),
    /// A limit of requests below zero, by its path in `spec.requests`.
    Requests(&'static str),
    /// A cloud that is not known.
    Cloud(String),
    /// A version of authentication that is no whole number.
    AuthVersion(String),
    /// The path of an address of authentication, with no version of it.
    AuthPath(String),
    /// No replica, where one after the other is to be replaced; the API server refuses it.
    NoReplica,
    /// An endpoint without a region; the registry refuses it.
    Region,
}

/// What the operator does not look at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum IgnoredSetting {
    /// The whole object, for its name.
    Name(String),
    /// The whole object, for a `managementState` that is absent or `Force`.
    Unmanaged,
    /// Storage that the operator has no driver for.
    Oss,
    /// How long requests wait, where nothing limits them.
    Wait,
    /// The bucket in the host's name, where no endpoint is given.
    HostedStyle,
    /// Storage that stays, of a registry that is removed.
    Removed,
}

/// What is wrong between two objects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found<Fault> {
    /// What.
    pub fault: Fault,
    /// What is to be changed.
    pub span: Span,
    /// What that stands against; `None` where it is wrong by itself.
    pub other: Option<Span>,
}

/// What is wrong with an object as the registry's configuration or its pruner, in the order of the
/// text; `None` for other objects.
pub fn read(object: &Object) -> Option<Vec<Spanned<RegistryFault>>> {
    if object.api_version.value != API_VERSION {
        return None;
    }
    let mut reader = Reader { faults: Vec::new() };
    match object.kind.value.as_str() {
        "Config" => reader.config(object),
        "ImagePruner" => reader.pruner(object),
        _ => return None,
    }
    order::sort_by_key(&mut reader.faults, |fault| fault.span);
    Some(reader.faults)
}

struct Reader {
    faults: Vec<Spanned<RegistryFault>>,
}

impl Reader {
    fn add(&mut self, span: Span, fault: RegistryFault) {
        self.faults.push(Spanned::new(fault, span));
    }

    fn refused(&mut self, span: Span, setting: RefusedSetting) {
        self.add(span, RegistryFault::Refused(setting));
    }

    fn ignored(&mut self, span: Span, setting: IgnoredSetting) {
        self.add(span, RegistryFault::Ignored(setting));
    }

    fn name(&mut self, object: &Object) {
        let name = &object.name;
        if !name.value.is_empty() && name.value != NAME {
            self.ignored(name.span, IgnoredSetting::Name(name.value.clone()));
        }
    }

    // From openshift/cluster-image-registry-operator, pkg/operator/complete.go `verifyResource`,
    // pkg/operator/controller.go `sync`, pkg/resource/podtemplatespec.go, and
    // pkg/resource/deployment.go `expected`, by which replicas less one may be away.
    fn config(&mut self, object: &Object) {
        self.name(object);
        let Some(spec) = object.root.get("spec") else {
            return;
        };
        self.faults.extend(settings::of_config(spec));
        let state = spec.get("managementState");
        match state.map(|state| (state, state.as_str())) {
            None => self.ignored(spec.span, IgnoredSetting::Unmanaged),
            Some((state, Some("Force"))) => {
                self.ignored(state.span, IgnoredSetting::Unmanaged);
            }
            Some(_) => {}
        }
        let replicas = spec.get("replicas");
        let n_replicas = replicas.and_then(integer).unwrap_or(1);
        if let Some(replicas) = replicas.filter(|_| n_replicas < 0) {
            self.refused(replicas.span, RefusedSetting::Replicas);
        }
        let strategy = spec.get("rolloutStrategy").and_then(Node::as_str);
        let is_rolling = matches!(strategy, None | Some("" | "RollingUpdate"));
        if let Some(replicas) = replicas.filter(|_| n_replicas == 0)
            && is_rolling
            && state.and_then(Node::as_str) == Some(MANAGED)
        {
            self.refused(replicas.span, RefusedSetting::NoReplica);
        }
        self.routes(spec);
        for (direction, limits) in [
            ("read", ["read.maxRunning", "read.maxInQueue"]),
            ("write", ["write.maxRunning", "write.maxInQueue"]),
        ] {
            let requests = spec.get("requests").and_then(|it| it.get(direction));
            if let Some(requests) = requests {
                self.requests(requests, limits);
            }
        }
        // From the same, pkg/operator/complete.go `applyDefaults`, which makes one up.
        if let Some(entry) = spec.as_mapping().and_then(|it| it.entry("httpSecret"))
            && entry.value.as_str().is_some_and(|text| !text.is_empty())
        {
            self.add(entry.key.span, RegistryFault::Exposed);
        }
        if let Some(storage) = spec.get("storage") {
            let removed = state.filter(|it| it.as_str() == Some("Removed"));
            self.storage(storage, n_replicas, removed.map(|it| it.span));
            self.faults.extend(bucket::rewritten(object, spec));
        }
    }

    fn routes(&mut self, spec: &Node) {
        let routes = spec.get("routes").and_then(Node::as_sequence);
        let mut seen = Set::from([DEFAULT_ROUTE]);
        for name in routes
            .unwrap_or_default()
            .iter()
            .filter_map(|it| it.get("name"))
        {
            if let Some(text) = name.as_str().filter(|text| !seen.insert(text)) {
                self.refused(name.span, RefusedSetting::Route(text.to_owned()));
            }
        }
    }

    fn requests(&mut self, requests: &Node, limits: [&'static str; 2]) {
        let mut is_limited = false;
        for limit in limits {
            let key = limit.rsplit('.').next().unwrap_or_default();
            let Some(node) = requests.get(key) else {
                continue;
            };
            is_limited |= integer(node).is_some_and(|number| number != 0);
            if integer(node).is_some_and(|number| number < 0) {
                self.refused(node.span, RefusedSetting::Requests(limit));
            }
        }
        if let Some(wait) = requests.get("maxWaitInQueue") {
            self.duration(wait);
            if !is_limited {
                self.ignored(wait.span, IgnoredSetting::Wait);
            }
        }
    }

    fn storage(&mut self, storage: &Node, n_replicas: i64, removed: Option<Span>) {
        let kind = |(key, name)| Some((name, storage.get(key).filter(|it| !it.is_null())?));
        let kinds: Vec<(&'static str, &Node)> = STORAGES.into_iter().filter_map(kind).collect();
        if 1 < kinds.len() {
            let names = kinds.iter().map(|(name, _)| *name);
            self.refused(storage.span, RefusedSetting::Storages(names.collect()));
        }
        let entry = |key: &str| storage.as_mapping().and_then(|it| it.entry(key));
        if let Some(entry) = entry("emptyDir").filter(|it| !it.value.is_null()) {
            self.add(entry.key.span, RegistryFault::EmptyDir(n_replicas));
        }
        if let Some(entry) = entry("oss").filter(|it| !it.value.is_null()) {
            self.ignored(entry.key.span, IgnoredSetting::Oss);
        }
        if let Some(removed) = removed
            && kinds.iter().any(|(name, _)| *name != "EmptyDir")
        {
            let state = storage.get("managementState");
            match state.filter(|it| it.as_str() == Some(MANAGED)) {
                Some(state) => self.add(state.span, RegistryFault::Deleted),
                None => self.ignored(removed, IgnoredSetting::Removed),
            }
        }
        for (name, node) in kinds {
            match name {
                "S3" => self.s3(node),
                "Azure" => self.azure(node),
                "Swift" => self.swift(node),
                _ => {}
            }
        }
    }

    fn s3(&mut self, s3: &Node) {
        if let Some(duration) = s3.get("cloudFront").and_then(|it| it.get("duration")) {
            self.duration(duration);
        }
        // From openshift/cluster-image-registry-operator, pkg/storage/s3/s3.go
        // `UpdateEffectiveConfig`: the cluster's region is taken where both are empty. From
        // openshift/docker-distribution, registry/storage/driver/s3-aws/s3.go `FromParameters`
        // and `New`, which looks at the style where there is an endpoint.
        let endpoint = text(s3, "regionEndpoint").filter(|(text, _)| !text.is_empty());
        let has_region = text(s3, "region").is_some_and(|(text, _)| !text.is_empty());
        if let Some((_, node)) = endpoint.filter(|_| !has_region) {
            self.refused(node.span, RefusedSetting::Region);
        }
        if let Some(style) = s3.get("virtualHostedStyle")
            && endpoint.is_none()
            && style.value == Value::Bool(true)
        {
            self.ignored(style.span, IgnoredSetting::HostedStyle);
        }
    }

    // From openshift/cluster-image-registry-operator, pkg/storage/azure/azure.go
    // `getEnvironmentByName`.
    fn azure(&mut self, azure: &Node) {
        let Some((text, node)) = text(azure, "cloudName") else {
            return;
        };
        let upper = text.to_uppercase();
        let is_known = upper == AZURE_OWN_CLOUD || AZURE_CLOUDS.contains(&upper.as_str());
        if !upper.is_empty() && !is_known {
            self.refused(node.span, RefusedSetting::Cloud(upper));
        }
    }

    // From openshift/cluster-image-registry-operator, pkg/storage/swift/swift.go `ConfigEnv` and
    // `ensureAuthURLHasAPIVersion`.
    fn swift(&mut self, swift: &Node) {
        if let Some((text, node)) = text(swift, "authVersion")
            && !text.is_empty()
            && text.parse::<i64>().is_err()
        {
            self.refused(node.span, RefusedSetting::AuthVersion(text.to_owned()));
        }
        if let Some((text, node)) = text(swift, "authURL")
            && let Some(path) = url_path(text)
            && !["/v1", "/v2", "/v3"].iter().any(|it| path.starts_with(it))
            && !matches!(path.as_str(), "" | "/")
        {
            self.refused(node.span, RefusedSetting::AuthPath(path));
        }
    }

    // From openshift/cluster-image-registry-operator, pkg/operator/controllerimagepruner.go and
    // pkg/resource/prunercronjob.go.
    fn pruner(&mut self, object: &Object) {
        self.name(object);
        let Some(spec) = object.root.get("spec") else {
            return;
        };
        self.faults.extend(settings::of_pruner(spec));
        let duration = spec.get("keepYoungerThanDuration");
        if let Some(duration) = duration {
            self.duration(duration);
        }
        // The duration wins over the number, which is one of nanoseconds.
        const MINUTE_NS: i64 = 60_000_000_000;
        if let Some(number) = spec.get("keepYoungerThan")
            && duration.is_none()
            && let Some(number_ns) = integer(number).filter(|it| (1..MINUTE_NS).contains(it))
        {
            self.add(number.span, RegistryFault::Nanoseconds(number_ns));
        }
    }

    fn duration(&mut self, node: &Node) {
        let Some(text) = node.as_str().filter(|text| !text.is_empty()) else {
            return;
        };
        if !is_go_duration(text) {
            let hours = hours(text);
            let text = text.to_owned();
            self.add(node.span, RegistryFault::Duration { text, hours });
        }
    }
}

/// Whether an object is the configuration that the operator reads, whatever it does with it.
fn is_config(object: &Object) -> bool {
    object.api_version.value == API_VERSION
        && object.kind.value == "Config"
        && object.name.value == NAME
}

/// `metadata.namespace`, empty when absent, with the place of the name then.
fn namespace(object: &Object) -> Spanned<String> {
    let absent = || Spanned::new(String::new(), object.name.span);
    object.namespace().unwrap_or_else(absent)
}

/// Whether an object can be in a namespace: one that is not written may come with the command.
fn is_in(written: &Spanned<String>, namespace: &str) -> bool {
    written.value.is_empty() || written.value == namespace
}

fn integer(node: &Node) -> Option<i64> {
    match node.value {
        Value::Integer(number) => Some(number),
        _ => None,
    }
}

fn text<'a>(node: &'a Node, key: &str) -> Option<(&'a str, &'a Node)> {
    let node = node.get(key)?;
    Some((node.as_str()?, node))
}

/// The path of an address as the operator reads it; `None` where that cannot be told for sure.
// From goware/urlx, urlx.go `Parse` and `Normalize`: an address needs no scheme, and slashes in a
// row are one.
fn url_path(url: &str) -> Option<String> {
    let is_plain = |it: u8| it.is_ascii_graphic() && !matches!(it, b'%' | b'\\');
    if !url.bytes().all(is_plain) || url.contains("/.") {
        return None;
    }
    let rest = url.strip_prefix("//");
    let rest = rest.or_else(|| Some(url.split_once("://")?.1));
    let rest = rest.unwrap_or(url);
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (host, path) = rest[..end].split_at(rest[..end].find('/').unwrap_or(end));
    if host.is_empty() {
        return None;
    }
    let mut joined = String::new();
    for character in path.chars() {
        if character != '/' || !joined.ends_with('/') {
            joined.push(character);
        }
    }
    Some(joined)
}

/// Whether Go reads a text as a duration, its size aside.
// From Go, time/format.go `ParseDuration`.
fn is_go_duration(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned == "0" {
        return true;
    }
    let mut rest = unsigned;
    while !rest.is_empty() {
        let whole = rest.trim_start_matches(|it: char| it.is_ascii_digit());
        let part = whole.strip_prefix('.').unwrap_or(whole);
        let after = part.trim_start_matches(|it: char| it.is_ascii_digit());
        let has_digit = whole.len() < rest.len() || after.len() < part.len();
        let unit = UNITS.into_iter().find_map(|unit| after.strip_prefix(unit));
        match unit {
            Some(next) if has_digit => rest = next,
            _ => return false,
        }
    }
    !unsigned.is_empty()
}

/// The hours that a number of days or weeks has; `None` for other texts.
fn hours(text: &str) -> Option<u64> {
    let is_digit = |it: char| it.is_ascii_digit();
    let unit = text.trim_start_matches(is_digit).trim_start();
    let number: u64 = text.get(..text.find(|it| !is_digit(it))?)?.parse().ok()?;
    let hours = match unit {
        "d" | "day" | "days" => 24,
        "w" | "week" | "weeks" => 168,
        _ => return None,
    };
    number.checked_mul(hours)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::file::Files;
    use crate::resource;

    fn found(kind: &str, name: &str, spec: &str) -> Vec<RegistryFault> {
        let text = format!(
            "apiVersion: imageregistry.operator.openshift.io/v1\nkind: {kind}\n\
             metadata: {{name: {name}}}\nspec: {{{spec}}}\n"
        );
        let mut files = Files::new();
        let file = files.add("a.yaml", text);
        let (documents, _) = document::read(&files, file);
        let objects = resource::objects(documents);
        let faults = objects.iter().filter_map(read).flatten();
        let faults = faults.map(|fault| fault.value);
        // These have tests of their own.
        let is_other = |fault: &RegistryFault| !matches!(fault, RegistryFault::Setting(_));
        faults.filter(is_other).collect()
    }

    #[test]
    fn what_the_operator_refuses_is_found() {
        use RefusedSetting::{
            AuthPath, AuthVersion, Cloud, NoReplica, Region, Replicas, Requests, Route, Storages,
        };
        let check = |spec: &str, expected: &[RefusedSetting]| {
            let spec = format!("managementState: Managed, {spec}");
            let expected: Vec<_> = expected
                .iter()
                .cloned()
                .map(RegistryFault::Refused)
                .collect();
            assert_eq!(found("Config", NAME, &spec), expected, "{spec}");
        };
        check("replicas: 0", &[NoReplica]);
        check("replicas: 0, rolloutStrategy: RollingUpdate", &[NoReplica]);
        check("replicas: 0, rolloutStrategy: Recreate", &[]);
        check("replicas: -1", &[Replicas]);
        check("routes: [{name: a}, {name: b}]", &[]);
        check("routes: [{name: a}, {name: a}]", &[Route("a".into())]);
        let default = Route("default-route".into());
        check("routes: [{name: default-route}]", &[default]);
        check("storage: {pvc: {claim: ''}}", &[]);
        check("storage: {pvc: {}, s3: null}", &[]);
        check("storage: {pvc: {}, s3: {}}", &[Storages(vec!["S3", "PVC"])]);
        check("requests: {read: {maxRunning: 0}}", &[]);
        let negative = Requests("write.maxInQueue");
        check("requests: {write: {maxInQueue: -1}}", &[negative]);
        check("storage: {azure: {cloudName: azureChinaCloud}}", &[]);
        let cloud = Cloud("AZURECHINA".into());
        check("storage: {azure: {cloudName: AzureChina}}", &[cloud]);
        check("storage: {swift: {authVersion: '3'}}", &[]);
        let version = AuthVersion("three".into());
        check("storage: {swift: {authVersion: three}}", &[version]);
        let s3 = |s3: &str| format!("storage: {{s3: {{{s3}}}}}");
        check(&s3("regionEndpoint: 'https://s3.example'"), &[Region]);
        let empty = s3("regionEndpoint: 'https://s3.example', region: ''");
        check(&empty, &[Region]);
        check(&s3("regionEndpoint: 'https://s3.example', region: a"), &[]);
        check(&s3("regionEndpoint: ''"), &[]);
        for (url, path) in [
            ("https://k.example:5000", None),
            ("k.example/", None),
            ("https://k.example/v3", None),
            ("https://k.example/v3/auth?a=/b", None),
            ("https://k.example//v3", None),
            ("https://k.example?a=/b", None),
            // Too hard to tell.
            ("https://k.example/a%2fb", None),
            ("https://k.example/a/../v3", None),
            ("https:///a", None),
            ("", None),
            ("https://k.example/identity", Some("/identity")),
            ("https://k.example/identity//v3/", Some("/identity/v3/")),
            ("k.example/identity#v3", Some("/identity")),
            ("//k.example/V3", Some("/V3")),
        ] {
            let expected: Vec<_> = path.iter().map(|it| AuthPath((*it).into())).collect();
            check(
                &format!("storage: {{swift: {{authURL: '{url}'}}}}"),
                &expected,
            );
        }
    }

    #[test]
    fn what_the_operator_ignores_is_found() {
        use IgnoredSetting::{HostedStyle, Name, Oss, Unmanaged, Wait};
        let check = |kind: &str, name: &str, spec: &str, expected: &[IgnoredSetting]| {
            let expected: Vec<_> = expected
                .iter()
                .cloned()
                .map(RegistryFault::Ignored)
                .collect();
            assert_eq!(found(kind, name, spec), expected, "{kind} {name} {spec}");
        };
        let managed = "managementState: Managed";
        check("Config", NAME, managed, &[]);
        check("Config", NAME, "managementState: Removed", &[]);
        check("Config", NAME, "replicas: 1", &[Unmanaged]);
        check("Config", NAME, "managementState: Force", &[Unmanaged]);
        check("Config", "other", managed, &[Name("other".into())]);
        check("ImagePruner", "other", "", &[Name("other".into())]);
        check("ImagePruner", NAME, "", &[]);
        let with = |more: &str| format!("{managed}, {more}");
        check("Config", NAME, &with("storage: {oss: {}}"), &[Oss]);
        let wait = with("requests: {read: {maxWaitInQueue: 1s}}");
        check("Config", NAME, &wait, &[Wait]);
        let limited = with("requests: {read: {maxWaitInQueue: 1s, maxRunning: 1}}");
        check("Config", NAME, &limited, &[]);
        let zero = with("requests: {read: {maxWaitInQueue: 1s, maxInQueue: 0}}");
        check("Config", NAME, &zero, &[Wait]);
        let style = |s3: &str| with(&format!("storage: {{s3: {{{s3}}}}}"));
        let hosted = style("virtualHostedStyle: true, region: a");
        check("Config", NAME, &hosted, &[HostedStyle]);
        let default = style("virtualHostedStyle: false, region: a");
        check("Config", NAME, &default, &[]);
        let endpoint = style("virtualHostedStyle: true, region: a, regionEndpoint: s3.example");
        check("Config", NAME, &endpoint, &[]);
        check("Config", NAME, "managementState: Removed, replicas: 0", &[]);
    }

    #[test]
    fn a_secret_that_is_written_is_found() {
        for (secret, expected) in [
            ("abc", [RegistryFault::Exposed].as_slice()),
            ("''", &[]),
            ("null", &[]),
            ("7", &[]),
        ] {
            let spec = format!("managementState: Managed, httpSecret: {secret}");
            assert_eq!(found("Config", NAME, &spec), expected, "{secret}");
        }
    }

    #[test]
    fn what_is_lost_is_found() {
        let check = |spec: &str, expected: &[RegistryFault]| {
            assert_eq!(found("Config", NAME, spec), expected, "{spec}");
        };
        let managed = "managementState: Managed";
        let empty = "storage: {emptyDir: {}}";
        check(
            &format!("{managed}, {empty}"),
            &[RegistryFault::EmptyDir(1)],
        );
        let two = format!("{managed}, {empty}, replicas: 2");
        check(&two, &[RegistryFault::EmptyDir(2)]);
        let s3 = |state: &str, storage: &str| {
            format!("managementState: {state}, storage: {{managementState: {storage}, s3: {{}}}}")
        };
        check(&s3("Removed", "Managed"), &[RegistryFault::Deleted]);
        let unused = RegistryFault::Ignored(IgnoredSetting::Removed);
        check(&s3("Removed", "Unmanaged"), &[unused]);
        check(
            "managementState: Removed, storage: {managementState: Managed}",
            &[],
        );
        check(&s3("Managed", "Managed"), &[]);
    }

    #[test]
    fn durations_are_read_as_go_does() {
        let durations = [
            "1h30m", "0", "-1.5h", ".5s", "1.s", "100ms", "+2us", "3\u{b5}s", "1ns",
        ];
        for text in durations {
            assert!(is_go_duration(text), "{text}");
        }
        for text in [
            "30d", "1w", "1 day", "1hour", "1h 30m", "h", ".", "-", "1", "1.h.", "s1",
        ] {
            assert!(!is_go_duration(text), "{text}");
        }
        for (text, expected) in [
            ("30d", Some(720)),
            ("1 week", Some(168)),
            ("1h", None),
            ("d", None),
            ("99999999999999999999d", None),
            ("9999999999999999999w", None),
        ] {
            assert_eq!(hours(text), expected, "{text}");
        }
    }

    #[test]
    fn the_pruners_numbers_are_of_nanoseconds() {
        let check = |spec: &str, expected: &[RegistryFault]| {
            assert_eq!(found("ImagePruner", NAME, spec), expected, "{spec}");
        };
        check("keepYoungerThan: 60", &[RegistryFault::Nanoseconds(60)]);
        let most = 59_999_999_999;
        let text = format!("keepYoungerThan: {most}");
        check(&text, &[RegistryFault::Nanoseconds(most)]);
        check("keepYoungerThan: 60000000000", &[]);
        check("keepYoungerThan: 0", &[]);
        check("keepYoungerThan: 60, keepYoungerThanDuration: 1h", &[]);
        let duration = RegistryFault::Duration {
            text: "30d".into(),
            hours: Some(720),
        };
        check("keepYoungerThanDuration: 30d", &[duration]);
    }

    #[test]
    fn other_objects_have_none() {
        assert_eq!(found("Other", "x", "replicas: -1"), []);
    }
}
