//! JSON objects as texts of their members, and answers as bytes.

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// The members of a JSON object in order, with the texts of their values as they were written.
///
/// A key that is repeated is there as often.
pub(crate) struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Reads a text that is a JSON object; a list is none, although serde would take one.
    pub(crate) fn read(text: &'a str) -> Result<Members<'a>, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The keys and the texts of their values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &'a str)> {
        let members = self.0.iter();
        members.map(|(key, value)| (key.as_str(), value.get()))
    }

    /// The text under a key, the last one as in Go; `None` when there is none or it is null.
    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        let members = self.0.iter().rev();
        let mut values = members.filter(|(found, _)| found == key);
        let value = values.next().map(|(_, value)| value.get());
        value.filter(|text| *text != "null")
    }
}

impl<'a> Deserialize<'a> for Members<'a> {
    fn deserialize<D: Deserializer<'a>>(from: D) -> Result<Members<'a>, D::Error> {
        from.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'a> Visitor<'a> for MembersVisitor {
    type Value = Members<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Members<'a>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

/// A value as JSON.
pub(crate) fn bytes(value: &impl Serialize) -> Result<Vec<u8>, String> {
    serde_json::to_vec(value).map_err(|error| format!("the answer cannot be written: {error}"))
}

/// The text of a JSON string; `None` for any other JSON.
pub(crate) fn string(text: &str) -> Option<String> {
    serde_json::from_str(text).ok()
}
