//! Commits: what was changed, by whom, in which files.

use model::clock::Micros;
use rusqlite::{Connection, Row, ToSql, params};

use crate::database::Meta;
use crate::error::MetaError;
use crate::limits;
use crate::page::{Listed, Page, execute, listed, row};

/// Longest id of a commit, in characters: SHA-256 in hex digits.
const HASH_BYTES_MAX: usize = 64;
/// Longest name and address of an author, in bytes.
const AUTHOR_BYTES_MAX: usize = 200;

/// What a commit did to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileChangeKind {
    /// It is new.
    Added,
    /// It is another.
    Modified,
    /// It is gone.
    Deleted,
}

impl FileChangeKind {
    /// Its letter, as git writes it.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Added => "A",
            Self::Modified => "M",
            Self::Deleted => "D",
        }
    }

    /// The one of that letter; what git calls otherwise is a modification.
    pub fn from_letter(letter: &str) -> Self {
        match letter {
            "A" => Self::Added,
            "D" => Self::Deleted,
            _ => Self::Modified,
        }
    }
}

/// A file that a commit changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Its path from the repository's root.
    pub path: String,
    /// What was done to it.
    pub kind: FileChangeKind,
}

/// A commit as somebody tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewCommit {
    /// Its hash.
    pub hash: String,
    /// Its author's name; may be empty.
    pub author_name: String,
    /// Its author's address; may be empty.
    pub author_email: String,
    /// Its message; may be empty.
    pub message: String,
    /// When it was made; now when nothing is said.
    pub committed: Option<Micros>,
    /// What it changed.
    pub files: Vec<FileChange>,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: u64,
    /// Where it is.
    pub repository: u64,
    /// Its hash.
    pub hash: String,
    /// Its author's name; may be empty.
    pub author_name: String,
    /// Its author's address; may be empty.
    pub author_email: String,
    /// Its message; empty when only the hash is known.
    pub message: String,
    /// When it was made.
    pub committed: Micros,
    /// How many files it changed.
    pub files: u64,
}

/// A file that a commit of a list changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitFile {
    /// The commit.
    pub commit: Commit,
    /// The file.
    pub change: FileChange,
}

pub(crate) const COLUMNS: &str =
    "SELECT commits.id, repository, hash, author_name, author_email, message,
    committed, files FROM commits";

impl Meta {
    /// The commits of a release, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn release_commits(&self, release: u64, page: Page) -> Result<Listed<Commit>, MetaError> {
        let sql = format!(
            "{COLUMNS} JOIN release_commits ON \"commit\" = commits.id WHERE release = :release
             ORDER BY place LIMIT :limit OFFSET :offset"
        );
        let parameters: [(&str, &dyn ToSql); 1] = [(":release", &release)];
        self.read(|connection| listed(connection, &sql, page, &parameters, read))
    }

    /// The files that the commits of a release changed, by path, newest change first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn changed_files(&self, release: u64, page: Page) -> Result<Listed<CommitFile>, MetaError> {
        let sql =
            "SELECT commits.id, repository, hash, author_name, author_email, message, committed,
                   files, path, kind FROM release_commits
                   JOIN commits ON commits.id = release_commits.\"commit\"
                   JOIN commit_files ON commit_files.\"commit\" = commits.id
                   WHERE release = :release ORDER BY path, place LIMIT :limit OFFSET :offset";
        let parameters: [(&str, &dyn ToSql); 1] = [(":release", &release)];
        self.read(|connection| {
            listed(connection, sql, page, &parameters, |row| {
                Ok(CommitFile { commit: read(row)?, change: read_file(row, 8)? })
            })
        })
    }

    /// The commits of a repository, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn repository_commits(
        &self,
        repository: u64,
        page: Page,
    ) -> Result<Listed<Commit>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE repository = :repository ORDER BY committed DESC, id DESC
             LIMIT :limit OFFSET :offset"
        );
        let parameters: [(&str, &dyn ToSql); 1] = [(":repository", &repository)];
        self.read(|connection| listed(connection, &sql, page, &parameters, read))
    }
}

/// Keeps a commit and answers its id. Of one that is known already, what was missing is filled in.
pub(crate) fn store(
    connection: &Connection,
    repository: u64,
    new: &NewCommit,
    now: Micros,
) -> Result<u64, MetaError> {
    check_hash("id", &new.hash)?;
    let message = cut(&new.message, limits::COMMIT_MESSAGE_BYTES_MAX);
    let sql = "INSERT INTO commits
               (repository, hash, author_name, author_email, message, committed, files)
               VALUES (?1, ?2, ?3, ?4, ?5, coalesce(?6, ?7), 0)
               ON CONFLICT (repository, hash) DO UPDATE SET
               author_name = iif(excluded.author_name = '', author_name, excluded.author_name),
               author_email = iif(excluded.author_email = '', author_email, excluded.author_email),
               message = iif(excluded.message = '', message, excluded.message),
               committed = coalesce(?6, committed)
               RETURNING id, files";
    let values = params![
        repository,
        new.hash,
        cut(&new.author_name, AUTHOR_BYTES_MAX),
        cut(&new.author_email, AUTHOR_BYTES_MAX),
        message,
        new.committed.map(|at| at.0),
        now.0
    ];
    let found = row(connection, sql, values, |row| Ok((row.get(0)?, row.get::<_, u64>(1)?)))?;
    let (id, files) = found.ok_or(MetaError::Missing("commit"))?;
    if files == 0 && !new.files.is_empty() {
        store_files(connection, id, &new.files)?;
    }
    Ok(id)
}

fn store_files(connection: &Connection, id: u64, files: &[FileChange]) -> Result<(), MetaError> {
    let insert = "INSERT OR IGNORE INTO commit_files (\"commit\", path, kind) VALUES (?, ?, ?)";
    let fits =
        |file: &&FileChange| !file.path.is_empty() && file.path.len() <= limits::PATH_BYTES_MAX;
    for file in files.iter().filter(fits).take(limits::COMMIT_FILES_MAX) {
        execute(connection, insert, params![id, file.path, file.kind.letter()])?;
    }
    let sql = "UPDATE commits SET files = ? WHERE id = ?";
    execute(connection, sql, params![files.len(), id]).map(drop)
}

/// The id of a commit is a hash in hex digits, or what another system has instead of one.
pub(crate) fn check_hash(field: &'static str, hash: &str) -> Result<(), MetaError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if hash.is_empty() || hash.len() > HASH_BYTES_MAX || !hash.bytes().all(fits) {
        return Err(MetaError::invalid(field, "is not the id of a commit"));
    }
    Ok(())
}

/// The start of a text that is too long.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

pub(crate) fn read(row: &Row<'_>) -> Result<Commit, rusqlite::Error> {
    Ok(Commit {
        id: row.get(0)?,
        repository: row.get(1)?,
        hash: row.get(2)?,
        author_name: row.get(3)?,
        author_email: row.get(4)?,
        message: row.get(5)?,
        committed: Micros(row.get(6)?),
        files: row.get(7)?,
    })
}

fn read_file(row: &Row<'_>, first: usize) -> Result<FileChange, rusqlite::Error> {
    let letter: String = row.get(first + 1)?;
    Ok(FileChange { path: row.get(first)?, kind: FileChangeKind::from_letter(&letter) })
}
