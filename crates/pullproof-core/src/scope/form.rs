//! Why a text does not have the form of a source or mirror, and what it would have to be.

use super::copied::{Leftover, leftover};
use super::{matches_mirror_pattern, matches_source_pattern};

/// The two forms that mirror sets ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// `host[:port][/path]...`, or `*.` and a host.
    Source,
    /// `host[:port][/path]...`
    Mirror,
}

impl Form {
    /// Whether a text has the form.
    pub fn matches(self, text: &str) -> bool {
        match self {
            Form::Source => matches_source_pattern(text),
            Form::Mirror => matches_mirror_pattern(text),
        }
    }
}

/// What keeps a text from having a form; of several the one that explains most.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FormFault {
    /// There is no text.
    Empty,
    /// White space or a control character, the first of them.
    Space(char),
    /// Something that a document put around it.
    Copied(Leftover),
    /// Something was to be filled in, such as `<host>`, `$HOST` or `{{ host }}`.
    Placeholder,
    /// A scheme, such as `https://`.
    Scheme(String),
    /// Several texts, joined by commas.
    List,
    /// An IPv6 address, which has no form that is allowed.
    Ipv6,
    /// A digest, with its `@`.
    Digest(String),
    /// A tag, with its `:`.
    Tag(String),
    /// A wildcard where the form has none.
    WildcardMirror,
    /// A wildcard anywhere but in `*.` at the start.
    WildcardPlace,
    /// A wildcard with a path or a port, which is given.
    WildcardWith(String),
    /// A slash at the end.
    SlashAtEnd,
    /// A slash at the start.
    SlashAtStart,
    /// Two slashes in a row.
    DoubleSlash,
    /// Capitals in the path.
    Uppercase,
    /// A port that is no number.
    Port(String),
    /// A character that is allowed nowhere.
    Character(char),
    /// An underscore in the host.
    UnderscoreInHost,
    /// A part of the host that is empty, or starts or ends with a hyphen.
    HostPart(String),
    /// A part of the path that has separators at its start, at its end, or in a row.
    PathPart(String),
}

/// What keeps a text from having a form; `None` when it has it.
pub fn fault(text: &str, form: Form) -> Option<FormFault> {
    if form.matches(text) {
        return None;
    }
    Some(fault_of(text, form))
}

fn fault_of(text: &str, form: Form) -> FormFault {
    if text.is_empty() {
        return FormFault::Empty;
    }
    if let Some((leftover, _)) = leftover(text) {
        return FormFault::Copied(leftover);
    }
    if text.contains(['<', '>', '{', '}', '$']) {
        return FormFault::Placeholder;
    }
    let is_space = |character: &char| character.is_whitespace() || character.is_control();
    if let Some(space) = text.chars().find(is_space) {
        return FormFault::Space(space);
    }
    if let Some((scheme, _)) = text.split_once("://") {
        return FormFault::Scheme(format!("{scheme}://"));
    }
    if text.contains(',') {
        return FormFault::List;
    }
    if text.contains('*') {
        return wildcard_fault(text, form);
    }
    let (authority, path) = match text.split_once('/') {
        Some((authority, path)) => (authority, Some(path)),
        None => (text, None),
    };
    if authority.starts_with('[') || 1 < authority.matches(':').count() {
        return FormFault::Ipv6;
    }
    if let Some(at) = text.find('@') {
        return FormFault::Digest(text[at..].to_owned());
    }
    if let Some(fault) = tag_or_port_fault(authority, path) {
        return fault;
    }
    if text.starts_with('/') {
        return FormFault::SlashAtStart;
    }
    if text.ends_with('/') {
        return FormFault::SlashAtEnd;
    }
    if text.contains("//") {
        return FormFault::DoubleSlash;
    }
    let is_allowed = |character: char| {
        character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-' | '/' | ':')
    };
    if let Some(character) = text.chars().find(|character| !is_allowed(*character)) {
        return FormFault::Character(character);
    }
    if path.is_some_and(|path| path.contains(|character: char| character.is_ascii_uppercase())) {
        return FormFault::Uppercase;
    }
    if authority.contains('_') {
        return FormFault::UnderscoreInHost;
    }
    let host = authority.split(':').next().unwrap_or_default();
    let host_part = |part: &&str| !matches_mirror_pattern(part);
    if let Some(part) = host.split('.').find(host_part) {
        return FormFault::HostPart(part.to_owned());
    }
    let path_part = |part: &&str| !matches_mirror_pattern(&format!("host/{part}"));
    let part = path.and_then(|path| path.split('/').find(path_part));
    FormFault::PathPart(part.unwrap_or_default().to_owned())
}

fn wildcard_fault(text: &str, form: Form) -> FormFault {
    if form == Form::Mirror {
        return FormFault::WildcardMirror;
    }
    let Some(host) = text.strip_prefix("*.").filter(|host| !host.contains('*')) else {
        return FormFault::WildcardPlace;
    };
    match host.find(['/', ':', '@']) {
        Some(at) => FormFault::WildcardWith(host[at..].to_owned()),
        None => FormFault::HostPart(host.to_owned()),
    }
}

fn tag_or_port_fault(authority: &str, path: Option<&str>) -> Option<FormFault> {
    if let Some(path) = path
        && let Some(at) = path.find(':')
    {
        return Some(FormFault::Tag(path[at..].to_owned()));
    }
    let (_, port) = authority.split_once(':')?;
    if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(match path {
        // Without a path, what stands before the colon is a name.
        None if !port.is_empty() => FormFault::Tag(format!(":{port}")),
        _ => FormFault::Port(port.to_owned()),
    })
}

/// A text of a form that stands for one without.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Repair {
    /// The text.
    pub text: String,
    /// Whether it means something else, be it more: a scope for a tag, or a path in lower case.
    pub is_guess: bool,
}

/// The text that was probably meant; `None` when that cannot be told.
pub fn repaired(text: &str, form: Form) -> Option<String> {
    repair(text, form).map(|repair| repair.text)
}

/// The text that was probably meant and how sure that is; `None` when it cannot be told.
pub fn repair(text: &str, form: Form) -> Option<Repair> {
    let mut text = text.to_owned();
    let mut is_guess = false;
    // Each round takes something away or lowers capitals, so that few rounds are enough.
    for _ in 0..4 {
        let fault = fault(&text, form)?;
        is_guess |= !matches!(
            fault,
            FormFault::Copied(_)
                | FormFault::Space(_)
                | FormFault::Scheme(_)
                | FormFault::SlashAtEnd
                | FormFault::DoubleSlash
        );
        text = match fault {
            FormFault::Copied(_) => leftover(&text)?.1,
            FormFault::Space(_) => text.trim().to_owned(),
            FormFault::Scheme(scheme) => text[scheme.len()..].to_owned(),
            FormFault::Digest(digest) | FormFault::WildcardWith(digest) => {
                text[..text.len() - digest.len()].to_owned()
            }
            FormFault::Tag(tag) if !tag.contains('/') => text[..text.len() - tag.len()].to_owned(),
            FormFault::SlashAtEnd => text.trim_end_matches('/').to_owned(),
            FormFault::SlashAtStart => text.trim_start_matches('/').to_owned(),
            FormFault::DoubleSlash => text.replace("//", "/"),
            FormFault::Uppercase => text.to_ascii_lowercase(),
            _ => return None,
        };
        if form.matches(&text) {
            return Some(Repair { text, is_guess });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_told_and_repaired() {
        use FormFault::*;
        let tag = |text: &str| Tag(text.to_owned());
        let cases = [
            ("", Empty, None),
            ("quay.io/a ", Space(' '), Some("quay.io/a")),
            ("quay.io/a\n", Space('\n'), Some("quay.io/a")),
            ("quay.io/a b", Space(' '), None),
            (
                "quay.io/a <1>",
                Copied(Leftover::CallOut),
                Some("quay.io/a"),
            ),
            ("“quay.io/a:1”", Copied(Leftover::Quotes), Some("quay.io/a")),
            ("<mirror>/a <1>", Copied(Leftover::CallOut), None),
            ("<mirror>/a", Placeholder, None),
            ("${MIRROR}/a", Placeholder, None),
            ("{{ mirror }}/a", Placeholder, None),
            (
                "docker://quay.io/a:1",
                Scheme("docker://".to_owned()),
                Some("quay.io/a"),
            ),
            ("quay.io/a,quay.io/b", List, None),
            ("[::1]:5000/a", Ipv6, None),
            ("2001:db8::1/a", Ipv6, None),
            (
                "quay.io/a@sha256:00",
                Digest("@sha256:00".to_owned()),
                Some("quay.io/a"),
            ),
            (
                "quay.io/a:1@sha256:00",
                Digest("@sha256:00".to_owned()),
                Some("quay.io/a"),
            ),
            ("quay.io/a:1.2", tag(":1.2"), Some("quay.io/a")),
            ("quay.io/a:1/b", tag(":1/b"), None),
            ("busybox:latest", tag(":latest"), Some("busybox")),
            ("quay.io:/a", Port(String::new()), None),
            ("quay.io:x/a", Port("x".to_owned()), None),
            ("quay.io/a/", SlashAtEnd, Some("quay.io/a")),
            ("/a", SlashAtStart, Some("a")),
            ("quay.io//a", DoubleSlash, Some("quay.io/a")),
            ("quay.io/Org/a", Uppercase, Some("quay.io/org/a")),
            ("quay.io/ä", Character('ä'), None),
            ("a_b.com/a", UnderscoreInHost, None),
            ("a..com/a", HostPart(String::new()), None),
            ("-a.com", HostPart("-a".to_owned()), None),
            ("a.com/b-", PathPart("b-".to_owned()), None),
            ("a.com/b/c..d", PathPart("c..d".to_owned()), None),
            ("*", WildcardPlace, None),
            ("a.*.com", WildcardPlace, None),
            ("*.a.com/b", WildcardWith("/b".to_owned()), Some("*.a.com")),
            (
                "*.a.com:443",
                WildcardWith(":443".to_owned()),
                Some("*.a.com"),
            ),
        ];
        for (text, expected, repair) in cases {
            assert_eq!(fault(text, Form::Source), Some(expected), "{text:?}");
            let found = repaired(text, Form::Source);
            assert_eq!(found.as_deref(), repair, "{text:?}");
        }
        assert_eq!(fault("*.a.com", Form::Mirror), Some(WildcardMirror));
        assert_eq!(fault("*.a.com", Form::Source), None);
    }

    #[test]
    fn what_means_something_else_is_a_guess() {
        for (text, is_guess) in [
            (" quay.io/a", false),
            ("https://quay.io//a/", false),
            ("quay.io/A", true),
            ("https://quay.io/a:1", true),
            ("quay.io/a@sha256:00", true),
            ("/a", true),
            ("*.a.com/b", true),
        ] {
            let repair = repair(text, Form::Source).map(|repair| repair.is_guess);
            assert_eq!(repair, Some(is_guess), "{text:?}");
        }
    }

    #[test]
    fn there_is_a_fault_exactly_where_a_form_does_not_match() {
        let alphabet = [
            'a', 'A', '0', '.', '-', '_', '/', ':', '@', '*', '\n', 'é', '<', ',',
        ];
        let mut texts = vec![String::new()];
        for _ in 0..4 {
            let longer = texts
                .iter()
                .flat_map(|text| alphabet.map(|character| format!("{text}{character}")));
            texts = std::iter::once(String::new()).chain(longer).collect();
        }
        for text in texts {
            for form in [Form::Source, Form::Mirror] {
                assert_eq!(
                    fault(&text, form).is_none(),
                    form.matches(&text),
                    "{text:?}"
                );
                if let Some(repaired) = repaired(&text, form) {
                    assert!(form.matches(&repaired), "{text:?} became {repaired:?}");
                }
            }
        }
    }
}
