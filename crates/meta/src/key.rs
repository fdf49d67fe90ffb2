//! Client keys: the secret-free half of a DSN and what may come with it.

use model::clock::Micros;
use model::id::{KeyId, ProjectId};
use rusqlite::{Connection, Row, params};

use crate::database::Meta;
use crate::error::{MetaError, unique};
use crate::page::{Listed, Page, execute, execute_one, listed, row};
use crate::secret::{Secret, random_hex};
use crate::slug::check_name;

/// A client key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// What it lets into.
    pub project: ProjectId,
    /// 32 lower-case hex digits; stands in the DSN.
    pub public: String,
    /// The other half, for SDKs from before 2018.
    pub secret: Secret,
    /// Its name for people.
    pub label: String,
    /// False when it was turned off.
    pub active: bool,
    /// Seconds in a window of its own limit; 0 when it has none.
    pub rate_window: u32,
    /// Items in such a window; 0 when it has no limit.
    pub rate_count: u64,
    /// When it was created.
    pub created: Micros,
    /// When something came with it, to the hour.
    pub last_used: Option<Micros>,
}

/// What a new key is to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewKey {
    /// Its name for people.
    pub label: String,
    /// Its public part, when it must be a certain one.
    pub public: Option<String>,
}

/// What to change of a key; `None` leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyChange {
    /// Its name for people.
    pub label: Option<String>,
    /// Whether it lets anything in.
    pub active: Option<bool>,
    /// Seconds in a window and items in it; zeros take the limit away.
    pub rate: Option<(u32, u64)>,
}

const COLUMNS: &str = "SELECT id, project, public, secret, label, active, rate_window, rate_count,
    created, last_used FROM keys";

impl Meta {
    /// Creates a key.
    ///
    /// # Errors
    /// [`MetaError::Taken`] when the public part is.
    pub fn create_key(&self, project: ProjectId, new: &NewKey) -> Result<Key, MetaError> {
        let now = self.now();
        self.write_directory(|transaction| {
            create(transaction, project, &new.label, new.public.as_deref(), now)
        })
    }

    /// The key of that id or public part.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn key(&self, project: ProjectId, public: &str) -> Result<Option<Key>, MetaError> {
        let sql = format!("{COLUMNS} WHERE project = ? AND public = ?");
        self.read(|connection| row(connection, &sql, params![project.0, public], read))
    }

    /// The keys of a project, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn keys(&self, project: ProjectId, page: Page) -> Result<Listed<Key>, MetaError> {
        let sql =
            format!("{COLUMNS} WHERE project = :project ORDER BY id LIMIT :limit OFFSET :offset");
        let parameters: [(&str, &dyn rusqlite::ToSql); 1] = [(":project", &project.0)];
        self.read(|connection| listed(connection, &sql, page, &parameters, read))
    }

    /// Changes a key; at once for what comes in.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such key.
    pub fn change_key(&self, id: KeyId, change: &KeyChange) -> Result<(), MetaError> {
        if let Some(label) = &change.label {
            check_name("name", label)?;
        }
        let (window, count) = change.rate.unzip();
        self.write_directory(|transaction| {
            let sql = "UPDATE keys SET label = coalesce(?, label), active = coalesce(?, active),
                       rate_window = coalesce(?, rate_window), rate_count = coalesce(?, rate_count)
                       WHERE id = ?";
            let values = params![change.label, change.active, window, count, id.0];
            execute_one(transaction, "key", sql, values)
        })
    }

    /// Deletes a key; what comes with it is refused from now on.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such key.
    pub fn delete_key(&self, id: KeyId) -> Result<(), MetaError> {
        self.write_directory(|transaction| {
            execute_one(transaction, "key", "DELETE FROM keys WHERE id = ?", [id.0])
        })
    }
}

pub(crate) fn create(
    connection: &Connection,
    project: ProjectId,
    label: &str,
    public: Option<&str>,
    now: Micros,
) -> Result<Key, MetaError> {
    check_name("name", label)?;
    let public = match public {
        Some(public) => check_public(public)?.to_owned(),
        None => random_hex(),
    };
    let written = connection.execute(
        "INSERT INTO keys (project, public, secret, label, active, rate_window, rate_count, created)
         SELECT id, ?, ?, ?, 1, 0, 0, ? FROM projects WHERE id = ?",
        params![public, random_hex(), label, now.0, project.0],
    );
    if unique("key", &public, written)? == 0 {
        return Err(MetaError::Missing("project"));
    }
    let id = connection.last_insert_rowid();
    row(connection, &format!("{COLUMNS} WHERE id = ?"), [id], read)?
        .ok_or(MetaError::Missing("key"))
}

/// Notes that something came with a key. To the hour, so that it is one write an hour and key.
pub(crate) fn touch(
    connection: &Connection,
    key: KeyId,
    hour_start: Micros,
) -> Result<(), MetaError> {
    let sql = "UPDATE keys SET last_used = ?1 WHERE id = ?2 AND coalesce(last_used, 0) < ?1";
    execute(connection, sql, [hour_start.0, key.0]).map(drop)
}

fn check_public(public: &str) -> Result<&str, MetaError> {
    let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if public.len() != 32 || !public.bytes().all(hex) {
        return Err(MetaError::invalid("public_key", "must be 32 lower-case hex digits"));
    }
    Ok(public)
}

fn read(row: &Row<'_>) -> Result<Key, rusqlite::Error> {
    Ok(Key {
        id: KeyId(row.get(0)?),
        project: ProjectId(row.get(1)?),
        public: row.get(2)?,
        secret: Secret::new(row.get::<_, String>(3)?),
        label: row.get(4)?,
        active: row.get(5)?,
        rate_window: row.get(6)?,
        rate_count: row.get(7)?,
        created: Micros(row.get(8)?),
        last_used: row.get::<_, Option<u64>>(9)?.map(Micros),
    })
}
