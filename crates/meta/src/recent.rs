//! A bounded memory of what was looked up lately.

use std::collections::HashMap;
use std::hash::Hash;

/// Forgets the older half when full. Two generations instead of a linked list: an entry that is used
/// moves to the young generation, and what is still in the old one when the young one is full goes.
#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    generation_max: usize,
}

impl<K: Eq + Hash, V: Copy> Recent<K, V> {
    /// Remembers at most `entries_max` entries.
    pub(crate) fn new(entries_max: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), generation_max: entries_max / 2 }
    }

    pub(crate) fn get(&mut self, key: &K) -> Option<V> {
        if let Some(value) = self.young.get(key) {
            return Some(*value);
        }
        let (key, value) = self.old.remove_entry(key)?;
        self.insert(key, value);
        Some(value)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.generation_max {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    pub(crate) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_goes() {
        let mut recent = Recent::new(8);
        for key in 0..100 {
            recent.insert(key, key * 2);
            assert_eq!(recent.get(&0), Some(0), "used all the time");
        }
        assert_eq!(recent.get(&99), Some(198));
        assert_eq!(recent.get(&50), None);
        assert!(recent.young.len() + recent.old.len() <= 8);
        recent.clear();
        assert_eq!(recent.get(&0), None);
    }
}
