//! What developers run; nothing a user needs.

fn main() {}
