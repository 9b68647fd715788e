//! Image references: grammar, normalization and the reference library's error texts.
