//! What was asked before gets the answer it got: transactions are remembered, the oldest forgotten first.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// A few megabytes, and hours of the demonstration's load.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(20_000).unwrap();

/// Answers by transaction.
pub(crate) struct Once<T> {
    known: Mutex<LruCache<Uuid, Arc<OnceCell<T>>>>,
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self { known: Mutex::new(LruCache::new(REMEMBERED)) }
    }
}

impl<T: Clone> Once<T> {
    /// The answer from before, or that of `work`. Who asks while the work is going on waits for it.
    pub(crate) async fn answer<E>(
        &self,
        transaction: Uuid,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let cell = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.get_or_insert(transaction, Arc::default).clone()
        };
        cell.get_or_try_init(|| work).await.cloned()
    }

    /// The answer from before.
    pub(crate) fn known(&self, transaction: Uuid) -> Option<T> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&transaction)?.get().cloned()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn the_second_waits_for_the_answer_of_the_first() {
        let once = Once::default();
        let id = Uuid::new_v4();
        let slow = once.answer(id, async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok::<_, Infallible>(1)
        });
        let (first, second) = tokio::join!(slow, once.answer(id, async { Ok::<_, Infallible>(2) }));
        assert_eq!((first, second), (Ok(1), Ok(1)));
        assert_eq!(once.known(id), Some(1));
        assert_eq!(once.known(Uuid::new_v4()), None);
    }

    #[tokio::test]
    async fn a_failure_is_not_remembered() {
        let once = Once::default();
        let id = Uuid::new_v4();
        assert_eq!(once.answer(id, async { Err("away") }).await, Err("away"));
        assert_eq!(once.answer(id, async { Ok::<_, &str>(2) }).await, Ok(2));
    }
}
