//! Held to the maps of the standard library, by what is done to both.

use super::map::{MAX_LEN, Map};
use super::set::Set;
use std::collections::{BTreeMap, BTreeSet};

/// Numbers that look random, below `n`.
fn numbers(n: u32, seed: u32) -> impl Iterator<Item = u32> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % n
    })
}

fn check(map: &Map<u32, u32>, expected: &BTreeMap<u32, u32>, n: u32) {
    assert_eq!(map.len(), expected.len());
    assert_eq!(map.is_empty(), expected.is_empty());
    assert!(map.iter().eq(expected.iter()));
    assert!(map.iter().rev().eq(expected.iter().rev()));
    assert!(map.keys().rev().eq(expected.keys().rev()));
    assert_eq!(map.first_key_value(), expected.first_key_value());
    assert_eq!(map.last_key_value(), expected.last_key_value());
    for key in (0..n + 2).step_by(7) {
        assert_eq!(map.get_key_value(&key), expected.get_key_value(&key));
        assert!(map.range(key..).eq(expected.range(key..)));
        assert!(map.range(..=key).rev().eq(expected.range(..=key).rev()));
        let (end, is_excluded) = (key + 9, std::ops::Bound::Excluded(key));
        assert!(map.range(key..end).eq(expected.range(key..end)));
        let behind = (is_excluded, std::ops::Bound::Unbounded);
        assert!(map.range(behind).eq(expected.range(behind)));
    }
    let all = map.chunks.iter();
    assert!(all.map(Vec::len).all(|len| (1..=MAX_LEN).contains(&len)));
}

#[test]
fn what_is_done_has_the_same_effect() {
    for (n, n_steps) in [(3, 20), (200, 400), (1000, 3000)] {
        let (mut map, mut expected) = (Map::new(), BTreeMap::new());
        let mut numbers = numbers(n, n);
        let mut number = || numbers.next().expect("they never end");
        for step in 0..n_steps {
            let key = number();
            match number() % 8 {
                0..3 => assert_eq!(map.insert(key, step), expected.insert(key, step)),
                3 => assert_eq!(map.remove(&key), expected.remove(&key)),
                4 => *map.entry(key).or_default() += *expected.entry(key).or_default() + 1,
                5 => assert_eq!(map.get_mut(&key), expected.get_mut(&key)),
                _ => {
                    let had = map.entry(key).or_insert(step);
                    assert_eq!(had, expected.entry(key).or_insert(step));
                }
            }
            for value in expected.values_mut().chain(map.values_mut()) {
                *value %= 5;
            }
            expected.clone_from(&map.clone().into_iter().collect());
            if step % 97 == 0 {
                check(&map, &expected, n);
            }
        }
        check(&map, &expected, n);
        map.retain(|key, value| key % 3 == *value % 3);
        expected.retain(|key, value| key % 3 == *value % 3);
        check(&map, &expected, n);
        assert!(map.into_iter().eq(expected));
    }
}

#[test]
fn keys_in_any_order_come_out_in_order() {
    let n = 5000;
    let ascending: Vec<u32> = (0..n).collect();
    let descending: Vec<u32> = (0..n).rev().collect();
    let mixed: Vec<u32> = numbers(n, 1).take(n as usize).collect();
    for elements in [ascending, descending, mixed] {
        let set: Set<u32> = elements.iter().copied().collect();
        let expected: BTreeSet<u32> = elements.into_iter().collect();
        assert!(set.iter().eq(expected.iter()));
        assert_eq!(
            (set.first(), set.last()),
            (expected.first(), expected.last())
        );
        assert!(set.range(n / 2..).eq(expected.range(n / 2..)));
        assert!(set.contains(&7) == expected.contains(&7));
        assert!(set.into_iter().eq(expected));
    }
}
