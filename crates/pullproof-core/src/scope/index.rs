//! Which of many scopes contain a scope, found without asking each of them.

use super::{Nesting, is_wildcard, wildcard_host};
use crate::sorted::Map;

/// A set of scopes, each with a value; of equal scopes the first one's value stays.
///
/// A tree of path segments and one of host labels, so that a lookup costs no more than
/// walking over the scope asked for, however many scopes there are.
#[derive(Clone, Debug)]
pub struct ScopeIndex<'a, T> {
    nesting: Nesting,
    paths: Tree<'a, T>,
    /// Wildcards, by the labels of their host from the last to the first.
    hosts: Tree<'a, T>,
}

impl<'a, T: Copy> ScopeIndex<'a, T> {
    /// No scopes.
    pub fn new(nesting: Nesting) -> ScopeIndex<'a, T> {
        ScopeIndex {
            nesting,
            paths: Tree::default(),
            hosts: Tree::default(),
        }
    }

    /// Takes in a scope; does nothing where the same scope is there already.
    pub fn insert(&mut self, scope: &'a str, value: T) {
        self.paths.insert(scope.split('/'), value);
        if self.nesting == Nesting::Wildcards && is_wildcard(scope) {
            self.hosts.insert(scope[2..].rsplit('.'), value);
        }
    }

    /// The value of exactly this scope; `None` when it was not taken in.
    pub fn get(&self, scope: &str) -> Option<T> {
        let mut node = 0;
        for segment in scope.split('/') {
            node = self.paths.child(node, segment)?;
        }
        self.paths.values[node]
    }

    /// The values of all scopes that contain `scope`: by path from the shortest,
    /// then wildcards from the shortest.
    pub fn containing(&self, scope: &str) -> Vec<T> {
        let mut found = Vec::new();
        self.paths.walk(scope.split('/'), &mut found);
        let host = match self.nesting {
            Nesting::Plain => None,
            Nesting::Wildcards => wildcard_host(scope),
        };
        // The star stands for at least the first label, even where that is empty.
        if let Some(host) = host
            && let Some((star, labels)) = host.split_once('.')
        {
            // A wildcard before a path or alone was found by its path already.
            let rest = &scope[host.len()..];
            let itself = if star == "*" && !rest.starts_with(':') {
                Some(labels.split('.').count())
            } else {
                None
            };
            self.hosts.walk_but(labels.rsplit('.'), itself, &mut found);
        }
        found
    }
}

#[derive(Clone, Debug)]
struct Tree<'a, T> {
    children: Map<(usize, &'a str), usize>,
    /// The way to the part that was taken in last: many scopes in a row begin alike.
    last: Vec<(&'a str, usize)>,
    /// By node; the root is node 0 and has none.
    values: Vec<Option<T>>,
}

impl<T> Default for Tree<'_, T> {
    fn default() -> Self {
        Tree {
            children: Map::new(),
            last: Vec::new(),
            values: vec![None],
        }
    }
}

impl<'a, T: Copy> Tree<'a, T> {
    fn insert(&mut self, parts: impl Iterator<Item = &'a str>, value: T) {
        let mut node = 0;
        for (depth, part) in parts.enumerate() {
            if let Some((last, child)) = self.last.get(depth)
                && *last == part
            {
                node = *child;
                continue;
            }
            self.last.truncate(depth);
            let next = self.values.len();
            node = *self.children.entry((node, part)).or_insert(next);
            if node == next {
                self.values.push(None);
            }
            self.last.push((part, node));
        }
        self.values[node].get_or_insert(value);
    }

    fn child(&self, node: usize, part: &str) -> Option<usize> {
        self.children.get(&(node, part)).copied()
    }

    fn walk<'b>(&self, parts: impl Iterator<Item = &'b str>, found: &mut Vec<T>) {
        self.walk_but(parts, None, found);
    }

    /// Collects values on the way down, but not the one at depth `skipped`.
    fn walk_but<'b>(
        &self,
        parts: impl Iterator<Item = &'b str>,
        skipped: Option<usize>,
        found: &mut Vec<T>,
    ) {
        let mut node = 0;
        for (depth, part) in parts.enumerate() {
            let Some(child) = self.child(node, part) else {
                return;
            };
            node = child;
            if let Some(value) = self.values[node]
                && skipped != Some(depth + 1)
            {
                found.push(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::is_nested_by;

    #[test]
    fn an_index_answers_as_asking_each_scope_does() {
        let hosts = [
            "", "a", "a.b", "a.a.b", ".a", "a.", "*.a", "*.b", "*.a.b", "*.", "*", "*..a", "x.*.a",
        ];
        let tails = ["", "/", "/a", "/a/b", "//a", ":1", ":1/a", "/a:1", ":"];
        let scopes: Vec<String> = hosts
            .iter()
            .flat_map(|host| tails.iter().map(move |tail| format!("{host}{tail}")))
            .collect();
        for nesting in [Nesting::Plain, Nesting::Wildcards] {
            let mut index = ScopeIndex::new(nesting);
            for (at, scope) in scopes.iter().enumerate() {
                index.insert(scope, at);
                index.insert(scope, usize::MAX);
            }
            for (at, scope) in scopes.iter().enumerate() {
                let mut found = index.containing(scope);
                found.sort_unstable();
                let asked: Vec<usize> = (0..scopes.len())
                    .filter(|outer| is_nested_by(nesting, scope, &scopes[*outer]))
                    .collect();
                assert_eq!(found, asked, "what contains {scope:?} by {nesting:?}");
                assert_eq!(index.get(scope), Some(at), "{scope:?}");
            }
            assert_eq!(index.get("nowhere"), None);
        }
    }
}
