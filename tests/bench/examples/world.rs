//! Writes made-up worlds for measurements of the program: `world files DIR N`, `world requests N`.

use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let written = match arguments[..] {
        ["files", directory, number] => files(Path::new(directory), parse(number)),
        ["requests", number] => requests(parse(number)),
        _ => {
            eprintln!("usage: world files DIR N | world requests N");
            return ExitCode::from(2);
        }
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("world: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(number: &str) -> usize {
    number.parse().unwrap_or(1)
}

fn files(directory: &Path, n_files: usize) -> io::Result<()> {
    for number in 0..n_files {
        let path = directory.join(format!("mirrors-{number}.yaml"));
        std::fs::write(path, bench::mirror_set(number))?;
    }
    Ok(())
}

fn requests(n_requests: usize) -> io::Result<()> {
    let mut output = BufWriter::new(io::stdout().lock());
    for request in bench::requests(n_requests) {
        writeln!(output, "{request}")?;
    }
    output.flush()
}
