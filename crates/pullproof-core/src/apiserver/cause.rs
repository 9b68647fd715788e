//! Why the API server refuses an object: facts, and the words it has for them.

use super::go_value::plain;
use super::names::NameFault;
use super::path::Path;
use super::patterns::Pattern;
use super::schema::Type;
use crate::document::Value;
use crate::file::Span;
use crate::go_text::quote;
use std::fmt;

/// One reason to refuse an object.
#[derive(Clone, PartialEq, Debug)]
pub struct Cause {
    /// Which value of the object.
    pub path: Path,
    /// The value, or what it is missing from.
    pub span: Span,
    /// What is wrong with it.
    pub failure: Failure,
}

/// Most causes that are told of one object, and most unknown fields.
///
/// Each is told with some hundred bytes, so that a text of a few megabytes with nothing right in
/// it would be answered with gigabytes. The server itself tells all.
pub const FACTS_MAX: usize = 4_096;

/// Causes in the order they were found, at most `FACTS_MAX`.
#[derive(Default)]
pub(super) struct Causes {
    causes: Vec<Cause>,
    blocks_rules: bool,
}

impl Causes {
    #[cold]
    #[inline(never)]
    pub(super) fn push(&mut self, cause: Cause) {
        self.blocks_rules |= cause.reason().blocks_rules();
        if self.causes.len() < FACTS_MAX {
            self.causes.push(cause);
        }
    }

    /// Whether any cause keeps the rules of a CRD from being asked.
    pub(super) fn block_rules(&self) -> bool {
        self.blocks_rules
    }

    pub(super) fn into_vec(self) -> Vec<Cause> {
        self.causes
    }
}

/// What can be wrong with a value.
#[derive(Clone, PartialEq, Debug)]
pub enum Failure {
    /// It is absent.
    Required,
    /// `metadata` has neither a name nor the start of one.
    NameRequired,
    /// It has another type; the OpenAPI name of the type it has.
    WrongType {
        /// The type it must have.
        expected: Type,
        /// The name of the type it has.
        found: &'static str,
    },
    /// It is none of the values that a string may have.
    NotSupported {
        /// The value.
        value: Value,
        /// The values it may have.
        supported: &'static [&'static str],
    },
    /// A string does not match.
    PatternMismatch {
        /// The string.
        value: String,
        /// What it must match.
        pattern: Pattern,
    },
    /// A string has too few characters.
    TooShort {
        /// The string.
        value: String,
        /// Fewest characters.
        length_min: usize,
    },
    /// There are too many bytes or characters.
    TooLong {
        /// The most there may be; the server says bytes even where it counts characters.
        length_max: usize,
    },
    /// A list has too few elements.
    TooFewItems {
        /// How many it has.
        n_items: usize,
        /// Fewest elements.
        items_min: usize,
    },
    /// A list has too many elements.
    TooManyItems {
        /// How many it has.
        n_items: usize,
        /// Most elements.
        items_max: usize,
    },
    /// An element is in its list already.
    Duplicate {
        /// The element.
        value: Value,
        /// Where it is for the first time.
        first: Span,
    },
    /// The key of an element is in its list already.
    DuplicateKey {
        /// The key and what it has; nothing when the elements lack the key.
        value: Value,
        /// Where the first element with the key is.
        first: Span,
    },
    /// An element of a list with keys is no object.
    NoObject {
        /// The element.
        value: Value,
    },
    /// A rule of the CRD does not hold.
    Rule {
        /// The value, when it is no object or list.
        value: Option<Value>,
        /// What the CRD says then.
        message: &'static str,
    },
    /// The rules of the CRD were not asked, since the object is wrong already.
    RulesSkipped,
    /// `kind` is another one.
    WrongKind {
        /// The kind.
        value: String,
        /// The kind it must be.
        expected: &'static str,
    },
    /// A name or label breaks the rules for names.
    Name {
        /// The name.
        value: String,
        /// What is wrong.
        fault: NameFault,
    },
    /// Something about the references to owners.
    Owner(OwnerFault),
    /// Both finalizers that say what becomes of dependents are there.
    FinalizersConflict {
        /// All finalizers.
        value: Value,
    },
}

/// What can be wrong with a reference to an owner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OwnerFault {
    /// `apiVersion` has no version.
    NoVersion {
        /// The `apiVersion`.
        value: String,
    },
    /// A field that must say something is empty.
    Empty,
    /// The owner is an `Event`.
    Banned {
        /// The reference, as JSON.
        value: String,
    },
    /// Two owners say that they control the object.
    SecondController {
        /// All references, as JSON.
        value: String,
        /// Kind and name of the first.
        first: String,
        /// Kind and name of the second.
        second: String,
    },
}

/// The API server's names for the reasons of a cause.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum CauseReason {
    /// A value is in its list already.
    FieldValueDuplicate,
    /// A value breaks a rule.
    FieldValueInvalid,
    /// A value is none of those allowed.
    FieldValueNotSupported,
    /// A value is absent.
    FieldValueRequired,
    /// A value is too long.
    FieldValueTooLong,
    /// A list is too long.
    FieldValueTooMany,
    /// A value has the wrong type.
    FieldValueTypeInvalid,
}

impl CauseReason {
    /// The name, as in the API.
    pub fn name(self) -> &'static str {
        match self {
            CauseReason::FieldValueDuplicate => "FieldValueDuplicate",
            CauseReason::FieldValueInvalid => "FieldValueInvalid",
            CauseReason::FieldValueNotSupported => "FieldValueNotSupported",
            CauseReason::FieldValueRequired => "FieldValueRequired",
            CauseReason::FieldValueTooLong => "FieldValueTooLong",
            CauseReason::FieldValueTooMany => "FieldValueTooMany",
            CauseReason::FieldValueTypeInvalid => "FieldValueTypeInvalid",
        }
    }

    /// Whether such a cause keeps the rules of a CRD from being asked.
    // From apiextensions-apiserver, registry/customresource hasBlockingErr.
    fn blocks_rules(self) -> bool {
        match self {
            CauseReason::FieldValueNotSupported
            | CauseReason::FieldValueRequired
            | CauseReason::FieldValueTooLong
            | CauseReason::FieldValueTooMany
            | CauseReason::FieldValueTypeInvalid => true,
            CauseReason::FieldValueDuplicate | CauseReason::FieldValueInvalid => false,
        }
    }
}

impl Cause {
    /// The path as the API server prints it.
    pub fn field(&self) -> String {
        self.path.to_string()
    }

    /// The API server's name for the reason.
    pub fn reason(&self) -> CauseReason {
        match &self.failure {
            Failure::Required | Failure::NameRequired => CauseReason::FieldValueRequired,
            Failure::WrongType { .. } => CauseReason::FieldValueTypeInvalid,
            Failure::NotSupported { .. } => CauseReason::FieldValueNotSupported,
            Failure::TooLong { .. } => CauseReason::FieldValueTooLong,
            Failure::TooManyItems { .. } => CauseReason::FieldValueTooMany,
            Failure::Duplicate { .. } | Failure::DuplicateKey { .. } => {
                CauseReason::FieldValueDuplicate
            }
            Failure::PatternMismatch { .. }
            | Failure::TooShort { .. }
            | Failure::TooFewItems { .. }
            | Failure::NoObject { .. }
            | Failure::Rule { .. }
            | Failure::RulesSkipped
            | Failure::WrongKind { .. }
            | Failure::Name { .. }
            | Failure::Owner(_)
            | Failure::FinalizersConflict { .. } => CauseReason::FieldValueInvalid,
        }
    }

    /// The API server's message, without the path before it.
    pub fn message(&self) -> String {
        CauseMessage(self).to_string()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, CauseMessage(self))
    }
}

struct CauseMessage<'a>(&'a Cause);

impl fmt::Display for CauseMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // From apimachinery, field.Error.ErrorBody; kube-openapi, validation/errors/schema.go.
        let path = &self.0.path;
        match &self.0.failure {
            Failure::Required => f.write_str("Required value"),
            Failure::NameRequired => {
                f.write_str("Required value: name or generateName is required")
            }
            Failure::WrongType { expected, found } => write!(
                f,
                "Invalid value: \"{found}\": {path} in body must be of type {}: \"{found}\"",
                expected.name()
            ),
            Failure::NotSupported { value, supported } => {
                let supported: Vec<String> = supported.iter().map(|value| quote(value)).collect();
                let supported = supported.join(", ");
                write!(
                    f,
                    "Unsupported value: {}: supported values: {supported}",
                    plain(value)
                )
            }
            Failure::PatternMismatch { value, pattern } => write!(
                f,
                "Invalid value: {}: {path} in body should match '{}'",
                quote(value),
                pattern.text
            ),
            Failure::TooShort { value, length_min } => write!(
                f,
                "Invalid value: {}: {path} in body should be at least {length_min} chars long",
                quote(value)
            ),
            Failure::TooLong { length_max } => {
                write!(f, "Too long: may not be more than {length_max} bytes")
            }
            Failure::TooFewItems { n_items, items_min } => write!(
                f,
                "Invalid value: {n_items}: {path} in body should have at least {items_min} items"
            ),
            Failure::TooManyItems { n_items, items_max } => {
                write!(
                    f,
                    "Too many: {n_items}: must have at most {items_max} items"
                )
            }
            Failure::Duplicate { value, .. } | Failure::DuplicateKey { value, .. } => {
                write!(f, "Duplicate value: {}", plain(value))
            }
            Failure::NoObject { value } => write!(
                f,
                "Invalid value: {}: must be an object for an array of list-type map",
                plain(value)
            ),
            Failure::Rule { value, message } => match value {
                Some(value) => write!(f, "Invalid value: {}: {message}", plain(value)),
                None => write!(f, "Invalid value: {message}"),
            },
            Failure::RulesSkipped => f.write_str(
                "Invalid value: null: some validation rules were not checked because the object \
                 was invalid; correct the existing errors to complete validation",
            ),
            Failure::WrongKind { value, expected } => {
                write!(f, "Invalid value: {}: must be {expected}", quote(value))
            }
            Failure::Name { value, fault } => {
                write!(f, "Invalid value: {}: {fault}", quote(value))
            }
            Failure::Owner(fault) => write_owner_fault(fault, f),
            Failure::FinalizersConflict { value } => write!(
                f,
                "Invalid value: {}: finalizer orphan and foregroundDeletion cannot be both set",
                plain(value)
            ),
        }
    }
}

// From apimachinery 0.36, api/validation/objectmeta.go ValidateOwnerReferences.
fn write_owner_fault(fault: &OwnerFault, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match fault {
        OwnerFault::NoVersion { value } => {
            write!(
                f,
                "Invalid value: {}: version must not be empty",
                quote(value)
            )
        }
        OwnerFault::Empty => f.write_str("Invalid value: \"\": must not be empty"),
        OwnerFault::Banned { value } => write!(
            f,
            "Invalid value: {value}: /v1, Kind=Event is disallowed from being an owner"
        ),
        OwnerFault::SecondController {
            value,
            first,
            second,
        } => write!(
            f,
            "Invalid value: {value}: Only one reference can have Controller set to true. \
             Found \"true\" in references for {first} and {second}"
        ),
    }
}
