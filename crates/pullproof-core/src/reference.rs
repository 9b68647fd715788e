//! Image references: grammar, normalization and the reference library's error texts.
//!
//! ```text
//! reference = name [ ":" tag ] [ "@" digest ]
//! name      = [ domain "/" ] component { "/" component }
//! domain    = label { "." label } [ ":" digit { digit } ]
//! component = word { ( "." | "_" | "__" | "-" { "-" } ) word }      word = [a-z0-9]+
//! tag       = [A-Za-z0-9_] { [A-Za-z0-9_.-] }                        at most 128
//! digest    = algorithm ":" hexadecimal                              at least 32
//! ```
//!
//! From containers/image, docker/reference (regexp.go, reference.go, normalize.go).

use crate::bytes::length_to;
use std::fmt;

pub(crate) mod grammar;

use grammar::Marks;

/// Longest name in bytes: domain and slashes count, tag and digest do not.
///
/// From containers/image, docker/reference/reference.go `NameTotalLengthMax`.
pub const NAME_MAX_BYTES: usize = 255;

/// Longest tag in bytes. From containers/image, docker/reference/regexp.go `TagRegexp`.
pub const TAG_MAX_BYTES: usize = 128;

const DEFAULT_DOMAIN: &str = "docker.io";
const LEGACY_DEFAULT_DOMAIN: &str = "index.docker.io";
const OFFICIAL_REPOSITORY: &str = "library";

/// A reference that the grammar accepts, kept as one text with marks in it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Reference {
    text: String,
    // Invariant: domain_end <= name_end <= tag_end <= text.len(); when tag_end > name_end the
    // byte at name_end is `:`, when text.len() > tag_end the byte at tag_end is `@`.
    domain_end: u32,
    name_end: u32,
    tag_end: u32,
}

/// Why a text is no reference.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ReferenceError {
    /// There is no text at all.
    Empty,
    /// Only lower-casing makes the text a reference.
    Uppercase,
    /// The repository part of a name has upper case letters.
    UppercaseRepository,
    /// The grammar does not accept the text.
    Format,
    /// The name is longer than `NAME_MAX_BYTES`.
    NameTooLong,
    /// The digest has another number of digits than its algorithm.
    DigestLength,
    /// The digest has other characters than its algorithm.
    DigestFormat,
    /// The algorithm of the digest is not known.
    DigestAlgorithm,
    /// The text is 64 hexadecimal digits, which other programs take for an image id.
    Identifier(String),
    /// Normalization changes the text.
    NotCanonical,
}

impl fmt::Display for ReferenceError {
    // The texts are the library's own, so that they can be compared with what a node logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ReferenceError::Empty => "repository name must have at least one component",
            ReferenceError::Uppercase => "repository name must be lowercase",
            ReferenceError::UppercaseRepository => {
                "invalid reference format: repository name must be lowercase"
            }
            ReferenceError::Format => "invalid reference format",
            ReferenceError::NameTooLong => "repository name must not be more than 255 characters",
            ReferenceError::DigestLength => "invalid checksum digest length",
            ReferenceError::DigestFormat => "invalid checksum digest format",
            ReferenceError::DigestAlgorithm => "unsupported digest algorithm",
            ReferenceError::NotCanonical => "repository name must be canonical",
            ReferenceError::Identifier(text) => {
                return write!(
                    f,
                    "invalid repository name ({text}), \
                     cannot specify 64-byte hexadecimal strings"
                );
            }
        })
    }
}

impl std::error::Error for ReferenceError {}

impl Reference {
    /// Reads a text by the grammar alone; the domain may be empty.
    ///
    /// From containers/image, docker/reference/reference.go `Parse`.
    ///
    /// # Errors
    /// Those of the grammar, of the name's length and of the digest, in this order.
    pub fn parse(text: &str) -> Result<Reference, ReferenceError> {
        Reference::from_text(text.to_owned())
    }

    /// Reads a text as people write it: `busybox` is `docker.io/library/busybox`.
    ///
    /// From containers/image, docker/reference/normalize.go `ParseNormalizedNamed`.
    ///
    /// # Errors
    /// Those of `parse`, and an identifier or an upper case repository in their place.
    pub fn parse_normalized(text: &str) -> Result<Reference, ReferenceError> {
        let parts = split(text)?;
        Reference::from_text(parts.join()).map_err(|error| parts.error(error))
    }

    /// Reads a text that normalization must not change; what a rewritten reference has to be.
    ///
    /// From containers/image, docker/reference/reference.go `ParseNamed`.
    ///
    /// # Errors
    /// Those of `parse_normalized`, and `NotCanonical`.
    pub fn parse_canonical(text: String) -> Result<Reference, ReferenceError> {
        let parts = split(&text)?;
        let is_canonical = parts.is(&text);
        let scanned = match is_canonical {
            true => scan(&text),
            false => scan(&parts.join()),
        };
        let marks = scanned.map_err(|error| parts.error(error))?;
        if !is_canonical {
            return Err(ReferenceError::NotCanonical);
        }
        Ok(Reference::new(text, &marks))
    }

    fn from_text(text: String) -> Result<Reference, ReferenceError> {
        let marks = scan(&text)?;
        Ok(Reference::new(text, &marks))
    }

    fn new(text: String, marks: &Marks) -> Reference {
        // Names and tags are short, so every mark fits.
        Reference {
            domain_end: saturate(marks.domain_end),
            name_end: saturate(marks.name_end),
            tag_end: saturate(marks.tag_end),
            text,
        }
    }

    /// The whole reference.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The whole reference.
    pub(crate) fn into_string(self) -> String {
        self.text
    }

    /// Host and port, such as `quay.io` or `mirror.lab:5000`; empty for an unnormalized name.
    pub fn domain(&self) -> &str {
        &self.text[..self.domain_end as usize]
    }

    /// The name without its domain.
    pub fn path(&self) -> &str {
        match self.domain_end {
            0 => self.name(),
            end => &self.text[end as usize + 1..self.name_end as usize],
        }
    }

    /// Domain and path: what scopes are matched with.
    pub fn name(&self) -> &str {
        &self.text[..self.name_end as usize]
    }

    /// The tag; `None` when there is none.
    pub fn tag(&self) -> Option<&str> {
        self.text
            .get(self.name_end as usize + 1..self.tag_end as usize)
    }

    /// The digest with its algorithm; `None` when there is none.
    pub fn digest(&self) -> Option<&str> {
        self.text.get(self.tag_end as usize + 1..)
    }

    /// Whether there is neither tag nor digest.
    pub fn is_name_only(&self) -> bool {
        self.name_end as usize == self.text.len()
    }

    /// The reference, with `:latest` where it has neither tag nor digest.
    ///
    /// From containers/image, docker/reference/normalize.go `TagNameOnly`.
    pub fn with_default_tag(&self) -> Reference {
        if !self.is_name_only() {
            return self.clone();
        }
        self.with_tag_and_digest(Some("latest"), None)
    }

    /// The reference without its tag, where it has a digest too: what CRI-O pulls.
    ///
    /// From cri-o/cri-o, internal/storage/references `RegistryImageReferenceFromRaw`.
    pub fn without_tag_beside_digest(&self) -> Reference {
        match self.digest() {
            Some(digest) if self.tag().is_some() => self.with_tag_and_digest(None, Some(digest)),
            _ => self.clone(),
        }
    }

    /// The name with another tag and digest, both of which a reference had already.
    pub(crate) fn with_tag_and_digest(&self, tag: Option<&str>, digest: Option<&str>) -> Reference {
        let more = [tag, digest].into_iter().flatten();
        let n_more: usize = more.map(|text| text.len() + 1).sum();
        let mut text = String::with_capacity(self.name().len() + n_more);
        text.push_str(self.name());
        if let Some(tag) = tag {
            text.push(':');
            text.push_str(tag);
        }
        let tag_end = self.name_end + tag.map_or(0, |tag| saturate(tag.len() + 1));
        if let Some(digest) = digest {
            text.push('@');
            text.push_str(digest);
        }
        Reference {
            text,
            domain_end: self.domain_end,
            name_end: self.name_end,
            tag_end,
        }
    }

    /// The reference with `location` for its first `covered` bytes, which end where a component,
    /// the domain or the name ends; `None` when only parsing the text can tell what it is.
    ///
    /// Where there is a result, `parse_canonical` has the same; it just takes longer.
    pub(crate) fn moved(
        &self,
        covered: usize,
        location: &str,
        beginning: Beginning,
    ) -> Option<Reference> {
        let Beginning { domain_end } = beginning;
        let location_end = saturate(location.len());
        let covered_end = saturate(covered);
        // What is left of a host is a port, and that would have to be checked.
        if covered_end < self.domain_end || self.name_end < covered_end {
            return None;
        }
        let rest = self.text.get(covered..)?;
        if domain_end == location_end && !rest.starts_with('/') {
            return None;
        }
        let move_mark = |mark: u32| mark - covered_end + location_end;
        if NAME_MAX_BYTES < move_mark(self.name_end) as usize {
            return None;
        }
        let mut text = String::with_capacity(location.len() + rest.len());
        text.push_str(location);
        text.push_str(rest);
        Some(Reference {
            text,
            domain_end,
            name_end: move_mark(self.name_end),
            tag_end: move_mark(self.tag_end),
        })
    }

    /// The short form that people know: without `docker.io/` and `library/`.
    ///
    /// From containers/image, docker/reference/normalize.go `familiarizeName`.
    pub fn familiar(&self) -> &str {
        if self.domain() != DEFAULT_DOMAIN {
            return &self.text;
        }
        let rest = &self.text[DEFAULT_DOMAIN.len() + 1..];
        match self.path().split_once('/') {
            Some((OFFICIAL_REPOSITORY, repository)) if !repository.contains('/') => {
                &rest[OFFICIAL_REPOSITORY.len() + 1..]
            }
            _ => rest,
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A reference without the tag or digest that witnesses have, which stand for all others.
pub fn without_witness_end(reference: &str) -> &str {
    match digest_start(reference) {
        Some(at) => &reference[..at],
        None => reference.strip_suffix(":latest").unwrap_or(reference),
    }
}

/// Where the digest of a reference is, with the `@` before it; `None` when there is none.
pub(crate) fn digest_start(reference: &str) -> Option<usize> {
    const USUAL_BYTES: usize = "@sha256:".len() + 64;
    let bytes = reference.as_bytes();
    let usual = bytes.len().checked_sub(USUAL_BYTES);
    if usual.is_some_and(|at| bytes[at] == b'@') {
        return usual;
    }
    let at = length_to(bytes, b'@');
    (at < bytes.len()).then_some(at)
}

/// Whether a text is a domain with an optional port, and nothing else.
///
/// From containers/image, pkg/sysregistriesv2 `anchoredDomainRegexp`.
pub fn is_domain(text: &str) -> bool {
    grammar::is_domain(text.as_bytes())
}

/// Whether the first part of a name is a registry: it has a dot or a colon, or is `localhost`.
pub fn looks_like_registry(domain: &str) -> bool {
    domain.bytes().any(|byte| byte == b'.' || byte == b':') || domain == "localhost"
}

/// What is known of all references that begin with a location, before their ends are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Beginning {
    domain_end: u32,
}

impl Beginning {
    /// Whether there is a component behind the domain, so that nothing, a tag or a digest may follow.
    pub(crate) fn has_path(self, location: &str) -> bool {
        (self.domain_end as usize) < location.len()
    }

    /// `None` when the location is no domain with whole components behind it, or normalization
    /// may change it.
    pub(crate) fn of(location: &str) -> Option<Beginning> {
        let is_host = !location.bytes().any(|byte| byte == b'/') && is_domain(location);
        let domain_end = if is_host {
            location.len()
        } else {
            let marks = scan(location).ok();
            marks
                .filter(|marks| marks.name_end == location.len())?
                .domain_end
        };
        let domain = &location[..domain_end];
        // Normalization puts `library/` into names of these.
        let is_changed = [DEFAULT_DOMAIN, LEGACY_DEFAULT_DOMAIN].contains(&domain);
        let domain_end = saturate(domain_end);
        (looks_like_registry(domain) && !is_changed).then_some(Beginning { domain_end })
    }
}

fn scan(text: &str) -> Result<Marks, ReferenceError> {
    let Some(marks) = grammar::scan(text.as_bytes()) else {
        return Err(grammar::explain(text));
    };
    if NAME_MAX_BYTES < marks.name_end {
        return Err(ReferenceError::NameTooLong);
    }
    if marks.tag_end < text.len() {
        grammar::check_digest(&text[marks.tag_end + 1..])?;
    }
    Ok(marks)
}

/// A text split as normalization does it, not yet joined to one text.
struct Parts<'a> {
    domain: &'a str,
    official: bool,
    remainder: &'a str,
}

impl Parts<'_> {
    fn join(&self) -> String {
        let library = if self.official { "library/" } else { "" };
        let mut text =
            String::with_capacity(self.domain.len() + 1 + library.len() + self.remainder.len());
        text.push_str(self.domain);
        text.push('/');
        text.push_str(library);
        text.push_str(self.remainder);
        text
    }

    /// Whether joining gives `text` again, given that `text` was split.
    fn is(&self, text: &str) -> bool {
        !self.official && text.len() == self.domain.len() + 1 + self.remainder.len()
    }

    /// Why the text is no reference, when `error` is why the joined text is none.
    ///
    /// The library looks at the case of letters first. No text that the grammar accepts has
    /// upper case in its repository, so that can wait until there is an error.
    fn error(&self, error: ReferenceError) -> ReferenceError {
        let repository = self.remainder.split(':').next().unwrap_or_default();
        let is_lower = |character| grammar::lower(character) == character;
        if repository.chars().all(is_lower) {
            error
        } else {
            ReferenceError::UppercaseRepository
        }
    }
}

/// Splits a text into domain and remainder, filling in what Docker's user interface leaves out.
///
/// From containers/image, docker/reference/normalize.go `splitDockerDomain`.
fn split(text: &str) -> Result<Parts<'_>, ReferenceError> {
    let is_identifier = text.len() == 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if is_identifier {
        return Err(ReferenceError::Identifier(text.to_owned()));
    }
    let (mut domain, remainder) = match text.split_once('/') {
        Some((head, remainder)) if looks_like_registry(head) => (head, remainder),
        _ => (DEFAULT_DOMAIN, text),
    };
    if domain == LEGACY_DEFAULT_DOMAIN {
        domain = DEFAULT_DOMAIN;
    }
    Ok(Parts {
        domain,
        official: domain == DEFAULT_DOMAIN && !remainder.contains('/'),
        remainder,
    })
}

fn saturate(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_lie_where_they_were_written() {
        let hex = "a".repeat(64);
        let text = format!("Reg.io:5000/a/b__c:T.1@sha256:{hex}");
        let reference = Reference::parse(&text).unwrap();
        assert_eq!(reference.domain(), "Reg.io:5000");
        assert_eq!(reference.path(), "a/b__c");
        assert_eq!(reference.name(), "Reg.io:5000/a/b__c");
        assert_eq!(reference.tag(), Some("T.1"));
        assert_eq!(reference.digest(), Some(&*format!("sha256:{hex}")));
        assert_eq!(
            reference.without_tag_beside_digest().as_str(),
            format!("Reg.io:5000/a/b__c@sha256:{hex}")
        );
    }

    #[test]
    fn normalization_fills_in_what_docker_leaves_out() {
        let cases = [
            ("busybox", "docker.io/library/busybox", "busybox"),
            ("a/b:1", "docker.io/a/b:1", "a/b:1"),
            ("index.docker.io/x", "docker.io/library/x", "x"),
            (
                "docker.io/library/a/b",
                "docker.io/library/a/b",
                "library/a/b",
            ),
            ("localhost/x", "localhost/x", "localhost/x"),
            (
                "test.com:5000",
                "docker.io/library/test.com:5000",
                "test.com:5000",
            ),
            ("quay.io/x", "quay.io/x", "quay.io/x"),
        ];
        for (text, canonical, familiar) in cases {
            let reference = Reference::parse_normalized(text).unwrap();
            assert_eq!(reference.as_str(), canonical);
            assert_eq!(reference.familiar(), familiar);
        }
    }

    #[test]
    fn a_rewritten_reference_must_be_canonical() {
        let cases = [
            ("docker.io/foo:1", Err(ReferenceError::NotCanonical)),
            ("m:1", Err(ReferenceError::NotCanonical)),
            ("index.docker.io/a/b", Err(ReferenceError::NotCanonical)),
            ("m.io/a//b", Err(ReferenceError::Format)),
            ("m.io/A", Err(ReferenceError::UppercaseRepository)),
            ("M.io/a", Ok("M.io/a")),
        ];
        for (text, expected) in cases {
            let result = Reference::parse_canonical(text.to_owned());
            assert_eq!(
                result.as_ref().map(Reference::as_str).map_err(Clone::clone),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn lengths_are_limited_on_each_side() {
        let longest = format!("q.io/{}", "a".repeat(NAME_MAX_BYTES - 5));
        assert!(Reference::parse(&longest).is_ok());
        assert_eq!(
            Reference::parse(&format!("{longest}a")),
            Err(ReferenceError::NameTooLong)
        );
        let tag = "t".repeat(TAG_MAX_BYTES);
        assert!(Reference::parse(&format!("q.io/a:{tag}")).is_ok());
        assert_eq!(
            Reference::parse(&format!("q.io/a:{tag}t")),
            Err(ReferenceError::Format)
        );
    }
}
