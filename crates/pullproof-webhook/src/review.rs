//! Reads an AdmissionReview; texts of objects stay the bytes that the API server wrote.
//!
//! Fields that are not known are ignored, since the API server gains some with time.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::evaluate::{Kind, Operation, Request};

/// A review to answer.
#[derive(Debug)]
pub struct Review<'a> {
    /// The version to answer with.
    pub version: Version,
    /// What the answer repeats.
    pub uid: Cow<'a, str>,
    /// The operation.
    pub operation: Operation,
    /// The API group of the kind below.
    pub group: Cow<'a, str>,
    /// The version of the kind below.
    pub group_version: Cow<'a, str>,
    /// The kind the objects are of.
    pub kind: Cow<'a, str>,
    /// The object's name; empty when the server makes one up.
    pub name: Cow<'a, str>,
    /// The namespace; may be empty.
    pub namespace: Cow<'a, str>,
    /// The subresource; may be empty.
    pub subresource: Cow<'a, str>,
    /// Who asks.
    pub user: Cow<'a, str>,
    /// The groups of who asks.
    pub groups: Vec<Cow<'a, str>>,
    /// Whether nothing will be stored.
    pub dry_run: bool,
    /// The object as it shall be.
    pub object: Option<&'a str>,
    /// The object as it is.
    pub old_object: Option<&'a str>,
}

/// The versions of AdmissionReview that are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `admission.k8s.io/v1`
    V1,
    /// `admission.k8s.io/v1beta1`
    V1Beta1,
}

/// Why a body is no review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// What a valid answer needs; `None` when the body does not say it.
    pub answerable: Option<(Version, String)>,
    /// What is wrong.
    pub message: String,
}

impl Version {
    /// The `apiVersion` of reviews and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Version::V1 => "admission.k8s.io/v1",
            Version::V1Beta1 => "admission.k8s.io/v1beta1",
        }
    }
}

/// Reads the body of a request.
///
/// # Errors
///
/// It is not UTF-8, no JSON, no AdmissionReview of a known version, or a field that matters is
/// missing or has the wrong type.
pub fn read(body: &[u8]) -> Result<Review<'_>, ReadError> {
    let no_review = |message: String| ReadError {
        answerable: None,
        message,
    };
    let text = std::str::from_utf8(body).map_err(|error| {
        no_review(format!(
            "the body is not UTF-8 after byte {}",
            error.valid_up_to()
        ))
    })?;
    if text.trim_ascii().is_empty() {
        return Err(no_review("the body is empty".to_owned()));
    }
    let envelope: Envelope<'_> = record("the body", text).map_err(no_review)?;
    let api_version = string("apiVersion", envelope.api_version).map_err(no_review)?;
    let kind = string("kind", envelope.kind).map_err(no_review)?;
    let version = match (&*api_version, &*kind) {
        ("admission.k8s.io/v1", "AdmissionReview") => Version::V1,
        ("admission.k8s.io/v1beta1", "AdmissionReview") => Version::V1Beta1,
        ("", "") => {
            return Err(no_review(
                "the body has no `apiVersion` and `kind`".to_owned(),
            ));
        }
        _ => {
            let (api_version, kind) = (shown(&api_version), shown(&kind));
            return Err(no_review(format!(
                "`{kind}` of `{api_version}` is not answered, \
                 only `AdmissionReview` of `admission.k8s.io/v1` and `v1beta1`"
            )));
        }
    };
    let Some(request) = envelope.request.filter(|request| request.get() != "null") else {
        return Err(no_review("the review has no `request`".to_owned()));
    };
    let fields: Fields<'_> = record("`request`", request.get()).map_err(no_review)?;
    let uid = string("request.uid", fields.uid).map_err(no_review)?;
    if uid.is_empty() {
        return Err(no_review("`request.uid` is missing".to_owned()));
    }
    let answerable = Some((version, uid.clone().into_owned()));
    review(version, uid, &fields).map_err(|message| ReadError {
        answerable,
        message,
    })
}

impl<'a> Review<'a> {
    /// The groups as a request takes them.
    pub fn group_refs(&self) -> Vec<&str> {
        self.groups.iter().map(|group| &**group).collect()
    }

    /// The request to policies; `groups` is what `group_refs` gives.
    pub fn request<'r>(&'r self, groups: &'r [&'r str]) -> Request<'r> {
        let Review {
            version: _,
            uid: _,
            operation,
            group,
            group_version,
            kind,
            name,
            namespace,
            subresource,
            user,
            groups: _,
            dry_run,
            object,
            old_object,
        } = self;
        Request {
            operation: *operation,
            kind: Kind {
                group,
                version: group_version,
                kind,
            },
            name,
            namespace,
            subresource,
            user,
            groups,
            dry_run: *dry_run,
            object: *object,
            old_object: *old_object,
        }
    }

    /// The object's name for people: what the server makes up begins with it.
    pub fn shown_name(&self) -> Cow<'_, str> {
        match self.name.is_empty() {
            true => self.object.and_then(generate_name).unwrap_or_default(),
            false => Cow::Borrowed(&self.name),
        }
    }

    /// The object that a selector is about: the new one, or the old one where there is none.
    pub fn selected_object(&self) -> Option<&'a str> {
        self.object.or(self.old_object)
    }
}

/// The labels of an object; none when it has none or they are no map of strings.
pub fn labels(object: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    let metadata = member(object, "metadata");
    let labels = metadata.and_then(|metadata| member(metadata, "labels"));
    let Some(labels) = labels else {
        return Vec::new();
    };
    let Labels(labels) = serde_json::from_str(labels).unwrap_or_default();
    labels
}

fn generate_name(object: &str) -> Option<Cow<'_, str>> {
    let metadata = member(object, "metadata")?;
    member(metadata, "generateName").and_then(text_of)
}

fn review<'a>(
    version: Version,
    uid: Cow<'a, str>,
    fields: &Fields<'a>,
) -> Result<Review<'a>, String> {
    let operation = match &*string("request.operation", fields.operation)? {
        "CREATE" => Operation::Create,
        "UPDATE" => Operation::Update,
        "DELETE" => Operation::Delete,
        "CONNECT" => Operation::Connect,
        "" => return Err("`request.operation` is missing".to_owned()),
        other => {
            let other = shown(other);
            return Err(format!(
                "`request.operation`: `{other}` is none of CREATE, UPDATE, DELETE, CONNECT"
            ));
        }
    };
    let kind: KindFields<'a> = match fields.kind.map(RawValue::get) {
        None | Some("null") => return Err("`request.kind` is missing".to_owned()),
        Some(text) => record("`request.kind`", text)?,
    };
    let user: UserFields<'a> = match fields.user_info.map(RawValue::get) {
        None | Some("null") => UserFields::default(),
        Some(text) => record("`request.userInfo`", text)?,
    };
    let groups = match user.groups.map(RawValue::get) {
        None | Some("null") => Vec::new(),
        Some(text) => {
            let groups: Vec<&RawValue> = serde_json::from_str(text)
                .map_err(|_| wrong_type("`request.userInfo.groups`", "an array", text))?;
            groups
                .into_iter()
                .map(|group| string("request.userInfo.groups", Some(group)))
                .collect::<Result<_, _>>()?
        }
    };
    let dry_run = match fields.dry_run.map(RawValue::get) {
        None | Some("null" | "false") => false,
        Some("true") => true,
        Some(other) => return Err(wrong_type("`request.dryRun`", "true or false", other)),
    };
    let object = object("`request.object`", fields.object)?;
    let old_object = self::object("`request.oldObject`", fields.old_object)?;
    Ok(Review {
        version,
        uid,
        operation,
        group: string("request.kind.group", kind.group)?,
        group_version: string("request.kind.version", kind.version)?,
        kind: string("request.kind.kind", kind.kind)?,
        name: string("request.name", fields.name)?,
        namespace: string("request.namespace", fields.namespace)?,
        subresource: string("request.subResource", fields.sub_resource)?,
        user: string("request.userInfo.username", user.username)?,
        groups,
        dry_run,
        object,
        old_object,
    })
}

// Every field stays raw at first: a wrong type is then told by name, and costs no second pass.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, rename = "apiVersion")]
    api_version: Option<&'a RawValue>,
    #[serde(borrow)]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    request: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(borrow)]
    uid: Option<&'a RawValue>,
    #[serde(borrow)]
    operation: Option<&'a RawValue>,
    #[serde(borrow)]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    namespace: Option<&'a RawValue>,
    #[serde(borrow)]
    sub_resource: Option<&'a RawValue>,
    #[serde(borrow)]
    user_info: Option<&'a RawValue>,
    #[serde(borrow)]
    dry_run: Option<&'a RawValue>,
    #[serde(borrow)]
    object: Option<&'a RawValue>,
    #[serde(borrow)]
    old_object: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct KindFields<'a> {
    #[serde(borrow)]
    group: Option<&'a RawValue>,
    #[serde(borrow)]
    version: Option<&'a RawValue>,
    #[serde(borrow)]
    kind: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct UserFields<'a> {
    #[serde(borrow)]
    username: Option<&'a RawValue>,
    #[serde(borrow)]
    groups: Option<&'a RawValue>,
}

/// Pairs of strings; a pair with another value is left out.
#[derive(Default)]
struct Labels<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

/// A JSON object. An array is none, although serde would fill the fields from it in order.
fn record<'a, T: Deserialize<'a>>(what: &str, text: &'a str) -> Result<T, String> {
    let is_other_json = !text.trim_ascii_start().starts_with('{')
        && serde_json::from_str::<IgnoredAny>(text).is_ok();
    match is_other_json {
        true => Err(wrong_type(what, "an object", text.trim_ascii_start())),
        false => serde_json::from_str(text).map_err(|error| format!("{what}: {error}")),
    }
}

/// A string, or an empty one when the field is missing or null.
fn string<'a>(field: &str, raw: Option<&'a RawValue>) -> Result<Cow<'a, str>, String> {
    let Some(raw) = raw.map(RawValue::get) else {
        return Ok(Cow::Borrowed(""));
    };
    match raw {
        "null" => Ok(Cow::Borrowed("")),
        _ => text_of(raw).ok_or_else(|| match raw.starts_with('"') {
            true => format!("`{field}`: half of a surrogate pair is no character"),
            false => wrong_type(&format!("`{field}`"), "a string", raw),
        }),
    }
}

/// The text of a JSON string; `None` for any other JSON.
fn text_of(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    match inner.contains('\\') {
        // Only fails for half of a surrogate pair.
        true => serde_json::from_str(raw).ok().map(Cow::Owned),
        false => Some(Cow::Borrowed(inner)),
    }
}

fn object<'a>(field: &str, raw: Option<&'a RawValue>) -> Result<Option<&'a str>, String> {
    match raw.map(RawValue::get) {
        None | Some("null") => Ok(None),
        Some(text) if text.starts_with('{') => Ok(Some(text)),
        Some(other) => Err(wrong_type(field, "an object or null", other)),
    }
}

fn wrong_type(what: &str, expected: &str, raw: &str) -> String {
    let found = match raw.as_bytes().first() {
        Some(b'"') => "a string",
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    };
    format!("{what}: expected {expected}, found {found}")
}

/// What a message shows of a text of any length.
fn shown(text: &str) -> String {
    text.chars()
        .take(100)
        .map(|char| if char.is_control() { '\u{fffd}' } else { char })
        .collect()
}

/// The text of one member of a JSON object, which is known to be valid.
fn member<'a>(object: &'a str, key: &str) -> Option<&'a str> {
    let mut deserializer = serde_json::Deserializer::from_str(object);
    Member(key)
        .deserialize(&mut deserializer)
        .ok()
        .flatten()
        .map(RawValue::get)
}

struct Member<'k>(&'k str);

impl<'a> DeserializeSeed<'a> for Member<'_> {
    type Value = Option<&'a RawValue>;

    fn deserialize<D: serde::Deserializer<'a>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Member<'_> {
    type Value = Option<&'a RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        // The last of several counts, as in Go.
        while let Some(Key(is_key)) = map.next_key_seed(KeySeed(self.0))? {
            match is_key {
                true => found = Some(map.next_value()?),
                false => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(found)
    }
}

struct KeySeed<'k>(&'k str);
struct Key(bool);

impl<'a> DeserializeSeed<'a> for KeySeed<'_> {
    type Value = Key;

    fn deserialize<D: serde::Deserializer<'a>>(self, from: D) -> Result<Key, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed<'_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        Ok(Key(key == self.0))
    }
}

impl<'a> Deserialize<'a> for Labels<'a> {
    fn deserialize<D: serde::Deserializer<'a>>(from: D) -> Result<Labels<'a>, D::Error> {
        struct Pairs;

        impl<'a> Visitor<'a> for Pairs {
            type Value = Labels<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("labels")
            }

            fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Labels<'a>, A::Error> {
                let mut labels = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    let value: &RawValue = map.next_value()?;
                    labels.extend(text_of(value.get()).map(|value| (Cow::Owned(key), value)));
                }
                Ok(Labels(labels))
            }
        }

        from.deserialize_map(Pairs)
    }
}

#[cfg(test)]
pub(crate) mod tests;
