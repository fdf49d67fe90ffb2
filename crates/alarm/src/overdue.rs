//! Check-ins that did not come in time, and runs that did not end in time.

use model::clock::Micros;
use model::id::ProjectId;
use rusqlite::{Connection, params};
use schedule::Tick;

use crate::check_in;
use crate::database::Alarms;
use crate::digest::digest;
use crate::error::AlarmError;
use crate::monitor::{self, MonitorEnvironment};
use crate::occurrence::{self, About};
use crate::rows::{execute, row, rows};
use crate::state;

/// What one transaction works up: others write, too.
const PIECE_MAX: usize = 200;
/// Slots of one monitor that are missed in one go; a schedule of minutes after a long pause has one, as
/// those between are not missed one by one.
const SLOTS_MAX: usize = 4;
/// Times without hearing that are remembered.
const OUTAGES_MAX: u64 = 1_000;
const MINUTE_MICROS: u64 = 60_000_000;

impl Alarms {
    /// Notes that nobody could be heard from `start` to `end`: what did not come then is not known to be
    /// missing.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn note_outage(&self, start: Micros, end: Micros) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let sql = "INSERT INTO outages (start, end) VALUES (?, ?)
                       ON CONFLICT DO UPDATE SET end = max(end, excluded.end)";
            execute(transaction, sql, [start.0, end.0])?;
            let sql = "DELETE FROM outages WHERE start <=
                       (SELECT start FROM outages ORDER BY start DESC LIMIT 1 OFFSET ?)";
            execute(transaction, sql, [OUTAGES_MAX]).map(drop)
        })
    }

    /// Works up a piece of what is due by now: answers whether there may be more. The caller says which
    /// projects there are; monitors of others are forgotten.
    ///
    /// # Errors
    /// When the database cannot be written; nothing of the piece is then.
    pub fn expire_check_ins(
        &self,
        now: Micros,
        exists: &dyn Fn(ProjectId) -> bool,
    ) -> Result<bool, AlarmError> {
        let is_due = self.read(|connection| {
            let sql = "SELECT EXISTS (SELECT 1 FROM monitor_environments WHERE next_latest <= ?1)
                       OR EXISTS (SELECT 1 FROM check_ins WHERE timeout_at <= ?1)";
            Ok(row(connection, sql, [now.0], |row| row.get(0))?.unwrap_or(false))
        })?;
        if !is_due {
            return Ok(false);
        }
        self.write(|transaction| {
            let timed_out = time_out(transaction, now, exists)?;
            let missed = miss(transaction, now, exists)?;
            Ok(timed_out.max(missed) >= PIECE_MAX)
        })
    }
}

fn time_out(
    connection: &Connection,
    now: Micros,
    exists: &dyn Fn(ProjectId) -> bool,
) -> Result<usize, AlarmError> {
    let sql = format!(
        "SELECT {} FROM check_ins WHERE timeout_at <= ? ORDER BY timeout_at LIMIT ?",
        check_in::COLUMNS
    );
    let due = rows(connection, &sql, params![now.0, PIECE_MAX], check_in::read)?;
    for known in &due {
        let Some((monitor, mut environment)) = find(connection, known.environment, exists)? else {
            continue;
        };
        let run = &known.run;
        let until = run.timeout_at.unwrap_or(now);
        let tick = Tick { now, is_reliable: is_reliable(connection, run.started, until)? };
        let config = &monitor.says.config;
        let Some((check_in, transition)) = environment.state.time_out(config, run, tick) else {
            continue;
        };
        check_in::update(connection, known.row, &check_in, known.trace)?;
        if let Some(transition) = transition {
            let about = About { row: known.row, check_in: &check_in, trace: known.trace };
            occurrence::tell(connection, &monitor, &mut environment, &about, transition)?;
        }
        state::write(connection, &environment)?;
    }
    Ok(due.len())
}

fn miss(
    connection: &Connection,
    now: Micros,
    exists: &dyn Fn(ProjectId) -> bool,
) -> Result<usize, AlarmError> {
    let sql = "SELECT id FROM monitor_environments WHERE next_latest <= ?
               ORDER BY next_latest LIMIT ?";
    let due = rows(connection, sql, params![now.0, PIECE_MAX], |row| row.get::<_, u64>(0))?;
    for id in &due {
        let Some((monitor, mut environment)) = find(connection, *id, exists)? else { continue };
        for _ in 0..SLOTS_MAX {
            let (Some(expected), Some(latest)) =
                (environment.state.next_expected, environment.state.next_latest)
            else {
                break;
            };
            let tick = Tick { now, is_reliable: is_reliable(connection, expected, latest)? };
            let guid = digest(&[b"missed", &id.to_le_bytes(), &expected.0.to_le_bytes()]);
            let config = &monitor.says.config;
            let Some((check_in, transition)) = environment.state.miss(config, tick, guid) else {
                break;
            };
            let row = check_in::add(connection, (&monitor, *id), (&check_in, None), now)?;
            if let Some(transition) = transition {
                let about = About { row, check_in: &check_in, trace: None };
                occurrence::tell(connection, &monitor, &mut environment, &about, transition)?;
            }
        }
        state::write(connection, &environment)?;
    }
    Ok(due.len())
}

/// The environment and its monitor; `None` when its project is gone, and then they are, too.
fn find(
    connection: &Connection,
    environment: u64,
    exists: &dyn Fn(ProjectId) -> bool,
) -> Result<Option<(monitor::Monitor, MonitorEnvironment)>, AlarmError> {
    let sql = format!("SELECT {} FROM monitor_environments WHERE id = ?", state::COLUMNS);
    let Some(environment) = row(connection, &sql, [environment], state::read)? else {
        return Ok(None);
    };
    let found = monitor::by_id(connection, environment.monitor)?;
    let found = found.ok_or(AlarmError::Damaged("an environment without its monitor"))?;
    if exists(found.project) {
        return Ok(Some((found, environment)));
    }
    execute(connection, "DELETE FROM monitors WHERE project = ?", [found.project.0])?;
    Ok(None)
}

/// Whether we could hear all the time. A minute before counts, too: jobs that are early send then.
fn is_reliable(connection: &Connection, start: Micros, end: Micros) -> Result<bool, AlarmError> {
    let sql = "SELECT 1 FROM outages WHERE start < ? AND end > ? LIMIT 1";
    let start = start.0.saturating_sub(MINUTE_MICROS);
    Ok(row(connection, sql, [end.0, start], |_| Ok(()))?.is_none())
}
