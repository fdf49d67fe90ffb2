//! Short forms of what SQLite is asked again and again.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Params, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::AlarmError;

pub(crate) fn execute(
    connection: &Connection,
    sql: &str,
    values: impl Params,
) -> Result<usize, AlarmError> {
    Ok(connection.prepare_cached(sql)?.execute(values)?)
}

/// Changes exactly one row.
pub(crate) fn execute_one(
    connection: &Connection,
    what: &'static str,
    sql: &str,
    values: impl Params,
) -> Result<(), AlarmError> {
    if execute(connection, sql, values)? == 0 { Err(AlarmError::Missing(what)) } else { Ok(()) }
}

/// Adds a row; answers its number.
pub(crate) fn insert(
    connection: &Connection,
    sql: &str,
    values: impl Params,
) -> Result<u64, AlarmError> {
    let number = connection.prepare_cached(sql)?.insert(values)?;
    u64::try_from(number).or(Err(AlarmError::Damaged("a number below zero")))
}

pub(crate) fn row<T>(
    connection: &Connection,
    sql: &str,
    values: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, AlarmError> {
    Ok(connection.prepare_cached(sql)?.query_row(values, read).optional()?)
}

pub(crate) fn rows<T>(
    connection: &Connection,
    sql: &str,
    values: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, AlarmError> {
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_map(values, read)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// As JSON text.
pub(crate) fn written(value: &impl Serialize) -> Result<String, AlarmError> {
    serde_json::to_string(value).or(Err(AlarmError::Damaged("a value that cannot be written")))
}

/// A column that holds JSON text.
pub(crate) fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text).map_err(|cause| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(cause))
    })
}
