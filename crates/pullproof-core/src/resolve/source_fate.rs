//! What becomes of pulls that an entry's own location is asked for, where that is not its prefix.

use super::Endpoint;
use super::endpoint_fault::{EndpointFaultKind, Witnesses};
use crate::reference::Reference;
use crate::registries::entry::Forecast;
use crate::registries::load::{Registries, RegistryId};

/// What becomes of the pulls of an entry at its own location.
#[derive(Clone, PartialEq, Debug)]
pub struct SourceFate {
    /// The entry.
    pub registry: RegistryId,
    /// A reference that shows it.
    pub witness: Reference,
    /// What keeps the location from answering; `None` when it is contacted.
    pub fault: Option<EndpointFaultKind>,
}

/// What becomes of each entry's pulls at its own location, in order; entries are left out whose
/// location is their prefix, and those that govern nothing.
///
/// Takes time linear in the configuration.
pub fn fates(registries: &Registries) -> Vec<SourceFate> {
    let moved = registries
        .entries()
        .filter(|(_, registry)| registry.forecast != Forecast::Unchanged);
    moved
        .filter_map(|(id, _)| {
            let witnesses = Witnesses::new(registries, id, true);
            let one = witnesses.one()?.clone();
            let (witness, fault) = match witnesses.fault(Endpoint::Source) {
                Some((witness, fault)) => (witness, Some(fault)),
                None => (one, None),
            };
            Some(SourceFate {
                registry: id,
                witness,
                fault,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openshift::OpenShift;
    use crate::registries::load::{ConfFile, load};
    use crate::registries::{Conf, Table};

    #[test]
    fn locations_are_contacted_blocked_or_unusable() {
        let cases = [
            ("quay.io/a", "quay.io/a", "nothing"),
            ("quay.io/a", "m.com/a", "contacted"),
            ("quay.io/a", "b.com/a", "blocked by b.com"),
            ("quay.io/a", "m", "Below quay.io/a/example"),
            ("quay.io/a", "m.com", "Itself quay.io/a"),
            ("quay.io/a", "m.com/a:1", "Below quay.io/a/example"),
            ("*.x.com", "", "nothing"),
            ("*.x.com", "*.x.com", "Below example.x.com/example"),
            ("*.x.com", "m.com", "contacted"),
            ("quay.io/a:1", "m.com", "nothing"),
        ];
        for (prefix, location, expected) in cases {
            let table = |prefix: &str, location: &str, blocked| Table {
                prefix: prefix.to_owned(),
                location: location.to_owned(),
                blocked,
                ..Table::default()
            };
            let tables = vec![
                table(prefix, location, false),
                table("b.com", "b.com", true),
            ];
            let conf = Conf {
                tables,
                ..Conf::default()
            };
            let name = "registries.conf".to_owned();
            let registries = load(Some(ConfFile { name, conf }), Vec::new(), OpenShift::NEWEST);
            let registries = registries.expect("it loads");
            let fates = fates(&registries);
            let told = match fates.as_slice() {
                [] => "nothing".to_owned(),
                [fate, ..] => match &fate.fault {
                    None => "contacted".to_owned(),
                    Some(EndpointFaultKind::Blocked(id)) => {
                        format!("blocked by {}", registries.registry(*id).prefix)
                    }
                    Some(EndpointFaultKind::Unusable { extent, .. }) => {
                        format!("{extent:?} {}", fate.witness.name())
                    }
                },
            };
            assert_eq!(told, expected, "{prefix} at {location}");
        }
    }
}
