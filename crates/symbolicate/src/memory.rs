//! What is kept in memory: a bounded number of things of bounded weight, the longest unused going first.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Things by name.
#[derive(Debug)]
pub(crate) struct Memory<K, V> {
    weight_max: u64,
    count_max: usize,
    inner: Mutex<Inner<K, V>>,
}

#[derive(Debug)]
struct Inner<K, V> {
    things: HashMap<K, Thing<V>>,
    /// By last use.
    order: BTreeMap<u64, K>,
    uses: u64,
    weight: u64,
}

#[derive(Debug)]
struct Thing<V> {
    value: V,
    weight: u64,
    used: u64,
}

impl<K: Copy + Eq + Hash, V: Clone> Memory<K, V> {
    /// Nothing yet.
    pub(crate) fn new(weight_max: u64, count_max: usize) -> Self {
        let inner = Inner { things: HashMap::new(), order: BTreeMap::new(), uses: 0, weight: 0 };
        Self { weight_max, count_max, inner: Mutex::new(inner) }
    }

    /// The thing of that name.
    pub(crate) fn get(&self, key: K) -> Option<V> {
        let mut inner = self.lock();
        let Inner { things, order, uses, .. } = &mut *inner;
        let thing = things.get_mut(&key)?;
        order.remove(&thing.used);
        *uses += 1;
        thing.used = *uses;
        order.insert(*uses, key);
        Some(thing.value.clone())
    }

    /// Keeps a thing, unless it alone is too heavy.
    pub(crate) fn put(&self, key: K, value: V, weight: u64) {
        if weight > self.weight_max {
            return;
        }
        let mut inner = self.lock();
        inner.take(key);
        inner.uses += 1;
        let used = inner.uses;
        inner.weight += weight;
        inner.order.insert(used, key);
        inner.things.insert(key, Thing { value, weight, used });
        while inner.weight > self.weight_max || inner.things.len() > self.count_max {
            let Some((_, oldest)) = inner.order.first_key_value() else { break };
            let oldest = *oldest;
            inner.take(oldest);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<K, V>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Copy + Eq + Hash, V> Inner<K, V> {
    fn take(&mut self, key: K) {
        if let Some(thing) = self.things.remove(&key) {
            self.order.remove(&thing.used);
            self.weight -= thing.weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_goes() {
        let memory = Memory::new(100, 3);
        let check = |expected: &[u8]| {
            let here: Vec<u8> = (1..=9).filter(|key| memory.get(*key).is_some()).collect();
            assert_eq!(here, expected);
        };
        memory.put(1, "a", 40);
        memory.put(2, "b", 40);
        memory.get(1);
        memory.put(3, "c", 40);
        check(&[1, 3]);
        memory.put(4, "d", 101);
        check(&[1, 3]);
        memory.put(3, "e", 10);
        memory.put(5, "f", 10);
        memory.put(6, "g", 10);
        check(&[3, 5, 6]);
        assert_eq!(memory.get(3), Some("e"));
    }
}
