//! Lists the files of `www/dist`, each with its compressed twin; none where the page is not built.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/dist");
    // The directory is always there, so that its absence makes nobody build anew each time.
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(&dist)? {
        let name = entry?.file_name();
        names.extend(
            name.to_str()
                .and_then(|it| it.strip_suffix(".br"))
                .map(str::to_owned),
        );
    }
    names.sort();
    let mut list = "&[\n".to_owned();
    for name in names {
        let path = dist.join(&name).canonicalize()?;
        let compressed = dist.join(format!("{name}.br")).canonicalize()?;
        let _ = writeln!(
            list,
            "File {{ name: {name:?}, bytes: include_bytes!({path:?}), brotli: include_bytes!({compressed:?}) }},"
        );
    }
    list += "]\n";
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("files.rs"), list)
}
