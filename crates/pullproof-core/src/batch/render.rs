//! `render`: the files that nodes get from a cluster's objects.

use crate::document::{Document, Node, Value as NodeValue};
use crate::file::{Files, Spanned};
use crate::openshift::OpenShift;
use crate::policy_json::ImagePolicies;
use crate::registries::conf;
use crate::render::{Base, RenderInput, payload::Warning, render};
use crate::resource::image_config::{self, ImageConfig};
use crate::resource::mirror_set::{self, MirrorSet, MirrorSetKind};
use crate::resource::objects;
use serde_json::{Map, Value, json};

pub(super) fn answer(request: &Node) -> Map<String, Value> {
    let mut answer = Map::new();
    let mut mirror_sets = Vec::new();
    for (key, kind) in [
        ("idms", MirrorSetKind::ImageDigestMirrorSet),
        ("icsp", MirrorSetKind::ImageContentSourcePolicy),
        ("itms", MirrorSetKind::ImageTagMirrorSet),
    ] {
        mirror_sets.extend(read_mirror_sets(request, key, kind));
    }
    let mut files = Files::new();
    let text = request.get("base").and_then(Node::as_str);
    let base = text.map(|text| {
        let file = files.add("base", text);
        conf::decode_as_operator(&files, file).map_err(|error| error.to_string())
    });
    let release_image = request.get("release_image").and_then(Node::as_str);
    let input = RenderInput {
        mirror_sets: &mirror_sets,
        image: &read_image(request),
        release_image: release_image.filter(|image| !image.is_empty()),
        base: match &base {
            None => Base::Template,
            Some(Ok(conf)) => Base::Conf(conf),
            Some(Err(message)) => Base::Broken(message),
        },
        image_policies: &ImagePolicies::default(),
    };
    let files = match render(&input, OpenShift::NEWEST) {
        Ok(files) => files,
        Err(refusal) => {
            answer.insert("error".to_owned(), json!(refusal.to_string()));
            return answer;
        }
    };
    let texts = [
        (
            "registries_conf",
            files.registries_conf.map(|file| file.text),
        ),
        ("policy_json", files.policy_json.map(|file| file.text)),
        ("search_conf", files.search_conf.map(|file| file.text)),
    ];
    for (key, text) in texts {
        super::insert_some(&mut answer, key, text.as_deref());
    }
    // A mirror that makes up for a block is no news.
    let is_news = |warning: &&Warning| !matches!(warning, Warning::BlockedWithMirror(_));
    let warning = files.warnings.iter().find(is_news);
    super::insert_some(
        &mut answer,
        "warning",
        warning.map(ToString::to_string).as_deref(),
    );
    answer
}

fn read_mirror_sets(request: &Node, key: &str, kind: MirrorSetKind) -> Vec<MirrorSet> {
    let nodes = request.get(key).and_then(Node::as_sequence);
    let documents = nodes.unwrap_or_default().iter().map(|node| Document {
        root: node.clone(),
        span: node.span,
    });
    let objects = objects(documents.collect());
    let read = |object| mirror_set::read(object, kind);
    objects.iter().map(read).collect()
}

/// The image configuration: an `ImageSpec`, or its lists by themselves.
fn read_image(request: &Node) -> ImageConfig {
    if let Some(spec) = request.get("image").filter(|spec| !spec.is_null()) {
        // A whole object is understood, too.
        return image_config::read_spec(spec.get("spec").or(Some(spec)));
    }
    let list = |key: &str| {
        let nodes = request.get(key)?.as_sequence()?;
        let text = |node: &Node| match &node.value {
            NodeValue::String(text) => Some(Spanned::new(text.clone(), node.span)),
            _ => None,
        };
        Some(nodes.iter().filter_map(text).collect())
    };
    ImageConfig {
        insecure: list("insecure"),
        blocked: list("blocked"),
        allowed: list("allowed"),
        search: list("search"),
        name: None,
        span: None,
    }
}
