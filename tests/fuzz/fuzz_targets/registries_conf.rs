//! Decoding, loading and resolving never panic; each attempt is a reference that reads as itself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pullproof_core::file::Files;
use pullproof_core::openshift::OpenShift;
use pullproof_core::reference::Reference;
use pullproof_core::registries::conf;
use pullproof_core::registries::load::{ConfFile, load};
use pullproof_core::resolve::resolve;

const REFERENCES: [&str; 6] = [
    "busybox",
    "quay.io/a/b:1",
    "a.example.com/x",
    "a.example.com:5000/x/y:1",
    "docker.io/library/x@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "localhost/x:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

fuzz_target!(|text: &str| {
    // A first line without spaces may be a reference, so that names and scopes can meet.
    let (first, text) = text.split_once('\n').unwrap_or((text, text));
    let mut files = Files::new();
    let file = files.add("registries.conf", text);
    let Ok(conf) = conf::decode(&files, file) else { return };
    let name = "registries.conf".to_owned();
    let Ok(registries) = load(Some(ConfFile { name, conf }), Vec::new(), OpenShift::NEWEST) else {
        return;
    };
    for text in REFERENCES.into_iter().chain([first]) {
        let Ok(reference) = Reference::parse_normalized(text) else { continue };
        if let Ok(attempts) = resolve(&registries, &reference).attempts {
            assert!(!attempts.is_empty());
            for attempt in attempts {
                let text = attempt.reference.as_str();
                assert_eq!(Reference::parse_canonical(text.to_owned()), Ok(attempt.reference));
            }
        }
    }
});
