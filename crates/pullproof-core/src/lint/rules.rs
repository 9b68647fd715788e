//! Every rule, by code: a file each, with its page beside it.

use super::Rule;

mod blocked_mirror;
mod broken_catalog;
mod broken_pull_secret;
mod contradicting_order;
mod copied_text;
mod deprecated_install_list;
mod deprecated_kind;
mod dotless_host;
mod duplicate_key;
mod duplicate_object;
mod duplicate_source;
mod ignored_mapping_word;
mod ignored_text;
mod inert_kind;
mod mapping_mismatch;
mod mirror_without_credentials;
mod policy_conflict;
mod policy_without_mirrors;
mod refused_install_config;
mod refused_mapping;
mod refused_render;
mod rejected_object;
mod self_mirror;
mod shadowing_scope;
mod uncovered_image;
mod unknown_field;
mod unloadable_configuration;
mod unmatched_registry_key;
mod unmirrored_catalog;
mod unreadable_document;
mod unserved_kind;
mod unusable_mirror;
mod unused_trust_bundle;

/// Every rule, by code.
pub static ALL: &[&Rule] = &[
    &unreadable_document::RULE,
    &duplicate_key::RULE,
    &rejected_object::RULE,
    &unknown_field::RULE,
    &unserved_kind::RULE,
    &inert_kind::RULE,
    &self_mirror::RULE,
    &policy_conflict::RULE,
    &refused_render::RULE,
    &unloadable_configuration::RULE,
    &contradicting_order::RULE,
    &policy_without_mirrors::RULE,
    &shadowing_scope::RULE,
    &blocked_mirror::RULE,
    &unusable_mirror::RULE,
    &duplicate_source::RULE,
    &deprecated_kind::RULE,
    &dotless_host::RULE,
    &duplicate_object::RULE,
    &ignored_text::RULE,
    &refused_mapping::RULE,
    &ignored_mapping_word::RULE,
    &mapping_mismatch::RULE,
    &unmirrored_catalog::RULE,
    &broken_catalog::RULE,
    &broken_pull_secret::RULE,
    &unmatched_registry_key::RULE,
    &mirror_without_credentials::RULE,
    &refused_install_config::RULE,
    &deprecated_install_list::RULE,
    &unused_trust_bundle::RULE,
    &uncovered_image::RULE,
    &copied_text::RULE,
];
