//! Where every image pull of an OpenShift node goes, answered as the node itself would.
//!
//! The core is pure: text in, facts out. It opens no file, asks no clock, reads no environment.
//! Modules stand in layer order; each uses only those above it.

#![forbid(unsafe_code)]

pub mod float;
pub mod order;
pub mod sorted;

mod bytes;

pub mod file;
pub mod go_text;
pub mod nearest;
pub mod printable;

pub mod document;

pub mod openshift;
pub mod reference;
pub mod scope;

pub mod credentials;

pub mod apiserver;
pub mod resource;

pub mod ignore;

pub mod policy_json;
pub mod registries;
pub mod resolve;

pub mod regions;

pub mod render;
pub mod rollout;

pub mod model;

pub mod mirroring;
pub mod trace;

pub mod finding;
pub mod lint;
pub mod report;
pub mod suppress;

pub mod fix;

pub mod compare;
pub mod prove;

pub mod migrate;

pub mod admission;

pub mod batch;
