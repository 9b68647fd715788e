//! The core as a Kubewarden policy: the raw ABI, no SDK, no WASI.
