//! The processor instructions of one review, which do not depend on what else the machine does:
//! `cargo bench -p bench --bench instructions`.
//!
//! Runs itself under `valgrind --tool=callgrind`, once for each case; counts nothing where that is
//! not installed.
//! To see where they go: `cargo bench -p bench --bench instructions -- --keep=DIR`, then
//! `callgrind_annotate DIR/CASE.callgrind`.

use pullproof_core::admission::{Cluster, Operation, Request, Review, read_settings, review};
use std::hint::black_box;
use std::process::{Command, ExitCode};

const N_SETS: usize = 1_000;

/// What is measured: a name, how many sets the cluster has, and what happens.
const CASES: [(&str, usize, Case); 8] = [
    ("create-fresh", 0, Case::Fresh),
    ("create-beside-0", 0, Case::Create),
    ("create-beside-3", 3, Case::Create),
    ("create-beside-10", 10, Case::Create),
    ("create-beside-1000", N_SETS, Case::Create),
    ("update-in-1000", N_SETS, Case::Update),
    ("conflict-in-1000", N_SETS, Case::Conflict),
    ("delete-in-1000", N_SETS, Case::Delete),
];

#[derive(Clone, Copy)]
enum Case {
    /// A new set, the empty cluster worked out anew each time.
    Fresh,
    /// A new set.
    Create,
    /// A set that gets other mirrors.
    Update,
    /// A new set with the sources of another one and the opposite policies.
    Conflict,
    /// A set that goes.
    Delete,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(name) = arguments.iter().find_map(|it| it.strip_prefix("--case=")) {
        let case = CASES.iter().find(|case| case.0 == name);
        return match case {
            Some((_, n_sets, case)) => run(*n_sets, *case, &arguments),
            None => ExitCode::FAILURE,
        };
    }
    let kept = arguments.iter().find_map(|it| it.strip_prefix("--keep="));
    if let Some(directory) = kept
        && let Err(error) = std::fs::create_dir_all(directory)
    {
        eprintln!("instructions: failed to make `{directory}`: {error}");
        return ExitCode::FAILURE;
    }
    let has_valgrind = Command::new("valgrind").arg("--version").output();
    if has_valgrind.is_err() {
        // Other benchmarks of the same run go on.
        eprintln!("instructions: not counted, since valgrind is not installed");
        return ExitCode::SUCCESS;
    }
    println!("{:<20} {:>14}", "one review", "instructions");
    for (name, n_sets, _) in CASES {
        // Making a large cluster takes long under callgrind, and more rounds hardly differ.
        let n_rounds = match n_sets {
            0 => 50,
            _ => 5,
        };
        match counted(name, n_rounds, kept) {
            Ok(n_instructions) => println!("{name:<20} {:>14}", n_instructions / n_rounds),
            Err(why) => {
                eprintln!("instructions: {name}: {why}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// The instructions of several reviews, counted by callgrind.
fn counted(name: &str, n_rounds: u64, kept: Option<&str>) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let out = match kept {
        Some(directory) => format!("--callgrind-out-file={directory}/{name}.callgrind"),
        None => "--callgrind-out-file=/dev/null".to_owned(),
    };
    let output = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--toggle-collect=*measured_review*",
            &out,
        ])
        .arg(program)
        .arg(format!("--case={name}"))
        .arg(format!("--rounds={n_rounds}"))
        .output()
        .map_err(|error| format!("failed to run valgrind: {error}"))?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let collected = told
        .lines()
        .find_map(|line| line.split("Collected : ").nth(1));
    collected
        .and_then(|number| number.trim().parse().ok())
        .ok_or(told)
}

/// A set of a cluster: the files of nodes must fit into a `MachineConfig`, or nobody has such a
/// cluster and reviews look at all of it.
fn set(number: usize, n_sets: usize) -> String {
    match n_sets {
        N_SETS => bench::sent_small_set(number),
        _ => bench::sent_mirror_set(number),
    }
}

fn cluster(n_sets: usize) -> Cluster {
    let Ok(settings) = read_settings("{}") else {
        unreachable!("no settings are good settings");
    };
    let texts = (0..n_sets).map(|number| (format!("set-{number}"), set(number, n_sets)));
    Cluster::new(texts.collect(), settings).0
}

fn run(n_sets: usize, case: Case, arguments: &[String]) -> ExitCode {
    let rounds = arguments.iter().find_map(|it| it.strip_prefix("--rounds="));
    let n_rounds: u32 = rounds.and_then(|text| text.parse().ok()).unwrap_or(1);
    let old = set(n_sets / 2, n_sets);
    let object = match case {
        Case::Fresh | Case::Create => bench::sent_mirror_set(n_sets),
        Case::Update => old.replace("mirror-b.lab", "mirror-c.lab"),
        Case::Conflict => {
            let object = old.replace(",\"mirrorSourcePolicy\":\"NeverContactSource\"", "");
            object.replace("\"name\":\"", "\"name\":\"other-")
        }
        Case::Delete => String::new(),
    };
    let (operation, object, old_object) = match case {
        Case::Fresh | Case::Create | Case::Conflict => (Operation::Create, Some(&object), None),
        Case::Update => (Operation::Update, Some(&object), Some(&old)),
        Case::Delete => (Operation::Delete, None, Some(&old)),
    };
    let request = Request {
        operation,
        group: "config.openshift.io",
        version: "v1",
        kind: "ImageDigestMirrorSet",
        name: "",
        subresource: "",
        object: object.map(String::as_str),
        old_object: old_object.map(String::as_str),
    };
    let known = cluster(n_sets);
    for _ in 0..n_rounds {
        match case {
            Case::Fresh => drop(measured_review_anew(black_box(&request))),
            _ => measured_review(black_box(&known), black_box(&request)),
        }
    }
    ExitCode::SUCCESS
}

/// What is counted, with what it takes to drop the answer.
#[inline(never)]
fn measured_review(cluster: &Cluster, request: &Request<'_>) {
    drop(black_box(review(cluster, request)));
}

/// The same, with making the cluster.
#[inline(never)]
fn measured_review_anew(request: &Request<'_>) -> Review {
    review(&cluster(0), request)
}
