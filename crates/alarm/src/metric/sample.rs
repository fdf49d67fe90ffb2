//! What was measured lately: numbers for charts, shares for what is usual at this time of day.

use alert::{Counts, Season};
use rusqlite::{Connection, params};

use super::Judged;
use crate::database::Alarms;
use crate::error::AlarmError;
use crate::rows::{execute, row, rows};

/// Minutes of numbers that are kept. 10,000 series write 250 KB a minute, and hold 30 MB.
pub const SAMPLES_MINUTES: u64 = 120;
/// Minutes of shares that are kept: what is usual at a time of day is learnt from seven days, of the half
/// hour before and after.
pub const SHARES_MINUTES: u64 = 7 * 1_440 + 60;
const DAY_MINUTES: u64 = 1_440;
const AROUND: u64 = 30;
/// How long incidents that are over are kept: 13 months.
const INCIDENTS_MICROS: u64 = 396 * 86_400_000_000;

impl Alarms {
    /// What was measured of a series, in order of time: the end of the minute, and the number if there was
    /// one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn samples(
        &self,
        series: u64,
        from: u64,
        until: u64,
    ) -> Result<Vec<(u64, Option<f64>)>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT value FROM samples WHERE minute = ? AND series = ?";
            let until = until.min(from.saturating_add(SAMPLES_MINUTES));
            // The key begins with the minute: one search for each is quicker than one over all series.
            let mut found = Vec::new();
            for minute in from..until {
                let value: Option<Option<f64>> =
                    row(connection, sql, params![minute, series], |row| row.get(0))?;
                found.extend(value.map(|value| (minute, value)));
            }
            Ok(found)
        })
    }

    /// The minute up to which each series was measured lately.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn measured_until(&self) -> Result<Vec<(u64, u64)>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT series, max(minute) FROM samples GROUP BY series";
            rows(connection, sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
        })
    }

    /// What is known of a series that tells what is usual at that minute.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn season(&self, series: u64, minute: u64) -> Result<Season, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT minute, good, total FROM shares
                       WHERE series = ? AND minute >= ? AND minute < ?";
            let mut season = Season::default();
            let days = (1..=7).filter_map(|day| minute.checked_sub(day * DAY_MINUTES));
            for then in days {
                let (from, until) = (then.saturating_sub(AROUND), then + AROUND);
                let found = rows(connection, sql, params![series, from, until], |row| {
                    Ok((row.get(0)?, Counts { good: row.get(1)?, total: row.get(2)? }))
                })?;
                for (minute, counts) in found {
                    season.add(minute, counts);
                }
            }
            Ok(season)
        })
    }

    /// The first minute of which a series knows a share.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn shares_from(&self, series: u64) -> Result<Option<u64>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT min(minute) FROM shares WHERE series = ?";
            Ok(row(connection, sql, [series], |row| row.get(0))?.flatten())
        })
    }

    /// Keeps shares of times before a series began.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn add_shares(&self, series: u64, shares: &[(u64, Counts)]) -> Result<(), AlarmError> {
        self.write(|transaction| put(transaction, series, shares))
    }

    /// Forgets what is older than it is kept.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn forget_samples(&self, minute: u64) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let oldest = minute.saturating_sub(SAMPLES_MINUTES);
            execute(transaction, "DELETE FROM samples WHERE minute < ?", [oldest])?;
            let oldest = minute.saturating_sub(SHARES_MINUTES);
            execute(transaction, "DELETE FROM shares WHERE minute < ?", [oldest])?;
            let oldest = minute.saturating_mul(60_000_000).saturating_sub(INCIDENTS_MICROS);
            execute(transaction, "DELETE FROM metric_incidents WHERE closed < ?", [oldest])?;
            Ok(())
        })
    }
}

pub(super) fn add(connection: &Connection, judged: &Judged) -> Result<(), AlarmError> {
    let sql = "INSERT OR REPLACE INTO samples (minute, series, value) VALUES (?, ?, ?)";
    execute(connection, sql, params![judged.minute, judged.series.id, judged.value])?;
    put(connection, judged.series.id, &judged.shares)
}

fn put(connection: &Connection, series: u64, shares: &[(u64, Counts)]) -> Result<(), AlarmError> {
    for (minute, counts) in shares {
        let sql = "INSERT OR REPLACE INTO shares (series, minute, good, total) VALUES (?, ?, ?, ?)";
        execute(connection, sql, params![series, minute, counts.good, counts.total])?;
    }
    Ok(())
}
