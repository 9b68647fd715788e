//! The node's policy.json.
