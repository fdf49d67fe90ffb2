//! Opening the database and its connections.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use model::intake::Offset;
use model::limits;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::error::HealthError;
use crate::rows;
use crate::series::SeriesCache;
use crate::users::UserKey;

const SCHEMA: &str = include_str!("schema.sql");
/// The format of the file; in `user_version`.
const FORMAT: u32 = 1;
/// "Pitw": tells our files from other people's.
const APPLICATION_ID: i32 = 0x5069_7477;
/// Idle connections kept for readers.
const IDLE_READERS_MAX: usize = 2;

/// How much is remembered one by one.
#[derive(Debug, Clone, Copy)]
pub struct HealthLimits {
    /// Sessions whose state is known.
    pub sessions: u64,
    /// Pairs of release and environment of one project.
    pub series: u64,
    /// Users of one pair on one day.
    pub users_per_day: u64,
}

impl Default for HealthLimits {
    fn default() -> Self {
        Self {
            sessions: limits::SESSION_STATES_MAX,
            series: limits::SESSION_SERIES_MAX,
            users_per_day: limits::SESSION_USERS_PER_DAY_MAX,
        }
    }
}

/// The database of sessions. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Health {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    limits: HealthLimits,
    key: UserKey,
    writer: Mutex<Writer>,
    idle: Mutex<Vec<Connection>>,
}

#[derive(Debug)]
struct Writer {
    connection: Connection,
    cache: SeriesCache,
}

/// What a change may use.
pub(crate) struct Change<'c> {
    pub(crate) transaction: &'c Transaction<'c>,
    pub(crate) cache: &'c mut SeriesCache,
    pub(crate) limits: HealthLimits,
    pub(crate) key: &'c UserKey,
}

impl Health {
    /// Opens the database at `path`; creates it when absent.
    ///
    /// # Errors
    /// [`HealthError::Format`] when another program wrote it, [`HealthError::Open`] when it cannot be
    /// opened.
    pub fn open(path: &Path, limits: HealthLimits) -> Result<Self, HealthError> {
        let open = || -> Result<Connection, rusqlite::Error> {
            let connection = Connection::open(path)?;
            prepare(&connection)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            Ok(connection)
        };
        let mut connection =
            open().map_err(|cause| HealthError::Open { path: path.to_owned(), cause })?;
        create(&mut connection, path)?;
        let key =
            rows::row(&connection, "SELECT value FROM state WHERE name = 'key'", [], |row| {
                row.get::<_, Vec<u8>>(0)
            })?;
        let key = UserKey::new(key.ok_or(HealthError::Damaged("no key"))?);
        let writer = Mutex::new(Writer { connection, cache: SeriesCache::default() });
        let idle = Mutex::default();
        let inner = Inner { path: path.to_owned(), limits, key, writer, idle };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Up to where the lane of sessions is counted, on disk.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn applied(&self) -> Result<Offset, HealthError> {
        self.read(|connection| rows::number(connection, "applied").map(Offset))
    }

    /// Runs `ask` on a connection that cannot write.
    pub(crate) fn read<T>(
        &self,
        ask: impl FnOnce(&Connection) -> Result<T, HealthError>,
    ) -> Result<T, HealthError> {
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

    fn connect(&self) -> Result<Connection, HealthError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.inner.path, flags)?;
        prepare(&connection)?;
        Ok(connection)
    }

    /// Runs `change` as a whole or not at all; on disk when the call returns.
    pub(crate) fn write<T>(
        &self,
        change: impl FnOnce(&mut Change<'_>) -> Result<T, HealthError>,
    ) -> Result<T, HealthError> {
        // The transaction of a thread that panicked was rolled back when it unwound.
        let poisoned = self.inner.writer.is_poisoned();
        let mut writer = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let Writer { connection, cache } = &mut *writer;
        if poisoned {
            cache.clear();
            self.inner.writer.clear_poison();
        }
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        let (limits, key) = (self.inner.limits, &self.inner.key);
        let done = change(&mut Change { transaction: &transaction, cache, limits, key });
        let done = done.and_then(|done| Ok(transaction.commit().map(|()| done)?));
        if done.is_err() {
            cache.clear();
        }
        done
    }
}

fn prepare(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "synchronous", "FULL")?;
    // KiB when negative. Sorting more than that goes to a file.
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.pragma_update(None, "wal_autocheckpoint", 4_096)?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)
}

fn create(connection: &mut Connection, path: &Path) -> Result<(), HealthError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: u32 =
        transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if found == FORMAT {
        return Ok(());
    }
    if found != 0 || tables > 0 {
        return Err(HealthError::Format { path: path.to_owned(), found, known: FORMAT });
    }
    transaction.execute_batch(SCHEMA)?;
    let sql = "INSERT INTO state VALUES ('applied', 0), ('newest', 0), ('sessions', 0), ('key', ?)";
    transaction.execute(sql, [rand::random::<[u8; 32]>().as_slice()])?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    Ok(transaction.commit()?)
}
