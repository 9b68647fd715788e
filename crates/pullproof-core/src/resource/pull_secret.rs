//! Pull secrets: which registries they have credentials for. No credential is kept or told.
//!
//! ```text
//! pull secret = { "auths": { KEY: { "auth": base64 of USER ":" PASSWORD } } }
//! ```

use super::{CONFIG_NAMESPACE, Object};
use crate::credentials::{normalized_host, without_scheme};
use crate::document::{Mapping, Node, ProblemKind, base64, json};
use crate::file::{Span, Spanned};
use crate::sorted::Set;

/// The key that a `Secret` has its credentials under.
pub const KEY: &str = ".dockerconfigjson";

/// The key of the older form, which has no `auths` around its entries.
pub const LEGACY_KEY: &str = ".dockercfg";

/// The one that the nodes have.
pub const GLOBAL: (&str, &str) = (CONFIG_NAMESPACE, "pull-secret");

/// A pull secret, wherever it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PullSecret {
    /// What it was written as.
    pub form: PullSecretForm,
    /// The key it stands under; the whole text for a file that is nothing else.
    pub span: Span,
    /// The entries in the order they were written.
    pub credentials: Vec<Credential>,
    /// What is wrong with all of it.
    pub faults: Vec<Spanned<PullSecretFault>>,
}

/// What a pull secret was written as.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PullSecretForm {
    /// A file that `podman login` writes, or the one that is downloaded.
    File,
    /// `pullSecret` of an install-config.
    InstallConfig,
    /// An object.
    Secret {
        /// `metadata.namespace`, empty when absent.
        namespace: String,
        /// `metadata.name`, empty when absent.
        name: String,
    },
}

/// An entry of `auths`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Credential {
    /// The registry, or a path below it; the place is that of the whole secret where it has no
    /// place of its own.
    pub key: Spanned<String>,
    /// What is wrong with what it holds.
    pub fault: Option<CredentialFault>,
    /// Why no pull looks for the key.
    pub key_fault: Option<KeyFault>,
}

/// What can be wrong with a whole pull secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PullSecretFault {
    /// A value below `data` that is not base64.
    NotBase64,
    /// No JSON.
    NotJson,
    /// JSON, but no object.
    NotObject,
    /// `auths` is absent, empty or no object.
    NoAuths,
    /// A `Secret` without the key that its type asks for.
    NoKey(&'static str),
    /// A `Secret` whose type is not the one for its key; nobody takes it for a pull secret.
    WrongType(&'static str),
    /// An object where text is expected.
    NotText,
}

/// What can be wrong with an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CredentialFault {
    /// It is no object.
    NotObject,
    /// It has neither `auth` nor `credsStore`.
    Neither,
    /// `auth` is no text.
    NotText,
    /// `auth` is empty.
    Empty,
    /// `auth` is not base64.
    NotBase64,
    /// What `auth` encodes has no colon.
    NoColon,
    /// What `auth` encodes has nothing before or behind the colon.
    HalfEmpty,
    /// Another entry with the same key comes later and replaces it.
    Repeated,
}

/// Why a key is never looked for, or not as it is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyFault {
    /// There is no text.
    Empty,
    /// White space in it.
    Space,
    /// A slash at the end.
    SlashAtEnd,
    /// A tag or a digest.
    TagOrDigest,
    /// A `*`.
    Wildcard,
    /// A path behind a scheme, which is cut off, so that the key is for the whole host.
    PathBehindScheme,
    /// A scheme other than `http` and `https`.
    Scheme,
}

impl PullSecret {
    /// Whether nodes pull with it: a project's own secret is not asked for mirrors.
    pub fn is_global(&self) -> bool {
        match &self.form {
            PullSecretForm::File | PullSecretForm::InstallConfig => true,
            PullSecretForm::Secret { namespace, name } => {
                (namespace.as_str(), name.as_str()) == GLOBAL
            }
        }
    }
}

/// The keys of pull secrets that have usable credentials, to look for those of a location.
#[derive(Clone, Debug, Default)]
pub struct CredentialKeys<'a> {
    keys: Set<&'a str>,
    /// What whole keys are once they are cut down to hosts.
    hosts: Set<&'a str>,
}

impl<'a> CredentialKeys<'a> {
    /// Those of some pull secrets together.
    pub fn of(secrets: impl IntoIterator<Item = &'a PullSecret>) -> CredentialKeys<'a> {
        let mut found = CredentialKeys::default();
        let credentials = secrets.into_iter().flat_map(|secret| &secret.credentials);
        for credential in credentials.filter(|it| !it.is_unusable()) {
            let key = credential.key.value.as_str();
            found.keys.insert(key);
            found.hosts.insert(normalized_host(without_scheme(key)));
        }
        found
    }

    /// Whether a pull from below a location can find credentials here.
    ///
    /// From containers/image, pkg/docker/config/config.go `findCredentialsInFile`: keys are the
    /// repository, each path above it and the host; only then are keys cut down to hosts.
    pub fn has_some_for(&self, location: &str) -> bool {
        let ends = location.match_indices('/').map(|(at, _)| at);
        let mut above = ends.map(|end| &location[..end]);
        let below = format!("{location}/");
        let is_below = || {
            let mut after = self.keys.range(below.as_str()..);
            after.next().is_some_and(|key| key.starts_with(&below))
        };
        self.keys.contains(location)
            || above.any(|path| self.keys.contains(path))
            || is_below()
            || self.hosts.contains(normalized_host(host_of(location)))
    }
}

impl Credential {
    /// Whether nothing can be pulled with it.
    pub fn is_unusable(&self) -> bool {
        !matches!(self.fault, None | Some(CredentialFault::Repeated))
    }
}

/// The host of a location, with its port.
pub fn host_of(location: &str) -> &str {
    location.split('/').next().unwrap_or_default()
}

/// The pull secret that an object is, or has; `None` when it is another object.
///
/// That of an install-config is not looked for here.
pub fn of_object(object: &Object) -> Option<PullSecret> {
    let Object {
        api_version,
        kind,
        name,
        root,
        is_list_item: _,
    } = object;
    if kind.value.is_empty() && api_version.value.is_empty() {
        let auths = root.as_mapping()?.entry("auths")?;
        auths.value.as_mapping()?;
        let mut secret = PullSecret::empty(PullSecretForm::File, auths.key.span);
        secret.read_root(root, None);
        return Some(secret);
    }
    if kind.value != "Secret" || api_version.value != "v1" {
        return None;
    }
    let form = PullSecretForm::Secret {
        namespace: object.namespace().map(|it| it.value).unwrap_or_default(),
        name: name.value.clone(),
    };
    let written_type = root.get("type");
    let type_text = written_type.and_then(Node::as_str).unwrap_or_default();
    for (type_name, key) in [
        ("kubernetes.io/dockerconfigjson", KEY),
        ("kubernetes.io/dockercfg", LEGACY_KEY),
    ] {
        let is_type = type_text == type_name;
        let entry = |list: &str| root.get(list)?.as_mapping()?.entry(key);
        // What is in `stringData` wins.
        let plain = entry("stringData");
        let Some(entry) = plain.or_else(|| entry("data")) else {
            if is_type {
                let span = written_type.map_or(root.span, |it| it.span);
                let mut secret = PullSecret::empty(form, span);
                secret.fault(PullSecretFault::NoKey(key));
                return Some(secret);
            }
            continue;
        };
        let mut secret = PullSecret::empty(form, entry.key.span);
        if !is_type {
            secret.fault(PullSecretFault::WrongType(type_name));
        }
        let Some(text) = entry.value.as_str() else {
            secret.fault(PullSecretFault::NotText);
            return Some(secret);
        };
        let is_legacy = key == LEGACY_KEY;
        match plain {
            Some(_) => secret.read_text(text, is_legacy),
            None => match base64::decode(text) {
                Some(text) => secret.read_text(&text, is_legacy),
                None => secret.fault(PullSecretFault::NotBase64),
            },
        }
        return Some(secret);
    }
    None
}

/// The pull secret of an install-config, from its key and value.
pub fn of_install_config(key: Span, value: &Node) -> PullSecret {
    let mut secret = PullSecret::empty(PullSecretForm::InstallConfig, key);
    match value.as_str() {
        Some(text) => secret.read_text(text, false),
        None => secret.fault(PullSecretFault::NotText),
    }
    secret
}

impl PullSecret {
    fn empty(form: PullSecretForm, span: Span) -> PullSecret {
        PullSecret {
            form,
            span,
            credentials: Vec::new(),
            faults: Vec::new(),
        }
    }

    fn fault(&mut self, fault: PullSecretFault) {
        self.faults.push(Spanned::new(fault, self.span));
    }

    /// Reads JSON that stands in some value, so that its places are nowhere.
    fn read_text(&mut self, text: &str, is_legacy: bool) {
        let (root, problems) = json::parse(text, self.span.file);
        let Some(root) = root else {
            return self.fault(PullSecretFault::NotJson);
        };
        let place = Some(self.span);
        match is_legacy {
            true => self.read_auths(&root, place),
            false => self.read_root(&root, place),
        }
        for problem in problems {
            if let ProblemKind::DuplicateKey { key, .. } = problem.kind {
                let repeated = self.credentials.iter_mut();
                let repeated = repeated.filter(|it| it.key.value == key && it.fault.is_none());
                repeated.for_each(|it| it.fault = Some(CredentialFault::Repeated));
            }
        }
    }

    /// From openshift/installer, pkg/validate/validate.go `ImagePullSecret`.
    fn read_root(&mut self, root: &Node, place: Option<Span>) {
        if root.as_mapping().is_none() {
            return self.fault(PullSecretFault::NotObject);
        }
        match root.get("auths") {
            Some(auths)
                if auths
                    .as_mapping()
                    .is_some_and(|it| !it.entries().is_empty()) =>
            {
                self.read_auths(auths, place);
            }
            // Logging out leaves a file like this.
            Some(auths) if auths.as_mapping().is_some() && place.is_none() => {}
            _ => self.fault(PullSecretFault::NoAuths),
        }
    }

    fn read_auths(&mut self, auths: &Node, place: Option<Span>) {
        let Some(auths) = auths.as_mapping() else {
            return self.fault(PullSecretFault::NotObject);
        };
        for entry in auths.entries() {
            let key = Spanned::new(entry.key.value.clone(), place.unwrap_or(entry.key.span));
            self.credentials.push(Credential {
                fault: credential_fault(&entry.value),
                key_fault: key_fault(&key.value),
                key,
            });
        }
    }
}

/// From containers/image, pkg/docker/config/config.go `decodeDockerAuth`; the first two are from
/// openshift/installer, pkg/validate/validate.go `ImagePullSecret`.
fn credential_fault(value: &Node) -> Option<CredentialFault> {
    let Some(value) = value.as_mapping() else {
        return Some(CredentialFault::NotObject);
    };
    let has = |key: &str| value.get(key).is_some_and(|it| !it.is_null());
    if !has("auth") {
        return (!has("credsStore")).then_some(CredentialFault::Neither);
    }
    let Some(auth) = value.get("auth").and_then(Node::as_str) else {
        return Some(CredentialFault::NotText);
    };
    if auth.is_empty() {
        return (!has_token(value)).then_some(CredentialFault::Empty);
    }
    let Some(decoded) = base64::decode(auth) else {
        return Some(CredentialFault::NotBase64);
    };
    let Some((user, password)) = decoded.split_once(':') else {
        return Some(CredentialFault::NoColon);
    };
    let is_half = user.is_empty() || password.trim_matches(['\0', '\n', '\r']).is_empty();
    (is_half && !has_token(value)).then_some(CredentialFault::HalfEmpty)
}

fn has_token(value: &Mapping) -> bool {
    value.get("identitytoken").is_some()
}

fn key_fault(key: &str) -> Option<KeyFault> {
    let is_url = key.starts_with("http://") || key.starts_with("https://");
    if key.is_empty() {
        return Some(KeyFault::Empty);
    }
    if key.contains(char::is_whitespace) {
        return Some(KeyFault::Space);
    }
    if key.contains('*') {
        return Some(KeyFault::Wildcard);
    }
    if is_url {
        let rest = key.split_once("://").map_or(key, |(_, rest)| rest);
        let path = rest.split_once('/').map_or("", |(_, path)| path);
        // Docker writes its keys with the version of the protocol behind the host.
        let is_version = ["", "v1", "v2"].contains(&path.trim_end_matches('/'));
        return (!is_version).then_some(KeyFault::PathBehindScheme);
    }
    if key.contains("://") {
        return Some(KeyFault::Scheme);
    }
    if key.ends_with('/') {
        return Some(KeyFault::SlashAtEnd);
    }
    let path = key.split_once('/').map_or("", |(_, path)| path);
    path.contains([':', '@']).then_some(KeyFault::TagOrDigest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::file::Files;
    use crate::resource;

    fn read(text: &str) -> Option<PullSecret> {
        let mut files = Files::new();
        let file = files.add("input", text);
        let (documents, _) = document::read(&files, file);
        resource::objects(documents).iter().find_map(of_object)
    }

    #[test]
    fn entries_are_judged_as_the_library_reads_them() {
        for (auth, expected) in [
            ("{\"auth\": \"dTpw\"}", None),
            ("{\"credsStore\": \"x\"}", None),
            (
                "{\"username\": \"u\", \"password\": \"p\"}",
                Some(CredentialFault::Neither),
            ),
            ("1", Some(CredentialFault::NotObject)),
            ("{\"auth\": 1}", Some(CredentialFault::NotText)),
            ("{\"auth\": \"\"}", Some(CredentialFault::Empty)),
            ("{\"auth\": \"dTpw \"}", Some(CredentialFault::NotBase64)),
            ("{\"auth\": \"dTpw\\n\"}", None),
            ("{\"auth\": \"dXA=\"}", Some(CredentialFault::NoColon)),
            ("{\"auth\": \"dTo=\"}", Some(CredentialFault::HalfEmpty)),
            ("{\"auth\": \"dTo=\", \"identitytoken\": \"t\"}", None),
        ] {
            let secret = read(&format!("{{\"auths\": {{\"quay.io\": {auth}}}}}")).unwrap();
            assert_eq!(secret.credentials[0].fault, expected, "{auth}");
        }
    }

    #[test]
    fn keys_are_judged_as_the_library_looks_for_them() {
        for (key, expected) in [
            ("quay.io", None),
            ("m.io:5000/org", None),
            ("https://index.docker.io/v1/", None),
            ("https://quay.io", None),
            ("", Some(KeyFault::Empty)),
            ("quay.io ", Some(KeyFault::Space)),
            ("*.example.com", Some(KeyFault::Wildcard)),
            ("https://quay.io/org", Some(KeyFault::PathBehindScheme)),
            ("docker://quay.io", Some(KeyFault::Scheme)),
            ("quay.io/", Some(KeyFault::SlashAtEnd)),
            ("quay.io/org/app:1", Some(KeyFault::TagOrDigest)),
        ] {
            assert_eq!(key_fault(key), expected, "{key}");
        }
    }

    #[test]
    fn credentials_are_looked_for_from_the_repository_up_to_the_host() {
        for (key, location, expected) in [
            ("m.io", "m.io/org", true),
            ("m.io/org", "m.io/org", true),
            ("m.io/org", "m.io/org/app", true),
            ("m.io/org/app", "m.io/org", true),
            ("m.io/o", "m.io/org", false),
            ("m.io/org-x", "m.io/org", false),
            ("m.io/or", "m.io/org/app", false),
            ("m.io", "m.io:5000/org", false),
            ("m.io:5000", "m.io/org", false),
            ("https://m.io/v2/", "m.io/org", true),
            ("m.io/", "m.io/org", false),
            ("https://index.docker.io/v1/", "docker.io/org", true),
        ] {
            let text = format!("{{\"auths\": {{\"{key}\": {{\"auth\": \"dTpw\"}}}}}}");
            let secret = read(&text).unwrap();
            let found = CredentialKeys::of([&secret]).has_some_for(location);
            assert_eq!(found, expected, "{key} for {location}");
        }
    }

    #[test]
    fn secrets_are_found_in_each_form() {
        let encoded = "eyJhdXRocyI6eyJxdWF5LmlvIjp7ImF1dGgiOiJkVHB3In19fQ==";
        let secret = |rest: &str| {
            read(&format!(
                "apiVersion: v1\nkind: Secret\nmetadata: {{name: pull-secret, \
                 namespace: openshift-config}}\n{rest}"
            ))
        };
        let faults = |secret: &PullSecret| -> Vec<PullSecretFault> {
            secret.faults.iter().map(|fault| fault.value).collect()
        };
        let typed = "type: kubernetes.io/dockerconfigjson\n";
        let good = secret(&format!("{typed}data: {{.dockerconfigjson: {encoded}}}\n")).unwrap();
        assert_eq!(faults(&good), []);
        assert!(good.is_global());
        assert_eq!(good.credentials[0].key.value, "quay.io");
        for (rest, expected) in [
            (typed.to_owned(), PullSecretFault::NoKey(KEY)),
            (
                format!("data: {{.dockerconfigjson: {encoded}}}\n"),
                PullSecretFault::WrongType("kubernetes.io/dockerconfigjson"),
            ),
            (
                format!("{typed}stringData: {{.dockerconfigjson: {encoded}}}\n"),
                PullSecretFault::NotJson,
            ),
            (
                format!("{typed}data: {{.dockerconfigjson: '{{}}'}}\n"),
                PullSecretFault::NotBase64,
            ),
            (
                format!("{typed}stringData: {{.dockerconfigjson: '[]'}}\n"),
                PullSecretFault::NotObject,
            ),
            (
                format!("{typed}data: {{.dockerconfigjson: {{}}}}\n"),
                PullSecretFault::NotText,
            ),
        ] {
            assert_eq!(faults(&secret(&rest).unwrap()), [expected], "{rest}");
        }
        assert_eq!(secret("type: Opaque\ndata: {a: YQ==}\n"), None);
        assert_eq!(read("{\"a\": 1}"), None);
        let repeated = "stringData: {.dockerconfigjson: '{\"auths\": {\"q\": {\"auth\": \"dTpw\"}, \
                        \"q\": {\"auth\": \"dTpw\"}}}'}\n";
        let repeated = secret(&format!("{typed}{repeated}")).unwrap();
        assert_eq!(
            repeated.credentials[0].fault,
            Some(CredentialFault::Repeated)
        );
    }
}
