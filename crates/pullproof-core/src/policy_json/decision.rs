//! What a policy decides over a pull: by which of its scopes, and whether the image is let in.

use super::{Policy, PolicyScope, Requirement};
use crate::reference::Reference;
use serde::Serialize;
use std::ops::Bound;

/// What a policy says to the images that a scope governs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every one is let in.
    Accepted,
    /// One is let in with the right signatures, and no others.
    NeedsSignatures,
    /// None is let in.
    Rejected,
}

impl PolicyScope {
    /// What its requirements come to, all of which must hold.
    // From containers/image, signature/policy_eval.go `IsRunningImageAllowed`, which denies where
    // there is no requirement, too.
    pub fn verdict(&self) -> Verdict {
        let verdicts = self.requirements.iter().map(|it| it.verdict());
        verdicts.max().unwrap_or(Verdict::Rejected)
    }
}

impl Requirement {
    /// What it alone comes to.
    pub fn verdict(self) -> Verdict {
        match self {
            Requirement::InsecureAcceptAnything => Verdict::Accepted,
            Requirement::SigstoreSigned | Requirement::SignedBy => Verdict::NeedsSignatures,
            // From containers/image, signature/policy_eval_baselayer.go: not implemented.
            Requirement::Reject | Requirement::SignedBaseLayer => Verdict::Rejected,
        }
    }
}

impl Policy {
    /// The scope that decides over a pull, and what it asks; no scope where the default decides.
    ///
    /// The reference is the complete one that CRI-O pulls, by the name that the pod has, never
    /// that of a mirror. Of a tag beside a digest nothing is asked, because CRI-O drops it.
    // From containers/image, signature/policy_eval.go `requirementsForImageRef`, and
    // docker/policyconfiguration/naming.go `DockerReferenceIdentity`.
    pub fn deciding(&self, reference: &Reference) -> (Option<&str>, &PolicyScope) {
        let name = reference.name();
        let identity = match (reference.digest(), reference.tag()) {
            (Some(digest), _) => format!("{name}@{digest}"),
            (None, tag) => format!("{name}:{}", tag.unwrap_or("latest")),
        };
        let of_image = self.scopes.get_key_value(&identity);
        let of_image = of_image.map(|(scope, what)| (scope.as_str(), what));
        let of_all = || Some(("", self.scopes.get("")?));
        match of_image.or_else(|| self.governing(name)).or_else(of_all) {
            Some((scope, what)) => (Some(scope), what),
            None => (None, &self.default),
        }
    }

    /// The scope that decides over the images of a repository, of those below a part of a name, or
    /// of those of a wildcard; `None` where the default does.
    ///
    /// Scopes of single images are not looked at.
    // From containers/image, docker/policyconfiguration/naming.go `DockerReferenceNamespaces`.
    pub fn governing(&self, name: &str) -> Option<(&str, &PolicyScope)> {
        let mut part = name;
        loop {
            if let Some((scope, what)) = self.scopes.get_key_value(part) {
                return Some((scope, what));
            }
            match part.rfind('/') {
                Some(slash) => part = &part[..slash],
                None => break,
            }
        }
        // Most policies have no wildcards: `/` comes right behind `.`.
        let wildcards = (Bound::Included("*."), Bound::Excluded("*/"));
        self.scopes.range::<str, _>(wildcards).next()?;
        let host = part.split(':').next().unwrap_or_default();
        // Of a wildcard the star stands for a first part.
        let dots = host.match_indices('.');
        let mut wildcards = dots.map(|(dot, _)| format!("*{}", &host[dot..]));
        wildcards.find_map(|wildcard| {
            let (scope, what) = self.scopes.get_key_value(&wildcard)?;
            Some((scope.as_str(), what))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn policy(default: Requirement, scopes: &[&str]) -> Policy {
        let scope = |text: &&str| ((*text).to_owned(), PolicyScope::default());
        Policy {
            default: PolicyScope {
                requirements: vec![default],
                spans: Vec::new(),
            },
            scopes: scopes.iter().map(scope).collect(),
        }
    }

    #[test]
    fn the_most_specific_scope_governs_a_repository() {
        let scopes = [
            "quay.io",
            "quay.io/org",
            "*.io",
            "*.lab.example.com",
            "h:5000",
        ];
        let policy = policy(Requirement::Reject, &scopes);
        for (name, expected) in [
            ("quay.io/org/app", Some("quay.io/org")),
            ("quay.io/orgs/app", Some("quay.io")),
            ("quay.io:443/org", Some("*.io")),
            ("*.io", Some("*.io")),
            ("*.a.lab.example.com", Some("*.lab.example.com")),
            ("lab.example.com/x", None),
            ("h:5000/a", Some("h:5000")),
            ("h/a", None),
        ] {
            let found = policy.governing(name).map(|(scope, _)| scope);
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn the_image_is_looked_up_before_its_repository() {
        let by_digest = format!("quay.io/org/app@{DIGEST}");
        let check = |scopes: &[&str], image: &str, expected: Option<&str>| {
            let policy = policy(Requirement::Reject, scopes);
            let reference = Reference::parse_normalized(image).expect("a full reference");
            let (scope, what) = policy.deciding(&reference);
            assert_eq!(scope, expected, "{image} in {scopes:?}");
            assert_eq!(what == &policy.default, expected.is_none(), "{image}");
        };
        let image = "quay.io/org/app:1.2";
        check(&[image, "quay.io/org/app"], image, Some(image));
        // A scope of one image says nothing of another, and does not hide the repository.
        let other = "quay.io/org/app:1.3";
        check(&[image, "quay.io/org/app"], other, Some("quay.io/org/app"));
        check(&[image, "quay.io/org"], other, Some("quay.io/org"));
        check(&[image], other, None);
        let latest = "quay.io/org/app:latest";
        check(&[latest], "quay.io/org/app", Some(latest));
        check(&["quay.io/org/app"], "quay.io/org/app2:1", None);
        // Of a tag beside a digest only the digest counts.
        let both = format!("{image}@{DIGEST}");
        check(&[image], &by_digest, None);
        check(&[image], &both, None);
        check(&[&by_digest, image], &both, Some(&by_digest));
        check(&["quay.io/org/app", image], &both, Some("quay.io/org/app"));
        // A wildcard is looked up without the port, a host with it, and neither is the other.
        let ported = "a.lab.example.com:5000/x:1";
        check(&["*.lab.example.com"], ported, Some("*.lab.example.com"));
        check(&["*.lab.example.com:5000"], ported, None);
        check(&["a.lab.example.com"], ported, None);
        check(&["*.example.com", "*.com"], ported, Some("*.example.com"));
        check(&["*.lab.example.com"], "lab.example.com/x:1", None);
        // Names are complete.
        check(&["docker.io/library"], "busybox", Some("docker.io/library"));
        check(&["library/busybox", "busybox"], "busybox", None);
        // The transport's own default comes before that of the file.
        check(&["", "quay.io"], image, Some("quay.io"));
        check(&[""], image, Some(""));
    }

    #[test]
    fn all_requirements_must_hold() {
        use Requirement::SigstoreSigned;
        use Requirement::{InsecureAcceptAnything, Reject, SignedBaseLayer, SignedBy};
        for (requirements, expected) in [
            (&[InsecureAcceptAnything][..], Verdict::Accepted),
            (&[Reject], Verdict::Rejected),
            (&[SigstoreSigned], Verdict::NeedsSignatures),
            (
                &[InsecureAcceptAnything, SigstoreSigned],
                Verdict::NeedsSignatures,
            ),
            (&[SigstoreSigned, Reject], Verdict::Rejected),
            (&[Reject, InsecureAcceptAnything], Verdict::Rejected),
            (&[SignedBy], Verdict::NeedsSignatures),
            (&[SignedBy, SignedBaseLayer], Verdict::Rejected),
            (&[], Verdict::Rejected),
        ] {
            let scope = PolicyScope {
                requirements: requirements.to_vec(),
                spans: Vec::new(),
            };
            assert_eq!(scope.verdict(), expected, "{requirements:?}");
        }
    }
}
