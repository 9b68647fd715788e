//! Mapping files: what `oc image mirror -f` copies to where, and which of their lines it refuses.
//!
//! ```text
//! line = what stands before the first `#`, cut at single spaces
//! line = SRC "=" DST { " " SRC "=" DST }     words without `=` beside these are ignored
//!      | SRC " " DST { " " DST }
//! ```
//!
//! From openshift/oc, pkg/cli/image/mirror/mappings.go `parseFile` and `parseArgs`.

use crate::document::MAX_PROBLEMS;
use crate::file::{FileId, Files, Span, Spanned};
use crate::go_text::quote;
use crate::reference::{Reference, ReferenceError};
use crate::sorted::Map;
use parts::Parts;
use std::fmt;

pub mod copies;
pub mod parts;

/// Most pairs of one file that are read.
///
/// The largest catalogs have some thousand images; a text of more is nothing that a tool wrote.
pub const MAX_PAIRS: usize = 100_000;

/// A line of this many bytes cannot be read.
///
/// From the Go standard library, bufio `MaxScanTokenSize`, which the newline has to fit in, too.
pub const LINE_BYTES: usize = 64 * 1024;

/// How oc-mirror begins the name of an image in a registry.
pub const TRANSPORT: &str = "docker://";

/// Largest mapping file that is read, in bytes.
///
/// `MAX_PAIRS` lines of digests have some 200 bytes each.
pub const MAX_BYTES: usize = 32 << 20;

/// Whether a file of this name is a mapping file.
pub fn is_name(name: &str) -> bool {
    name.ends_with(".txt")
}

/// Whether programs that copy images write files of this name, without its directory.
pub fn is_usual_name(name: &str) -> bool {
    name == "mapping.txt" || name.ends_with("-mapping.txt")
}

/// What one mapping file says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MappingFile {
    /// What is copied to where, in order; a pair that is only told to be refused stands here, too.
    pub pairs: Vec<Pair>,
    /// Why the file is refused, by place; at most `MAX_PROBLEMS`.
    pub faults: Vec<Fault>,
    /// Words beside pairs, which nobody reads.
    pub ignored: Vec<Span>,
    /// How many of the pairs are written with `docker://`, as oc-mirror writes what it would copy.
    ///
    /// `oc image mirror` refuses them, which only the first of them stands for in `faults`.
    pub n_dry_run: usize,
}

impl MappingFile {
    /// Whether oc-mirror wrote it to tell what it would copy: nobody else reads it.
    pub fn is_dry_run(&self) -> bool {
        !self.pairs.is_empty() && self.n_dry_run == self.pairs.len()
    }
}

/// One image, or all tags of a repository that a pattern matches, and where it is copied to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pair {
    /// What is copied.
    pub source: Spanned<Image>,
    /// Where to, with the source's tag where it has none.
    pub destination: Spanned<Image>,
}

/// Where images are kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Store {
    /// A registry.
    Registry,
    /// A directory, written as `file://`.
    File,
    /// A bucket, written as `s3://`.
    S3,
}

impl Store {
    fn prefix(self) -> &'static str {
        match self {
            Store::Registry => "",
            Store::File => "file://",
            Store::S3 => "s3://",
        }
    }
}

/// An image as mapping files name it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Image {
    /// Where it is kept.
    pub store: Store,
    /// Host and path as written; only the host, and what looks like its tag, for a bare host.
    pub repository: String,
    /// The tag; one with `*` stands for several.
    pub tag: Option<String>,
    /// The digest.
    pub digest: Option<String>,
    is_bare_host: bool,
}

impl Image {
    /// Reads a text; the text in the error is what the program would quote.
    ///
    /// From openshift/oc, pkg/cli/image/imagesource/reference.go `ParseReference`, and
    /// openshift/library-go, pkg/image/reference/reference.go `Parse`.
    ///
    /// # Errors
    /// Only of the kind `Reference`.
    pub fn parse(text: &str) -> Result<Image, FaultKind> {
        let (store, text) = if let Some(rest) = text.strip_prefix(Store::S3.prefix()) {
            (Store::S3, rest)
        } else if let Some(rest) = text.strip_prefix(Store::File.prefix()) {
            (Store::File, rest.strip_prefix('/').unwrap_or(rest))
        } else {
            (Store::Registry, text)
        };
        let (reference, digest) = read_reference(text).map_err(|error| FaultKind::Reference {
            text: text.to_owned(),
            error,
        })?;
        let name = reference.name();
        let is_bare_host =
            !name.contains('/') && (name.contains('.') || name.starts_with("localhost"));
        let tag = reference.tag().filter(|_| !is_bare_host);
        Ok(Image {
            store,
            repository: if is_bare_host { text } else { name }.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
            is_bare_host,
        })
    }

    /// Whether it stands for all images whose tag matches.
    pub fn is_pattern(&self) -> bool {
        self.tag.as_ref().is_some_and(|tag| tag.contains('*')) && self.digest.is_none()
    }

    /// The name as a node would ask for it: host and path with Docker's defaults filled in.
    ///
    /// `None` for what is in no registry or has no path.
    pub fn normalized(&self) -> Option<Reference> {
        let is_name = self.store == Store::Registry && !self.is_bare_host;
        let reference = Reference::parse_normalized(&self.repository).ok();
        reference.filter(|_| is_name)
    }
}

/// A reference with its digest as written, which may have capital letters: the program takes it
/// for another than the one in small letters, which the reference has.
///
/// From openshift/library-go, pkg/image/internal/digest/digest.go `Validate`.
fn read_reference(text: &str) -> Result<(Reference, Option<&str>), ReferenceError> {
    let digest = text.rsplit_once('@').map(|(_, digest)| digest);
    match Reference::parse(text) {
        Err(ReferenceError::DigestFormat) => {}
        reference => return Ok((reference?, digest)),
    }
    let (name, _) = text.split_at(text.len() - digest.unwrap_or_default().len());
    let algorithm = digest.and_then(|it| it.split(':').next());
    if algorithm.is_some_and(|it| it.bytes().any(|byte| byte.is_ascii_uppercase())) {
        return Err(ReferenceError::DigestAlgorithm);
    }
    let small = digest.unwrap_or_default().to_ascii_lowercase();
    Ok((Reference::parse(&format!("{name}{small}"))?, digest))
}

impl fmt::Display for Image {
    // From openshift/library-go, pkg/image/reference/reference.go `Exact`: of tag and digest only
    // the digest is told, and of a bare host nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.store.prefix())?;
        if self.is_bare_host {
            return Ok(());
        }
        f.write_str(&self.repository)?;
        match (&self.digest, &self.tag) {
            (Some(digest), _) => write!(f, "@{digest}"),
            (None, Some(tag)) => write!(f, ":{tag}"),
            (None, None) => Ok(()),
        }
    }
}

/// Why a file is refused, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The words it is about.
    pub span: Span,
    /// What is wrong.
    pub kind: FaultKind,
}

/// Why a file is refused; shown in the words of `oc image mirror`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FaultKind {
    /// Nothing stands before or behind `=`.
    EmptySide,
    /// One word alone.
    OneWord,
    /// A word that is no reference.
    Reference {
        /// What the program takes for one.
        text: String,
        /// Why it is none.
        error: ReferenceError,
    },
    /// A `*` in anything but a tag.
    PatternOutsideTag,
    /// A destination with a digest.
    DigestDestination,
    /// Several tags that are copied to one.
    PatternToTag,
    /// A destination that a pair before it has already.
    RepeatedDestination {
        /// The destination.
        destination: String,
        /// Where it was given before.
        first: Span,
    },
    /// An image that is copied to where it is.
    SameImage,
    /// A line of `LINE_BYTES` or more, after which nothing is read.
    LongLine,
    /// More than `MAX_PAIRS` pairs; a limit of this program.
    TooManyPairs,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FaultKind::EmptySide => "all arguments must be valid SRC=DST mappings",
            FaultKind::OneWord => {
                "all arguments must be valid SRC=DST mappings, or you must specify one SRC \
                 argument and one or more DST arguments"
            }
            FaultKind::Reference { text, error } => {
                return write!(f, "{} is not a valid image reference: {error}", quote(text));
            }
            FaultKind::PatternOutsideTag => "source expansion is only possible in tags",
            FaultKind::DigestDestination => {
                "you must specify a tag for DST or leave it blank to only push by digest"
            }
            FaultKind::PatternToTag => {
                "when source contains wildcards, the destination must be a repository"
            }
            FaultKind::RepeatedDestination { destination, .. } => {
                return write!(
                    f,
                    "each destination tag may only be specified once: {destination}"
                );
            }
            FaultKind::SameImage => "SRC and DST may not be the same",
            FaultKind::LongLine => "bufio.Scanner: token too long",
            FaultKind::TooManyPairs => {
                return write!(f, "the text has more than {MAX_PAIRS} pairs");
            }
        })
    }
}

/// Reads a whole file; a line that is refused hides no other.
#[cold]
#[inline(never)]
pub fn read(files: &Files, file: FileId) -> MappingFile {
    let mut reader = Reader {
        mapping: MappingFile {
            pairs: Vec::new(),
            faults: Vec::new(),
            ignored: Vec::new(),
            n_dry_run: 0,
        },
        destinations: Map::new(),
    };
    let mut start = 0;
    for written in files.text(file).split_inclusive('\n') {
        let line = written.strip_suffix('\n').unwrap_or(written);
        let line = Spanned::new(line, Span::new(file, start, start + line.len()));
        start += written.len();
        if LINE_BYTES <= line.value.len() {
            reader.fault(line.span, FaultKind::LongLine);
            break;
        }
        reader.line(&line);
        if MAX_PAIRS < reader.mapping.pairs.len() {
            reader.mapping.pairs.truncate(MAX_PAIRS);
            reader.fault(line.span, FaultKind::TooManyPairs);
            break;
        }
    }
    reader.mapping
}

/// The words of a line, cut at spaces.
fn words<'a>(line: &Spanned<&'a str>) -> Vec<Spanned<&'a str>> {
    let before_comment = line.value.split('#').next().unwrap_or_default();
    let text = before_comment.trim();
    let mut at = line.span.range().start + before_comment.len() - before_comment.trim_start().len();
    let mut words = Vec::new();
    for word in text.split(' ') {
        if !word.is_empty() {
            words.push(piece(line.span.file, at, word));
        }
        at += word.len() + 1;
    }
    words
}

fn piece(file: FileId, at: usize, text: &str) -> Spanned<&str> {
    Spanned::new(text, Span::new(file, at, at + text.len()))
}

struct Reader {
    mapping: MappingFile,
    /// Where each destination was given first.
    destinations: Map<String, Span>,
}

impl Reader {
    fn fault(&mut self, span: Span, kind: FaultKind) {
        if self.mapping.faults.len() < MAX_PROBLEMS {
            self.mapping.faults.push(Fault { span, kind });
        }
    }

    fn line(&mut self, line: &Spanned<&str>) {
        let mut bare = Vec::new();
        let mut pairs = Vec::new();
        for word in words(line) {
            let Some((source, destination)) = word.value.split_once('=') else {
                bare.push(word);
                continue;
            };
            if source.is_empty() || destination.is_empty() {
                return self.fault(word.span, FaultKind::EmptySide);
            }
            let (file, start) = (word.span.file, word.span.range().start);
            let source_end = start + source.len();
            pairs.push((
                piece(file, start, source),
                piece(file, source_end + 1, destination),
            ));
        }
        match bare.as_slice() {
            _ if !pairs.is_empty() => {
                let ignored = bare.iter().map(|word| word.span);
                self.mapping.ignored.extend(ignored);
            }
            [] => {}
            [word] => self.fault(word.span, FaultKind::OneWord),
            [source, destinations @ ..] => {
                let destinations = destinations.iter().cloned();
                pairs.extend(destinations.map(|destination| (source.clone(), destination)));
            }
        }
        for (source, destination) in pairs {
            if let Err(fault) = self.pair(&source, &destination) {
                // Where one pair is refused, so is the rest of its line.
                return self.fault(fault.span, fault.kind);
            }
        }
    }

    fn pair(&mut self, source: &Spanned<&str>, destination: &Spanned<&str>) -> Result<(), Fault> {
        if let Some(pair) = dry_run_pair(source, destination) {
            self.mapping.n_dry_run += 1;
            self.mapping.pairs.push(pair);
            if self.mapping.n_dry_run > 1 {
                return Ok(());
            }
        }
        let fault = |span: Span| move |kind| Fault { span, kind };
        let image = source_image(source.value).map_err(fault(source.span))?;
        let mut target = Image::parse(destination.value).map_err(fault(destination.span))?;
        if target.digest.is_some() {
            return Err(fault(destination.span)(FaultKind::DigestDestination));
        }
        if image.is_pattern() && target.tag.is_some() {
            return Err(fault(destination.span)(FaultKind::PatternToTag));
        }
        if target.tag.is_none() {
            target.tag.clone_from(&image.tag);
        }
        // Two patterns may well match no tag in common.
        let key = match image.is_pattern() {
            true => format!("{target} {image}"),
            false => target.to_string(),
        };
        if let Some(first) = self.destinations.get(&key) {
            let first = *first;
            let kind = FaultKind::RepeatedDestination {
                destination: target.to_string(),
                first,
            };
            return Err(fault(destination.span)(kind));
        }
        self.destinations.insert(key, destination.span);
        if is_same(&image, &target) {
            self.fault(source.span, FaultKind::SameImage);
        }
        self.mapping.pairs.push(Pair {
            source: Spanned::new(image, source.span),
            destination: Spanned::new(target, destination.span),
        });
        Ok(())
    }
}

/// A pair as oc-mirror writes it: both images with `docker://`, and destinations with digests, too.
///
/// From openshift/oc-mirror, internal/pkg/cli/dryrun.go `DryRun`.
fn dry_run_pair(source: &Spanned<&str>, destination: &Spanned<&str>) -> Option<Pair> {
    let image = |word: &Spanned<&str>| {
        let text = word.value.strip_prefix(TRANSPORT)?;
        let image = Image::parse(text).ok()?;
        let is_in_registry = image.store == Store::Registry;
        is_in_registry.then(|| Spanned::new(image, word.span))
    };
    Some(Pair {
        source: image(source)?,
        destination: image(destination)?,
    })
}

/// Whether an image would be copied to where it is.
fn is_same(source: &Image, destination: &Image) -> bool {
    let last = |image: &Image| image.repository.rsplit('/').next().map(str::len);
    // Nearly all differ in this, which takes less time.
    source.digest == destination.digest
        && last(source) == last(destination)
        && Parts::of(source).with_defaults() == Parts::of(destination).with_defaults()
}

/// A source, which may be a pattern; one without tag and digest is all tags.
///
/// From openshift/oc, pkg/cli/image/imagesource/reference.go `ParseSourceReference`.
fn source_image(text: &str) -> Result<Image, FaultKind> {
    let is_tag = |tag: &&str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.*".contains(&byte);
        !tag.is_empty() && tag.bytes().all(is_allowed)
    };
    if let Some((name, tag)) = text.rsplit_once(':')
        && is_tag(&tag)
        && tag.contains('*')
    {
        let mut image = Image::parse(&format!("{name}:tag"))?;
        if image.tag.is_none() {
            return Err(FaultKind::PatternOutsideTag);
        }
        image.tag = Some(tag.to_owned());
        return Ok(image);
    }
    let mut image = Image::parse(text)?;
    if image.tag.is_none() && image.digest.is_none() {
        image.tag = Some("*".to_owned());
    }
    Ok(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> MappingFile {
        let mut files = Files::new();
        let file = files.add("mapping.txt", text);
        read(&files, file)
    }

    #[test]
    fn places_are_those_of_the_words() {
        let text = "# c\n  a.io/b:1=m.io/b x # y\r\na.io/c:1  m.io/c\n";
        let mut files = Files::new();
        let file = files.add("mapping.txt", text);
        let mapping = read(&files, file);
        let slice = |span: Span| files.slice(span);
        let pairs = mapping.pairs.iter();
        let pairs = pairs.map(|pair| (slice(pair.source.span), slice(pair.destination.span)));
        let pairs: Vec<_> = pairs.collect();
        assert_eq!(pairs, [("a.io/b:1", "m.io/b"), ("a.io/c:1", "m.io/c")]);
        let ignored: Vec<_> = mapping.ignored.iter().map(|span| slice(*span)).collect();
        assert_eq!(ignored, ["x"]);
        assert_eq!(mapping.faults, []);
    }

    #[test]
    fn digits_of_digests_may_be_capital_letters() {
        let parse = |digest: &str| {
            let image = Image::parse(&format!("a.io/b@{digest}"));
            image.map(|image| image.to_string())
        };
        for algorithm in ["sha256", "sha384", "sha512"] {
            let n_digits = algorithm[3..].parse::<usize>().expect("a number") / 4;
            let digest = format!("{algorithm}:{}", "aB".repeat(n_digits / 2));
            assert_eq!(parse(&digest), Ok(format!("a.io/b@{digest}")));
            let is_refused = |digest: String, expected: ReferenceError| {
                let found = parse(&digest);
                let is_it = |fault: &FaultKind| matches!(fault, FaultKind::Reference { error, .. } if *error == expected);
                assert!(found.as_ref().is_err_and(is_it), "{digest}: {found:?}");
            };
            is_refused(format!("{digest}A"), ReferenceError::DigestLength);
            let shouted = digest.replace("sha", "Sha");
            is_refused(shouted, ReferenceError::DigestAlgorithm);
        }
    }

    #[test]
    fn a_line_that_is_refused_hides_no_other() {
        let mapping = read_text("bad\na.io/b:1=m.io/b\n=\na.io/c:1=m.io/b:1\n");
        let kinds: Vec<String> = mapping
            .faults
            .iter()
            .map(|it| it.kind.to_string())
            .collect();
        assert_eq!(kinds.len(), 3, "{kinds:?}");
        assert_eq!(mapping.pairs.len(), 1);
    }

    #[test]
    fn lengths_are_limited_on_each_side() {
        for (length, n_faults) in [(LINE_BYTES - 1, 0), (LINE_BYTES, 1)] {
            let mapping = read_text(&format!("#{}", "x".repeat(length - 1)));
            assert_eq!(mapping.faults.len(), n_faults, "{length}");
        }
        for (n_pairs, n_faults) in [(MAX_PAIRS, 0), (MAX_PAIRS + 1, 1)] {
            let lines = (0..n_pairs).map(|idx| format!("a:1 b:{idx}\n"));
            let mapping = read_text(&lines.collect::<String>());
            assert_eq!(mapping.faults.len(), n_faults, "{n_pairs}");
            assert_eq!(mapping.pairs.len(), MAX_PAIRS);
        }
    }

    #[test]
    fn dry_runs_are_understood_and_told_once() {
        let digest = format!("sha256:{}", "0".repeat(64));
        for (text, n_pairs, n_dry_run, n_faults) in [
            ("docker://a.io/b:1=docker://m.io/b:1\n", 1, 1, 1),
            (
                "docker://a.io/b:1=docker://m.io/b:1\ndocker://a.io/c=docker://m.io/c\n",
                2,
                2,
                1,
            ),
            ("docker://a.io/b@DIGEST=docker://m.io/b@DIGEST\n", 1, 1, 1),
            (
                "docker://a.io/b:1=docker://m.io/b:1\na.io/c:1=m.io/c:1\n",
                2,
                1,
                1,
            ),
            // The other forms of oc-mirror are no images of registries.
            ("oci:///catalog=docker://m.io/c:1\n", 0, 0, 1),
            ("docker://a.io/b:1=m.io/b:1\n", 0, 0, 1),
            ("docker://a.io/B:1=docker://m.io/b:1\n", 0, 0, 1),
            ("a.io/c:1=m.io/c:1\n", 1, 0, 0),
        ] {
            let mapping = read_text(&text.replace("DIGEST", &digest));
            assert_eq!(mapping.pairs.len(), n_pairs, "{text}");
            assert_eq!(mapping.n_dry_run, n_dry_run, "{text}");
            assert_eq!(mapping.faults.len(), n_faults, "{text}");
            let is_dry_run = 0 < n_pairs && n_pairs == n_dry_run;
            assert_eq!(mapping.is_dry_run(), is_dry_run, "{text}");
        }
    }

    #[test]
    fn patterns_collide_only_where_they_are_the_same() {
        assert_eq!(read_text("a.io/a:*=m.io/x\na.io/b:*=m.io/x\n").faults, []);
        assert_eq!(
            read_text("a.io/a=m.io/x\na.io/a=m.io/x\n").faults.len(),
            1,
            "the same line"
        );
    }
}
