//! Secrets and ConfigMaps that the cluster's own registry is told to use: which keys they have.
//! No value is kept or told.

use super::applied::{Applied, Storage, StorageKind};
use super::{Found, NAMESPACE, is_in};
use crate::document::Node;
use crate::file::{Span, Spanned};
use crate::nearest::nearest;
use crate::openshift::OpenShift;
use crate::resource::{CONFIG_NAMESPACE, Object};
use crate::sorted::Map;

/// The Secret with the credentials that the registry is to use for its storage.
pub const CREDENTIALS: &str = "image-registry-private-configuration-user";

/// The key of the certificates of a store.
pub const BUNDLE_KEY: &str = "ca-bundle.crt";

/// The keys of a route's certificate that a Secret has which is made for that.
const CERTIFICATE_KEYS: [&str; 2] = ["tls.crt", "tls.key"];

const S3_KEYS: &[&str] = &[
    "REGISTRY_STORAGE_S3_ACCESSKEY",
    "REGISTRY_STORAGE_S3_SECRETKEY",
];
const GCS_KEYS: &[&str] = &["REGISTRY_STORAGE_GCS_KEYFILE"];
const IBMCOS_KEYS: &[&str] = &["REGISTRY_STORAGE_IBMCOS_IAMAPIKEY"];
const AZURE_KEYS: &[&str] = &[AZURE_KEY];
const AZURE_KEY: &str = "REGISTRY_STORAGE_AZURE_ACCOUNTKEY";

/// Keys for Swift, of which one list must be there, none of it empty.
const SWIFT_KEYS: [&[&str]; 3] = [
    &[
        "REGISTRY_STORAGE_SWIFT_USERNAME",
        "REGISTRY_STORAGE_SWIFT_PASSWORD",
    ],
    &[
        "REGISTRY_STORAGE_SWIFT_APPLICATIONCREDENTIALID",
        "REGISTRY_STORAGE_SWIFT_APPLICATIONCREDENTIALNAME",
        "REGISTRY_STORAGE_SWIFT_APPLICATIONCREDENTIALSECRET",
    ],
    &["REGISTRY_STORAGE_SWIFT_TOKENID"],
];

/// A Secret or a ConfigMap.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keyed {
    /// Whether it is a Secret.
    pub is_secret: bool,
    /// `metadata.name`.
    pub name: Spanned<String>,
    /// `metadata.namespace`, empty when absent.
    pub namespace: Spanned<String>,
    /// Its keys; `None` where nothing is written of them, so that something else may fill it.
    pub keys: Option<Map<String, Key>>,
}

/// What is known of a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Key {
    /// Where it is.
    pub span: Span,
    /// Whether it has an empty value.
    pub is_empty: bool,
}

/// What is wrong with the credentials for the registry's storage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CredentialsFault {
    /// A key that the kind of storage needs, and one that was perhaps meant to be it.
    Missing(&'static str, Option<String>),
    /// Nothing that Swift takes, where it takes more than a user's credentials.
    NoSwiftKeys {
        /// Whether it takes a token, too.
        takes_token: bool,
    },
    /// The key of an account that is empty.
    EmptyAccountKey,
    /// The key of an account, and no name of one.
    NoAccount,
    /// The key of an account, and no container.
    NoContainer,
    /// They are in another namespace, where nobody reads them.
    Elsewhere,
}

/// What is wrong with what the registry's configuration names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReferenceFault {
    /// A ConfigMap of this name, without certificates.
    NoBundle(String),
    /// A ConfigMap of this name, in another namespace.
    BundleElsewhere(String),
    /// A Secret without these keys of a certificate.
    NoCertificate(Vec<&'static str>),
    /// A Secret of this name, in another namespace.
    CertificateElsewhere(String),
}

/// The Secret or ConfigMap that an object is; `None` for other objects.
pub fn read(object: &Object) -> Option<Keyed> {
    let lists = match object.kind.value.as_str() {
        _ if object.api_version.value != "v1" => return None,
        "Secret" => &["data", "stringData"][..],
        // What is not text stands in `binaryData`, which the operator does not look at.
        "ConfigMap" => &["data"],
        _ => return None,
    };
    let mut keys: Option<Map<String, Key>> = None;
    for list in lists {
        let Some(list) = object.root.get(list).and_then(Node::as_mapping) else {
            continue;
        };
        let keys = keys.get_or_insert_default();
        for entry in list.entries() {
            let is_empty = entry.value.is_null()
                || (entry.value.as_str())
                    .is_some_and(|it| it.trim_matches(['\r', '\n']).is_empty());
            let span = entry.key.span;
            // What comes later, in `stringData`, wins.
            keys.insert(entry.key.value.clone(), Key { span, is_empty });
        }
    }
    Some(Keyed {
        is_secret: object.kind.value == "Secret",
        name: object.name.clone(),
        namespace: super::namespace(object),
        keys,
    })
}

/// What is wrong with the credentials for the registry's storage, of those that are known: of two
/// with one name, the last.
///
/// The operator takes an application's credentials for Swift from 4.15 on, a token from 4.20 on.
// From openshift/cluster-image-registry-operator, in pkg/storage: s3/s3.go
// `getCredentialsConfigData`, gcs/gcs.go, azure/azure.go and swift/swift.go `GetConfig`,
// azure/azure.go `processUPI`, ibmcos/ibmcos.go `getCredentialsConfigData`.
pub fn credentials_faults(
    applied: Option<&Applied>,
    keyed: &[Keyed],
    version: OpenShift,
) -> Vec<Found<CredentialsFault>> {
    let of_name = keyed.iter().filter(|it| it.name.value == CREDENTIALS);
    let secret = match places(of_name).get(&(true, CREDENTIALS)) {
        None => return Vec::new(),
        Some(Place::Elsewhere(secret)) => {
            return vec![Found {
                fault: CredentialsFault::Elsewhere,
                span: secret.namespace.span,
                other: None,
            }];
        }
        Some(Place::Here(secret)) => *secret,
    };
    let storage = applied.and_then(|it| it.storage.as_ref());
    let (Some(keys), Some(storage)) = (&secret.keys, storage) else {
        return Vec::new();
    };
    let of_secret = |fault| Found {
        fault,
        span: secret.name.span,
        other: Some(storage.key),
    };
    let needed = match &storage.kind {
        StorageKind::S3 { .. } => S3_KEYS,
        StorageKind::Gcs => GCS_KEYS,
        StorageKind::Ibmcos => IBMCOS_KEYS,
        StorageKind::Azure { .. } => AZURE_KEYS,
        StorageKind::EmptyDir | StorageKind::Pvc { .. } => return Vec::new(),
        StorageKind::Swift if version < OpenShift::V4_15 => SWIFT_KEYS[0],
        StorageKind::Swift => {
            let takes_token = OpenShift::V4_20 <= version;
            let lists = &SWIFT_KEYS[..if takes_token { 3 } else { 2 }];
            let is_filled = |name: &&str| keys.get(*name).is_some_and(|it| !it.is_empty);
            let has_any = lists.iter().any(|keys| keys.iter().all(is_filled));
            let fault =
                (!has_any).then(|| of_secret(CredentialsFault::NoSwiftKeys { takes_token }));
            return fault.into_iter().collect();
        }
    };
    let missing = needed.iter().copied();
    let missing = missing.filter(|name| !keys.contains_key(*name));
    let missing = missing.map(|name| {
        let mut meant = keys.keys().filter(|key| is_slip_for(key, name, needed));
        of_secret(CredentialsFault::Missing(name, meant.next().cloned()))
    });
    let mut found: Vec<_> = missing.collect();
    found.extend(azure_fault(storage, secret, keys));
    found
}

fn azure_fault(
    storage: &Storage,
    secret: &Keyed,
    keys: &Map<String, Key>,
) -> Option<Found<CredentialsFault>> {
    let StorageKind::Azure { account, container } = &storage.kind else {
        return None;
    };
    let key = keys.get(AZURE_KEY)?;
    let (fault, span, other) = if key.is_empty {
        let fault = CredentialsFault::EmptyAccountKey;
        (fault, key.span, storage.key)
    } else if account.value.is_empty() {
        (CredentialsFault::NoAccount, account.span, secret.name.span)
    } else if container.value.is_empty() {
        let fault = CredentialsFault::NoContainer;
        (fault, container.span, secret.name.span)
    } else {
        return None;
    };
    let other = Some(other);
    Some(Found { fault, span, other })
}

/// What is wrong with what the registry's configuration names, of what is known.
// From openshift/cluster-image-registry-operator, pkg/storage/s3/s3.go `CABundle` and
// pkg/resource/route.go `expected`.
pub fn reference_faults(applied: &Applied, keyed: &[Keyed]) -> Vec<Found<ReferenceFault>> {
    let mut found = Vec::new();
    let mut add = |fault, span, other| {
        let other = Some(other);
        found.push(Found { fault, span, other });
    };
    let places = places(keyed.iter());
    let storage = applied.storage.as_ref().map(|it| &it.kind);
    if let Some(StorageKind::S3 { trusted_ca: named }) = storage
        && !named.value.is_empty()
    {
        let name = || named.value.clone();
        match places.get(&(false, named.value.as_str())) {
            Some(Place::Here(map)) if map.lacks(BUNDLE_KEY) => {
                add(ReferenceFault::NoBundle(name()), map.name.span, named.span);
            }
            Some(Place::Elsewhere(map)) => {
                let fault = ReferenceFault::BundleElsewhere(name());
                add(fault, map.namespace.span, named.span);
            }
            Some(Place::Here(_)) | None => {}
        }
    }
    for named in &applied.route_secrets {
        match places.get(&(true, named.value.as_str())) {
            Some(Place::Here(secret)) => {
                let missing = CERTIFICATE_KEYS.into_iter().filter(|it| secret.lacks(it));
                let missing: Vec<_> = missing.collect();
                if !missing.is_empty() {
                    let fault = ReferenceFault::NoCertificate(missing);
                    add(fault, secret.name.span, named.span);
                }
            }
            Some(Place::Elsewhere(secret)) => {
                let fault = ReferenceFault::CertificateElsewhere(named.value.clone());
                add(fault, secret.namespace.span, named.span);
            }
            None => {}
        }
    }
    found
}

impl Keyed {
    fn lacks(&self, name: &str) -> bool {
        let keys = self.keys.as_ref();
        keys.is_some_and(|keys| !keys.contains_key(name))
    }
}

/// Where an object of a name is known to be.
enum Place<'a> {
    /// Where it is looked for; the last of several.
    Here(&'a Keyed),
    /// Only in other namespaces; the first of several.
    Elsewhere(&'a Keyed),
}

/// Where objects are known to be, by whether they are Secrets, and by name.
fn places<'a>(keyed: impl Iterator<Item = &'a Keyed>) -> Map<(bool, &'a str), Place<'a>> {
    let mut places = Map::new();
    for object in keyed {
        let key = (object.is_secret, object.name.value.as_str());
        let namespace = match object.is_secret {
            true => NAMESPACE,
            false => CONFIG_NAMESPACE,
        };
        if is_in(&object.namespace, namespace) {
            places.insert(key, Place::Here(object));
        } else {
            places.entry(key).or_insert(Place::Elsewhere(object));
        }
    }
    places
}

/// Whether a key was perhaps meant to be one that is needed.
fn is_slip_for(key: &str, name: &str, needed: &[&str]) -> bool {
    let others = [S3_KEYS, GCS_KEYS, IBMCOS_KEYS, AZURE_KEYS];
    let mut all = SWIFT_KEYS.into_iter().chain(others);
    let is_known = all.any(|keys| keys.contains(&key));
    let is_end = key.contains('_') && name.ends_with(key);
    !is_known && (is_end || nearest(key, needed.iter().copied()) == Some(name))
}

#[cfg(test)]
mod tests {
    use super::super::applied;
    use super::*;
    use crate::document;
    use crate::file::Files;
    use crate::resource;

    fn objects(config: &str, others: &[&str]) -> (Option<Applied>, Vec<Keyed>) {
        let mut text = format!(
            "apiVersion: imageregistry.operator.openshift.io/v1\nkind: Config\n\
             metadata: {{name: cluster}}\nspec: {{managementState: Managed, {config}}}\n"
        );
        for other in others {
            text += &format!("---\napiVersion: v1\n{other}\n");
        }
        let mut files = Files::new();
        let file = files.add("a.yaml", text);
        let (documents, _) = document::read(&files, file);
        let objects = resource::objects(documents);
        let applied = objects.iter().find_map(applied::read);
        (applied, objects.iter().filter_map(read).collect())
    }

    fn secret(namespace: &str, data: &str) -> String {
        format!("kind: Secret\nmetadata: {{name: {CREDENTIALS}, namespace: {namespace}}}\n{data}")
    }

    #[test]
    fn credentials_are_held_against_storage() {
        use CredentialsFault::{EmptyAccountKey, Missing, NoAccount, NoContainer, NoSwiftKeys};
        let check = |storage: &str, data: &str, expected: &[CredentialsFault]| {
            let secret = secret(NAMESPACE, data);
            let (applied, keyed) = objects(&format!("storage: {{{storage}}}"), &[&secret]);
            let found = credentials_faults(applied.as_ref(), &keyed, OpenShift::NEWEST).into_iter();
            let found: Vec<_> = found.map(|it| it.fault).collect();
            assert_eq!(found, expected, "{storage} {data}");
        };
        let [access, key] = S3_KEYS else {
            unreachable!("there are two");
        };
        let both = format!("data: {{{access}: YQ==, {key}: YQ==}}");
        check("s3: {}", &both, &[]);
        let split = format!("data: {{{access}: YQ==}}\nstringData: {{{key}: a}}");
        check("s3: {}", &split, &[]);
        let one = format!("data: {{{access}: YQ==}}");
        check("s3: {}", &one, &[Missing(key, None)]);
        // Empty values are there.
        check("s3: {}", &both.replace("YQ==", "''"), &[]);
        check(
            "s3: {}",
            "data: {}",
            &[Missing(access, None), Missing(key, None)],
        );
        // Somebody else may fill it.
        check("s3: {}", "", &[]);
        let slip = "REGISTRY_STORAGE_S3_SECRET_KEY";
        let data = format!("{}, {slip}: YQ==}}", one.trim_end_matches('}'));
        check("s3: {}", &data, &[Missing(key, Some(slip.into()))]);
        let prefix = "STORAGE_GCS_KEYFILE";
        let data = format!("data: {{{prefix}: YQ==}}");
        check(
            "gcs: {}",
            &data,
            &[Missing(GCS_KEYS[0], Some(prefix.into()))],
        );
        check("ibmcos: {}", &both, &[Missing(IBMCOS_KEYS[0], None)]);
        check("pvc: {}", "data: {}", &[]);
        check("emptyDir: {}", "data: {}", &[]);
        check("s3: {}, gcs: {}", "data: {}", &[]);

        let azure = format!("data: {{{AZURE_KEY}: YQ==}}");
        let full = "azure: {accountName: a, container: ccc}";
        check(full, &azure, &[]);
        check(full, &both, &[Missing(AZURE_KEY, None)]);
        check(full, &azure.replace("YQ==", "''"), &[EmptyAccountKey]);
        let filled = azure.replace("YQ==", "''") + "\nstringData: {" + AZURE_KEY + ": a}";
        check(full, &filled, &[]);
        check("azure: {container: ccc}", &azure, &[NoAccount]);
        check("azure: {accountName: a}", &azure, &[NoContainer]);

        let swift = "data: {REGISTRY_STORAGE_SWIFT_USERNAME: YQ==, \
                     REGISTRY_STORAGE_SWIFT_PASSWORD: YQ==}";
        check("swift: {}", swift, &[]);
        let empty = swift.replace("PASSWORD: YQ==", "PASSWORD: ''");
        let none = NoSwiftKeys { takes_token: true };
        check("swift: {}", &empty, std::slice::from_ref(&none));
        let token = "data: {REGISTRY_STORAGE_SWIFT_TOKENID: YQ==}";
        check("swift: {}", token, &[]);
        check("swift: {}", "data: {}", &[none]);
        let [user, password] = SWIFT_KEYS[0] else {
            unreachable!("there are two");
        };
        for (version, expected) in [
            (
                OpenShift::V4_14,
                vec![Missing(user, None), Missing(password, None)],
            ),
            (OpenShift::V4_15, vec![NoSwiftKeys { takes_token: false }]),
            (OpenShift::V4_19, vec![NoSwiftKeys { takes_token: false }]),
            (OpenShift::V4_20, vec![]),
        ] {
            let (applied, keyed) = objects("storage: {swift: {}}", &[&secret(NAMESPACE, token)]);
            let found = credentials_faults(applied.as_ref(), &keyed, version).into_iter();
            let found: Vec<_> = found.map(|it| it.fault).collect();
            assert_eq!(found, expected, "{version:?}");
        }
    }

    #[test]
    fn credentials_are_read_in_one_namespace() {
        let elsewhere = secret("default", "data: {}");
        let here = secret(NAMESPACE, "");
        let found = |others: &[&str]| {
            let (applied, keyed) = objects("storage: {s3: {}}", others);
            let found = credentials_faults(applied.as_ref(), &keyed, OpenShift::NEWEST).into_iter();
            found.map(|it| it.fault).collect::<Vec<_>>()
        };
        assert_eq!(found(&[]), []);
        assert_eq!(found(&[&elsewhere]), [CredentialsFault::Elsewhere]);
        assert_eq!(found(&[&here, &elsewhere]), []);
    }

    #[test]
    fn what_is_named_is_looked_for() {
        use ReferenceFault::{BundleElsewhere, CertificateElsewhere, NoBundle, NoCertificate};
        let config = "routes: [{name: r, secretName: s}, {name: q}], \
                      storage: {s3: {trustedCA: {name: s}}}";
        let check = |other: &str, expected: &[ReferenceFault]| {
            let (applied, keyed) = objects(config, &[other]);
            let found = applied.iter().flat_map(|it| reference_faults(it, &keyed));
            let found: Vec<_> = found.map(|it| it.fault).collect();
            assert_eq!(found, expected, "{other}");
        };
        let object = |kind: &str, namespace: &str, rest: &str| {
            format!("kind: {kind}\nmetadata: {{name: s, namespace: {namespace}}}\n{rest}")
        };
        let map = |namespace, rest| object("ConfigMap", namespace, rest);
        check(&map(CONFIG_NAMESPACE, "data: {ca-bundle.crt: a}"), &[]);
        check(&map(CONFIG_NAMESPACE, ""), &[]);
        let no_bundle = [NoBundle("s".into())];
        check(&map(CONFIG_NAMESPACE, "data: {ca.crt: a}"), &no_bundle);
        let binary = "data: {}\nbinaryData: {ca-bundle.crt: YQ==}";
        check(&map(CONFIG_NAMESPACE, binary), &no_bundle);
        check(&map("default", ""), &[BundleElsewhere("s".into())]);
        let secret = |namespace, rest| object("Secret", namespace, rest);
        check(
            &secret(NAMESPACE, "data: {tls.crt: YQ==, tls.key: YQ==}"),
            &[],
        );
        let half = NoCertificate(vec!["tls.key"]);
        check(&secret(NAMESPACE, "data: {tls.crt: YQ==}"), &[half]);
        let nameless = "kind: ConfigMap\nmetadata: {generateName: s}\ndata: {}";
        let (applied, keyed) = objects("storage: {s3: {}}", &[nameless]);
        let applied = applied.expect("it is managed");
        assert_eq!(reference_faults(&applied, &keyed), []);
        let elsewhere = CertificateElsewhere("s".into());
        check(&secret("openshift-ingress", ""), &[elsewhere]);
    }
}
