//! What functions cost, over many profiles.

use std::collections::HashMap;

use model::id::EventId;
use model::limits::FLAME_FUNCTIONS_MAX;

use crate::function::Function;
use crate::slice::Weight;
use crate::spread::Spread;
use crate::tree::Tree;

/// What one function cost.
#[derive(Debug, Clone)]
pub struct FunctionStatistics {
    /// The function; told apart by [`Function::place`] and name.
    pub function: Function,
    /// Spent in the function itself, over all profiles.
    pub own: Weight,
    /// Spent in it and all it called, over all profiles; calls within itself counted once.
    pub total: Weight,
    /// Microseconds spent in the function itself, one value per profile it occurs in.
    pub per_profile: Spread,
    /// The profile in which most time was spent in the function itself.
    pub worst: EventId,
    worst_micros: u64,
}

/// What the functions of a set of profiles cost.
#[derive(Debug, Clone, Default)]
pub struct Statistics {
    functions: HashMap<(Box<str>, Box<str>), FunctionStatistics>,
    profiles: u64,
    left_out: u64,
}

impl Statistics {
    /// Adds a profile, folded. Functions without a name are left out: nobody could tell them apart.
    pub fn add(&mut self, id: EventId, tree: &Tree) {
        self.profiles += 1;
        for (function, own, total) in functions_of(tree) {
            let key = (Box::from(function.place()), Box::from(function.name.as_str()));
            if self.functions.len() >= FLAME_FUNCTIONS_MAX && !self.functions.contains_key(&key) {
                self.left_out += 1;
                continue;
            }
            let known = self.functions.entry(key).or_insert_with(|| FunctionStatistics {
                function: function.clone(),
                own: Weight::default(),
                total: Weight::default(),
                per_profile: Spread::default(),
                worst: id,
                worst_micros: own.micros,
            });
            known.function.learn(function.line, function.in_app);
            known.own += own;
            known.total += total;
            known.per_profile.add(own.micros);
            if own.micros > known.worst_micros {
                (known.worst, known.worst_micros) = (id, own.micros);
            }
        }
    }

    /// How many profiles were added.
    pub fn profiles(&self) -> u64 {
        self.profiles
    }

    /// How many functions of profiles were not counted, because there are too many.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The functions, the most expensive in themselves first.
    pub fn functions(&self) -> Vec<&FunctionStatistics> {
        let mut functions: Vec<_> = self.functions.values().collect();
        functions.sort_by(|one, other| {
            (other.own.cmp(&one.own)).then_with(|| one.function.key().cmp(&other.function.key()))
        });
        functions
    }

    /// What a function cost; `place` is as in [`Function::place`].
    pub fn get(&self, place: &str, name: &str) -> Option<&FunctionStatistics> {
        self.functions.get(&(Box::from(place), Box::from(name)))
    }
}

/// The functions of a tree that have names, each once, with what was spent in them and below them.
fn functions_of(tree: &Tree) -> Vec<(&Function, Weight, Weight)> {
    let (owns, totals) = (tree.owns().collect::<Vec<_>>(), tree.totals());
    let mut places: HashMap<(&str, &str), usize> = HashMap::new();
    let mut found: Vec<(&Function, Weight, Weight)> = Vec::new();
    // Functions on the way from the root to the node that is looked at, and how many there are of each.
    let mut path: Vec<Option<usize>> = Vec::new();
    let mut on_path: Vec<u32> = Vec::new();
    for (node, depth) in tree.walk() {
        let depth = usize::try_from(depth).unwrap_or(usize::MAX);
        while path.len() > depth {
            if let Some(left) = path.pop().flatten() {
                on_path[left] -= 1;
            }
        }
        let function = tree.function(node).filter(|function| !function.name.is_empty());
        let place = function.map(|function| {
            let place = *places.entry((function.place(), &function.name)).or_insert(found.len());
            if place == found.len() {
                found.push((function, Weight::default(), Weight::default()));
                on_path.push(0);
            }
            found[place].1 += owns[node];
            if on_path[place] == 0 {
                found[place].2 += totals[node];
            }
            on_path[place] += 1;
            place
        });
        path.push(place);
    }
    found
}
