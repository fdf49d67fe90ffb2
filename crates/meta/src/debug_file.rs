//! Debug files: what turns addresses and shortened names of native programs back into functions.

use model::clock::Micros;
use model::id::ProjectId;
use rusqlite::{Row, ToSql, params};

use crate::artifact::{StoredArtifact, check_claim};
use crate::database::Meta;
use crate::error::MetaError;
use crate::page::{Listed, Page, execute, execute_one, listed, row, rows};

/// Files that are answered for one id: several compilers' passes over one program share it.
const SAME_ID_MAX: usize = 32;

/// A debug file as it is uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDebugFile {
    /// Whose it is.
    pub project: ProjectId,
    /// SHA-1 of the whole file, which clients know it by.
    pub sha1: [u8; 20],
    /// Its bytes, claimed and placed.
    pub artifact: StoredArtifact,
    /// Its debug id in canonical form; empty when it has none.
    pub debug_id: String,
    /// Its code id: a build id or what PE files have instead.
    pub code_id: Option<String>,
    /// `elf`, `macho`, `pdb`, `proguard`, `sourcebundle`, …
    pub format: String,
    /// The name its program has.
    pub name: String,
    /// `x86_64`, `arm64`, …; `any` when it is for all.
    pub cpu: String,
    /// What is in it, as JSON: `{"type": "dbg", "features": ["debug", "symtab"]}`.
    pub data: String,
}

/// A debug file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebugFile {
    /// Its id.
    pub id: u64,
    /// What was uploaded.
    pub file: NewDebugFile,
    /// When it was uploaded first.
    pub created: Micros,
    /// When it was last uploaded again or made a stack readable.
    pub used: Micros,
}

const COLUMNS: &str =
    "SELECT id, project, sha1, blob, size, debug_id, code_id, format, name, cpu, data,
    created, used FROM debug_files";

impl Meta {
    /// Stores debug files, all or none; those that are known stay as they are.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when the claim on their bytes has ended.
    pub fn add_debug_files(&self, new: &[NewDebugFile]) -> Result<(), MetaError> {
        let now = self.now();
        self.write(|transaction| {
            for file in new {
                check_claim(transaction, file.artifact.blob)?;
                let sql = "INSERT INTO debug_files (project, sha1, blob, size, debug_id, code_id,
                           format, name, cpu, data, created, used)
                           SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11
                           FROM projects WHERE id = ?1
                           ON CONFLICT DO UPDATE SET used = ?11";
                let StoredArtifact { blob, size } = file.artifact;
                let values = params![
                    file.project.0,
                    file.sha1,
                    blob,
                    size,
                    file.debug_id,
                    file.code_id,
                    file.format,
                    file.name,
                    file.cpu,
                    file.data,
                    now.0
                ];
                execute(transaction, sql, values)?;
            }
            Ok(())
        })?;
        self.generations().advance(new.iter().map(|file| file.project));
        Ok(())
    }

    /// What is known of the file with that SHA-1; several when it holds several programs.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn debug_files_of(
        &self,
        project: ProjectId,
        sha1: [u8; 20],
    ) -> Result<Vec<DebugFile>, MetaError> {
        let sql = format!("{COLUMNS} WHERE project = ? AND sha1 = ? ORDER BY id LIMIT ?");
        let values = params![project.0, sha1, SAME_ID_MAX];
        self.read(|connection| rows(connection, &sql, values, read))
    }

    /// The debug files of a project with that debug id or that code id, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn debug_files_with(
        &self,
        project: ProjectId,
        debug_id: Option<&str>,
        code_id: Option<&str>,
    ) -> Result<Vec<DebugFile>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE project = ?1 AND ((?2 <> '' AND debug_id = ?2) OR code_id = ?3)
             ORDER BY id DESC LIMIT ?4"
        );
        let values = params![project.0, debug_id.unwrap_or(""), code_id, SAME_ID_MAX];
        self.read(|connection| rows(connection, &sql, values, read))
    }

    /// The debug files of a project, newest first. `query` is part of a name, or an id; all when empty.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn debug_files(
        &self,
        project: ProjectId,
        query: &str,
        page: Page,
    ) -> Result<Listed<DebugFile>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE project = :project AND (instr(lower(name), :query)
             OR instr(debug_id, :query) OR instr(lower(coalesce(code_id, '')), :query)
             OR instr(cpu, :query) OR instr(format, :query))
             ORDER BY id DESC LIMIT :limit OFFSET :offset"
        );
        let query = query.trim().to_lowercase();
        let parameters: [(&str, &dyn ToSql); 2] = [(":project", &project.0), (":query", &query)];
        self.read(|connection| listed(connection, &sql, page, &parameters, read))
    }

    /// A debug file of a project by its id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn debug_file(&self, project: ProjectId, id: u64) -> Result<Option<DebugFile>, MetaError> {
        let sql = format!("{COLUMNS} WHERE project = ? AND id = ?");
        self.read(|connection| row(connection, &sql, [project.0, id], read))
    }

    /// Deletes a debug file.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such file.
    pub fn delete_debug_file(&self, project: ProjectId, id: u64) -> Result<(), MetaError> {
        self.write(|transaction| {
            let sql = "DELETE FROM debug_files WHERE project = ? AND id = ?";
            execute_one(transaction, "debug file", sql, [project.0, id])
        })?;
        self.generations().advance([project]);
        Ok(())
    }

    /// Deletes those that nobody uploaded or read since then.
    pub(crate) fn forget_debug_files(
        &self,
        project: ProjectId,
        since: Micros,
    ) -> Result<usize, MetaError> {
        let forgotten = self.write(|transaction| {
            let sql = "DELETE FROM debug_files WHERE project = ? AND used < ?";
            execute(transaction, sql, [project.0, since.0])
        })?;
        self.generations().advance([project]);
        Ok(forgotten)
    }
}

fn read(row: &Row<'_>) -> Result<DebugFile, rusqlite::Error> {
    Ok(DebugFile {
        id: row.get(0)?,
        file: NewDebugFile {
            project: ProjectId(row.get(1)?),
            sha1: row.get(2)?,
            artifact: StoredArtifact { blob: row.get(3)?, size: row.get(4)? },
            debug_id: row.get(5)?,
            code_id: row.get(6)?,
            format: row.get(7)?,
            name: row.get(8)?,
            cpu: row.get(9)?,
            data: row.get(10)?,
        },
        created: Micros(row.get(11)?),
        used: Micros(row.get(12)?),
    })
}
