//! Names of inputs as other programs want them: paths from the top of a repository, and URIs.

/// The name that hosts give to standard input.
const STDIN: &str = "<stdin>";

/// A path without the `./` before it, which programs take for part of a name.
pub(super) fn relative(name: &str) -> &str {
    let mut name = name;
    while let Some(rest) = name.strip_prefix("./") {
        name = rest.trim_start_matches('/');
    }
    name
}

/// Whether a name stands for standard input.
pub(super) fn is_stdin(name: &str) -> bool {
    name == STDIN
}

/// Where a URI leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Base {
    /// Below the directory that the program ran in.
    Here,
    /// It says so itself, or nobody can tell.
    None,
}

/// A name as a URI; one that leads out of the directory has no base.
pub(super) fn uri(name: &str) -> (String, Base) {
    if is_stdin(name) {
        return ("stdin".to_owned(), Base::None);
    }
    if name.starts_with('/') {
        return (format!("file://{}", encode(name)), Base::None);
    }
    let leads_out = name.split('/').any(|segment| segment == "..");
    let base = if leads_out { Base::None } else { Base::Here };
    (encode(relative(name)), base)
}

/// A path as it stands in a URI.
///
/// From RFC 3986, section 2.3: what is neither unreserved nor between segments is escaped.
pub fn encode(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_uris() {
        for (name, expected, base) in [
            ("a.yaml", "a.yaml", Base::Here),
            ("./dir/a b.yaml", "dir/a%20b.yaml", Base::Here),
            (".//a.yaml", "a.yaml", Base::Here),
            (".hidden/a.yaml", ".hidden/a.yaml", Base::Here),
            ("a:b/ä#1.yaml", "a%3Ab/%C3%A4%231.yaml", Base::Here),
            ("100%.yaml", "100%25.yaml", Base::Here),
            ("../a.yaml", "../a.yaml", Base::None),
            ("/etc/a.yaml", "file:///etc/a.yaml", Base::None),
            ("<stdin>", "stdin", Base::None),
        ] {
            assert_eq!(uri(name), (expected.to_owned(), base), "{name}");
        }
    }
}
