//! Changed pulls as people are told of them: both forms at once where they change alike.

use super::{Change, ChangedPull};
use crate::reference::without_witness_end;
use crate::regions::Extent;
use crate::registries::load::RegistryId;
use crate::sorted::Map;

/// Pulls that change alike.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Story {
    /// How they change.
    pub change: Change,
    /// An image that stands for all of them, without tag and digest.
    pub image: String,
    /// Whether pulls by tag change so.
    pub by_tag: bool,
    /// Whether pulls by digest do.
    pub by_digest: bool,
    /// Which pulls the image stands for.
    pub extent: Extent,
    /// The entry that governed them, and the one that will; `None` where none does, or they are
    /// short names.
    pub entries: [Option<RegistryId>; 2],
    /// What was tried, in order, and what will be.
    pub tried: [Vec<String>; 2],
    /// Whether policy.json let them in, and whether it will.
    pub is_let_in: [bool; 2],
}

/// What makes two changes one story.
type Key<'a> = (Change, &'a str, [Vec<&'a str>; 2], [bool; 2]);

impl Story {
    /// "by tag and by digest"; empty for short names, which have either.
    pub fn forms(&self) -> &'static str {
        match (self.extent, self.by_tag, self.by_digest) {
            (Extent::ShortName, ..) => "",
            (_, true, true) => "by tag and by digest",
            (_, true, false) => "by tag",
            (_, false, _) => "by digest",
        }
    }
}

/// The stories of changed pulls, in their order.
pub fn stories(pulls: &[ChangedPull]) -> Vec<Story> {
    let mut told: Map<Key<'_>, usize> = Map::new();
    let mut stories: Vec<Story> = Vec::new();
    for pull in pulls {
        let image = without_witness_end(&pull.witness);
        let names = |texts: &'_ [String]| -> Vec<String> {
            let names = texts.iter().map(|text| without_witness_end(text));
            names.map(str::to_owned).collect()
        };
        let is_digested = pull.witness.contains('@');
        let key = (
            pull.change,
            image,
            [&pull.before, &pull.after].map(|texts| {
                let names = texts.iter().map(|text| without_witness_end(text));
                names.collect()
            }),
            pull.is_let_in,
        );
        match told.get(&key) {
            Some(idx) => {
                let story = &mut stories[*idx];
                story.by_tag |= !is_digested;
                story.by_digest |= is_digested;
            }
            None => {
                told.insert(key, stories.len());
                stories.push(Story {
                    change: pull.change,
                    image: image.to_owned(),
                    by_tag: !is_digested,
                    by_digest: is_digested,
                    extent: pull.extent,
                    entries: [pull.entry_before, pull.entry_after],
                    tried: [names(&pull.before), names(&pull.after)],
                    is_let_in: pull.is_let_in,
                });
            }
        }
    }
    stories
}
