//! Deploys: that a release went into an environment.

use model::clock::Micros;
use model::id::ProjectId;
use rusqlite::{Connection, Row, ToSql, params};

use crate::database::Meta;
use crate::error::{MetaError, to_json};
use crate::limits;
use crate::page::{Listed, Page, execute, listed, row};
use crate::repository::check_url;
use crate::slug::check_name;

/// Longest name of an environment, in bytes. Source: Sentry.
const ENVIRONMENT_BYTES_MAX: usize = 64;

/// That a release went into an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deploy {
    /// Its id.
    pub id: u64,
    /// Of which release.
    pub release: u64,
    /// Where to.
    pub environment: String,
    /// Its name for people.
    pub name: Option<String>,
    /// A page about it.
    pub url: Option<String>,
    /// When it began.
    pub started: Option<Micros>,
    /// When it was done.
    pub finished: Micros,
}

/// What a new deploy is to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewDeploy {
    /// Where to.
    pub environment: String,
    /// Its name for people.
    pub name: Option<String>,
    /// A page about it.
    pub url: Option<String>,
    /// When it began.
    pub started: Option<Micros>,
    /// When it was done; now when nothing is said.
    pub finished: Option<Micros>,
}

const COLUMNS: &str =
    "SELECT id, release, environment, name, url, started, finished FROM deploys WHERE release = ";

impl Meta {
    /// Notes a deploy of a release.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] when a text cannot be what it is to be, or the release has too many.
    pub fn create_deploy(&self, release: u64, new: &NewDeploy) -> Result<Deploy, MetaError> {
        check(new)?;
        let now = self.now();
        let started = new.started.map(|at| at.0);
        let finished = new.finished.unwrap_or(now).0;
        let sql = "INSERT INTO deploys (release, environment, name, url, started, finished)
                   SELECT id, ?2, ?3, ?4, ?5, ?6 FROM releases WHERE id = ?1
                   AND (SELECT count(*) FROM deploys WHERE release = ?1) < ?7";
        self.write(|transaction| {
            let values = params![
                release,
                new.environment,
                new.name,
                new.url,
                started,
                finished,
                limits::DEPLOYS_MAX
            ];
            if execute(transaction, sql, values)? == 0 {
                let reason = format!("a release has at most {} deploys", limits::DEPLOYS_MAX);
                return Err(MetaError::invalid("environment", reason));
            }
            let id = transaction.last_insert_rowid();
            row(transaction, &format!("{COLUMNS}? AND id = ?"), params![release, id], read)?
                .ok_or(MetaError::Missing("deploy"))
        })
    }

    /// The deploys of a release, last first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn deploys(&self, release: u64, page: Page) -> Result<Listed<Deploy>, MetaError> {
        let sql = format!(
            "{COLUMNS}:release ORDER BY finished DESC, id DESC LIMIT :limit OFFSET :offset"
        );
        let parameters: [(&str, &dyn ToSql); 1] = [(":release", &release)];
        self.read(|connection| listed(connection, &sql, page, &parameters, read))
    }

    /// The newest deploys that were done from one moment until before another, of releases of any of these
    /// projects, each with its release's version; last first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn deploys_between(
        &self,
        projects: &[ProjectId],
        (start, end): (Micros, Micros),
        limit: usize,
    ) -> Result<Vec<(String, Deploy)>, MetaError> {
        let sql =
            "SELECT d.id, d.release, d.environment, d.name, d.url, d.started, d.finished, r.version
                   FROM deploys d JOIN releases r ON r.id = d.release
                   WHERE d.finished >= ? AND d.finished < ? AND EXISTS (
                     SELECT 1 FROM release_projects p WHERE p.release = d.release
                     AND p.project IN (SELECT value FROM json_each(?)))
                   ORDER BY d.finished DESC, d.id DESC LIMIT ?";
        let projects: Vec<u64> = projects.iter().map(|project| project.0).collect();
        let projects = to_json("projects", &projects)?;
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let found = statement.query_map(params![start.0, end.0, projects, limit], |row| {
                Ok((row.get(7)?, read(row)?))
            })?;
            Ok(found.collect::<Result<_, _>>()?)
        })
    }
}

/// How many deploys a release has, and the last of them.
pub(crate) fn last(
    connection: &Connection,
    release: u64,
) -> Result<(u64, Option<Deploy>), MetaError> {
    let count = "SELECT count(*) FROM deploys WHERE release = ?";
    let count = row(connection, count, [release], |row| row.get(0))?.unwrap_or(0);
    let sql = format!("{COLUMNS}? ORDER BY finished DESC, id DESC LIMIT 1");
    Ok((count, row(connection, &sql, [release], read)?))
}

fn check(new: &NewDeploy) -> Result<(), MetaError> {
    if new.environment.len() > ENVIRONMENT_BYTES_MAX || new.environment.contains('/') {
        let reason = "must have 1 to 64 characters and no slash";
        return Err(MetaError::invalid("environment", reason));
    }
    check_name("environment", &new.environment)?;
    if let Some(name) = &new.name {
        check_name("name", name)?;
    }
    if let Some(url) = &new.url {
        check_url("url", url)?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Deploy, rusqlite::Error> {
    Ok(Deploy {
        id: row.get(0)?,
        release: row.get(1)?,
        environment: row.get(2)?,
        name: row.get(3)?,
        url: row.get(4)?,
        started: row.get::<_, Option<u64>>(5)?.map(Micros),
        finished: Micros(row.get(6)?),
    })
}
