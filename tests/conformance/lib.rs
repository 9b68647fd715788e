//! Reads the corpora and vectors that the conformance tests compare with.

#![expect(clippy::panic, reason = "a test without its data stops")]

use flate2::read::GzDecoder;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora")
}

/// The lines of `tests/corpora/NAME.jsonl.gz`, in which keys have kept their order.
///
/// # Panics
/// When the file is missing or is not gzipped lines of text.
pub fn corpus_lines(name: &str) -> Vec<String> {
    let path = data().join(format!("{name}.jsonl.gz"));
    let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines = BufReader::new(GzDecoder::new(file)).lines();
    let read =
        |line: std::io::Result<String>| line.unwrap_or_else(|error| panic!("{name}: {error}"));
    lines.map(read).collect()
}

/// The cases of `tests/corpora/NAME.jsonl.gz`, one a line.
///
/// # Panics
/// When the file is missing or is not gzipped JSON lines.
pub fn corpus(name: &str) -> Vec<Value> {
    let parse = |line: &String| {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    corpus_lines(name).iter().map(parse).collect()
}

/// The vectors of `tests/corpora/vectors/NAME.json.gz`.
///
/// # Panics
/// When the file is missing or is not gzipped JSON.
pub fn vectors(name: &str) -> Value {
    let path = data().join(format!("vectors/{name}.json.gz"));
    let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_reader(BufReader::new(GzDecoder::new(file)))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Counts cases and collects those that differ; a test ends with `finish`.
pub struct Tally {
    name: String,
    n_cases: usize,
    differences: Vec<String>,
}

impl Tally {
    /// Starts counting.
    pub fn new(name: &str) -> Tally {
        Tally {
            name: name.to_owned(),
            n_cases: 0,
            differences: Vec::new(),
        }
    }

    /// Counts one case; `difference` says what differs, if anything does.
    pub fn count(&mut self, id: &str, difference: Option<String>) {
        self.n_cases += 1;
        self.differences
            .extend(difference.map(|difference| format!("{id}: {difference}")));
    }

    /// Compares and counts one case.
    pub fn compare(&mut self, id: &str, expected: &Value, found: &Value) {
        let difference =
            (expected != found).then(|| format!("\n  expected {expected}\n  found    {found}"));
        self.count(id, difference);
    }

    /// Prints the count.
    ///
    /// # Panics
    /// When there was no case, or any difference.
    pub fn finish(self) {
        let Tally {
            name,
            n_cases,
            differences,
        } = self;
        println!("{name}: {n_cases} cases, {} differences", differences.len());
        for difference in differences.iter().take(20) {
            println!("{difference}");
        }
        assert!(0 < n_cases, "{name}: no cases were compared");
        assert!(
            differences.is_empty(),
            "{name}: {} differences",
            differences.len()
        );
    }
}
