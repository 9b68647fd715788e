//! The policies in force, made anew aside and swapped whole.
//!
//! A policy that does not load keeps its last good form, so that a bad file never leaves a
//! cluster with less than it had; that it did not load stays to be seen.

use crate::builtin;
use crate::error::{ErrorKind, PolicyError};
use crate::host::Host;
use crate::limits::{self, Limits};
use crate::policy::{Policy, PolicySource};
use crate::types::{Kind, Operation, Request};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Where a policy's component is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// In this program: the core.
    Builtin,
    /// In a file.
    File(PathBuf),
}

/// A policy as it is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicySpec {
    /// The name that it goes by.
    pub name: String,
    /// Where its component is.
    pub origin: Origin,
    /// Its settings, a JSON object.
    pub settings: String,
    /// What one instance may use.
    pub limits: Limits,
}

/// One policy of a set.
#[derive(Clone)]
pub struct Member {
    /// What was asked for.
    pub spec: PolicySpec,
    /// What judges; `None` when it never loaded.
    pub policy: Option<Policy>,
    /// Why what judges is not what was asked for.
    pub problem: Option<PolicyError>,
}

/// Loads every policy, in order.
///
/// One that does not load, or fails at a first harmless review, keeps what `last` has under its
/// name. One whose bytes, settings and limits are those of `last` is taken from there.
pub fn load(host: &Host, specs: &[PolicySpec], last: &[Member]) -> Vec<Member> {
    let member = |spec: &PolicySpec| {
        let last = last.iter().find(|member| member.spec.name == spec.name);
        let last = last.and_then(|member| member.policy.clone());
        match load_one(host, spec, last.as_ref()) {
            Ok(policy) => Member {
                spec: spec.clone(),
                policy: Some(policy),
                problem: None,
            },
            Err(problem) => Member {
                spec: spec.clone(),
                policy: last,
                problem: Some(problem),
            },
        }
    };
    specs.iter().map(member).collect()
}

fn load_one(host: &Host, spec: &PolicySpec, last: Option<&Policy>) -> Result<Policy, PolicyError> {
    let PolicySpec {
        name,
        origin,
        settings,
        limits,
    } = spec;
    let read;
    let bytes = match origin {
        Origin::Builtin => builtin::COMPONENT,
        Origin::File(path) => {
            read = read_bounded(path).map_err(|error| {
                let what = format!("cannot be read from `{}`: {error}", path.display());
                PolicyError::new(ErrorKind::Unreadable, name, what)
            })?;
            &read
        }
    };
    if let Some(last) = last
        && *last.digest == crate::cache::digest(bytes)
        && *last.settings == *settings
        && last.limits == limits.capped()
    {
        return Ok(last.clone());
    }
    let policy = Policy::load(
        host,
        &PolicySource {
            name,
            bytes,
            settings,
            limits: *limits,
        },
    )?;
    policy.review(&HARMLESS, Instant::now() + policy.limits.deadline)?;
    Ok(policy)
}

/// Reads a file, but not much more of it than a component may have.
fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let max = u64::try_from(limits::COMPONENT_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    File::open(path)?.take(max + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A change that no policy has a reason to fail at.
pub const HARMLESS: Request<'static> = Request {
    operation: Operation::Create,
    kind: Kind {
        group: "config.openshift.io",
        version: "v1",
        kind: "ImageDigestMirrorSet",
    },
    name: "pullproof-self-check",
    namespace: "",
    subresource: "",
    user: "pullproof",
    groups: &[],
    dry_run: true,
    object: Some(
        "{\"apiVersion\":\"config.openshift.io/v1\",\"kind\":\"ImageDigestMirrorSet\",\
         \"metadata\":{\"name\":\"pullproof-self-check\"},\"spec\":{\"imageDigestMirrors\":[\
         {\"source\":\"registry.example.com/team\",\"mirrors\":[\"mirror.example.com/team\"]}]}}",
    ),
    old_object: None,
};
