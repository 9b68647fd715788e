//! Reading registries.conf: decoding, version 1, validation, drop-ins.
