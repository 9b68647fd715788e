//! Merging the main file and drop-ins: the configuration in force on a node.
//!
//! From containers/image, pkg/sysregistriesv2 (system_registries_v2.go, shortnames.go).

use super::Conf;
use super::check::{Check, Checked};
use super::entry::{Fate, Forecast, Registry, ShortNameMode};
use super::index::{Index, is_boundary, match_length};
use super::load_error::LoadError;
use crate::file::Spanned;
use crate::openshift::OpenShift;
use crate::order;
use crate::reference::{Beginning, Reference};
use crate::sorted::Map;
use std::sync::OnceLock;

/// A decoded file and the name that messages give it.
#[derive(Clone, PartialEq, Debug)]
pub struct ConfFile {
    /// The path, as in messages.
    pub name: String,
    /// What it says.
    pub conf: Conf,
}

impl ConfFile {
    fn named(&self) -> (&str, &Conf) {
        (&self.name, &self.conf)
    }
}

/// The configuration in force: every file merged, every table checked.
#[derive(Clone, Debug)]
pub struct Registries {
    // Invariant: sorted by prefix, no prefix twice.
    list: Vec<Registry>,
    index: Index,
    /// Hosts that short names are looked up on, in order.
    pub search: Vec<Spanned<String>>,
    /// The name of the file that gave `search`; `None` when there is no file.
    pub search_file: Option<String>,
    /// How a short name with several candidates is treated; CRI-O overrides it.
    pub short_name_mode: ShortNameMode,
    /// Short names that stand for one repository; `None` where a file takes the alias back.
    pub aliases: Map<String, Option<Reference>>,
    /// Programs asked for credentials, never empty.
    pub credential_helpers: Vec<String>,
    /// A program that is given the credentials of each pull; empty when there is none.
    pub layer_store_auth_helper: String,
    any_blocked: bool,
    /// For each entry the one around it, once somebody asks.
    outer: OnceLock<Vec<Option<RegistryId>>>,
}

/// Names one `Registry` of a `Registries`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RegistryId(pub(crate) u32);

impl Registries {
    /// The entries in force, sorted by prefix.
    pub fn list(&self) -> &[Registry] {
        &self.list
    }

    /// The entries in force with their names, sorted by prefix.
    pub fn entries(&self) -> impl Iterator<Item = (RegistryId, &Registry)> {
        (0..u32::MAX).map(RegistryId).zip(&self.list)
    }

    /// Where an entry is in `list`.
    pub fn idx(&self, id: RegistryId) -> usize {
        id.0 as usize
    }

    /// One entry.
    pub fn registry(&self, id: RegistryId) -> &Registry {
        &self.list[id.0 as usize]
    }

    /// The entry with the longest prefix that matches; `None` when none does.
    ///
    /// `name` is a reference without tag and digest. Takes time linear in its length.
    /// From containers/image, pkg/sysregistriesv2 `findRegistryWithParsedConfig`.
    pub fn find(&self, name: &str) -> Option<RegistryId> {
        self.index
            .find(name, |idx| &self.list[idx as usize].prefix)
            .map(RegistryId)
    }

    /// The entry with a prefix; `None` when there is none.
    pub fn of_prefix(&self, prefix: &str) -> Option<RegistryId> {
        let by_prefix = |registry: &Registry| registry.prefix.as_str().cmp(prefix);
        let idx = self.list.binary_search_by(by_prefix).ok()?;
        u32::try_from(idx).ok().map(RegistryId)
    }

    /// The entry that would govern what another one governs, were that not there; `None` when
    /// none would.
    ///
    /// Looks at every entry the first time.
    pub fn outer(&self, id: RegistryId) -> Option<RegistryId> {
        let outer = self.outer.get_or_init(|| {
            let entries = self.list.iter();
            entries
                .map(|registry| self.around(&registry.prefix))
                .collect()
        });
        outer[self.idx(id)]
    }

    fn around(&self, prefix: &str) -> Option<RegistryId> {
        match prefix.bytes().rposition(is_boundary) {
            Some(at) => self.find(&prefix[..at]),
            None => self.wildcard_around(prefix),
        }
    }

    /// The longest wildcard, but itself, that contains a host or a wildcard.
    fn wildcard_around(&self, host: &str) -> Option<RegistryId> {
        if !self.index.has_wildcards() {
            return None;
        }
        let host = host.strip_prefix("*.").unwrap_or(host);
        let mut dots = host.match_indices('.');
        dots.find_map(|(at, _)| {
            let wildcard = ["*", &host[at..]].concat();
            let id = self.of_prefix(&wildcard)?;
            match_length(host, &wildcard)?;
            Some(id)
        })
    }

    /// The blocked entry that a rewritten reference falls in; `None` when it may be contacted.
    ///
    /// From containers/image, docker/docker_client.go `newDockerClient`.
    pub fn blocked_by(&self, name: &str) -> Option<RegistryId> {
        if !self.any_blocked {
            return None;
        }
        self.find(name).filter(|id| self.registry(*id).blocked)
    }

    fn forecast(&mut self) {
        let forecast = |location: &str| match Beginning::of(location) {
            Some(beginning) => Forecast::Begins(beginning, self.fate(location)),
            None => Forecast::Unknown,
        };
        let source = |registry: &Registry| match registry.location.as_str() {
            // Only a wildcard may have no location: its source is the reference itself.
            "" => Forecast::Unchanged,
            // A location with a star is none, whatever it equals.
            location if location == registry.prefix && !location.contains('*') => {
                Forecast::Unchanged
            }
            location => forecast(location),
        };
        let mirrors = |registry: &Registry| -> Vec<Forecast> {
            let mirrors = registry.mirrors.iter();
            mirrors.map(|mirror| forecast(&mirror.location)).collect()
        };
        let forecasts = self.list.iter();
        let forecasts = forecasts.map(|registry| (source(registry), mirrors(registry)));
        let forecasts: Vec<_> = forecasts.collect();
        for (registry, (source, mirrors)) in self.list.iter_mut().zip(forecasts) {
            registry.forecast = source;
            for (mirror, forecast) in registry.mirrors.iter_mut().zip(mirrors) {
                mirror.forecast = forecast;
            }
        }
    }

    /// Whether names that begin with whole components, the domain among them, are blocked.
    fn fate(&self, beginning: &str) -> Fate {
        if !self.any_blocked {
            return Fate::Open;
        }
        // Wildcards see only the host, so a longer prefix is all that could change the answer.
        let after = self
            .list
            .partition_point(|registry| registry.prefix.as_str() <= beginning);
        let next = self.list.get(after);
        if next.is_some_and(|registry| registry.prefix.starts_with(beginning)) {
            return Fate::Unknown;
        }
        match self.blocked_by(beginning) {
            Some(id) => Fate::Blocked(id.0),
            None => Fate::Open,
        }
    }
}

/// Checks every file and merges them in order, the main file first.
///
/// A node of an OpenShift `version` has the library of its CRI-O.
///
/// # Errors
/// Every thing that is wrong, in the order the library meets it: a node shows only the first.
pub fn load(
    main: Option<ConfFile>,
    drop_ins: Vec<ConfFile>,
    version: OpenShift,
) -> Result<Registries, Vec<LoadError>> {
    let n_main = usize::from(main.is_some());
    let files: Vec<ConfFile> = main.into_iter().chain(drop_ins).collect();
    let (main, drop_ins) = files.split_at(n_main);
    let main = main.iter().map(ConfFile::named);
    load_from(main, drop_ins.iter().map(ConfFile::named), version)
}

/// The same without taking the files, each a name and what it says.
pub(crate) fn load_from<'a>(
    main: impl Iterator<Item = (&'a str, &'a Conf)>,
    drop_ins: impl Iterator<Item = (&'a str, &'a Conf)>,
    version: OpenShift,
) -> Result<Registries, Vec<LoadError>> {
    let files = main.map(|(name, conf)| (name, conf, false));
    load_each(
        files.chain(drop_ins.map(|(name, conf)| (name, conf, true))),
        version,
    )
}

/// The same for files of which each is said to be a drop-in or not.
pub(crate) fn load_each<'a>(
    files: impl Iterator<Item = (&'a str, &'a Conf, bool)>,
    version: OpenShift,
) -> Result<Registries, Vec<LoadError>> {
    let mut errors = Vec::new();
    let mut merged = Merged::default();
    let mut any_file = false;
    for (file_idx, (name, conf, is_drop_in)) in files.enumerate() {
        let mut check = Check {
            file_idx,
            is_drop_in,
            name,
            version,
            errors: vec![],
        };
        let checked = check.file(conf);
        errors.append(&mut check.errors);
        merged.update(checked, name, conf, !any_file);
        any_file = true;
    }
    if errors.is_empty() {
        Ok(merged.finish())
    } else {
        Err(errors)
    }
}

/// What has been read so far.
///
/// From containers/image, pkg/sysregistriesv2 `updateWithConfigurationFrom`.
#[derive(Default)]
struct Merged {
    /// Those of all files, in order.
    registries: Vec<Registry>,
    search: Option<Vec<Spanned<String>>>,
    search_file: Option<String>,
    short_name_mode: Option<ShortNameMode>,
    aliases: Map<String, Option<Reference>>,
    credential_helpers: Option<Vec<String>>,
    layer_store_auth_helper: String,
}

impl Merged {
    fn update(&mut self, checked: Checked, name: &str, conf: &Conf, is_first: bool) {
        self.registries.extend(checked.registries);
        if is_first || checked.search.is_some() {
            self.search = checked.search;
            self.search_file = Some(name.to_owned());
        }
        self.short_name_mode = checked.short_name_mode.or(self.short_name_mode);
        self.aliases.extend(checked.aliases);
        if let Some(helpers) = &conf.credential_helpers {
            self.credential_helpers = Some(helpers.clone());
        }
        if !conf.layer_store_auth_helper.is_empty() {
            self.layer_store_auth_helper
                .clone_from(&conf.layer_store_auth_helper);
        }
    }

    fn finish(self) -> Registries {
        let mut list = self.registries;
        order::sort_by(&mut list, |left, right| left.prefix.cmp(&right.prefix));
        // What a later file says of a prefix replaces what earlier ones do.
        list.dedup_by(|later, earlier| {
            let is_same = later.prefix == earlier.prefix;
            if is_same {
                std::mem::swap(later, earlier);
            }
            is_same
        });
        let mut credential_helpers = self.credential_helpers.unwrap_or_default();
        if credential_helpers.is_empty() {
            credential_helpers.push("containers-auth.json".to_owned());
        }
        let mut registries = Registries {
            index: Index::build(list.iter().map(|registry| registry.prefix.as_str())),
            any_blocked: list.iter().any(|registry| registry.blocked),
            list,
            search: self.search.unwrap_or_default(),
            search_file: self.search_file,
            short_name_mode: self.short_name_mode.unwrap_or(ShortNameMode::Permissive),
            aliases: self.aliases,
            credential_helpers,
            layer_store_auth_helper: self.layer_store_auth_helper,
            outer: OnceLock::new(),
        };
        registries.forecast();
        registries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registries::Table;

    #[test]
    fn the_outer_entry_governs_what_another_leaves() {
        let prefixes = [
            "*.com",
            "*.example.com",
            "a.example.com",
            "a.example.com:5000",
            "a.example.com:5000/x/y",
            "b.example.com/x",
            "quay.io/org",
            "quay.io/org-2",
        ];
        let tables = prefixes.map(|prefix| Table {
            prefix: prefix.to_owned(),
            location: "m.com".to_owned(),
            ..Table::default()
        });
        let conf = Conf {
            tables: tables.to_vec(),
            ..Conf::default()
        };
        let name = "registries.conf".to_owned();
        let registries = load(Some(ConfFile { name, conf }), Vec::new(), OpenShift::NEWEST);
        let registries = registries.expect("it loads");
        let told = registries.entries().map(|(id, registry)| {
            let outer = registries
                .outer(id)
                .map(|id| &registries.registry(id).prefix);
            (registry.prefix.as_str(), outer.map_or("", String::as_str))
        });
        let expected = [
            ("*.com", ""),
            ("*.example.com", "*.com"),
            ("a.example.com", "*.example.com"),
            ("a.example.com:5000", "*.example.com"),
            ("a.example.com:5000/x/y", "a.example.com:5000"),
            ("b.example.com/x", "*.example.com"),
            ("quay.io/org", ""),
            ("quay.io/org-2", ""),
        ];
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }
}
