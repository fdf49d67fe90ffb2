//! People who can log in.

use model::clock::Micros;
use model::id::UserId;
use rusqlite::{Connection, Row, params};
use serde_json::{Map, Value};

use crate::database::Meta;
use crate::error::{MetaError, from_json, to_json, unique};
use crate::page::{execute, execute_one, row, rows};
use crate::password::{hash_password, verify_password};
use crate::slug::check_name;

/// Longest e-mail address. Source: RFC 5321, section 4.5.3.1.3.
const EMAIL_BYTES_MAX: usize = 254;
/// Bytes of one person's flags.
const FLAGS_BYTES_MAX: usize = 32 * 1024;

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their address in lower case; also what they log in with.
    pub email: String,
    /// Their name; the address when they gave none.
    pub name: String,
    /// False when they may not log in.
    pub active: bool,
    /// True when they can log in with a password.
    pub has_password: bool,
    /// When the account was created.
    pub created: Micros,
    /// When they last logged in.
    pub last_login: Option<Micros>,
}

const COLUMNS: &str =
    "SELECT id, email, name, active, password_hash IS NOT NULL, created, last_login FROM users";

impl Meta {
    /// Creates a person; without a password they cannot log in yet.
    ///
    /// # Errors
    /// [`MetaError::Taken`] when the address is.
    pub fn create_user(
        &self,
        email: &str,
        name: &str,
        password: Option<&str>,
    ) -> Result<User, MetaError> {
        let hash = password.map(|password| self.hash(password)).transpose()?;
        let now = self.now();
        self.write(|transaction| create(transaction, email, name, hash.as_deref(), now))
    }

    /// The person of that id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn user(&self, id: UserId) -> Result<Option<User>, MetaError> {
        self.read(|connection| row(connection, &format!("{COLUMNS} WHERE id = ?"), [id.0], read))
    }

    /// The people of these ids, at most 1,000.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn users(&self, ids: &[UserId]) -> Result<Vec<User>, MetaError> {
        let list = to_json("list of ids", &ids.iter().map(|id| id.0).collect::<Vec<_>>())?;
        let sql = format!(
            "{COLUMNS} WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT 1000"
        );
        self.read(|connection| rows(connection, &sql, [list], read))
    }

    /// The person of that address.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn user_by_email(&self, email: &str) -> Result<Option<User>, MetaError> {
        self.read(|connection| by_email(connection, email))
    }

    /// Gives a person another name.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such person.
    pub fn rename_user(&self, id: UserId, name: &str) -> Result<(), MetaError> {
        check_name("name", name)?;
        self.write(|transaction| {
            let sql = "UPDATE users SET name = ? WHERE id = ?";
            execute_one(transaction, "user", sql, params![name, id.0])
        })
    }

    /// Sets a new password; all of the person's sessions end.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] when it is too short or too long.
    pub fn set_password(&self, id: UserId, password: &str) -> Result<(), MetaError> {
        let hash = self.hash(password)?;
        self.write(|transaction| {
            let sql = "UPDATE users SET password_hash = ? WHERE id = ?";
            execute_one(transaction, "user", sql, params![hash, id.0])?;
            execute(transaction, "DELETE FROM sessions WHERE user = ?", [id.0]).map(drop)
        })
    }

    /// Lets a person log in or not; turning it off ends their sessions.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such person.
    pub fn set_user_active(&self, id: UserId, active: bool) -> Result<(), MetaError> {
        self.write(|transaction| {
            let sql = "UPDATE users SET active = ? WHERE id = ?";
            execute_one(transaction, "user", sql, params![active, id.0])?;
            if !active {
                execute(transaction, "DELETE FROM sessions WHERE user = ?", [id.0])?;
            }
            Ok(())
        })
    }

    /// What the UI remembers for a person: theme, density, tips they have seen.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such person.
    pub fn user_flags(&self, id: UserId) -> Result<Map<String, Value>, MetaError> {
        let sql = "SELECT flags FROM users WHERE id = ?";
        let text: Option<String> =
            self.read(|connection| row(connection, sql, [id.0], |row| row.get(0)))?;
        from_json("user's flags", &text.ok_or(MetaError::Missing("user"))?)
    }

    /// Sets some flags; a null takes one away, the others stay.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] when it would be too many.
    pub fn set_user_flags(
        &self,
        id: UserId,
        changes: Map<String, Value>,
    ) -> Result<Map<String, Value>, MetaError> {
        self.write(|transaction| {
            let sql = "SELECT flags FROM users WHERE id = ?";
            let text: Option<String> = row(transaction, sql, [id.0], |row| row.get(0))?;
            let mut flags: Map<String, Value> =
                from_json("user's flags", &text.ok_or(MetaError::Missing("user"))?)?;
            for (name, value) in changes {
                if value.is_null() {
                    flags.shift_remove(&name);
                } else {
                    flags.insert(name, value);
                }
            }
            let json = to_json("user's flags", &flags)?;
            if json.len() > FLAGS_BYTES_MAX {
                return Err(MetaError::invalid("flags", "must have at most 32 KiB in total"));
            }
            let sql = "UPDATE users SET flags = ? WHERE id = ?";
            execute_one(transaction, "user", sql, params![json, id.0])?;
            Ok(flags)
        })
    }

    pub(crate) fn hash(&self, password: &str) -> Result<String, MetaError> {
        let _one_at_a_time = self.hashing();
        hash_password(password)
    }
}

pub(crate) fn create(
    connection: &Connection,
    email: &str,
    name: &str,
    password_hash: Option<&str>,
    now: Micros,
) -> Result<User, MetaError> {
    let email = normal_email(email)?;
    let name = if name.trim().is_empty() { &email } else { name };
    check_name("name", name)?;
    let written = connection.execute(
        "INSERT INTO users (email, name, password_hash, active, created, flags)
         VALUES (?, ?, ?, 1, ?, '{}')",
        params![email, name, password_hash, now.0],
    );
    unique("user", &email, written)?;
    Ok(User {
        id: UserId(connection.last_insert_rowid().unsigned_abs()),
        name: name.to_owned(),
        email,
        active: true,
        has_password: password_hash.is_some(),
        created: now,
        last_login: None,
    })
}

pub(crate) fn by_email(connection: &Connection, email: &str) -> Result<Option<User>, MetaError> {
    let sql = format!("{COLUMNS} WHERE email = ?");
    row(connection, &sql, [email.trim().to_lowercase()], read)
}

pub(crate) fn password_fits(
    connection: &Connection,
    user: UserId,
    password: &str,
) -> Result<bool, MetaError> {
    let sql = "SELECT password_hash FROM users WHERE id = ?";
    let hash: Option<Option<String>> = row(connection, sql, [user.0], |row| row.get(0))?;
    Ok(verify_password(password, hash.flatten().as_deref()))
}

/// The address in lower case. Only what would break elsewhere is refused: whether an address exists
/// is known only by writing to it.
pub(crate) fn normal_email(email: &str) -> Result<String, MetaError> {
    let email = email.trim().to_lowercase();
    let parts = email.split_once('@').filter(|(local, host)| !local.is_empty() && !host.is_empty());
    let odd = |character: char| character.is_control() || character.is_whitespace();
    if parts.is_none() || email.len() > EMAIL_BYTES_MAX || email.chars().any(odd) {
        return Err(MetaError::invalid("email", "is not an e-mail address"));
    }
    Ok(email)
}

fn read(row: &Row<'_>) -> Result<User, rusqlite::Error> {
    Ok(User {
        id: UserId(row.get(0)?),
        email: row.get(1)?,
        name: row.get(2)?,
        active: row.get(3)?,
        has_password: row.get(4)?,
        created: Micros(row.get(5)?),
        last_login: row.get::<_, Option<u64>>(6)?.map(Micros),
    })
}
