//! Merging mirror sets and the image configuration into registries.conf, as the Machine Config
//! Operator does.

use super::refusal::Refusal;
use super::sources::{self, MergedSource};
use super::{Conf, Origin, Role, Table, TableMirror};
use crate::file::{Span, Spanned};
use crate::go_text::quote;
use crate::openshift::OpenShift;
use crate::order;
use crate::resource::mirror_set::{MirrorSet, SourcePolicy};
use crate::scope::index::ScopeIndex;
use crate::scope::{Nesting, is_wildcard};
use crate::sorted::Map;
use std::borrow::Cow;

/// Most bytes of registries.conf that tables may inherit from others.
///
/// The API server stores 1.5 MiB of a rendered machine configuration, and every byte that is
/// inherited is in it; without a limit a few megabytes of objects multiply into terabytes.
pub const MAX_INHERITED_BYTES: usize = 64 << 20;

/// What a mirror counts for in `MAX_INHERITED_BYTES` when a scope inherits it that is so much
/// longer than its source.
pub(crate) fn inherited_bytes(location: &str, rest_len: usize) -> usize {
    // Bytes of a mirror's table without its location.
    const MIRROR_BYTES: usize = 64;
    MIRROR_BYTES + location.len() + rest_len
}

/// What is merged in.
#[derive(Clone, Copy, Debug)]
pub struct Changes<'a> {
    /// Mirror sets of any kind; those that the release does not read are passed over.
    pub mirror_sets: &'a [&'a MirrorSet],
    /// Scopes whose TLS certificates are not verified.
    pub insecure: &'a [Spanned<String>],
    /// Scopes that must not be pulled from.
    pub blocked: &'a [Spanned<String>],
}

/// Merges changes into a configuration.
///
/// Tables are made in this order: sources of digest mirrors, sources of tag mirrors,
/// blocked scopes, insecure scopes (insecure before blocked until 4.8).
///
/// # Errors
///
/// A wildcard source has nothing to inherit to a nested table, or the result would be too
/// large; `conf` is then in between. All refusals are given, the operator's own first.
pub fn edit(
    conf: &mut Conf,
    changes: &Changes<'_>,
    version: OpenShift,
) -> Result<(), Vec<Refusal>> {
    // From openshift/runtime-utils, pkg/registries/registries.go EditRegistriesConfig, and the
    // copies that the releases vendor.
    let mut digest = sources::merged(sources::digest_entries(changes.mirror_sets, version));
    let mut tag = sources::merged(sources::tag_entries(changes.mirror_sets, version));
    let mut editor = Editor::new(conf, version);

    editor.add_sources(&mut digest, "digest-only");
    editor.add_sources(&mut tag, "tag-only");
    if version < OpenShift::V4_9 {
        editor.add_scopes(changes.insecure);
        editor.mark_insecure(changes.insecure);
        editor.add_scopes(changes.blocked);
    } else {
        editor.add_scopes(changes.blocked);
        editor.add_scopes(changes.insecure);
        editor.mark_insecure(changes.insecure);
    }
    editor.mark_blocked(changes.blocked);
    if version < OpenShift::V4_11 {
        return Ok(());
    }
    let sources: Vec<&MergedSource<'_>> = digest.iter().chain(&tag).collect();
    editor.inherit(&sources)
}

/// The mirrors of a source as an entry of a scope nested in it has to give them.
///
/// # Errors
///
/// The text of the library's internal error: the scope is not nested, or the source a wildcard.
pub fn adjusted_mirrors(
    source: &str,
    scope: &str,
    mirrors: &[TableMirror],
) -> Result<Vec<TableMirror>, String> {
    // From openshift/runtime-utils, pkg/registries/registries.go mirrorsAdjustedForNestedScope.
    if !crate::scope::is_nested(scope, source) {
        return Err(format!(
            "internal error: mirrorsAdjustedForNestedScope for {} and non-subscope {}",
            quote(source),
            quote(scope)
        ));
    }
    if is_wildcard(source) {
        return Err(format!(
            "internal error: mirrorsAdjustedForNestedScope for a wildcard scope {}",
            quote(source)
        ));
    }
    let rest = scope.strip_prefix(source).unwrap_or_default();
    let adjusted = mirrors.iter().map(|mirror| TableMirror {
        location: format!("{}{rest}", mirror.location),
        ..mirror.clone()
    });
    Ok(adjusted.collect())
}

struct Editor<'a> {
    conf: &'a mut Conf,
    /// The first table of each scope, of the first tables.
    tables: Map<String, usize>,
    /// How many those are: tables that nobody looks for are never taken in.
    n_indexed: usize,
    version: OpenShift,
}

impl<'a> Editor<'a> {
    fn new(conf: &'a mut Conf, version: OpenShift) -> Editor<'a> {
        Editor {
            conf,
            tables: Map::new(),
            n_indexed: 0,
            version,
        }
    }

    /// Takes all tables that there are into the index.
    fn index(&mut self) {
        let new = self.conf.tables.iter().enumerate().skip(self.n_indexed);
        for (at, table) in new {
            let scope = scope_of(table, self.version).to_owned();
            self.tables.entry(scope).or_insert(at);
        }
        self.n_indexed = self.conf.tables.len();
    }

    /// The table of a scope in the index, or one that is made at the end.
    fn table(&mut self, scope: &str) -> &mut Table {
        let at = match self.tables.get(scope) {
            Some(at) => *at,
            None => {
                self.conf.tables.push(self.new_table(scope));
                self.conf.tables.len() - 1
            }
        };
        &mut self.conf.tables[at]
    }

    fn new_table(&self, scope: &str) -> Table {
        let mut table = Table::default();
        if OpenShift::V4_9 <= self.version && is_wildcard(scope) {
            scope.clone_into(&mut table.prefix);
        } else {
            scope.clone_into(&mut table.location);
        }
        table
    }

    /// Makes tables of sources, which lose the origins of their mirrors to them.
    fn add_sources(&mut self, sources: &mut [MergedSource<'_>], pull_from_mirror: &'static str) {
        if sources.is_empty() {
            return;
        }
        let is_per_mirror = OpenShift::V4_13 <= self.version;
        // No two sources are the same, so none needs the table of another one.
        self.index();
        for source in sources {
            let table = self.table(source.source);
            table.origins.extend(&source.origins);
            if source.policy == SourcePolicy::NeverContactSource {
                table.blocked = true;
            }
            if !is_per_mirror {
                table.mirror_by_digest_only = true;
            }
            table.mirrors.reserve_exact(source.mirrors.len());
            for mirror in &mut source.mirrors {
                table.mirrors.push(TableMirror {
                    location: mirror.location.to_owned(),
                    pull_from_mirror: match is_per_mirror {
                        true => Cow::Borrowed(pull_from_mirror),
                        false => Cow::default(),
                    },
                    origins: std::mem::take(&mut mirror.origins),
                    ..TableMirror::default()
                });
            }
        }
    }

    fn add_scopes(&mut self, scopes: &[Spanned<String>]) {
        for scope in scopes {
            self.index();
            self.table(&scope.value);
        }
    }

    /// Marks the tables and mirrors nested in insecure scopes.
    ///
    /// The operator does this scope by scope, while it makes tables; but those are insecure
    /// themselves and have no mirrors, so once at the end comes to the same.
    fn mark_insecure(&mut self, scopes: &[Spanned<String>]) {
        if scopes.is_empty() {
            return;
        }
        let index = span_index(scopes, self.version);
        for table in &mut self.conf.tables {
            let spans = index.containing(scope_of(table, self.version));
            table.insecure |= !spans.is_empty();
            table.origins.extend(origins(spans, Role::Insecure));
            for mirror in &mut table.mirrors {
                let spans = index.containing(&mirror.location);
                mirror.insecure |= !spans.is_empty();
                mirror.origins.extend(origins(spans, Role::Insecure));
            }
        }
    }

    /// Marks the tables nested in blocked scopes.
    fn mark_blocked(&mut self, scopes: &[Spanned<String>]) {
        if scopes.is_empty() {
            return;
        }
        let index = span_index(scopes, self.version);
        for table in &mut self.conf.tables {
            let spans = index.containing(scope_of(table, self.version));
            table.blocked |= !spans.is_empty();
            table.origins.extend(origins(spans, Role::Blocked));
        }
    }

    /// Gives tables without mirrors those of a source they are nested in.
    ///
    /// The operator goes through the sources and gives to every table that has none yet,
    /// so a table inherits from the first of its sources, which is the least specific.
    fn inherit(&mut self, sources: &[&MergedSource<'_>]) -> Result<(), Vec<Refusal>> {
        if self
            .conf
            .tables
            .iter()
            .all(|table| !table.mirrors.is_empty())
        {
            return Ok(());
        }
        self.index();
        let mut index = ScopeIndex::new(Nesting::of(self.version));
        for (at, source) in sources.iter().enumerate() {
            index.insert(source.source, at);
        }
        let mut heirs = Vec::new();
        for (at, table) in self.conf.tables.iter().enumerate() {
            if !table.mirrors.is_empty() {
                continue;
            }
            let scope = scope_of(table, self.version);
            let containing = index.containing(scope).into_iter();
            let first = containing.filter(|at| sources[*at].source != scope).min();
            heirs.extend(first.map(|source| (source, at)));
        }
        order::sort(&mut heirs);

        let mut refusals = Vec::new();
        let mut n_bytes = 0;
        for (source_at, table_at) in heirs {
            let source = sources[source_at];
            let scope = scope_of(&self.conf.tables[table_at], self.version).to_owned();
            if is_wildcard(source.source) {
                let table = &self.conf.tables[table_at];
                let spans = |origins: &[Origin]| origins.iter().map(|origin| origin.span).collect();
                refusals.push(Refusal::WildcardInheritance {
                    source: source.source.to_owned(),
                    spans: spans(&source.origins),
                    scope_spans: spans(&table.origins),
                    scope,
                });
                continue;
            }
            let heir = self.heir(source.source, &scope, &mut n_bytes);
            let Some(heir) = heir else {
                refusals.push(Refusal::TooLarge);
                return Err(refusals);
            };
            let table = &mut self.conf.tables[table_at];
            table.mirrors = heir.mirrors;
            if self.version < OpenShift::V4_13 {
                table.mirror_by_digest_only = heir.mirror_by_digest_only;
            }
            let from = source
                .origins
                .iter()
                .filter(|origin| origin.role == Role::Source);
            table.origins.extend(from.map(|origin| Origin {
                span: origin.span,
                role: Role::InheritedFrom,
            }));
        }
        if refusals.is_empty() {
            Ok(())
        } else {
            Err(refusals)
        }
    }

    /// What a scope inherits of a source; `None` when it would be too much.
    fn heir(&self, source: &str, scope: &str, n_bytes: &mut usize) -> Option<Table> {
        let at = self.tables.get(source)?;
        let table = &self.conf.tables[*at];
        let rest_len = scope.len().saturating_sub(source.len());
        for mirror in &table.mirrors {
            *n_bytes += inherited_bytes(&mirror.location, rest_len);
        }
        if MAX_INHERITED_BYTES < *n_bytes {
            return None;
        }
        Some(Table {
            mirrors: adjusted_mirrors(source, scope, &table.mirrors).unwrap_or_default(),
            mirror_by_digest_only: table.mirror_by_digest_only,
            ..Table::default()
        })
    }
}

/// What a release takes a table to be about.
fn scope_of(table: &Table, version: OpenShift) -> &str {
    if version < OpenShift::V4_9 {
        &table.location
    } else {
        table.scope()
    }
}

fn span_index(scopes: &[Spanned<String>], version: OpenShift) -> ScopeIndex<'_, Span> {
    let mut index = ScopeIndex::new(Nesting::of(version));
    for scope in scopes {
        index.insert(&scope.value, scope.span);
    }
    index
}

fn origins(spans: Vec<Span>, role: Role) -> impl Iterator<Item = Origin> {
    spans.into_iter().map(move |span| Origin { span, role })
}

#[cfg(test)]
mod tests;
