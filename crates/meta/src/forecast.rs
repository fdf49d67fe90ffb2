//! What an issue's last week lets expect, and open issues that exceed it.

use model::clock::Micros;
use model::id::{IssueId, ProjectId};
use rusqlite::{Connection, params};
use serde_json::json;

use crate::apply::turn::escalate;
use crate::clock_time::{DAY, HOUR, hour_of};
use crate::database::Meta;
use crate::error::MetaError;
use crate::issue_state::{Archive, IssueStatus, Standing, Substatus};
use crate::lifecycle::{FORECAST_HOURS, HOUR_EVENTS_MIN, forecast};
use crate::page::{row, rows};
use crate::transition::Turn;

/// Open issues that are looked at in one round, those with the most events of the hour first. A forecast
/// reads 168 numbers, which takes some 50 microseconds.
const LOOKED_AT_MAX: usize = 500;

/// The forecast for an issue that is to be archived, or was a week ago. The hour that runs counts, too:
/// people archive what they see.
pub(crate) fn forecast_of(
    connection: &Connection,
    issue: IssueId,
    first_seen: Micros,
    now: Micros,
) -> Result<Archive, MetaError> {
    let limits = limits(connection, issue, first_seen, (now, hour_of(now) + 1))?;
    Ok(Archive::Escalating { first_day: now.0 / DAY, limits })
}

/// What an hour of each of the next days may have, by the hours before `end` (in whole hours since 1970).
fn limits(
    connection: &Connection,
    issue: IssueId,
    first_seen: Micros,
    (now, end): (Micros, u64),
) -> Result<Vec<u64>, MetaError> {
    // Whole days, so that the hours of one weekday stay together.
    let today = now.0 / DAY;
    let start = today.saturating_sub(7) * (DAY / HOUR);
    let sql = "SELECT hour, count FROM issue_hours WHERE issue = ? AND hour >= ? AND hour < ?";
    let counted = rows(connection, sql, [issue.0, start, end], |row| {
        Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?))
    })?;
    let mut hourly = [0; FORECAST_HOURS];
    for (hour, count) in counted {
        let place = usize::try_from(hour - start).unwrap_or(usize::MAX);
        // Today's hours are not a part of the week, but may hold its worst hour.
        let last = hourly.len() - 1;
        let slot = &mut hourly[place.min(last)];
        *slot = count.max(*slot);
    }
    let age_hours = end.saturating_sub(hour_of(first_seen));
    Ok(forecast(&hourly, usize::try_from(age_hours).unwrap_or(usize::MAX), today))
}

/// An open issue that happens more often than forecast.
struct Burst {
    issue: IssueId,
    project: ProjectId,
    events: u64,
    limit: u64,
}

impl Meta {
    /// Lets issues escalate that are ongoing and happen more often in this hour than their last week lets
    /// expect. Answers which.
    pub(crate) fn escalate_ongoing(&self, now: Micros) -> Result<Vec<IssueId>, MetaError> {
        let bursts = self.read(|connection| bursts(connection, now))?;
        if bursts.is_empty() {
            return Ok(Vec::new());
        }
        self.write(|transaction| {
            let mut escalated = Vec::with_capacity(bursts.len());
            for burst in &bursts {
                // Somebody may have decided otherwise since.
                let sql = "SELECT priority_locked IS NOT NULL FROM issues WHERE id = ?
                           AND merged_into IS NULL AND status = ? AND substatus = ?";
                let values = params![burst.issue.0, IssueStatus::Unresolved, Substatus::Ongoing];
                let locked: Option<bool> = row(transaction, sql, values, |row| row.get(0))?;
                let Some(locked) = locked else { continue };
                let turn = Turn {
                    issue: burst.issue,
                    project: burst.project,
                    from: Some(Standing::open(Substatus::Ongoing)),
                    to: Standing::open(Substatus::Escalating),
                    at: now,
                    by_itself: true,
                    actor: None,
                    event: None,
                };
                let data = json!({ "events_this_hour": burst.events, "forecast": burst.limit });
                escalate(transaction, &turn, locked, data)?;
                escalated.push(burst.issue);
            }
            Ok(escalated)
        })
    }
}

fn bursts(connection: &Connection, now: Micros) -> Result<Vec<Burst>, MetaError> {
    let this_hour = hour_of(now);
    let sql = "SELECT issues.id, project, first_seen, count
               FROM issues INDEXED BY issues_by_last_seen
               JOIN issue_hours ON issue = issues.id AND hour = ?1
               WHERE merged_into IS NULL AND last_seen >= ?2 AND status = ?3 AND substatus = ?4
               AND count > ?5 ORDER BY count DESC LIMIT ?6";
    let values = params![
        this_hour,
        this_hour * HOUR,
        IssueStatus::Unresolved,
        Substatus::Ongoing,
        HOUR_EVENTS_MIN,
        LOOKED_AT_MAX
    ];
    let busy = rows(connection, sql, values, |row| {
        let burst = Burst {
            issue: IssueId(row.get(0)?),
            project: ProjectId(row.get(1)?),
            events: row.get(3)?,
            limit: u64::MAX,
        };
        Ok((burst, Micros(row.get(2)?)))
    })?;
    let mut bursts = Vec::new();
    for (burst, first_seen) in busy {
        let limits = limits(connection, burst.issue, first_seen, (now, this_hour))?;
        let limit = limits.first().copied().unwrap_or(u64::MAX);
        if burst.events > limit {
            bursts.push(Burst { limit, ..burst });
        }
    }
    Ok(bursts)
}
