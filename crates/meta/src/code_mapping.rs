//! Code mappings: where in a repository the files of a project's stack traces lie.

use model::clock::Micros;
use model::id::{OrganizationId, ProjectId};
use rusqlite::{Connection, Row, ToSql, params};

use crate::database::Meta;
use crate::error::{MetaError, to_json, unique};
use crate::limits;
use crate::page::{Listed, Page, execute_one, listed, row};
use crate::repository;

/// Longest name of a branch, in bytes. Source: Sentry.
const BRANCH_BYTES_MAX: usize = 255;

/// That files of stack traces that begin with one text lie in a repository under another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeMapping {
    /// Its id.
    pub id: u64,
    /// Of which project.
    pub project: ProjectId,
    /// In which repository.
    pub repository: u64,
    /// What the frame's path begins with; may be empty.
    pub stack_root: String,
    /// What stands there instead in the repository; may be empty.
    pub source_root: String,
    /// The branch that is shown when the release's commit is not known.
    pub branch: String,
    /// When it was made.
    pub created: Micros,
}

/// What a new code mapping is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCodeMapping {
    /// Of which project.
    pub project: ProjectId,
    /// In which repository.
    pub repository: u64,
    /// What the frame's path begins with.
    pub stack_root: String,
    /// What stands there instead in the repository.
    pub source_root: String,
    /// The branch that is shown when the release's commit is not known.
    pub branch: String,
}

/// What became of a code mapping that was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MappedAs {
    /// It is new.
    Created,
    /// It was there, for whatever repository and branch, and is as told now.
    Updated,
}

const COLUMNS: &str =
    "SELECT code_mappings.id, project, repository, stack_root, source_root, branch,
    code_mappings.created FROM code_mappings";

impl Meta {
    /// The code mappings of these projects, those with the longest beginning first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn code_mappings(
        &self,
        projects: &[ProjectId],
        page: Page,
    ) -> Result<Listed<CodeMapping>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE project IN (SELECT value FROM json_each(:projects))
             ORDER BY project, length(stack_root) DESC, code_mappings.id LIMIT :limit OFFSET :offset"
        );
        let ids: Vec<u64> = projects.iter().map(|project| project.0).collect();
        let ids = to_json("list of ids", &ids)?;
        let parameters: [(&str, &dyn ToSql); 1] = [(":projects", &ids)];
        self.read(|connection| listed(connection, &sql, page, &parameters, read))
    }

    /// The code mapping of that id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn code_mapping(&self, id: u64) -> Result<Option<CodeMapping>, MetaError> {
        let sql = format!("{COLUMNS} WHERE code_mappings.id = ?");
        self.read(|connection| row(connection, &sql, [id], read))
    }

    /// Makes a code mapping.
    ///
    /// # Errors
    /// [`MetaError::Taken`] when there is one with these roots; [`MetaError::Invalid`] when a text is too
    /// long or there are too many.
    pub fn create_code_mapping(&self, new: &NewCodeMapping) -> Result<CodeMapping, MetaError> {
        check(new)?;
        let now = self.now();
        self.write(|transaction| insert(transaction, new, now))
    }

    /// Changes a code mapping.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is none; [`MetaError::Taken`] when there is another with these
    /// roots.
    pub fn change_code_mapping(&self, id: u64, change: &NewCodeMapping) -> Result<(), MetaError> {
        check(change)?;
        let sql =
            "UPDATE code_mappings SET repository = ?, stack_root = ?, source_root = ?, branch = ?
                   WHERE id = ? AND project = ?";
        self.write(|transaction| {
            let values = params![
                change.repository,
                change.stack_root,
                change.source_root,
                change.branch,
                id,
                change.project.0
            ];
            let written = transaction.execute(sql, values);
            match unique("code mapping", &change.stack_root, written)? {
                0 => Err(MetaError::Missing("code mapping")),
                _ => Ok(()),
            }
        })
    }

    /// Makes code mappings of a project, or changes those that have the same roots. The repository is made
    /// known when it is not yet.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] when a text is too long or there are too many; then nothing is changed.
    pub fn tell_code_mappings(
        &self,
        organization: OrganizationId,
        repository: &str,
        new: &[NewCodeMapping],
    ) -> Result<Vec<MappedAs>, MetaError> {
        new.iter().try_for_each(check)?;
        let now = self.now();
        self.write(|transaction| {
            let found = repository::find_or_create(transaction, organization, repository, now)?;
            let told = new.iter().map(|new| {
                let new = NewCodeMapping { repository: found.id, ..new.clone() };
                tell(transaction, &new, now)
            });
            told.collect()
        })
    }

    /// Forgets a code mapping.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is none.
    pub fn delete_code_mapping(&self, id: u64) -> Result<(), MetaError> {
        self.write(|transaction| {
            let sql = "DELETE FROM code_mappings WHERE id = ?";
            execute_one(transaction, "code mapping", sql, [id])
        })
    }
}

fn tell(connection: &Connection, new: &NewCodeMapping, now: Micros) -> Result<MappedAs, MetaError> {
    let sql = "UPDATE code_mappings SET repository = ?, branch = ?
               WHERE project = ? AND stack_root = ? AND source_root = ?";
    let values =
        params![new.repository, new.branch, new.project.0, new.stack_root, new.source_root];
    if connection.execute(sql, values)? > 0 {
        return Ok(MappedAs::Updated);
    }
    insert(connection, new, now)?;
    Ok(MappedAs::Created)
}

fn insert(
    connection: &Connection,
    new: &NewCodeMapping,
    now: Micros,
) -> Result<CodeMapping, MetaError> {
    let sql = "INSERT INTO code_mappings
               (project, repository, stack_root, source_root, branch, created)
               SELECT ?1, ?2, ?3, ?4, ?5, ?6
               WHERE (SELECT count(*) FROM code_mappings WHERE project = ?1) < ?7";
    let values = params![
        new.project.0,
        new.repository,
        new.stack_root,
        new.source_root,
        new.branch,
        now.0,
        limits::CODE_MAPPINGS_MAX
    ];
    if unique("code mapping", &new.stack_root, connection.execute(sql, values))? == 0 {
        let reason = format!("a project has at most {}", limits::CODE_MAPPINGS_MAX);
        return Err(MetaError::invalid("mappings", reason));
    }
    let id = connection.last_insert_rowid();
    row(connection, &format!("{COLUMNS} WHERE code_mappings.id = ?"), [id], read)?
        .ok_or(MetaError::Missing("code mapping"))
}

fn check(new: &NewCodeMapping) -> Result<(), MetaError> {
    for (field, text) in [("stackRoot", &new.stack_root), ("sourceRoot", &new.source_root)] {
        if text.len() > limits::PATH_BYTES_MAX || text.chars().any(char::is_control) {
            let reason = format!("must have at most {} characters", limits::PATH_BYTES_MAX);
            return Err(MetaError::invalid(field, reason));
        }
    }
    let odd = |c: char| c.is_control() || c == ' ';
    if new.branch.is_empty() || new.branch.len() > BRANCH_BYTES_MAX || new.branch.contains(odd) {
        return Err(MetaError::invalid("defaultBranch", "is not the name of a branch"));
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Result<CodeMapping, rusqlite::Error> {
    Ok(CodeMapping {
        id: row.get(0)?,
        project: ProjectId(row.get(1)?),
        repository: row.get(2)?,
        stack_root: row.get(3)?,
        source_root: row.get(4)?,
        branch: row.get(5)?,
        created: Micros(row.get(6)?),
    })
}
