//! Builds the policies that tests run.

use guest_build::Form;

fn main() {
    for name in ["own-hosts", "hostile"] {
        let sources = format!("tests/plugins/{name}");
        let sources = [sources.as_str(), "crates/guest-memory", "wit"];
        guest_build::build(name, Form::Component, &sources, name);
    }
}
