//! How often somebody may ask: a bucket of tokens each, for so many of them as memory is set aside for.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use casino_telemetry::ApiError;
use http::StatusCode;
use lru::LruCache;

/// Who asked longest ago is forgotten beyond this; he comes back with a full bucket.
const MOST: NonZeroUsize = NonZeroUsize::new(20_000).unwrap();
/// A bucket holds this many seconds' worth.
const BURST_SECONDS: f64 = 2.0;

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

/// Buckets of one kind.
pub(crate) struct Limit {
    per_second: f64,
    buckets: Mutex<LruCache<String, Bucket>>,
}

impl Limit {
    /// `per_second` of 0 means no limit.
    pub(crate) fn new(per_second: f64) -> Self {
        Self { per_second, buckets: Mutex::new(LruCache::new(MOST)) }
    }

    /// Takes a token, or says for how long there is none.
    pub(crate) fn take(&self, who: &str) -> Result<(), ApiError> {
        self.take_at(who, Instant::now()).map_err(too_many)
    }

    fn take_at(&self, who: &str, now: Instant) -> Result<(), f64> {
        if self.per_second <= 0.0 {
            return Ok(());
        }
        let full = (self.per_second * BURST_SECONDS).max(1.0);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.get_or_insert_mut_ref(who, || Bucket { tokens: full, at: now });
        let since = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.tokens = since.mul_add(self.per_second, bucket.tokens).min(full);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            return Err((1.0 - bucket.tokens) / self.per_second);
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

fn too_many(seconds: f64) -> ApiError {
    // Whole seconds, at least one: that is all the header can say.
    let seconds = std::time::Duration::from_secs_f64(seconds.clamp(0.0, 3600.0)).as_secs() + 1;
    let message = format!("too many requests; again in {seconds} s");
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message).retry_after(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let limit = Limit::new(5.0);
        let now = Instant::now();
        let taken = (0..20).filter(|_| limit.take_at("p-1", now).is_ok()).count();
        assert_eq!(taken, 10);
        let wait = limit.take_at("p-1", now).unwrap_err();
        assert!((wait - 0.2).abs() < 0.01, "{wait}");
        assert!(limit.take_at("p-2", now).is_ok(), "others have their own");
        let later = now + Duration::from_secs(1);
        assert_eq!((0..20).filter(|_| limit.take_at("p-1", later).is_ok()).count(), 5);
    }

    #[test]
    fn buckets_are_bounded_and_no_limit_needs_none() {
        let limit = Limit::new(1.0);
        for number in 0..MOST.get() + 100 {
            let _ = limit.take(&number.to_string());
        }
        assert_eq!(limit.buckets.lock().unwrap().len(), MOST.get());
        let none = Limit::new(0.0);
        assert!((0..1000).all(|_| none.take("x").is_ok()));
    }

    #[test]
    fn the_answer_says_when_to_come_again() {
        let error = too_many(0.2);
        assert_eq!((error.status.as_u16(), error.retry_after), (429, Some(1)));
    }
}
