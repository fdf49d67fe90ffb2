//! Sessions of the web UI: a random cookie, stored hashed, with a second secret against forged posts.

use model::clock::Micros;
use model::id::UserId;
use rusqlite::params;

use crate::clock_time::{DAY, after};
use crate::database::Meta;
use crate::error::MetaError;
use crate::page::{execute, row};
use crate::secret::{Secret, fingerprint};

/// How long a session lasts.
const SESSION_MICROS: u64 = 30 * DAY;
/// Sessions of one person; the oldest end.
const SESSIONS_MAX: usize = 50;

/// A session that was just begun. The cookie's text is shown this once.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The text of the cookie.
    pub token: Secret,
    /// What writes must repeat in `X-CSRF-Token`.
    pub csrf: Secret,
    /// When it ends.
    pub expires: Micros,
}

/// A session that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who it is.
    pub user: UserId,
    /// What writes must repeat in `X-CSRF-Token`.
    pub csrf: Secret,
    /// When it ends.
    pub expires: Micros,
}

impl Meta {
    /// Begins a session for someone who has proved who they are.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn begin_session(&self, user: UserId) -> Result<NewSession, MetaError> {
        let now = self.now();
        let (token, csrf) = (Secret::random(""), Secret::random(""));
        let expires = after(now, SESSION_MICROS);
        self.write(|transaction| {
            execute(
                transaction,
                "INSERT INTO sessions (hash, user, csrf, created, expires) VALUES (?, ?, ?, ?, ?)",
                params![fingerprint(token.expose()), user.0, csrf.expose(), now.0, expires.0],
            )?;
            execute(
                transaction,
                "DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE user = ?
                 ORDER BY created DESC LIMIT -1 OFFSET ?)",
                params![user.0, SESSIONS_MAX],
            )
        })?;
        Ok(NewSession { token, csrf, expires })
    }

    /// The session of that cookie, when it has not ended and its owner is active.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn session(&self, token: &str) -> Result<Option<Session>, MetaError> {
        let sql = "SELECT user, csrf, expires FROM sessions JOIN users ON users.id = user
                   WHERE hash = ? AND expires > ? AND active";
        let values = params![fingerprint(token), self.now().0];
        self.read(|connection| {
            row(connection, sql, values, |row| {
                Ok(Session {
                    user: UserId(row.get(0)?),
                    csrf: Secret::new(row.get::<_, String>(1)?),
                    expires: Micros(row.get(2)?),
                })
            })
        })
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn end_session(&self, token: &str) -> Result<(), MetaError> {
        self.write(|transaction| {
            let sql = "DELETE FROM sessions WHERE hash = ?";
            execute(transaction, sql, [fingerprint(token)]).map(drop)
        })
    }

    /// Ends all sessions of a person but the one of that cookie.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn end_other_sessions(&self, user: UserId, token: &str) -> Result<(), MetaError> {
        self.write(|transaction| {
            let sql = "DELETE FROM sessions WHERE user = ? AND hash <> ?";
            execute(transaction, sql, params![user.0, fingerprint(token)]).map(drop)
        })
    }
}
