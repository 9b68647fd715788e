//! Which entry of an auth file a pull takes its credentials from: keys against names.
//!
//! Only keys pass here, never a credential.

/// The key that decides for a name such as `mirror.lab:5000/org/app`, without tag or digest.
///
/// `None` when nothing matches and the pull has no credentials. The key decides even if there are
/// no credentials under it: a shorter key is not looked for then.
/// Of several keys that mean the same host only once they are cut down to it, the library takes
/// any; here it is the first.
// From containers/image, pkg/docker/config/config.go `findCredentialsInFile` and
// `authKeyLookupOrder`. Files in the older form `.dockercfg` are no concern of nodes.
pub fn governing_key<'a>(keys: &[&'a str], name: &str) -> Option<&'a str> {
    let find = |wanted: &str| keys.iter().copied().find(|key| *key == wanted);
    let mut path = name;
    loop {
        if let Some(key) = find(path) {
            return Some(key);
        }
        match path.rsplit_once('/') {
            Some((parent, _)) => path = parent,
            None => break,
        }
    }
    let host = normalized_host(path);
    keys.iter()
        .copied()
        .find(|key| normalized_host(without_scheme(key)) == host)
}

/// A key without its scheme; where it has one, without what follows the host too.
// From containers/image, pkg/docker/config/config.go `normalizeAuthFileKey`.
pub fn without_scheme(key: &str) -> &str {
    let stripped = key.strip_prefix("http://").unwrap_or(key);
    let stripped = stripped.strip_prefix("https://").unwrap_or(stripped);
    match stripped.len() == key.len() {
        true => key,
        false => stripped.split('/').next().unwrap_or_default(),
    }
}

/// A host under the one name that Docker Hub has in auth files.
// From containers/image, pkg/docker/config/config.go `normalizeRegistry`.
pub fn normalized_host(host: &str) -> &str {
    match host {
        "registry-1.docker.io" | "docker.io" => "index.docker.io",
        host => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(keys: &[&str], name: &str, expected: Option<&str>) {
        assert_eq!(governing_key(keys, name), expected, "{name} in {keys:?}");
    }

    #[test]
    fn the_longest_key_decides_wherever_it_stands() {
        let keys = ["m.io", "m.io/org/app", "m.io/org", "m.io:5000"];
        check(&keys, "m.io/org/app", Some("m.io/org/app"));
        check(&keys, "m.io/org/app/deep", Some("m.io/org/app"));
        check(&keys, "m.io/org/other", Some("m.io/org"));
        check(&keys, "m.io/organ", Some("m.io"));
        check(&keys, "m.io:5000/org/app", Some("m.io:5000"));
        check(&keys, "m.io:80/org/app", None);
        check(&keys, "a.m.io/org", None);
        check(&keys, "M.io/org", None);
    }

    #[test]
    fn keys_that_only_look_like_the_name_do_not_decide() {
        for key in ["m.io/", "m.io/org/", "*.io", "m.io/org/app:1", " m.io", ""] {
            check(&[key], "m.io/org/app", None);
        }
    }

    #[test]
    fn keys_with_a_scheme_are_for_the_whole_host_and_come_last() {
        for key in [
            "https://m.io",
            "http://m.io",
            "https://m.io/v1/",
            "https://m.io/org/app",
            // One after the other is cut off, in this order.
            "http://https://m.io",
        ] {
            check(&[key], "m.io/else", Some(key));
            check(&[key, "m.io"], "m.io/else", Some("m.io"));
            check(&[key], "m.io:443/else", None);
        }
        check(&["https://http://m.io"], "m.io/else", None);
        check(&["m.io/v1/"], "m.io/else", None);
    }

    #[test]
    fn docker_hub_has_three_names() {
        let names = [
            "docker.io/library/app",
            "index.docker.io/library/app",
            "registry-1.docker.io/library/app",
        ];
        for name in names {
            for key in [
                "docker.io",
                "index.docker.io",
                "registry-1.docker.io",
                "https://index.docker.io/v1/",
            ] {
                check(&[key], name, Some(key));
            }
        }
        // A path is found only as it is written.
        check(&["index.docker.io/library"], "docker.io/library/app", None);
        check(
            &["https://index.docker.io/v1/", "docker.io"],
            "docker.io/library/app",
            Some("docker.io"),
        );
    }
}
