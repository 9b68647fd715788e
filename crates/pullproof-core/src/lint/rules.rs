//! Every rule, by code: a file each, with its page beside it.

use super::Rule;

mod blocked_form;
mod blocked_location;
mod blocked_mirror;
mod broad_source;
mod broken_ca_bundle;
mod broken_catalog;
mod broken_pull_secret;
mod broken_registry_secret;
mod contradicting_order;
mod copied_text;
mod dead_prefix;
mod dead_scope;
mod deep_destination;
mod deprecated_install_list;
mod deprecated_kind;
mod dotless_host;
mod duplicate_key;
mod duplicate_object;
mod duplicate_source;
mod empty_mirror_set;
mod entry_without_mirrors;
mod escaped_block;
mod exposed_registry_secret;
mod file_store_leftover;
mod ignore_without_reason;
mod ignored_mapping_word;
mod ignored_registry_setting;
mod ignored_text;
mod impossible_host;
mod inert_kind;
mod internal_registry_destination;
mod internal_registry_mirror;
mod invalid_registry_setting;
mod joined_repositories;
mod large_node_files;
mod large_object;
mod lost_registry_content;
mod malformed_ignore;
mod mapping_mismatch;
mod mirror_without_ca;
mod mirror_without_credentials;
mod mixed_kinds;
mod nanosecond_pruning;
mod never_contacted_registry;
mod overwritten_catalog;
mod policy_conflict;
mod policy_without_mirrors;
mod ported_host;
mod refused_install_config;
mod refused_mapping;
mod refused_platform;
mod refused_registry;
mod refused_render;
mod refused_source;
mod rejected_object;
mod repeated_path;
mod replaced_entry;
mod rewritten_bucket;
mod run_annotation;
mod search_registries;
mod self_mirror;
mod server_metadata;
mod shadowing_scope;
mod surprising_wildcard;
mod taken_port;
mod top_level_wildcard;
mod unblocked_payload;
mod uncovered_image;
mod undecodable_duration;
mod unknown_field;
mod unknown_ignored_rule;
mod unloadable_configuration;
mod unloadable_file;
mod unmapped_source;
mod unmatched_ca_key;
mod unmatched_registry_key;
mod unmigratable_entry;
mod unmirrored_catalog;
mod unpushable_build;
mod unread_key;
mod unreadable_document;
mod unserved_form;
mod unserved_kind;
mod unusable_location;
mod unusable_mirror;
mod unusable_registry_claim;
mod unusable_registry_reference;
mod unused_ca_bundle;
mod unused_ignore;
mod unused_trust_bundle;
mod verified_mirror;

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
    &dead_scope::RULE,
    &taken_port::RULE,
    &blocked_form::RULE,
    &refused_source::RULE,
    &refused_platform::RULE,
    &never_contacted_registry::RULE,
    &internal_registry_mirror::RULE,
    &entry_without_mirrors::RULE,
    &unblocked_payload::RULE,
    &search_registries::RULE,
    &verified_mirror::RULE,
    &large_object::RULE,
    &server_metadata::RULE,
    &run_annotation::RULE,
    &unmigratable_entry::RULE,
    &mixed_kinds::RULE,
    &impossible_host::RULE,
    &top_level_wildcard::RULE,
    &large_node_files::RULE,
    &unloadable_file::RULE,
    &unread_key::RULE,
    &dead_prefix::RULE,
    &unusable_location::RULE,
    &escaped_block::RULE,
    &blocked_location::RULE,
    &replaced_entry::RULE,
    &surprising_wildcard::RULE,
    &unserved_form::RULE,
    &ported_host::RULE,
    &refused_mapping::RULE,
    &ignored_mapping_word::RULE,
    &mapping_mismatch::RULE,
    &unmirrored_catalog::RULE,
    &broken_catalog::RULE,
    &broken_pull_secret::RULE,
    &unmatched_registry_key::RULE,
    &mirror_without_credentials::RULE,
    &unmatched_ca_key::RULE,
    &broken_ca_bundle::RULE,
    &refused_install_config::RULE,
    &deprecated_install_list::RULE,
    &unused_trust_bundle::RULE,
    &unused_ca_bundle::RULE,
    &mirror_without_ca::RULE,
    &uncovered_image::RULE,
    &copied_text::RULE,
    &malformed_ignore::RULE,
    &ignore_without_reason::RULE,
    &unknown_ignored_rule::RULE,
    &unused_ignore::RULE,
    &broad_source::RULE,
    &unmapped_source::RULE,
    &file_store_leftover::RULE,
    &deep_destination::RULE,
    &joined_repositories::RULE,
    &internal_registry_destination::RULE,
    &overwritten_catalog::RULE,
    &empty_mirror_set::RULE,
    &repeated_path::RULE,
    &refused_registry::RULE,
    &undecodable_duration::RULE,
    &ignored_registry_setting::RULE,
    &lost_registry_content::RULE,
    &nanosecond_pruning::RULE,
    &unusable_registry_claim::RULE,
    &broken_registry_secret::RULE,
    &unusable_registry_reference::RULE,
    &exposed_registry_secret::RULE,
    &unpushable_build::RULE,
    &rewritten_bucket::RULE,
    &invalid_registry_setting::RULE,
];
