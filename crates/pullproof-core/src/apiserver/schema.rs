//! Structural schemas of custom resources, as far as the five kinds need them.

use super::patterns::Pattern;
use crate::document::Value;

/// What the API server asks of a value.
#[derive(Debug)]
pub struct Schema {
    /// The type that the value must have.
    pub kind: Type,
    /// Known keys of an object; any other is pruned.
    pub properties: &'static [Property],
    /// Keys that an object must have.
    pub required: &'static [&'static str],
    /// What every element of an array must be; `None` for values that are no array.
    pub items: Option<&'static Schema>,
    /// What makes elements of an array the same.
    pub list: ListType,
    /// Fewest elements of an array.
    pub items_min: Option<usize>,
    /// Most elements of an array.
    pub items_max: Option<usize>,
    /// The only values a string may have; empty when any will do.
    pub values: &'static [&'static str],
    /// What a string must match.
    pub pattern: Option<Pattern>,
    /// Fewest characters of a string.
    pub length_min: Option<usize>,
    /// Most characters of a string.
    pub length_max: Option<usize>,
    /// Rules that run once the rest holds.
    pub rules: &'static [Rule],
}

impl Schema {
    /// A value of a type, with nothing else asked of it.
    pub const fn of(kind: Type) -> Schema {
        Schema {
            kind,
            properties: &[],
            required: &[],
            items: None,
            list: ListType::Atomic,
            items_min: None,
            items_max: None,
            values: &[],
            pattern: None,
            length_min: None,
            length_max: None,
            rules: &[],
        }
    }

    /// What is asked of the value under a key; `None` when the key is unknown.
    pub fn property(&self, key: &str) -> Option<&'static Schema> {
        self.properties
            .iter()
            .find(|property| property.key == key)
            .map(|property| property.schema)
    }
}

/// A known key of an object.
#[derive(Debug)]
pub struct Property {
    /// The key.
    pub key: &'static str,
    /// What is asked of its value.
    pub schema: &'static Schema,
}

/// The types of OpenAPI that the five kinds use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Type {
    /// True or false.
    Boolean,
    /// Text.
    String,
    /// An ordered list.
    Array,
    /// Named values.
    Object,
}

impl Type {
    /// The word OpenAPI has for the type.
    pub fn name(self) -> &'static str {
        match self {
            Type::Boolean => "boolean",
            Type::String => "string",
            Type::Array => "array",
            Type::Object => "object",
        }
    }

    /// Whether a value is of the type.
    pub fn holds(self, value: &Value) -> bool {
        match self {
            Type::Boolean => matches!(value, Value::Bool(_)),
            Type::String => matches!(value, Value::String(_)),
            Type::Array => matches!(value, Value::Sequence(_)),
            Type::Object => matches!(value, Value::Mapping(_)),
        }
    }
}

/// What makes elements of an array the same (`x-kubernetes-list-type`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListType {
    /// Nothing: an element may come again.
    Atomic,
    /// Equality: no element may come again.
    Set,
    /// The value under a key: no two elements may share it.
    Map {
        /// The key.
        key: &'static str,
    },
}

/// A CEL rule (`x-kubernetes-validations`), which is answered in Rust.
#[derive(Debug)]
pub struct Rule {
    /// What must hold.
    pub test: Test,
    /// What the CRD says when it does not.
    pub message: &'static str,
}

/// What a rule asks for.
#[derive(Debug)]
pub enum Test {
    /// An object does not have both keys, whatever their values.
    NotBoth(&'static str, &'static str),
    /// A string matches.
    Matches(Pattern),
}
