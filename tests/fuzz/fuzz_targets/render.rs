//! Objects: what the inputs mean is always worked out, and all rules run over it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pullproof_core::document;
use pullproof_core::file::Files;
use pullproof_core::lint::{self, rules};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::registries::conf;
use pullproof_core::report::compact;

fuzz_target!(|text: &str| {
    for version in [OpenShift::V4_6, OpenShift::V4_12, OpenShift::NEWEST] {
        let mut files = Files::new();
        let file = files.add("input.yaml", text);
        let settings = Settings {
            version,
            release_image: None,
        };
        let model = Model::build(&mut files, &[file], &settings);
        let findings = lint::run(&model, rules::ALL);
        _ = compact::report(&files, &findings);
        match &model.node {
            Err(refusals) => assert!(!refusals.is_empty()),
            Ok(node) => {
                if let Some(written) = &node.registries_conf
                    && written.text.len() <= document::toml::MAX_BYTES
                {
                    let file = files.add("registries.conf", written.text.as_str());
                    assert!(conf::decode(&files, file).is_ok(), "{}", written.text);
                }
            }
        }
    }
});
