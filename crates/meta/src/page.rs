//! Lists in pieces.

use rusqlite::{Connection, Params, Row};

use crate::error::MetaError;

/// Rows of one piece at most, whatever is asked for.
const ROWS_MAX: usize = 1_000;

/// Which piece of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Rows before it.
    pub offset: usize,
    /// Rows in it at most; never more than 1,000.
    pub limit: usize,
}

impl Page {
    /// The first piece, as large as pieces get.
    pub const FIRST: Self = Self { offset: 0, limit: ROWS_MAX };

    pub(crate) fn limit(self) -> usize {
        self.limit.clamp(1, ROWS_MAX)
    }
}

/// A piece of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// True when there are rows after these.
    pub more: bool,
}

/// Runs a query that ends in `LIMIT :limit OFFSET :offset` for a page.
pub(crate) fn listed<T>(
    connection: &Connection,
    sql: &str,
    page: Page,
    parameters: &[(&str, &dyn rusqlite::ToSql)],
    read: impl FnMut(&Row<'_>) -> Result<T, rusqlite::Error>,
) -> Result<Listed<T>, MetaError> {
    // One row more than asked for tells whether there are more.
    let limit = page.limit() + 1;
    let mut all = parameters.to_vec();
    all.push((":limit", &limit));
    all.push((":offset", &page.offset));
    let mut rows = rows(connection, sql, all.as_slice(), read)?;
    let more = rows.len() == limit;
    rows.truncate(limit - 1);
    Ok(Listed { rows, more })
}

/// All rows of a query that is bounded by itself.
pub(crate) fn rows<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    read: impl FnMut(&Row<'_>) -> Result<T, rusqlite::Error>,
) -> Result<Vec<T>, MetaError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(parameters, read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The row of a query, if there is one.
pub(crate) fn row<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    read: impl FnOnce(&Row<'_>) -> Result<T, rusqlite::Error>,
) -> Result<Option<T>, MetaError> {
    let mut statement = connection.prepare_cached(sql)?;
    match statement.query_row(parameters, read) {
        Ok(row) => Ok(Some(row)),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
        Err(cause) => Err(cause.into()),
    }
}

/// Runs a statement that changes rows; answers how many.
pub(crate) fn execute(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
) -> Result<usize, MetaError> {
    Ok(connection.prepare_cached(sql)?.execute(parameters)?)
}

/// Like [`execute`], and exactly one row must change.
pub(crate) fn execute_one(
    connection: &Connection,
    what: &'static str,
    sql: &str,
    parameters: impl Params,
) -> Result<(), MetaError> {
    match execute(connection, sql, parameters)? {
        0 => Err(MetaError::Missing(what)),
        _ => Ok(()),
    }
}
