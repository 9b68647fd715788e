//! The API server's verdict on an object.
//!
//! The server is kube-apiserver 1.36 with the OpenShift CRDs; what it is asked is to create the
//! object. What depends on other objects, on the client's rights, on webhooks or on the size of
//! the request is not answered here.

pub mod crds;
pub mod patterns;
pub mod schema;
