//! A merge sort that knows no type: it compares and exchanges by place.

use std::cmp::Ordering;

/// Puts a list in an order; equals stay as they were.
pub(super) fn sort_by<T>(list: &mut [T], compare: impl FnMut(&T, &T) -> Ordering) {
    sort(&mut Elements { list, compare });
}

struct Elements<'list, T, F> {
    list: &'list mut [T],
    compare: F,
}

trait List {
    fn len(&self) -> usize;
    /// Whether what is at one place belongs before what is at another.
    fn is_less(&mut self, left: usize, right: usize) -> bool;
    fn swap(&mut self, left: usize, right: usize);
}

impl<T, F: FnMut(&T, &T) -> Ordering> List for Elements<'_, T, F> {
    fn len(&self) -> usize {
        self.list.len()
    }

    fn is_less(&mut self, left: usize, right: usize) -> bool {
        (self.compare)(&self.list[left], &self.list[right]) == Ordering::Less
    }

    fn swap(&mut self, left: usize, right: usize) {
        self.list.swap(left, right);
    }
}

fn sort(list: &mut dyn List) {
    let len = list.len();
    // Most lists are in order, or nearly empty.
    if (1..len).all(|at| !list.is_less(at, at - 1)) {
        return;
    }
    let mut order: Vec<usize> = (0..len).collect();
    let mut merged = order.clone();
    let mut width = 1;
    while width < len {
        for start in (0..len).step_by(2 * width) {
            let middle = len.min(start + width);
            let end = len.min(middle + width);
            // Texts are often in order but for a few places.
            if middle == end || !list.is_less(order[middle], order[middle - 1]) {
                merged[start..end].copy_from_slice(&order[start..end]);
                continue;
            }
            let (mut left, mut right) = (start, middle);
            for slot in &mut merged[start..end] {
                let is_right =
                    left == middle || right < end && list.is_less(order[right], order[left]);
                let from = if is_right { &mut right } else { &mut left };
                *slot = order[*from];
                *from += 1;
            }
        }
        std::mem::swap(&mut order, &mut merged);
        width *= 2;
    }
    arrange(list, &mut order);
}

/// Moves to each place what is at the place that `order` has there, one cycle after the other.
fn arrange(list: &mut dyn List, order: &mut [usize]) {
    for start in 0..order.len() {
        let mut at = start;
        loop {
            let from = std::mem::replace(&mut order[at], at);
            if from == start {
                break;
            }
            list.swap(at, from);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_lists_are_sorted_as_by_the_standard_library() {
        // Every list of up to six elements with up to three keys, told apart by their places.
        for len in 0..=6_u32 {
            for code in 0..3_u32.pow(len) {
                let list = (0..len).map(|at| (code / 3_u32.pow(at) % 3, at));
                let mut list: Vec<_> = list.collect();
                let mut expected = list.clone();
                expected.sort_by_key(|(key, _)| *key);
                sort_by(&mut list, |left, right| left.0.cmp(&right.0));
                assert_eq!(list, expected);
            }
        }
    }

    #[test]
    fn long_lists_are_sorted_as_by_the_standard_library() {
        for len in [7, 8, 9, 100, 1000, 1025] {
            for factor in [1, 7, 1009, len - 1] {
                let list = (0..len).map(|at| (at * factor % len / 2, at));
                let mut list: Vec<_> = list.collect();
                let mut expected = list.clone();
                expected.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
                sort_by(&mut list, |left, right| right.0.cmp(&left.0));
                assert_eq!(list, expected, "{len} {factor}");
            }
        }
    }
}
