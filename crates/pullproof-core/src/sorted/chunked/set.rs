//! The set: a map without values.

use super::iter::{IntoIter, Keys};
use super::map::Map;
use std::borrow::Borrow;
use std::ops::RangeBounds;

/// A set in order.
#[derive(Clone, PartialEq, Eq)]
pub struct Set<K> {
    map: Map<K, ()>,
}

impl<K> Set<K> {
    /// A set with nothing in it.
    pub const fn new() -> Set<K> {
        Set { map: Map::new() }
    }

    /// How many elements there are; counts them.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// The elements, in order.
    pub fn iter(&self) -> Keys<'_, K, ()> {
        self.map.keys()
    }

    /// The least element.
    pub fn first(&self) -> Option<&K> {
        self.iter().next()
    }

    /// The greatest element.
    pub fn last(&self) -> Option<&K> {
        self.iter().next_back()
    }
}

impl<K: Ord> Set<K> {
    /// Puts an element in, and returns whether it was not there.
    pub fn insert(&mut self, element: K) -> bool {
        self.map.insert(element, ()).is_none()
    }

    /// Whether an element is there.
    pub fn contains<Q: Ord + ?Sized>(&self, element: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.map.contains_key(element)
    }

    /// The element that equals one.
    pub fn get<Q: Ord + ?Sized>(&self, element: &Q) -> Option<&K>
    where
        K: Borrow<Q>,
    {
        Some(self.map.get_key_value(element)?.0)
    }

    /// Takes an element out, and returns whether it was there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, element: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.map.remove(element).is_some()
    }

    /// The elements in a range, in order.
    pub fn range<Q: Ord + ?Sized>(&self, range: impl RangeBounds<Q>) -> Keys<'_, K, ()>
    where
        K: Borrow<Q>,
    {
        Keys(self.map.range(range))
    }
}

impl<K> Default for Set<K> {
    fn default() -> Set<K> {
        Set::new()
    }
}

impl<K: std::fmt::Debug> std::fmt::Debug for Set<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<K: Ord> Extend<K> for Set<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, elements: I) {
        for element in elements {
            self.insert(element);
        }
    }
}

impl<K: Ord> FromIterator<K> for Set<K> {
    fn from_iter<I: IntoIterator<Item = K>>(elements: I) -> Set<K> {
        let mut set = Set::new();
        set.extend(elements);
        set
    }
}

impl<K: Ord, const N: usize> From<[K; N]> for Set<K> {
    fn from(elements: [K; N]) -> Set<K> {
        elements.into_iter().collect()
    }
}

impl<K> IntoIterator for Set<K> {
    type Item = K;
    type IntoIter = std::iter::Map<IntoIter<K, ()>, fn((K, ())) -> K>;

    fn into_iter(self) -> Self::IntoIter {
        self.map.into_iter().map(|(element, ())| element)
    }
}

impl<'set, K> IntoIterator for &'set Set<K> {
    type Item = &'set K;
    type IntoIter = Keys<'set, K, ()>;

    fn into_iter(self) -> Keys<'set, K, ()> {
        self.iter()
    }
}
