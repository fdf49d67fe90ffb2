//! What can go wrong.

use std::path::PathBuf;

/// The database of sessions could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
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
    /// A batch lies on both sides of the applied offset, so it can be counted neither once nor not at all.
    #[error("the batch must be cut at offset {0}")]
    Uncut(u64),
    /// What the file holds is not what was written.
    #[error("the database of sessions is damaged: {0}")]
    Damaged(&'static str),
    /// Anything else the database says.
    #[error("asking the database of sessions")]
    Database(#[from] rusqlite::Error),
}
