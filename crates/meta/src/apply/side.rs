//! What a batch changes beside issues: releases, environments, attachments, reports, accounts.

use std::collections::{HashMap, HashSet};

use model::clock::Micros;
use model::id::ProjectId;
use model::outcome::{Fate, Outcomes};
use rusqlite::params;

use super::{ReleaseIds, Step};
use crate::batch::{EventFacts, NewAttachment, NewUserReport, Placement};
use crate::clock_time::{HOUR, hour_of};
use crate::error::MetaError;
use crate::outcome_sums;
use crate::page::execute;
use crate::{key, release};

/// Environments of one project. More are not remembered; their events are as any other.
const ENVIRONMENTS_PER_PROJECT_MAX: u64 = 1_000;
/// Environments of one release in one project that are remembered.
const ENVIRONMENTS_PER_RELEASE_MAX: u64 = 100;

/// Events of one release in one project.
struct ReleaseSum {
    events: u64,
    first: Micros,
    last: Micros,
}

/// That something of a release ran in an environment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sighting<'a> {
    pub(super) project: ProjectId,
    pub(super) release: &'a str,
    pub(super) environment: &'a str,
    pub(super) first: Micros,
    pub(super) last: Micros,
    /// Error events it brought.
    pub(super) events: u64,
}

impl<'a> Sighting<'a> {
    pub(super) fn of_event(event: &'a EventFacts) -> Self {
        Self {
            project: event.project,
            release: &event.release,
            environment: &event.environment,
            first: event.timestamp,
            last: event.timestamp,
            events: 1,
        }
    }
}

impl Step<'_> {
    /// Counts the events per release and notes where it ran; makes releases that are new.
    pub(super) fn releases<'s>(
        &mut self,
        sightings: impl Iterator<Item = Sighting<'s>>,
    ) -> Result<ReleaseIds<'s>, MetaError> {
        let mut sums: HashMap<(ProjectId, &str), ReleaseSum> = HashMap::new();
        let sightings: Vec<_> = sightings.filter(|seen| !seen.release.is_empty()).collect();
        for seen in &sightings {
            let empty = ReleaseSum { events: 0, first: seen.first, last: seen.last };
            let sum = sums.entry((seen.project, seen.release)).or_insert(empty);
            sum.events += seen.events;
            sum.first = sum.first.min(seen.first);
            sum.last = sum.last.max(seen.last);
        }
        let mut ids = HashMap::with_capacity(sums.len());
        for ((project, version), sum) in sums {
            let Some(organization) = self.directory.organization_of(project) else { continue };
            let key = (organization, version.to_owned());
            let id = match self.caches.releases.get(&key) {
                Some(id) => id,
                None => {
                    release::find_or_create(self.transaction, organization, version, self.now)?.0
                }
            };
            self.caches.releases.insert(key, id);
            execute(
                self.transaction,
                "INSERT INTO release_projects
                 (project, release, first_seen, last_seen, events, new_issues)
                 VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT DO UPDATE SET
                 first_seen = min(coalesce(first_seen, excluded.first_seen), excluded.first_seen),
                 last_seen = max(coalesce(last_seen, excluded.last_seen), excluded.last_seen),
                 events = events + excluded.events",
                [project.0, id, sum.first.0, sum.last.0, sum.events],
            )?;
            ids.insert((project, version), id);
        }
        self.release_environments(&sightings, &ids)?;
        Ok(ids)
    }

    /// Notes in which environments releases were seen, to the hour.
    fn release_environments(
        &mut self,
        sightings: &[Sighting<'_>],
        ids: &ReleaseIds<'_>,
    ) -> Result<(), MetaError> {
        for seen in sightings {
            let Some(id) = ids.get(&(seen.project, seen.release)) else { continue };
            let key = (*id, seen.project, seen.environment.to_owned());
            let hour = hour_of(seen.last);
            if self.caches.release_environments.get(&key).is_some_and(|written| written >= hour) {
                continue;
            }
            execute(
                self.transaction,
                "INSERT INTO release_environments (release, project, environment, last_seen)
                 SELECT ?1, ?2, ?3, ?4
                 WHERE (SELECT count(*) FROM release_environments
                        WHERE release = ?1 AND project = ?2) < ?5
                 OR EXISTS (SELECT 1 FROM release_environments
                            WHERE release = ?1 AND project = ?2 AND environment = ?3)
                 ON CONFLICT DO UPDATE SET last_seen = max(last_seen, excluded.last_seen)",
                params![
                    id,
                    seen.project.0,
                    seen.environment,
                    seen.last.0,
                    ENVIRONMENTS_PER_RELEASE_MAX
                ],
            )?;
            self.caches.release_environments.insert(key, hour);
        }
        Ok(())
    }

    /// Notes when environments were seen, to the hour.
    pub(super) fn environments<'s>(
        &mut self,
        sightings: impl Iterator<Item = Sighting<'s>>,
    ) -> Result<(), MetaError> {
        let mut seen: HashMap<(ProjectId, &str), Micros> = HashMap::new();
        for sighting in sightings {
            if self.directory.organization_of(sighting.project).is_some() {
                let key = (sighting.project, sighting.environment);
                let last = seen.entry(key).or_insert(sighting.last);
                *last = sighting.last.max(*last);
            }
        }
        for ((project, name), last) in seen {
            let key = (project, name.to_owned());
            let hour = hour_of(last);
            if self.caches.environments.get(&key).is_some_and(|written| written >= hour) {
                continue;
            }
            execute(
                self.transaction,
                "INSERT INTO environments (project, name, first_seen, last_seen, hidden)
                 SELECT ?1, ?2, ?3, ?3, 0
                 WHERE (SELECT count(*) FROM environments WHERE project = ?1) < ?4
                 OR EXISTS (SELECT 1 FROM environments WHERE project = ?1 AND name = ?2)
                 ON CONFLICT DO UPDATE SET last_seen = max(last_seen, excluded.last_seen)",
                params![project.0, name, last.0, ENVIRONMENTS_PER_PROJECT_MAX],
            )?;
            self.caches.environments.insert(key, hour);
        }
        Ok(())
    }

    pub(super) fn first_events(&mut self) -> Result<(), MetaError> {
        let mut done = HashSet::new();
        for event in self.events {
            if done.insert(event.project) {
                let sql =
                    "UPDATE projects SET first_event = ? WHERE id = ? AND first_event IS NULL";
                execute(self.transaction, sql, [event.received.0, event.project.0])?;
            }
        }
        Ok(())
    }

    pub(super) fn attachments(&mut self, attachments: &[NewAttachment]) -> Result<(), MetaError> {
        let sql = "INSERT INTO attachments
                   (project, event, name, content_type, kind, size, blob, created)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        for new in attachments {
            let values = params![
                new.project.0,
                new.event_id.0,
                new.name,
                new.content_type,
                new.kind,
                new.size,
                new.blob,
                new.received.0
            ];
            execute(self.transaction, sql, values)?;
        }
        Ok(())
    }

    /// The last report about an event counts: people correct what they wrote.
    pub(super) fn user_reports(
        &mut self,
        reports: &[NewUserReport],
        placements: &[Placement],
    ) -> Result<(), MetaError> {
        let sql = "INSERT OR REPLACE INTO user_reports
                   (project, event, issue, name, email, comments, created)
                   VALUES (?, ?, ?, ?, ?, ?, ?)";
        for new in reports {
            let in_batch = || {
                let same = |(event, _): &(&EventFacts, &Placement)| {
                    event.project == new.project && event.event_id == new.event_id
                };
                match self.events.iter().zip(placements).find(same) {
                    Some((_, Placement::Issue { issue, .. })) => Some(*issue),
                    _ => None,
                }
            };
            let values = params![
                new.project.0,
                new.event_id.0,
                new.issue.or_else(in_batch).map(|issue| issue.0),
                new.name,
                new.email,
                new.comments,
                new.received.0
            ];
            execute(self.transaction, sql, values)?;
        }
        Ok(())
    }

    pub(super) fn outcomes(&mut self, outcomes: &Outcomes) -> Result<(), MetaError> {
        let hour_start = Micros(hour_of(self.now) * HOUR);
        let mut used = HashSet::new();
        for (line, _) in outcomes.iter() {
            if let (Fate::Accepted, Some(key)) = (line.fate, line.key)
                && used.insert(key)
            {
                key::touch(self.transaction, key, hour_start)?;
            }
        }
        outcome_sums::add(self.transaction, outcomes, self.now)
    }
}
