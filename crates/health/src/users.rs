//! Distinct users, by a hash that leads back to nobody.

use std::collections::{BTreeMap, HashMap};

use hmac::{Hmac, Mac as _};
use model::id::ProjectId;
use model::session::SessionHealth;
use rusqlite::{Row, params};
use sha2::Sha256;
use wire::session::Anr;

use crate::DAY_HOURS;
use crate::database::Change;
use crate::error::HealthError;
use crate::rows;

/// A day whose users were halved that often has one left at most.
const THINNED_MAX: u32 = 40;

/// What names of users are hashed with: without it nobody can try names out.
#[derive(Clone)]
pub(crate) struct UserKey(Vec<u8>);

impl std::fmt::Debug for UserKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("UserKey")
    }
}

impl UserKey {
    pub(crate) fn new(key: Vec<u8>) -> Self {
        Self(key)
    }

    /// The hash of a user of a project. Among ten million users two have the same with a probability of
    /// one to 400,000.
    pub(crate) fn hash(&self, project: ProjectId, user: &str) -> Result<i64, HealthError> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.0);
        let mut mac = mac.or(Err(HealthError::Damaged("the key has no length")))?;
        mac.update(&project.0.to_le_bytes());
        mac.update(user.as_bytes());
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&mac.finalize().into_bytes()[..8]);
        Ok(i64::from_le_bytes(bytes))
    }
}

/// A user of a series on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UserDay {
    pub(crate) series: u64,
    pub(crate) day: u64,
    pub(crate) user: i64,
}

/// In which hours of a day a user fared how: sets of hours, a bit each. Each set of `at_least` holds the
/// next one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Hours {
    /// By [`SessionHealth::index`]: with a session that went at least that badly.
    pub(crate) at_least: [u32; 5],
    /// With an app that hung, and one that hung before the user's eyes.
    pub(crate) anr: [u32; 2],
}

impl Hours {
    pub(crate) fn one(hour: u64, health: SessionHealth, anr: Anr) -> Self {
        let bit = 1 << (hour % DAY_HOURS);
        let at_least = SessionHealth::ALL.map(|(level, _)| if level <= health { bit } else { 0 });
        let anr = match anr {
            Anr::None => [0, 0],
            Anr::Background => [bit, 0],
            Anr::Foreground => [bit, bit],
        };
        Self { at_least, anr }
    }

    /// What is known from both.
    pub(crate) fn join(mut self, other: Self) -> Self {
        let mine = self.at_least.iter_mut().chain(&mut self.anr);
        for (hours, more) in mine.zip(other.at_least.iter().chain(&other.anr)) {
            *hours |= more;
        }
        self
    }

    /// Reads seven columns from `first` on.
    pub(crate) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        let mut hours = Self::default();
        for (place, slot) in hours.at_least.iter_mut().chain(&mut hours.anr).enumerate() {
            *slot = row.get(first + place)?;
        }
        Ok(hours)
    }
}

/// The users of a series on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Day {
    users: u64,
    thinned: u32,
}

impl Change<'_> {
    /// Joins what is new of users to what is known of them.
    pub(crate) fn users(&self, news: BTreeMap<UserDay, Hours>) -> Result<(), HealthError> {
        let mut days: HashMap<(u64, u64), (Day, Day)> = HashMap::new();
        for (key, new) in news {
            let UserDay { series, day, user } = key;
            let (_, now) = match days.entry((series, day)) {
                std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::hash_map::Entry::Vacant(vacant) => {
                    let stored = self.day(series, day)?;
                    vacant.insert((stored, stored))
                }
            };
            if user & others(now.thinned) != 0 {
                continue;
            }
            now.users += u64::from(self.user(key, new)?);
            if now.users > self.limits.users_per_day && now.thinned < THINNED_MAX {
                let thinned = now.thinned + 1;
                let sql = "DELETE FROM users WHERE series = ? AND day = ? AND user & ? != 0";
                let gone =
                    rows::execute(self.transaction, sql, params![series, day, others(thinned)])?;
                *now = Day { users: now.users.saturating_sub(gone), thinned };
            }
        }
        for ((series, day), (stored, now)) in days {
            if now != stored {
                let sql = "INSERT OR REPLACE INTO user_days VALUES (?, ?, ?, ?)";
                let values = params![series, day, now.users, now.thinned];
                rows::execute(self.transaction, sql, values)?;
            }
        }
        Ok(())
    }

    fn day(&self, series: u64, day: u64) -> Result<Day, HealthError> {
        let sql = "SELECT users, thinned FROM user_days WHERE series = ? AND day = ?";
        let found = rows::row(self.transaction, sql, [series, day], |row| {
            Ok(Day { users: row.get(0)?, thinned: row.get(1)? })
        })?;
        Ok(found.unwrap_or_default())
    }

    /// True when the user is new.
    fn user(&self, key: UserDay, new: Hours) -> Result<bool, HealthError> {
        let UserDay { series, day, user } = key;
        let sql =
            "SELECT seen, errored, unhandled, abnormal, crashed, anr, anr_foreground FROM users
                   WHERE series = ? AND day = ? AND user = ?";
        let values = params![series, day, user];
        let known = rows::row(self.transaction, sql, values, |row| Hours::read(row, 0))?;
        let joined = known.map_or(new, |known| known.join(new));
        if known != Some(joined) {
            let [seen, errored, unhandled, abnormal, crashed] = joined.at_least;
            let [anr, foreground] = joined.anr;
            let sql = "INSERT OR REPLACE INTO users VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
            let values = params![
                series, day, user, seen, errored, unhandled, abnormal, crashed, anr, foreground
            ];
            rows::execute(self.transaction, sql, values)?;
        }
        Ok(known.is_none())
    }
}

/// The bits of a hash that are zero in those users who stand for the others.
pub(crate) fn others(thinned: u32) -> i64 {
    (1_i64 << thinned.min(THINNED_MAX)) - 1
}
