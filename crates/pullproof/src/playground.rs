//! Links that open the inputs in the playground, in the form that `www/src/share/link.ts` reads.

use crate::exit;
use crate::input::STDIN_NAME;
use crate::output::{Output, printable};
use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use pullproof_core::file::{FileId, Files};
use pullproof_core::model::Settings;
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Component, Path};

/// Where links lead where nothing else is said: to what `pullproof playground` serves.
pub(crate) const DEFAULT_BASE: &str = "http://127.0.0.1:7337/";

// The page has the same limits in `www/src/share/limits.ts`, and reads nothing over them.

/// Characters of a link's fragment: Firefox takes addresses of some 1,000,000.
const MAX_FRAGMENT_CHARS: usize = 900_000;

/// Bytes of the JSON in it: twice what the engine reads of one text.
const MAX_JSON_BYTES: usize = 8 << 20;

/// Files: more than any cluster's mirror objects are spread over.
const MAX_FILES: usize = 500;

/// Characters of a file's name, in UTF-16.
const MAX_NAME_CHARS: usize = 300;

/// Characters of the images, one a line, in UTF-16.
const MAX_IMAGES_CHARS: usize = 64_000;

/// Characters of the release image, in UTF-16.
const MAX_WORD_CHARS: usize = 1_000;

/// The argument of commands whose inputs the playground can show.
#[derive(Args)]
#[group(skip)]
pub(crate) struct Argument {
    /// Print a link that opens the inputs in the playground, and no report; they are in the link
    /// itself, which no server sees. BASE is where the playground is, if not on this machine.
    #[arg(
        long,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = DEFAULT_BASE,
        value_name = "BASE"
    )]
    playground_url: Option<String>,
}

impl Argument {
    /// Where the link that is wanted leads; `None` where none is.
    pub(crate) fn base(&self) -> Option<&str> {
        self.playground_url.as_deref()
    }
}

/// What a link shows.
pub(crate) struct Link<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) sides: Vec<Side<'a>>,
    pub(crate) images: Vec<String>,
    pub(crate) view: View,
}

/// The files of one state of the cluster.
pub(crate) struct Side<'a> {
    pub(crate) group: Group,
    pub(crate) files: &'a Files,
    pub(crate) ids: &'a [FileId],
    /// Those of them whose objects the change deletes.
    pub(crate) removed: BTreeSet<FileId>,
}

/// Which state of the cluster files belong to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Group {
    /// What the cluster has.
    Current,
    /// What is to be applied.
    Proposed,
}

/// What the page shows first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum View {
    Trace,
    Changes,
}

/// The JSON of version 1.
#[derive(Serialize)]
struct Json<'a> {
    version: &'static str,
    files: Vec<FileJson<'a>>,
    openshift: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    release_image: Option<&'a str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    images: String,
    view: View,
}

#[derive(Serialize)]
struct FileJson<'a> {
    group: Group,
    name: String,
    text: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    removed: bool,
}

/// A link, and what it does not hold.
struct Made {
    url: String,
    /// Names of files with credentials, which no link may have.
    left_out: Vec<String>,
}

/// Prints a link, and tells on standard error what is not in it.
///
/// # Errors
/// When something is over a limit, or standard output cannot be written.
pub(crate) fn print(base: &str, wanted: &Link<'_>, output: &Output) -> Result<u8> {
    let made = link(base, wanted)?;
    for name in &made.left_out {
        let name = printable(name);
        eprintln!("pullproof: {name}: left out of the link, it has credentials");
    }
    output.print(&format!("{}\n", made.url))?;
    Ok(exit::CLEAN)
}

/// Makes a link.
fn link(base: &str, link: &Link<'_>) -> Result<Made> {
    let mut left_out = Vec::new();
    let mut files = Vec::new();
    for side in &link.sides {
        let shown = |id: &&FileId| {
            let is_secret = side.files.shown(**id) != side.files.text(**id);
            if is_secret {
                left_out.push(side.files.name(**id).to_owned());
            }
            !is_secret
        };
        let ids: Vec<FileId> = side.ids.iter().filter(shown).copied().collect();
        let paths = ids
            .iter()
            .map(|id| side.files.name(*id))
            .collect::<Vec<_>>();
        for (id, name) in ids.iter().zip(names(&paths)) {
            files.push(FileJson {
                group: side.group,
                name,
                text: side.files.text(*id),
                removed: side.removed.contains(id),
            });
        }
    }
    let json = Json {
        version: env!("CARGO_PKG_VERSION"),
        files,
        openshift: link.settings.version.name(),
        release_image: link.settings.release_image.as_deref(),
        images: link.images.join("\n"),
        view: link.view,
    };
    check(&json)?;
    let bytes = serde_json::to_vec(&json)?;
    if MAX_JSON_BYTES < bytes.len() {
        anyhow::bail!("the files have more than the {MAX_JSON_BYTES} bytes that a link can hold");
    }
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes)?;
    let fragment = format!("#v1.{}", URL_SAFE_NO_PAD.encode(encoder.finish()?));
    if MAX_FRAGMENT_CHARS < fragment.len() {
        anyhow::bail!("the link would have more than {MAX_FRAGMENT_CHARS} characters");
    }
    let base = base.split('#').next().unwrap_or_default();
    Ok(Made {
        url: format!("{base}{fragment}"),
        left_out,
    })
}

fn check(json: &Json<'_>) -> Result<()> {
    let n_chars = |text: &str| text.encode_utf16().count();
    if MAX_FILES < json.files.len() {
        anyhow::bail!("there are more than the {MAX_FILES} files that a link can hold");
    }
    if let Some(file) = json
        .files
        .iter()
        .find(|it| MAX_NAME_CHARS < n_chars(&it.name))
    {
        anyhow::bail!(
            "the name `{}` is longer than {MAX_NAME_CHARS} characters",
            file.name
        );
    }
    if MAX_IMAGES_CHARS < n_chars(&json.images) {
        anyhow::bail!(
            "the images have more than the {MAX_IMAGES_CHARS} characters that a link can hold"
        );
    }
    if MAX_WORD_CHARS < json.release_image.map_or(0, n_chars) {
        anyhow::bail!("the release image has more than {MAX_WORD_CHARS} characters");
    }
    Ok(())
}

/// What files are called in a link: their paths from the directory that all are in, no two alike.
fn names(paths: &[&str]) -> Vec<String> {
    let parts: Vec<Vec<String>> = paths.iter().map(|path| parts(path)).collect();
    let mut n_common = parts.first().map_or(0, |parts| parts.len() - 1);
    for other in &parts {
        let same = parts[0]
            .iter()
            .zip(other)
            .take_while(|(a, b)| a == b)
            .count();
        n_common = n_common.min(same).min(other.len() - 1);
    }
    let mut taken = BTreeSet::new();
    let name = |parts: &Vec<String>| {
        let name = parts[n_common..].join("/");
        let mut unique = name.clone();
        let mut n = 2;
        while !taken.insert(unique.clone()) {
            unique = format!("{n}-{name}");
            n += 1;
        }
        unique
    };
    parts.iter().map(name).collect()
}

/// The parts of a path that say where it is, of which there is at least one; in each what a name
/// in a link cannot have is replaced.
fn parts(path: &str) -> Vec<String> {
    if path == STDIN_NAME {
        return vec!["stdin.yaml".to_owned()];
    }
    let normal = |component: Component<'_>| match component {
        Component::Normal(name) => {
            let is_odd = |it: char| it.is_control() || it == '\\';
            Some(name.to_string_lossy().replace(is_odd, "_"))
        }
        _ => None,
    };
    let parts: Vec<String> = Path::new(path).components().filter_map(normal).collect();
    match parts.is_empty() {
        true => vec!["input.yaml".to_owned()],
        false => parts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pullproof_core::openshift::OpenShift;

    fn made(
        texts: &[(&str, &str)],
        images: Vec<String>,
        release_image: Option<String>,
    ) -> Result<Made> {
        let mut files = Files::new();
        let ids: Vec<FileId> = texts
            .iter()
            .map(|(name, text)| files.add(*name, *text))
            .collect();
        let settings = Settings {
            version: OpenShift::NEWEST,
            release_image,
        };
        let side = Side {
            group: Group::Proposed,
            files: &files,
            ids: &ids,
            removed: BTreeSet::new(),
        };
        link(
            "http://127.0.0.1/",
            &Link {
                settings: &settings,
                sides: vec![side],
                images,
                view: View::Trace,
            },
        )
    }

    #[test]
    fn names_are_paths_from_where_all_files_are() {
        let check = |paths: &[&str], expected: &[&str]| assert_eq!(names(paths), expected);
        check(&[], &[]);
        check(&["a.yaml"], &["a.yaml"]);
        check(&["/x/y/a.yaml"], &["a.yaml"]);
        check(&["m/a.yaml", "m/b/c.yaml"], &["a.yaml", "b/c.yaml"]);
        check(&["m/a/x.yaml", "n/a/x.yaml"], &["m/a/x.yaml", "n/a/x.yaml"]);
        check(&["../a.yaml", "./a.yaml"], &["a.yaml", "2-a.yaml"]);
        check(&["<stdin>"], &["stdin.yaml"]);
        check(&["a\\b\n.yaml"], &["a_b_.yaml"]);
        check(&["/"], &["input.yaml"]);
    }

    #[test]
    fn limits_hold_on_both_sides() {
        let is_ok = |texts: &[(&str, &str)]| made(texts, Vec::new(), None).is_ok();
        let name = "a".repeat(MAX_NAME_CHARS);
        assert!(is_ok(&[(&name, "")]));
        assert!(!is_ok(&[(&format!("{name}a"), "")]));
        let many = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
        let files = |n: usize| {
            many(n)
                .iter()
                .map(|name| (name.clone(), ""))
                .collect::<Vec<_>>()
        };
        let given = |n: usize| {
            let files = files(n);
            let files: Vec<_> = files
                .iter()
                .map(|(name, text)| (name.as_str(), *text))
                .collect();
            is_ok(&files)
        };
        assert!(given(MAX_FILES));
        assert!(!given(MAX_FILES + 1));
        assert!(is_ok(&[("a", &"a".repeat(MAX_JSON_BYTES - 200))]));
        assert!(!is_ok(&[("a", &"a".repeat(MAX_JSON_BYTES))]));
        let mut state = 1_u64;
        let mut noise = String::new();
        while noise.len() < MAX_FRAGMENT_CHARS {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            noise.push_str(&format!("{:x}", state >> 16));
        }
        assert!(is_ok(&[("a", &noise)]));
        assert!(!is_ok(&[
            ("a", &noise),
            ("b", &noise.chars().rev().collect::<String>())
        ]));
        let images = |n: usize| made(&[], vec!["a".repeat(n)], None).is_ok();
        assert!(images(MAX_IMAGES_CHARS));
        assert!(!images(MAX_IMAGES_CHARS + 1));
        let release = |n: usize| made(&[], Vec::new(), Some("a".repeat(n))).is_ok();
        assert!(release(MAX_WORD_CHARS));
        assert!(!release(MAX_WORD_CHARS + 1));
    }

    #[test]
    fn files_with_credentials_are_left_out() {
        let secret = r#"{"auths":{"quay.io":{"auth":"cm9ib3Q6aHVudGVyMg=="}}}"#;
        let with = made(
            &[("a.yaml", "a: 1\n"), ("pull.json", secret)],
            Vec::new(),
            None,
        )
        .unwrap();
        let without = made(&[("a.yaml", "a: 1\n")], Vec::new(), None).unwrap();
        assert_eq!(with.url, without.url);
        assert_eq!(with.left_out, ["pull.json"]);
        assert!(without.left_out.is_empty());
    }
}
