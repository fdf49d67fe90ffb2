//! Quotas, counted at the door in fixed windows of time, in memory.
//!
//! A restart forgets the counts: a quota bounds cost, and being generous for the rest of one window
//! costs less than a write to disk per request.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::category::Category;
use model::clock::Micros;
use model::limits::{QUOTA_WINDOWS_MAX, RETRY_AFTER_SECS_MAX};
use wire::rate_limit_header::RateLimit;

use crate::neighbours::Quota;

const SHARDS: usize = 16;
const MICROS_PER_SECOND: u64 = 1_000_000;

/// The windows that are being counted.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    shards: [Mutex<HashMap<u64, Window>>; SHARDS],
}

#[derive(Debug, Clone, Copy)]
struct Window {
    ends: Micros,
    used: u64,
}

impl Quotas {
    /// Counts an item towards every quota that it is under, unless one of them has no room for it:
    /// then that one's limit is returned and nothing is counted.
    pub(crate) fn take(
        &self,
        quotas: &[Quota],
        item: &[(Category, u64)],
        now: Micros,
    ) -> Result<(), RateLimit> {
        let over = quotas.iter().find(|quota| {
            let quantity = quantity_under(quota, item);
            quantity > 0 && self.used(quota, now).saturating_add(quantity) > quota.limit
        });
        if let Some(quota) = over {
            return Err(limit(quota, now));
        }
        for quota in quotas {
            self.add(quota, quantity_under(quota, item), now);
        }
        Ok(())
    }

    fn used(&self, quota: &Quota, now: Micros) -> u64 {
        let key = window_key(quota);
        let shard = self.shard(key);
        shard.get(&key).filter(|window| window.ends > now).map_or(0, |window| window.used)
    }

    fn add(&self, quota: &Quota, quantity: u64, now: Micros) {
        if quantity == 0 {
            return;
        }
        let key = window_key(quota);
        let mut shard = self.shard(key);
        if shard.len() >= QUOTA_WINDOWS_MAX / SHARDS && !shard.contains_key(&key) {
            shard.retain(|_, window| window.ends > now);
            if shard.len() >= QUOTA_WINDOWS_MAX / SHARDS {
                shard.clear();
            }
        }
        let window = shard.entry(key).or_insert(Window { ends: Micros(0), used: 0 });
        if window.ends <= now {
            *window = Window { ends: window_end(quota, now), used: 0 };
        }
        window.used = window.used.saturating_add(quantity);
    }

    fn shard(&self, key: u64) -> MutexGuard<'_, HashMap<u64, Window>> {
        let place = usize::try_from(key % 16).unwrap_or(0);
        // Counting cannot panic half-way, so that a poisoned lock holds good counts.
        self.shards[place].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How much of an item a quota counts. One for all categories counts items.
fn quantity_under(quota: &Quota, item: &[(Category, u64)]) -> u64 {
    if quota.categories.is_empty() {
        return u64::from(!item.is_empty());
    }
    let counted = item.iter().filter(|(category, _)| quota.categories.contains(category));
    counted.map(|(_, quantity)| *quantity).sum()
}

fn window_key(quota: &Quota) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&quota.id, quota.scope, quota.scope_id, quota.window_secs).hash(&mut hasher);
    hasher.finish()
}

fn window_end(quota: &Quota, now: Micros) -> Micros {
    let length = u64::from(quota.window_secs.max(1)) * MICROS_PER_SECOND;
    Micros((now.0 / length + 1).saturating_mul(length))
}

fn limit(quota: &Quota, now: Micros) -> RateLimit {
    let left = window_end(quota, now).0.saturating_sub(now.0);
    RateLimit {
        retry_after_secs: left.div_ceil(MICROS_PER_SECOND).clamp(1, RETRY_AFTER_SECS_MAX),
        categories: quota.categories.clone(),
        scope: quota.scope,
        reason: quota.reason.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::rate_limit_header::Scope;

    fn quota(id: &str, categories: &[Category], window_secs: u32, limit: u64) -> Quota {
        Quota {
            id: id.to_owned(),
            scope: Scope::Project,
            scope_id: 1,
            categories: categories.to_vec(),
            window_secs,
            limit,
            reason: "quota_exceeded".to_owned(),
        }
    }

    #[test]
    fn a_window_fills_and_opens_again() {
        let quotas = Quotas::default();
        let list = [quota("a", &[Category::Error], 60, 2)];
        let error = [(Category::Error, 1)];
        let at = |secs: u64| Micros(secs * MICROS_PER_SECOND);
        assert_eq!(quotas.take(&list, &error, at(61)), Ok(()));
        assert_eq!(quotas.take(&list, &error, at(62)), Ok(()));
        let limit = quotas.take(&list, &error, at(63)).unwrap_err();
        assert_eq!(limit.to_string(), "57:error:project:quota_exceeded");
        assert_eq!(quotas.take(&list, &[(Category::Span, 9)], at(63)), Ok(()));
        assert_eq!(quotas.take(&list, &[], at(63)), Ok(()));
        assert_eq!(quotas.take(&list, &error, at(120)), Ok(()));
    }

    #[test]
    fn all_or_nothing_is_counted() {
        let quotas = Quotas::default();
        let list = [quota("wide", &[], 60, 2), quota("none", &[Category::Error], 60, 0)];
        for _ in 0..5 {
            assert!(quotas.take(&list, &[(Category::Error, 1)], Micros(1)).is_err());
        }
        let span = [(Category::Span, 10)];
        assert!(quotas.take(&list, &span, Micros(1)).is_ok());
        assert!(quotas.take(&list, &span, Micros(1)).is_ok());
        assert!(quotas.take(&list, &span, Micros(1)).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let quotas = Quotas::default();
        for number in 0..QUOTA_WINDOWS_MAX + 10_000 {
            let list = [quota(&number.to_string(), &[], 3600, 9)];
            assert!(quotas.take(&list, &[(Category::Error, 1)], Micros(1)).is_ok());
        }
        let kept: usize = quotas.shards.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert!(kept <= QUOTA_WINDOWS_MAX);
    }
}
