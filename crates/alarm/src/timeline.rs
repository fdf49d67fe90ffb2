//! Check-ins of the past: as a list, and counted by time.

use model::clock::Micros;
use model::id::EventId;
use rusqlite::{Row, params};
use schedule::{CheckIn, Status};

use crate::check_in;
use crate::database::Alarms;
use crate::error::AlarmError;
use crate::rows::{execute, rows, written};
use crate::state;

/// Check-ins that are forgotten in one transaction.
const FORGET_MAX: usize = 5_000;

/// A run, as people look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptCheckIn {
    /// The run.
    pub run: CheckIn,
    /// The name of its environment.
    pub environment: String,
    /// When we first heard of it.
    pub added: Micros,
    /// When it said that it runs.
    pub in_progress_at: Option<Micros>,
    /// The error event that it made.
    pub event: Option<EventId>,
}

/// Check-ins of one environment with one status in one stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// The environment's number.
    pub environment: u64,
    /// Where the stretch begins.
    pub start: Micros,
    /// What became of them.
    pub status: Status,
    /// How many.
    pub count: u64,
    /// How long those took together that said so, in milliseconds, and how many that were.
    pub duration_millis: (u64, u64),
}

impl Alarms {
    /// Check-ins of a monitor from `start` to `end`, newest first, and whether more follow. In some
    /// environments only, unless none is named.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn check_ins(
        &self,
        monitor: u64,
        environments: &[String],
        (start, end): (Micros, Micros),
        (offset, limit): (usize, usize),
    ) -> Result<(Vec<KeptCheckIn>, bool), AlarmError> {
        let mut found = self.read(|connection| {
            let columns: Vec<String> =
                check_in::COLUMNS.split(',').map(|name| format!("c.{}", name.trim())).collect();
            let sql = format!(
                "SELECT {}, e.name, added, in_progress_at, event
                 FROM monitor_environments AS e JOIN check_ins AS c ON c.environment = e.id
                 WHERE e.monitor = ?1 AND started >= ?2 AND started < ?3
                 AND (?4 = '[]' OR e.name IN (SELECT value FROM json_each(?4)))
                 ORDER BY started DESC, c.id DESC LIMIT ?5 OFFSET ?6",
                columns.join(", ")
            );
            let values = params![
                monitor,
                start.0,
                end.0,
                written(&environments)?,
                limit.saturating_add(1),
                offset
            ];
            rows(connection, &sql, values, kept)
        })?;
        let more = found.len() > limit;
        found.truncate(limit);
        Ok((found, more))
    }

    /// Check-ins of environments from `start` to `end`, counted in stretches of `step` microseconds that
    /// begin at multiples of it since `start`. Stretches without any are left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn check_in_buckets(
        &self,
        environments: &[u64],
        (start, end): (Micros, Micros),
        step: u64,
    ) -> Result<Vec<Bucket>, AlarmError> {
        let step = step.max(1);
        self.read(|connection| {
            let sql = "SELECT environment, (started - ?2) / ?4 AS place, status, count(*),
                       total(duration_millis), count(duration_millis)
                       FROM check_ins WHERE environment IN (SELECT value FROM json_each(?1))
                       AND started >= ?2 AND started < ?3
                       GROUP BY environment, place, status ORDER BY environment, place, status";
            let values = params![written(&environments)?, start.0, end.0, step];
            rows(connection, sql, values, |row| {
                let place: u64 = row.get(1)?;
                let millis: f64 = row.get(4)?;
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "such casts stop at the ends of the range; nothing below zero is kept"
                )]
                let millis = millis as u64;
                Ok(Bucket {
                    environment: row.get(0)?,
                    start: Micros(start.0 + place * step),
                    status: state::status(row, 2)?,
                    count: row.get(3)?,
                    duration_millis: (millis, row.get(5)?),
                })
            })
        })
    }

    /// Forgets a piece of what we heard of last before `moment`; whether there may be more.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn forget_check_ins(&self, moment: Micros) -> Result<bool, AlarmError> {
        self.write(|transaction| {
            // Rows are numbered as they arrive, so that no other index is needed.
            let sql = "DELETE FROM check_ins WHERE id IN
                       (SELECT id FROM check_ins ORDER BY id LIMIT ?1) AND added < ?2";
            let gone = execute(transaction, sql, params![FORGET_MAX, moment.0])?;
            let sql = "DELETE FROM check_in_problems WHERE at < ?";
            execute(transaction, sql, [moment.0])?;
            let sql = "DELETE FROM outages WHERE end < ?";
            execute(transaction, sql, [moment.0])?;
            Ok(gone >= FORGET_MAX)
        })
    }
}

fn kept(row: &Row<'_>) -> rusqlite::Result<KeptCheckIn> {
    Ok(KeptCheckIn {
        run: check_in::read(row)?.run,
        environment: row.get(10)?,
        added: Micros(row.get(11)?),
        in_progress_at: state::moment(row, 12)?,
        event: row.get::<_, Option<[u8; 16]>>(13)?.map(EventId),
    })
}
