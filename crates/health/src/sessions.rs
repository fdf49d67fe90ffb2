//! The state of each session, and what an update adds to it.

use std::collections::BTreeMap;

use model::id::{EventId, ProjectId};
use model::session::SessionHealth;
use rusqlite::{Row, params};

use crate::database::Change;
use crate::error::HealthError;
use crate::rows;

/// Sessions forgotten in one go.
const FORGOTTEN_AT_ONCE: u64 = 10_000;

/// Sessions by where they count: changes of the counts, by [`SessionHealth::index`].
pub(crate) type Deltas = BTreeMap<(u64, u64), [i64; 5]>;

/// Where a session counts, and as what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    /// Of the earliest update: which one it was, when the session began, of which release.
    pub(crate) origin: Origin,
    /// The worst that any update said.
    pub(crate) health: SessionHealth,
}

/// The order says which of two updates is the earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Origin {
    pub(crate) sequence: u64,
    pub(crate) hour: u64,
    pub(crate) series: u64,
}

impl State {
    /// What is known from both. Commutes, associates, and changes nothing the second time.
    pub(crate) fn join(self, other: Self) -> Self {
        Self { origin: self.origin.min(other.origin), health: self.health.max(other.health) }
    }

    fn count(self, deltas: &mut Deltas, change: i64) {
        let counts = deltas.entry((self.origin.series, self.origin.hour)).or_default();
        counts[self.health.index()] += change;
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let health: usize = row.get(3)?;
        let (health, _) = SessionHealth::ALL.get(health).copied().unwrap_or_default();
        let origin = Origin { sequence: row.get(0)?, hour: row.get(1)?, series: row.get(2)? };
        Ok(Self { origin, health })
    }
}

impl Change<'_> {
    /// Joins what is new to what is known, and says what that changes. In the order of the ids, so that
    /// neighbours in the file are written together.
    pub(crate) fn sessions(
        &self,
        news: BTreeMap<(ProjectId, EventId), State>,
        deltas: &mut Deltas,
    ) -> Result<(), HealthError> {
        let mut added = 0;
        for ((project, session), new) in news {
            let sql = "SELECT sequence, hour, series, health FROM sessions
                       WHERE project = ? AND session = ?";
            let values = params![project.0, session.0];
            let known = rows::row(self.transaction, sql, values, State::read)?;
            let joined = known.map_or(new, |known| known.join(new));
            if known == Some(joined) {
                continue;
            }
            if let Some(known) = known {
                known.count(deltas, -1);
            }
            joined.count(deltas, 1);
            added += u64::from(known.is_none());
            let sql = "INSERT OR REPLACE INTO sessions
                       (project, session, series, hour, sequence, health) VALUES (?, ?, ?, ?, ?, ?)";
            let State { origin, health } = joined;
            let Origin { sequence, hour, series } = origin;
            let values = params![project.0, session.0, series, hour, sequence, health.index()];
            rows::execute(self.transaction, sql, values)?;
        }
        if added == 0 {
            return Ok(());
        }
        let known = rows::number(self.transaction, "sessions")? + added;
        rows::set_number(self.transaction, "sessions", known)?;
        if known > self.limits.sessions {
            // The oldest are the least likely to be updated again.
            self.forget_sessions(u64::MAX, known - self.limits.sessions)?;
        }
        Ok(())
    }

    /// Forgets sessions that began before an hour, the oldest first. How many it was.
    pub(crate) fn forget_sessions(&self, before: u64, most: u64) -> Result<u64, HealthError> {
        let sql = "DELETE FROM sessions WHERE (project, session) IN
            (SELECT project, session FROM sessions WHERE hour < ? ORDER BY hour LIMIT ?)";
        let before = i64::try_from(before).unwrap_or(i64::MAX);
        let values = params![before, most.clamp(1, FORGOTTEN_AT_ONCE)];
        let gone = rows::execute(self.transaction, sql, values)?;
        let known = rows::number(self.transaction, "sessions")?;
        rows::set_number(self.transaction, "sessions", known.saturating_sub(gone))?;
        Ok(gone)
    }

    /// Adds to the counts.
    pub(crate) fn counts(&self, deltas: Deltas) -> Result<(), HealthError> {
        for ((series, hour), [healthy, errored, unhandled, abnormal, crashed]) in deltas {
            let sql = "INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET healthy = healthy + excluded.healthy,
                    errored = errored + excluded.errored, unhandled = unhandled + excluded.unhandled,
                    abnormal = abnormal + excluded.abnormal, crashed = crashed + excluded.crashed";
            let values = params![series, hour, healthy, errored, unhandled, abnormal, crashed];
            rows::execute(self.transaction, sql, values)?;
        }
        Ok(())
    }
}
