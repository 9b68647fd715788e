//! Claims to volumes, and whether the cluster's own registry can use the one it is told to.

use super::applied::{Applied, StorageKind};
use super::{Found, NAMESPACE, is_in};
use crate::document::{Node, Value};
use crate::file::Spanned;
use crate::resource::Object;

/// The claim that the operator makes where none is named.
pub const DEFAULT_CLAIM: &str = "image-registry-storage";

/// What the operator marks claims with that it made.
const OWNER_ANNOTATION: &str = "imageregistry.openshift.io";

/// What many pods may write.
const SHARED: &str = "ReadWriteMany";

/// What the pods of one node may write.
const SINGLE: &str = "ReadWriteOnce";

/// What the registry is said to need, in billionths of a byte: 100Gi.
const ENOUGH: u128 = 100 * (1 << 30) * BILLION;

const BILLION: u128 = 1_000_000_000;

/// A claim to a volume.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// `metadata.name`.
    pub name: Spanned<String>,
    /// `metadata.namespace`, empty when absent.
    pub namespace: Spanned<String>,
    /// How the volume may be used.
    pub modes: Spanned<Vec<String>>,
    /// Whether the operator made it.
    pub is_owned: bool,
    /// The size that is asked for, where it is less than the registry is said to need.
    pub small: Option<Spanned<String>>,
}

/// What keeps the registry from using a claim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ClaimFault {
    /// More pods than may write.
    Replicas(i64),
    /// Pods that are replaced while others still run, by how that is written.
    Strategy(String),
    /// A claim, by its name, that nobody may write to as the registry does, by its modes.
    Modes(String, Vec<String>),
    /// A claim that the operator would make, had nobody made it.
    NotOwned,
    /// A claim, by its name, in another namespace.
    Elsewhere(String),
    /// Less space than the registry is said to need.
    Small(String),
}

/// The claim that an object is; `None` for other objects.
pub fn read(object: &Object) -> Option<Claim> {
    if object.kind.value != "PersistentVolumeClaim" || object.api_version.value != "v1" {
        return None;
    }
    let name = object.name.clone();
    let metadata = object.root.get("metadata");
    let annotations = metadata.and_then(|it| it.get("annotations"));
    let spec = object.root.get("spec");
    let modes = spec.and_then(|it| it.get("accessModes"));
    let list = modes.and_then(Node::as_sequence).unwrap_or_default();
    let list = list.iter().filter_map(Node::as_str).map(str::to_owned);
    let size = spec.and_then(|it| it.get("resources")?.get("requests")?.get("storage"));
    let small = size.and_then(|node| {
        let text = match &node.value {
            Value::Integer(number) => number.to_string(),
            _ => node.as_str()?.to_owned(),
        };
        let is_small = billionths(&text)? < ENOUGH;
        is_small.then(|| Spanned::new(text, node.span))
    });
    Some(Claim {
        namespace: super::namespace(object),
        modes: Spanned::new(list.collect(), modes.map_or(name.span, |it| it.span)),
        is_owned: annotations.is_some_and(|it| it.get(OWNER_ANNOTATION).is_some()),
        small,
        name,
    })
}

/// What keeps the registry from using the claim that it is told to use, of those that are known:
/// of two with one name, the last.
// From openshift/cluster-image-registry-operator, pkg/storage/pvc/pvc.go `CreateStorage` and
// `checkPVC`.
pub fn faults(applied: &Applied, claims: &[Claim]) -> Vec<Found<ClaimFault>> {
    let Some((storage, named)) = applied.storage.as_ref().and_then(|it| match &it.kind {
        StorageKind::Pvc { claim } => Some((it, claim)),
        _ => None,
    }) else {
        return Vec::new();
    };
    let is_default = named.value.is_empty();
    let name = match is_default {
        true => DEFAULT_CLAIM,
        false => &named.value,
    };
    let mut found = Vec::new();
    let mut add = |span, fault, other| {
        let other = Some(other);
        found.push(Found { fault, span, other });
    };
    let of_name = || claims.iter().filter(|claim| claim.name.value == name);
    let Some(claim) = of_name().rfind(|claim| is_in(&claim.namespace, NAMESPACE)) else {
        if let Some(claim) = of_name().next().filter(|_| !is_default) {
            let fault = ClaimFault::Elsewhere(name.to_owned());
            add(claim.namespace.span, fault, named.span);
        }
        return found;
    };
    if is_default && !claim.is_owned {
        add(named.span, ClaimFault::NotOwned, claim.name.span);
        return found;
    }
    let has = |mode: &str| claim.modes.value.iter().any(|it| it == mode);
    let modes = claim.modes.span;
    if !has(SHARED) && has(SINGLE) {
        if let Some(replicas) = applied.replicas.as_ref().filter(|it| 1 < it.value) {
            let fault = ClaimFault::Replicas(replicas.value);
            add(replicas.span, fault, modes);
        }
        let strategy = applied.strategy.as_ref();
        let written = strategy.map_or("", |it| it.value.as_str());
        if written != "Recreate" {
            let span = strategy.map_or(storage.key, |it| it.span);
            add(span, ClaimFault::Strategy(written.to_owned()), modes);
        }
    } else if !has(SHARED) && !claim.modes.value.is_empty() {
        let fault = ClaimFault::Modes(name.to_owned(), claim.modes.value.clone());
        add(modes, fault, named.span);
    }
    if let Some(small) = &claim.small {
        add(
            small.span,
            ClaimFault::Small(small.value.clone()),
            named.span,
        );
    }
    found
}

/// A size in billionths of a byte, what is finer cut off; `None` when the text is none, or one
/// that is written with an exponent, or larger than any volume.
// From kubernetes/apimachinery, pkg/api/resource/quantity.go `ParseQuantity`.
fn billionths(text: &str) -> Option<u128> {
    let end = text.find(|it: char| !it.is_ascii_digit() && it != '.');
    let (number, suffix) = text.split_at(end.unwrap_or(text.len()));
    let unit = match suffix {
        "n" => 1,
        "u" => 1_000,
        "m" => 1_000_000,
        "" => BILLION,
        _ => {
            let letters = suffix.strip_suffix('i');
            let step: u128 = letters.map_or(1000, |_| 1024);
            let letter = letters.unwrap_or(suffix);
            let is_thousand = matches!((letter, step), ("K", 1024) | ("k", 1000));
            let power = match letter {
                "M" => 2,
                "G" => 3,
                "T" => 4,
                "P" => 5,
                "E" => 6,
                _ if is_thousand => 1,
                _ => return None,
            };
            step.pow(power) * BILLION
        }
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && part.is_empty() || part.contains('.') {
        return None;
    }
    let digits = |text: &str| match text {
        "" => Some(0),
        text => text.parse::<u64>().ok().map(u128::from),
    };
    // Finer digits than these change no size that anybody asks for.
    let part = &part[..part.len().min(9)];
    let of_part = digits(part)? * unit / 10_u128.pow(u32::try_from(part.len()).ok()?);
    digits(whole)?.checked_mul(unit)?.checked_add(of_part)
}

#[cfg(test)]
mod tests {
    use super::super::applied;
    use super::*;
    use crate::document;
    use crate::file::{Files, Span};
    use crate::resource;

    /// What is found, with the text at both places.
    fn found(config: &str, claims: &[&str]) -> Vec<(ClaimFault, String, String)> {
        let mut text = format!(
            "apiVersion: imageregistry.operator.openshift.io/v1\nkind: Config\n\
             metadata: {{name: cluster}}\nspec: {{{config}}}\n"
        );
        for claim in claims {
            text += &format!("---\napiVersion: v1\nkind: PersistentVolumeClaim\n{claim}\n");
        }
        let mut files = Files::new();
        let file = files.add("a.yaml", text.clone());
        let (documents, _) = document::read(&files, file);
        let objects = resource::objects(documents);
        let claims: Vec<_> = objects.iter().filter_map(read).collect();
        let applied = objects.iter().find_map(applied::read);
        let applied = applied.iter().flat_map(|it| faults(it, &claims));
        let at = |span: Span| text[span.start as usize..span.end as usize].to_owned();
        applied
            .map(|it| (it.fault, at(it.span), it.other.map(at).unwrap_or_default()))
            .collect()
    }

    const ALONE: &str = "managementState: Managed, replicas: 1, rolloutStrategy: Recreate, \
                         storage: {pvc: {claim: a}}";

    fn claim(namespace: &str, modes: &str) -> String {
        format!(
            "metadata: {{name: a, namespace: {namespace}}}\nspec: {{accessModes: {modes}, \
             resources: {{requests: {{storage: 100Gi}}}}}}"
        )
    }

    #[test]
    fn modes_are_held_against_pods() {
        let single = claim(NAMESPACE, "[ReadWriteOnce]");
        let shared = claim(NAMESPACE, "[ReadWriteOnce, ReadWriteMany]");
        let read = claim(NAMESPACE, "[ReadOnlyMany]");
        assert_eq!(found(ALONE, &[&single]), []);
        assert_eq!(found(ALONE, &[]), []);
        let at = |fault, span: &str, other: &str| (fault, span.to_owned(), other.to_owned());
        let strategy = |text: &str| ClaimFault::Strategy(text.to_owned());
        let modes = "[ReadWriteOnce]";
        let two = "managementState: Managed, replicas: 2, storage: {pvc: {claim: a}}";
        let expected = [
            at(ClaimFault::Replicas(2), "2", modes),
            at(strategy(""), "pvc", modes),
        ];
        assert_eq!(found(two, &[&single]), expected);
        assert_eq!(found(two, &[&shared]), []);
        let rolling = ALONE.replace("Recreate", "RollingUpdate");
        let expected = [at(strategy("RollingUpdate"), "RollingUpdate", modes)];
        assert_eq!(found(&rolling, &[&single]), expected);
        let fault = ClaimFault::Modes("a".into(), vec!["ReadOnlyMany".into()]);
        assert_eq!(found(ALONE, &[&read]), [at(fault, "[ReadOnlyMany]", "a")]);
        // The last of one name counts.
        assert_eq!(found(ALONE, &[&read, &single]), []);
        for state in ["Unmanaged", "Removed", "Force"] {
            let config = two.replace("Managed", state);
            assert_eq!(found(&config, &[&single]), [], "{state}");
        }
        let several = two.replace("storage: {", "storage: {emptyDir: {}, ");
        assert_eq!(found(&several, &[&single]), []);
    }

    #[test]
    fn claims_are_looked_for_where_the_registry_is() {
        let read = "[ReadOnlyMany]";
        let elsewhere = claim("default", read);
        let fault = ClaimFault::Elsewhere("a".into());
        let expected = [(fault, "default".to_owned(), "a".to_owned())];
        assert_eq!(found(ALONE, &[&elsewhere]), expected);
        let here = claim(NAMESPACE, "[ReadWriteMany]");
        assert_eq!(found(ALONE, &[&here, &elsewhere]), []);
        // A namespace may be given along with the file.
        let unknown = here.replace(&format!(", namespace: {NAMESPACE}"), "");
        assert_eq!(found(ALONE, &[&elsewhere, &unknown]), []);
    }

    #[test]
    fn the_operators_own_claim_is_not_anybodys() {
        let config = ALONE.replace("claim: a", "");
        let of_name = |text: &str| text.replace("name: a,", "name: image-registry-storage,");
        let foreign = of_name(&claim(NAMESPACE, "[ReadWriteOnce]"));
        let expected = [(
            ClaimFault::NotOwned,
            "pvc".to_owned(),
            DEFAULT_CLAIM.to_owned(),
        )];
        assert_eq!(found(&config, &[&foreign]), expected);
        let annotations = "annotations: {imageregistry.openshift.io: 'true'}, name:";
        let owned = foreign.replace("name:", annotations);
        assert_eq!(found(&config, &[&owned]), []);
        let elsewhere = of_name(&claim("default", "[ReadWriteOnce]"));
        assert_eq!(found(&config, &[&elsewhere]), []);
    }

    #[test]
    fn sizes_are_compared() {
        for (size, is_small) in [
            ("100Gi", false),
            ("99Gi", true),
            ("99.9Gi", true),
            ("100.0Gi", false),
            ("100G", true),
            ("0.1Ti", false),
            ("0.09Ti", true),
            ("108G", false),
            ("107374182400", false),
            ("107374182399", true),
            ("107374182400000m", false),
            ("104857600Ki", false),
            ("1Mi", true),
            ("1k", true),
            ("18446744073709551615E", false),
            ("99999999999999999999Gi", false),
            // Nothing is said of what is not understood.
            ("'1e2'", false),
            ("1K", false),
            ("1ki", false),
            ("'.'", false),
            ("1.1.1Gi", false),
            ("big", false),
        ] {
            let text = claim(NAMESPACE, "[ReadWriteMany]").replace("100Gi", size);
            let expected = is_small.then(|| {
                let fault = ClaimFault::Small(size.to_owned());
                (fault, size.to_owned(), "a".to_owned())
            });
            assert_eq!(found(ALONE, &[&text]), Vec::from_iter(expected), "{size}");
        }
    }
}
