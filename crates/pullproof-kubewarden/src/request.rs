//! Reads what is to be validated; texts of objects stay the bytes that the policy server sent.

use crate::json::{self, Members};
use pullproof_core::admission::{Operation, Request};

/// Settings that say nothing.
const NO_SETTINGS: &str = "{}";

/// What is to be validated.
pub(crate) struct Payload<'a> {
    operation: Operation,
    group: String,
    version: String,
    kind: String,
    name: String,
    subresource: String,
    object: Option<&'a str>,
    old_object: Option<&'a str>,
    /// The settings as JSON.
    pub(crate) settings: &'a str,
}

impl<'a> Payload<'a> {
    /// Reads `{"request": …, "settings": …}`; what is not known is passed over, since the API
    /// server's requests gain fields with time.
    ///
    /// # Errors
    /// It is no such JSON, or a field that matters is missing or has the wrong type.
    pub(crate) fn read(text: &'a str) -> Result<Payload<'a>, String> {
        let payload = Members::read(text).map_err(|error| format!("the payload: {error}"))?;
        let request = member(&payload, "request", "request")?;
        let kind = member(&request, "kind", "request.kind")?;
        let operation = string(&request, "operation", "request.operation")?;
        Ok(Payload {
            operation: match operation.as_str() {
                "CREATE" => Operation::Create,
                "UPDATE" => Operation::Update,
                "DELETE" => Operation::Delete,
                "CONNECT" => Operation::Connect,
                "" => return Err("`request.operation` is missing".to_owned()),
                _ => {
                    return Err(
                        "`request.operation` is none of CREATE, UPDATE, DELETE, CONNECT".to_owned(),
                    );
                }
            },
            group: string(&kind, "group", "request.kind.group")?,
            version: string(&kind, "version", "request.kind.version")?,
            kind: string(&kind, "kind", "request.kind.kind")?,
            name: string(&request, "name", "request.name")?,
            subresource: string(&request, "subResource", "request.subResource")?,
            object: object(&request, "object", "request.object")?,
            old_object: object(&request, "oldObject", "request.oldObject")?,
            settings: payload.get("settings").unwrap_or(NO_SETTINGS),
        })
    }

    /// The change that the core judges.
    pub(crate) fn request(&self) -> Request<'_> {
        let Payload {
            operation,
            group,
            version,
            kind,
            name,
            subresource,
            object,
            old_object,
            settings: _,
        } = self;
        Request {
            operation: *operation,
            group,
            version,
            kind,
            name,
            subresource,
            object: *object,
            old_object: *old_object,
        }
    }
}

/// An object that must be there.
fn member<'a>(members: &Members<'a>, key: &str, path: &str) -> Result<Members<'a>, String> {
    let text = members.get(key);
    let text = text.ok_or_else(|| format!("`{path}` is missing"))?;
    Members::read(text).map_err(|error| format!("`{path}`: {error}"))
}

/// A string; empty when it is missing or null.
fn string(members: &Members<'_>, key: &str, path: &str) -> Result<String, String> {
    match members.get(key) {
        None => Ok(String::new()),
        Some(text) => json::string(text).ok_or_else(|| format!("`{path}` is no string")),
    }
}

/// The text of an object; `None` when it is missing or null.
fn object<'a>(members: &Members<'a>, key: &str, path: &str) -> Result<Option<&'a str>, String> {
    match members.get(key) {
        Some(text) if !text.starts_with('{') => Err(format!("`{path}` is no object")),
        text => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let told = match Payload::read(text) {
            Ok(payload) => format!("{:?} {}", payload.request(), payload.settings),
            Err(message) => message,
        };
        assert!(told.contains(expected), "{text}: {told}");
    }

    fn check_request(fields: &str, expected: &str) {
        let kind = r#""kind":{"group":"g","version":"v","kind":"k"}"#;
        check(&format!(r#"{{"request":{{{kind}{fields}}}}}"#), expected);
    }

    #[test]
    fn requests_are_read_or_refused() {
        check("", "the payload: EOF");
        check(
            "[]",
            "the payload: invalid type: sequence, expected an object",
        );
        check("{}", "`request` is missing");
        check(r#"{"request":null}"#, "`request` is missing");
        check(r#"{"request":[{}]}"#, "`request`: invalid type: sequence");
        check(r#"{"request":{}}"#, "`request.kind` is missing");
        check_request("", "`request.operation` is missing");
        check_request(
            r#","operation":"EAT""#,
            "`request.operation` is none of CREATE",
        );
        check_request(r#","operation":5"#, "`request.operation` is no string");
        let delete = r#","operation":"DELETE","object":null"#;
        check_request(
            delete,
            "operation: Delete, group: \"g\", version: \"v\", kind: \"k\"",
        );
        check_request(
            delete,
            "name: \"\", subresource: \"\", object: None, old_object: None } {}",
        );
        check_request(
            &format!("{delete},\"name\":[]"),
            "`request.name` is no string",
        );
        check_request(
            &format!("{delete},\"oldObject\":\"a\""),
            "`request.oldObject` is no object",
        );
        let status = format!("{delete},\"subResource\":\"status\",\"requestKind\":7");
        check_request(&status, "subresource: \"status\"");
        check_request(
            r#","operation":"DELETE","operation":"CREATE""#,
            "operation: Create",
        );
    }

    #[test]
    fn the_texts_of_objects_stay_as_they_are() {
        let object = "{ \"b\":1.50e0,\n\"a\":\"\\u00e9\",\"a\":2 }";
        let fields = format!(r#","operation":"UPDATE","object": {object} ,"oldObject":{object}"#);
        let kind = r#""kind":{"kind":"k"}"#;
        let text = format!(r#"{{"settings":{{"openshift":"4.16"}},"request":{{{kind}{fields}}}}}"#);
        let payload = Payload::read(&text).expect("it is a payload");
        assert_eq!(payload.object, Some(object));
        assert_eq!(payload.old_object, Some(object));
        assert_eq!(payload.settings, r#"{"openshift":"4.16"}"#);
    }

    #[test]
    fn depth_is_no_matter() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
        check_request(
            &format!(r#","operation":"CREATE","object":{deep}"#),
            "Create",
        );
    }
}
