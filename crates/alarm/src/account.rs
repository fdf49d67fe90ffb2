//! What `meta` is to know of check-ins: lines of its accounts, and which environments were seen.
//!
//! They lie here until `meta` has them on disk, so that after a crash between the two databases each line
//! is counted once.

use model::category::Category;
use model::clock::Micros;
use model::id::{KeyId, ProjectId};
use model::intake::Offset;
use model::outcome::{Fate, OutcomeKey, Outcomes};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::check_in::Arrival;
use crate::database::Alarms;
use crate::error::AlarmError;
use crate::rows::{execute, json, rows, written};

/// Stretches that are answered at once.
const PIECE_MAX: usize = 100;

/// What became of a stretch of the lane of check-ins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Where the stretch begins.
    pub start: Offset,
    /// Where it ends.
    pub end: Offset,
    /// What became of its items.
    pub outcomes: Outcomes,
    /// What ran where.
    pub seen: Vec<Sighting>,
}

/// A release that ran in an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    project: u64,
    /// Empty when not said.
    pub release: String,
    /// Where.
    pub environment: String,
    at: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Written {
    lines: Vec<(u64, Option<u64>, u8, u8, String, u64)>,
    seen: Vec<Sighting>,
}

impl Sighting {
    pub(crate) fn of(arrival: &Arrival) -> Self {
        Self {
            project: arrival.project.0,
            release: arrival.release.clone(),
            environment: arrival.environment.clone(),
            at: arrival.received.0,
        }
    }

    /// Whose it is.
    pub fn project(&self) -> ProjectId {
        ProjectId(self.project)
    }

    /// When.
    pub fn at(&self) -> Micros {
        Micros(self.at)
    }
}

impl Alarms {
    /// What became of stretches that lie behind a place, in order; not all of many at once.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn check_in_accounts(&self, after: Offset) -> Result<Vec<Account>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT start, end, account FROM check_in_accounts
                       WHERE end > ? ORDER BY end LIMIT ?";
            rows(connection, sql, params![after.0, PIECE_MAX], |row| {
                let written: Written = json(row, 2)?;
                let mut outcomes = Outcomes::default();
                for (project, key, category, fate, reason, quantity) in written.lines {
                    let key = OutcomeKey {
                        project: ProjectId(project),
                        key: key.map(KeyId),
                        category: Category::from_number(category),
                        fate: Fate::from_number(fate).unwrap_or(Fate::Invalid),
                        reason: reason.into(),
                    };
                    outcomes.record(key, quantity);
                }
                let (start, end) = (Offset(row.get(0)?), Offset(row.get(1)?));
                Ok(Account { start, end, outcomes, seen: written.seen })
            })
        })
    }

    /// Forgets what `meta` has on disk.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn forget_check_in_accounts(&self, upto: Offset) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let sql = "DELETE FROM check_in_accounts WHERE end <= ?";
            execute(transaction, sql, [upto.0]).map(drop)
        })
    }
}

pub(crate) fn add(
    connection: &Connection,
    (start, end): (Offset, Offset),
    outcomes: &Outcomes,
    seen: &[Sighting],
) -> Result<(), AlarmError> {
    let lines = outcomes.iter().map(|(key, quantity)| {
        let of_key = key.key.map(|key| key.0);
        let (category, fate) = (key.category.number(), key.fate.number());
        (key.project.0, of_key, category, fate, key.reason.to_string(), quantity)
    });
    let mut seen = seen.to_vec();
    // One line for each is enough, with the last moment.
    seen.sort_by(|a, b| {
        let names = |one: &Sighting| (one.project, one.release.clone(), one.environment.clone());
        names(a).cmp(&names(b)).then(b.at.cmp(&a.at))
    });
    seen.dedup_by(|next, kept| {
        (next.project, &next.release, &next.environment)
            == (kept.project, &kept.release, &kept.environment)
    });
    let account = written(&Written { lines: lines.collect(), seen })?;
    let sql = "INSERT INTO check_in_accounts (end, start, account) VALUES (?, ?, ?)";
    execute(connection, sql, params![end.0, start.0, account]).map(drop)
}
