//! Opening the database, its connections, and its changes of shape.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use model::clock::{Clock, Micros};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::apply::Caches;
use crate::artifact_generation::Generations;
use crate::directory::Directory;
use crate::error::MetaError;
use crate::seal::Sealer;

/// Changes of shape, oldest first; `user_version` says how many a file has had.
const MIGRATIONS: [&str; 10] = [
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
    include_str!("migrations/0008.sql"),
    include_str!("migrations/0009.sql"),
    include_str!("migrations/0010.sql"),
];
/// "Pitw": tells our files from other people's.
const APPLICATION_ID: i32 = 0x5069_7477;
/// Idle connections kept for readers. More readers at once open more for the time.
const IDLE_READERS_MAX: usize = 4;
/// Prepared statements per connection.
const STATEMENTS_MAX: usize = 128;
/// How long one connection waits for another process, such as `pitwatch provision`.
const BUSY_MILLIS: u64 = 5_000;

/// How sure a commit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// On disk when the call returns.
    Full,
    /// May be lost, as a whole, when the machine loses power: the intake log has it still.
    Replayable,
}

/// The database. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Meta {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    clock: Arc<dyn Clock>,
    writer: Mutex<Writer>,
    /// `None` in memory, where readers use the writer's connection.
    readers: Option<Readers>,
    directory: RwLock<Arc<Directory>>,
    next_part: AtomicU64,
    sealer: Sealer,
    generations: Generations,
    /// One password is hashed at a time: each takes 19 MiB and a core for a while.
    hashing: Mutex<()>,
}

#[derive(Debug)]
struct Writer {
    connection: Connection,
    durability: Durability,
    caches: Caches,
    /// `PRAGMA data_version` when the directory was read: changes when another process commits.
    data_version: i64,
}

#[derive(Debug)]
struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Meta {
    /// Opens the database at `path` and brings it to the newest shape; creates it when absent.
    ///
    /// # Errors
    /// [`MetaError::TooNew`] when a newer program wrote it, [`MetaError::Damaged`] when it is not a
    /// sound database, [`MetaError::Open`] when it cannot be opened.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, MetaError> {
        let open = || -> Result<Connection, rusqlite::Error> {
            let connection = Connection::open(path)?;
            prepare(&connection)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            Ok(connection)
        };
        let connection = open().map_err(|cause| match MetaError::from(cause) {
            MetaError::Database(cause) => MetaError::Open { path: path.to_owned(), cause },
            other => other,
        })?;
        let readers = Readers { path: path.to_owned(), idle: Mutex::default() };
        let sealer = Sealer::with_file(path.with_extension("key"));
        Self::start(connection, Some(readers), sealer, clock)
    }

    /// A database that lives as long as the value and its clones; for tests.
    ///
    /// # Errors
    /// Only when memory runs out.
    pub fn in_memory(clock: Arc<dyn Clock>) -> Result<Self, MetaError> {
        let connection = Connection::open_in_memory()?;
        prepare(&connection)?;
        Self::start(connection, None, Sealer::in_memory(), clock)
    }

    fn start(
        mut connection: Connection,
        readers: Option<Readers>,
        sealer: Sealer,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, MetaError> {
        migrate(&mut connection)?;
        let next_part = crate::catalogue::first_free_part(&connection)?;
        // Before the directory: what is written in between is then seen by the next refresh.
        let data_version = data_version(&connection)?;
        let directory = Directory::read(&connection)?;
        let writer = Writer {
            data_version,
            connection,
            durability: Durability::Full,
            caches: Caches::default(),
        };
        Ok(Self {
            inner: Arc::new(Inner {
                clock,
                writer: Mutex::new(writer),
                readers,
                directory: RwLock::new(Arc::new(directory)),
                next_part: AtomicU64::new(next_part),
                sealer,
                generations: Generations::default(),
                hashing: Mutex::default(),
            }),
        })
    }

    /// Reads what another process has written since the last look: settings, keys, projects. Cheap
    /// when there was nothing; meant to be called every second. True when something had changed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn refresh(&self) -> Result<bool, MetaError> {
        let mut writer = self.writer()?;
        let version = data_version(&writer.connection)?;
        if version == writer.data_version {
            return Ok(false);
        }
        writer.data_version = version;
        writer.caches.clear();
        self.generations().advance_all();
        self.publish(Directory::read(&writer.connection)?);
        Ok(true)
    }

    /// Checks the whole file, which reads all of it; for `pitwatch doctor`.
    ///
    /// # Errors
    /// [`MetaError::Damaged`] with what was found first.
    pub fn check(&self) -> Result<(), MetaError> {
        self.read(|connection| {
            let found: String =
                connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if found == "ok" { Ok(()) } else { Err(MetaError::Damaged(found)) }
        })
    }

    /// The moment by this database's clock.
    pub(crate) fn now(&self) -> Micros {
        self.inner.clock.now()
    }

    pub(crate) fn next_part(&self) -> &AtomicU64 {
        &self.inner.next_part
    }

    pub(crate) fn sealer(&self) -> &Sealer {
        &self.inner.sealer
    }

    pub(crate) fn generations(&self) -> &Generations {
        &self.inner.generations
    }

    pub(crate) fn hashing(&self) -> MutexGuard<'_, ()> {
        self.inner.hashing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.inner.directory.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn publish(&self, directory: Directory) {
        *self.inner.directory.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(directory);
    }

    /// Runs `ask` on a connection that cannot write.
    pub(crate) fn read<T>(
        &self,
        ask: impl FnOnce(&Connection) -> Result<T, MetaError>,
    ) -> Result<T, MetaError> {
        let Some(readers) = &self.inner.readers else {
            return ask(&self.writer()?.connection);
        };
        let connection = readers.take()?;
        let answer = ask(&connection);
        readers.give_back(connection);
        answer
    }

    /// Runs `change` as a whole or not at all.
    pub(crate) fn write<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, MetaError>,
    ) -> Result<T, MetaError> {
        self.write_cached(Durability::Full, |transaction, _| change(transaction))
    }

    /// Like [`Meta::write`], for changes of what the directory shows: it is read again afterwards.
    pub(crate) fn write_directory<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, MetaError>,
    ) -> Result<T, MetaError> {
        let mut writer = self.writer()?;
        let done = writer.run(Durability::Full, |transaction, caches| {
            caches.clear();
            change(transaction)
        })?;
        // Still under the writer's lock, so that an older directory never replaces a newer one.
        self.publish(Directory::read(&writer.connection)?);
        Ok(done)
    }

    /// Like [`Meta::write`], with the caches of the pipeline's path, which are emptied when the change
    /// does not happen.
    pub(crate) fn write_cached<T>(
        &self,
        durability: Durability,
        change: impl FnOnce(&Transaction<'_>, &mut Caches) -> Result<T, MetaError>,
    ) -> Result<T, MetaError> {
        self.writer()?.run(durability, change)
    }

    fn writer(&self) -> Result<MutexGuard<'_, Writer>, MetaError> {
        match self.inner.writer.lock() {
            Ok(writer) => Ok(writer),
            Err(poisoned) => {
                // The transaction of the thread that panicked was rolled back when it unwound.
                let mut writer = poisoned.into_inner();
                writer.caches.clear();
                if writer.connection.is_autocommit() {
                    Ok(writer)
                } else {
                    Err(MetaError::Abandoned)
                }
            }
        }
    }
}

impl Writer {
    fn run<T>(
        &mut self,
        durability: Durability,
        change: impl FnOnce(&Transaction<'_>, &mut Caches) -> Result<T, MetaError>,
    ) -> Result<T, MetaError> {
        if self.durability != durability {
            let synchronous = match durability {
                Durability::Full => "FULL",
                Durability::Replayable => "NORMAL",
            };
            self.connection.pragma_update(None, "synchronous", synchronous)?;
            self.durability = durability;
        }
        let transaction =
            Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let done = change(&transaction, &mut self.caches)
            .and_then(|done| transaction.commit().map(|()| done).map_err(MetaError::from));
        if done.is_err() {
            self.caches.clear();
        }
        done
    }
}

impl Readers {
    fn take(&self) -> Result<Connection, MetaError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(connection) = idle {
            return Ok(connection);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        prepare(&connection)?;
        Ok(connection)
    }

    fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_READERS_MAX {
            idle.push(connection);
        }
    }
}

/// What every connection is told first.
fn prepare(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(std::time::Duration::from_millis(BUSY_MILLIS))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // KiB when negative. Small: the working set of the pipeline is a few thousand pages.
    connection.pragma_update(None, "cache_size", -8_192)?;
    // A checkpoint every 16 MiB of changes instead of every 4 costs the pipeline a quarter of the syncs.
    connection.pragma_update(None, "wal_autocheckpoint", 4_096)?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)
}

fn migrate(connection: &mut Connection) -> Result<(), MetaError> {
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    // Immediate: two programs that start at once must not both bring the file to the newest shape.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > known {
        return Err(MetaError::TooNew { found: version, known });
    }
    let owner: i32 = transaction.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: u32 =
        transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if owner != APPLICATION_ID && (owner != 0 || tables > 0) {
        return Err(MetaError::Damaged("the file is a database of another program".to_owned()));
    }
    if version == known {
        return Ok(());
    }
    for migration in MIGRATIONS.iter().skip(usize::try_from(version).unwrap_or(usize::MAX)) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", known)?;
    Ok(transaction.commit()?)
}

fn data_version(connection: &Connection) -> Result<i64, MetaError> {
    Ok(connection.pragma_query_value(None, "data_version", |row| row.get(0))?)
}
