//! Merge requests, which GitHub calls pull requests, as webhooks tell of them.

use model::clock::Micros;
use rusqlite::{Connection, Row, params};

use crate::commit::{Commit, cut};
use crate::database::Meta;
use crate::error::MetaError;
use crate::limits;
use crate::page::{execute, row};

/// Longest title and address, in bytes.
const TEXT_BYTES_MAX: usize = 1_000;
/// Merge requests that are remembered of one repository; the ones with the highest numbers are.
const REQUESTS_MAX: u64 = 5_000;

/// A merge request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number in its repository.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// What its author wrote about it.
    pub message: String,
    /// Its page.
    pub url: String,
    /// Its author's name.
    pub author_name: String,
    /// Its author's address; may be empty.
    pub author_email: String,
    /// When it was made.
    pub created: Micros,
    /// When it was merged.
    pub merged: Option<Micros>,
    /// Whether it is closed, merged or not.
    pub closed: bool,
    /// The commit it came into the branch by.
    pub merge_hash: Option<String>,
}

impl Meta {
    /// The merge request that a commit came by.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn pull_request_of(&self, commit: &Commit) -> Result<Option<PullRequest>, MetaError> {
        let sql = "SELECT number, title, message, url, author_name, author_email, created, merged,
                   closed, merge_hash FROM pull_requests WHERE repository = ? AND merge_hash = ?";
        self.read(|connection| row(connection, sql, params![commit.repository, commit.hash], read))
    }
}

/// Keeps what is known of a merge request now.
pub(crate) fn store(
    connection: &Connection,
    repository: u64,
    request: &PullRequest,
) -> Result<(), MetaError> {
    let sql = "INSERT INTO pull_requests (repository, number, title, message, url, author_name,
               author_email, created, merged, closed, merge_hash)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
               ON CONFLICT (repository, number) DO UPDATE SET title = excluded.title,
               message = excluded.message, url = excluded.url, merged = excluded.merged,
               closed = excluded.closed, merge_hash = excluded.merge_hash";
    let values = params![
        repository,
        request.number,
        cut(&request.title, TEXT_BYTES_MAX),
        cut(&request.message, limits::COMMIT_MESSAGE_BYTES_MAX),
        cut(&request.url, TEXT_BYTES_MAX),
        cut(&request.author_name, TEXT_BYTES_MAX),
        cut(&request.author_email, TEXT_BYTES_MAX),
        request.created.0,
        request.merged.map(|at| at.0),
        request.closed,
        request.merge_hash
    ];
    execute(connection, sql, values)?;
    let sql = "DELETE FROM pull_requests WHERE repository = ?1 AND number <=
               (SELECT max(number) FROM pull_requests WHERE repository = ?1) - ?2";
    execute(connection, sql, [repository, REQUESTS_MAX]).map(drop)
}

fn read(row: &Row<'_>) -> Result<PullRequest, rusqlite::Error> {
    Ok(PullRequest {
        number: row.get(0)?,
        title: row.get(1)?,
        message: row.get(2)?,
        url: row.get(3)?,
        author_name: row.get(4)?,
        author_email: row.get(5)?,
        created: Micros(row.get(6)?),
        merged: row.get::<_, Option<u64>>(7)?.map(Micros),
        closed: row.get(8)?,
        merge_hash: row.get(9)?,
    })
}
