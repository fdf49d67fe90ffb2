//! Learns which parts of URL-like names vary, from the names themselves.
//!
//! `/users/anna/bets` and a hundred others like it become `/users/*/bets`: a place in the path that has
//! very many different children holds ids. The names of transactions are a tree of path segments;
//! rules are the places where it was too wide.
//!
//! Source: the clusterer of transaction names in Sentry.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// Segments of a name that are looked at; what is behind them is not.
const SEGMENTS_MAX: usize = 12;
/// Longer segments say nothing that has to be learned: they count as `*`.
const SEGMENT_BYTES_MAX: usize = 128;
/// Segments that are remembered, over all names: about 4 MB. What is new beyond them is not learned.
const NODES_MAX: usize = 20_000;
/// Rules that are told.
const RULES_MAX: usize = 500;
/// Children of one place from which on they are ids. Source: Sentry.
pub const CHILDREN_MAX: usize = 100;

/// Learns from the names of one project.
#[derive(Debug)]
pub struct Clusterer {
    root: Node,
    nodes: usize,
    children_max: usize,
}

/// A place in the path.
#[derive(Debug, Default)]
struct Node {
    children: BTreeMap<Box<str>, Node>,
    /// What comes behind a segment that varies; then there are no other children.
    any: Option<Box<Node>>,
}

/// Which segments of which names vary: `/users/*/**`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule(Box<str>);

impl Rule {
    /// A rule as it was written. `*` stands for a segment that varies, `**` at the end for any
    /// others behind.
    pub fn new(pattern: &str) -> Self {
        Self(pattern.into())
    }

    /// How it is written.
    pub fn pattern(&self) -> &str {
        &self.0
    }

    /// The name with `*` where it varies; `None` when the rule is not about it.
    fn apply(&self, name: &str) -> Option<String> {
        let mut segments = name.split('/');
        let mut out = String::with_capacity(name.len());
        for (at, wanted) in self.0.split('/').enumerate() {
            if wanted == "**" {
                for segment in segments.by_ref() {
                    out.push('/');
                    out.push_str(segment);
                }
                return Some(out);
            }
            let segment = segments
                .next()
                .filter(|segment| wanted == "*" && !segment.is_empty() || *segment == wanted)?;
            if at > 0 {
                out.push('/');
            }
            out.push_str(if wanted == "*" { "*" } else { segment });
        }
        segments.next().is_none().then_some(out)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Default for Clusterer {
    fn default() -> Self {
        Self::new(CHILDREN_MAX)
    }
}

impl Clusterer {
    /// Learns that a place varies once it had more than `children_max` different children.
    pub fn new(children_max: usize) -> Self {
        Self { root: Node::default(), nodes: 0, children_max }
    }

    /// Takes a name in. Names without a slash are not learned from.
    pub fn observe(&mut self, name: &str) {
        let Some((first, path)) = name.split_once('/') else { return };
        // What is before the first slash is nothing or a method, never an id.
        if first.len() > SEGMENT_BYTES_MAX {
            return;
        }
        let Some(mut node) = self.root.child(first, &mut self.nodes) else { return };
        for segment in path.split('/').take(SEGMENTS_MAX) {
            let segment = if segment.len() > SEGMENT_BYTES_MAX { "*" } else { segment };
            node.widen(self.children_max, &mut self.nodes);
            node = match node.child(segment, &mut self.nodes) {
                Some(child) => child,
                None => return,
            };
        }
    }

    /// What was learned, the longest rules first: of several that are about a name, the first knows
    /// most of it.
    pub fn rules(&self) -> Vec<Rule> {
        let mut rules = Vec::new();
        for (first, node) in &self.root.children {
            node.tell(&mut first.to_string(), &mut rules);
        }
        rules.sort_by_cached_key(|rule: &Rule| {
            (std::cmp::Reverse(rule.0.matches('/').count()), rule.clone())
        });
        rules.truncate(RULES_MAX);
        rules
    }
}

/// Puts `*` into a name where the first rule that is about it says so.
pub fn apply<'a>(rules: &[Rule], name: &'a str) -> Cow<'a, str> {
    if !name.contains('/') {
        return name.into();
    }
    rules.iter().find_map(|rule| rule.apply(name)).map_or(Cow::Borrowed(name), Cow::Owned)
}

impl Node {
    /// The child that a segment leads to, made if there is room.
    fn child(&mut self, segment: &str, nodes: &mut usize) -> Option<&mut Self> {
        if let Some(any) = &mut self.any {
            return Some(any);
        }
        if !self.children.contains_key(segment) {
            if *nodes >= NODES_MAX {
                return None;
            }
            *nodes += 1;
            self.children.insert(segment.into(), Self::default());
        }
        self.children.get_mut(segment)
    }

    /// Makes one child of too many.
    fn widen(&mut self, children_max: usize, nodes: &mut usize) {
        if self.any.is_some() || self.children.len() <= children_max {
            return;
        }
        let mut any = Self::default();
        for (_, child) in std::mem::take(&mut self.children) {
            any.absorb(child, nodes);
            *nodes = nodes.saturating_sub(1);
        }
        *nodes += 1;
        any.widen(children_max, nodes);
        self.any = Some(Box::new(any));
    }

    /// Takes over what another place has; depth is bounded by [`SEGMENTS_MAX`].
    fn absorb(&mut self, other: Self, nodes: &mut usize) {
        for (segment, child) in other.children {
            match self.any.as_mut().map(Box::as_mut).or_else(|| self.children.get_mut(&segment)) {
                Some(known) => {
                    known.absorb(child, nodes);
                    *nodes = nodes.saturating_sub(1);
                }
                None => {
                    self.children.insert(segment, child);
                }
            }
        }
        if let Some(other) = other.any {
            let any = self.any.get_or_insert_default();
            any.absorb(*other, nodes);
            for (_, child) in std::mem::take(&mut self.children) {
                any.absorb(child, nodes);
                *nodes = nodes.saturating_sub(1);
            }
        }
    }

    fn tell(&self, path: &mut String, rules: &mut Vec<Rule>) {
        let length = path.len();
        if let Some(any) = &self.any {
            path.push_str("/*");
            rules.push(Rule(format!("{path}/**").into()));
            any.tell(path, rules);
            path.truncate(length);
        }
        for (segment, child) in &self.children {
            path.push('/');
            path.push_str(segment);
            child.tell(path, rules);
            path.truncate(length);
        }
    }
}
