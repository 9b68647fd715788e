//! Validating decoded files and merging drop-ins: the configuration in force on a node.
//!
//! From containers/image, pkg/sysregistriesv2 (system_registries_v2.go, shortnames.go).

use super::go_dump;
use super::index::Index;
use super::{Conf, Origin, Table, TableMirror, V1};
use crate::file::{Span, Spanned};
use crate::go_text::quote;
use crate::openshift::OpenShift;
use crate::reference::{Reference, ReferenceError, is_domain, looks_like_registry};
use std::collections::BTreeMap;
use std::fmt;

/// A decoded file and the name that messages give it.
#[derive(Clone, PartialEq, Debug)]
pub struct ConfFile {
    /// The path, as in messages.
    pub name: String,
    /// What it says.
    pub conf: Conf,
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
    pub aliases: BTreeMap<String, Option<Reference>>,
    /// Programs asked for credentials, never empty.
    pub credential_helpers: Vec<String>,
    /// A program that is given the credentials of each pull; empty when there is none.
    pub layer_store_auth_helper: String,
    any_blocked: bool,
}

/// Names one `Registry` of a `Registries`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RegistryId(pub(crate) u32);

/// One entry in force.
#[derive(Clone, PartialEq, Debug)]
pub struct Registry {
    /// What it matches: a host, a path below it, or `*.` and a domain.
    pub prefix: String,
    /// Where the source is; empty for a wildcard whose source is the reference itself.
    pub location: String,
    /// Whether the source may be contacted without TLS verification, or without TLS.
    pub insecure: bool,
    /// Whether references that this entry matches are refused.
    pub blocked: bool,
    /// Whether mirrors are for pulls by digest only.
    pub mirror_by_digest_only: bool,
    /// The mirrors, in the order they are tried.
    pub mirrors: Vec<Mirror>,
    /// Where the table is written; `None` for a configuration that was never written.
    pub span: Option<Span>,
    /// The places in the cluster's objects that the table comes from.
    pub origins: Vec<Origin>,
    /// The file it was read from, counted from the main file at 0.
    pub file_idx: usize,
    /// Which `[[registry]]` of its file it is, from 0.
    pub table_idx: usize,
}

/// One mirror in force.
#[derive(Clone, PartialEq, Debug)]
pub struct Mirror {
    /// Where it is.
    pub location: String,
    /// Whether it may be contacted without TLS verification, or without TLS.
    pub insecure: bool,
    /// Which pulls it is for.
    pub pull_from_mirror: PullFromMirror,
    /// Where the table is written.
    pub span: Option<Span>,
    /// The places in the cluster's objects that the mirror comes from.
    pub origins: Vec<Origin>,
}

/// Which pulls a mirror is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PullFromMirror {
    /// Nothing is said, which means all.
    Unset,
    /// `all`.
    All,
    /// `digest-only`.
    DigestOnly,
    /// `tag-only`.
    TagOnly,
}

impl PullFromMirror {
    /// The value as written; empty where nothing is said.
    pub fn as_str(self) -> &'static str {
        match self {
            PullFromMirror::Unset => "",
            PullFromMirror::All => "all",
            PullFromMirror::DigestOnly => "digest-only",
            PullFromMirror::TagOnly => "tag-only",
        }
    }

    fn parse(text: &str) -> Option<PullFromMirror> {
        use PullFromMirror::{All, DigestOnly, TagOnly, Unset};
        [Unset, All, DigestOnly, TagOnly]
            .into_iter()
            .find(|value| value.as_str() == text)
    }
}

/// How a short name with several candidates is treated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ShortNameMode {
    /// Every candidate is tried.
    Disabled,
    /// Every candidate is tried where nobody can be asked, as on a node.
    Permissive,
    /// The pull fails where nobody can be asked, as on a node.
    Enforcing,
}

impl Registries {
    /// The entries in force, sorted by prefix.
    pub fn list(&self) -> &[Registry] {
        &self.list
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

    /// The blocked entry that a rewritten reference falls in; `None` when it may be contacted.
    ///
    /// From containers/image, docker/docker_client.go `newDockerClient`.
    pub fn blocked_by(&self, name: &str) -> Option<RegistryId> {
        if !self.any_blocked {
            return None;
        }
        self.find(name).filter(|id| self.registry(*id).blocked)
    }
}

/// Something that makes the library refuse the whole configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoadError {
    /// The name of the file.
    pub file: String,
    /// Whether the file is a drop-in.
    pub is_drop_in: bool,
    /// Where in the file; `None` for a configuration that was never written.
    pub span: Option<Span>,
    /// What.
    pub kind: LoadErrorKind,
}

/// What makes the library refuse a configuration; locations are as the library prints them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LoadErrorKind {
    /// A location with `http://` or `https://`.
    Scheme(String),
    /// A table with neither prefix nor location.
    NoLocationNoPrefix,
    /// A table without location whose prefix is no wildcard.
    NoLocation,
    /// `pull-from-mirror` beside a prefix rather than in a mirror.
    PullFromMirrorOnRegistry(String),
    /// A mirror without location.
    NoMirrorLocation,
    /// `mirror-by-digest-only` on a registry and `pull-from-mirror` on one of its mirrors.
    DigestOnlyTwice {
        /// The registry's prefix.
        prefix: String,
        /// The mirror's location.
        mirror: String,
    },
    /// A `pull-from-mirror` that is no known value.
    UnknownPullFromMirror {
        /// The value.
        value: String,
        /// The mirror's location.
        mirror: String,
    },
    /// Two tables with one location that differ in a flag.
    Conflict {
        /// The location; empty for wildcards without one.
        location: String,
        /// `insecure` or `blocked`.
        flag: &'static str,
        /// Where the other table is.
        other: Option<Span>,
    },
    /// A search registry that is no host.
    SearchRegistry(String),
    /// An unknown `short-name-mode`.
    ShortNameMode(String),
    /// A wildcard prefix with a path, port or digest.
    WildcardPrefix(String),
    /// Everything wrong with the aliases, in the order of the file; never empty.
    Aliases(Vec<AliasError>),
    /// Version 1 in a drop-in.
    Version1DropIn,
    /// Versions 1 and 2 in one file, which the library prints as its own data structure, from
    /// v5.24.0 on.
    MixedVersions(Option<String>),
}

/// What is wrong with one short-name alias.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AliasError {
    /// The short name is no reference.
    Name(String, ReferenceError),
    /// The short name has what the word says.
    NameHas(String, &'static str),
    /// The value is no reference.
    Value(String, ReferenceError),
    /// The value has what the word says.
    ValueHas(String, &'static str),
    /// The value has no registry.
    ValueWithoutRegistry(String),
    /// Normalizing the value fails.
    Normalize(ReferenceError),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let drop_in = if self.is_drop_in { "drop-in " } else { "" };
        let file = quote(&self.file);
        write!(
            f,
            "loading {drop_in}registries configuration {file}: {}",
            self.kind
        )
    }
}

impl fmt::Display for LoadErrorKind {
    // The texts are the library's own, so that they can be compared with what a node logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadErrorKind::Scheme(input) => {
                write!(
                    f,
                    "invalid location '{input}': URI schemes are not supported"
                )
            }
            LoadErrorKind::NoLocationNoPrefix => {
                f.write_str("invalid condition: both location and prefix are unset")
            }
            LoadErrorKind::NoLocation => f.write_str(
                "invalid condition: location is unset and prefix is not in the format: \
                 *.example.com",
            ),
            LoadErrorKind::PullFromMirrorOnRegistry(prefix) => write!(
                f,
                "pull-from-mirror must not be set for a non-mirror registry {}",
                quote(prefix)
            ),
            LoadErrorKind::NoMirrorLocation => {
                f.write_str("invalid condition: mirror location is unset")
            }
            LoadErrorKind::DigestOnlyTwice { prefix, mirror } => write!(
                f,
                "cannot set mirror usage mirror-by-digest-only for the registry ({}) \
                 and pull-from-mirror for per-mirror ({}) at the same time",
                quote(prefix),
                quote(mirror)
            ),
            LoadErrorKind::UnknownPullFromMirror { value, mirror } => write!(
                f,
                "unsupported pull-from-mirror value {} for mirror {}",
                quote(value),
                quote(mirror)
            ),
            LoadErrorKind::Conflict { location, flag, .. } => write!(
                f,
                "registry '{location}' is defined multiple times \
                 with conflicting '{flag}' setting"
            ),
            LoadErrorKind::SearchRegistry(registry) => {
                write!(
                    f,
                    "Invalid unqualified-search-registries entry {}",
                    quote(registry)
                )
            }
            LoadErrorKind::ShortNameMode(mode) => {
                write!(f, "invalid short-name mode: {}", quote(mode))
            }
            LoadErrorKind::WildcardPrefix(prefix) => write!(
                f,
                "Wildcarded prefix should be in the format: *.example.com. \
                 Current prefix {} is incorrectly formatted",
                quote(prefix)
            ),
            LoadErrorKind::Aliases(errors) => {
                f.write_str("validating short-name aliases: ")?;
                for (at, error) in errors.iter().enumerate() {
                    let newline = if at == 0 { "" } else { "\n" };
                    write!(f, "{newline}{error}")?;
                }
                Ok(())
            }
            LoadErrorKind::Version1DropIn => {
                f.write_str("registry must be in v2 format but is in v1")
            }
            LoadErrorKind::MixedVersions(dump) => {
                f.write_str("mixing sysregistry v1/v2 is not supported")?;
                dump.as_ref().map_or(Ok(()), |dump| write!(f, ": {dump}"))
            }
        }
    }
}

impl fmt::Display for AliasError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AliasError::Name(name, error) => {
                write!(f, "cannot parse short name: {}: {error}", quote(name))
            }
            AliasError::NameHas(name, what) => {
                write!(
                    f,
                    "invalid short name {}: must not contain {what}",
                    quote(name)
                )
            }
            AliasError::Value(value, error) => {
                write!(f, "parsing alias {}: {error}", quote(value))
            }
            AliasError::ValueHas(value, what) => {
                write!(f, "invalid alias {}: must not contain {what}", quote(value))
            }
            AliasError::ValueWithoutRegistry(value) => {
                write!(
                    f,
                    "invalid alias {}: must contain registry and repository",
                    quote(value)
                )
            }
            AliasError::Normalize(error) => error.fmt(f),
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
    let mut errors = Vec::new();
    let mut merged = Merged::default();
    let mut any_file = false;
    let files = main.into_iter().map(|file| (file, false));
    let files = files.chain(drop_ins.into_iter().map(|file| (file, true)));
    for (file_idx, (file, is_drop_in)) in files.enumerate() {
        let mut check = Check {
            file_idx,
            is_drop_in,
            name: &file.name,
            version,
            errors: vec![],
        };
        let checked = check.file(&file.conf);
        errors.append(&mut check.errors);
        merged.update(checked, &file, !any_file);
        any_file = true;
    }
    if errors.is_empty() {
        Ok(merged.finish())
    } else {
        Err(errors)
    }
}

/// One file after its checks.
struct Checked {
    registries: Vec<Registry>,
    search: Option<Vec<Spanned<String>>>,
    short_name_mode: Option<ShortNameMode>,
    aliases: Vec<(String, Option<Reference>)>,
}

struct Check<'a> {
    file_idx: usize,
    is_drop_in: bool,
    name: &'a str,
    version: OpenShift,
    errors: Vec<LoadError>,
}

impl Check<'_> {
    fn fail(&mut self, span: Option<Span>, kind: LoadErrorKind) {
        let (file, is_drop_in) = (self.name.to_owned(), self.is_drop_in);
        self.errors.push(LoadError {
            file,
            is_drop_in,
            span,
            kind,
        });
    }

    /// From containers/image, pkg/sysregistriesv2 `loadConfigFile` and `postProcessRegistries`.
    fn file(&mut self, conf: &Conf) -> Checked {
        let converted = self.convert_v1(conf);
        let (tables, search) = match &converted {
            Some((tables, search)) => (tables, search),
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
        let short_name_mode = self.short_name_mode(&conf.short_name_mode);
        for registry in &registries {
            if registry.prefix.starts_with("*.") && registry.prefix.contains(['/', '@', ':']) {
                self.fail(
                    registry.span,
                    LoadErrorKind::WildcardPrefix(registry.prefix.clone()),
                );
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
        let location = self.location(&table.location, table.span);
        let mut prefix = location.clone();
        if !table.prefix.is_empty() {
            prefix = self.location(&table.prefix, table.span);
            if !prefix.starts_with("*.") && location.is_empty() {
                self.fail(table.span, LoadErrorKind::NoLocation);
            }
        } else if location.is_empty() {
            self.fail(table.span, LoadErrorKind::NoLocationNoPrefix);
        }
        if !table.pull_from_mirror.is_empty() {
            let kind = LoadErrorKind::PullFromMirrorOnRegistry(prefix.clone());
            self.fail(table.span, kind);
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
        }
    }

    fn mirror(&mut self, mirror: &TableMirror, table: &Table, prefix: &str) -> Mirror {
        let mut location = self.location(&mirror.location, mirror.span);
        if location.is_empty() {
            self.fail(mirror.span, LoadErrorKind::NoMirrorLocation);
        }
        if table.mirror_by_digest_only && !mirror.pull_from_mirror.is_empty() {
            let (prefix, mirror_location) = (prefix.to_owned(), location.clone());
            let kind = LoadErrorKind::DigestOnlyTwice {
                prefix,
                mirror: mirror_location,
            };
            self.fail(mirror.span, kind);
        }
        let pull_from_mirror = PullFromMirror::parse(&mirror.pull_from_mirror);
        if pull_from_mirror.is_none() {
            let value = mirror.pull_from_mirror.clone();
            let kind = LoadErrorKind::UnknownPullFromMirror {
                value,
                mirror: location.clone(),
            };
            self.fail(mirror.span, kind);
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
        }
    }

    /// From containers/image, pkg/sysregistriesv2 `parseLocation`.
    fn location(&mut self, input: &str, span: Option<Span>) -> String {
        let trimmed = input.trim_end_matches('/');
        if trimmed.starts_with("http://") || trimmed.starts_with("https://") {
            self.fail(span, LoadErrorKind::Scheme(input.to_owned()));
        }
        trimmed.to_owned()
    }

    /// Reports tables that share a location (or a prefix where there is none) but not their flags.
    fn conflicts(&mut self, tables: &[Registry]) {
        let key = |table: &Registry| {
            if table.location.is_empty() {
                table.prefix.clone()
            } else {
                table.location.clone()
            }
        };
        let mut groups: BTreeMap<String, Vec<&Registry>> = BTreeMap::new();
        for table in tables {
            groups.entry(key(table)).or_default().push(table);
        }
        for table in tables {
            // Only the first difference of a group is told, once: the rest repeat it.
            let group = groups.remove(&key(table)).unwrap_or_default();
            let differs = |other: &&&Registry| {
                table.insecure != other.insecure || table.blocked != other.blocked
            };
            if let Some(other) = group.iter().find(differs) {
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
                };
                self.fail(other.span, kind);
            }
        }
    }

    fn search(&mut self, search: &[Spanned<String>]) -> Vec<Spanned<String>> {
        let mut kept = Vec::with_capacity(search.len());
        for registry in search {
            let location = self.location(&registry.value, Some(registry.span));
            if !is_domain(&location) {
                let kind = LoadErrorKind::SearchRegistry(location.clone());
                self.fail(Some(registry.span), kind);
            }
            kept.push(Spanned::new(location, registry.span));
        }
        kept
    }

    fn short_name_mode(&mut self, mode: &str) -> Option<ShortNameMode> {
        match mode {
            "" => None,
            "disabled" => Some(ShortNameMode::Disabled),
            "permissive" => Some(ShortNameMode::Permissive),
            "enforcing" => Some(ShortNameMode::Enforcing),
            _ => {
                self.fail(None, LoadErrorKind::ShortNameMode(mode.to_owned()));
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
            self.fail(first, LoadErrorKind::Aliases(errors));
        }
        kept
    }

    /// Version 1 as version 2; `None` where the file has no version 1.
    ///
    /// From containers/image, pkg/sysregistriesv2 `loadConfigFile` and `ConvertToV2`.
    fn convert_v1(&mut self, conf: &Conf) -> Option<(Vec<Table>, Option<Vec<Spanned<String>>>)> {
        let v1 = conf.v1.as_ref().filter(|v1| self.is_v1(v1))?;
        let span = [&v1.search, &v1.insecure, &v1.block]
            .into_iter()
            .find_map(|list| list.as_ref()?.first().map(|registry| registry.span));
        if self.is_drop_in {
            self.fail(span, LoadErrorKind::Version1DropIn);
        } else if conf.is_v2 {
            let has_dump = OpenShift::V4_14 <= self.version;
            let dump = has_dump.then(|| go_dump::dump(conf, v1, self.version));
            self.fail(span, LoadErrorKind::MixedVersions(dump));
        }
        let mut tables: Vec<Table> = Vec::new();
        let mut table_of = BTreeMap::new();
        let blocked = v1.block.iter().flatten().map(|registry| (registry, true));
        let insecure = v1
            .insecure
            .iter()
            .flatten()
            .map(|registry| (registry, false));
        for (registry, is_blocked) in blocked.chain(insecure) {
            let location = self.location(&registry.value, Some(registry.span));
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
        Some((tables, v1.search.clone()))
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
    tables.sort_by(|left, right| left.prefix.cmp(&right.prefix));
    tables.dedup_by(|later, earlier| later.prefix == earlier.prefix);
    tables
}

/// What has been read so far.
///
/// From containers/image, pkg/sysregistriesv2 `updateWithConfigurationFrom`.
#[derive(Default)]
struct Merged {
    registries: BTreeMap<String, Registry>,
    search: Option<Vec<Spanned<String>>>,
    search_file: Option<String>,
    short_name_mode: Option<ShortNameMode>,
    aliases: BTreeMap<String, Option<Reference>>,
    credential_helpers: Option<Vec<String>>,
    layer_store_auth_helper: String,
}

impl Merged {
    fn update(&mut self, checked: Checked, file: &ConfFile, is_first: bool) {
        for registry in checked.registries {
            self.registries.insert(registry.prefix.clone(), registry);
        }
        if is_first || checked.search.is_some() {
            self.search = checked.search;
            self.search_file = Some(file.name.clone());
        }
        self.short_name_mode = checked.short_name_mode.or(self.short_name_mode);
        self.aliases.extend(checked.aliases);
        if let Some(helpers) = &file.conf.credential_helpers {
            self.credential_helpers = Some(helpers.clone());
        }
        if !file.conf.layer_store_auth_helper.is_empty() {
            self.layer_store_auth_helper
                .clone_from(&file.conf.layer_store_auth_helper);
        }
    }

    fn finish(self) -> Registries {
        let list: Vec<Registry> = self.registries.into_values().collect();
        let mut credential_helpers = self.credential_helpers.unwrap_or_default();
        if credential_helpers.is_empty() {
            credential_helpers.push("containers-auth.json".to_owned());
        }
        Registries {
            index: Index::build(list.iter().map(|registry| registry.prefix.as_str())),
            any_blocked: list.iter().any(|registry| registry.blocked),
            list,
            search: self.search.unwrap_or_default(),
            search_file: self.search_file,
            short_name_mode: self.short_name_mode.unwrap_or(ShortNameMode::Permissive),
            aliases: self.aliases,
            credential_helpers,
            layer_store_auth_helper: self.layer_store_auth_helper,
        }
    }
}
