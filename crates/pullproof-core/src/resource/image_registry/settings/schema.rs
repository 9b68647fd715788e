//! The schemas of the registry's configuration and its pruner.

/// Settings by their keys.
pub(super) type Settings = &'static [(&'static str, Shape)];

/// What a value may be.
pub(super) enum Shape {
    /// Anything of its type: what Kubernetes has for pods, and what the operator keeps there.
    Object,
    /// Any list.
    Objects,
    /// True or false.
    Switch,
    /// A whole number between two.
    Number(i64, i64),
    /// Any text.
    Text,
    /// One of some texts.
    OneOf(&'static [&'static str]),
    /// A text of some form.
    Name(&'static Form),
    /// Settings by their keys.
    Table(Settings),
    /// Those of Azure's network, of which one depends on another.
    NetworkAccess(Settings),
    /// A list of such, and the key that each must have.
    List(Settings, &'static str),
}

impl Shape {
    /// What a value of another type should be.
    pub(super) fn wanted(&self) -> &'static str {
        match self {
            Shape::Object | Shape::Table(_) | Shape::NetworkAccess(_) => "an object",
            Shape::Objects | Shape::List(..) => "a list of objects",
            Shape::Switch => "`true` or `false`",
            Shape::Number(..) => "a whole number",
            Shape::Text | Shape::OneOf(_) | Shape::Name(_) => "a text",
        }
    }
}

/// The form of a name.
pub(super) struct Form {
    /// Fewest and most characters.
    length: (usize, usize),
    /// Whether the characters are in order.
    is_good: fn(&str) -> bool,
    /// The form in words.
    pub(super) wanted: &'static str,
}

impl Form {
    /// Whether a text has the form.
    pub(super) fn holds(&self, text: &str) -> bool {
        let (min, max) = self.length;
        (min..=max).contains(&text.chars().count()) && (self.is_good)(text)
    }
}

const WHOLE: Shape = Shape::Number(i64::MIN, i64::MAX);
const INT32: Shape = Shape::Number(i32::MIN as i64, i32::MAX as i64);
const LOG_LEVEL: Shape = Shape::OneOf(&["", "Normal", "Debug", "Trace", "TraceAll"]);

/// What follows a name of Azure's where it may not end in a dot.
const INNER: &[u8] = b"_.-";

static BUCKET: Form = Form {
    length: (3, 63),
    is_good: |text| {
        let is_part = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
        };
        text.split('-').all(is_part)
    },
    wanted: "3 to 63 small letters and digits, with single hyphens between them",
};
static CONFIG_MAP: Form = Form {
    length: (0, 253),
    is_good: |text| text.is_empty() || text.split('.').all(is_dns_label),
    wanted: "the name of a `ConfigMap`",
};
static RESOURCE_GROUP: Form = Form {
    length: (1, 90),
    is_good: |text| is_azure_name(text, INNER, b"_-"),
    wanted: "1 to 90 letters, digits, `_`, `-` and dots, with no dot at its end",
};
static NETWORK: Form = Form {
    length: (2, 64),
    is_good: |text| 1 < text.len() && is_azure_name(text, b"", b"_"),
    wanted: "2 to 64 letters, digits, `_`, `-` and dots, with a letter or digit first and a letter, \
             a digit or `_` last",
};
static SUBNET: Form = Form {
    length: (1, 80),
    is_good: |text| is_azure_name(text, b"", b"_"),
    wanted: "1 to 80 letters, digits, `_`, `-` and dots, with a letter or digit first and a letter, \
             a digit or `_` last",
};

/// Labels of names of objects.
fn is_dns_label(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
}

/// Whether a text is of letters, digits and `INNER`, with only some of these first and last; one
/// character is first, not last.
fn is_azure_name(text: &str, first: &[u8], last: &[u8]) -> bool {
    let is_of = |byte: u8, more: &[u8]| byte.is_ascii_alphanumeric() || more.contains(&byte);
    match text.as_bytes() {
        [] => false,
        [only] => is_of(*only, first),
        [head, inner @ .., tail] => {
            is_of(*head, first) && inner.iter().all(|it| is_of(*it, INNER)) && is_of(*tail, last)
        }
    }
}

// From openshift/api, imageregistry/v1 zz_generated.crd-manifests, 00_configs.crd.yaml.
pub(super) static CONFIG: Settings = &[
    ("affinity", Shape::Object),
    ("defaultRoute", Shape::Switch),
    ("disableRedirect", Shape::Switch),
    ("httpSecret", Shape::Text),
    ("logLevel", LOG_LEVEL),
    ("logging", WHOLE),
    (
        "managementState",
        Shape::OneOf(&["Managed", "Unmanaged", "Force", "Removed"]),
    ),
    ("nodeSelector", Shape::Object),
    ("observedConfig", Shape::Object),
    ("operatorLogLevel", LOG_LEVEL),
    (
        "proxy",
        Shape::Table(&[
            ("http", Shape::Text),
            ("https", Shape::Text),
            ("noProxy", Shape::Text),
        ]),
    ),
    ("readOnly", Shape::Switch),
    ("replicas", INT32),
    (
        "requests",
        Shape::Table(&[("read", LIMITS), ("write", LIMITS)]),
    ),
    ("resources", Shape::Object),
    (
        "rolloutStrategy",
        Shape::OneOf(&["RollingUpdate", "Recreate"]),
    ),
    (
        "routes",
        Shape::List(
            &[
                ("hostname", Shape::Text),
                ("name", Shape::Text),
                ("secretName", Shape::Text),
            ],
            "name",
        ),
    ),
    ("storage", Shape::Table(STORAGE)),
    ("tolerations", Shape::Objects),
    ("topologySpreadConstraints", Shape::Objects),
    ("unsupportedConfigOverrides", Shape::Object),
];

const LIMITS: Shape = Shape::Table(&[
    ("maxInQueue", WHOLE),
    ("maxRunning", WHOLE),
    ("maxWaitInQueue", Shape::Text),
]);

static STORAGE: Settings = &[
    (
        "azure",
        Shape::Table(&[
            ("accountName", Shape::Text),
            ("cloudName", Shape::Text),
            ("container", Shape::Name(&BUCKET)),
            ("networkAccess", Shape::NetworkAccess(NETWORK_ACCESS)),
        ]),
    ),
    ("emptyDir", Shape::Table(&[])),
    (
        "gcs",
        Shape::Table(&[
            ("bucket", Shape::Text),
            ("keyID", Shape::Text),
            ("projectID", Shape::Text),
            ("region", Shape::Text),
        ]),
    ),
    (
        "ibmcos",
        Shape::Table(&[
            ("bucket", Shape::Text),
            ("location", Shape::Text),
            ("resourceGroupName", Shape::Text),
            ("resourceKeyCRN", Shape::Text),
            ("serviceInstanceCRN", Shape::Text),
        ]),
    ),
    ("managementState", Shape::OneOf(&["Managed", "Unmanaged"])),
    // The operator has no driver for it, which is told.
    ("oss", Shape::Object),
    ("pvc", Shape::Table(&[("claim", Shape::Text)])),
    (
        "s3",
        Shape::Table(&[
            ("bucket", Shape::Text),
            // A part of an upload may have no more than 5 GiB.
            ("chunkSizeMiB", Shape::Number(5, 5120)),
            (
                "cloudFront",
                Shape::Table(&[
                    ("baseURL", Shape::Text),
                    ("duration", Shape::Text),
                    ("keypairID", Shape::Text),
                    (
                        "privateKey",
                        Shape::Table(&[
                            ("key", Shape::Text),
                            ("name", Shape::Text),
                            ("optional", Shape::Switch),
                        ]),
                    ),
                ]),
            ),
            ("encrypt", Shape::Switch),
            ("keyID", Shape::Text),
            ("region", Shape::Text),
            ("regionEndpoint", Shape::Text),
            (
                "trustedCA",
                Shape::Table(&[("name", Shape::Name(&CONFIG_MAP))]),
            ),
            ("virtualHostedStyle", Shape::Switch),
        ]),
    ),
    (
        "swift",
        Shape::Table(&[
            ("authURL", Shape::Text),
            ("authVersion", Shape::Text),
            ("container", Shape::Text),
            ("domain", Shape::Text),
            ("domainID", Shape::Text),
            ("regionName", Shape::Text),
            ("tenant", Shape::Text),
            ("tenantID", Shape::Text),
        ]),
    ),
];

static NETWORK_ACCESS: Settings = &[
    (
        "internal",
        Shape::Table(&[
            ("networkResourceGroupName", Shape::Name(&RESOURCE_GROUP)),
            ("privateEndpointName", Shape::Name(&NETWORK)),
            ("subnetName", Shape::Name(&SUBNET)),
            ("vnetName", Shape::Name(&NETWORK)),
        ]),
    ),
    ("type", Shape::OneOf(&["Internal", "External"])),
];

// From the same, 01_imagepruners.crd.yaml.
pub(super) static PRUNER: Settings = &[
    ("affinity", Shape::Object),
    ("failedJobsHistoryLimit", INT32),
    ("ignoreInvalidImageReferences", Shape::Switch),
    ("keepTagRevisions", WHOLE),
    ("keepYoungerThan", WHOLE),
    ("keepYoungerThanDuration", Shape::Text),
    ("logLevel", LOG_LEVEL),
    ("nodeSelector", Shape::Object),
    ("resources", Shape::Object),
    ("schedule", Shape::Text),
    ("successfulJobsHistoryLimit", INT32),
    ("suspend", Shape::Switch),
    ("tolerations", Shape::Objects),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_their_forms() {
        let long = |n_characters| "a".repeat(n_characters);
        let dotted = format!("{}.a", long(251));
        for (form, good, bad) in [
            (
                &BUCKET,
                ["abc", "a-1", &long(63)],
                ["ab", "a--b", &long(64)],
            ),
            (
                &CONFIG_MAP,
                ["", "a.b-c", &dotted],
                ["A", "a..b", &long(254)],
            ),
            (
                &RESOURCE_GROUP,
                [".", "a.b-", &long(90)],
                ["", "a.", &long(91)],
            ),
            (&NETWORK, ["ab", "a._", &long(64)], ["a", "_a", &long(65)]),
            (&SUBNET, ["a", "a.b", &long(80)], ["_", "a-", &long(81)]),
        ] {
            for text in good {
                assert!(form.holds(text), "{text}: {}", form.wanted);
            }
            for text in bad {
                assert!(!form.holds(text), "{text}: {}", form.wanted);
            }
        }
    }
}
