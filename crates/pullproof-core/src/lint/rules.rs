//! Every rule, by code: a file each, with its page beside it.

use super::Rule;

mod blocked_location;
mod blocked_mirror;
mod contradicting_order;
mod dead_prefix;
mod deprecated_kind;
mod dotless_host;
mod duplicate_key;
mod duplicate_object;
mod duplicate_source;
mod escaped_block;
mod ignored_text;
mod inert_kind;
mod policy_conflict;
mod policy_without_mirrors;
mod ported_host;
mod refused_render;
mod rejected_object;
mod replaced_entry;
mod self_mirror;
mod shadowing_scope;
mod surprising_wildcard;
mod unknown_field;
mod unloadable_configuration;
mod unloadable_file;
mod unread_key;
mod unreadable_document;
mod unserved_form;
mod unserved_kind;
mod unusable_location;
mod unusable_mirror;

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
];
