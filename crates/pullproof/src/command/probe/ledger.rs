//! The file of answers, a line for each as it comes, so that a run that was ended goes on later.

use super::answer::{Answer, Question};
use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};

/// The form of the lines; it changes when a reader of the old form would go wrong.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Line {
    version: u32,
    #[serde(flatten)]
    question: Question,
    #[serde(flatten)]
    answer: Answer,
}

/// A file that answers are added to.
pub(crate) struct Ledger {
    path: String,
    file: File,
}

/// Opens a file, which may be new, and reads the answers in it; of two to a question the later.
///
/// A last line that has no end was cut off when a run was ended, and goes.
///
/// # Errors
/// When the file cannot be read, or has other lines: it stays as it is then.
pub(crate) fn open(path: &str) -> Result<(Ledger, BTreeMap<Question, Answer>)> {
    let mut options = OpenOptions::new();
    let opened = options.read(true).append(true).create(true).open(path);
    let mut file = opened.with_context(|| format!("cannot open `{path}`"))?;
    let mut text = String::new();
    file.read_to_string(&mut text)
        .with_context(|| format!("cannot read `{path}`"))?;
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    let mut answers = BTreeMap::new();
    for (idx, line) in text[..whole].lines().enumerate() {
        // Not with what is wrong: it could quote the file, which may be another than was meant.
        match serde_json::from_str(line) {
            Ok(Line {
                version: VERSION,
                question,
                answer,
            }) => answers.insert(question, answer),
            _ => bail!(
                "line {} of `{path}` is no answer of probe; name another file",
                idx + 1
            ),
        };
    }
    if whole < text.len() {
        if !text[whole..].starts_with("{\"version\":")
            && !"{\"version\":".starts_with(&text[whole..])
        {
            bail!("the last line of `{path}` is no answer of probe; name another file");
        }
        let length = u64::try_from(whole).context("no file is as long")?;
        file.set_len(length)
            .with_context(|| format!("cannot write `{path}`"))?;
    }
    let path = path.to_owned();
    Ok((Ledger { path, file }, answers))
}

impl Ledger {
    /// Adds an answer.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn add(&mut self, question: &Question, answer: &Answer) -> Result<()> {
        let line = Line {
            version: VERSION,
            question: question.clone(),
            answer: answer.clone(),
        };
        let line = serde_json::to_string(&line)? + "\n";
        let written = self.file.write_all(line.as_bytes());
        written.with_context(|| format!("cannot write `{}`", self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::probe::answer::Kind;
    use std::fs;

    fn question(reference: &str) -> Question {
        Question {
            reference: reference.to_owned(),
            insecure: false,
            blobs: true,
            platform: None,
        }
    }

    #[test]
    fn a_cut_off_line_goes_and_the_later_answer_counts() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("answers.jsonl");
        let name = path.to_str().unwrap();
        let (mut ledger, answers) = open(name).unwrap();
        assert!(answers.is_empty());
        let absent = Answer::new(Kind::Absent, "HTTP 404");
        let mut found = Answer::new(Kind::Found, "");
        found.digest = Some("sha256:00".to_owned());
        found.led_to = vec!["t.lab".to_owned()];
        let (first, second) = (question("m.lab/a:1"), question("m.lab/b:1"));
        ledger.add(&first, &absent).unwrap();
        ledger.add(&second, &absent).unwrap();
        ledger.add(&first, &found).unwrap();
        let whole = fs::read_to_string(&path).unwrap();
        assert_eq!(whole.lines().count(), 3);
        for end in [1, 11, 30] {
            let cut_off = &whole[..end];
            fs::write(&path, format!("{whole}{cut_off}")).unwrap();
            let (_, answers) = open(name).unwrap();
            assert_eq!(answers.len(), 2);
            assert_eq!((&answers[&first], &answers[&second]), (&found, &absent));
            assert_eq!(fs::read_to_string(&path).unwrap(), whole);
        }
    }

    #[test]
    fn another_file_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("auth.json");
        for text in [
            "{\"auths\": {}}\n",
            "{\"auths\": {}}",
            "secret",
            "\n",
            "{\"version\":2,\"reference\":\"m.lab/a:1\",\"insecure\":false,\"blobs\":true,\
             \"kind\":\"absent\"}\n",
        ] {
            fs::write(&path, text).unwrap();
            let error = open(path.to_str().unwrap()).err().unwrap().to_string();
            assert!(error.contains("is no answer of probe"), "{error}");
            assert!(!error.contains("secret\n"), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
