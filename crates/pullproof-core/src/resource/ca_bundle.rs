//! Certificate authorities of registries: the `ConfigMap` that the image configuration names, from
//! which every node gets a directory for each key.
//!
//! ```text
//! ConfigMap = { "data": { KEY: PEM }, "binaryData": { KEY: base64 of PEM } }
//! KEY       = HOST | HOST ".." PORT
//! ```
// From openshift/machine-config-operator, pkg/operator/sync.go `getImageRegistryBundles` and
// pkg/daemon/certificate_writer.go `syncControllerConfigHandler`, from 4.14; in every release from
// openshift/cluster-image-registry-operator, pkg/nodeca/nodeca.go and bindata/nodecadaemon.yaml.

use super::{CONFIG_NAMESPACE, Object, image_config};
use crate::document::{Mapping, Node, base64};
use crate::file::Spanned;
use crate::reference::{is_domain, looks_like_registry};
use pem::Certificates;

mod pem;

/// A key that is for the update service, whatever its host is.
const UPDATE_SERVICE: &str = "updateservice-registry";

/// The key of the certificates that the cluster's proxy is for.
const PROXY_KEY: &str = "ca-bundle.crt";

/// Ends of names of files that hold certificates.
const FILE_ENDS: [&str; 5] = [".crt", ".pem", ".cer", ".cert", ".key"];

/// A `ConfigMap` that is, or seems to be meant as, the certificate authorities of registries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CaBundle {
    /// `metadata.name`.
    pub name: Spanned<String>,
    /// `metadata.namespace`; `None` when absent.
    pub namespace: Option<Spanned<String>>,
    /// Whether the image configuration of the inputs names it.
    pub is_named: bool,
    /// What it holds, in the order of the text.
    pub authorities: Vec<Authority>,
}

/// What one key holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authority {
    /// The key as written.
    pub key: Spanned<String>,
    /// Why no pull looks for the key.
    pub key_fault: Option<KeyFault>,
    /// What is wrong with the value.
    pub fault: Option<ValueFault>,
}

/// Why no pull looks for a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyFault {
    /// The API server stores no object with such a key.
    Refused,
    /// One dot stands before what must be a port.
    OneDot,
    /// The name of a file.
    FileName,
    /// A word without a dot, which references take for the beginning of a repository.
    Short,
    /// No host.
    NoHost,
}

/// What is wrong with a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValueFault {
    /// It is no text.
    NotText,
    /// It stands below `binaryData` and is no base64.
    NotBase64,
    /// There is nothing in it.
    Empty,
    /// Base64 of what would be fine as it is.
    Encoded,
    /// There is a private key in it.
    PrivateKey,
    /// It is in the binary form.
    Binary,
    /// Its line breaks were lost, or are at other places.
    LineBreaks,
    /// There is no certificate in it.
    NoCertificate,
    /// There are certificates, of which at least one cannot be read.
    Damaged,
}

impl CaBundle {
    /// Whether it is where it is looked for, as far as it says.
    pub fn is_in_place(&self) -> bool {
        let namespace = self.namespace.as_ref();
        namespace.is_none_or(|namespace| namespace.value == CONFIG_NAMESPACE)
    }

    /// The keys that pulls may look for.
    pub fn usable(&self) -> impl Iterator<Item = &Authority> {
        let authorities = self.authorities.iter();
        authorities.filter(|authority| authority.key_fault.is_none())
    }
}

impl Authority {
    /// The host, with a port where it has one, as nodes name the directory.
    ///
    /// A key with more than one `..` is no host in either program that writes the directories.
    pub fn host(&self) -> String {
        host(&self.key.value)
    }

    /// The key that was meant, where that is plain.
    pub fn meant(&self) -> Option<String> {
        self.key_fault?;
        let text = self.key.value.trim();
        let text = text.split_once("://").map_or(text, |(_, rest)| rest);
        let text = text.trim_end_matches('/');
        let end = FILE_ENDS.into_iter().find_map(|end| text.strip_suffix(end));
        let text = end.unwrap_or(text);
        let key = match text.rsplit_once(['.', ':']) {
            Some((host, port)) if is_port(port) && !is_ipv4(text) => {
                let host = host.trim_end_matches(['.', ':']);
                format!("{host}..{port}")
            }
            _ => text.to_owned(),
        };
        key_fault(&key).is_none().then_some(key)
    }
}

/// The name of the `ConfigMap` that an object asks for, where it is the cluster's image
/// configuration; empty when it asks for none.
pub fn wanted(object: &Object) -> Option<Spanned<String>> {
    let is_it = image_config::is_image_config(object) && object.name.value == image_config::NAME;
    if !is_it {
        return None;
    }
    let named = || {
        let spec = object.root.get("spec")?;
        let name = spec.get("additionalTrustedCA")?.get("name")?;
        Some(Spanned::new(name.as_str()?.to_owned(), name.span))
    };
    Some(named().unwrap_or(Spanned::new(String::new(), object.root.span)))
}

/// The certificate authorities that an object holds: one that is named so, or has a host as a key
/// for certificates.
pub fn read(object: &Object, wanted: Option<&Spanned<String>>) -> Option<CaBundle> {
    if object.kind.value != "ConfigMap" || object.api_version.value != "v1" {
        return None;
    }
    let mut authorities = Vec::new();
    for (list, is_binary) in [("data", false), ("binaryData", true)] {
        let entries = object.root.get(list).and_then(Node::as_mapping);
        for entry in entries.into_iter().flat_map(Mapping::entries) {
            let key = Spanned::new(entry.key.value.clone(), entry.key.span);
            authorities.push(Authority {
                key_fault: key_fault(&key.value),
                key,
                fault: value_fault(&entry.value, is_binary),
            });
        }
    }
    let is_named = wanted.is_some_and(|name| name.value == object.name.value);
    let is_named = is_named && !object.name.value.is_empty();
    let mut bundle = CaBundle {
        name: object.name.clone(),
        namespace: object.namespace(),
        is_named,
        authorities,
    };
    if !is_named {
        // Others have certificates, too, but not by hosts.
        let is_meant = |it: &Authority| {
            let is_host = match it.key_fault {
                None => it.key.value != UPDATE_SERVICE,
                Some(KeyFault::Refused | KeyFault::OneDot) => it.meant().is_some(),
                Some(_) => false,
            };
            let is_other = matches!(
                it.fault,
                Some(ValueFault::NotText | ValueFault::Empty | ValueFault::NoCertificate)
            );
            is_host && !is_other
        };
        if !bundle.is_in_place() || !bundle.authorities.iter().any(is_meant) {
            return None;
        }
    }
    // May be kept in the same object.
    if bundle.usable().next().is_some() {
        bundle.authorities.retain(|it| it.key.value != PROXY_KEY);
    }
    Some(bundle)
}

fn host(key: &str) -> String {
    match key.rsplit_once("..") {
        Some((host, port)) => format!("{host}:{port}"),
        None => key.to_owned(),
    }
}

/// From kubernetes/apimachinery, pkg/util/validation/validation.go `IsConfigMapKey`.
fn is_stored(key: &str) -> bool {
    /// As long as names of objects may be.
    const KEY_MAX_BYTES: usize = 253;
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_made_of_those = !key.is_empty() && key.bytes().all(is_allowed);
    is_made_of_those && key.len() <= KEY_MAX_BYTES && key != "." && !key.starts_with("..")
}

fn key_fault(key: &str) -> Option<KeyFault> {
    if !is_stored(key) {
        return Some(KeyFault::Refused);
    }
    if key == UPDATE_SERVICE {
        return None;
    }
    if FILE_ENDS.iter().any(|end| key.ends_with(end)) {
        return Some(KeyFault::FileName);
    }
    let host = host(key);
    if !is_domain(&host) {
        return Some(KeyFault::NoHost);
    }
    // No domain ends with a number, so that one there is a port, or the end of an address.
    let last = host.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|byte| byte.is_ascii_digit()) && !is_ipv4(&host) && host.contains('.') {
        return Some(KeyFault::OneDot);
    }
    (!looks_like_registry(&host)).then_some(KeyFault::Short)
}

fn is_port(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse::<u16>().is_ok()
}

fn is_ipv4(text: &str) -> bool {
    text.parse::<core::net::Ipv4Addr>().is_ok()
}

fn value_fault(value: &Node, is_binary: bool) -> Option<ValueFault> {
    let Some(text) = value.as_str() else {
        return Some(ValueFault::NotText);
    };
    if !is_binary {
        return text_fault(text);
    }
    match base64::decode_bytes(text) {
        None => Some(ValueFault::NotBase64),
        Some(bytes) if pem::is_der(&bytes) => Some(ValueFault::Binary),
        Some(bytes) => text_fault(&String::from_utf8_lossy(&bytes)),
    }
}

fn text_fault(text: &str) -> Option<ValueFault> {
    if text.trim().is_empty() {
        return Some(ValueFault::Empty);
    }
    if text.contains("PRIVATE KEY-----") {
        return Some(ValueFault::PrivateKey);
    }
    match pem::certificates(text) {
        Certificates::Readable => None,
        Certificates::Damaged => Some(ValueFault::Damaged),
        Certificates::None if text.contains(pem::BEGIN) => Some(ValueFault::LineBreaks),
        Certificates::None => {
            let decoded = base64::decode_bytes(text.trim_end());
            let decoded = decoded.filter(|bytes| {
                let text = String::from_utf8_lossy(bytes);
                pem::certificates(&text) != Certificates::None
            });
            match decoded {
                Some(_) => Some(ValueFault::Encoded),
                None => Some(ValueFault::NoCertificate),
            }
        }
    }
}

#[cfg(test)]
mod tests;
