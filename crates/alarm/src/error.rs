//! What can go wrong.

use std::path::PathBuf;

/// The database of alerting could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum AlarmError {
    /// The file could not be opened as a database.
    #[error("opening the database {path}")]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: rusqlite::Error,
    },
    /// It was written by a newer program, or is somebody else's.
    #[error("{path} has format {found}, this program knows formats up to {known}")]
    Format {
        /// Which file.
        path: PathBuf,
        /// `user_version` of the file.
        found: u32,
        /// The newest this program knows.
        known: u32,
    },
    /// There is no such thing, or it is somebody else's.
    #[error("there is no such {0}")]
    Missing(&'static str),
    /// Something has that name already.
    #[error("there is a {what} of that name already")]
    Taken {
        /// What.
        what: &'static str,
    },
    /// There are as many as there may be.
    #[error("there may be at most {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        max: u64,
    },
    /// What the file holds is not what was written.
    #[error("the database of alerting is damaged: {0}")]
    Damaged(&'static str),
    /// Anything else the database says.
    #[error("asking the database of alerting")]
    Database(#[from] rusqlite::Error),
}
