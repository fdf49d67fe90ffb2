//! Answers of `meta` that are remembered until something is uploaded.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use crate::limits::ANSWERS_MAX;

/// Answers by question. Also "there is none" is one.
#[derive(Debug)]
pub(crate) struct Answers<Q, A> {
    known: Mutex<HashMap<Q, (u64, Arc<A>)>>,
}

impl<Q: Eq + Hash, A> Answers<Q, A> {
    /// No answers yet.
    pub(crate) fn new() -> Self {
        Self { known: Mutex::new(HashMap::new()) }
    }

    /// The answer as of that generation of uploads.
    pub(crate) fn get(&self, question: &Q, generation: u64) -> Option<Arc<A>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, answer) = known.get(question)?;
        (*of == generation).then(|| Arc::clone(answer))
    }

    /// Remembers an answer. A full memory begins again: to ask costs less than to keep an order.
    pub(crate) fn put(&self, question: Q, generation: u64, answer: Arc<A>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ANSWERS_MAX {
            known.clear();
        }
        known.insert(question, (generation, answer));
    }
}
