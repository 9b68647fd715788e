//! An example policy: mirrors only under our own hosts.
