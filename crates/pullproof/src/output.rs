//! Where words go: reports on standard output, chatter on standard error, colours on terminals.

use anstyle::{AnsiColor, Style};
use anyhow::Result;
pub(crate) use pullproof_core::printable::printable;
use pullproof_core::trace::text::Tone;
use std::io::{IsTerminal as _, Write as _};

/// When to use colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set or the terminal is dumb.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The form of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Styles, all plain where colours are off.
pub(crate) struct Output {
    /// Whether reports have colours.
    pub(crate) has_colors: bool,
}

impl Output {
    pub(crate) fn new(color: Color) -> Output {
        let has_colors = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let is_set = |name: &str| std::env::var_os(name).is_some_and(|it| !it.is_empty());
                let is_dumb = std::env::var_os("TERM").is_some_and(|it| it == "dumb");
                std::io::stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb
            }
        };
        Output { has_colors }
    }

    /// Writes a report to standard output.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub(crate) fn print(&self, text: &str) -> Result<()> {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }

    pub(crate) fn bold(&self, text: &str) -> String {
        self.paint(Style::new().bold(), text)
    }

    pub(crate) fn dim(&self, text: &str) -> String {
        self.paint(Style::new().dimmed(), text)
    }

    pub(crate) fn good(&self, text: &str) -> String {
        self.paint(AnsiColor::Green.on_default(), text)
    }

    pub(crate) fn bad(&self, text: &str) -> String {
        self.paint(AnsiColor::Red.on_default(), text)
    }

    pub(crate) fn odd(&self, text: &str) -> String {
        self.paint(AnsiColor::Yellow.on_default(), text)
    }

    pub(crate) fn tone(&self, tone: Tone, text: &str) -> String {
        match tone {
            Tone::Bold => self.bold(text),
            Tone::Dim => self.dim(text),
            Tone::Good => self.good(text),
            Tone::Bad => self.bad(text),
            Tone::Odd => self.odd(text),
        }
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.has_colors {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

/// Whether an error is only that the reader of the output went away.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
