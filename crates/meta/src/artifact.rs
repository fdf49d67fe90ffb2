//! Uploaded bytes: pieces of files that arrive one by one, and which blobs are needed by anything.
//!
//! A blob is claimed before its file gets its name, and lines that refer to it are written before the
//! claim ends. What nothing refers to is marked as leaving first, then its file is deleted, then its
//! line; a claim on what is leaving is refused. So at no moment does a line name a file that is not
//! there, and at no moment is there a file that no line names, whenever the power goes.

use std::collections::HashMap;

use model::id::OrganizationId;
use rusqlite::{Connection, params};

use crate::clock_time::{DAY, HOUR, after};
use crate::database::Meta;
use crate::error::MetaError;
use crate::page::{execute, row, rows};

/// How long an uploader may take from a claim to the lines that refer to the blob.
const CLAIM_MICROS: u64 = HOUR;
/// How long a piece waits for the rest of its file, from when it was last asked for.
const CHUNK_MICROS: u64 = DAY;
/// How long a piece is kept after a file was made of it, for another file that has it in common.
const ASSEMBLED_MICROS: u64 = HOUR;
/// What a piece counts at least: its line and its file's block on disk.
const CHUNK_BYTES_COUNTED_MIN: u64 = 4_096;
/// Blobs that leave in one step.
const STEP_BLOBS: usize = 1_000;
/// Everything that refers to blobs of uploads.
const REFERENCES: [&str; 4] = ["chunks", "bundles", "debug_files", "release_files"];

/// Bytes in the store of uploads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredArtifact {
    /// SHA-256 of its content: its name in the store.
    pub blob: [u8; 32],
    /// Its bytes.
    pub size: u64,
}

/// What became of a claim on a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The blob may be placed, and is safe for an hour.
    Held,
    /// A blob of that content is being deleted right now; try again in a moment.
    Leaving,
    /// There is no room for it.
    NoRoom,
}

impl Meta {
    /// Claims a blob that is about to be placed. `bytes_max` is for all uploads together.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn claim_artifact(
        &self,
        artifact: StoredArtifact,
        bytes_max: u64,
    ) -> Result<Claim, MetaError> {
        let claimed = after(self.now(), CLAIM_MICROS);
        self.write(|transaction| {
            let sql = "SELECT leaving FROM artifact_blobs WHERE blob = ?";
            let known: Option<bool> = row(transaction, sql, [artifact.blob], |row| row.get(0))?;
            match known {
                Some(true) => return Ok(Claim::Leaving),
                Some(false) => {}
                None => {
                    let sql = "SELECT coalesce(sum(size), 0) FROM artifact_blobs";
                    let stored: u64 = row(transaction, sql, [], |row| row.get(0))?.unwrap_or(0);
                    if stored.saturating_add(artifact.size) > bytes_max {
                        return Ok(Claim::NoRoom);
                    }
                }
            }
            let sql = "INSERT INTO artifact_blobs (blob, size, claimed, leaving)
                       VALUES (?1, ?2, ?3, 0)
                       ON CONFLICT DO UPDATE SET claimed = max(claimed, ?3)";
            execute(transaction, sql, params![artifact.blob, artifact.size, claimed.0])?;
            Ok(Claim::Held)
        })
    }

    /// Whether an organisation may add a piece of that many bytes to those that wait.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn has_room_for_chunk(
        &self,
        organization: OrganizationId,
        size: u64,
        bytes_max: u64,
    ) -> Result<bool, MetaError> {
        let sql = "SELECT coalesce(sum(max(size, ?)), 0) FROM chunks
                   WHERE organization = ? AND assembled = 0";
        let waiting: u64 = self.read(|connection| {
            let values = [CHUNK_BYTES_COUNTED_MIN, organization.0];
            Ok(row(connection, sql, values, |row| row.get(0))?.unwrap_or(0))
        })?;
        Ok(waiting.saturating_add(size.max(CHUNK_BYTES_COUNTED_MIN)) <= bytes_max)
    }

    /// Notes a piece of a file, whose blob is claimed and placed.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when the claim has ended.
    pub fn add_chunk(
        &self,
        organization: OrganizationId,
        sha1: [u8; 20],
        artifact: StoredArtifact,
    ) -> Result<(), MetaError> {
        let expires = after(self.now(), CHUNK_MICROS);
        self.write(|transaction| {
            check_claim(transaction, artifact.blob)?;
            let sql = "INSERT INTO chunks (organization, sha1, blob, size, expires, assembled)
                       VALUES (?1, ?2, ?3, ?4, ?5, 0)
                       ON CONFLICT DO UPDATE SET blob = ?3, size = ?4, expires = ?5, assembled = 0";
            let values = params![organization.0, sha1, artifact.blob, artifact.size, expires.0];
            execute(transaction, sql, values)?;
            Ok(())
        })
    }

    /// Which of these pieces of an organisation are here, and keeps them for another day.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub fn chunks(
        &self,
        organization: OrganizationId,
        wanted: &[[u8; 20]],
    ) -> Result<HashMap<[u8; 20], StoredArtifact>, MetaError> {
        let now = self.now();
        let sql = "SELECT blob, size, expires FROM chunks
                   WHERE organization = ? AND sha1 = ? AND expires > ?";
        let mut stale = Vec::new();
        let mut found = HashMap::with_capacity(wanted.len());
        self.read(|connection| {
            for sha1 in wanted {
                let chunk = row(connection, sql, params![organization.0, sha1, now.0], |row| {
                    let stored = StoredArtifact { blob: row.get(0)?, size: row.get(1)? };
                    Ok((stored, row.get::<_, u64>(2)?))
                })?;
                let Some((stored, expires)) = chunk else { continue };
                if expires < after(now, CHUNK_MICROS / 2).0 {
                    stale.push(*sha1);
                }
                found.insert(*sha1, stored);
            }
            Ok(())
        })?;
        if !stale.is_empty() {
            self.keep_chunks(organization, &stale, after(now, CHUNK_MICROS).0, None)?;
        }
        Ok(found)
    }

    /// Notes that a file was made of these pieces: they no longer count as waiting, and go soon.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn chunks_assembled(
        &self,
        organization: OrganizationId,
        chunks: &[[u8; 20]],
    ) -> Result<(), MetaError> {
        let expires = after(self.now(), ASSEMBLED_MICROS).0;
        self.keep_chunks(organization, chunks, expires, Some(true))
    }

    /// Forgets a piece whose bytes turned out not to be there.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn forget_chunk(
        &self,
        organization: OrganizationId,
        sha1: [u8; 20],
    ) -> Result<(), MetaError> {
        self.write(|transaction| {
            let sql = "DELETE FROM chunks WHERE organization = ? AND sha1 = ?";
            execute(transaction, sql, params![organization.0, sha1])?;
            Ok(())
        })
    }

    fn keep_chunks(
        &self,
        organization: OrganizationId,
        chunks: &[[u8; 20]],
        expires: u64,
        assembled: Option<bool>,
    ) -> Result<(), MetaError> {
        self.write(|transaction| {
            let sql = "UPDATE chunks SET expires = ?, assembled = coalesce(?, assembled)
                       WHERE organization = ? AND sha1 = ?";
            for sha1 in chunks {
                execute(transaction, sql, params![expires, assembled, organization.0, sha1])?;
            }
            Ok(())
        })
    }

    /// A whole file with that SHA-1 that the organisation has uploaded before.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn assembled_artifact(
        &self,
        organization: OrganizationId,
        sha1: [u8; 20],
    ) -> Result<Option<StoredArtifact>, MetaError> {
        let sql = "SELECT blob, size FROM bundles WHERE organization = ?1 AND sha1 = ?2
                   UNION ALL
                   SELECT blob, size FROM projects JOIN debug_files ON project = projects.id
                   WHERE organization = ?1 AND sha1 = ?2 LIMIT 1";
        self.read(|connection| {
            row(connection, sql, params![organization.0, sha1], |row| {
                Ok(StoredArtifact { blob: row.get(0)?, size: row.get(1)? })
            })
        })
    }

    /// Bytes of all uploads.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn artifact_bytes(&self) -> Result<u64, MetaError> {
        let sql = "SELECT coalesce(sum(size), 0) FROM artifact_blobs";
        self.read(|connection| Ok(row(connection, sql, [], |row| row.get(0))?.unwrap_or(0)))
    }

    /// Blobs that nothing needs any more. They are refused to everybody from now on; their files are to
    /// be deleted, and then [`Meta::artifacts_left`] told.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn leaving_artifacts(&self) -> Result<Vec<[u8; 32]>, MetaError> {
        let now = self.now();
        let unused: Vec<String> = REFERENCES
            .iter()
            .map(|table| format!("NOT EXISTS (SELECT 1 FROM {table} WHERE {table}.blob = a.blob)"))
            .collect();
        let unused = unused.join(" AND ");
        let sql = format!(
            "UPDATE artifact_blobs SET leaving = 1 WHERE blob IN
             (SELECT blob FROM artifact_blobs AS a WHERE claimed <= ? AND {unused} LIMIT ?)"
        );
        self.write(|transaction| {
            execute(transaction, "DELETE FROM chunks WHERE expires <= ?", [now.0])?;
            execute(transaction, &sql, params![now.0, STEP_BLOBS])?;
            let sql = "SELECT blob FROM artifact_blobs WHERE leaving = 1 LIMIT ?";
            rows(transaction, sql, [STEP_BLOBS], |row| row.get(0))
        })
    }

    /// Notes that the files of these blobs are gone.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn artifacts_left(&self, blobs: &[[u8; 32]]) -> Result<(), MetaError> {
        self.write(|transaction| {
            let sql = "DELETE FROM artifact_blobs WHERE blob = ? AND leaving = 1";
            for blob in blobs {
                execute(transaction, sql, [blob])?;
            }
            Ok(())
        })
    }
}

/// Goes on only while the blob's file is safe: claimed, and not leaving.
pub(crate) fn check_claim(connection: &Connection, blob: [u8; 32]) -> Result<(), MetaError> {
    let sql = "SELECT 1 FROM artifact_blobs WHERE blob = ? AND leaving = 0";
    row(connection, sql, [blob], |_| Ok(()))?.ok_or(MetaError::Missing("upload"))
}
