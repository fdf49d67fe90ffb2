//! The flame graph: who called what, and for how long.

use std::cmp::Reverse;
use std::collections::HashMap;

use model::profile::Profile;

use crate::function::{Function, Functions};
use crate::slice::{Clip, Weight, slices};

/// Where every path begins.
const ROOT: usize = 0;
/// Stands in the place of a function for what was too small to be kept.
const OTHER: u32 = u32::MAX;

/// Calls of one or many profiles, folded: equal paths are there once, with their weights added.
#[derive(Debug, Clone)]
pub struct Tree {
    functions: Functions,
    /// A parent comes before its children.
    nodes: Vec<Node>,
    children: HashMap<(usize, u32), usize>,
    profiles: u64,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    parent: usize,
    function: u32,
    own: Weight,
}

/// A node of a tree, in its place among the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row<'t> {
    /// How many levels below the root it lies; only the root has 0.
    pub depth: u32,
    /// What was called; `None` at the root, and for what was too small to be kept.
    pub function: Option<&'t Function>,
    /// Spent in the function itself.
    pub own: Weight,
    /// Spent in it and all it called.
    pub total: Weight,
}

impl Default for Tree {
    fn default() -> Self {
        let root = Node { parent: ROOT, function: OTHER, own: Weight::default() };
        Self {
            functions: Functions::default(),
            nodes: vec![root],
            children: HashMap::new(),
            profiles: 0,
        }
    }
}

impl Tree {
    /// The tree of one profile, or of the part of it that a span took.
    pub fn of(profile: &Profile<'_>, clip: &Clip<'_>) -> Self {
        let mut tree = Self::default();
        tree.add(profile, clip);
        tree
    }

    /// Adds a profile. Idle time has no weight. What has no sample within `clip` adds nothing.
    pub fn add(&mut self, profile: &Profile<'_>, clip: &Clip<'_>) {
        let mut own = vec![Weight::default(); profile.stacks.len()];
        let mut is_empty = true;
        for slice in slices(profile, clip) {
            if let Some(weight) = slice.stack.and_then(|stack| own.get_mut(place(stack))) {
                *weight += slice.weight();
                is_empty = false;
            }
        }
        if is_empty {
            return;
        }
        self.profiles += 1;
        let mut is_used: Vec<bool> = own.iter().map(|weight| !weight.is_zero()).collect();
        for (stack, call) in profile.stacks.iter().enumerate().rev() {
            let caller = call.caller.map(place).filter(|caller| *caller < stack);
            if let Some(caller) = caller.filter(|_| is_used[stack]) {
                is_used[caller] = true;
            }
        }
        let mut functions: Vec<Option<u32>> = vec![None; profile.frames.len()];
        let mut nodes = vec![ROOT; profile.stacks.len()];
        for (stack, call) in profile.stacks.iter().enumerate().filter(|(stack, _)| is_used[*stack])
        {
            let Some(frame) = profile.frame(call.frame) else { continue };
            let function =
                *functions[place(call.frame)].get_or_insert_with(|| self.functions.of_frame(frame));
            let caller = call.caller.map(place).filter(|caller| *caller < stack);
            let node = self.child(caller.map_or(ROOT, |caller| nodes[caller]), function);
            self.nodes[node].own += own[stack];
            nodes[stack] = node;
        }
    }

    /// Adds all of another tree. In which order trees are merged makes no difference.
    pub fn merge(&mut self, other: &Self) {
        self.graft(other);
    }

    /// How many profiles are in it.
    pub fn profiles(&self) -> u64 {
        self.profiles
    }

    /// How many nodes there are, the root counted.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// True when there is nothing but the root.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() == 1
    }

    /// Keeps at most `nodes_max` nodes: the heaviest. What is cut off a node is summed up in one child
    /// of it that has no function, so that no sum changes. Who merges many trees prunes in between,
    /// generously, and strictly at the end.
    pub fn prune(&mut self, nodes_max: usize) {
        if self.nodes.len() <= nodes_max {
            return;
        }
        let totals = self.totals();
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        // A parent is at least as heavy as its children and comes before them, so none is kept alone.
        order.sort_by_key(|node| (Reverse(totals[*node]), *node));
        // Every kept node may get one child for the rest.
        order.truncate((nodes_max / 2).max(1));
        order.sort_unstable();
        let mut pruned = Self { profiles: self.profiles, ..Self::default() };
        let mut places: Vec<Option<usize>> = vec![None; self.nodes.len()];
        for node in order {
            let Node { parent, own, .. } = self.nodes[node];
            let kept = match places[parent] {
                Some(parent) => {
                    let function = self.function_in(&mut pruned.functions, node);
                    pruned.child(parent, function)
                }
                None => ROOT,
            };
            pruned.nodes[kept].own += own;
            places[node] = Some(kept);
        }
        for (node, total) in totals.iter().enumerate() {
            if places[node].is_none()
                && let Some(parent) = places[self.nodes[node].parent]
            {
                let rest = pruned.child(parent, OTHER);
                pruned.nodes[rest].own += *total;
            }
        }
        *self = pruned;
    }

    /// The tree, parents before children, children in order of their names, the rest last.
    pub fn rows(&self) -> Vec<Row<'_>> {
        let totals = self.totals();
        let row = |node: usize, depth| Row {
            depth,
            function: self.functions.get(self.nodes[node].function),
            own: self.nodes[node].own,
            total: totals[node],
        };
        self.walk().into_iter().map(|(node, depth)| row(node, depth)).collect()
    }

    /// What called a function, upside down: the function below the root, below it its callers.
    /// A call of the function within itself counts once, from the outermost. `place` is as in
    /// [`Function::place`].
    #[must_use]
    pub fn callers(&self, place: &str, name: &str) -> Self {
        let mut callers = Self { profiles: self.profiles, ..Self::default() };
        let totals = self.totals();
        for outermost in self.outermost(place, name) {
            let (mut node, mut end) = (outermost, ROOT);
            while node != ROOT {
                let function = self.function_in(&mut callers.functions, node);
                end = callers.child(end, function);
                node = self.nodes[node].parent;
            }
            callers.nodes[end].own += totals[outermost];
        }
        callers
    }

    /// What a function called, wherever it was called from: the function below the root.
    #[must_use]
    pub fn callees(&self, place: &str, name: &str) -> Self {
        let mut callees = Self { profiles: self.profiles, ..Self::default() };
        let mut places: Vec<Option<usize>> = vec![None; self.nodes.len()];
        let mut starts = self.outermost(place, name).into_iter().peekable();
        for node in 1..self.nodes.len() {
            let is_start = starts.next_if_eq(&node).is_some();
            let above = if is_start { Some(ROOT) } else { places[self.nodes[node].parent] };
            let Some(above) = above else { continue };
            let function = self.function_in(&mut callees.functions, node);
            let below = callees.child(above, function);
            callees.nodes[below].own += self.nodes[node].own;
            places[node] = Some(below);
        }
        callees
    }

    /// Nodes with their depths in the order of [`Tree::rows`].
    pub(crate) fn walk(&self) -> Vec<(usize, u32)> {
        let key = |node: usize| {
            let function = self.functions.get(self.nodes[node].function);
            (self.nodes[node].parent, function.is_none(), function.map(Function::key))
        };
        // The last is taken up first, so children lie the wrong way round.
        let mut order: Vec<usize> = (1..self.nodes.len()).collect();
        order.sort_by(|one, other| key(*one).cmp(&key(*other)).reverse());
        let mut of_parent = vec![0..0; self.nodes.len()];
        let mut at = 0;
        for siblings in
            order.chunk_by(|one, next| self.nodes[*one].parent == self.nodes[*next].parent)
        {
            of_parent[self.nodes[siblings[0]].parent] = at..at + siblings.len();
            at += siblings.len();
        }
        let mut walked = Vec::with_capacity(self.nodes.len());
        let mut waiting = vec![(ROOT, 0_u32)];
        while let Some((node, depth)) = waiting.pop() {
            walked.push((node, depth));
            let children = &order[of_parent[node].clone()];
            waiting.extend(children.iter().map(|child| (*child, depth.saturating_add(1))));
        }
        walked
    }

    /// Adds all of another tree, and says where its nodes went.
    pub(crate) fn graft(&mut self, other: &Self) -> Vec<usize> {
        let mut places = vec![ROOT; other.nodes.len()];
        for (place, node) in other.nodes.iter().enumerate() {
            let own_place = if place == ROOT {
                ROOT
            } else {
                let function = other.function_in(&mut self.functions, place);
                self.child(places[node.parent], function)
            };
            self.nodes[own_place].own += node.own;
            places[place] = own_place;
        }
        self.profiles += other.profiles;
        places
    }

    /// What was spent in each node itself.
    pub(crate) fn owns(&self) -> impl Iterator<Item = Weight> {
        self.nodes.iter().map(|node| node.own)
    }

    /// What was spent in each node and below it.
    pub(crate) fn totals(&self) -> Vec<Weight> {
        self.totals_of(self.owns().collect())
    }

    /// Adds weights of nodes to those above them.
    pub(crate) fn totals_of(&self, mut weights: Vec<Weight>) -> Vec<Weight> {
        for node in (1..self.nodes.len()).rev() {
            let weight = weights[node];
            weights[self.nodes[node].parent] += weight;
        }
        weights
    }

    /// The function of a node.
    pub(crate) fn function(&self, node: usize) -> Option<&Function> {
        self.functions.get(self.nodes[node].function)
    }

    /// Nodes of the functions with that name that lie below no other such node, in order.
    fn outermost(&self, place: &str, name: &str) -> Vec<usize> {
        let is_it = |node: usize| {
            self.function(node).is_some_and(|known| known.name == name && known.place() == place)
        };
        let mut is_inside = vec![false; self.nodes.len()];
        let mut found = Vec::new();
        for node in 1..self.nodes.len() {
            let below = is_inside[self.nodes[node].parent];
            is_inside[node] = below || is_it(node);
            if is_inside[node] && !below {
                found.push(node);
            }
        }
        found
    }

    fn child(&mut self, parent: usize, function: u32) -> usize {
        let next = self.nodes.len();
        let child = *self.children.entry((parent, function)).or_insert(next);
        if child == next {
            self.nodes.push(Node { parent, function, own: Weight::default() });
        }
        child
    }

    /// The number that the function of a node has in another table.
    fn function_in(&self, functions: &mut Functions, node: usize) -> u32 {
        self.function(node).map_or(OTHER, |function| functions.of_function(function))
    }
}

fn place(position: u32) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}
