//! Going through a map in order.

use super::map::Place;

/// The pairs of a map, in order.
pub struct Iter<'map, K, V> {
    chunks: &'map [Vec<(K, V)>],
    // Invariant: each is the place of a pair, or that behind the last chunk.
    front: Place,
    end: Place,
}

impl<'map, K, V> Iter<'map, K, V> {
    pub(super) fn new(chunks: &'map [Vec<(K, V)>], front: Place, end: Place) -> Self {
        Iter { chunks, front, end }
    }
}

impl<'map, K, V> Iterator for Iter<'map, K, V> {
    type Item = (&'map K, &'map V);

    fn next(&mut self) -> Option<(&'map K, &'map V)> {
        if self.front == self.end {
            return None;
        }
        let pairs = &self.chunks[self.front.chunk];
        let (key, value) = &pairs[self.front.at];
        self.front.at += 1;
        if self.front.at == pairs.len() {
            self.front = Place {
                chunk: self.front.chunk + 1,
                at: 0,
            };
        }
        Some((key, value))
    }
}

impl<'map, K, V> DoubleEndedIterator for Iter<'map, K, V> {
    fn next_back(&mut self) -> Option<(&'map K, &'map V)> {
        if self.front == self.end {
            return None;
        }
        if self.end.at == 0 {
            self.end.chunk -= 1;
            self.end.at = self.chunks[self.end.chunk].len();
        }
        self.end.at -= 1;
        let (key, value) = &self.chunks[self.end.chunk][self.end.at];
        Some((key, value))
    }
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Iter { ..*self }
    }
}

/// The keys of a map, in order.
pub struct Keys<'map, K, V>(pub(super) Iter<'map, K, V>);

impl<'map, K, V> Iterator for Keys<'map, K, V> {
    type Item = &'map K;

    fn next(&mut self) -> Option<&'map K> {
        Some(self.0.next()?.0)
    }
}

impl<'map, K, V> DoubleEndedIterator for Keys<'map, K, V> {
    fn next_back(&mut self) -> Option<&'map K> {
        Some(self.0.next_back()?.0)
    }
}

impl<K, V> Clone for Keys<'_, K, V> {
    fn clone(&self) -> Self {
        Keys(self.0.clone())
    }
}

/// The pairs of a map that is taken apart, in order.
pub struct IntoIter<K, V> {
    chunks: std::vec::IntoIter<Vec<(K, V)>>,
    pairs: std::vec::IntoIter<(K, V)>,
}

impl<K, V> IntoIter<K, V> {
    pub(super) fn new(chunks: Vec<Vec<(K, V)>>) -> Self {
        IntoIter {
            chunks: chunks.into_iter(),
            pairs: Vec::new().into_iter(),
        }
    }
}

impl<K, V> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        if self.pairs.as_slice().is_empty() {
            self.pairs = self.chunks.next()?.into_iter();
        }
        self.pairs.next()
    }
}
