//! Builds the policies that tests run.

use guest_build::Form;

fn main() {
    for name in ["own-hosts", "hostile"] {
        let sources = format!("tests/plugins/{name}");
        guest_build::build(name, Form::Component, &[&sources, "wit"], name);
    }
}
