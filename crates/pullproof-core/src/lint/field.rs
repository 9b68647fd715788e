//! Words for fields that a kind does not have.

use super::words::code;
use crate::apiserver::crds::Resource;
use crate::apiserver::meant::{Meant, meant};
use crate::apiserver::path::Path;
use crate::openshift::OpenShift;

/// What to do about a field that is unknown.
pub(crate) fn help(resource: Resource, version: OpenShift, path: &Path) -> String {
    match meant(resource, version, path) {
        Some(Meant::Key(key)) => format!("write {}", code(key)),
        Some(Meant::Place(path)) => format!("it belongs in {}", code(&path)),
        Some(Meant::Since(version)) => format!("OpenShift {version} is the first to have it"),
        Some(Meant::TagMirrors) => {
            "remove it, and give mirrors for tags in an `ImageTagMirrorSet`".to_owned()
        }
        Some(Meant::SourcePolicy) => {
            "write an `ImageDigestMirrorSet`: this kind always allows to contact the source"
                .to_owned()
        }
        Some(Meant::RegistrySources(list)) => format!(
            "remove it, and add the registry to `spec.registrySources.{list}` of `Image/cluster`"
        ),
        None => "remove it: some clients refuse the object, others drop the field".to_owned(),
    }
}
