//! What is known of a monitor in an environment, as a row.

use model::clock::Micros;
use model::id::{EventId, KeyId};
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Connection, Row, params};
use schedule::{Failures, Incident, State, Status};

use crate::error::AlarmError;
use crate::monitor::MonitorEnvironment;
use crate::rows::execute;

pub(crate) const COLUMNS: &str = "id, monitor, name, muted, created, next_expected, next_latest,
    last_status, last_at, last_ok, last_ended, errors, missed, timeouts, successes, opened,
    incident_event, minute, count, key";

/// Numbers in the database.
const STATUSES: [(Status, u8); 6] = [
    (Status::InProgress, 0),
    (Status::Ok, 1),
    (Status::Error, 2),
    (Status::Missed, 3),
    (Status::TimedOut, 4),
    (Status::Unknown, 5),
];

pub(crate) fn number(status: Status) -> u8 {
    STATUSES.iter().find(|(known, _)| *known == status).map_or(5, |(_, number)| *number)
}

pub(crate) fn status(row: &Row<'_>, column: usize) -> rusqlite::Result<Status> {
    let number: u8 = row.get(column)?;
    let found = STATUSES.iter().find(|(_, known)| *known == number);
    found.map(|(status, _)| *status).ok_or_else(|| {
        let cause = Box::new(FromSqlError::OutOfRange(number.into()));
        rusqlite::Error::FromSqlConversionFailure(column, Type::Integer, cause)
    })
}

pub(crate) fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Micros>> {
    Ok(row.get::<_, Option<u64>>(column)?.map(Micros))
}

pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<MonitorEnvironment> {
    let last = match row.get::<_, Option<u8>>(7)? {
        None => None,
        Some(_) => Some((status(row, 7)?, Micros(row.get(8)?))),
    };
    let state = State {
        next_expected: moment(row, 5)?,
        next_latest: moment(row, 6)?,
        last,
        last_ok: moment(row, 9)?,
        last_ended: moment(row, 10)?,
        failures: Failures { errors: row.get(11)?, missed: row.get(12)?, timeouts: row.get(13)? },
        successes: row.get(14)?,
        incident: moment(row, 15)?.map(|opened| Incident { opened }),
    };
    Ok(MonitorEnvironment {
        id: row.get(0)?,
        monitor: row.get(1)?,
        name: row.get(2)?,
        is_muted: row.get(3)?,
        created: Micros(row.get(4)?),
        state,
        incident_event: row.get::<_, Option<[u8; 16]>>(16)?.map(EventId),
        minute: row.get(17)?,
        count: row.get(18)?,
        key: KeyId(row.get(19)?),
    })
}

/// Writes everything of it that changes by itself.
pub(crate) fn write(
    connection: &Connection,
    environment: &MonitorEnvironment,
) -> Result<(), AlarmError> {
    let sql = "UPDATE monitor_environments SET next_expected = ?, next_latest = ?, last_status = ?,
               last_at = ?, last_ok = ?, last_ended = ?, errors = ?, missed = ?, timeouts = ?,
               successes = ?, opened = ?, incident_event = ?, minute = ?, count = ?, key = ?
               WHERE id = ?";
    let state = &environment.state;
    let micros = |moment: Option<Micros>| moment.map(|moment| moment.0);
    let values = params![
        micros(state.next_expected),
        micros(state.next_latest),
        state.last.map(|(status, _)| number(status)),
        state.last.map(|(_, at)| at.0),
        micros(state.last_ok),
        micros(state.last_ended),
        state.failures.errors,
        state.failures.missed,
        state.failures.timeouts,
        state.successes,
        state.incident.map(|incident| incident.opened.0),
        environment.incident_event.map(|event| event.0),
        environment.minute,
        environment.count,
        environment.key.0,
        environment.id
    ];
    execute(connection, sql, values).map(drop)
}
