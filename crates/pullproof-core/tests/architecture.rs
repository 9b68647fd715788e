//! The architecture, kept by tests: what the core never does, and which way its modules look.

use std::path::{Path, PathBuf};

/// What reaches outside: files, network, clocks, environment, processes, threads, terminals.
const OUTSIDE: [&str; 16] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::time",
    "std::process",
    "std::thread",
    "std::io",
    "std::os",
    "SystemTime",
    "Instant::now",
    "println!",
    "eprintln!",
    "print!(",
    "dbg!",
    "HashMap",
    "HashSet",
];

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut directories = vec![root.clone()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).expect("the sources are there") {
            let path = entry.expect("the sources can be listed").path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).expect("sources are UTF-8");
                let path = path.strip_prefix(&root).expect("found below it").to_owned();
                found.push((path, text));
            }
        }
    }
    found.sort();
    assert!(40 < found.len(), "{} sources", found.len());
    found
}

/// The lines of a source before its tests, without comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let before_tests = text.split("\n#[cfg(test)]").next().unwrap_or_default();
    before_tests
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
}

#[test]
fn the_core_reaches_for_nothing_outside() {
    let yaml = include_str!("../../pullproof-yaml/src/lib.rs").to_owned();
    let yaml = (PathBuf::from("pullproof-yaml"), yaml);
    for (path, text) in sources().into_iter().chain([yaml]) {
        if path.ends_with("tests.rs") {
            continue;
        }
        for line in code(&text) {
            for outside in OUTSIDE {
                assert!(!line.contains(outside), "{}: {line}", path.display());
            }
        }
    }
}

#[test]
fn modules_use_only_those_above_them() {
    let sources = sources();
    let is_root = |(path, _): &&(PathBuf, String)| path == Path::new("lib.rs");
    let (_, root) = sources.iter().find(is_root).expect("there is a lib.rs");
    let layers: Vec<&str> = root
        .lines()
        .filter_map(|line| {
            let line = line.strip_prefix("pub ").unwrap_or(line);
            line.strip_prefix("mod ")?.strip_suffix(';')
        })
        .collect();
    assert!(10 < layers.len(), "{layers:?}");
    let mut n_uses = 0;
    for (path, text) in &sources {
        let first = path
            .components()
            .next()
            .expect("a path has a part")
            .as_os_str();
        let module = Path::new(first).file_stem().expect("a file has a name");
        let module = module.to_str().expect("names are UTF-8");
        let Some(layer) = layers.iter().position(|layer| *layer == module) else {
            assert_eq!(module, "lib", "{} is in no layer", path.display());
            continue;
        };
        for line in code(text) {
            for used in line.split("crate::").skip(1) {
                let names = used.trim_start_matches('{');
                let name: String = names
                    .chars()
                    .take_while(|it| it.is_alphanumeric() || *it == '_')
                    .collect();
                let Some(used) = layers.iter().position(|layer| *layer == name) else {
                    continue;
                };
                assert!(
                    used <= layer,
                    "{}: {module} looks up at {name}",
                    path.display()
                );
                n_uses += usize::from(used < layer);
            }
        }
    }
    assert!(100 < n_uses, "{n_uses}");
}

#[test]
fn every_source_says_what_it_is_and_stays_readable() {
    /// A file longer than this holds more than one idea.
    const MAX_LINES: usize = 700;
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{} has no header", path.display());
        let n_lines = text.lines().count();
        assert!(
            n_lines <= MAX_LINES,
            "{} has {n_lines} lines",
            path.display()
        );
    }
}
