//! A policy that misbehaves as its settings say, for the tests of its host.
//!
//! Settings: `{"behaviour": "loop", "name": "bad"}`; see `Behaviour`. With a name, only reviews of
//! objects of that name are treated so.

mod bindings;

use bindings::exports::pullproof::policy::reviewer::{
    Description, Finding, Guest, Request, SettingsProblem, Severity,
};
use serde::Deserialize;
use std::cell::{Cell, RefCell};
use std::hint::black_box;

/// What a review does.
#[derive(Clone, Copy)]
enum Behaviour {
    /// Finds nothing.
    Honest,
    /// Never ends.
    Loop,
    /// Takes a GiB of memory and writes to each page.
    Memory,
    /// Calls itself for ever.
    Recursion,
    /// Panics.
    Trap,
    /// Answers with 64 MiB of text.
    HugeResult,
    /// Answers with more findings than anybody reads.
    ManyFindings,
    /// Answers with text that is not UTF-8.
    BadUtf8,
    /// Answers with control characters and endless lines.
    UglyText,
    /// Remembers that it was called before, and says so.
    Memoir,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    behaviour: Option<String>,
    name: Option<String>,
}

thread_local! {
    static NAME: RefCell<Option<String>> = const { RefCell::new(None) };
    static BEHAVIOUR: Cell<Behaviour> = const { Cell::new(Behaviour::Honest) };
    static N_REVIEWS: Cell<u32> = const { Cell::new(0) };
}

struct Hostile;

impl Guest for Hostile {
    fn describe() -> Description {
        Description {
            name: "hostile".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rules: Vec::new(),
            settings_schema: "{}".to_owned(),
        }
    }

    fn configure(settings: String) -> Result<(), Vec<SettingsProblem>> {
        let problem = |message: String| SettingsProblem {
            pointer: String::new(),
            message,
        };
        let Settings { behaviour, name } =
            serde_json::from_str(&settings).map_err(|error| vec![problem(error.to_string())])?;
        NAME.set(name);
        BEHAVIOUR.set(match behaviour.as_deref().unwrap_or("honest") {
            "honest" => Behaviour::Honest,
            "loop" => Behaviour::Loop,
            "memory" => Behaviour::Memory,
            "recursion" => Behaviour::Recursion,
            "trap" => Behaviour::Trap,
            "huge-result" => Behaviour::HugeResult,
            "many-findings" => Behaviour::ManyFindings,
            "bad-utf8" => Behaviour::BadUtf8,
            "ugly-text" => Behaviour::UglyText,
            "memoir" => Behaviour::Memoir,
            "loop-in-configure" => endless(),
            other => {
                return Err(vec![problem(format!("unknown behaviour `{other}`"))]);
            }
        });
        Ok(())
    }

    fn review(request: Request) -> Vec<Finding> {
        N_REVIEWS.set(N_REVIEWS.get() + 1);
        // Nothing but a real review is treated badly, so that it loads.
        let is_meant = NAME.with_borrow(|name| name.as_ref().is_none_or(|it| *it == request.name));
        if !is_meant || request.name == "pullproof-self-check" {
            return Vec::new();
        }
        match BEHAVIOUR.get() {
            Behaviour::Honest => Vec::new(),
            Behaviour::Loop => endless(),
            Behaviour::Memory => vec![finding(format!("{}", take_a_gib()))],
            Behaviour::Recursion => vec![finding(format!("{}", descend(0)))],
            #[expect(clippy::panic, reason = "that is the misbehaviour")]
            Behaviour::Trap => panic!("on purpose"),
            Behaviour::HugeResult => vec![finding("x".repeat(64 << 20))],
            Behaviour::ManyFindings => vec![finding("one of many".to_owned()); 20_000],
            Behaviour::BadUtf8 => vec![finding(not_utf8())],
            Behaviour::UglyText => {
                let line = "a\nb\r\u{1b}[31m\u{0}\u{202e}".repeat(100);
                vec![finding(line); 200]
            }
            Behaviour::Memoir => vec![finding(format!("review {}", N_REVIEWS.get()))],
        }
    }
}

fn endless() -> ! {
    let mut n: u64 = 0;
    loop {
        n = black_box(n.wrapping_add(1));
    }
}

fn take_a_gib() -> usize {
    let mut taken: Vec<Vec<u8>> = Vec::new();
    for _ in 0..1024 {
        taken.push(black_box(vec![1; 1 << 20]));
    }
    taken.len()
}

#[expect(unconditional_recursion, reason = "that is the misbehaviour")]
fn descend(depth: u64) -> u64 {
    let frame = black_box([depth; 16]);
    black_box(descend(depth + 1)) + frame[3]
}

fn not_utf8() -> String {
    #[expect(
        unsafe_code,
        reason = "a host must survive what no honest program does"
    )]
    // SAFETY: nothing looks at the text before it leaves the instance.
    unsafe {
        String::from_utf8_unchecked(vec![b'a', 0xff, 0xfe])
    }
}

fn finding(message: String) -> Finding {
    Finding {
        rule: "misbehaviour".to_owned(),
        code: "HP001".to_owned(),
        severity: Severity::Warning,
        message,
        place: None,
        object: None,
        path: String::new(),
        related: Vec::new(),
        help: None,
    }
}
