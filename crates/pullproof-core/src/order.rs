//! Putting lists in order, always so that equals stay as they were.
//!
//! The standard library's sort is compiled anew for each type and order, which is fast and large;
//! where a program is fetched before it runs, as in a browser, one sort serves all lists.

use std::cmp::Ordering;

#[cfg(any(small, test))]
mod erased;

/// Puts a list in its natural order.
pub fn sort<T: Ord>(list: &mut [T]) {
    sort_by(list, T::cmp);
}

/// Puts a list in the order of what a function gives for each element.
pub fn sort_by_key<T, K: Ord>(list: &mut [T], mut key: impl FnMut(&T) -> K) {
    sort_by(list, |left, right| key(left).cmp(&key(right)));
}

/// Puts a list in an order.
#[cfg(not(small))]
pub fn sort_by<T>(list: &mut [T], compare: impl FnMut(&T, &T) -> Ordering) {
    list.sort_by(compare);
}

/// Puts a list in an order.
#[cfg(small)]
pub fn sort_by<T>(list: &mut [T], compare: impl FnMut(&T, &T) -> Ordering) {
    erased::sort_by(list, compare);
}
