//! The registry that a cluster runs itself, known by its host.

use crate::finding::Severity;

/// What shows that a host is a cluster's own registry.
#[derive(Clone, Copy)]
pub(super) enum Sign {
    /// The name of its service.
    Name,
    /// The name of the route that it gets where it is exposed.
    Route,
    /// An address of the network that services have unless another one is chosen.
    Address,
}

impl Sign {
    /// What a host with it is.
    pub(super) fn told(self) -> &'static str {
        match self {
            Sign::Name => "is the cluster's own registry",
            Sign::Route => "is a cluster's own registry by its route",
            Sign::Address => "looks like a cluster's own registry",
        }
    }

    /// How sure that is.
    pub(super) fn severity(self) -> Severity {
        match self {
            Sign::Name => Severity::Error,
            Sign::Route | Sign::Address => Severity::Warning,
        }
    }
}

/// What shows that a host, without its port, is a cluster's own registry; `None` when nothing does.
pub(super) fn sign(host: &str) -> Option<Sign> {
    const SERVICE: &str = "image-registry.openshift-image-registry.svc";
    const ROUTE: &str = "default-route-openshift-image-registry.";
    if let Some(rest) = host.strip_prefix(SERVICE)
        && (rest.is_empty() || rest == ".cluster.local")
    {
        return Some(Sign::Name);
    }
    if host.starts_with(ROUTE) {
        return Some(Sign::Route);
    }
    let mut octets = host.strip_prefix("172.30.")?.split('.');
    let is_octet = |octet: Option<&str>| octet.is_some_and(|octet| octet.parse::<u8>().is_ok());
    let is_address = is_octet(octets.next()) && is_octet(octets.next()) && octets.next().is_none();
    is_address.then_some(Sign::Address)
}
