//! Which rules count, and how much: one layer of choices over another.
//!
//! Layers are the file's own, those for paths in their order, and the arguments; the last one that
//! says something of a rule counts. Two things are said: whether a rule is chosen, by `select` and
//! `ignore`, and how severe it is, where `off` leaves it out.

use pullproof_core::finding::Severity;
use pullproof_core::lint::card::Card;
use pullproof_core::lint::rules;
use pullproof_core::nearest::nearest;

/// The word for every rule.
const ALL: &str = "all";

/// The letters that codes start with.
const PREFIX: &str = "PP";

/// One layer.
#[derive(Clone, Default, Debug)]
pub(crate) struct Choice {
    /// The only rules that count; `None` where nothing is said.
    pub(crate) select: Option<Vec<Selector>>,
    /// Rules that do not count.
    pub(crate) ignore: Vec<Selector>,
    /// How severe rules are, the last of a rule counts.
    pub(crate) severity: Vec<(&'static str, Level)>,
}

/// Names rules.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Selector {
    /// Every rule.
    All,
    /// Those whose code starts so.
    Prefix(String),
    /// One, by its id.
    Rule(&'static str),
}

/// How severe the findings of a rule are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Level {
    /// They are not told.
    Off,
    /// All alike.
    Severity(Severity),
}

/// What layers make of a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fate {
    is_chosen: bool,
    level: Option<Level>,
}

/// Something that names no rule, or no level, and what to write instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Unknown {
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Selector {
    /// Reads a rule's id, a code, the start of one, or `all`.
    pub(crate) fn parse(text: &str) -> Result<Selector, Unknown> {
        if text == ALL {
            return Ok(Selector::All);
        }
        if let Ok(id) = rule(text) {
            return Ok(Selector::Rule(id));
        }
        let prefix = text.to_ascii_uppercase();
        let is_start = |card: &Card| card.code.starts_with(&prefix);
        if prefix.starts_with(PREFIX) && cards().any(|card| is_start(&card)) {
            return Ok(Selector::Prefix(prefix));
        }
        rule(text).map(Selector::Rule)
    }

    fn names(&self, card: &Card) -> bool {
        match self {
            Selector::All => true,
            Selector::Prefix(prefix) => card.code.starts_with(prefix),
            Selector::Rule(id) => card.id == *id,
        }
    }
}

impl Level {
    /// Every level with its word, least first.
    pub(crate) const ALL: [(Level, &'static str); 4] = [
        (Level::Off, "off"),
        (Level::Severity(Severity::Info), "info"),
        (Level::Severity(Severity::Warning), "warning"),
        (Level::Severity(Severity::Error), "error"),
    ];

    /// Reads `error`, `warning`, `info` or `off`.
    pub(crate) fn parse(text: &str) -> Result<Level, Unknown> {
        let found = Level::ALL.iter().find(|(_, name)| *name == text);
        found.map(|(level, _)| *level).ok_or_else(|| Unknown {
            message: format!("there is no severity `{text}`"),
            help: "write `error`, `warning`, `info` or `off`".to_owned(),
        })
    }
}

/// The id of the rule with an id or a code.
pub(crate) fn rule(text: &str) -> Result<&'static str, Unknown> {
    let is_it = |card: &Card| card.id == text || card.code.eq_ignore_ascii_case(text);
    if let Some(card) = cards().find(is_it) {
        return Ok(card.id);
    }
    let known = cards().flat_map(|card| [card.id, card.code]);
    let help = match nearest(text, known) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "`pullproof explain` lists the rules".to_owned(),
    };
    let message = format!("no rule is called `{text}`");
    Err(Unknown { message, help })
}

/// The rules that can be chosen.
pub(crate) fn cards() -> impl Iterator<Item = Card> {
    rules::ALL.iter().map(|rule| rule.card)
}

impl Fate {
    /// What becomes of a rule that nobody says anything of.
    pub(crate) const DEFAULT: Fate = Fate {
        is_chosen: true,
        level: None,
    };

    /// What becomes of it with one more layer.
    pub(crate) fn with(self, choice: &Choice, card: &Card) -> Fate {
        let Choice {
            select,
            ignore,
            severity,
        } = choice;
        let names = |selectors: &[Selector]| selectors.iter().any(|it| it.names(card));
        let is_selected = select.as_deref().map_or(self.is_chosen, names);
        let level = severity.iter().rev().find(|(id, _)| *id == card.id);
        Fate {
            is_chosen: is_selected && !names(ignore),
            level: level.map(|(_, level)| *level).or(self.level),
        }
    }

    /// The severity of a finding; `None` when it is not told.
    pub(crate) fn severity(self, own: Severity) -> Option<Severity> {
        match (self.is_chosen, self.level) {
            (false, _) | (true, Some(Level::Off)) => None,
            (true, Some(Level::Severity(severity))) => Some(severity),
            (true, None) => Some(own),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Severity::{Error, Info, Warning};

    fn choice(text: &str) -> Choice {
        let mut choice = Choice::default();
        for part in text.split_whitespace() {
            let selectors = |list: &str| -> Vec<Selector> {
                let list = list.split(',').filter(|it| !it.is_empty());
                list.map(|it| Selector::parse(it).unwrap()).collect()
            };
            match (part.split_once('='), part.split_at(1)) {
                (Some((name, level)), _) => {
                    let level = Level::parse(level).unwrap();
                    choice.severity.push((rule(name).unwrap(), level));
                }
                (None, ("+", list)) => choice.select = Some(selectors(list)),
                (None, (_, list)) => choice.ignore = selectors(list),
            }
        }
        choice
    }

    #[test]
    fn the_last_layer_that_says_something_counts() {
        // Layers, and the severity of `self-mirror`, PP007, whose own is a warning.
        let cases: [(&[&str], Option<Severity>); 18] = [
            (&[], Some(Warning)),
            (&["+PP007"], Some(Warning)),
            (&["+dotless-host"], None),
            (&["+"], None),
            (&["+PP0 -self-mirror"], None),
            (&["-all"], None),
            (&["-PP01"], Some(Warning)),
            (&["-pp007"], None),
            (&["self-mirror=off"], None),
            (&["PP007=error"], Some(Error)),
            (&["PP007=error self-mirror=info"], Some(Info)),
            (&["+dotless-host PP007=error"], None),
            (&["-PP007", "+PP007"], Some(Warning)),
            (&["-PP007", "PP007=error"], None),
            (&["PP007=off", "PP007=error"], Some(Error)),
            (&["PP007=error", "-PP007", "+all"], Some(Error)),
            (&["+all", "-PP007", ""], None),
            (&["PP007=info", "+PP007"], Some(Info)),
        ];
        let card = cards().find(|card| card.id == "self-mirror").unwrap();
        for (layers, expected) in cases {
            let layers: Vec<Choice> = layers.iter().map(|text| choice(text)).collect();
            let layers = layers.iter();
            let fate = layers.fold(Fate::DEFAULT, |fate, layer| fate.with(layer, &card));
            assert_eq!(fate.severity(card.severity), expected, "{fate:?}");
        }
    }

    #[test]
    fn what_names_no_rule_is_told() {
        for (text, help) in [
            ("slef-mirror", "did you mean `self-mirror`?"),
            ("PP0007", "did you mean `PP007`?"),
            ("P", "`pullproof explain` lists the rules"),
            ("", "`pullproof explain` lists the rules"),
            // Rules about changes are for reviews.
            ("PC002", "did you mean `PP002`?"),
        ] {
            let unknown = Selector::parse(text).unwrap_err();
            assert_eq!(unknown.message, format!("no rule is called `{text}`"));
            assert_eq!(unknown.help, help, "{text}");
        }
    }
}
