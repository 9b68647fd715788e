//! The checks of one file, in the library's order, without stopping at the first that fails.
//!
//! From containers/image, pkg/sysregistriesv2 (system_registries_v2.go, shortnames.go).

use super::entry::{Forecast, Mirror, PullFromMirror, Registry, ShortNameMode};
use super::go_dump;
use super::load_error::{AliasError, LoadError, LoadErrorKind};
use super::{Conf, Origin, Table, TableMirror, V1};
use crate::file::{Span, Spanned};
use crate::openshift::OpenShift;
use crate::order;
use crate::reference::{Reference, is_domain, looks_like_registry};
use crate::sorted::Map;

/// One file after its checks.
pub(super) struct Checked {
    pub(super) registries: Vec<Registry>,
    pub(super) search: Option<Vec<Spanned<String>>>,
    pub(super) short_name_mode: Option<ShortNameMode>,
    pub(super) aliases: Vec<(String, Option<Reference>)>,
}

/// Version 1 as version 2.
struct Converted {
    tables: Vec<Table>,
    search: Option<Vec<Spanned<String>>>,
}

/// Where something is wrong.
#[derive(Clone, Copy)]
struct Place<'a> {
    span: Option<Span>,
    origins: &'a [Origin],
}

impl<'a> Place<'a> {
    fn table(table: &'a Table) -> Place<'a> {
        let (span, origins) = (table.span, table.origins.as_slice());
        Place { span, origins }
    }

    fn registry(registry: &'a Registry) -> Place<'a> {
        let (span, origins) = (registry.span, registry.origins.as_slice());
        Place { span, origins }
    }

    fn mirror(mirror: &'a TableMirror) -> Place<'a> {
        let (span, origins) = (mirror.span, mirror.origins.as_slice());
        Place { span, origins }
    }

    fn alone(span: Option<Span>) -> Place<'a> {
        let origins = &[];
        Place { span, origins }
    }
}

/// One file while it is checked.
pub(super) struct Check<'a> {
    pub(super) file_idx: usize,
    pub(super) is_drop_in: bool,
    pub(super) name: &'a str,
    pub(super) version: OpenShift,
    pub(super) errors: Vec<LoadError>,
}

impl Check<'_> {
    #[cold]
    #[inline(never)]
    fn fail(&mut self, place: Place<'_>, kind: LoadErrorKind) {
        let (file, is_drop_in) = (self.name.to_owned(), self.is_drop_in);
        self.errors.push(LoadError {
            file,
            is_drop_in,
            span: place.span,
            origins: place.origins.to_vec(),
            kind,
        });
    }

    /// From containers/image, pkg/sysregistriesv2 `loadConfigFile` and `postProcessRegistries`.
    pub(super) fn file(&mut self, conf: &Conf) -> Checked {
        let v1 = conf.v1.as_ref().filter(|v1| self.is_v1(v1));
        let converted = v1.map(|v1| self.convert_v1(conf, v1));
        let (tables, search) = match &converted {
            Some(Converted { tables, search }) => (tables, search),
            None => (&conf.tables, &conf.search),
        };
        let tables: Vec<Registry> = tables
            .iter()
            .enumerate()
            .map(|(idx, table)| self.table(idx, table))
            .collect();
        self.conflicts(&tables);
        let search = search.as_ref().map(|search| self.search(search));
        let registries = first_of_each_prefix(tables);
        let short_name_mode = self.short_name_mode(conf);
        for registry in &registries {
            if registry.prefix.starts_with("*.") && registry.prefix.contains(['/', '@', ':']) {
                let kind = LoadErrorKind::WildcardPrefix(registry.prefix.clone());
                self.fail(Place::registry(registry), kind);
            }
        }
        let aliases = self.aliases(&conf.aliases);
        Checked {
            registries,
            search,
            short_name_mode,
            aliases,
        }
    }

    fn table(&mut self, table_idx: usize, table: &Table) -> Registry {
        let location = self.location(&table.location, Place::table(table));
        let mut prefix = location.clone();
        if !table.prefix.is_empty() {
            prefix = self.location(&table.prefix, Place::table(table));
            if !prefix.starts_with("*.") && location.is_empty() {
                self.fail(Place::table(table), LoadErrorKind::NoLocation);
            }
        } else if location.is_empty() {
            self.fail(Place::table(table), LoadErrorKind::NoLocationNoPrefix);
        }
        if !table.pull_from_mirror.is_empty() {
            let kind = LoadErrorKind::PullFromMirrorOnRegistry(prefix.clone());
            self.fail(Place::table(table), kind);
        }
        let mirrors = table
            .mirrors
            .iter()
            .map(|mirror| self.mirror(mirror, table, &prefix));
        Registry {
            mirrors: mirrors.collect(),
            location,
            insecure: table.insecure,
            blocked: table.blocked,
            mirror_by_digest_only: table.mirror_by_digest_only,
            span: table.span,
            origins: table.origins.clone(),
            file_idx: self.file_idx,
            table_idx,
            prefix,
            forecast: Forecast::Unknown,
        }
    }

    fn mirror(&mut self, mirror: &TableMirror, table: &Table, prefix: &str) -> Mirror {
        let mut location = self.location(&mirror.location, Place::mirror(mirror));
        if location.is_empty() {
            self.fail(Place::mirror(mirror), LoadErrorKind::NoMirrorLocation);
        }
        if table.mirror_by_digest_only && !mirror.pull_from_mirror.is_empty() {
            let (prefix, mirror_location) = (prefix.to_owned(), location.clone());
            let kind = LoadErrorKind::DigestOnlyTwice {
                prefix,
                mirror: mirror_location,
            };
            self.fail(Place::mirror(mirror), kind);
        }
        let pull_from_mirror = PullFromMirror::parse(&mirror.pull_from_mirror);
        if pull_from_mirror.is_none() {
            let value = mirror.pull_from_mirror.to_string();
            let kind = LoadErrorKind::UnknownPullFromMirror {
                value,
                mirror: location.clone(),
            };
            self.fail(Place::mirror(mirror), kind);
        }
        // Fixed in v5.35.0 (commit 445cbd40), which CRI-O of 4.20 was the first to have:
        // before, the trimmed location was checked but not kept.
        if self.version < OpenShift::V4_20 {
            location.clone_from(&mirror.location);
        }
        Mirror {
            location,
            insecure: mirror.insecure,
            pull_from_mirror: pull_from_mirror.unwrap_or(PullFromMirror::Unset),
            span: mirror.span,
            origins: mirror.origins.clone(),
            forecast: Forecast::Unknown,
        }
    }

    /// From containers/image, pkg/sysregistriesv2 `parseLocation`.
    fn location(&mut self, input: &str, place: Place<'_>) -> String {
        let trimmed = input.trim_end_matches('/');
        if trimmed.starts_with("http://") || trimmed.starts_with("https://") {
            self.fail(place, LoadErrorKind::Scheme(input.to_owned()));
        }
        trimmed.to_owned()
    }

    /// Reports tables that share a location (or a prefix where there is none) but not their flags.
    fn conflicts(&mut self, tables: &[Registry]) {
        fn key(table: &Registry) -> &str {
            if table.location.is_empty() {
                &table.prefix
            } else {
                &table.location
            }
        }
        let mut by_key: Vec<&Registry> = tables.iter().collect();
        order::sort_by(&mut by_key, |left, right| key(left).cmp(key(right)));
        // Only the first difference from the first of a group is told: the rest repeat it.
        let groups = by_key.chunk_by(|left, right| key(left) == key(right));
        let mut differing: Vec<(&Registry, &Registry)> = groups
            .filter_map(|group| {
                let table = *group.first()?;
                let differs = |other: &&&Registry| {
                    table.insecure != other.insecure || table.blocked != other.blocked
                };
                Some((table, *group.iter().find(differs)?))
            })
            .collect();
        order::sort_by_key(&mut differing, |(table, _)| table.table_idx);
        for (table, other) in differing {
            let flag = if table.insecure == other.insecure {
                "blocked"
            } else {
                "insecure"
            };
            let location = table.location.clone();
            let kind = LoadErrorKind::Conflict {
                location,
                flag,
                other: table.span,
                other_origins: table.origins.clone(),
            };
            self.fail(Place::registry(other), kind);
        }
    }

    fn search(&mut self, search: &[Spanned<String>]) -> Vec<Spanned<String>> {
        let mut kept = Vec::with_capacity(search.len());
        for registry in search {
            let place = Place::alone(Some(registry.span));
            let location = self.location(&registry.value, place);
            if !is_domain(&location) {
                let kind = LoadErrorKind::SearchRegistry(location.clone());
                self.fail(place, kind);
            }
            kept.push(Spanned::new(location, registry.span));
        }
        kept
    }

    fn short_name_mode(&mut self, conf: &Conf) -> Option<ShortNameMode> {
        match conf.short_name_mode.as_str() {
            "" => None,
            "disabled" => Some(ShortNameMode::Disabled),
            "permissive" => Some(ShortNameMode::Permissive),
            "enforcing" => Some(ShortNameMode::Enforcing),
            mode => {
                let kind = LoadErrorKind::ShortNameMode(mode.to_owned());
                self.fail(Place::alone(conf.short_name_mode_place), kind);
                None
            }
        }
    }

    /// From containers/image, pkg/sysregistriesv2/shortnames.go `newShortNameAliasCache`.
    fn aliases(
        &mut self,
        aliases: &[(Spanned<String>, Spanned<String>)],
    ) -> Vec<(String, Option<Reference>)> {
        let mut errors = Vec::new();
        let mut kept = Vec::new();
        let mut first = None;
        for (name, value) in aliases {
            let n_errors = errors.len();
            errors.extend(check_alias_name(&name.value).err());
            if value.value.is_empty() {
                kept.push((name.value.clone(), None));
            } else {
                match parse_alias_value(&value.value) {
                    Ok(reference) => kept.push((name.value.clone(), Some(reference))),
                    Err(error) => errors.push(error),
                }
            }
            if n_errors < errors.len() {
                first.get_or_insert(name.span);
            }
        }
        if !errors.is_empty() {
            self.fail(Place::alone(first), LoadErrorKind::Aliases(errors));
        }
        kept
    }

    /// Version 1 as version 2.
    ///
    /// From containers/image, pkg/sysregistriesv2 `loadConfigFile` and `ConvertToV2`.
    #[cold]
    #[inline(never)]
    fn convert_v1(&mut self, conf: &Conf, v1: &V1) -> Converted {
        let span = [&v1.search, &v1.insecure, &v1.block]
            .into_iter()
            .find_map(|list| list.as_ref()?.first().map(|registry| registry.span));
        if self.is_drop_in {
            self.fail(Place::alone(span), LoadErrorKind::Version1DropIn);
        } else if conf.is_v2 {
            let has_dump = OpenShift::V4_14 <= self.version;
            let dump = has_dump.then(|| go_dump::dump(conf, v1, self.version));
            self.fail(Place::alone(span), LoadErrorKind::MixedVersions(dump));
        }
        let mut tables: Vec<Table> = Vec::new();
        let mut table_of = Map::new();
        let blocked = v1.block.iter().flatten().map(|registry| (registry, true));
        let insecure = v1
            .insecure
            .iter()
            .flatten()
            .map(|registry| (registry, false));
        for (registry, is_blocked) in blocked.chain(insecure) {
            let location = self.location(&registry.value, Place::alone(Some(registry.span)));
            let idx = *table_of.entry(location.clone()).or_insert_with(|| {
                let prefix = location.clone();
                let span = Some(registry.span);
                tables.push(Table {
                    prefix,
                    location,
                    span,
                    ..Table::default()
                });
                tables.len() - 1
            });
            tables[idx].blocked |= is_blocked;
            tables[idx].insecure |= !is_blocked;
        }
        Converted {
            tables,
            search: v1.search.clone(),
        }
    }

    /// Before v5.24.0 (commit 77356a9b) empty lists did not make a file version 1;
    /// CRI-O of 4.14 was the first with it.
    fn is_v1(&self, v1: &V1) -> bool {
        let mut lists = [&v1.search, &v1.insecure, &v1.block].into_iter().flatten();
        OpenShift::V4_14 <= self.version || lists.any(|list| !list.is_empty())
    }
}

/// From containers/image, pkg/sysregistriesv2/shortnames.go `validateShortName`.
fn check_alias_name(name: &str) -> Result<(), AliasError> {
    let has = |what| Err(AliasError::NameHas(name.to_owned(), what));
    match Reference::parse(name) {
        Err(error) => Err(AliasError::Name(name.to_owned(), error)),
        Ok(reference) if reference.digest().is_some() => has("digest"),
        Ok(reference) if reference.tag().is_some() => has("tag"),
        Ok(reference) if looks_like_registry(reference.domain()) => has("registry"),
        Ok(_) => Ok(()),
    }
}

/// From containers/image, pkg/sysregistriesv2/shortnames.go `parseShortNameValue`.
fn parse_alias_value(value: &str) -> Result<Reference, AliasError> {
    let has = |what| Err(AliasError::ValueHas(value.to_owned(), what));
    match Reference::parse(value) {
        Err(error) => Err(AliasError::Value(value.to_owned(), error)),
        Ok(reference) if reference.digest().is_some() => has("digest"),
        Ok(reference) if reference.tag().is_some() => has("tag"),
        Ok(reference) if !looks_like_registry(reference.domain()) => {
            Err(AliasError::ValueWithoutRegistry(value.to_owned()))
        }
        Ok(_) => Reference::parse_normalized(value).map_err(AliasError::Normalize),
    }
}

/// Drops every table whose prefix an earlier one has, and sorts the rest by prefix.
fn first_of_each_prefix(mut tables: Vec<Registry>) -> Vec<Registry> {
    // The sort keeps the order of equal prefixes, so the first of a file stays first.
    order::sort_by(&mut tables, |left, right| left.prefix.cmp(&right.prefix));
    tables.dedup_by(|later, earlier| later.prefix == earlier.prefix);
    tables
}
