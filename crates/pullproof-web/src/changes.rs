//! What a change does to pulls.

use crate::place::{Place, Places};
use crate::snapshot::{Refused, refused};
use pullproof_core::compare::story::{Story, stories};
use pullproof_core::compare::{Change, Node, compare_nodes};
use pullproof_core::model::Model;
use pullproof_core::regions::Extent;
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct ChangesView {
    groups: Vec<Group>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused_before: Option<Refused>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused_after: Option<Refused>,
}

#[derive(Serialize)]
struct Group {
    change: &'static str,
    title: &'static str,
    stories: Vec<Told>,
}

#[derive(Serialize)]
struct Told {
    change: &'static str,
    image: String,
    by_tag: bool,
    by_digest: bool,
    forms: &'static str,
    extent: &'static str,
    before: Vec<String>,
    after: Vec<String>,
    let_in_before: bool,
    let_in_after: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<Responsible>,
}

/// The entry that governs the pulls after the change, or the one that did.
#[derive(Serialize)]
struct Responsible {
    prefix: String,
    side: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
}

/// What changes; nothing where there is no change.
#[cold]
#[inline(never)]
pub(crate) fn view(after: &Model, before: Option<&Model>) -> ChangesView {
    let Some(before) = before else {
        return ChangesView {
            groups: Vec::new(),
            refused_before: None,
            refused_after: refused(after, &Places::new(&after.files)),
        };
    };
    let all = match (Node::of(before), Node::of(after)) {
        (Some(before), Some(after)) => stories(&compare_nodes(before, after)),
        _ => Vec::new(),
    };
    let sides = [before, after].map(|model| (model, Places::new(&model.files)));
    let mut groups: Vec<Group> = Vec::new();
    for story in all {
        let change: Change = story.change;
        let told = told(story, &sides);
        match groups.last_mut() {
            Some(group) if group.change == change.name() => group.stories.push(told),
            _ => groups.push(Group {
                change: change.name(),
                title: change.title(),
                stories: vec![told],
            }),
        }
    }
    ChangesView {
        groups,
        refused_before: refused(before, &sides[0].1),
        refused_after: refused(after, &sides[1].1),
    }
}

fn told(story: Story, sides: &[(&Model, Places<'_>); 2]) -> Told {
    let forms = story.forms();
    let of = |idx: usize| {
        let (model, places) = &sides[idx];
        let registry = model.loaded()?.registry(story.entries[idx]?);
        let span = registry.origins.first().map(|origin| origin.span);
        Some(Responsible {
            prefix: registry.prefix.clone(),
            side: ["before", "after"][idx],
            place: span.map(|span| {
                let object = model.locate(span).map(|(object, _)| object);
                places.place(span).in_object(object)
            }),
        })
    };
    let entry = of(1).or_else(|| of(0));
    let Story {
        change,
        image,
        by_tag,
        by_digest,
        extent,
        entries: _,
        tried: [before, after],
        is_let_in: [let_in_before, let_in_after],
    } = story;
    Told {
        change: change.name(),
        image,
        by_tag,
        by_digest,
        forms,
        extent: match extent {
            Extent::Below => "",
            Extent::Itself => "the scope itself as a repository",
            Extent::Port => "on another port of the host",
            Extent::Long => "names too long for some endpoint",
            Extent::Hostless => "names whose first part is no host",
            Extent::ShortName => "short names",
        },
        before,
        after,
        let_in_before,
        let_in_after,
        entry,
    }
}
