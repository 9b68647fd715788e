//! The API server's verdict on an object.
//!
//! The server is kube-apiserver 1.36 with the OpenShift CRDs; what it is asked is to create the
//! object. What depends on other objects, on the client's rights, on webhooks or on the size of
//! the request is not answered here.

pub mod cause;
pub mod crds;
pub mod meant;
pub mod metadata;
pub mod names;
pub mod object_meta;
pub mod path;
pub mod patterns;
pub mod prune;
pub mod schema;
pub mod verdict;

mod body;
mod decode;
mod go_value;
mod json;
mod refusal;
pub(crate) mod rfc3339;
mod validate;
mod warnings;
