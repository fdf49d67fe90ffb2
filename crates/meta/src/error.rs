//! What can go wrong, as callers must tell it apart.

use std::path::PathBuf;

/// The database could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum MetaError {
    /// The file could not be opened as a database.
    #[error("opening the database {path}")]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: rusqlite::Error,
    },
    /// The database was written by a newer program.
    #[error(
        "the database has format {found}, this program knows formats up to {known}; \
         start the newer program that wrote it"
    )]
    TooNew {
        /// `user_version` of the file.
        found: u32,
        /// The newest version this program knows.
        known: u32,
    },
    /// What the file holds is not what was written.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// No space is left where the database lies.
    #[error("no space is left for the database")]
    Full,
    /// There is no such thing, or the asker may not know that there is.
    #[error("there is no such {0}")]
    Missing(&'static str),
    /// A name or number is taken.
    #[error("{what} {name} exists already")]
    Taken {
        /// What kind of thing.
        what: &'static str,
        /// The name that was asked for.
        name: String,
    },
    /// A value does not follow the rules; the text tells the asker which.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which value, as in the API.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// It would take away the last owner, key or the like.
    #[error("{0}")]
    Refused(&'static str),
    /// A value in a JSON column could not be read or written.
    #[error("reading or writing a {what} as json")]
    Json {
        /// What kind of value.
        what: &'static str,
        /// Why.
        #[source]
        cause: serde_json::Error,
    },
    /// The key that secrets are sealed with cannot be read or made.
    #[error("reading or making the key {path}")]
    Key {
        /// Where it lies.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// A password could not be hashed.
    #[error("hashing a password: {0}")]
    Password(String),
    /// A thread panicked while it held the writer; the database itself is as before.
    #[error("the database writer was abandoned in the middle of a change")]
    Abandoned,
    /// Anything else the database says.
    #[error("asking the database")]
    Database(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for MetaError {
    fn from(cause: rusqlite::Error) -> Self {
        match cause.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full,
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
                Self::Damaged(cause.to_string())
            }
            // SQLite's integers end at i64::MAX, so a larger id is the id of nothing.
            _ if matches!(cause, rusqlite::Error::ToSqlConversionFailure(_)) => Self::Missing("id"),
            _ => Self::Database(cause),
        }
    }
}

impl MetaError {
    pub(crate) fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid { field, reason: reason.into() }
    }
}

/// Turns a broken uniqueness into [`MetaError::Taken`].
pub(crate) fn unique<T>(
    what: &'static str,
    name: &str,
    written: Result<T, rusqlite::Error>,
) -> Result<T, MetaError> {
    written.map_err(|cause| match cause.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => {
            MetaError::Taken { what, name: name.to_owned() }
        }
        _ => cause.into(),
    })
}

pub(crate) fn to_json<T: serde::Serialize>(
    what: &'static str,
    value: &T,
) -> Result<String, MetaError> {
    serde_json::to_string(value).map_err(|cause| MetaError::Json { what, cause })
}

pub(crate) fn from_json<T: serde::de::DeserializeOwned>(
    what: &'static str,
    text: &str,
) -> Result<T, MetaError> {
    serde_json::from_str(text).map_err(|cause| MetaError::Json { what, cause })
}
