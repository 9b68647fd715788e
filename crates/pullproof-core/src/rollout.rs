//! What the Machine Config Operator does to nodes on a change of files.
