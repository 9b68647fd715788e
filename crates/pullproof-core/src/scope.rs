//! Scopes: what a source, prefix or blocked entry covers.
