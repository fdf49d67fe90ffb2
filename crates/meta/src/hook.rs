//! Webhooks of repositories: what GitHub, GitLab and Gitea tell of pushes and merge requests.
//!
//! The address of a webhook has a secret part, by whose hash the repository is found; what it signs with
//! is kept as the difference to another hash of that part. So neither the database nor somebody who has
//! seen the address can sign.

use sha2::{Digest as _, Sha256};

use crate::commit::{self, NewCommit};
use crate::database::Meta;
use crate::error::MetaError;
use crate::limits;
use crate::page::{execute, row, rows};
use crate::pull_request::{self, PullRequest};
use crate::release_commits::catch_up;
use crate::repository::{self, Repository};
use crate::secret::{Secret, fingerprint, hex, random_bytes};
use rusqlite::{Connection, params};

/// Longest name of a branch, in bytes. Source: git's limit on names of files, which refs are.
const BRANCH_BYTES_MAX: usize = 255;
/// Told apart from any other use of the same secret part.
const PAD_PREFIX: &str = "pitwatch webhook signature ";

/// How a server proves that it tells of a repository. Answered once and never again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// The secret part of the address: 64 hex digits.
    pub address: Secret,
    /// What bodies are signed with, or what is sent along: 64 hex digits.
    pub secret: Secret,
}

impl Meta {
    /// Makes a webhook for a repository. One that it had is useless from then on.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such repository.
    pub fn create_hook(&self, repository: u64) -> Result<Hook, MetaError> {
        let (address, secret) = (hex(&random_bytes()), random_bytes());
        let hash = fingerprint(&address);
        let pad = xor(secret, pad_of(&address));
        self.write(|transaction| {
            repository::set_hook(transaction, repository, Some((&hash, &pad)))
        })?;
        Ok(Hook { address: Secret::new(address), secret: Secret::new(hex(&secret)) })
    }

    /// Makes the webhook of a repository useless.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such repository.
    pub fn delete_hook(&self, repository: u64) -> Result<(), MetaError> {
        self.write(|transaction| repository::set_hook(transaction, repository, None))
    }

    /// The repository a webhook's address belongs to, and what its server signs with.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn hook(&self, address: &str) -> Result<Option<(Repository, Secret)>, MetaError> {
        let hash = fingerprint(address);
        let found = self.read(|connection| repository::by_hook(connection, &hash))?;
        Ok(found.and_then(|(repository, pad)| {
            let pad: [u8; 32] = pad.try_into().ok()?;
            Some((repository, Secret::new(hex(&xor(pad, pad_of(address))))))
        }))
    }

    /// Notes what was pushed to a branch, oldest first. Releases that waited for it get their commits.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] for too many commits, or one that is none.
    pub fn push(
        &self,
        repository: u64,
        branch: &str,
        commits: &[NewCommit],
    ) -> Result<(), MetaError> {
        if commits.len() > limits::RELEASE_COMMITS_MAX {
            let reason = format!("at most {} at once", limits::RELEASE_COMMITS_MAX);
            return Err(MetaError::invalid("commits", reason));
        }
        if branch.is_empty() || branch.len() > BRANCH_BYTES_MAX {
            return Err(MetaError::invalid("ref", "is not the name of a branch"));
        }
        let now = self.now();
        self.write(|transaction| {
            let sql = "INSERT OR IGNORE INTO pushed_commits (repository, branch, \"commit\")
                       VALUES (?, ?, ?)";
            let mut ids = Vec::with_capacity(commits.len());
            for new in commits {
                let id = commit::store(transaction, repository, new, now)?;
                execute(transaction, sql, params![repository, branch, id])?;
                ids.push(id);
            }
            forget_oldest(transaction, repository)?;
            catch_up(transaction, repository, &ids, now)
        })
    }

    /// Notes what became of a merge request. When the release of its commit is known already, what it says
    /// it fixes is resolved.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] when its commit is none.
    pub fn tell_pull_request(
        &self,
        repository: u64,
        request: &PullRequest,
    ) -> Result<(), MetaError> {
        if let Some(hash) = &request.merge_hash {
            commit::check_hash("merge_commit_sha", hash)?;
        }
        let now = self.now();
        self.write(|transaction| {
            pull_request::store(transaction, repository, request)?;
            let sql = "SELECT id FROM commits WHERE repository = ? AND hash = ?";
            let values = params![repository, request.merge_hash];
            let id: Option<u64> = row(transaction, sql, values, |row| row.get(0))?;
            id.map_or(Ok(()), |id| catch_up(transaction, repository, &[id], now))
        })
    }
}

/// Forgets the oldest pushes of a repository beyond the limit, and those of their commits that no release
/// has.
fn forget_oldest(connection: &Connection, repository: u64) -> Result<(), MetaError> {
    let sql = "DELETE FROM pushed_commits WHERE repository = ?1 AND place <= (
                   SELECT place FROM pushed_commits WHERE repository = ?1
                   ORDER BY place DESC LIMIT 1 OFFSET ?2)
               RETURNING \"commit\"";
    let gone: Vec<u64> =
        rows(connection, sql, params![repository, limits::PUSHED_COMMITS_MAX], |row| row.get(0))?;
    let sql = "DELETE FROM commits WHERE id = ?1
               AND NOT EXISTS (SELECT 1 FROM pushed_commits WHERE \"commit\" = ?1)
               AND NOT EXISTS (SELECT 1 FROM release_commits WHERE \"commit\" = ?1)";
    for commit in gone {
        execute(connection, sql, [commit])?;
    }
    Ok(())
}

fn pad_of(address: &str) -> [u8; 32] {
    Sha256::digest(format!("{PAD_PREFIX}{address}").as_bytes()).into()
}

fn xor(mut left: [u8; 32], right: [u8; 32]) -> [u8; 32] {
    for (left, right) in left.iter_mut().zip(right) {
        *left ^= right;
    }
    left
}
