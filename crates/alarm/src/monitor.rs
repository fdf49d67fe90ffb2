//! Monitors of cron jobs: what people and code say about them, and how they are in each environment.

use model::clock::Micros;
use model::id::{EventId, KeyId, OrganizationId, ProjectId};
use rusqlite::{Connection, Row, params};
use schedule::{Config, State, Status};
use serde_json::Value;

use crate::database::Alarms;
use crate::digest::digest;
use crate::error::AlarmError;
use crate::rows::{execute, execute_one, insert, json, row, rows, written};
use crate::state;

/// Monitors of one organisation. Source: Sentry, `MAX_MONITORS`.
pub const MONITORS_MAX: u64 = 10_000;
/// Environments of one monitor. Source: Sentry, `MAX_ENVIRONMENTS_PER_MONITOR`.
pub const ENVIRONMENTS_MAX: u64 = 100;
const COLUMNS: &str =
    "monitors.id, guid, organization, project, slug, monitors.name, config, enabled,
    monitors.muted, owner, upserting, monitors.created, origin";

/// What people say about a monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonitorChange {
    /// In addresses; one of a project has it.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// When it is due, and when something is wrong.
    pub config: Config,
    /// Whether check-ins are taken.
    pub is_enabled: bool,
    /// Whether failures make no issue.
    pub is_muted: bool,
    /// Such as `team:7`.
    pub owner: Option<String>,
}

/// A monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Monitor {
    /// Which; never used again.
    pub id: u64,
    /// Which, as the API says it.
    pub guid: EventId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Whose it is.
    pub project: ProjectId,
    /// What it is.
    pub says: MonitorChange,
    /// Whether code says what it is, with each check-in.
    pub is_upserting: bool,
    /// When it was made.
    pub created: Micros,
    /// The file that asks for it; empty when there is none.
    pub origin: String,
}

/// A monitor in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonitorEnvironment {
    /// Which.
    pub id: u64,
    /// Of which monitor.
    pub monitor: u64,
    /// Its name.
    pub name: String,
    /// Whether failures make no issue.
    pub is_muted: bool,
    /// When the first check-in came.
    pub created: Micros,
    /// How it is.
    pub state: State,
    /// The newest event of the open incident; `None` when there is none, or it was muted.
    pub incident_event: Option<EventId>,
    pub(crate) minute: u64,
    pub(crate) count: u64,
    pub(crate) key: KeyId,
}

/// Which monitors.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MonitorQuery {
    /// Of these projects only; empty for all.
    pub projects: Vec<ProjectId>,
    /// That ran in one of these environments only; empty for all.
    pub environments: Vec<String>,
    /// Whose name or slug contains this, whatever the case; empty for all.
    pub text: String,
    /// Rows to skip, and rows to answer.
    pub page: (usize, usize),
}

impl Alarms {
    /// Makes a monitor.
    ///
    /// # Errors
    /// [`AlarmError::Taken`], [`AlarmError::TooMany`].
    pub fn create_monitor(
        &self,
        organization: OrganizationId,
        project: ProjectId,
        says: &MonitorChange,
        now: Micros,
    ) -> Result<Monitor, AlarmError> {
        self.write(|transaction| {
            if by_slug(transaction, project, &says.slug)?.is_some() {
                return Err(AlarmError::Taken { what: "monitor" });
            }
            create(transaction, (organization, project), says, (false, now))
        })
    }

    /// Changes a monitor. From then on code does not change it any more, unless it says otherwise.
    ///
    /// # Errors
    /// [`AlarmError::Missing`], [`AlarmError::Taken`].
    pub fn change_monitor(
        &self,
        monitor: u64,
        says: &MonitorChange,
        now: Micros,
    ) -> Result<Monitor, AlarmError> {
        self.write(|transaction| {
            let before = by_id(transaction, monitor)?.ok_or(AlarmError::Missing("monitor"))?;
            let holder = by_slug(transaction, before.project, &says.slug)?;
            if holder.is_some_and(|holder| holder.id != monitor) {
                return Err(AlarmError::Taken { what: "monitor" });
            }
            update(transaction, before, says, now)
        })
    }

    /// Forgets a monitor with all its check-ins, or only some of its environments. What its incidents
    /// opened stays open: nobody knows whether it is well.
    ///
    /// # Errors
    /// [`AlarmError::Missing`].
    pub fn delete_monitor(&self, monitor: u64, environments: &[String]) -> Result<(), AlarmError> {
        self.write(|transaction| {
            if environments.is_empty() {
                let sql = "DELETE FROM monitors WHERE id = ?";
                return execute_one(transaction, "monitor", sql, [monitor]);
            }
            for name in environments {
                let sql = "DELETE FROM monitor_environments WHERE monitor = ? AND name = ?";
                execute_one(transaction, "environment", sql, params![monitor, name])?;
            }
            Ok(())
        })
    }

    /// Mutes a monitor in one environment, or lets it be heard again.
    ///
    /// # Errors
    /// [`AlarmError::Missing`].
    pub fn mute_monitor(
        &self,
        monitor: u64,
        environment: &str,
        is_muted: bool,
    ) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let sql = "UPDATE monitor_environments SET muted = ? WHERE monitor = ? AND name = ?";
            let values = params![is_muted, monitor, environment];
            execute_one(transaction, "environment", sql, values)
        })
    }

    /// The monitor of that slug or GUID, in that project or the first of the organisation's.
    ///
    /// # Errors
    /// [`AlarmError::Missing`].
    pub fn monitor(
        &self,
        organization: OrganizationId,
        project: Option<ProjectId>,
        name: &str,
    ) -> Result<Monitor, AlarmError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM monitors WHERE organization = ?1
                 AND (?2 IS NULL OR project = ?2) AND (slug = ?3 OR guid = ?4)
                 ORDER BY slug = ?3 DESC, id LIMIT 1"
            );
            let guid = EventId::parse(name).map_or([0; 16], |guid| guid.0);
            let values = params![organization.0, project.map(|project| project.0), name, guid];
            row(connection, &sql, values, read)?.ok_or(AlarmError::Missing("monitor"))
        })
    }

    /// The projects of an organisation that have a monitor of that slug, oldest monitor first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn projects_of_slug(
        &self,
        organization: OrganizationId,
        slug: &str,
    ) -> Result<Vec<ProjectId>, AlarmError> {
        self.read(|connection| {
            let sql =
                "SELECT project FROM monitors WHERE organization = ? AND slug = ? ORDER BY id";
            rows(connection, sql, params![organization.0, slug], |row| row.get(0).map(ProjectId))
        })
    }

    /// Monitors by name, those with an open incident first, and whether more follow.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn monitors(
        &self,
        organization: OrganizationId,
        query: &MonitorQuery,
    ) -> Result<(Vec<Monitor>, bool), AlarmError> {
        let projects: Vec<u64> = query.projects.iter().map(|project| project.0).collect();
        let (offset, limit) = query.page;
        let mut found = self.read(|connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM monitors WHERE organization = ?1
                 AND (?2 = '[]' OR project IN (SELECT value FROM json_each(?2)))
                 AND (?3 = '[]' OR EXISTS (SELECT 1 FROM monitor_environments AS e
                     WHERE e.monitor = monitors.id AND e.name IN (SELECT value FROM json_each(?3))))
                 AND (instr(lower(monitors.name), ?4) > 0 OR instr(slug, ?4) > 0)
                 ORDER BY enabled DESC, EXISTS (SELECT 1 FROM monitor_environments AS e
                     WHERE e.monitor = monitors.id AND e.opened IS NOT NULL) DESC,
                 lower(monitors.name), id LIMIT ?5 OFFSET ?6"
            );
            let values = params![
                organization.0,
                written(&projects)?,
                written(&query.environments)?,
                query.text.to_lowercase(),
                limit.saturating_add(1),
                offset
            ];
            rows(connection, &sql, values, read)
        })?;
        let more = found.len() > limit;
        found.truncate(limit);
        Ok((found, more))
    }

    /// The environments of these monitors, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn monitor_environments(
        &self,
        monitors: &[u64],
    ) -> Result<Vec<MonitorEnvironment>, AlarmError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT {} FROM monitor_environments
                 WHERE monitor IN (SELECT value FROM json_each(?)) ORDER BY name",
                state::COLUMNS
            );
            rows(connection, &sql, [written(&monitors)?], state::read)
        })
    }

    /// Projects that have monitors.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn monitored_projects(&self) -> Result<Vec<ProjectId>, AlarmError> {
        self.read(|connection| {
            rows(connection, "SELECT DISTINCT project FROM monitors", [], |row| {
                row.get(0).map(ProjectId)
            })
        })
    }

    /// Forgets all monitors of a project that is gone.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn forget_monitors_of(&self, project: ProjectId) -> Result<(), AlarmError> {
        self.write(|transaction| {
            execute(transaction, "DELETE FROM monitors WHERE project = ?", [project.0])?;
            let sql = "DELETE FROM check_in_problems WHERE project = ?";
            execute(transaction, sql, [project.0]).map(drop)
        })
    }
}

/// Makes a monitor whose slug is free.
pub(crate) fn create(
    connection: &Connection,
    (organization, project): (OrganizationId, ProjectId),
    says: &MonitorChange,
    (is_upserting, now): (bool, Micros),
) -> Result<Monitor, AlarmError> {
    let sql = "SELECT count(*) FROM monitors WHERE organization = ?";
    let count: u64 = row(connection, sql, [organization.0], |row| row.get(0))?.unwrap_or(0);
    if count >= MONITORS_MAX {
        return Err(AlarmError::TooMany { what: "monitors", max: MONITORS_MAX });
    }
    let guid =
        digest(&[b"monitor", &project.0.to_le_bytes(), says.slug.as_bytes(), &now.0.to_le_bytes()]);
    let sql =
        "INSERT INTO monitors (guid, organization, project, slug, name, config, enabled, muted,
               owner, upserting, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let values = params![
        guid.0,
        organization.0,
        project.0,
        says.slug,
        says.name,
        written(&says.config.to_json())?,
        says.is_enabled,
        says.is_muted,
        says.owner,
        is_upserting,
        now.0
    ];
    let id = insert(connection, sql, values)?;
    Ok(Monitor {
        id,
        guid,
        organization,
        project,
        says: says.clone(),
        is_upserting,
        created: now,
        origin: String::new(),
    })
}

/// Makes a monitor say something else. The slug is free, or its own.
pub(crate) fn update(
    connection: &Connection,
    before: Monitor,
    says: &MonitorChange,
    now: Micros,
) -> Result<Monitor, AlarmError> {
    let is_upserting = before.is_upserting && before.says.config == says.config;
    let sql = "UPDATE monitors SET slug = ?, name = ?, config = ?, enabled = ?, muted = ?,
               owner = ?, upserting = ? WHERE id = ?";
    let values = params![
        says.slug,
        says.name,
        written(&says.config.to_json())?,
        says.is_enabled,
        says.is_muted,
        says.owner,
        is_upserting,
        before.id
    ];
    execute_one(connection, "monitor", sql, values)?;
    let is_due_otherwise =
        before.says.config != says.config || before.says.is_enabled != says.is_enabled;
    if is_due_otherwise {
        reconfigure(connection, before.id, says, now)?;
    }
    Ok(Monitor { says: says.clone(), is_upserting, ..before })
}

/// The configuration is a new one, or the monitor was turned on or off.
pub(crate) fn reconfigure(
    connection: &Connection,
    monitor: u64,
    says: &MonitorChange,
    now: Micros,
) -> Result<(), AlarmError> {
    for mut environment in environments(connection, monitor)? {
        if says.is_enabled {
            environment.state.reconfigure(&says.config, now);
        } else {
            (environment.state.next_expected, environment.state.next_latest) = (None, None);
        }
        state::write(connection, &environment)?;
    }
    Ok(())
}

/// Code says otherwise than the monitor is.
pub(crate) fn configure(
    connection: &Connection,
    monitor: &mut Monitor,
    config: Config,
    now: Micros,
) -> Result<(), AlarmError> {
    let sql = "UPDATE monitors SET config = ?, upserting = 1 WHERE id = ?";
    execute(connection, sql, params![written(&config.to_json())?, monitor.id])?;
    monitor.says.config = config;
    monitor.is_upserting = true;
    reconfigure(connection, monitor.id, &monitor.says, now)
}

pub(crate) fn by_slug(
    connection: &Connection,
    project: ProjectId,
    slug: &str,
) -> Result<Option<Monitor>, AlarmError> {
    let sql = format!("SELECT {COLUMNS} FROM monitors WHERE project = ? AND slug = ?");
    row(connection, &sql, params![project.0, slug], read)
}

/// Those that a file asked for.
pub(crate) fn of_origin(connection: &Connection, origin: &str) -> Result<Vec<Monitor>, AlarmError> {
    rows(connection, &format!("SELECT {COLUMNS} FROM monitors WHERE origin = ?"), [origin], read)
}

pub(crate) fn by_id(connection: &Connection, id: u64) -> Result<Option<Monitor>, AlarmError> {
    row(connection, &format!("SELECT {COLUMNS} FROM monitors WHERE id = ?"), [id], read)
}

fn environments(
    connection: &Connection,
    monitor: u64,
) -> Result<Vec<MonitorEnvironment>, AlarmError> {
    let sql = format!("SELECT {} FROM monitor_environments WHERE monitor = ?", state::COLUMNS);
    rows(connection, &sql, [monitor], state::read)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Monitor> {
    let config: Value = json(row, 6)?;
    let config = Config::from_json(&config).map_err(|cause| {
        rusqlite::Error::FromSqlConversionFailure(6, rusqlite::types::Type::Text, Box::new(cause))
    })?;
    Ok(Monitor {
        id: row.get(0)?,
        guid: EventId(row.get(1)?),
        organization: OrganizationId(row.get(2)?),
        project: ProjectId(row.get(3)?),
        says: MonitorChange {
            slug: row.get(4)?,
            name: row.get(5)?,
            config,
            is_enabled: row.get(7)?,
            is_muted: row.get(8)?,
            owner: row.get(9)?,
        },
        is_upserting: row.get(10)?,
        created: Micros(row.get(11)?),
        origin: row.get(12)?,
    })
}

impl MonitorEnvironment {
    /// What Sentry calls the state: `active` before the first check-in.
    pub fn status_name(&self, is_enabled: bool) -> &'static str {
        match self.state.last.map(|(status, _)| status) {
            _ if !is_enabled => "disabled",
            None => "active",
            Some(Status::Missed) => "missed_checkin",
            Some(Status::TimedOut) => "timeout",
            Some(Status::Error) => "error",
            Some(Status::InProgress | Status::Unknown) if self.state.incident.is_some() => "error",
            Some(Status::Ok | Status::InProgress | Status::Unknown) => "ok",
        }
    }
}
