//! Reads the corpora and vectors that the conformance tests compare with.
