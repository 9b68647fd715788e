//! Messages as bytes: a header with a length, then JSON.
//!
//! What is no message is told and passed over, so that one bad message never ends a session.

use serde_json::Value;
use std::io::{self, BufRead, Read as _, Write};

/// Longest message that is read, in bytes: a file of the largest size that the core reads stays
/// far below it however its text is escaped.
pub(super) const MESSAGE_MAX_BYTES: usize = 64 << 20;

/// Longest line of a header that is read, in bytes: a length and a media type take some eighty.
const HEADER_MAX_BYTES: u64 = 4 << 10;

/// What came in.
#[derive(PartialEq, Debug)]
pub(super) enum Incoming {
    /// JSON text with a length before it.
    Message(Value),
    /// Something else, and what is wrong with it.
    Malformed(String),
}

/// Reads up to the end of the next message; `None` where input ends.
///
/// Lines that are no header are passed over.
///
/// # Errors
/// When reading fails.
pub(super) fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let Some(length) = read_header(input)? else {
        return Ok(None);
    };
    let n_bytes = match length {
        Ok(n_bytes) => n_bytes,
        Err(reason) => return Ok(Some(Incoming::Malformed(reason))),
    };
    let max_bytes = u64::try_from(MESSAGE_MAX_BYTES).unwrap_or(u64::MAX);
    if max_bytes < n_bytes {
        let n_skipped = io::copy(&mut input.take(n_bytes), &mut io::sink())?;
        let reason = format!("{n_skipped} bytes are more than {MESSAGE_MAX_BYTES}");
        return Ok(Some(Incoming::Malformed(reason)));
    }
    let mut body = Vec::new();
    input.take(n_bytes).read_to_end(&mut body)?;
    if u64::try_from(body.len()).unwrap_or(u64::MAX) < n_bytes {
        return Ok(None);
    }
    Ok(Some(match serde_json::from_slice(&body) {
        Ok(message) => Incoming::Message(message),
        Err(error) => Incoming::Malformed(error.to_string()),
    }))
}

/// The length that the next header gives, or what is wrong with it; `None` where input ends.
fn read_header(input: &mut impl BufRead) -> io::Result<Option<Result<u64, String>>> {
    let mut length = None;
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.take(HEADER_MAX_BYTES).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        if text.is_empty() {
            match length.take() {
                Some(length) => return Ok(Some(length)),
                None => continue,
            }
        }
        let field = text.split_once(':');
        if let Some((name, value)) = field
            && name.eq_ignore_ascii_case("content-length")
        {
            let n_bytes = value.trim().parse();
            length = Some(n_bytes.map_err(|_| "a length that is no number".to_owned()));
        }
    }
}

/// Writes a message.
///
/// # Errors
/// When writing fails.
pub(super) fn write(output: &mut impl Write, message: &Value) -> io::Result<()> {
    let text = message.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn all(text: &[u8]) -> Vec<Incoming> {
        let mut input = text;
        let next = || read(&mut input).expect("memory can be read");
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let messages = [json!({"text": "ä😀\r\n\r\n"}), json!(null)];
        let mut text = Vec::new();
        for message in &messages {
            write(&mut text, message).expect("memory can be written");
        }
        assert_eq!(all(&text), messages.map(Incoming::Message));
    }

    #[test]
    fn a_message_follows_whatever_was_wrong_before() {
        let one = "content-length:1\r\nContent-Type: x\r\n\r\n1";
        for (before, n_malformed) in [
            ("", 0),
            ("garbage\r\n", 0),
            ("\r\n\r\n", 0),
            ("\0\u{1}:\n", 0),
            ("Content-Length: 3\r\n\r\n{]}", 1),
            ("Content-Length: 2\r\n\r\nä", 1),
            ("Content-Length: 1\r\n\r\n\"", 1),
            ("Content-Length: 0\r\n\r\n", 1),
            ("Content-Length: -3\r\n\r\n", 1),
            ("Content-Length: 99999999999999999999999\r\n\r\n", 1),
        ] {
            let read = all(format!("{before}{one}").as_bytes());
            let (last, malformed) = read.split_last().expect("there is a message");
            assert_eq!(*last, Incoming::Message(json!(1)), "{before:?}");
            // A character that is no JSON is malformed, too.
            assert_eq!(malformed.len(), n_malformed, "{before:?}");
        }
    }

    #[test]
    fn a_message_is_read_up_to_a_length() {
        for (n_bytes, is_read) in [(MESSAGE_MAX_BYTES, true), (MESSAGE_MAX_BYTES + 1, false)] {
            let mut text = format!("Content-Length: {n_bytes}\r\n\r\n1").into_bytes();
            text.resize(text.len() + n_bytes - 1, b' ');
            text.extend_from_slice(b"Content-Length: 1\r\n\r\n2");
            let read = all(&text);
            assert_eq!(read[0] == Incoming::Message(json!(1)), is_read);
            assert_eq!(read[1], Incoming::Message(json!(2)));
        }
    }

    #[test]
    fn half_a_message_is_the_end() {
        for text in [
            "Content-Length: 4\r\n\r\n123",
            "Content-Length: 4\r\n",
            "Con",
        ] {
            assert_eq!(all(text.as_bytes()), [], "{text:?}");
        }
    }
}
