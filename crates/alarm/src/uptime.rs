//! Uptime checks: what is asked how often, what was seen, and since when it is down.

use model::clock::Micros;
use model::id::{EventId, KeyId, OrganizationId, ProjectId};
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::database::Alarms;
use crate::digest::digest;
use crate::error::AlarmError;
use crate::occurrence::{self, Evidence, Occurrence};
use crate::rows::{execute, execute_one, insert, json, row, rows, written};
use crate::state::moment;

/// Checks of one organisation: each is a connection every so often.
pub const UPTIME_MAX: u64 = 500;
/// Checks that were made which are forgotten in one transaction.
const FORGET_MAX: usize = 5_000;
const SECOND_MICROS: u64 = 1_000_000;
/// Type of issues. Source: Sentry, `UptimeDomainCheckFailure`.
const UPTIME_ISSUE: &str = "uptime_domain_failure";
const COLUMNS: &str =
    "id, organization, project, name, environment, owner, enabled, muted, asks, headers,
    created, next_at, failures, successes, opened, newest_event, last_at, last_reason, last_ok,
    certificate_ends, origin";

/// What is asked, and what must be answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UptimeAsk {
    /// `https://…`, `http://…`, or `tcp://host:port`.
    pub url: String,
    /// HTTP's method.
    pub method: String,
    /// What is sent along.
    pub body: Option<String>,
    /// Every so often.
    pub interval_seconds: u32,
    /// How long an answer may take altogether, redirects included.
    pub timeout_millis: u32,
    /// First and last of statuses that are well.
    pub status: Vec<(u16, u16)>,
    /// Text that must be in the answer; empty for any answer.
    pub expected_body: String,
    /// An answer that takes longer is a failure.
    pub latency_max_millis: Option<u32>,
    /// Whether redirects are followed; if not, their own status counts.
    pub follows_redirects: bool,
    /// A certificate that ends in fewer days is a failure.
    pub certificate_days_min: Option<u32>,
    /// Failures in a row until it is down.
    pub failure_threshold: u32,
    /// Successes in a row until it is up again.
    pub recovery_threshold: u32,
}

/// What people say about a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UptimeChange {
    /// What people call it.
    pub name: String,
    /// Of its issues; may be empty.
    pub environment: String,
    /// Such as `team:7`.
    pub owner: Option<String>,
    /// Whether it is made.
    pub is_enabled: bool,
    /// Whether being down makes no issue.
    pub is_muted: bool,
    /// What is asked.
    pub asks: UptimeAsk,
    /// Headers that are sent along, sealed.
    pub headers: Option<Vec<u8>>,
}

/// A check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uptime {
    /// Which; never used again.
    pub id: u64,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Whose it is.
    pub project: ProjectId,
    /// What it is.
    pub says: UptimeChange,
    /// When it was made.
    pub created: Micros,
    /// When it is due; `None` while it is off.
    pub next_at: Option<Micros>,
    /// Failures in a row.
    pub failures: u32,
    /// Successes in a row.
    pub successes: u32,
    /// Since when it is down.
    pub opened: Option<Micros>,
    /// When it was last made.
    pub last_at: Option<Micros>,
    /// What was wrong then; empty for nothing.
    pub last_reason: String,
    /// When all was well last.
    pub last_ok: Option<Micros>,
    /// When the certificate ends that was seen last.
    pub certificate_ends: Option<Micros>,
    /// The file that asks for it; empty when there is none.
    pub origin: String,
    newest_event: Option<EventId>,
}

/// What one check saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UptimeSeen {
    /// When it was due.
    pub due: Micros,
    /// When it began.
    pub at: Micros,
    /// What was wrong, as one word of a fixed list, and in words; `None` when all was well.
    pub failure: Option<(&'static str, String)>,
    /// HTTP's status.
    pub status: Option<u16>,
    /// How long it took.
    pub duration_micros: u64,
    /// When the certificate ends.
    pub certificate_ends: Option<Micros>,
}

/// A check that was made, as people look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptUptime {
    /// Which.
    pub id: u64,
    /// When it was due.
    pub due: Micros,
    /// When it began.
    pub at: Micros,
    /// What was wrong; empty for nothing.
    pub reason: String,
    /// The same in words.
    pub detail: String,
    /// HTTP's status.
    pub status: Option<u16>,
    /// How long it took.
    pub duration_micros: u64,
    /// Whether it belongs to an incident.
    pub is_down: bool,
}

impl Alarms {
    /// Makes a check. The caller has seen to what it says.
    ///
    /// # Errors
    /// [`AlarmError::TooMany`].
    pub fn create_uptime(
        &self,
        organization: OrganizationId,
        project: ProjectId,
        says: &UptimeChange,
        now: Micros,
    ) -> Result<Uptime, AlarmError> {
        self.write(|transaction| create(transaction, (organization, project), says, now))
    }

    /// Changes a check; it is made again at once.
    ///
    /// # Errors
    /// [`AlarmError::Missing`].
    pub fn change_uptime(
        &self,
        id: u64,
        says: &UptimeChange,
        now: Micros,
    ) -> Result<Uptime, AlarmError> {
        self.write(|transaction| update(transaction, id, says, now))
    }

    /// Forgets a check with all it saw. An issue that it opened stays open.
    ///
    /// # Errors
    /// [`AlarmError::Missing`].
    pub fn delete_uptime(&self, id: u64) -> Result<(), AlarmError> {
        self.write(|transaction| {
            execute_one(transaction, "uptime check", "DELETE FROM uptime WHERE id = ?", [id])
        })
    }

    /// A check of an organisation.
    ///
    /// # Errors
    /// [`AlarmError::Missing`].
    pub fn uptime(&self, organization: OrganizationId, id: u64) -> Result<Uptime, AlarmError> {
        let found = self.read(|connection| find(connection, id))?;
        found
            .filter(|found| found.organization == organization)
            .ok_or(AlarmError::Missing("uptime check"))
    }

    /// Checks of some projects, those that are down first, then by name; and whether more follow.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn uptimes(
        &self,
        projects: &[ProjectId],
        text: &str,
        (offset, limit): (usize, usize),
    ) -> Result<(Vec<Uptime>, bool), AlarmError> {
        let projects: Vec<u64> = projects.iter().map(|project| project.0).collect();
        let mut found = self.read(|connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM uptime WHERE project IN (SELECT value FROM json_each(?1))
                 AND (instr(lower(name), ?2) > 0 OR instr(lower(asks), ?2) > 0)
                 ORDER BY enabled DESC, opened IS NULL, lower(name), id LIMIT ?3 OFFSET ?4"
            );
            let text = text.to_lowercase();
            let values = params![written(&projects)?, text, limit.saturating_add(1), offset];
            rows(connection, &sql, values, read)
        })?;
        let more = found.len() > limit;
        found.truncate(limit);
        Ok((found, more))
    }

    /// What is due by now, longest due first, without some that are being made: at most so many of each
    /// organisation.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn uptime_due(
        &self,
        now: Micros,
        without: &[u64],
        limit: usize,
    ) -> Result<Vec<Uptime>, AlarmError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM (SELECT *, row_number() OVER (PARTITION BY organization
                 ORDER BY next_at) AS place FROM uptime WHERE next_at <= ?
                 AND id NOT IN (SELECT value FROM json_each(?))) WHERE place <= ? ORDER BY next_at"
            );
            rows(connection, &sql, params![now.0, written(&without)?, limit], read)
        })
    }

    /// When the next one is due.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn uptime_next(&self) -> Result<Option<Micros>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT min(next_at) FROM uptime WHERE next_at IS NOT NULL";
            Ok(row(connection, sql, [], |row| moment(row, 0))?.flatten())
        })
    }

    /// Notes what a check saw, judges, and says when it is due again. One that was changed or turned off
    /// in between, or made before by a process that ended, changes nothing.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn note_uptime(&self, before: &Uptime, seen: &UptimeSeen) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let Some(mut uptime) = find(transaction, before.id)? else { return Ok(()) };
            if uptime.next_at != before.next_at || uptime.says != before.says {
                return Ok(());
            }
            let transition = judge(&mut uptime, seen);
            uptime.next_at = next(&uptime, seen.at);
            let check = keep(transaction, &uptime, seen)?;
            if let Some(transition) = transition {
                tell(transaction, &mut uptime, seen, check, transition)?;
            }
            write(transaction, &uptime)
        })
    }

    /// Forgets what is not to be made, because its project is gone.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn forget_uptime_of(&self, project: ProjectId) -> Result<(), AlarmError> {
        self.write(|transaction| {
            execute(transaction, "DELETE FROM uptime WHERE project = ?", [project.0]).map(drop)
        })
    }

    /// What a check saw from `start` to `end`, newest first, and whether more follows.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn uptime_checks(
        &self,
        id: u64,
        (start, end): (Micros, Micros),
        (offset, limit): (usize, usize),
    ) -> Result<(Vec<KeptUptime>, bool), AlarmError> {
        let mut found = self.read(|connection| {
            let sql = "SELECT id, due, at, reason, detail, status, duration_micros, down
                       FROM uptime_checks WHERE uptime = ? AND due >= ? AND due < ?
                       ORDER BY due DESC LIMIT ? OFFSET ?";
            let values = params![id, start.0, end.0, limit.saturating_add(1), offset];
            rows(connection, sql, values, |row| {
                Ok(KeptUptime {
                    id: row.get(0)?,
                    due: Micros(row.get(1)?),
                    at: Micros(row.get(2)?),
                    reason: row.get(3)?,
                    detail: row.get(4)?,
                    status: row.get(5)?,
                    duration_micros: row.get(6)?,
                    is_down: row.get(7)?,
                })
            })
        })?;
        let more = found.len() > limit;
        found.truncate(limit);
        Ok((found, more))
    }

    /// Where each stretch of `step` microseconds begins that has checks, how many of them were well, how
    /// many were not, and how long 95 % of them took at most, in microseconds.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn uptime_buckets(
        &self,
        id: u64,
        (start, end): (Micros, Micros),
        step: u64,
    ) -> Result<Vec<(Micros, u64, u64, u64)>, AlarmError> {
        let step = step.max(1);
        let checks: Vec<(u64, bool, u64)> = self.read(|connection| {
            let sql = "SELECT (due - ?2) / ?4 AS place, reason = '', duration_micros
                       FROM uptime_checks WHERE uptime = ?1 AND due >= ?2 AND due < ?3
                       ORDER BY place, duration_micros";
            rows(connection, sql, params![id, start.0, end.0, step], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
        })?;
        let buckets = checks.chunk_by(|one, other| one.0 == other.0).filter_map(|checks| {
            // They are in order of how long they took.
            let slow = (checks.len() * 95).div_ceil(100).saturating_sub(1);
            let (place, _, p95) = *checks.get(slow)?;
            let well = checks.iter().filter(|(_, is_well, _)| *is_well).count();
            let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
            let at = Micros(start.0 + place * step);
            Some((at, count(well), count(checks.len() - well), p95))
        });
        Ok(buckets.collect())
    }

    /// Forgets a piece of what was seen before `moment`; whether there may be more.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn forget_uptime_checks(&self, moment: Micros) -> Result<bool, AlarmError> {
        self.write(|transaction| {
            let sql = "DELETE FROM uptime_checks WHERE id IN
                       (SELECT id FROM uptime_checks ORDER BY id LIMIT ?) AND at < ?";
            Ok(execute(transaction, sql, params![FORGET_MAX, moment.0])? >= FORGET_MAX)
        })
    }
}

/// What the issue is to learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transition {
    Down,
    Up,
}

/// Counts what was seen. Only the failure that makes it down tells, as in Sentry: an hour of being down is
/// one event, not sixty. Of a muted one it is the first after it is heard again.
fn judge(uptime: &mut Uptime, seen: &UptimeSeen) -> Option<Transition> {
    let asks = &uptime.says.asks;
    uptime.last_at = Some(seen.at);
    uptime.certificate_ends = seen.certificate_ends.or(uptime.certificate_ends);
    uptime.last_reason = seen.failure.as_ref().map(|(_, text)| text.clone()).unwrap_or_default();
    if seen.failure.is_some() {
        uptime.successes = 0;
        uptime.failures = uptime.failures.saturating_add(1);
        let is_down = uptime.opened.is_none() && uptime.failures >= asks.failure_threshold;
        uptime.opened = uptime.opened.or(is_down.then_some(seen.at));
        let is_new = uptime.opened.is_some() && uptime.newest_event.is_none();
        return is_new.then_some(Transition::Down);
    }
    uptime.last_ok = Some(seen.at);
    uptime.failures = 0;
    uptime.successes = uptime.successes.saturating_add(1);
    let is_up = uptime.opened.is_some() && uptime.successes >= asks.recovery_threshold;
    if !is_up {
        return None;
    }
    uptime.opened = None;
    Some(Transition::Up)
}

/// The next place of a grid that is another one for each check, so that not all are made at once. What
/// was not made in time is not made up for.
fn next(uptime: &Uptime, made: Micros) -> Option<Micros> {
    if !uptime.says.is_enabled {
        return None;
    }
    let step = u64::from(uptime.says.asks.interval_seconds).max(1) * SECOND_MICROS;
    let spread = digest(&[b"uptime", &uptime.id.to_le_bytes()]).0;
    let spread = u64::from_le_bytes([
        spread[0], spread[1], spread[2], spread[3], spread[4], spread[5], spread[6], spread[7],
    ]);
    let offset = spread % step;
    let past = made.0.saturating_sub(offset) / step;
    Some(Micros((past + 1) * step + offset))
}

/// A clock that was set back comes to the same place again: the newer check counts.
fn keep(connection: &Connection, uptime: &Uptime, seen: &UptimeSeen) -> Result<u64, AlarmError> {
    let (reason, detail) = seen.failure.clone().unwrap_or_default();
    let sql = "INSERT OR REPLACE INTO uptime_checks (uptime, due, at, reason, detail, status, duration_micros,
               down) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    let values = params![
        uptime.id,
        seen.due.0,
        seen.at.0,
        reason,
        detail,
        seen.status,
        seen.duration_micros,
        uptime.opened.is_some()
    ];
    insert(connection, sql, values)
}

fn tell(
    connection: &Connection,
    uptime: &mut Uptime,
    seen: &UptimeSeen,
    check: u64,
    transition: Transition,
) -> Result<(), AlarmError> {
    let (newest_event, event) = match transition {
        Transition::Up => {
            let Some(newest) = uptime.newest_event.take() else { return Ok(()) };
            (newest, None)
        }
        Transition::Down if uptime.says.is_muted => return Ok(()),
        Transition::Down => {
            let id = digest(&[b"uptime", &uptime.id.to_le_bytes(), &seen.due.0.to_le_bytes()]);
            let body = occurrence::event_of(id, seen.at, id, &evidence(uptime, seen, check));
            uptime.newest_event = Some(id);
            (id, Some(written(&body)?))
        }
    };
    occurrence::add(
        connection,
        &Occurrence {
            id: 0,
            organization: uptime.organization,
            project: uptime.project,
            key: KeyId(0),
            subject: format!("uptime:{}", uptime.id),
            at: seen.at,
            newest_event,
            event,
        },
    )
}

fn evidence<'e>(uptime: &'e Uptime, seen: &UptimeSeen, check: u64) -> Evidence<'e> {
    let says = &uptime.says;
    let (reason, detail) = seen.failure.clone().unwrap_or_default();
    let status = seen.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
    let last_ok = uptime.last_ok.map_or_else(|| "never".to_owned(), occurrence::moment);
    let context = json!({
        "id": uptime.id.to_string(),
        "name": says.name,
        "url": says.asks.url,
        "method": says.asks.method,
        "reason": reason,
        "check": check.to_string(),
    });
    Evidence {
        issue_type: UPTIME_ISSUE,
        title: format!("Downtime detected for {}", says.asks.url),
        subject: format!("Your monitored domain is down: {detail}"),
        facts: vec![
            ("Failure reason", detail),
            ("Status code", status),
            ("Failures in a row", uptime.failures.to_string()),
            ("Last successful check", last_ok),
            ("Duration", format!("{} ms", seen.duration_micros / 1_000)),
        ],
        tags: vec![("uptime_rule", uptime.id.to_string()), ("url", says.asks.url.clone())],
        fingerprint: ["uptime", &says.environment],
        environment: &says.environment,
        context: ("uptime", context),
        trace: None,
    }
}

/// Makes a check.
pub(crate) fn create(
    connection: &Connection,
    (organization, project): (OrganizationId, ProjectId),
    says: &UptimeChange,
    now: Micros,
) -> Result<Uptime, AlarmError> {
    let sql = "SELECT count(*) FROM uptime WHERE organization = ?";
    let count: u64 = row(connection, sql, [organization.0], |row| row.get(0))?.unwrap_or(0);
    if count >= UPTIME_MAX {
        return Err(AlarmError::TooMany { what: "uptime checks", max: UPTIME_MAX });
    }
    let sql = "INSERT INTO uptime (organization, project, name, environment, owner, enabled,
               muted, asks, headers, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let values = params![
        organization.0,
        project.0,
        says.name,
        says.environment,
        says.owner,
        says.is_enabled,
        says.is_muted,
        written(&says.asks)?,
        says.headers,
        now.0
    ];
    let id = insert(connection, sql, values)?;
    // A new one is made at once, so that people see whether it works.
    due(connection, id, says.is_enabled.then_some(now))?;
    find(connection, id)?.ok_or(AlarmError::Missing("uptime check"))
}

/// Makes a check say something else; it is made again at once.
pub(crate) fn update(
    connection: &Connection,
    id: u64,
    says: &UptimeChange,
    now: Micros,
) -> Result<Uptime, AlarmError> {
    let sql = "UPDATE uptime SET name = ?, environment = ?, owner = ?, enabled = ?,
               muted = ?, asks = ?, headers = ? WHERE id = ?";
    let values = params![
        says.name,
        says.environment,
        says.owner,
        says.is_enabled,
        says.is_muted,
        written(&says.asks)?,
        says.headers,
        id
    ];
    execute_one(connection, "uptime check", sql, values)?;
    due(connection, id, says.is_enabled.then_some(now))?;
    find(connection, id)?.ok_or(AlarmError::Missing("uptime check"))
}

/// Those that a file asked for.
pub(crate) fn of_origin(connection: &Connection, origin: &str) -> Result<Vec<Uptime>, AlarmError> {
    rows(connection, &format!("SELECT {COLUMNS} FROM uptime WHERE origin = ?"), [origin], read)
}

fn due(connection: &Connection, id: u64, at: Option<Micros>) -> Result<(), AlarmError> {
    let sql = "UPDATE uptime SET next_at = ? WHERE id = ?";
    execute(connection, sql, params![at.map(|at| at.0), id]).map(drop)
}

fn write(connection: &Connection, uptime: &Uptime) -> Result<(), AlarmError> {
    let micros = |moment: Option<Micros>| moment.map(|moment| moment.0);
    let sql = "UPDATE uptime SET next_at = ?, failures = ?, successes = ?, opened = ?,
               newest_event = ?, last_at = ?, last_reason = ?, last_ok = ?, certificate_ends = ?
               WHERE id = ?";
    let values = params![
        micros(uptime.next_at),
        uptime.failures,
        uptime.successes,
        micros(uptime.opened),
        uptime.newest_event.map(|event| event.0),
        micros(uptime.last_at),
        uptime.last_reason,
        micros(uptime.last_ok),
        micros(uptime.certificate_ends),
        uptime.id
    ];
    execute(connection, sql, values).map(drop)
}

fn find(connection: &Connection, id: u64) -> Result<Option<Uptime>, AlarmError> {
    row(connection, &format!("SELECT {COLUMNS} FROM uptime WHERE id = ?"), [id], read)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Uptime> {
    Ok(Uptime {
        id: row.get(0)?,
        organization: OrganizationId(row.get(1)?),
        project: ProjectId(row.get(2)?),
        says: UptimeChange {
            name: row.get(3)?,
            environment: row.get(4)?,
            owner: row.get(5)?,
            is_enabled: row.get(6)?,
            is_muted: row.get(7)?,
            asks: json(row, 8)?,
            headers: row.get(9)?,
        },
        created: Micros(row.get(10)?),
        next_at: moment(row, 11)?,
        failures: row.get(12)?,
        successes: row.get(13)?,
        opened: moment(row, 14)?,
        newest_event: row.get::<_, Option<[u8; 16]>>(15)?.map(EventId),
        last_at: moment(row, 16)?,
        last_reason: row.get(17)?,
        last_ok: moment(row, 18)?,
        certificate_ends: moment(row, 19)?,
        origin: row.get(20)?,
    })
}
