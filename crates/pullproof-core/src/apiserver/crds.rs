//! The schemas of the five kinds, per OpenShift release.

use super::patterns::{CONTENT_POLICY, MIRROR, Pattern, REGISTRY, SOURCE};
use super::schema::{ListType, Property, Rule, Schema, Test, Type};
use crate::openshift::OpenShift;

/// A kind of object that says where images come from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Resource {
    /// `ImageDigestMirrorSet`.
    ImageDigestMirrorSets,
    /// `ImageTagMirrorSet`.
    ImageTagMirrorSets,
    /// `ImageContentSourcePolicy`.
    ImageContentSourcePolicies,
    /// `ImageContentPolicy`.
    ImageContentPolicies,
    /// `Image` of config.openshift.io.
    Images,
}

impl Resource {
    /// Every kind.
    pub const ALL: [Resource; 5] = [
        Resource::ImageDigestMirrorSets,
        Resource::ImageTagMirrorSets,
        Resource::ImageContentSourcePolicies,
        Resource::ImageContentPolicies,
        Resource::Images,
    ];

    /// The kind with a plural name; `None` for any other text.
    pub fn parse(plural: &str) -> Option<Resource> {
        Resource::ALL
            .into_iter()
            .find(|resource| resource.plural() == plural)
    }

    /// The kind that an object says it is; `None` for any other.
    pub fn of(api_version: &str, kind: &str) -> Option<Resource> {
        Resource::ALL.into_iter().find(|resource| {
            resource.kind() == kind
                && api_version.split_once('/') == Some((resource.group(), resource.version()))
        })
    }

    /// The name in the path of a request.
    pub fn plural(self) -> &'static str {
        match self {
            Resource::ImageDigestMirrorSets => "imagedigestmirrorsets",
            Resource::ImageTagMirrorSets => "imagetagmirrorsets",
            Resource::ImageContentSourcePolicies => "imagecontentsourcepolicies",
            Resource::ImageContentPolicies => "imagecontentpolicies",
            Resource::Images => "images",
        }
    }

    /// The name in `kind`.
    pub fn kind(self) -> &'static str {
        match self {
            Resource::ImageDigestMirrorSets => "ImageDigestMirrorSet",
            Resource::ImageTagMirrorSets => "ImageTagMirrorSet",
            Resource::ImageContentSourcePolicies => "ImageContentSourcePolicy",
            Resource::ImageContentPolicies => "ImageContentPolicy",
            Resource::Images => "Image",
        }
    }

    /// The part of `apiVersion` before the slash.
    pub fn group(self) -> &'static str {
        match self {
            Resource::ImageContentSourcePolicies => "operator.openshift.io",
            _ => "config.openshift.io",
        }
    }

    /// The part of `apiVersion` after the slash; each kind is served in one.
    pub fn version(self) -> &'static str {
        match self {
            Resource::ImageContentSourcePolicies => "v1alpha1",
            _ => "v1",
        }
    }

    /// The first release that serves it.
    pub fn since(self) -> OpenShift {
        match self {
            Resource::ImageDigestMirrorSets | Resource::ImageTagMirrorSets => OpenShift::V4_13,
            Resource::ImageContentPolicies => OpenShift::V4_12,
            Resource::ImageContentSourcePolicies | Resource::Images => OpenShift::V4_6,
        }
    }

    /// What a release asks of such an object; `None` when it does not serve the kind.
    pub fn schema(self, openshift: OpenShift) -> Option<&'static Schema> {
        if openshift < self.since() {
            return None;
        }
        Some(match self {
            Resource::ImageDigestMirrorSets => &IMAGE_DIGEST_MIRROR_SET,
            Resource::ImageTagMirrorSets => &IMAGE_TAG_MIRROR_SET,
            Resource::ImageContentSourcePolicies => &IMAGE_CONTENT_SOURCE_POLICY,
            Resource::ImageContentPolicies => &IMAGE_CONTENT_POLICY,
            Resource::Images if openshift < OpenShift::V4_19 => &IMAGE_4_6,
            Resource::Images if openshift < OpenShift::V4_21 => &IMAGE_4_19,
            Resource::Images if openshift < OpenShift::V4_23 => &IMAGE_4_21,
            Resource::Images => &IMAGE_4_23,
        })
    }
}

// From openshift/api, payload-manifests/crds/0000_10_config-operator_01_*.crd.yaml.

const fn property(key: &'static str, schema: &'static Schema) -> Property {
    Property { key, schema }
}

const fn object(properties: &'static [Property], required: &'static [&'static str]) -> Schema {
    Schema {
        properties,
        required,
        ..Schema::of(Type::Object)
    }
}

const fn array(items: &'static Schema, list: ListType) -> Schema {
    Schema {
        items: Some(items),
        list,
        ..Schema::of(Type::Array)
    }
}

const fn matching(pattern: Pattern) -> Schema {
    Schema {
        pattern: Some(pattern),
        ..Schema::of(Type::String)
    }
}

const fn one_of(values: &'static [&'static str]) -> Schema {
    Schema {
        values,
        ..Schema::of(Type::String)
    }
}

static STRING: Schema = Schema::of(Type::String);
static BOOLEAN: Schema = Schema::of(Type::Boolean);
static OBJECT: Schema = Schema::of(Type::Object);
static STRINGS: Schema = array(&STRING, ListType::Atomic);

/// The root of an object with no `status` in its schema.
const fn root(properties: &'static [Property]) -> Schema {
    object(properties, &["spec"])
}

// ImageDigestMirrorSet and ImageTagMirrorSet: the same since 4.13, but for one key.

static MIRROR_STRING: Schema = matching(MIRROR);
static MIRRORS: Schema = array(&MIRROR_STRING, ListType::Set);
static SOURCE_STRING: Schema = matching(SOURCE);
static SOURCE_POLICY: Schema = one_of(&["NeverContactSource", "AllowContactingSource"]);
static MIRROR_SET_ENTRY: Schema = object(
    &[
        property("mirrorSourcePolicy", &SOURCE_POLICY),
        property("mirrors", &MIRRORS),
        property("source", &SOURCE_STRING),
    ],
    &["source"],
);
static MIRROR_SET_ENTRIES: Schema = array(&MIRROR_SET_ENTRY, ListType::Atomic);

static IMAGE_DIGEST_MIRROR_SET: Schema = root(&[
    property("apiVersion", &STRING),
    property("kind", &STRING),
    property("metadata", &OBJECT),
    property("spec", &IMAGE_DIGEST_MIRROR_SET_SPEC),
    property("status", &OBJECT),
]);
static IMAGE_DIGEST_MIRROR_SET_SPEC: Schema =
    object(&[property("imageDigestMirrors", &MIRROR_SET_ENTRIES)], &[]);

static IMAGE_TAG_MIRROR_SET: Schema = root(&[
    property("apiVersion", &STRING),
    property("kind", &STRING),
    property("metadata", &OBJECT),
    property("spec", &IMAGE_TAG_MIRROR_SET_SPEC),
    property("status", &OBJECT),
]);
static IMAGE_TAG_MIRROR_SET_SPEC: Schema =
    object(&[property("imageTagMirrors", &MIRROR_SET_ENTRIES)], &[]);

// ImageContentSourcePolicy: any string goes.

static IMAGE_CONTENT_SOURCE_POLICY: Schema = root(&[
    property("apiVersion", &STRING),
    property("kind", &STRING),
    property("metadata", &OBJECT),
    property("spec", &IMAGE_CONTENT_SOURCE_POLICY_SPEC),
]);
static IMAGE_CONTENT_SOURCE_POLICY_SPEC: Schema = object(
    &[property(
        "repositoryDigestMirrors",
        &IMAGE_CONTENT_SOURCE_POLICY_ENTRIES,
    )],
    &[],
);
static IMAGE_CONTENT_SOURCE_POLICY_ENTRIES: Schema =
    array(&IMAGE_CONTENT_SOURCE_POLICY_ENTRY, ListType::Atomic);
static IMAGE_CONTENT_SOURCE_POLICY_ENTRY: Schema = object(
    &[property("mirrors", &STRINGS), property("source", &STRING)],
    &["source"],
);

// ImageContentPolicy: an older pattern, and sources that may not come again.

static IMAGE_CONTENT_POLICY: Schema = root(&[
    property("apiVersion", &STRING),
    property("kind", &STRING),
    property("metadata", &OBJECT),
    property("spec", &IMAGE_CONTENT_POLICY_SPEC),
]);
static IMAGE_CONTENT_POLICY_SPEC: Schema = object(
    &[property(
        "repositoryDigestMirrors",
        &IMAGE_CONTENT_POLICY_ENTRIES,
    )],
    &[],
);
static IMAGE_CONTENT_POLICY_ENTRIES: Schema =
    array(&IMAGE_CONTENT_POLICY_ENTRY, ListType::Map { key: "source" });
static IMAGE_CONTENT_POLICY_ENTRY: Schema = object(
    &[
        property("allowMirrorByTags", &BOOLEAN),
        property("mirrors", &IMAGE_CONTENT_POLICY_MIRRORS),
        property("source", &IMAGE_CONTENT_POLICY_STRING),
    ],
    &["source"],
);
static IMAGE_CONTENT_POLICY_MIRRORS: Schema = array(&IMAGE_CONTENT_POLICY_STRING, ListType::Set);
static IMAGE_CONTENT_POLICY_STRING: Schema = matching(CONTENT_POLICY);

// Image: the lists were free until 4.18, exclude each other from 4.19, are checked from 4.23.

static IMPORT_MODE: Schema = one_of(&["", "Legacy", "PreserveOriginal"]);
static TRUSTED_CA: Schema = object(&[property("name", &STRING)], &["name"]);
static IMPORT_REGISTRIES: Schema = array(&IMPORT_REGISTRY, ListType::Atomic);
static IMPORT_REGISTRY: Schema = object(
    &[
        property("domainName", &STRING),
        property("insecure", &BOOLEAN),
    ],
    &[],
);
/// The CRD gives this list `format: hostname`, which the server ignores on an array.
static SEARCH_REGISTRIES: Schema = Schema {
    items_min: Some(1),
    ..array(&STRING, ListType::Set)
};

static BLOCKED_OR_ALLOWED: [Rule; 1] = [Rule {
    test: Test::NotBoth("blockedRegistries", "allowedRegistries"),
    message: "Only one of blockedRegistries or allowedRegistries may be set",
}];
static REGISTRY_RULE: [Rule; 1] = [Rule {
    test: Test::Matches(REGISTRY),
    message: "each registry must be a valid hostname[:port][/path] \
              or wildcard *.hostname format without tags or digests",
}];
static REGISTRY_STRING: Schema = Schema {
    length_min: Some(1),
    length_max: Some(256),
    rules: &REGISTRY_RULE,
    ..Schema::of(Type::String)
};
static REGISTRY_STRINGS: Schema = Schema {
    items_max: Some(1024),
    ..array(&REGISTRY_STRING, ListType::Atomic)
};

const fn registry_sources(properties: &'static [Property], rules: &'static [Rule]) -> Schema {
    Schema {
        rules,
        ..object(properties, &[])
    }
}

static FREE_REGISTRIES: [Property; 4] = [
    property("allowedRegistries", &STRINGS),
    property("blockedRegistries", &STRINGS),
    property("containerRuntimeSearchRegistries", &SEARCH_REGISTRIES),
    property("insecureRegistries", &STRINGS),
];
static REGISTRY_SOURCES_4_6: Schema = registry_sources(&FREE_REGISTRIES, &[]);
static REGISTRY_SOURCES_4_19: Schema = registry_sources(&FREE_REGISTRIES, &BLOCKED_OR_ALLOWED);
static REGISTRY_SOURCES_4_23: Schema = registry_sources(
    &[
        property("allowedRegistries", &REGISTRY_STRINGS),
        property("blockedRegistries", &REGISTRY_STRINGS),
        property("containerRuntimeSearchRegistries", &SEARCH_REGISTRIES),
        property("insecureRegistries", &REGISTRY_STRINGS),
    ],
    &BLOCKED_OR_ALLOWED,
);

static IMAGE_4_6: Schema = root(&[
    property("apiVersion", &STRING),
    property("kind", &STRING),
    property("metadata", &OBJECT),
    property("spec", &IMAGE_SPEC_4_6),
    property("status", &IMAGE_STATUS_4_6),
]);
static IMAGE_4_19: Schema = root(&[
    property("apiVersion", &STRING),
    property("kind", &STRING),
    property("metadata", &OBJECT),
    property("spec", &IMAGE_SPEC_4_19),
    property("status", &IMAGE_STATUS_4_6),
]);
static IMAGE_4_21: Schema = root(&[
    property("apiVersion", &STRING),
    property("kind", &STRING),
    property("metadata", &OBJECT),
    property("spec", &IMAGE_SPEC_4_21),
    property("status", &IMAGE_STATUS_4_21),
]);
static IMAGE_4_23: Schema = root(&[
    property("apiVersion", &STRING),
    property("kind", &STRING),
    property("metadata", &OBJECT),
    property("spec", &IMAGE_SPEC_4_23),
    property("status", &IMAGE_STATUS_4_21),
]);

static IMAGE_SPEC_4_6: Schema = object(
    &[
        property("additionalTrustedCA", &TRUSTED_CA),
        property("allowedRegistriesForImport", &IMPORT_REGISTRIES),
        property("externalRegistryHostnames", &STRINGS),
        property("registrySources", &REGISTRY_SOURCES_4_6),
    ],
    &[],
);
static IMAGE_SPEC_4_19: Schema = object(
    &[
        property("additionalTrustedCA", &TRUSTED_CA),
        property("allowedRegistriesForImport", &IMPORT_REGISTRIES),
        property("externalRegistryHostnames", &STRINGS),
        property("registrySources", &REGISTRY_SOURCES_4_19),
    ],
    &[],
);
static IMAGE_SPEC_4_21: Schema = object(
    &[
        property("additionalTrustedCA", &TRUSTED_CA),
        property("allowedRegistriesForImport", &IMPORT_REGISTRIES),
        property("externalRegistryHostnames", &STRINGS),
        property("imageStreamImportMode", &IMPORT_MODE),
        property("registrySources", &REGISTRY_SOURCES_4_19),
    ],
    &[],
);
static IMAGE_SPEC_4_23: Schema = object(
    &[
        property("additionalTrustedCA", &TRUSTED_CA),
        property("allowedRegistriesForImport", &IMPORT_REGISTRIES),
        property("externalRegistryHostnames", &STRINGS),
        property("imageStreamImportMode", &IMPORT_MODE),
        property("registrySources", &REGISTRY_SOURCES_4_23),
    ],
    &[],
);

static IMAGE_STATUS_4_6: Schema = object(
    &[
        property("externalRegistryHostnames", &STRINGS),
        property("internalRegistryHostname", &STRING),
    ],
    &[],
);
static IMAGE_STATUS_4_21: Schema = object(
    &[
        property("externalRegistryHostnames", &STRINGS),
        property("imageStreamImportMode", &IMPORT_MODE),
        property("internalRegistryHostname", &STRING),
    ],
    &[],
);
