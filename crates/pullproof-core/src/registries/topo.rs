//! The order of the mirrors of one source: a topological sort that never fails.

use crate::sorted::{Map, Set};
use std::collections::VecDeque;

/// The texts that edges join, each once, sources of edges before targets where that is possible.
///
/// Breadth first, each layer sorted bytewise; where only cycles are left,
/// the bytewise smallest text of the *whole* graph that is not yet out comes next.
pub fn sorted<'a>(edges: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<&'a str> {
    // From openshift/runtime-utils, pkg/registries/topo.go Sorted.
    let edges: Set<(&str, &str)> = edges.into_iter().collect();
    let texts: Set<&str> = edges.iter().flat_map(|(from, to)| [*from, *to]).collect();
    let texts: Vec<&str> = texts.into_iter().collect();
    let index: Map<&str, usize> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| (*text, at))
        .collect();

    // Successors come out in order, because edges are in order.
    let mut successors = vec![Vec::new(); texts.len()];
    let mut n_waiting_for = vec![0_usize; texts.len()];
    for (from, to) in &edges {
        successors[index[from]].push(index[to]);
        n_waiting_for[index[to]] += 1;
    }

    let mut is_out = vec![false; texts.len()];
    let mut queue: VecDeque<usize> = (0..texts.len())
        .filter(|at| n_waiting_for[*at] == 0)
        .collect();
    let mut order = Vec::with_capacity(texts.len());
    let mut smallest = 0;
    loop {
        let node = match queue.pop_front() {
            Some(node) => node,
            None => {
                while smallest < texts.len() && is_out[smallest] {
                    smallest += 1;
                }
                if smallest == texts.len() {
                    return order;
                }
                smallest
            }
        };
        is_out[node] = true;
        order.push(texts[node]);
        for next in &successors[node] {
            n_waiting_for[*next] -= 1;
            // One that broke a cycle is out before all that it waits for.
            if n_waiting_for[*next] == 0 && !is_out[*next] {
                queue.push_back(*next);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_come_in_order_and_cycles_break_at_the_smallest() {
        let cases: [(&[(&str, &str)], &str); 9] = [
            (&[], ""),
            (&[("a", "b")], "a b"),
            (&[("m3", "m1"), ("m1", "s"), ("m2", "s")], "m2 m3 m1 s"),
            (&[("A", "B"), ("A", "C"), ("a", "b")], "A a B C b"),
            (&[("a", "a")], "a"),
            (&[("m", "m"), ("m", "s")], "m s"),
            (&[("z", "y"), ("y", "z"), ("y", "s"), ("z", "s")], "s y z"),
            (&[("a", "b"), ("b", "a"), ("b", "s"), ("a", "s")], "a b s"),
            (&[("x", "y"), ("y", "x"), ("y", "b"), ("a", "x")], "a b x y"),
        ];
        for (edges, order) in cases {
            assert_eq!(sorted(edges.iter().copied()).join(" "), order, "{edges:?}");
            assert_eq!(
                sorted(edges.iter().rev().copied()).join(" "),
                order,
                "{edges:?}"
            );
        }
    }
}
