//! Log lines on standard error: JSON or text, bounded, written by a thread of their own.
//!
//! Never holds contents of objects: a caller passes names and ids.

use std::fmt::{Display, Write as _};
use std::io::Write;
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::calendar;

/// Longest value of a field in characters; a name in Kubernetes has at most 253.
pub const MAX_VALUE_CHARS: usize = 1_024;

/// Lines that wait for a slow reader of standard error; more are dropped and counted, since a
/// stuck log must not hold up reviews.
pub const MAX_WAITING_LINES: usize = 1_024;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something fails that should not.
    Error,
    /// Something will fail, or was refused.
    Warn,
    /// What changes rarely, and each denial.
    Info,
    /// Each review.
    Debug,
}

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object on a line.
    Json,
    /// Time, level, message, then `key=value`.
    Text,
}

/// Where lines go.
pub struct Log {
    level: Level,
    format: Format,
    sender: Mutex<Option<SyncSender<String>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    dropped: AtomicU64,
}

impl Level {
    /// The word in lines and settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
        }
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Level, String> {
        match text {
            "error" => Ok(Level::Error),
            "warn" => Ok(Level::Warn),
            "info" => Ok(Level::Info),
            "debug" => Ok(Level::Debug),
            _ => Err(format!(
                "`{text}` is none of `error`, `warn`, `info`, `debug`"
            )),
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Format, String> {
        match text {
            "json" => Ok(Format::Json),
            "text" => Ok(Format::Text),
            _ => Err(format!("`{text}` is neither `json` nor `text`")),
        }
    }
}

impl Log {
    /// A log that writes to `sink` from a thread of its own.
    ///
    /// # Errors
    ///
    /// The thread cannot be started.
    pub fn new(
        level: Level,
        format: Format,
        sink: Box<dyn Write + Send>,
    ) -> Result<Log, std::io::Error> {
        let (sender, receiver) = sync_channel(MAX_WAITING_LINES);
        let writer = std::thread::Builder::new()
            .name("log".into())
            .spawn(move || drain(&receiver, sink))?;
        Ok(Log {
            level,
            format,
            sender: Mutex::new(Some(sender)),
            writer: Mutex::new(Some(writer)),
            dropped: AtomicU64::new(0),
        })
    }

    /// Whether lines of this level are written.
    pub fn writes(&self, level: Level) -> bool {
        level <= self.level
    }

    /// Writes a line if its level is written.
    pub fn line(&self, level: Level, message: &str, fields: &[(&str, &dyn Display)]) {
        if !self.writes(level) {
            return;
        }
        let line = match self.format {
            Format::Json => json_line(level, message, fields),
            Format::Text => text_line(level, message, fields),
        };
        let accepted = match self.sender.lock() {
            Ok(sender) => sender
                .as_ref()
                .is_some_and(|sender| sender.try_send(line).is_ok()),
            Err(_) => false,
        };
        if !accepted {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Lines that nobody read in time.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Waits until every accepted line is written; later lines are dropped.
    pub fn close(&self) {
        if let Ok(mut sender) = self.sender.lock() {
            sender.take();
        }
        let writer = self.writer.lock().ok().and_then(|mut writer| writer.take());
        if let Some(writer) = writer {
            // A writer that panicked has nothing left to write.
            let _ = writer.join();
        }
    }
}

fn drain(receiver: &Receiver<String>, mut sink: Box<dyn Write + Send>) {
    for line in receiver {
        // Nobody reads the log any more: serving goes on.
        let _ = sink.write_all(line.as_bytes());
    }
    let _ = sink.flush();
}

fn json_line(level: Level, message: &str, fields: &[(&str, &dyn Display)]) -> String {
    let time = calendar::rfc3339(calendar::now());
    let mut line = format!(
        r#"{{"time":"{time}","level":"{}","message":{}"#,
        level.as_str(),
        quoted(message)
    );
    for (key, value) in fields {
        let _ = write!(line, ",{}:{}", quoted(key), quoted(&value.to_string()));
    }
    line.push_str("}\n");
    line
}

fn text_line(level: Level, message: &str, fields: &[(&str, &dyn Display)]) -> String {
    let time = calendar::rfc3339(calendar::now());
    let quoted_message = quoted(message);
    let message = quoted_message.trim_matches('"');
    let mut line = format!("{time} {:<5} {message}", level.as_str());
    for (key, value) in fields {
        let value = value.to_string();
        let is_plain = !value.is_empty()
            && value.len() <= MAX_VALUE_CHARS
            && value
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'=');
        match is_plain {
            true => _ = write!(line, " {key}={value}"),
            false => _ = write!(line, " {key}={}", quoted(&value)),
        }
    }
    line.push('\n');
    line
}

/// A JSON string of at most `MAX_VALUE_CHARS` characters, in which no control character is left.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for (count, char) in text.chars().enumerate() {
        if count == MAX_VALUE_CHARS {
            quoted.push('…');
            break;
        }
        match char {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            // Line separators and what turns the direction of text forge lines for a reader.
            char if char.is_control()
                || matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                let _ = write!(quoted, "\\u{:04x}", u32::from(char));
            }
            char => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::sync::Arc;

    /// What was written so far.
    #[derive(Clone, Default)]
    pub(crate) struct Sink(pub(crate) Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Sink {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    fn written(format: Format, value: &str) -> String {
        let sink = Sink::default();
        let log = Log::new(Level::Info, format, Box::new(sink.clone())).unwrap();
        log.line(Level::Debug, "not written", &[]);
        log.line(Level::Info, "review denied", &[("uid", &value)]);
        log.close();
        let text = sink.text();
        let after_time = text.find("info").unwrap();
        text[after_time..].to_owned()
    }

    #[test]
    fn values_cannot_forge_lines() {
        for (value, json, text) in [
            ("a-1", r#""a-1""#, "a-1"),
            ("", r#""""#, r#""""#),
            ("a b", r#""a b""#, r#""a b""#),
            (
                "a\nlevel=error",
                r#""a\nlevel=error""#,
                r#""a\nlevel=error""#,
            ),
            (
                "\u{1b}[31m\u{85}",
                r#""\u001b[31m\u0085""#,
                r#""\u001b[31m\u0085""#,
            ),
            ("\u{202e}x\"\\", r#""\u202ex\"\\""#, r#""\u202ex\"\\""#),
        ] {
            let expected = format!("info\",\"message\":\"review denied\",\"uid\":{json}}}\n");
            assert_eq!(written(Format::Json, value), expected);
            let expected = format!("info  review denied uid={text}\n");
            assert_eq!(written(Format::Text, value), expected);
        }
    }

    #[test]
    fn values_are_cut_at_their_limit() {
        let fits = "é".repeat(MAX_VALUE_CHARS);
        assert!(!quoted(&fits).contains('…'));
        let long = "é".repeat(MAX_VALUE_CHARS + 1);
        assert_eq!(quoted(&long).chars().count(), MAX_VALUE_CHARS + 3);
    }

    #[test]
    fn a_stuck_reader_costs_lines_and_nothing_else() {
        struct Stuck(Receiver<()>);
        impl Write for Stuck {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                // Returns when the test lets go of the sender.
                let _ = self.0.recv();
                Ok(bytes.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let (sender, receiver) = std::sync::mpsc::channel();
        let log = Log::new(Level::Info, Format::Text, Box::new(Stuck(receiver))).unwrap();
        for _ in 0..MAX_WAITING_LINES + 10 {
            log.line(Level::Info, "line", &[]);
        }
        assert!(log.dropped() >= 9, "{}", log.dropped());
        drop(sender);
        log.close();
    }
}
