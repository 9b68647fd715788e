//! Plain YAML scalars as kubectl resolves them.
