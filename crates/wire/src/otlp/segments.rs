//! Which span of a request is the segment of which: the top span of its service.
//!
//! OpenTelemetry does not say. A segment is a span without a parent or whose parent is in another
//! program; the others belong to the segment above them, if it came in the same request.

use std::collections::HashMap;

use model::id::{SpanId, TraceId};

/// The parent's place is known.
const HAS_IS_REMOTE: u32 = 0x100;
/// The parent is in another program.
const IS_REMOTE: u32 = 0x200;
/// Kinds of spans whose parents are in other programs, as a rule.
const SERVER: u64 = 2;
const CONSUMER: u64 = 5;

/// What must be known of a span.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) trace: TraceId,
    pub(super) span: SpanId,
    pub(super) parent: Option<SpanId>,
    pub(super) kind: u64,
    pub(super) flags: u32,
    /// The number of its resource within the request.
    pub(super) resource: usize,
}

/// The segments of all spans of a request.
#[derive(Debug)]
pub(super) struct Segments {
    nodes: Vec<Node>,
    /// The place of each span's parent, if that is in the request.
    parents: Vec<Option<usize>>,
    is_segment: Vec<bool>,
    /// The place of each span's segment, if that is in the request.
    segments: Vec<Option<usize>>,
}

impl Segments {
    pub(super) fn new(nodes: Vec<Node>) -> Self {
        let mut places = HashMap::with_capacity(nodes.len());
        for (place, node) in nodes.iter().enumerate() {
            places.entry((node.trace, node.span)).or_insert(place);
        }
        let parent_of = |node: &Node| places.get(&(node.trace, node.parent?)).copied();
        let parents: Vec<_> = nodes.iter().map(parent_of).collect();
        let is_segment: Vec<_> = nodes
            .iter()
            .zip(&parents)
            .map(|(node, parent)| is_segment(node, parent.map(|place| &nodes[place])))
            .collect();
        let mut segments = Self { segments: vec![None; nodes.len()], nodes, parents, is_segment };
        segments.climb();
        segments
    }

    pub(super) fn is_segment(&self, place: usize) -> bool {
        self.is_segment[place]
    }

    /// The place of a span's segment, if that came too.
    pub(super) fn of(&self, place: usize) -> Option<usize> {
        self.segments[place]
    }

    /// The id of a span.
    pub(super) fn id(&self, place: usize) -> SpanId {
        self.nodes[place].span
    }

    /// The spans of the same trace and program above one, nearest first. Ends in a cycle too.
    pub(super) fn above(&self, place: usize) -> impl Iterator<Item = usize> {
        let resource = self.nodes[place].resource;
        let next = move |place: &usize| self.parents[*place];
        std::iter::successors(self.parents[place], next)
            .take(64)
            .take_while(move |above| self.nodes[*above].resource == resource)
    }

    /// Every span is looked at once: those below a known one take what that has.
    fn climb(&mut self) {
        let mut is_known = vec![false; self.nodes.len()];
        let mut path = Vec::new();
        for start in 0..self.nodes.len() {
            let mut place = start;
            let found = loop {
                if is_known[place] {
                    break self.segments[place];
                }
                // Marked at once, so that a cycle ends where it began: with no segment.
                is_known[place] = true;
                path.push(place);
                if self.is_segment[place] {
                    break Some(place);
                }
                let Some(parent) = self.parents[place] else { break None };
                place = parent;
            };
            for place in path.drain(..) {
                self.segments[place] = found;
            }
        }
    }
}

fn is_segment(node: &Node, parent: Option<&Node>) -> bool {
    match (node.parent, parent) {
        (None, _) => true,
        _ if node.flags & HAS_IS_REMOTE != 0 => node.flags & IS_REMOTE != 0,
        (_, Some(parent)) => parent.resource != node.resource,
        (_, None) => matches!(node.kind, SERVER | CONSUMER),
    }
}

/// Whether the parent is in another program, if the sender says.
pub(super) fn is_remote(flags: u32) -> Option<bool> {
    (flags & HAS_IS_REMOTE != 0).then_some(flags & IS_REMOTE != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spans as `(id, parent or 0, kind, flags, resource)`; answers `segment's id` for each.
    #[track_caller]
    fn check(spans: &[(u8, u8, u64, u32, usize)], expected: &[u8]) {
        let id = |number: u8| SpanId([number; 8]);
        let nodes = spans.iter().map(|(span, parent, kind, flags, resource)| Node {
            trace: TraceId([1; 16]),
            span: id(*span),
            parent: (*parent != 0).then(|| id(*parent)),
            kind: *kind,
            flags: *flags,
            resource: *resource,
        });
        let segments = Segments::new(nodes.collect());
        let of = |place| segments.of(place).map_or(0, |found| spans[found].0);
        let found: Vec<u8> = (0..spans.len()).map(of).collect();
        assert_eq!(found, expected, "{spans:?}");
    }

    #[test]
    fn spans_find_the_top_of_their_service() {
        check(&[(3, 2, 1, 0, 0), (2, 1, 1, 0, 0), (1, 0, 2, 0, 0)], &[1, 1, 1]);
        // A remote parent, said or not.
        check(&[(3, 2, 1, 0x100, 0), (2, 9, 1, 0x300, 0)], &[2, 2]);
        check(&[(3, 2, 1, 0, 0), (2, 9, 2, 0, 0)], &[2, 2]);
        check(&[(2, 1, 1, 0, 1), (1, 0, 3, 0, 0)], &[2, 1]);
        // The segment is not there.
        check(&[(3, 9, 1, 0, 0), (2, 3, 2, 0x100, 0)], &[0, 0]);
        // Circles and two spans with one id.
        check(&[(1, 2, 1, 0, 0), (2, 1, 1, 0, 0), (3, 1, 1, 0, 0), (4, 4, 1, 0, 0)], &[0; 4]);
        check(&[(1, 0, 1, 0, 0), (1, 1, 1, 0, 0)], &[1, 1]);
    }
}
