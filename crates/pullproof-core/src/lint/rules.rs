//! Every rule, by code: a file each, with its page beside it.

use super::Rule;

mod blocked_mirror;
mod contradicting_order;
mod deprecated_kind;
mod dotless_host;
mod duplicate_key;
mod duplicate_object;
mod duplicate_source;
mod ignore_without_reason;
mod ignored_text;
mod inert_kind;
mod malformed_ignore;
mod policy_conflict;
mod policy_without_mirrors;
mod refused_render;
mod rejected_object;
mod self_mirror;
mod shadowing_scope;
mod unknown_field;
mod unknown_ignored_rule;
mod unloadable_configuration;
mod unreadable_document;
mod unserved_kind;
mod unusable_mirror;
mod unused_ignore;

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
    &malformed_ignore::RULE,
    &ignore_without_reason::RULE,
    &unknown_ignored_rule::RULE,
    &unused_ignore::RULE,
];
