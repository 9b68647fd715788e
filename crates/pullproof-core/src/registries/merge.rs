//! Merging mirror sets and the image configuration into registries.conf, as the Machine Config Operator does.
