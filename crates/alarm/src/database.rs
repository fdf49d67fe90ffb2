//! Opening the database and its connections.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::audit::Author;
use crate::error::AlarmError;

/// What each part of alerting keeps.
const SCHEMA: &[&str] = &[
    include_str!("schema/rules.sql"),
    include_str!("schema/issues.sql"),
    include_str!("schema/metrics.sql"),
    include_str!("schema/dispatch.sql"),
    include_str!("schema/monitors.sql"),
    include_str!("schema/uptime.sql"),
    ORIGINS,
    AUDIT,
    PLACES,
];
/// What format 2 has more than format 1.
const ORIGINS: &str = include_str!("schema/origins.sql");
/// What format 3 has more than format 2.
const AUDIT: &str = include_str!("schema/audit.sql");
const PLACES: &str = include_str!("schema/places.sql");
/// The format of the file; in `user_version`.
const FORMAT: u32 = 3;
/// "Pitw": tells our files from other people's.
const APPLICATION_ID: i32 = 0x5069_7477;
/// Idle connections kept for readers.
const IDLE_READERS_MAX: usize = 4;

/// The database of alerting. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Alarms {
    inner: Arc<Inner>,
    /// Whose changes are noted.
    author: Option<Arc<Author>>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    writer: Mutex<Connection>,
    idle: Mutex<Vec<Connection>>,
}

impl Alarms {
    /// Opens the database at `path`; creates it when absent.
    ///
    /// # Errors
    /// [`AlarmError::Format`] when another program wrote it, [`AlarmError::Open`] when it cannot be
    /// opened.
    pub fn open(path: &Path) -> Result<Self, AlarmError> {
        let open = || -> Result<Connection, rusqlite::Error> {
            let connection = Connection::open(path)?;
            prepare(&connection)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            Ok(connection)
        };
        let mut connection =
            open().map_err(|cause| AlarmError::Open { path: path.to_owned(), cause })?;
        create(&mut connection, path)?;
        let writer = Mutex::new(connection);
        let inner = Inner { path: path.to_owned(), writer, idle: Mutex::default() };
        Ok(Self { inner: Arc::new(inner), author: None })
    }

    /// The same database, where what is changed is noted as done by somebody.
    #[must_use]
    pub fn by(&self, author: Author) -> Self {
        Self { author: Some(Arc::new(author)), ..self.clone() }
    }

    pub(crate) fn author(&self) -> Option<&Author> {
        self.author.as_deref()
    }

    /// Runs `ask` on a connection that cannot write. Blocks.
    pub(crate) fn read<T>(
        &self,
        ask: impl FnOnce(&Connection) -> Result<T, AlarmError>,
    ) -> Result<T, AlarmError> {
        let lock = || self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = lock().pop();
        let connection = idle.map_or_else(|| self.connect(), Ok)?;
        let answer = ask(&connection);
        let mut idle = lock();
        if idle.len() < IDLE_READERS_MAX {
            idle.push(connection);
        }
        answer
    }

    fn connect(&self) -> Result<Connection, AlarmError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.inner.path, flags)?;
        prepare(&connection)?;
        Ok(connection)
    }

    /// Runs `change` as a whole or not at all; on disk when the call returns. Blocks.
    pub(crate) fn write<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, AlarmError>,
    ) -> Result<T, AlarmError> {
        // The transaction of a thread that panicked was rolled back when it unwound.
        let connection = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = Transaction::new_unchecked(&connection, TransactionBehavior::Immediate)?;
        let done = change(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }
}

fn prepare(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.pragma_update(None, "synchronous", "FULL")?;
    // KiB when negative. Sorting more than that goes to a file.
    connection.pragma_update(None, "cache_size", -8_192)?;
    connection.pragma_update(None, "wal_autocheckpoint", 2_048)?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)
}

fn create(connection: &mut Connection, path: &Path) -> Result<(), AlarmError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: u32 =
        transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if found == FORMAT {
        return Ok(());
    }
    let parts: &[&str] = match found {
        1 => &[ORIGINS, AUDIT, PLACES],
        2 => &[AUDIT, PLACES],
        0 if tables == 0 => SCHEMA,
        _ => return Err(AlarmError::Format { path: path.to_owned(), found, known: FORMAT }),
    };
    for part in parts {
        transaction.execute_batch(part)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    Ok(transaction.commit()?)
}
