//! Logging in with a password, and being locked out for a while after wrong ones.

use model::clock::Micros;
use model::id::UserId;
use rusqlite::{Connection, params};

use crate::clock_time::{HOUR, MINUTE, SECOND, after, before};
use crate::database::Meta;
use crate::error::MetaError;
use crate::page::{execute, row};
use crate::password::verify_password;
use crate::secret::fingerprint;
use crate::user;

/// Wrong passwords in a row before the first lockout.
const FAILURES_FREE: u32 = 5;
/// The first lockout; each further failure doubles it.
const LOCKOUT: u64 = 30 * SECOND;
/// The longest lockout.
const LOCKOUT_MAX: u64 = 15 * MINUTE;
/// Failures older than this are forgotten.
const FAILURE_MEMORY: u64 = 24 * HOUR;
/// Addresses whose failures are remembered; the oldest go first.
const SUBJECTS_MAX: usize = 10_000;

/// Nobody was logged in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Wrong address or password, or the account is turned off: not told apart on purpose.
    #[error("the e-mail address or the password is wrong")]
    Wrong,
    /// Too many wrong passwords for this address, whether it has an account or not.
    #[error("too many wrong passwords; try again later")]
    Locked {
        /// From when on it may be tried again.
        until: Micros,
    },
    /// The database failed.
    #[error(transparent)]
    Meta(#[from] MetaError),
}

struct Account {
    user: UserId,
    hash: Option<String>,
    active: bool,
}

impl Meta {
    /// Checks an address and a password. Takes as long for addresses without an account.
    ///
    /// # Errors
    /// [`LoginError::Wrong`] or [`LoginError::Locked`].
    pub fn login(&self, email: &str, password: &str) -> Result<UserId, LoginError> {
        let email = email.trim().to_lowercase();
        let subject = fingerprint(&email);
        let now = self.now();
        // One at a time from look to note: many guesses at once must not count as one.
        let _one_at_a_time = self.hashing();
        let (locked_until, account) = self.read(|connection| {
            Ok((locked_until(connection, &subject)?, account(connection, &email)?))
        })?;
        if locked_until > now {
            return Err(LoginError::Locked { until: locked_until });
        }
        let hash = account.as_ref().and_then(|account| account.hash.as_deref());
        let fits = verify_password(password, hash);
        match account.filter(|account| fits && account.active) {
            Some(account) => {
                self.write(|transaction| note_success(transaction, &subject, account.user, now))?;
                Ok(account.user)
            }
            None => match self.write(|transaction| note_failure(transaction, &subject, now))? {
                Some(until) => Err(LoginError::Locked { until }),
                None => Err(LoginError::Wrong),
            },
        }
    }

    /// Checks the password of someone who is logged in, before they change it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn password_fits(&self, user: UserId, password: &str) -> Result<bool, MetaError> {
        let _one_at_a_time = self.hashing();
        self.read(|connection| user::password_fits(connection, user, password))
    }
}

fn account(connection: &Connection, email: &str) -> Result<Option<Account>, MetaError> {
    let sql = "SELECT id, password_hash, active FROM users WHERE email = ?";
    row(connection, sql, [email], |row| {
        Ok(Account { user: UserId(row.get(0)?), hash: row.get(1)?, active: row.get(2)? })
    })
}

fn locked_until(connection: &Connection, subject: &[u8; 32]) -> Result<Micros, MetaError> {
    let sql = "SELECT locked_until FROM login_failures WHERE subject = ?";
    let until = row(connection, sql, [subject], |row| row.get(0))?;
    Ok(Micros(until.unwrap_or(0)))
}

fn note_success(
    connection: &Connection,
    subject: &[u8; 32],
    user: UserId,
    now: Micros,
) -> Result<(), MetaError> {
    execute(connection, "DELETE FROM login_failures WHERE subject = ?", [subject])?;
    execute(connection, "UPDATE users SET last_login = ? WHERE id = ?", [now.0, user.0]).map(drop)
}

/// Answers until when the address is locked out now, if it is.
fn note_failure(
    connection: &Connection,
    subject: &[u8; 32],
    now: Micros,
) -> Result<Option<Micros>, MetaError> {
    let sql = "SELECT failures FROM login_failures WHERE subject = ? AND last > ?";
    let since = before(now, FAILURE_MEMORY);
    let earlier: Option<u32> = row(connection, sql, params![subject, since.0], |row| row.get(0))?;
    let failures = earlier.unwrap_or(0).saturating_add(1);
    let until = lockout(failures).map(|micros| after(now, micros));
    execute(
        connection,
        "INSERT OR REPLACE INTO login_failures (subject, failures, last, locked_until)
         VALUES (?, ?, ?, ?)",
        params![subject, failures, now.0, until.map_or(0, |until| until.0)],
    )?;
    execute(
        connection,
        "DELETE FROM login_failures WHERE subject IN
         (SELECT subject FROM login_failures ORDER BY last DESC LIMIT -1 OFFSET ?)",
        [SUBJECTS_MAX],
    )?;
    Ok(until)
}

/// How long an address is locked out after that many failures.
fn lockout(failures: u32) -> Option<u64> {
    let over = failures.checked_sub(FAILURES_FREE)?;
    Some(LOCKOUT.saturating_mul(1_u64.checked_shl(over).unwrap_or(u64::MAX)).min(LOCKOUT_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lockouts_grow_and_end() {
        let seconds = |failures| lockout(failures).map(|micros| micros / SECOND);
        assert_eq!(seconds(4), None);
        assert_eq!(seconds(5), Some(30));
        assert_eq!(seconds(6), Some(60));
        assert_eq!(seconds(10), Some(900));
        assert_eq!(seconds(u32::MAX), Some(900));
    }
}
