//! Monitors and uptime checks that come from files.

use std::collections::{BTreeMap, BTreeSet};

use model::clock::Micros;
use model::id::{OrganizationId, ProjectId};

use crate::database::Alarms;
use crate::error::AlarmError;
use crate::monitor::{self, Monitor, MonitorChange};
use crate::rows::execute;
use crate::uptime::{self, Uptime, UptimeChange};

/// Something that a file asks for in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted<T> {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Whose it is.
    pub project: ProjectId,
    /// What it is to be.
    pub says: T,
}

impl Alarms {
    /// Makes the monitors that come from this file be these; those that are not there any more go with
    /// their check-ins. A monitor is known by project and slug, and one that people or code made becomes the
    /// file's. Answers a line for each change.
    ///
    /// # Errors
    /// [`AlarmError::Taken`] when a slug is there twice or is another file's, [`AlarmError::TooMany`];
    /// nothing is changed then.
    pub fn provision_monitors(
        &self,
        origin: &str,
        wanted: &[Wanted<MonitorChange>],
        now: Micros,
    ) -> Result<Vec<String>, AlarmError> {
        self.write(|transaction| {
            let mut gone: BTreeMap<(u64, String), Monitor> = BTreeMap::new();
            for known in monitor::of_origin(transaction, origin)? {
                gone.insert((known.project.0, known.says.slug.clone()), known);
            }
            let mut named = BTreeSet::new();
            let mut changes = Vec::new();
            for asked in wanted {
                let slug = &asked.says.slug;
                let key = (asked.project.0, slug.clone());
                gone.remove(&key);
                if !named.insert(key) {
                    return Err(AlarmError::Taken { what: "monitor" });
                }
                let (id, verb) = match monitor::by_slug(transaction, asked.project, slug)? {
                    None => {
                        let place = (asked.organization, asked.project);
                        let made = monitor::create(transaction, place, &asked.says, (false, now))?;
                        (made.id, "created")
                    }
                    Some(known) if known.origin == origin && known.says == asked.says => continue,
                    Some(known) if known.origin.is_empty() || known.origin == origin => {
                        let id = known.id;
                        monitor::update(transaction, known, &asked.says, now)?;
                        (id, "changed")
                    }
                    Some(_) => return Err(AlarmError::Taken { what: "monitor" }),
                };
                let sql = "UPDATE monitors SET origin = ?, upserting = 0 WHERE id = ?";
                execute(transaction, sql, rusqlite::params![origin, id])?;
                changes.push(format!("monitor {slug}: {verb}"));
            }
            for known in gone.into_values() {
                execute(transaction, "DELETE FROM monitors WHERE id = ?", [known.id])?;
                changes.push(format!("monitor {}: deleted", known.says.slug));
            }
            Ok(changes)
        })
    }

    /// Makes the uptime checks that come from this file be these; those that are not there any more go with
    /// what they saw. A check is known by project and name. `is_same` tells whether what a check says (first)
    /// is what is asked for: sealed headers differ though they hold the same. Answers a line for each change.
    ///
    /// # Errors
    /// [`AlarmError::Taken`] when two of the same project have one name, [`AlarmError::TooMany`]; nothing is
    /// changed then.
    pub fn provision_uptimes(
        &self,
        origin: &str,
        wanted: &[Wanted<UptimeChange>],
        is_same: impl Fn(&Uptime, &UptimeChange) -> bool,
        now: Micros,
    ) -> Result<Vec<String>, AlarmError> {
        self.write(|transaction| {
            let mut known: BTreeMap<(u64, String), Uptime> = BTreeMap::new();
            for check in uptime::of_origin(transaction, origin)? {
                known.insert((check.project.0, check.says.name.clone()), check);
            }
            let mut named = BTreeSet::new();
            let mut changes = Vec::new();
            for asked in wanted {
                let name = &asked.says.name;
                let key = (asked.project.0, name.clone());
                if !named.insert(key.clone()) {
                    return Err(AlarmError::Taken { what: "uptime check" });
                }
                let verb = match known.remove(&key) {
                    None => {
                        let place = (asked.organization, asked.project);
                        let made = uptime::create(transaction, place, &asked.says, now)?;
                        let sql = "UPDATE uptime SET origin = ? WHERE id = ?";
                        execute(transaction, sql, rusqlite::params![origin, made.id])?;
                        "created"
                    }
                    Some(check) if is_same(&check, &asked.says) => continue,
                    Some(check) => {
                        uptime::update(transaction, check.id, &asked.says, now)?;
                        "changed"
                    }
                };
                changes.push(format!("uptime check {name}: {verb}"));
            }
            for check in known.into_values() {
                execute(transaction, "DELETE FROM uptime WHERE id = ?", [check.id])?;
                changes.push(format!("uptime check {}: deleted", check.says.name));
            }
            Ok(changes)
        })
    }
}
