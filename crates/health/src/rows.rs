//! Short forms of what SQLite is asked again and again.

use rusqlite::{Connection, OptionalExtension as _, Params, Row};

use crate::error::HealthError;

pub(crate) fn execute(
    connection: &Connection,
    sql: &str,
    values: impl Params,
) -> Result<u64, HealthError> {
    let changed = connection.prepare_cached(sql)?.execute(values)?;
    Ok(u64::try_from(changed).unwrap_or(u64::MAX))
}

pub(crate) fn row<T>(
    connection: &Connection,
    sql: &str,
    values: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, HealthError> {
    Ok(connection.prepare_cached(sql)?.query_row(values, read).optional()?)
}

pub(crate) fn number(connection: &Connection, name: &'static str) -> Result<u64, HealthError> {
    let sql = "SELECT value FROM state WHERE name = ?";
    row(connection, sql, [name], |row| row.get(0))?.ok_or(HealthError::Damaged("no state"))
}

pub(crate) fn set_number(
    connection: &Connection,
    name: &'static str,
    value: u64,
) -> Result<(), HealthError> {
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    let sql = "UPDATE state SET value = ? WHERE name = ?";
    execute(connection, sql, rusqlite::params![value, name]).map(drop)
}
