//! Policies that misbehave, for the tests of their host.
