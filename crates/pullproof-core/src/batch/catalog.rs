//! `catalog`: what `oc adm catalog mirror` writes for a list of images.

use crate::document::{Node, Value as Plain};
use crate::mirroring::catalog::{
    CatalogSource, Job, MAX_COMPONENTS, MAX_OBJECT_BYTES, SetJob, Sets, Written, write,
};
use crate::mirroring::manifest::{CATALOG_LABEL, Entry, scalar};
use serde_json::{Map, Value, json};

/// The answer, or why the request makes no sense to `oc` or at all.
pub(super) fn answer(request: &Node) -> Result<Map<String, Value>, String> {
    let images = request.get("images").map_or(Some(Vec::new()), |images| {
        let images = images.as_sequence()?.iter();
        images
            .map(|image| Some(image.as_str()?.to_owned()))
            .collect()
    });
    let (icsp, has_icsp_limit) = set_job(request, "icsp_scope", "max_icsp_size")?;
    let (idms, has_idms_limit) = set_job(request, "idms_scope", "max_idms_size")?;
    let job = Job {
        images: images.ok_or("`images` must be a list of texts")?,
        source: text(request, "source")?.ok_or("`source` must name a catalog")?,
        destination: text(request, "dest")?.ok_or("`dest` must name a place")?,
        max_components: number(request, "max_components")?.unwrap_or(MAX_COMPONENTS),
        icsp,
        idms,
    };
    let Written {
        mapping,
        errors,
        icsp,
        idms,
        catalog_source,
    } = write(&job)?;
    let mapping: Map<String, Value> = mapping
        .iter()
        .map(|(source, destination)| (source.to_string(), json!(destination.to_string())))
        .collect();
    let mut answer = Map::new();
    answer.insert("mapping".to_owned(), Value::Object(mapping));
    if !errors.is_empty() {
        answer.insert("mapping_errors".to_owned(), json!(errors));
    }
    insert_sets(&mut answer, "icsp", &icsp, has_icsp_limit);
    insert_sets(&mut answer, "idms", &idms, has_idms_limit);
    if let Some(source) = catalog_source {
        answer.insert("catalog_source".to_owned(), json!(yaml(&source)));
    }
    Ok(answer)
}

fn set_job(request: &Node, scope: &str, max_bytes: &str) -> Result<(SetJob, bool), String> {
    let job = SetJob::default();
    let limit = number(request, max_bytes)?;
    let job = SetJob {
        scope: text(request, scope)?.unwrap_or(job.scope),
        max_bytes: limit.unwrap_or(MAX_OBJECT_BYTES),
    };
    Ok((job, limit.is_some()))
}

fn text(request: &Node, key: &str) -> Result<Option<String>, String> {
    let Some(node) = request.get(key) else {
        return Ok(None);
    };
    let text = node
        .as_str()
        .ok_or_else(|| format!("`{key}` must be a text"))?;
    Ok(Some(text.to_owned()))
}

fn number(request: &Node, key: &str) -> Result<Option<i64>, String> {
    match request.get(key).map(|node| &node.value) {
        None => Ok(None),
        Some(Plain::Integer(number)) => Ok(Some(*number)),
        Some(_) => Err(format!("`{key}` must be a whole number")),
    }
}

/// All sets of a kind as one, since which of several holds what is chance in the program; where a
/// limit asks for several, only whether there are any is certain.
fn insert_sets(answer: &mut Map<String, Value>, key: &str, sets: &Sets, has_limit: bool) {
    let sets = match sets {
        Ok(sets) if sets.is_empty() || has_limit => return,
        Ok(sets) => sets,
        Err(error) => {
            answer.insert(format!("{key}_error"), json!(error));
            return;
        }
    };
    let names: Vec<&str> = sets.iter().map(|set| set.name.as_str()).collect();
    let mut entries: Vec<&Entry> = sets.iter().flat_map(|set| &set.entries).collect();
    entries.sort_unstable();
    let pairs: Vec<_> = entries.iter().map(|it| (&it.source, &it.mirrors)).collect();
    let (label, value) = CATALOG_LABEL;
    let sets = json!({ "names": names, "labels": { label: value }, "pairs": pairs });
    answer.insert(key.to_owned(), sets);
}

/// The text of catalogSource.yaml.
fn yaml(source: &CatalogSource) -> String {
    let CatalogSource { name, image } = source;
    format!(
        "apiVersion: operators.coreos.com/v1alpha1\nkind: CatalogSource\nmetadata:\n  \
         name: {}\n  namespace: openshift-marketplace\nspec:\n  image: {}\n  sourceType: grpc\n",
        scalar(name),
        scalar(image)
    )
}
