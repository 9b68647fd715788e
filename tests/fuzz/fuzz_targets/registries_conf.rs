//! registries.conf: what loads resolves every image, as slowly looking would.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pullproof_core::file::Files;
use pullproof_core::openshift::OpenShift;
use pullproof_core::reference::Reference;
use pullproof_core::registries::conf;
use pullproof_core::registries::index::match_length;
use pullproof_core::registries::load::{ConfFile, load};
use pullproof_core::resolve::resolve;
use pullproof_core::resolve::short_name::candidates;

// The first line is an image, the rest a registries.conf.
fuzz_target!(|text: &str| {
    let (image, text) = text.split_once('\n').unwrap_or(("a.com/x", text));
    let mut files = Files::new();
    let file = files.add("registries.conf", text);
    let conf = match conf::decode(&files, file) {
        Ok(conf) => conf,
        Err(error) => {
            _ = error.to_string();
            return;
        }
    };
    for version in [OpenShift::V4_6, OpenShift::NEWEST] {
        let (name, conf) = ("registries.conf".to_owned(), conf.clone());
        let registries = match load(Some(ConfFile { name, conf }), Vec::new(), version) {
            Ok(registries) => registries,
            Err(errors) => {
                assert!(!errors.is_empty());
                errors.iter().for_each(|error| _ = error.to_string());
                continue;
            }
        };
        _ = candidates(&registries, image, registries.short_name_mode);
        // Every entry is asked about, too.
        let own = registries
            .list()
            .iter()
            .map(|registry| format!("{}/x:1", registry.prefix));
        for image in own.chain([image.to_owned()]) {
            let Ok(reference) = Reference::parse_normalized(&image) else {
                continue;
            };
            let name = reference.name();
            let matching = registries
                .list()
                .iter()
                .map(|registry| registry.prefix.as_str());
            let matching = matching.filter(|prefix| match_length(name, prefix).is_some());
            let longest = matching.map(str::len).filter(|length| 0 < *length).max();
            let found = registries.find(name);
            assert_eq!(
                found.map(|id| registries.registry(id).prefix.len()),
                longest
            );
            if let Ok(attempts) = resolve(&registries, &reference).attempts {
                assert!(!attempts.is_empty());
                for attempt in attempts {
                    let blocked_by = registries.blocked_by(attempt.reference.name());
                    assert_eq!(attempt.blocked_by, blocked_by);
                    let again = Reference::parse(attempt.reference.as_str());
                    assert_eq!(again.as_ref(), Ok(&attempt.reference));
                }
            }
        }
    }
});
