//! Artifact bundles: which files build tools uploaded together, and for which projects and releases.
//!
//! A bundle is stored once for an organisation, however many projects and releases it is for: these are
//! its places. A project's place goes with the project's retention, a bundle with its last place.

use model::clock::Micros;
use model::id::{OrganizationId, ProjectId};
use rusqlite::{Connection, Row, ToSql, params};

use crate::artifact::{StoredArtifact, check_claim};
use crate::clock_time::{MINUTE, before};
use crate::database::Meta;
use crate::error::{MetaError, from_json};
use crate::page::{Listed, Page, execute, listed, row};

/// Bundles deleted in one step: each may have 50,000 files.
const STEP_BUNDLES: usize = 20;
/// How stale the moment of the last upload may be: clients ask twice about each.
const UPLOADED_MICROS: u64 = MINUTE;

/// Where a bundle belongs. Empty texts stand for no release and no distribution.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundlePlace {
    /// For the events of this project.
    pub project: ProjectId,
    /// Of this release.
    pub release: String,
    /// Of this distribution of it.
    pub dist: String,
}

/// A bundle as it is uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBundle {
    /// Whose it is.
    pub organization: OrganizationId,
    /// SHA-1 of the whole file, which clients know it by.
    pub sha1: [u8; 20],
    /// Its bytes, claimed and placed.
    pub artifact: StoredArtifact,
    /// Its own debug id, or what stands for it.
    pub name: String,
    /// What is in it.
    pub files: Vec<NewBundleFile>,
    /// Where it belongs.
    pub places: Vec<BundlePlace>,
}

/// A file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBundleFile {
    /// Its name in the zip.
    pub path: String,
    /// Where browsers find it.
    pub url: Option<String>,
    /// `source`, `minified_source`, `source_map`, …; empty when nobody looks for it.
    pub kind: String,
    /// Its debug id in canonical form.
    pub debug_id: Option<String>,
    /// The reference to its map.
    pub source_map: Option<String>,
    /// Its bytes, inflated.
    pub size: u64,
}

/// A bundle as a project sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// Its id.
    pub id: u64,
    /// Its own debug id, or what stands for it.
    pub name: String,
    /// SHA-1 of the whole file.
    pub sha1: [u8; 20],
    /// Its bytes.
    pub artifact: StoredArtifact,
    /// How many files are in it.
    pub files: u64,
    /// When it was uploaded first.
    pub created: Micros,
    /// When it was uploaded last.
    pub uploaded: Micros,
    /// When it last made a stack readable.
    pub used: Micros,
    /// The releases and distributions it is for.
    pub uploaded_to: Vec<UploadedTo>,
}

/// A release and distribution.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct UploadedTo {
    /// Empty for none.
    pub release: String,
    /// Empty for none.
    pub dist: String,
}

/// A file of a bundle as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleFile {
    /// Its id.
    pub id: u64,
    /// What it is.
    pub file: NewBundleFile,
}

const COLUMNS: &str = "SELECT id, name, sha1, blob, size, files, created, max(uploaded), max(used),
    json_group_array(json_object('release', release, 'dist', dist))
    FROM bundle_places JOIN bundles ON id = bundle";

impl Meta {
    /// Stores a bundle, its files and its places, as a whole or not at all. One that is known gets the
    /// places.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when the claim on its bytes has ended.
    pub fn add_bundle(&self, new: &NewBundle) -> Result<u64, MetaError> {
        let now = self.now();
        let added = self.write(|transaction| {
            let bundle = match known(transaction, new.organization, new.sha1)? {
                Some(bundle) => bundle,
                None => insert(transaction, new, now)?,
            };
            place(transaction, new.organization, bundle, &new.places, now)?;
            Ok(bundle)
        })?;
        self.generations().advance(new.places.iter().map(|place| place.project));
        Ok(added)
    }

    /// Gives a bundle that is known these places; false when it is not known.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn place_bundle(
        &self,
        organization: OrganizationId,
        sha1: [u8; 20],
        places: &[BundlePlace],
    ) -> Result<bool, MetaError> {
        if self.read(|connection| known(connection, organization, sha1))?.is_none() {
            return Ok(false);
        }
        let now = self.now();
        let placed = self.write(|transaction| {
            let Some(bundle) = known(transaction, organization, sha1)? else { return Ok(false) };
            place(transaction, organization, bundle, places, now)?;
            Ok(true)
        })?;
        self.generations().advance(places.iter().map(|place| place.project));
        Ok(placed)
    }

    /// The bundles of a project, newest first. `query` is part of a release, of a bundle's name or of a
    /// file's URL, or a file's debug id; all when empty.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn bundles(
        &self,
        project: ProjectId,
        query: &str,
        page: Page,
    ) -> Result<Listed<Bundle>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE project = :project AND (:query = '' OR bundle IN
                (SELECT bundle FROM bundle_places WHERE project = :project
                    AND instr(lower(release), :query))
                OR name = :query
                OR EXISTS (SELECT 1 FROM bundle_files WHERE bundle_files.debug_id = :query
                    AND bundle_files.bundle = bundle_places.bundle)
                OR EXISTS (SELECT 1 FROM bundle_files WHERE bundle_files.bundle = bundle_places.bundle
                    AND instr(lower(bundle_files.url), :query)))
             GROUP BY id ORDER BY max(uploaded) DESC, id DESC LIMIT :limit OFFSET :offset"
        );
        let query = query.trim().to_lowercase();
        let parameters: [(&str, &dyn ToSql); 2] = [(":project", &project.0), (":query", &query)];
        let found = self.read(|connection| listed(connection, &sql, page, &parameters, read))?;
        let rows = found.rows.into_iter().map(finish).collect::<Result<_, _>>()?;
        Ok(Listed { rows, more: found.more })
    }

    /// A bundle of a project by its id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn bundle(&self, project: ProjectId, id: u64) -> Result<Option<Bundle>, MetaError> {
        let sql = format!("{COLUMNS} WHERE project = ? AND bundle = ? GROUP BY id");
        let found = self.read(|connection| row(connection, &sql, [project.0, id], read))?;
        found.map(finish).transpose()
    }

    /// The newest bundle of a project with that name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn bundle_named(
        &self,
        project: ProjectId,
        name: &str,
    ) -> Result<Option<Bundle>, MetaError> {
        let sql = format!("{COLUMNS} WHERE project = ? AND name = ? GROUP BY id ORDER BY id DESC");
        let found =
            self.read(|connection| row(connection, &sql, params![project.0, name], read))?;
        found.map(finish).transpose()
    }

    /// The files of a bundle whose path, URL or debug id has `contains` in it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn bundle_files(
        &self,
        bundle: u64,
        contains: &str,
        page: Page,
    ) -> Result<Listed<BundleFile>, MetaError> {
        let sql = "SELECT id, path, url, kind, debug_id, source_map, size FROM bundle_files
                   WHERE bundle = :bundle AND (instr(lower(path), :contains)
                   OR instr(lower(coalesce(url, '')), :contains) OR debug_id = :contains)
                   ORDER BY id LIMIT :limit OFFSET :offset";
        let contains = contains.to_lowercase();
        let parameters: [(&str, &dyn ToSql); 2] = [(":bundle", &bundle), (":contains", &contains)];
        self.read(|connection| {
            listed(connection, sql, page, &parameters, |row| {
                Ok(BundleFile { id: row.get(0)?, file: read_file(row, 1)? })
            })
        })
    }

    /// A file of a bundle by its id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn bundle_file(&self, bundle: u64, id: u64) -> Result<Option<BundleFile>, MetaError> {
        let sql = "SELECT id, path, url, kind, debug_id, source_map, size FROM bundle_files
                   WHERE bundle = ? AND id = ?";
        self.read(|connection| {
            row(connection, sql, [bundle, id], |row| {
                Ok(BundleFile { id: row.get(0)?, file: read_file(row, 1)? })
            })
        })
    }

    /// Takes a bundle away from a project. True when it was there.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn remove_bundle(&self, project: ProjectId, bundle: u64) -> Result<bool, MetaError> {
        let removed = self.write(|transaction| {
            let sql = "DELETE FROM bundle_places WHERE project = ? AND bundle = ?";
            let removed = execute(transaction, sql, [project.0, bundle])?;
            let sql = "DELETE FROM bundles WHERE id = ?1
                       AND NOT EXISTS (SELECT 1 FROM bundle_places WHERE bundle = ?1)";
            execute(transaction, sql, [bundle])?;
            Ok(removed > 0)
        })?;
        self.generations().advance([project]);
        Ok(removed)
    }

    /// Deletes a project's places that nobody uploaded to or read from since then, then the bundles
    /// without a place. Answers how many bundles.
    pub(crate) fn forget_bundles(
        &self,
        project: ProjectId,
        since: Micros,
    ) -> Result<usize, MetaError> {
        self.write(|transaction| {
            let sql = "DELETE FROM bundle_places WHERE project = ? AND max(uploaded, used) < ?";
            execute(transaction, sql, [project.0, since.0])
        })?;
        self.generations().advance([project]);
        let mut forgotten = 0;
        loop {
            // Its files go with it.
            let sql = "DELETE FROM bundles WHERE id IN (SELECT id FROM bundles WHERE NOT EXISTS
                       (SELECT 1 FROM bundle_places WHERE bundle = bundles.id) LIMIT ?)";
            let count = self.write(|transaction| execute(transaction, sql, [STEP_BUNDLES]))?;
            forgotten += count;
            if count < STEP_BUNDLES {
                return Ok(forgotten);
            }
        }
    }
}

fn known(
    connection: &Connection,
    organization: OrganizationId,
    sha1: [u8; 20],
) -> Result<Option<u64>, MetaError> {
    let sql = "SELECT id FROM bundles WHERE organization = ? AND sha1 = ?";
    row(connection, sql, params![organization.0, sha1], |row| row.get(0))
}

fn insert(connection: &Connection, new: &NewBundle, now: Micros) -> Result<u64, MetaError> {
    check_claim(connection, new.artifact.blob)?;
    let sql = "INSERT INTO bundles (organization, sha1, blob, size, name, files, created)
               VALUES (?, ?, ?, ?, ?, ?, ?)";
    let StoredArtifact { blob, size } = new.artifact;
    let (organization, files) = (new.organization.0, new.files.len());
    let values = params![organization, new.sha1, blob, size, new.name, files, now.0];
    execute(connection, sql, values)?;
    let bundle = connection.last_insert_rowid().unsigned_abs();
    let sql = "INSERT INTO bundle_files (bundle, path, url, kind, debug_id, source_map, size)
               VALUES (?, ?, ?, ?, ?, ?, ?)";
    for file in &new.files {
        let NewBundleFile { path, url, kind, debug_id, source_map, size } = file;
        execute(connection, sql, params![bundle, path, url, kind, debug_id, source_map, size])?;
    }
    Ok(bundle)
}

/// Places of other organisations' projects are left out.
fn place(
    connection: &Connection,
    organization: OrganizationId,
    bundle: u64,
    places: &[BundlePlace],
    now: Micros,
) -> Result<(), MetaError> {
    let sql = "INSERT INTO bundle_places (project, release, dist, bundle, uploaded, used)
               SELECT id, ?2, ?3, ?4, ?5, 0 FROM projects WHERE id = ?1 AND organization = ?6
               ON CONFLICT DO UPDATE SET uploaded = ?5 WHERE uploaded < ?7";
    let stale = before(now, UPLOADED_MICROS);
    for BundlePlace { project, release, dist } in places {
        let values = params![project.0, release, dist, bundle, now.0, organization.0, stale.0];
        execute(connection, sql, values)?;
    }
    Ok(())
}

pub(crate) fn read_file(row: &Row<'_>, first: usize) -> Result<NewBundleFile, rusqlite::Error> {
    Ok(NewBundleFile {
        path: row.get(first)?,
        url: row.get(first + 1)?,
        kind: row.get(first + 2)?,
        debug_id: row.get(first + 3)?,
        source_map: row.get(first + 4)?,
        size: row.get(first + 5)?,
    })
}

/// A bundle and its places, which are JSON still.
fn read(row: &Row<'_>) -> Result<(Bundle, String), rusqlite::Error> {
    let bundle = Bundle {
        id: row.get(0)?,
        name: row.get(1)?,
        sha1: row.get(2)?,
        artifact: StoredArtifact { blob: row.get(3)?, size: row.get(4)? },
        files: row.get(5)?,
        created: Micros(row.get(6)?),
        uploaded: Micros(row.get(7)?),
        used: Micros(row.get(8)?),
        uploaded_to: Vec::new(),
    };
    Ok((bundle, row.get(9)?))
}

fn finish((bundle, places): (Bundle, String)) -> Result<Bundle, MetaError> {
    Ok(Bundle { uploaded_to: from_json("bundle's places", &places)?, ..bundle })
}
