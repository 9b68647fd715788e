//! The map: chunks in order, each a list of pairs in order, none of them empty.

use super::iter::{IntoIter, Iter, Keys};
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::ops::{Bound, Index, RangeBounds};

/// How many pairs a chunk holds at most: few enough to be moved at once, and so many that there
/// are few chunks to move.
pub(super) const MAX_LEN: usize = 128;

/// A map in the order of its keys.
#[derive(Clone)]
pub struct Map<K, V> {
    // Invariant: no chunk is empty, or longer than `MAX_LEN`; keys ascend throughout.
    pub(super) chunks: Vec<Vec<(K, V)>>,
}

/// Where a pair is, or would be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) chunk: usize,
    pub(super) at: usize,
}

/// The place of a key in a map, be it there or not.
pub enum Entry<'map, K, V> {
    /// The key is not there.
    Vacant(Vacant<'map, K, V>),
    /// The key is there.
    Occupied(Occupied<'map, K, V>),
}

/// Where a key would be.
pub struct Vacant<'map, K, V> {
    map: &'map mut Map<K, V>,
    place: Place,
    key: K,
}

/// Where a key is.
pub struct Occupied<'map, K, V> {
    map: &'map mut Map<K, V>,
    place: Place,
}

impl<K, V> Map<K, V> {
    /// A map with nothing in it.
    pub const fn new() -> Map<K, V> {
        Map { chunks: Vec::new() }
    }

    /// How many pairs there are; counts them.
    pub fn len(&self) -> usize {
        self.chunks.iter().map(Vec::len).sum()
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The pairs, in order.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(&self.chunks, Place { chunk: 0, at: 0 }, self.end())
    }

    /// The keys, in order.
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys(self.iter())
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// The values, in the order of their keys.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.chunks.iter_mut().flatten().map(|(_, value)| value)
    }

    /// The pairs, in order.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        let pairs = self.chunks.iter_mut().flatten();
        pairs.map(|(key, value)| (&*key, value))
    }

    /// The values, in the order of their keys.
    pub fn into_values(self) -> impl Iterator<Item = V> {
        self.into_iter().map(|(_, value)| value)
    }

    /// The keys, in order.
    pub fn into_keys(self) -> impl Iterator<Item = K> {
        self.into_iter().map(|(key, _)| key)
    }

    /// The pair with the least key.
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    /// The pair with the greatest key.
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next_back()
    }

    /// Keeps the pairs of which a claim holds.
    pub fn retain(&mut self, mut holds: impl FnMut(&K, &mut V) -> bool) {
        for chunk in &mut self.chunks {
            chunk.retain_mut(|(key, value)| holds(key, value));
        }
        self.chunks.retain(|chunk| !chunk.is_empty());
    }

    /// Takes all pairs out.
    pub fn clear(&mut self) {
        self.chunks.clear();
    }

    fn end(&self) -> Place {
        let chunk = self.chunks.len();
        Place { chunk, at: 0 }
    }

    /// Puts a pair at the place that its key would have.
    fn insert_at(&mut self, place: Place, key: K, value: V) -> &mut V {
        let Place { mut chunk, mut at } = place;
        if self.chunks.is_empty() {
            self.chunks.push(Vec::new());
        }
        if MAX_LEN <= self.chunks[chunk].len() {
            let half = MAX_LEN / 2;
            let rest = self.chunks[chunk].split_off(half);
            self.chunks.insert(chunk + 1, rest);
            if half < at {
                (chunk, at) = (chunk + 1, at - half);
            }
        }
        let pairs = &mut self.chunks[chunk];
        pairs.insert(at, (key, value));
        &mut pairs[at].1
    }

    fn remove_at(&mut self, place: Place) -> (K, V) {
        let pairs = &mut self.chunks[place.chunk];
        let pair = pairs.remove(place.at);
        if pairs.is_empty() {
            self.chunks.remove(place.chunk);
        }
        pair
    }
}

impl<K: Ord, V> Map<K, V> {
    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        Some(self.get_key_value(key)?.1)
    }

    /// A key that equals one, and its value.
    pub fn get_key_value<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        let place = self.find(key).ok()?;
        let (key, value) = &self.chunks[place.chunk][place.at];
        Some((key, value))
    }

    /// The value of a key.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let place = self.find(key).ok()?;
        Some(&mut self.chunks[place.chunk][place.at].1)
    }

    /// Whether a key is there.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// Gives a key a value, and returns what it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok(place) => {
                let had = &mut self.chunks[place.chunk][place.at].1;
                Some(std::mem::replace(had, value))
            }
            Err(place) => {
                self.insert_at(place, key, value);
                None
            }
        }
    }

    /// Takes a key and its value out.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = self.find(key).ok()?;
        Some(self.remove_at(place).1)
    }

    /// The place of a key.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        match self.find(&key) {
            Ok(place) => Entry::Occupied(Occupied { map: self, place }),
            Err(place) => Entry::Vacant(Vacant {
                map: self,
                place,
                key,
            }),
        }
    }

    /// The pairs with keys in a range, in order.
    pub fn range<Q: Ord + ?Sized, R: RangeBounds<Q>>(&self, range: R) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
    {
        let front = match range.start_bound() {
            Bound::Included(key) => self.before(key),
            Bound::Excluded(key) => self.behind(key),
            Bound::Unbounded => Place { chunk: 0, at: 0 },
        };
        let end = match range.end_bound() {
            Bound::Included(key) => self.behind(key),
            Bound::Excluded(key) => self.before(key),
            Bound::Unbounded => self.end(),
        };
        Iter::new(&self.chunks, self.settled(front), self.settled(end))
    }

    fn before<Q: Ord + ?Sized>(&self, key: &Q) -> Place
    where
        K: Borrow<Q>,
    {
        self.find(key).unwrap_or_else(|place| place)
    }

    fn behind<Q: Ord + ?Sized>(&self, key: &Q) -> Place
    where
        K: Borrow<Q>,
    {
        match self.find(key) {
            Ok(Place { chunk, at }) => Place { chunk, at: at + 1 },
            Err(place) => place,
        }
    }

    /// The same place, as the beginning of the next chunk where it is the end of one.
    fn settled(&self, place: Place) -> Place {
        let chunk = place.chunk;
        match self.chunks.get(chunk) {
            Some(pairs) if pairs.len() <= place.at => Place {
                chunk: chunk + 1,
                at: 0,
            },
            _ => place,
        }
    }

    /// Where a key is.
    ///
    /// # Errors
    /// Where it would be, when it is not there.
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<Place, Place>
    where
        K: Borrow<Q>,
    {
        let chunks = &self.chunks;
        let compare = |chunk: usize, at: usize| {
            let pair: &(K, V) = &chunks[chunk][at];
            pair.0.borrow().cmp(key)
        };
        find(chunks.len(), &|chunk| chunks[chunk].len(), &compare)
    }
}

/// Searches chunks for a key by how keys at places compare with it.
fn find(
    n_chunks: usize,
    len: &dyn Fn(usize) -> usize,
    compare: &dyn Fn(usize, usize) -> Ordering,
) -> Result<Place, Place> {
    // Keys often come in order; where there is one chunk, searching it is as quick.
    if 1 < n_chunks {
        let chunk = n_chunks - 1;
        let at = len(chunk);
        if compare(chunk, at - 1) == Ordering::Less {
            return Err(Place { chunk, at });
        }
    }
    // The last chunk that does not begin behind the key holds it.
    let (mut chunk, mut end) = (0, n_chunks);
    while chunk + 1 < end {
        let middle = chunk.midpoint(end);
        match compare(middle, 0) {
            Ordering::Less => chunk = middle,
            Ordering::Equal => {
                return Ok(Place {
                    chunk: middle,
                    at: 0,
                });
            }
            Ordering::Greater => end = middle,
        }
    }
    let (mut at, mut end) = (0, if n_chunks == 0 { 0 } else { len(chunk) });
    while at < end {
        let middle = at.midpoint(end);
        match compare(chunk, middle) {
            Ordering::Less => at = middle + 1,
            Ordering::Equal => return Ok(Place { chunk, at: middle }),
            Ordering::Greater => end = middle,
        }
    }
    Err(Place { chunk, at })
}

impl<'map, K, V> Entry<'map, K, V> {
    /// The value that is there, or else the one given.
    pub fn or_insert(self, value: V) -> &'map mut V {
        match self {
            Entry::Vacant(vacant) => vacant.insert(value),
            Entry::Occupied(occupied) => occupied.into_mut(),
        }
    }

    /// The value that is there, or else what a function gives.
    pub fn or_insert_with(self, value: impl FnOnce() -> V) -> &'map mut V {
        match self {
            Entry::Vacant(vacant) => vacant.insert(value()),
            Entry::Occupied(occupied) => occupied.into_mut(),
        }
    }

    /// Changes the value, if there is one.
    pub fn and_modify(mut self, change: impl FnOnce(&mut V)) -> Self {
        if let Entry::Occupied(occupied) = &mut self {
            let Place { chunk, at } = occupied.place;
            change(&mut occupied.map.chunks[chunk][at].1);
        }
        self
    }

    /// The value that is there, or else its type's default.
    pub fn or_default(self) -> &'map mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }
}

impl<'map, K, V> Vacant<'map, K, V> {
    /// Gives the key a value.
    pub fn insert(self, value: V) -> &'map mut V {
        self.map.insert_at(self.place, self.key, value)
    }
}

impl<'map, K, V> Occupied<'map, K, V> {
    /// The value.
    pub fn get(&self) -> &V {
        &self.map.chunks[self.place.chunk][self.place.at].1
    }

    /// The value, for as long as the map is borrowed.
    pub fn into_mut(self) -> &'map mut V {
        &mut self.map.chunks[self.place.chunk][self.place.at].1
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Map<K, V> {
        Map::new()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Map<K, V> {
    fn eq(&self, other: &Map<K, V>) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K: Eq, V: Eq> Eq for Map<K, V> {}

impl<K: std::fmt::Debug, V: std::fmt::Debug> std::fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Ord + Borrow<Q>, Q: Ord + ?Sized, V> Index<&Q> for Map<K, V> {
    type Output = V;

    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("the key is there")
    }
}

impl<K: Ord, V> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Map<K, V> {
        let mut map = Map::new();
        map.extend(pairs);
        map
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for Map<K, V> {
    fn from(pairs: [(K, V); N]) -> Map<K, V> {
        pairs.into_iter().collect()
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        IntoIter::new(self.chunks)
    }
}

impl<'map, K, V> IntoIterator for &'map Map<K, V> {
    type Item = (&'map K, &'map V);
    type IntoIter = Iter<'map, K, V>;

    fn into_iter(self) -> Iter<'map, K, V> {
        self.iter()
    }
}
