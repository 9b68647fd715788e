//! Short names: which full references CRI-O tries for an image without a registry.
//!
//! From containers/image, pkg/shortnames/shortnames.go `Resolve`, without a terminal.

use crate::go_text::quote;
use crate::reference::{Reference, ReferenceError, looks_like_registry};
use crate::registries::entry::ShortNameMode;
use crate::registries::load::Registries;
use std::fmt;

/// Why an image name gives no candidates.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ShortNameError {
    /// The grammar does not accept the text.
    Parse(String, ReferenceError),
    /// A full name cannot be normalized.
    Normalize(String, ReferenceError),
    /// There is neither an alias nor a search registry; the file is the one without a list.
    NoSearchRegistries {
        /// The name.
        name: String,
        /// The file that should have had a list.
        file: Option<String>,
    },
    /// Joined with this search registry the name is no reference.
    Candidate(String, ReferenceError),
    /// Several candidates, and nobody to ask.
    Enforced,
}

impl fmt::Display for ShortNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ShortNameError::Parse(text, error) => {
                write!(f, "cannot parse input: {}: {error}", quote(text))
            }
            ShortNameError::Normalize(text, error) => {
                write!(f, "cannot normalize input: {}: {error}", quote(text))
            }
            ShortNameError::NoSearchRegistries {
                name,
                file: Some(file),
            } => write!(
                f,
                "short-name {} did not resolve to an alias \
                 and no unqualified-search registries are defined in {}",
                quote(name),
                quote(file)
            ),
            ShortNameError::NoSearchRegistries { name, file: None } => write!(
                f,
                "short-name {} did not resolve to an alias \
                 and no containers-registries.conf(5) was found",
                quote(name)
            ),
            ShortNameError::Candidate(registry, error) => write!(
                f,
                "creating reference with unqualified-search registry {}: {error}",
                quote(registry)
            ),
            ShortNameError::Enforced => {
                f.write_str("short-name resolution enforced but cannot prompt without a TTY")
            }
        }
    }
}

/// Whether a name has no registry, so that aliases and search registries apply.
///
/// # Errors
/// When the grammar does not accept the text.
pub fn is_short_name(text: &str) -> Result<bool, ReferenceError> {
    Ok(!looks_like_registry(Reference::parse(text)?.domain()))
}

/// The references that CRI-O tries for an image name, in order, never empty.
///
/// A name without tag and digest gets `:latest`; a tag beside a digest is dropped.
///
/// # Errors
/// When the text is no reference, or a short name that nothing resolves.
pub fn candidates(
    registries: &Registries,
    text: &str,
    mode: ShortNameMode,
) -> Result<Vec<Reference>, ShortNameError> {
    let parsed =
        Reference::parse(text).map_err(|error| ShortNameError::Parse(text.to_owned(), error))?;
    let pulled = |reference: &Reference| reference.with_default_tag().without_tag_beside_digest();
    if looks_like_registry(parsed.domain()) {
        let reference = Reference::parse_normalized(text)
            .map_err(|error| ShortNameError::Normalize(text.to_owned(), error))?;
        return Ok(vec![pulled(&reference)]);
    }
    if let Some(Some(alias)) = registries.aliases.get(parsed.name()) {
        let reference = alias.with_tag_and_digest(parsed.tag(), parsed.digest());
        return Ok(vec![pulled(&reference)]);
    }
    if registries.search.is_empty() {
        let (name, file) = (text.to_owned(), registries.search_file.clone());
        return Err(ShortNameError::NoSearchRegistries { name, file });
    }
    let mut candidates = Vec::with_capacity(registries.search.len());
    for registry in &registries.search {
        let reference = Reference::parse_normalized(&format!("{}/{text}", registry.value))
            .map_err(|error| ShortNameError::Candidate(registry.value.clone(), error))?;
        candidates.push(pulled(&reference));
    }
    if mode == ShortNameMode::Enforcing && 1 < candidates.len() {
        return Err(ShortNameError::Enforced);
    }
    Ok(candidates)
}
