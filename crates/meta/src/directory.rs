//! The part of the database that every request needs, in memory: keys, projects, their settings.

use std::collections::HashMap;
use std::sync::Arc;

use model::id::{KeyId, OrganizationId, ProjectId};
use rusqlite::Connection;

use crate::database::Meta;
use crate::door::{Door, Doors, Quota, QuotaScope};
use crate::error::{MetaError, from_json};
use crate::settings::{OrganizationSettings, ProjectSettings, QuotaSetting};

/// A snapshot; replaced as a whole after a change.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    doors: Arc<Doors>,
    projects: HashMap<ProjectId, Place>,
}

#[derive(Debug)]
struct Place {
    organization: OrganizationId,
    settings: Arc<ProjectSettings>,
}

impl Meta {
    /// What ingest needs of every key, as it is now.
    pub fn doors(&self) -> Arc<Doors> {
        Arc::clone(&self.directory().doors)
    }

    /// The settings of a project, from memory.
    pub fn project_settings(&self, project: ProjectId) -> Option<Arc<ProjectSettings>> {
        self.directory().projects.get(&project).map(|place| Arc::clone(&place.settings))
    }

    /// The organisation a project is in, from memory.
    pub fn organization_of(&self, project: ProjectId) -> Option<OrganizationId> {
        self.directory().organization_of(project)
    }
}

impl Directory {
    pub(crate) fn organization_of(&self, project: ProjectId) -> Option<OrganizationId> {
        self.projects.get(&project).map(|place| place.organization)
    }

    pub(crate) fn settings(&self) -> impl Iterator<Item = (ProjectId, &ProjectSettings)> {
        self.projects.iter().map(|(project, place)| (*project, &*place.settings))
    }

    pub(crate) fn read(connection: &Connection) -> Result<Self, MetaError> {
        let quotas = organization_quotas(connection)?;
        let projects = projects(connection)?;
        let mut statement = connection
            .prepare("SELECT id, project, public, active, rate_window, rate_count FROM keys")?;
        let mut rows = statement.query([])?;
        let mut by_key = HashMap::new();
        while let Some(row) = rows.next()? {
            let (key, project) = (KeyId(row.get(0)?), ProjectId(row.get(1)?));
            let Some(place) = projects.get(&project) else { continue };
            let own =
                QuotaSetting { window: row.get(4)?, limit: row.get(5)?, ..Default::default() };
            let own = Some(own).filter(|quota| quota.window > 0 && quota.limit > 0);
            let of_key = own
                .iter()
                .enumerate()
                .map(|(place, setting)| quota(QuotaScope::Key, key.0, place, setting));
            let of_project = place
                .settings
                .quotas
                .iter()
                .enumerate()
                .map(|(place, setting)| quota(QuotaScope::Project, project.0, place, setting));
            let of_organization = quotas.get(&place.organization).into_iter().flatten().cloned();
            let door = Door {
                organization: place.organization,
                project,
                key,
                active: row.get(3)?,
                allowed_origins: place.settings.allowed_domains.clone(),
                quotas: of_key.chain(of_project).chain(of_organization).collect(),
            };
            by_key.insert(row.get(2)?, Arc::new(door));
        }
        Ok(Self { doors: Arc::new(Doors { by_key }), projects })
    }
}

fn projects(connection: &Connection) -> Result<HashMap<ProjectId, Place>, MetaError> {
    let mut statement =
        connection.prepare("SELECT id, organization, settings, revision FROM projects")?;
    let mut rows = statement.query([])?;
    let mut projects = HashMap::new();
    while let Some(row) = rows.next()? {
        let text = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
        let mut settings: ProjectSettings = from_json("project's settings", text)?;
        settings.revision = row.get(3)?;
        let organization = OrganizationId(row.get(1)?);
        projects
            .insert(ProjectId(row.get(0)?), Place { organization, settings: Arc::new(settings) });
    }
    Ok(projects)
}

fn organization_quotas(
    connection: &Connection,
) -> Result<HashMap<OrganizationId, Vec<Quota>>, MetaError> {
    let mut statement = connection.prepare("SELECT id, settings FROM organizations")?;
    let mut rows = statement.query([])?;
    let mut quotas = HashMap::new();
    while let Some(row) = rows.next()? {
        let organization = OrganizationId(row.get(0)?);
        let text = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
        let settings: OrganizationSettings = from_json("organisation's settings", text)?;
        let of_organization = settings.quotas.iter().enumerate();
        let of_organization = of_organization.map(|(place, setting)| {
            quota(QuotaScope::Organization, organization.0, place, setting)
        });
        quotas.insert(organization, of_organization.collect());
    }
    Ok(quotas)
}

fn quota(scope: QuotaScope, scope_id: u64, place: usize, setting: &QuotaSetting) -> Quota {
    let name = match scope {
        QuotaScope::Organization => "organization",
        QuotaScope::Project => "project",
        QuotaScope::Key => "key",
    };
    let reason =
        if setting.reason.is_empty() { format!("{name}_quota") } else { setting.reason.clone() };
    Quota {
        id: format!("{name}:{scope_id}:{place}"),
        scope,
        scope_id,
        categories: setting.categories(),
        window_secs: setting.window,
        limit: setting.limit,
        reason,
    }
}
