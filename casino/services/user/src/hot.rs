//! What is hot lies in Redis: sessions, who is here, who plays what.

use std::time::{Duration, SystemTime};

use casino_telemetry::{ApiError, Span};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Cmd, FromRedisValue, RedisError, cmd};
use serde::Serialize;

/// A session that is not used is forgotten.
const SESSION: Duration = Duration::from_mins(30);
/// Somebody who did nothing for this long is not here any more.
const HERE: u64 = 5 * 60;
const PATIENCE: Duration = Duration::from_secs(2);

/// What is kept of a session.
#[derive(Debug, Serialize)]
pub(crate) struct Session<'a> {
    pub(crate) player: &'a str,
    pub(crate) market: &'a str,
    pub(crate) device: &'a str,
    pub(crate) address: &'a str,
}

/// Redis.
#[derive(Clone)]
pub(crate) struct Hot {
    connection: ConnectionManager,
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn away(error: &RedisError) -> ApiError {
    ApiError::unavailable("redis").because(error)
}

impl Hot {
    /// Waits up to half a minute for a server that is still starting.
    pub(crate) async fn connect(address: &str) -> Result<Self, RedisError> {
        let client = redis::Client::open(address)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(1);
        let mut last = None;
        for _ in 0..30 {
            match ConnectionManager::new_with_config(client.clone(), config.clone()).await {
                Ok(connection) => return Ok(Self { connection }),
                Err(error) => {
                    casino_telemetry::warning!("waiting for Redis", reason = error.to_string());
                    last = Some(error);
                }
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Err(last.unwrap_or_else(|| RedisError::from((redis::ErrorKind::Io, "no answer"))))
    }

    /// One command, in a span that does not name what is stored.
    async fn run<T: FromRedisValue>(&self, text: &str, command: &Cmd) -> Result<T, ApiError> {
        let span = Span::start("db.redis", text);
        span.set("db.system", "redis");
        let result = command.query_async(&mut self.connection.clone()).await;
        span.ok(result.is_ok());
        result.map_err(|error| away(&error))
    }

    /// Keeps a session.
    pub(crate) async fn open(&self, id: &str, session: &Session<'_>) -> Result<(), ApiError> {
        let text = serde_json::to_string(session)
            .map_err(|error| ApiError::internal("no session").because(error))?;
        let mut command = cmd("SET");
        command.arg(format!("session:{id}")).arg(text).arg("EX").arg(SESSION.as_secs());
        self.run("SET session:* EX", &command).await
    }

    /// Somebody does something.
    pub(crate) async fn here(&self, player: &str) -> Result<(), ApiError> {
        self.run("ZADD here", cmd("ZADD").arg("here").arg(now()).arg(player)).await
    }

    /// Somebody plays; true if he was not at this game a moment ago.
    pub(crate) async fn plays(&self, game: &str, player: &str) -> Result<bool, ApiError> {
        let key = format!("plays:{game}");
        let added: i64 =
            self.run("ZADD plays:*", cmd("ZADD").arg(key).arg(now()).arg(player)).await?;
        Ok(added == 1)
    }

    /// How many are here; forgets who is not.
    pub(crate) async fn count(&self) -> Result<u64, ApiError> {
        self.forget("here").await?;
        self.run("ZCARD here", cmd("ZCARD").arg("here")).await
    }

    pub(crate) async fn forget(&self, key: &str) -> Result<u64, ApiError> {
        let before = now().saturating_sub(HERE);
        self.run("ZREMRANGEBYSCORE", cmd("ZREMRANGEBYSCORE").arg(key).arg("-inf").arg(before)).await
    }

    /// How many play each of `games`, in one go.
    pub(crate) async fn players_of(&self, games: &[String]) -> Result<Vec<u64>, ApiError> {
        let since = now().saturating_sub(HERE);
        let mut pipe = redis::pipe();
        for game in games {
            pipe.cmd("ZCOUNT").arg(format!("plays:{game}")).arg(since).arg("+inf");
        }
        let span = Span::start("db.redis", "ZCOUNT plays:*");
        span.set("db.system", "redis");
        let result = pipe.query_async(&mut self.connection.clone()).await;
        span.ok(result.is_ok());
        result.map_err(|error| away(&error))
    }
}
