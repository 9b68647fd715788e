//! Maps and sets that are iterated in the order of their keys.
//!
//! Those of the standard library are compiled anew for each type of key and value, which is fast
//! and large; where a program is fetched before it runs, as in a browser, simpler ones serve.

#[cfg(any(small, test))]
mod chunked;

/// A map in the order of its keys.
#[cfg(not(small))]
pub type Map<K, V> = std::collections::BTreeMap<K, V>;

/// A set in order.
#[cfg(not(small))]
pub type Set<K> = std::collections::BTreeSet<K>;

/// The place of a key in a map, be it there or not.
#[cfg(not(small))]
pub type Entry<'map, K, V> = std::collections::btree_map::Entry<'map, K, V>;

/// A map in the order of its keys.
#[cfg(small)]
pub type Map<K, V> = chunked::map::Map<K, V>;

/// A set in order.
#[cfg(small)]
pub type Set<K> = chunked::set::Set<K>;

/// The place of a key in a map, be it there or not.
#[cfg(small)]
pub type Entry<'map, K, V> = chunked::map::Entry<'map, K, V>;
