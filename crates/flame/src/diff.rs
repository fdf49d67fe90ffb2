//! Two flame graphs in one.

use crate::function::Function;
use crate::slice::Weight;
use crate::tree::Tree;

/// All paths of two trees with both weights.
#[derive(Debug)]
pub struct Diff {
    union: Tree,
    before: Weights,
    after: Weights,
}

/// What one tree spent in the nodes of the union.
#[derive(Debug)]
struct Weights {
    owns: Vec<Weight>,
    totals: Vec<Weight>,
}

/// A node of either tree or both. Weights are of all profiles of a side: divide by [`Tree::profiles`]
/// before you compare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DiffRow<'d> {
    /// How many levels below the root it lies; only the root has 0.
    pub depth: u32,
    /// What was called; `None` at the root, and for what was too small to be kept.
    pub function: Option<&'d Function>,
    /// Spent in it itself, before.
    pub before_own: Weight,
    /// Spent in it itself, after.
    pub after_own: Weight,
    /// Spent in it and all it called, before.
    pub before: Weight,
    /// Spent in it and all it called, after.
    pub after: Weight,
}

impl Diff {
    /// Lays two trees over each other.
    pub fn new(before: &Tree, after: &Tree) -> Self {
        let mut union = Tree::default();
        let places = [union.graft(before), union.graft(after)];
        let [before, after] = [(before, &places[0]), (after, &places[1])].map(|(tree, places)| {
            let mut owns = vec![Weight::default(); union.len()];
            for (own, place) in tree.owns().zip(places) {
                owns[*place] += own;
            }
            Weights { totals: union.totals_of(owns.clone()), owns }
        });
        Self { union, before, after }
    }

    /// The nodes in the order of [`Tree::rows`].
    pub fn rows(&self) -> Vec<DiffRow<'_>> {
        let row = |(node, depth): (usize, u32)| DiffRow {
            depth,
            function: self.union.function(node),
            before_own: self.before.owns[node],
            after_own: self.after.owns[node],
            before: self.before.totals[node],
            after: self.after.totals[node],
        };
        self.union.walk().into_iter().map(row).collect()
    }
}
