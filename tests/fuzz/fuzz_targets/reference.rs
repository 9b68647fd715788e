//! Image references: whatever is accepted reads the same again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pullproof_core::reference::{Reference, looks_like_registry};
use pullproof_core::resolve::short_name::is_short_name;

fuzz_target!(|text: &str| {
    _ = is_short_name(text);
    if let Ok(reference) = Reference::parse(text) {
        assert_eq!(reference.as_str(), text);
        let end = reference
            .tag()
            .map(|tag| format!(":{tag}"))
            .unwrap_or_default();
        let digest = reference.digest().map(|digest| format!("@{digest}"));
        let end = end + &digest.unwrap_or_default();
        assert_eq!(format!("{}{end}", reference.name()), text);
    }
    if let Ok(reference) = Reference::parse_normalized(text) {
        let canonical = reference.as_str().to_owned();
        assert_eq!(
            Reference::parse_canonical(canonical).as_ref(),
            Ok(&reference)
        );
        // The library leaves out `docker.io/` even before what looks like a registry itself.
        let first = reference.path().split_once('/').map(|(first, _)| first);
        if !first.is_some_and(looks_like_registry) {
            let familiar = Reference::parse_normalized(reference.familiar());
            assert_eq!(familiar.as_ref(), Ok(&reference));
        }
        _ = reference.with_default_tag();
        _ = reference.without_tag_beside_digest();
    }
});
