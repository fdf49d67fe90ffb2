//! PostgreSQL: a pool, and one way for every statement that opens a `db` span with its text.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use thiserror::Error;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls};

use crate::{ApiError, Span, log};

pub use tokio_postgres::Row;
pub use tokio_postgres::types::Json;

/// What parameters of a statement are.
pub type Parameter<'a> = &'a (dyn ToSql + Sync);

const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(5);
const WAIT_FOR_SERVER: Duration = Duration::from_secs(30);
/// One at a time migrates; any number will do that nobody else takes.
const MIGRATION_LOCK: i64 = 0x63_61_73_69_6e_6f;

/// How a statement failed.
#[derive(Debug, Error)]
pub enum DbError {
    /// No connection.
    #[error("PostgreSQL cannot be reached: {0}")]
    Unavailable(String),
    /// An answer without what has to be in it.
    #[error("PostgreSQL: {0}")]
    Unexpected(&'static str),
    /// The statement failed.
    #[error("{}", of_postgres(.0))]
    Failed(#[from] tokio_postgres::Error),
}

fn of_postgres(error: &tokio_postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| error.to_string(), |it| format!("{} ({})", it.message(), it.code().code()))
}

impl DbError {
    /// What PostgreSQL calls it.
    pub fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Failed(error) => error.code(),
            Self::Unavailable(_) | Self::Unexpected(_) => None,
        }
    }

    /// A row that has to be unique is there already.
    pub fn is_duplicate(&self) -> bool {
        self.code() == Some(&SqlState::UNIQUE_VIOLATION)
    }

    /// Two transactions were in each other's way: the same again may work.
    pub fn is_conflict(&self) -> bool {
        let codes = [&SqlState::T_R_SERIALIZATION_FAILURE, &SqlState::T_R_DEADLOCK_DETECTED];
        self.code().is_some_and(|code| codes.contains(&code))
    }

    fn is_away(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::Unexpected(_) => false,
            Self::Failed(error) => error.is_closed() || error.as_db_error().is_none(),
        }
    }
}

impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        if error.is_away() {
            return Self::unavailable("database").because(&error);
        }
        Self::internal("the database refused that").because(&error)
    }
}

/// A pool of connections.
#[derive(Clone, Debug)]
pub struct Database {
    pool: Pool,
    name: String,
}

impl Database {
    /// Connects, and waits up to 30 s for a server that is still starting. Names of tables are looked for in `schema` first.
    pub async fn connect(address: &str, schema: &str, connections: usize) -> Result<Self, DbError> {
        let mut config: Config = address.parse()?;
        config.application_name(crate::sdk::service());
        config.connect_timeout(Duration::from_secs(3));
        config.options(format!("-c search_path={schema} -c statement_timeout=10000 -c idle_in_transaction_session_timeout=15000"));
        let name = config.get_dbname().unwrap_or("postgres").to_owned();
        let manager = Manager::from_config(
            config,
            NoTls,
            ManagerConfig { recycling_method: RecyclingMethod::Fast },
        );
        let pool = Pool::builder(manager)
            .max_size(connections)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(WAIT_FOR_CONNECTION))
            .create_timeout(Some(WAIT_FOR_CONNECTION))
            .build()
            .map_err(|error| DbError::Unavailable(error.to_string()))?;
        let database = Self { pool, name };
        database.wait().await?;
        Ok(database)
    }

    async fn wait(&self) -> Result<(), DbError> {
        let until = tokio::time::Instant::now() + WAIT_FOR_SERVER;
        loop {
            match self.connection().await {
                Ok(_) => return Ok(()),
                Err(error) if tokio::time::Instant::now() >= until => return Err(error),
                Err(error) => {
                    log::warn("waiting for PostgreSQL", &[("reason", error.to_string().into())]);
                }
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// One connection, for a transaction.
    pub async fn connection(&self) -> Result<Connection, DbError> {
        let object =
            self.pool.get().await.map_err(|error| DbError::Unavailable(error.to_string()))?;
        Ok(Connection { object, name: self.name.clone() })
    }

    /// Rows.
    pub async fn query(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, DbError> {
        self.connection().await?.query(sql, parameters).await
    }

    /// One row or none.
    pub async fn query_opt(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Option<Row>, DbError> {
        self.connection().await?.query_opt(sql, parameters).await
    }

    /// Exactly one row.
    pub async fn query_one(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Row, DbError> {
        self.connection().await?.query_one(sql, parameters).await
    }

    /// How many rows were touched.
    pub async fn execute(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<u64, DbError> {
        self.connection().await?.execute(sql, parameters).await
    }

    /// Brings `schema` to the newest step; steps that were done are not done again. Several processes may start at once.
    pub async fn migrate(&self, schema: &str, steps: &[&str]) -> Result<(), DbError> {
        let mut connection = self.connection().await?;
        let transaction = connection.begin().await?;
        transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATION_LOCK]).await?;
        let table = format!(
            "CREATE SCHEMA IF NOT EXISTS {schema};
             CREATE TABLE IF NOT EXISTS {schema}.migrations (step integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())"
        );
        transaction.batch(&table).await?;
        let sql = format!("SELECT COALESCE(max(step), 0) FROM {schema}.migrations");
        let done: i32 = transaction.query_one(&sql, &[]).await?.try_get(0)?;
        for (number, step) in (1_i32..).zip(steps) {
            if number > done {
                transaction.batch(step).await?;
                let sql = format!("INSERT INTO {schema}.migrations (step) VALUES ($1)");
                transaction.execute(&sql, &[&number]).await?;
            }
        }
        transaction.commit().await
    }
}

/// One connection of the pool.
pub struct Connection {
    object: Object,
    name: String,
}

impl Connection {
    /// Begins a transaction; it is rolled back unless it is committed.
    pub async fn begin(&mut self) -> Result<Transaction<'_>, DbError> {
        let span = open("BEGIN", &self.name);
        let result = self.object.transaction().await;
        span.ok(result.is_ok());
        Ok(Transaction { inner: result?, name: self.name.clone() })
    }
}

/// A transaction.
pub struct Transaction<'a> {
    inner: deadpool_postgres::Transaction<'a>,
    name: String,
}

impl Transaction<'_> {
    /// Makes it last.
    pub async fn commit(self) -> Result<(), DbError> {
        let span = open("COMMIT", &self.name);
        let result = self.inner.commit().await;
        span.ok(result.is_ok());
        Ok(result?)
    }

    /// Several statements without parameters.
    pub async fn batch(&self, sql: &str) -> Result<(), DbError> {
        let span = open(sql, &self.name);
        let result = self.inner.batch_execute(sql).await;
        span.ok(result.is_ok());
        Ok(result?)
    }
}

/// The statements are the same on a connection and in a transaction; only the field differs.
macro_rules! statements {
    ($kind:ty, $field:ident) => {
        impl $kind {
            /// Rows.
            pub async fn query(
                &self,
                sql: &str,
                parameters: &[Parameter<'_>],
            ) -> Result<Vec<Row>, DbError> {
                let span = open(sql, &self.name);
                let result = async {
                    let statement = self.$field.prepare_cached(sql).await?;
                    self.$field.query(&statement, parameters).await
                }
                .await;
                span.ok(result.is_ok());
                if let Ok(rows) = &result {
                    span.set("db.response.returned_rows", rows.len());
                }
                Ok(result?)
            }

            /// One row or none.
            pub async fn query_opt(
                &self,
                sql: &str,
                parameters: &[Parameter<'_>],
            ) -> Result<Option<Row>, DbError> {
                Ok(self.query(sql, parameters).await?.into_iter().next())
            }

            /// Exactly one row.
            pub async fn query_one(
                &self,
                sql: &str,
                parameters: &[Parameter<'_>],
            ) -> Result<Row, DbError> {
                let row = self.query_opt(sql, parameters).await?;
                row.ok_or(DbError::Unexpected("a row is missing"))
            }

            /// How many rows were touched.
            pub async fn execute(
                &self,
                sql: &str,
                parameters: &[Parameter<'_>],
            ) -> Result<u64, DbError> {
                let span = open(sql, &self.name);
                let result = async {
                    let statement = self.$field.prepare_cached(sql).await?;
                    self.$field.execute(&statement, parameters).await
                }
                .await;
                span.ok(result.is_ok());
                Ok(result?)
            }
        }
    };
}

statements!(Connection, object);
statements!(Transaction<'_>, inner);

/// The span of a statement, which is written on one line.
fn open(sql: &str, database: &str) -> Span {
    let text = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let span = Span::start("db", &text);
    span.set("db.system", "postgresql");
    span.set("db.name", database);
    if let Some(operation) = text.split(' ').next() {
        span.set("db.operation", operation.to_ascii_uppercase());
    }
    span
}
