//! Reading a reference never panics, and what it gives reads as itself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pullproof_core::reference::Reference;

fuzz_target!(|text: &str| {
    if let Ok(reference) = Reference::parse(text) {
        assert_eq!(reference.as_str(), text);
    }
    if let Ok(reference) = Reference::parse_normalized(text) {
        let again = Reference::parse_canonical(reference.as_str().to_owned());
        assert_eq!(again.as_ref(), Ok(&reference));
        let familiar = Reference::parse_normalized(reference.familiar());
        // Short of `docker.io/`, a name may look like an image id or have another host.
        if let Ok(familiar) = familiar {
            assert!(familiar.as_str().ends_with(reference.familiar()));
        }
        _ = reference.with_default_tag().without_tag_beside_digest();
    }
});
