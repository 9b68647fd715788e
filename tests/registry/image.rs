//! The smallest image that clients pull: a configuration and a layer without files.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// An image in the OCI format.
///
/// The bytes depend on the label alone, so several servers hold one image under one digest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Image {
    /// The manifest, whose digest is the image's.
    pub manifest: Vec<u8>,
    /// The configuration.
    pub config: Vec<u8>,
    /// The only layer, an archive of no files.
    pub layer: Vec<u8>,
}

impl Image {
    /// The image with a label: other labels give other digests.
    pub fn labelled(label: &str) -> Image {
        // Two blocks of zeros end an archive.
        let layer = vec![0; 1024];
        let config = json!({
            "architecture": "amd64",
            "os": "linux",
            "config": { "Labels": { "label": label } },
            "rootfs": { "type": "layers", "diff_ids": [digest(&layer)] },
        });
        let config = config.to_string().into_bytes();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": descriptor("application/vnd.oci.image.config.v1+json", &config),
            "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", &layer)],
        });
        Image {
            manifest: manifest.to_string().into_bytes(),
            config,
            layer,
        }
    }

    /// What names the image wherever it is.
    pub fn digest(&self) -> String {
        digest(&self.manifest)
    }
}

/// The digest of bytes, such as `sha256:…`.
pub fn digest(bytes: &[u8]) -> String {
    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(bytes) {
        _ = write!(text, "{byte:02x}");
    }
    text
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": digest(bytes), "size": bytes.len() })
}

#[test]
fn an_image_is_told_by_its_label() {
    let image = Image::labelled("app");
    assert_eq!(image.digest(), Image::labelled("app").digest());
    assert_ne!(image.digest(), Image::labelled("other").digest());
    let manifest: Value = serde_json::from_slice(&image.manifest).unwrap();
    assert_eq!(manifest["layers"][0]["digest"], digest(&image.layer));
}
