//! Credentials of a pull secret, for the one endpoint that gets them; never shown, never written.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use pullproof_core::credentials::governing_key;
use serde_json::{Map, Value};

/// A pull secret as a node has it.
#[derive(Default)]
pub(crate) struct Secret {
    /// `auths`, in the order of their keys.
    auths: Vec<(String, Value)>,
    /// Hosts for which a program would be asked.
    helped: Vec<String>,
}

/// What one endpoint is shown.
// No `Debug`: nothing can print it.
#[derive(Default)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
    /// A token that is exchanged for others; empty when there is none.
    pub(crate) identity_token: String,
}

impl Secret {
    /// Reads a file as `podman login` writes it.
    ///
    /// # Errors
    /// When it is no JSON, or has no `auths`; the text quotes nothing of the file.
    pub(crate) fn read(text: &str) -> Result<Secret, String> {
        let root: Value = serde_json::from_str(text).map_err(|error| {
            format!(
                "no JSON, at line {}, column {}",
                error.line(),
                error.column()
            )
        })?;
        let root = root.as_object().ok_or("no JSON object")?;
        let part = |name| field(root, name).and_then(Value::as_object);
        let auths = part("auths").ok_or("there is no object `auths`, as `podman login` writes")?;
        let auths = auths.iter().map(|(key, it)| (key.clone(), it.clone()));
        let helped = part("credHelpers").into_iter().flat_map(Map::keys);
        Ok(Secret {
            auths: auths.collect(),
            helped: helped.cloned().collect(),
        })
    }

    /// What an endpoint is shown that has such a name, without tag or digest; empty for nothing.
    ///
    /// # Errors
    /// Why a node would not even ask the endpoint.
    // From containers/image, pkg/docker/config/config.go `findCredentialsInFile` and
    // `decodeDockerAuth`.
    pub(crate) fn for_name(&self, name: &str) -> Result<Credentials, String> {
        let host = name.split('/').next().unwrap_or_default();
        if self.helped.iter().any(|helped| helped == host) {
            return Err(format!(
                "the pull secret names a helper program for `{host}`, and probe runs none"
            ));
        }
        let keys: Vec<&str> = self.auths.iter().map(|(key, _)| key.as_str()).collect();
        let Some(key) = governing_key(&keys, name) else {
            return Ok(Credentials::default());
        };
        let entry = self.auths.iter().find(|(it, _)| it == key);
        // Not with the key: a secret may be written in it.
        let Some(entry) = entry.and_then(|(_, entry)| entry.as_object()) else {
            return Err(format!("the pull secret's entry for `{name}` is no object"));
        };
        let text = |name| field(entry, name).and_then(Value::as_str);
        let auth = text("auth").unwrap_or_default().replace(['\r', '\n'], "");
        let decoded = BASE64_STANDARD.decode(auth);
        let decoded =
            decoded.map_err(|_| format!("the pull secret's `auth` for `{name}` is not base64"))?;
        let decoded = String::from_utf8_lossy(&decoded);
        // Without a colon it counts as empty.
        let Some((user, password)) = decoded.split_once(':') else {
            return Ok(Credentials::default());
        };
        Ok(Credentials {
            user: user.to_owned(),
            password: password.trim_matches('\0').to_owned(),
            identity_token: text("identitytoken").unwrap_or_default().to_owned(),
        })
    }
}

/// A field whose name Go finds in any case.
fn field<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let is_name = |(key, _): &(&String, &Value)| key.eq_ignore_ascii_case(name);
    let found = || object.iter().find(is_name).map(|(_, value)| value);
    object.get(name).or_else(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, name: &str, expected: Result<(&str, &str, &str), &str>) {
        let found = Secret::read(text).unwrap().for_name(name);
        let found = found.map(|it| (it.user, it.password, it.identity_token));
        let found = match &found {
            Ok((user, password, token)) => Ok((user.as_str(), password.as_str(), token.as_str())),
            Err(error) => Err(error.as_str()),
        };
        assert_eq!(found, expected, "{name} in {text}");
    }

    #[test]
    fn the_longest_key_gives_the_credentials() {
        // Of `u:p`, `v:q:r` and a NUL, and of `w`.
        let text = r#"{"auths": {"m.io": {"auth": "dTpw"}, "m.io/org": {"auth": "djpxOnIA"},
            "m.io/none": {}, "m.io/half": {"auth": "dw=="}, "m.io/bad": {"auth": "dTp"},
            "m.io/odd": 1, "m.io/token": {"Auth": "PHRva2VuPjo=", "identityToken": "t"}}}"#;
        check(text, "m.io/app", Ok(("u", "p", "")));
        check(text, "m.io/org/app", Ok(("v", "q:r", "")));
        check(text, "m.io/token/app", Ok(("<token>", "", "t")));
        check(text, "m.io/none/app", Ok(("", "", "")));
        check(text, "m.io/half/app", Ok(("", "", "")));
        check(text, "other.io/app", Ok(("", "", "")));
        let bad = "the pull secret's `auth` for `m.io/bad/app` is not base64";
        check(text, "m.io/bad/app", Err(bad));
        let odd = "the pull secret's entry for `m.io/odd/app` is no object";
        check(text, "m.io/odd/app", Err(odd));
    }

    #[test]
    fn no_program_is_run_for_credentials() {
        let text = r#"{"auths": {}, "credHelpers": {"m.io": "pass"}}"#;
        let refused = "the pull secret names a helper program for `m.io`, and probe runs none";
        check(text, "m.io/app", Err(refused));
        check(text, "m.io:5000/app", Ok(("", "", "")));
    }

    #[test]
    fn what_is_no_pull_secret_is_told_without_its_text() {
        for (text, expected) in [
            (
                "{\"auths\": {\"a\": dTpw}}",
                "no JSON, at line 1, column 17",
            ),
            ("\"dTpw\"", "no JSON object"),
            (
                "{\"m.io\": {\"auth\": \"dTpw\"}}",
                "there is no object `auths`, as `podman login` writes",
            ),
        ] {
            assert_eq!(
                Secret::read(text).err().as_deref(),
                Some(expected),
                "{text}"
            );
        }
    }
}
