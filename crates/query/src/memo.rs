//! What functions remember of the dictionaries of texts that they were given.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray};
use datafusion::error::Result;

/// Dictionaries, `N` at a time, that were looked at lately, with what was made of them. The batches of a row
/// group share theirs, and most have fewer rows than those have texts.
#[derive(Debug)]
pub(crate) struct Memo<const N: usize>(Mutex<VecDeque<([ArrayRef; N], ArrayRef)>>);

/// As many as are read at the same time, and a few more.
const KNOWN_MAX: usize = 16;

impl<const N: usize> Default for Memo<N> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<const N: usize> Memo<N> {
    /// What was made of dictionaries, or is made now: the same array for as long as it is remembered.
    pub(crate) fn of(
        &self,
        texts: [&ArrayRef; N],
        make: impl FnOnce([&ArrayRef; N]) -> Result<ArrayRef>,
    ) -> Result<ArrayRef> {
        let is_known = |known: &[ArrayRef; N]| {
            known.iter().zip(texts).all(|(known, texts)| is_same(known, texts))
        };
        let known = self.lock().iter().find(|(known, _)| is_known(known)).cloned();
        if let Some((_, made)) = known {
            return Ok(made);
        }
        let made = make(texts)?;
        let mut known = self.lock();
        if known.len() >= KNOWN_MAX {
            known.pop_front();
        }
        known.push_back((texts.map(Arc::clone), Arc::clone(&made)));
        Ok(made)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<([ArrayRef; N], ArrayRef)>> {
        // What is remembered is whole after each change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Functions are the same whatever they remember.
impl<const N: usize> PartialEq for Memo<N> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<const N: usize> Eq for Memo<N> {}

impl<const N: usize> Hash for Memo<N> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// Whether two arrays are the same texts in the same place of memory, which both keep.
fn is_same(one: &ArrayRef, other: &ArrayRef) -> bool {
    let place = |array: &ArrayRef| {
        let texts = array.as_string_opt::<i32>()?;
        let (offsets, bytes) = (texts.value_offsets(), texts.value_data());
        Some((offsets.as_ptr(), offsets.len(), bytes.as_ptr(), bytes.len()))
    };
    let is_whole = |array: &ArrayRef| array.null_count() == 0;
    is_whole(one) && is_whole(other) && place(one).is_some() && place(one) == place(other)
}
