//! Judging, rendering and linting whatever objects a stream has never panics.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pullproof_core::file::Files;
use pullproof_core::lint::{self, rules};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::report::json;

fuzz_target!(|input: (u8, &str)| {
    let (release, text) = input;
    let (version, _) = OpenShift::ALL[usize::from(release) % OpenShift::ALL.len()];
    let mut files = Files::new();
    let file = files.add("input.yaml", text);
    let settings = Settings { version, release_image: None };
    let model = Model::build(&mut files, &[file], &settings);
    let findings = lint::run(&model, rules::ALL);
    _ = json::report(&files, &findings, &[]);
});
