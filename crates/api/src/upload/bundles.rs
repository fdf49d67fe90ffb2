//! Bundles of scripts and source maps: put together, and given to projects and releases.

use axum::Json;
use axum::extract::{Path, State};
use meta::{BundlePlace, Meta, NewBundle, NewBundleFile};
use model::id::{OrganizationId, ProjectId};
use serde::Deserialize;
use serde_json::Value;
use symbols::bundle::{About, Bundle, Entry, Kind};
use utoipa::ToSchema;

use super::assembly::{Assembled, Job, Outcome, Target, Whole, refused};
use super::content::FileAt;
use super::{disk, enter, projects};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::state::Api;

/// Where a bundle is to belong.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct BundleTarget {
    /// The projects; none to take the one that the bundle names.
    pub(super) projects: Vec<ProjectId>,
    /// The release; empty for none.
    pub(super) release: String,
    /// The distribution, empty for none; `None` to take the one that the bundle names.
    pub(super) dist: Option<String>,
}

/// A bundle that is to be made of pieces.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AssembleBundle {
    /// SHA-1 of the whole bundle.
    pub checksum: String,
    /// SHA-1 of its pieces, in order.
    pub chunks: Vec<String>,
    /// Slugs or numbers of the projects it is for.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub projects: Vec<Value>,
    /// The release it is for.
    #[serde(default)]
    pub version: Option<String>,
    /// The distribution it is for.
    #[serde(default)]
    pub dist: Option<String>,
}

/// Makes an artifact bundle of pieces, or says which are missing. May be asked any number of times.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/artifactbundle/assemble/",
    tag = "uploads", params(("organization" = String, Path)), request_body = AssembleBundle,
    responses((status = 200, body = Assembled), (status = 400), (status = 503)))]
pub async fn assemble(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Json(body): Json<AssembleBundle>,
) -> Result<Json<Assembled>, ApiError> {
    let job = api.blocking(move |api| {
        let access = enter(&api.database, &caller, &organization)?;
        let projects = projects(&api.database, &access, &body.projects)?;
        let target = BundleTarget {
            projects: projects.iter().map(|project| project.id).collect(),
            release: body.version.unwrap_or_default(),
            dist: Some(body.dist.unwrap_or_default()),
        };
        let target = Target::Bundle(target.in_order());
        Job::new(access.organization.id, &body.checksum, &body.chunks, target)
    });
    api.assemble(job.await?).await
}

/// Makes a release's files of pieces, as sentry-cli 2 and older tools ask for it. The bundle itself says
/// which distribution it is for.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/releases/{version}/assemble/",
    tag = "uploads", params(("organization" = String, Path), ("version" = String, Path)),
    request_body = AssembleBundle,
    responses((status = 200, body = Assembled), (status = 400), (status = 503)))]
pub async fn assemble_release(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, version)): Path<(String, String)>,
    Json(body): Json<AssembleBundle>,
) -> Result<Json<Assembled>, ApiError> {
    let job = api.blocking(move |api| {
        let access = enter(&api.database, &caller, &organization)?;
        let release = api.database.release(access.organization.id, &version)?;
        let projects = if body.projects.is_empty() {
            release.map(|release| release.projects).unwrap_or_default()
        } else {
            let listed = projects(&api.database, &access, &body.projects)?;
            listed.iter().map(|project| project.id).collect()
        };
        let target = BundleTarget { projects, release: version, dist: body.dist }.in_order();
        let target = Target::Bundle(target);
        Job::new(access.organization.id, &body.checksum, &body.chunks, target)
    });
    api.assemble(job.await?).await
}

impl BundleTarget {
    /// The same target is the same value, in whatever order projects were listed.
    fn in_order(mut self) -> Self {
        self.projects.sort_unstable();
        self.projects.dedup();
        self
    }

    /// Whether the bundle is stored already; if so, it belongs here, too, from now on. Blocks.
    pub(super) fn known(&self, database: &Meta, job: &Job) -> Result<bool, ApiError> {
        let Some(dist) = &self.dist else { return Ok(false) };
        if self.projects.is_empty() {
            return Ok(false);
        }
        let places = self.places(&self.projects, dist);
        let is_known = database.place_bundle(job.organization, job.sha1, &places)?;
        if is_known && !self.release.is_empty() {
            database.create_release(job.organization, &self.release, &self.projects)?;
        }
        Ok(is_known)
    }

    /// Looks a bundle through and stores it, or says what is wrong with it. Blocks.
    pub(super) fn assemble(
        &self,
        api: &Api,
        job: &Job,
        whole: Whole,
        store: impl FnOnce(&Api) -> Result<(), ApiError>,
    ) -> Result<Outcome, ApiError> {
        let bundle = match Bundle::open(FileAt::new(whole.file).map_err(disk)?) {
            Ok(bundle) => bundle,
            Err(problem) => return Ok(Outcome::Broken(crate::error::causes(&problem))),
        };
        let projects = self.projects_of(&api.database, job.organization, &bundle.about)?;
        if projects.is_empty() {
            return Ok(Outcome::Broken("The bundle names no project of this organization".into()));
        }
        if !self.release.is_empty()
            && let Err(problem) =
                api.database.create_release(job.organization, &self.release, &projects)
        {
            return refused(problem);
        }
        store(api)?;
        let dist = self.dist.clone().or(bundle.about.dist).unwrap_or_default();
        let named = bundle.about.debug_id.map(|id| id.to_string());
        api.database.add_bundle(&NewBundle {
            organization: job.organization,
            sha1: job.sha1,
            artifact: whole.artifact,
            name: named.unwrap_or_else(|| name(&job.sha1)),
            files: bundle.entries.iter().map(new_file).collect(),
            places: self.places(&projects, &dist),
        })?;
        Ok(Outcome::Done)
    }

    fn projects_of(
        &self,
        database: &Meta,
        organization: OrganizationId,
        about: &About,
    ) -> Result<Vec<ProjectId>, ApiError> {
        if !self.projects.is_empty() {
            return Ok(self.projects.clone());
        }
        let Some(slug) = &about.project else { return Ok(Vec::new()) };
        let project = database.project_by_slug(organization, slug)?;
        Ok(project.iter().map(|project| project.id).collect())
    }

    fn places(&self, projects: &[ProjectId], dist: &str) -> Vec<BundlePlace> {
        let place = |project: &ProjectId| BundlePlace {
            project: *project,
            release: self.release.clone(),
            dist: dist.to_owned(),
        };
        projects.iter().map(place).collect()
    }
}

/// What stands for the name of a bundle without one: its checksum, as a UUID of the form for such.
///
/// Source: RFC 9562, section 5.8.
fn name(sha1: &[u8; 20]) -> String {
    let mut bytes = sha1.iter().take(16).fold(0, |sum, byte| sum << 8 | u128::from(*byte));
    bytes = bytes & !(0xf << 76) | 0x8 << 76;
    bytes = bytes & !(0x3 << 62) | 0x2 << 62;
    symbols::DebugId::new(bytes, 0).to_string()
}

fn new_file(entry: &Entry) -> NewBundleFile {
    NewBundleFile {
        path: entry.path.clone(),
        url: entry.url.clone(),
        kind: entry.kind.map_or("", Kind::as_str).to_owned(),
        debug_id: entry.debug_id.map(|id| id.to_string()),
        source_map: entry.source_map.clone(),
        size: entry.place.bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundles_without_a_name_are_named_by_their_checksum() {
        assert_eq!(name(&[0xff; 20]), "ffffffff-ffff-8fff-bfff-ffffffffffff");
        assert_eq!(name(&[0; 20]), "00000000-0000-8000-8000-000000000000");
    }
}
