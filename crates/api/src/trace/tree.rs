//! Spans put in order: who caused whom, and what is odd about it.
//!
//! Nothing here calls itself: a trace may be one chain of 100,000 spans.

use std::collections::HashMap;

use model::id::SpanId;
use serde::Serialize;
use utoipa::ToSchema;

/// Levels that are shown as such; what lies deeper stands beside the deepest. Clients call themselves
/// for each level.
pub(super) const DEPTH_MAX: usize = 256;
/// How much a clock may be ahead before it is worth a word, in microseconds: hosts that keep time differ
/// by milliseconds, and browsers from the host they run on by some tens.
const CLOCK_MICROS: u64 = 100_000;

/// What is odd about a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Odd {
    /// The span that caused it is not there.
    Orphan,
    /// It has caused itself, over others or alone.
    Cycle,
    /// Another span of the trace has the same id.
    Duplicate,
    /// It lies deeper than is shown.
    Deep,
    /// It began before the span that caused it: a clock is wrong.
    StartsBeforeParent,
    /// Nothing caused it, and it is not the first of these.
    SecondRoot,
}

/// What has to be known of a span.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) span: SpanId,
    pub(super) parent: Option<SpanId>,
    /// In microseconds since 1970.
    pub(super) start: u64,
}

/// Spans as a tree. Numbers are places in the list that it was made of.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) roots: Vec<usize>,
    pub(super) children: Vec<Vec<usize>>,
    pub(super) parents: Vec<Option<usize>>,
    pub(super) odd: Vec<Vec<Odd>>,
}

impl Tree {
    /// Puts spans in order; they come by start, and so do the children of each.
    pub(super) fn of(nodes: &[Node]) -> Self {
        let mut odd = vec![Vec::new(); nodes.len()];
        let mut parents = direct_parents(nodes, &mut odd);
        break_cycles(&mut parents, &mut odd);
        for ((node, parent), odd) in nodes.iter().zip(&parents).zip(&mut odd) {
            let parent = parent.and_then(|parent| nodes.get(parent));
            if parent.is_some_and(|parent| node.start + CLOCK_MICROS < parent.start) {
                odd.push(Odd::StartsBeforeParent);
            }
        }
        flatten(&mut parents, &mut odd);
        let (roots, children) = by_parent(&parents);
        let mut causeless =
            roots.iter().filter(|root| nodes.get(**root).is_some_and(|node| node.parent.is_none()));
        causeless.next();
        for root in causeless {
            odd[*root].push(Odd::SecondRoot);
        }
        Self { roots, children, parents, odd }
    }
}

/// The place of each span's parent. Of spans with the same id the first one is the parent.
fn direct_parents(nodes: &[Node], odd: &mut [Vec<Odd>]) -> Vec<Option<usize>> {
    let mut places = HashMap::with_capacity(nodes.len());
    for (place, (node, odd)) in nodes.iter().zip(odd.iter_mut()).enumerate() {
        let first = *places.entry(node.span).or_insert(place);
        if first != place {
            odd.push(Odd::Duplicate);
        }
    }
    let parent = |(node, odd): (&Node, &mut Vec<Odd>)| {
        let parent = places.get(&node.parent?).copied();
        if parent.is_none() {
            odd.push(Odd::Orphan);
        }
        parent
    };
    nodes.iter().zip(odd).map(parent).collect()
}

/// Cuts every cycle before its earliest span. Each span is looked at twice.
fn break_cycles(parents: &mut [Option<usize>], odd: &mut [Vec<Odd>]) {
    let mut is_done = vec![false; parents.len()];
    // The walk that came by, so that coming by again in the same one is noticed.
    let mut walks = vec![usize::MAX; parents.len()];
    for first in 0..parents.len() {
        let mut walk = Vec::new();
        let mut at = Some(first);
        while let Some(place) = at.filter(|place| !is_done[*place] && walks[*place] != first) {
            walks[place] = first;
            walk.push(place);
            at = parents[place];
        }
        let closing = at.filter(|place| !is_done[*place]);
        if let Some(start) = closing.and_then(|it| walk.iter().position(|place| *place == it)) {
            let cycle = &walk[start..];
            for place in cycle {
                odd[*place].push(Odd::Cycle);
            }
            if let Some(earliest) = cycle.iter().min() {
                parents[*earliest] = None;
            }
        }
        for place in walk {
            is_done[place] = true;
        }
    }
}

/// Lifts what lies too deep up to the deepest level.
fn flatten(parents: &mut [Option<usize>], odd: &mut [Vec<Odd>]) {
    let (mut ready, children) = by_parent(parents);
    let mut depths = vec![0_usize; parents.len()];
    while let Some(place) = ready.pop() {
        for child in &children[place] {
            if depths[place] == DEPTH_MAX {
                parents[*child] = parents[place];
                depths[*child] = DEPTH_MAX;
                odd[*child].push(Odd::Deep);
            } else {
                depths[*child] = depths[place] + 1;
            }
            ready.push(*child);
        }
    }
}

fn by_parent(parents: &[Option<usize>]) -> (Vec<usize>, Vec<Vec<usize>>) {
    let mut roots = Vec::new();
    let mut children = vec![Vec::new(); parents.len()];
    for (place, parent) in parents.iter().enumerate() {
        match parent {
            Some(parent) => children[*parent].push(place),
            None => roots.push(place),
        }
    }
    (roots, children)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> SpanId {
        SpanId(number.to_be_bytes())
    }

    /// Spans as (own id, parent's id or 0, start in milliseconds).
    fn tree(spans: &[(u64, u64, u64)]) -> Tree {
        let node = |(span, parent, start): &(u64, u64, u64)| Node {
            span: id(*span),
            parent: (*parent != 0).then(|| id(*parent)),
            start: start * 1_000,
        };
        Tree::of(&spans.iter().map(node).collect::<Vec<_>>())
    }

    #[test]
    fn children_stand_under_their_parents() {
        let tree = tree(&[(1, 0, 0), (2, 1, 1), (3, 2, 2), (4, 1, 3)]);
        assert_eq!(tree.roots, [0]);
        assert_eq!(tree.children, [vec![1, 3], vec![2], vec![], vec![]]);
        assert!(tree.odd.iter().all(Vec::is_empty));
    }

    #[test]
    fn what_has_no_parent_is_a_root() {
        let tree = tree(&[(2, 9, 0), (3, 2, 1), (4, 0, 2), (5, 0, 3)]);
        assert_eq!(tree.roots, [0, 2, 3]);
        assert_eq!(tree.odd, [vec![Odd::Orphan], vec![], vec![], vec![Odd::SecondRoot]]);
    }

    #[test]
    fn cycles_are_cut_before_their_earliest_span() {
        let tree = tree(&[(1, 3, 5), (2, 1, 6), (3, 2, 7), (4, 3, 8), (5, 5, 9)]);
        assert_eq!(tree.roots, [0, 4]);
        assert_eq!(tree.children, [vec![1], vec![2], vec![3], vec![], vec![]]);
        let cycle = vec![Odd::Cycle];
        assert_eq!(tree.odd, [cycle.clone(), cycle.clone(), cycle.clone(), vec![], cycle]);
    }

    #[test]
    fn ids_that_come_twice_and_clocks_that_differ_are_named() {
        let tree = tree(&[(2, 1, 0), (1, 0, 500), (2, 1, 600), (3, 2, 700)]);
        assert_eq!(tree.children, [vec![3], vec![0, 2], vec![], vec![]]);
        assert_eq!(tree.odd[0], [Odd::StartsBeforeParent]);
        assert_eq!(tree.odd[2], [Odd::Duplicate]);
    }

    #[test]
    fn a_chain_of_100_000_spans_is_as_deep_as_clients_can_take() {
        let spans: Vec<_> = (1..=100_000).map(|number| (number, number - 1, number)).collect();
        let tree = tree(&spans);
        assert_eq!(tree.roots, [0]);
        assert_eq!(tree.children[DEPTH_MAX - 1].len(), 100_000 - DEPTH_MAX);
        assert_eq!(tree.odd[DEPTH_MAX], []);
        assert_eq!(tree.odd[99_999], [Odd::Deep]);
    }
}
