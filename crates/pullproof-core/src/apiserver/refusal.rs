//! Refusals of an object before anyone looks at its values, in the API server's words.

use super::body::summary;
use super::object_meta::DecodeFault;
use crate::go_text::quote;
use std::fmt;

/// Why an object is refused before anyone looks at its values.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The release does not serve the kind.
    NotServed,
    /// It is no mapping.
    NoObject {
        expected: &'static str,
        found: &'static str,
        summary: String,
    },
    /// `apiVersion` or `kind` is no text.
    WrongTypeMeta {
        expected: &'static str,
        key: &'static str,
        found: &'static str,
        summary: String,
    },
    /// `apiVersion` has several slashes.
    ManySlashes {
        expected: &'static str,
        api_version: String,
        summary: String,
    },
    /// There is no `kind`.
    NoKind {
        expected: &'static str,
        body: String,
    },
    /// It has a kind, and could not be decoded.
    Unhandled {
        kind: String,
        version: String,
        expected: &'static str,
        why: Unhandled,
    },
    /// Fields are unknown, and the client wants none of those; they read as in the warnings.
    UnknownFields {
        kind: String,
        version: String,
        fields: Vec<String>,
    },
    /// The group or version is another one.
    WrongVersion { found: String, expected: String },
    /// It says that it was read from the server.
    ResourceVersion,
}

/// Why an object with a kind is refused.
#[derive(Debug)]
pub(super) enum Unhandled {
    /// `apiVersion` is null.
    NullApiVersion,
    /// `metadata` could not be decoded.
    Metadata(DecodeFault),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // From apiserver, endpoints/handlers/rest.go transformDecodeError.
        let unrecognized = "the object provided is unrecognized (must be of type";
        // From apimachinery, runtime/serializer/json/meta.go Interpret.
        let no_type = "couldn't get version/kind; json parse error: json: cannot unmarshal";
        match self {
            Refusal::NotServed => f.write_str("the server could not find the requested resource"),
            Refusal::NoObject {
                expected,
                found,
                summary,
            } => write!(
                f,
                "{unrecognized} {expected}): {no_type} {found} into Go value of type \
                 struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; \
                 Kind string \"json:\\\"kind,omitempty\\\"\" }} ({summary})"
            ),
            Refusal::WrongTypeMeta {
                expected,
                key,
                found,
                summary,
            } => write!(
                f,
                "{unrecognized} {expected}): {no_type} {found} into Go struct field .{key} \
                 of type string ({summary})"
            ),
            Refusal::ManySlashes {
                expected,
                api_version,
                summary,
            } => write!(
                f,
                "{unrecognized} {expected}): unexpected GroupVersion string: {api_version} \
                 ({summary})"
            ),
            Refusal::NoKind { expected, body } => write!(
                f,
                "{unrecognized} {expected}): Object 'Kind' is missing in '{body}' ({})",
                summary(body)
            ),
            Refusal::Unhandled {
                kind,
                version,
                expected,
                why,
            } => {
                let version = quote(version);
                write!(
                    f,
                    "{kind} in version {version} cannot be handled as a {expected}: "
                )?;
                match why {
                    Unhandled::NullApiVersion => f.write_str(
                        ".apiVersion accessor error: <nil> is of the type <nil>, expected string",
                    ),
                    Unhandled::Metadata(fault) => fault.fmt(f),
                }
            }
            // Here alone the server has decoded the object over what it expects.
            Refusal::UnknownFields { version, .. } if version.is_empty() => {
                f.write_str("Object 'apiVersion' is missing in 'object has no apiVersion field'")
            }
            Refusal::UnknownFields {
                kind,
                version,
                fields,
            } => write!(
                f,
                "{kind} in version {} cannot be handled as a {kind}: strict decoding error: {}",
                quote(version),
                fields.join(", ")
            ),
            Refusal::WrongVersion { found, expected } => write!(
                f,
                "the API version in the data ({found}) does not match \
                 the expected API version ({expected})"
            ),
            Refusal::ResourceVersion => {
                f.write_str("resourceVersion should not be set on objects to be created")
            }
        }
    }
}
