//! Writing registries.conf byte for byte as the Machine Config Operator does.
