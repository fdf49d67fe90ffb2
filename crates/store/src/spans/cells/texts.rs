//! Texts known by number, so that keys with texts are small and quick to compare.

use std::sync::Arc;

use foldhash::HashMap;

use super::OTHER;

/// The texts of the cells in memory; each has one number.
#[derive(Debug, Clone)]
pub(super) struct Texts {
    numbers: HashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
    bytes: usize,
}

impl Texts {
    /// The number of the empty text.
    pub(super) const NONE: u32 = 0;
    /// The number of [`OTHER`].
    pub(super) const OTHER: u32 = 1;
    /// What a text takes beside its bytes, about: in the table, in the list and on the heap.
    const BYTES_EACH: usize = 80;

    /// The number of a text, which is known from now on.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        // A batch has at most 2^31 texts, and a table of them is sealed long before.
        let Ok(number) = u32::try_from(self.texts.len()) else { return Self::OTHER };
        let text: Arc<str> = text.into();
        self.bytes += text.len() + Self::BYTES_EACH;
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }

    /// The text of a number.
    pub(super) fn get(&self, number: u32) -> Arc<str> {
        let text = usize::try_from(number).ok().and_then(|number| self.texts.get(number));
        text.cloned().unwrap_or_default()
    }

    /// For each number the place of its text among all, in their order.
    pub(super) fn places(&self) -> Vec<u32> {
        let mut texts: Vec<(&str, usize)> =
            self.texts.iter().enumerate().map(|(number, text)| (text.as_ref(), number)).collect();
        texts.sort_unstable();
        let mut places = vec![0; texts.len()];
        for ((_, number), place) in texts.into_iter().zip(0..) {
            if let Some(slot) = places.get_mut(number) {
                *slot = place;
            }
        }
        places
    }

    /// Bytes they take in memory, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Default for Texts {
    fn default() -> Self {
        let mut texts = Self { numbers: HashMap::default(), texts: Vec::new(), bytes: 0 };
        texts.number("");
        texts.number(OTHER);
        // What every table has does not fill it.
        texts.bytes = 0;
        texts
    }
}
