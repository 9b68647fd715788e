//! What a `MachineConfig` object carries to nodes as their registries.conf or a drop-in of it.

use super::{CONF_DROP_IN_DIRECTORY, CONF_PATH};
use crate::document::{Node, base64};
use crate::file::Span;
use crate::resource::Object;

/// A registries.conf that a `MachineConfig` carries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CarriedConf {
    /// Its path on a node.
    pub path: String,
    /// Its text.
    pub text: String,
    /// The field that has the text, encoded.
    pub field: Span,
    /// The pool of nodes that get it; empty where no label tells.
    pub role: String,
    /// The name of the object.
    pub object: String,
}

/// The label that names the pool of nodes.
const ROLE: &str = "machineconfiguration.openshift.io/role";

/// What a `MachineConfig` carries, in order; `may_carry` tells which objects are one.
///
/// Texts that are compressed, or kept elsewhere, are left out.
#[cold]
#[inline(never)]
pub fn carried_confs(object: &Object) -> Vec<CarriedConf> {
    let at = |keys: &[&str]| {
        keys.iter()
            .try_fold(&object.root, |node, key| node.get(key))
    };
    let role = at(&["metadata", "labels", ROLE]).and_then(Node::as_str);
    let files = at(&["spec", "config", "storage", "files"]).and_then(Node::as_sequence);
    let files = files.unwrap_or_default().iter();
    files
        .filter_map(|file| {
            let path = file.get("path")?.as_str().filter(|path| is_conf(path))?;
            let contents = file.get("contents")?;
            let compression = contents.get("compression").and_then(Node::as_str);
            let source = contents.get("source")?;
            let text = match compression {
                None | Some("") => data_of(source.as_str()?)?,
                Some(_) => return None,
            };
            Some(CarriedConf {
                path: path.to_owned(),
                text,
                field: source.span,
                role: role.unwrap_or_default().to_owned(),
                object: object.name.value.clone(),
            })
        })
        .collect()
}

/// Whether an object is a `MachineConfig`.
pub fn may_carry(object: &Object) -> bool {
    let group = object.api_version.value.split('/').next();
    object.kind.value == "MachineConfig" && group == Some("machineconfiguration.openshift.io")
}

fn is_conf(path: &str) -> bool {
    let drop_in = path.strip_prefix(CONF_DROP_IN_DIRECTORY);
    let drop_in = drop_in.and_then(|rest| rest.strip_prefix('/'));
    path == CONF_PATH || drop_in.is_some_and(|name| name.ends_with(".conf") && !name.contains('/'))
}

/// The text in a `data:` URL; `None` where it is none. Bytes that are no UTF-8 become U+FFFD.
// From vincent-petithory/dataurl, dataurl.go and lex.go: the last parameter may be `base64`.
fn data_of(url: &str) -> Option<String> {
    let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
    match head == "base64" || head.ends_with(";base64") {
        true => base64::decode(data),
        false => percent_decoded(data),
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            b'%' => {
                let (digits, behind) = rest.split_at_checked(2)?;
                let digits = str::from_utf8(digits).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = behind;
            }
            byte => bytes.push(*byte),
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::file::Files;
    use crate::resource::objects;

    #[test]
    fn data_urls_are_decoded() {
        let cases = [
            ("data:,a%20b%0A", Some("a b\n")),
            ("data:,a+b", Some("a+b")),
            ("data:text/plain;charset=utf-8,a", Some("a")),
            ("data:text/plain;charset=utf-8;base64,YWI=", Some("ab")),
            ("data:;base64,YWI=", Some("ab")),
            ("data:,%ff", Some("\u{fffd}")),
            ("data:,", Some("")),
            ("data:,%2", None),
            ("data:,%zz", None),
            ("data:,%\u{e4}", None),
            ("data:;base64,YWI", None),
            ("data:a", None),
            ("https://a/b,c", None),
        ];
        for (url, expected) in cases {
            assert_eq!(data_of(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn only_files_that_nodes_read_are_taken() {
        let text = "\
            apiVersion: machineconfiguration.openshift.io/v1\n\
            kind: MachineConfig\n\
            metadata:\n\
            \x20 name: 50-lab\n\
            \x20 labels: {machineconfiguration.openshift.io/role: worker}\n\
            spec:\n\
            \x20 config:\n\
            \x20   storage:\n\
            \x20     files:\n\
            \x20     - {path: /etc/containers/registries.conf, contents: {source: 'data:,1'}}\n\
            \x20     - {path: /etc/containers/registries.conf.d/a.conf, contents: {source: 'data:,2'}}\n\
            \x20     - {path: /etc/containers/registries.conf.d/a.txt, contents: {source: 'data:,3'}}\n\
            \x20     - {path: /etc/containers/registries.conf.d/b/a.conf, contents: {source: 'data:,4'}}\n\
            \x20     - {path: /etc/containers/policy.json, contents: {source: 'data:,5'}}\n\
            \x20     - {path: /etc/containers/registries.conf.d/z.conf, contents: {source: 'data:,6', compression: gzip}}\n\
            \x20     - {path: /etc/containers/registries.conf.d/y.conf, contents: {source: 'data:,7', compression: ''}}\n\
            \x20     - {path: /etc/containers/registries.conf.d/x.conf}\n\
            \x20     - 7\n";
        let told = |text: &str| {
            let mut files = Files::new();
            let file = files.add("input.yaml", text);
            let objects = objects(document::read(&files, file).0);
            let carried: Vec<_> = objects
                .iter()
                .filter(|it| may_carry(it))
                .flat_map(carried_confs)
                .collect();
            let told = carried.iter().map(|conf| {
                let name = conf.path.rsplit('/').next().unwrap_or_default();
                format!("{name} {} {} {}", conf.text, conf.role, conf.object)
            });
            told.collect::<Vec<_>>()
        };
        assert_eq!(
            told(text),
            [
                "registries.conf 1 worker 50-lab",
                "a.conf 2 worker 50-lab",
                "y.conf 7 worker 50-lab",
            ]
        );
        assert!(told(&text.replace("MachineConfig", "MachineSet")).is_empty());
    }
}
