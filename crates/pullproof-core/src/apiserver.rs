//! The API server's verdict on an object.
