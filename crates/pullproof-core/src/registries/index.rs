//! Finding the entry that a name belongs to in time linear in the name, however many entries exist.
//!
//! A plain prefix can match only where the name ends or has `:`, `/` or `@`, a wildcard only at a
//! dot of the host (one with a path or port never loads). So a lookup asks a hash table about those
//! few texts.

use crate::bytes::part_length;

/// The prefixes of a list of entries, in the order of the list.
#[derive(Clone, Debug)]
pub struct Index {
    plain: HashTable,
    /// The hash of each text that a plain prefix begins with, up to its first boundary, in order:
    /// most names that are looked up begin with none of them.
    beginnings: Vec<u64>,
    wildcard: HashTable,
    /// Longest plain prefix in bytes: hashing stops there.
    plain_max_bytes: usize,
}

impl Index {
    /// Takes in prefixes, none of them twice. An empty prefix never matches.
    pub fn build<'a>(prefixes: impl Iterator<Item = &'a str>) -> Index {
        let mut plain = Vec::new();
        let mut beginnings = Vec::new();
        let mut wildcard = Vec::new();
        let mut plain_max_bytes = 0;
        for (idx, prefix) in (0..u32::MAX).zip(prefixes) {
            match prefix.strip_prefix('*') {
                Some(suffix) if suffix.starts_with('.') => {
                    wildcard.push((hash_of_wildcard(suffix), idx));
                }
                _ if prefix.is_empty() => {}
                _ => {
                    plain_max_bytes = plain_max_bytes.max(prefix.len());
                    let mut hashes = plain_hashes(prefix).map(|(_, hash)| hash);
                    let first = hashes.next().unwrap_or_default();
                    plain.push((hashes.last().unwrap_or(first), idx));
                    // Lists are in order, so equal beginnings nearly always stand together.
                    if beginnings.last() != Some(&first) {
                        beginnings.push(first);
                    }
                }
            }
        }
        crate::order::sort(&mut beginnings);
        let (plain, wildcard) = (HashTable::build(plain), HashTable::build(wildcard));
        Index {
            plain,
            beginnings,
            wildcard,
            plain_max_bytes,
        }
    }

    /// Whether any prefix is a wildcard.
    pub fn has_wildcards(&self) -> bool {
        !self.wildcard.is_empty()
    }

    /// The position of the entry with the longest prefix that matches `name`, ties going to the
    /// smaller prefix; `None` when none matches. `prefix_of` gives an entry's prefix.
    ///
    /// From containers/image, pkg/sysregistriesv2 `findRegistryWithParsedConfig`.
    pub fn find<'a>(&self, name: &str, prefix_of: impl Fn(u32) -> &'a str) -> Option<u32> {
        let plain = self.find_plain(name, &prefix_of);
        if self.wildcard.is_empty() {
            return plain;
        }
        let wildcard = self.find_wildcard(name, &prefix_of);
        // `*` sorts before all that a host can start with, so the tie is the wildcard's,
        // but a plain prefix may start with anything.
        [plain, wildcard]
            .into_iter()
            .flatten()
            .min_by(|left, right| {
                let (left, right) = (prefix_of(*left), prefix_of(*right));
                right.len().cmp(&left.len()).then_with(|| left.cmp(right))
            })
    }

    fn find_plain<'a>(&self, name: &str, prefix_of: &impl Fn(u32) -> &'a str) -> Option<u32> {
        let mut hashes = plain_hashes(name);
        let first = hashes.next()?;
        if self.beginnings.binary_search(&first.1).is_err() {
            return None;
        }
        let mut best = None;
        for (end, hash) in std::iter::once(first).chain(hashes) {
            if self.plain_max_bytes < end {
                break;
            }
            let is = |idx| prefix_of(idx).as_bytes() == &name.as_bytes()[..end];
            best = self.plain.find(hash, is).or(best);
        }
        best
    }

    /// From containers/image, pkg/sysregistriesv2 `refMatchingSubdomainPrefix`, which looks only
    /// at the first place where the suffix stands; that place must be the end of the host.
    fn find_wildcard<'a>(&self, name: &str, prefix_of: &impl Fn(u32) -> &'a str) -> Option<u32> {
        let host = host_of(name).as_bytes();
        let mut best = None;
        for (start, hash) in wildcard_hashes(host) {
            let suffix = &host[start..];
            let is = |idx| prefix_of(idx).as_bytes().get(1..) == Some(suffix);
            let stands_before = || (0..start).any(|at| host[at..].starts_with(suffix));
            if let Some(idx) = self.wildcard.find(hash, is)
                && !stands_before()
            {
                best = Some(idx);
            }
        }
        best
    }
}

/// How many bytes of `reference` a prefix covers; `None` when it does not match.
///
/// From containers/image, pkg/sysregistriesv2 `refMatchingPrefix`.
pub fn match_length(reference: &str, prefix: &str) -> Option<usize> {
    if let Some(suffix) = prefix.strip_prefix('*')
        && suffix.starts_with('.')
    {
        let at = reference.find(suffix)?;
        let end = at + suffix.len();
        let ends = reference
            .as_bytes()
            .get(end)
            .is_none_or(|byte| is_boundary(*byte));
        return (ends && !reference[..at].contains('/')).then_some(end);
    }
    let rest = reference.strip_prefix(prefix)?;
    let ends = rest.is_empty() || rest.bytes().next().is_some_and(is_boundary);
    ends.then_some(prefix.len())
}

/// The part of a name that wildcards are about: all before a port, path or digest.
pub fn host_of(name: &str) -> &str {
    &name[..part_length(name.as_bytes())]
}

/// Whether a byte ends a part of a name.
pub(crate) fn is_boundary(byte: u8) -> bool {
    matches!(byte, b':' | b'/' | b'@')
}

/// A read-only hash table of entry positions.
///
/// Buckets are ranges of one sorted list, so a flood of equal hashes costs a binary search.
#[derive(Clone, Debug)]
struct HashTable {
    /// Sorted by bucket, then hash.
    slots: Vec<(u64, u32)>,
    /// Where each bucket starts in `slots`; one more than there are buckets, or empty.
    starts: Vec<u32>,
    /// How far a hash is shifted to give its bucket.
    shift: u32,
}

impl HashTable {
    fn build(mut slots: Vec<(u64, u32)>) -> HashTable {
        if slots.is_empty() {
            return HashTable {
                slots,
                starts: Vec::new(),
                shift: 0,
            };
        }
        let n_buckets = (slots.len() * 2).next_power_of_two().max(2);
        let shift = u64::BITS - n_buckets.trailing_zeros();
        crate::order::sort(&mut slots);
        let mut starts = Vec::with_capacity(n_buckets + 1);
        let mut at = 0;
        for bucket in 0..n_buckets as u64 {
            starts.push(u32::try_from(at).unwrap_or(u32::MAX));
            while at < slots.len() && slots[at].0 >> shift == bucket {
                at += 1;
            }
        }
        starts.push(u32::try_from(at).unwrap_or(u32::MAX));
        HashTable {
            slots,
            starts,
            shift,
        }
    }

    fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    fn find(&self, hash: u64, is: impl Fn(u32) -> bool) -> Option<u32> {
        let bucket =
            usize::try_from(hash >> self.shift).expect("the table of buckets is in memory");
        let range = self.starts[bucket] as usize..self.starts[bucket + 1] as usize;
        let bucket = &self.slots[range];
        let first = match bucket.len() {
            0..16 => 0,
            _ => bucket.partition_point(|slot| slot.0 < hash),
        };
        let same = bucket[first..].iter().filter(|slot| slot.0 == hash);
        same.map(|slot| slot.1).find(|idx| is(*idx))
    }
}

/// The ends of all texts that a plain prefix may be to match, shortest first, and their hashes.
fn plain_hashes(name: &str) -> impl Iterator<Item = (usize, u64)> {
    let bytes = name.as_bytes();
    let mut state = 0;
    let mut start = 0;
    std::iter::from_fn(move || {
        // The byte at the start is a boundary, or the first one of all.
        let rest = bytes.get(start + 1..)?;
        let end = start + 1 + part_length(rest);
        state = mix(state, &bytes[start..end]);
        start = end;
        Some((end, finish(state)))
    })
}

/// The starts of all texts that may follow the star of a wildcard, shortest first, and their
/// hashes.
fn wildcard_hashes(host: &[u8]) -> impl Iterator<Item = (usize, u64)> {
    let mut state = 0;
    let mut end = host.len();
    std::iter::from_fn(move || {
        let start = host[..end].iter().rposition(|byte| *byte == b'.')?;
        state = mix(state, &host[start..end]);
        end = start;
        Some((start, finish(state)))
    })
}

fn hash_of_wildcard(suffix: &str) -> u64 {
    let last = wildcard_hashes(suffix.as_bytes()).last();
    last.map_or(0, |(_, hash)| hash)
}

/// Takes in bytes, eight at a time: multiplying for each would take most of a lookup.
fn mix(mut state: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        state = step(state, u64::from_le_bytes(*word));
    }
    let last = match bytes.last_chunk::<8>() {
        // Some of these bytes a second time, and how many are new.
        Some(last) => u64::from_le_bytes(*last).wrapping_add(rest.len() as u64),
        None => rest
            .iter()
            .fold(1, |word: u64, byte| word << 8 | u64::from(*byte)),
    };
    step(state, last)
}

// Any odd number with bits all over.
const HASH_FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

fn step(state: u64, word: u64) -> u64 {
    let mixed = (state.rotate_left(23) ^ word).wrapping_mul(HASH_FACTOR);
    mixed ^ (mixed >> 32)
}

/// Buckets are taken from the upper bits, so they must depend on every byte.
fn finish(state: u64) -> u64 {
    state.wrapping_mul(HASH_FACTOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The library's own loop over the sorted list.
    fn scan<'a>(name: &str, prefixes: &[&'a str]) -> Option<&'a str> {
        let mut best: Option<&str> = None;
        for prefix in prefixes
            .iter()
            .filter(|prefix| match_length(name, prefix).is_some())
        {
            if best.map_or(0, str::len) < prefix.len() {
                best = Some(prefix);
            }
        }
        best
    }

    fn find<'a>(name: &str, prefixes: &[&'a str]) -> Option<&'a str> {
        let index = Index::build(prefixes.iter().copied());
        index
            .find(name, |idx| prefixes[idx as usize])
            .map(|idx| prefixes[idx as usize])
    }

    #[test]
    fn the_index_agrees_with_the_scan_on_every_small_world() {
        let prefixes = [
            "", "a", "a.b", "b.b", "a.b:1", "a.b/c", "a.b/c/d", "a.b/cc", "c.a.b", "*.b", "*.a.b",
            "*.b.b", "*.", "*", "**.b", "a.*.b", "a.b@x",
        ];
        let names = [
            "a",
            "a.b",
            "b.b/c",
            "a.b/c",
            "a.b:1/c",
            "a.b:12/c",
            "a.b/c/d/e",
            "a.b/ccc",
            "c.a.b/c",
            "x.c.a.b:1/c",
            "b.b.b/c",
            "a.b.b/c",
            "a.b.a.b/c",
            "a.bb/c",
            "x.b",
            "/a.b",
            "a./c",
            "a.b@x/c",
            "*.b/c",
            "xa.b/c",
        ];
        let mut n_matches = 0;
        for first in prefixes {
            for second in prefixes {
                for third in prefixes {
                    let mut world = vec![first, second, third];
                    world.sort_unstable();
                    world.dedup();
                    for name in names {
                        let expected = scan(name, &world);
                        assert_eq!(find(name, &world), expected, "{name} in {world:?}");
                        n_matches += usize::from(expected.is_some());
                    }
                }
            }
        }
        assert!(10_000 < n_matches, "{n_matches}");
    }

    #[test]
    fn only_the_first_place_of_a_wildcard_suffix_counts() {
        let cases = [
            ("a.x.io/y", "*.x.io", Some(6)),
            ("x.io/y", "*.x.io", None),
            ("registry.ionos.io/x", "*.io", None),
            ("x.com.com/a", "*.com", None),
            ("a.x.io:5000/y", "*.x.io", Some(6)),
            ("h/a.x.io", "*.x.io", None),
            ("example.com:5000/x", "example.com", Some(11)),
            ("example.com:5000/x", "example.com:50", None),
        ];
        for (reference, prefix, expected) in cases {
            assert_eq!(
                match_length(reference, prefix),
                expected,
                "{reference} {prefix}"
            );
        }
    }

    #[test]
    fn equal_hashes_are_told_apart() {
        let slots: Vec<_> = (0..1000).map(|idx| (42 << 40, idx)).collect();
        let table = HashTable::build(slots);
        assert_eq!(table.find(42 << 40, |idx| idx == 999), Some(999));
        assert_eq!(table.find(43 << 40, |_| true), None);
    }
}
