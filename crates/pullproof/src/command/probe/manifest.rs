//! What a manifest says belongs to an image.

use serde_json::Value;

/// What clients say that they read.
// From containers/image, manifest/manifest.go `DefaultRequestedManifestMIMETypes`.
pub(crate) const ACCEPTED: &str = "application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.docker.distribution.manifest.v1+prettyjws, \
    application/vnd.docker.distribution.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.oci.image.index.v1+json";

/// The oldest form, whose digest is not that of its bytes: they have signatures around them.
pub(crate) const SIGNED: &str = "application/vnd.docker.distribution.manifest.v1+prettyjws";

/// What a manifest refers to, each digest once and in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Parts {
    /// Manifests of a list.
    pub(crate) manifests: Vec<String>,
    /// Configuration and layers; those that lie elsewhere are left out.
    pub(crate) blobs: Vec<String>,
}

/// Reads a manifest; of a list only what is for a platform, where one is named.
///
/// # Errors
/// When it is none, or a list without that platform.
pub(crate) fn parts(bytes: &[u8], platform: Option<&str>) -> Result<Parts, String> {
    let root: Value =
        serde_json::from_slice(bytes).map_err(|_| "the manifest is no JSON".to_owned())?;
    let list = |key: &str| root.get(key).and_then(Value::as_array);
    let mut parts = Parts::default();
    if let Some(manifests) = list("manifests") {
        let is_wanted = |it: &&Value| match (platform, it.get("platform")) {
            (Some(platform), Some(own)) => is_for(own, platform),
            _ => true,
        };
        for manifest in manifests.iter().filter(is_wanted) {
            add(&mut parts.manifests, manifest, "digest");
        }
        return match platform {
            Some(platform) if parts.manifests.is_empty() => {
                Err(format!("the list has nothing for {platform}"))
            }
            _ => Ok(parts),
        };
    }
    if let Some(config) = root.get("config") {
        add(&mut parts.blobs, config, "digest");
    }
    for layer in list("layers").into_iter().flatten() {
        if !is_elsewhere(layer) {
            add(&mut parts.blobs, layer, "digest");
        }
    }
    for layer in list("fsLayers").into_iter().flatten() {
        add(&mut parts.blobs, layer, "blobSum");
    }
    match parts.blobs.is_empty() {
        true => Err("the manifest names neither layers nor manifests".to_owned()),
        false => Ok(parts),
    }
}

fn add(digests: &mut Vec<String>, descriptor: &Value, key: &str) {
    let Some(digest) = descriptor.get(key).and_then(Value::as_str) else {
        return;
    };
    if !digests.iter().any(|it| it == digest) {
        digests.push(digest.to_owned());
    }
}

/// Whether `platform` is `OS/ARCHITECTURE`, or that and a variant.
fn is_for(own: &Value, platform: &str) -> bool {
    let text = |key: &str| own.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut wanted = platform.split('/');
    wanted.next() == Some(text("os"))
        && wanted.next() == Some(text("architecture"))
        && wanted
            .next()
            .is_none_or(|variant| variant == text("variant"))
}

/// Whether a layer is got from somebody else.
fn is_elsewhere(layer: &Value) -> bool {
    let urls = layer.get("urls").and_then(Value::as_array);
    urls.is_some_and(|urls| !urls.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, platform: Option<&str>, expected: Result<(&[&str], &[&str]), &str>) {
        let found = parts(text.as_bytes(), platform);
        let own = |digests: &[&str]| digests.iter().map(|it| (*it).to_owned()).collect();
        let expected = expected.map(|(manifests, blobs)| Parts {
            manifests: own(manifests),
            blobs: own(blobs),
        });
        assert_eq!(found, expected.map_err(str::to_owned), "{text}");
    }

    #[test]
    fn every_form_of_manifest_names_its_parts() {
        let image = r#"{"config": {"digest": "c"}, "layers": [{"digest": "l"}, {"digest": "m"},
            {"digest": "l"}, {"digest": "f", "urls": ["https://x"]}]}"#;
        check(image, None, Ok((&[], &["c", "l", "m"])));
        check(image, Some("linux/arm64"), Ok((&[], &["c", "l", "m"])));
        let old = r#"{"schemaVersion": 1, "fsLayers": [{"blobSum": "a"}, {"blobSum": "a"}]}"#;
        check(old, None, Ok((&[], &["a"])));
        let list = r#"{"manifests": [
            {"digest": "x", "platform": {"os": "linux", "architecture": "amd64"}},
            {"digest": "y", "platform": {"os": "linux", "architecture": "arm", "variant": "v7"}}]}"#;
        check(list, None, Ok((&["x", "y"], &[])));
        check(list, Some("linux/amd64"), Ok((&["x"], &[])));
        check(list, Some("linux/arm"), Ok((&["y"], &[])));
        check(list, Some("linux/arm/v7"), Ok((&["y"], &[])));
        let nothing = "the list has nothing for linux/arm/v8";
        check(list, Some("linux/arm/v8"), Err(nothing));
        check("{\"manifests\": []}", None, Ok((&[], &[])));
        check(
            "{}",
            None,
            Err("the manifest names neither layers nor manifests"),
        );
        check("<", None, Err("the manifest is no JSON"));
    }
}
