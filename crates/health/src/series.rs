//! Numbers for releases in environments.

use std::collections::HashMap;

use model::id::ProjectId;
use rusqlite::params;
use wire::session::Attributes;

use crate::database::Change;
use crate::error::HealthError;
use crate::rows;

/// Numbers that are remembered between batches.
const REMEMBERED_MAX: usize = 4_096;

/// Numbers by project, release and environment.
#[derive(Debug, Default)]
pub(crate) struct SeriesCache {
    known: HashMap<(ProjectId, String, String), u64>,
}

impl SeriesCache {
    pub(crate) fn clear(&mut self) {
        self.known.clear();
    }
}

impl Change<'_> {
    /// The number of a release in an environment; `None` when there are too many to give it one.
    pub(crate) fn series(
        &mut self,
        project: ProjectId,
        attributes: &Attributes,
        may_add: bool,
    ) -> Result<Option<u64>, HealthError> {
        let Attributes { release, environment } = attributes;
        let names = (project, release.clone(), environment.clone());
        if let Some(id) = self.cache.known.get(&names) {
            return Ok(Some(*id));
        }
        let sql = "SELECT id FROM series WHERE project = ? AND release = ? AND environment = ?";
        let values = params![project.0, release, environment];
        let found = rows::row(self.transaction, sql, values, |row| row.get(0))?;
        let id = match found {
            None if may_add => self.add_series(project, attributes)?,
            found => found,
        };
        if let Some(id) = id {
            if self.cache.known.len() >= REMEMBERED_MAX {
                self.cache.clear();
            }
            self.cache.known.insert(names, id);
        }
        Ok(id)
    }

    fn add_series(
        &self,
        project: ProjectId,
        attributes: &Attributes,
    ) -> Result<Option<u64>, HealthError> {
        let sql = "SELECT count(*) FROM series WHERE project = ?";
        let count = rows::row(self.transaction, sql, [project.0], |row| row.get::<_, u64>(0))?;
        if count.unwrap_or(0) >= self.limits.series {
            return Ok(None);
        }
        let Attributes { release, environment } = attributes;
        let sql =
            "INSERT INTO series (project, release, environment) VALUES (?, ?, ?) RETURNING id";
        rows::row(self.transaction, sql, params![project.0, release, environment], |row| row.get(0))
    }
}
