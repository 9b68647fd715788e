//! `pullproof batch`: JSON requests in, JSON answers out.

use crate::exit;
use anyhow::{Context as _, Result};
use pullproof_core::batch;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};

/// Bytes buffered on each side: a request with a large configuration fits.
const BUFFER_BYTES: usize = 256 << 10;

pub(crate) fn run() -> Result<u8> {
    let mut input = BufReader::with_capacity(BUFFER_BYTES, std::io::stdin().lock());
    let mut output = BufWriter::with_capacity(BUFFER_BYTES, std::io::stdout().lock());
    let mut line = Vec::new();
    loop {
        line.clear();
        match input.read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                output.flush()?;
                eprintln!("pullproof: cannot read standard input: {error}");
                return Ok(exit::USAGE);
            }
        }
        while line
            .last()
            .is_some_and(|byte| matches!(byte, b'\n' | b'\r'))
        {
            line.pop();
        }
        if line.is_empty() {
            continue;
        }
        let text = String::from_utf8_lossy(&line);
        output
            .write_all(batch::answer(&text).as_bytes())
            .context("cannot write the answer")?;
        output.write_all(b"\n")?;
    }
    output.flush()?;
    Ok(exit::CLEAN)
}
