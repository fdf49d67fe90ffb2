//! What a dispatcher knows and what it decided, written as a whole.

use alert::{
    About, Acknowledgement, Alert, Change, EpisodeId, Fingerprint, Incident, Notification,
};
use model::clock::Micros;
use model::id::OrganizationId;
use rusqlite::{Connection, params};
use serde_json::Value;

use crate::database::Alarms;
use crate::delivery::{NewDelivery, enqueue};
use crate::error::AlarmError;
use crate::rows::{execute, insert, json, row, rows, written};
use crate::rule;

/// Acknowledgements of one organisation that wait at most.
const ACKNOWLEDGEMENTS_MAX: u64 = 10_000;

/// An alert as it stands after a tick.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// As last reported.
    pub alert: Alert,
    /// What was reported with it; what was known before stays where this is null.
    pub about: Value,
    /// Set when an episode began in this tick.
    pub begun: Option<EpisodeId>,
    /// Set when one ended in this tick.
    pub ended: Option<EpisodeId>,
}

/// A message, and to whom it goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// What was decided.
    pub notification: Notification,
    /// What people are told.
    pub payload: Value,
    /// Where it goes.
    pub deliveries: Vec<NewDelivery>,
}

/// An incident, and what people call it.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentSeen {
    /// As it stands.
    pub incident: Incident,
    /// Counts when the incident is new: people may change it afterwards.
    pub title: String,
    /// What is known to belong to it: kinds and facts, as entries of its timeline.
    pub linked: Vec<(&'static str, Value)>,
}

/// All that one tick changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// Whose.
    pub organization: OrganizationId,
    /// When.
    pub at: Micros,
    /// Reports that were taken.
    pub taken: Vec<u64>,
    /// Acknowledgements that were heard.
    pub heard: Vec<u64>,
    /// The dispatcher, as JSON; `None` when it is as before.
    pub state: Option<String>,
    /// Alerts that were reported, began or ended.
    pub seen: Vec<Seen>,
    /// Where they stand.
    pub changes: Vec<Change>,
    /// Who is told.
    pub told: Vec<Told>,
    /// Incidents that are other than before.
    pub incidents: Vec<IncidentSeen>,
    /// Conversations that go on, as [`thread_name`] has them.
    pub threads: Vec<String>,
}

/// What a conversation is about, in a short form that is the same again after a restart.
pub fn thread_name(about: &About) -> String {
    match about {
        About::Incident(id) => format!("incident-{}", id.0),
        About::Labels(labels) => format!("alerts-{}", Fingerprint::of(labels)),
    }
}

impl Alarms {
    /// The state of an organisation's dispatcher, if it ever had one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn dispatcher(
        &self,
        organization: OrganizationId,
    ) -> Result<Option<alert::Dispatcher>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT state FROM dispatchers WHERE organization = ?";
            row(connection, sql, [organization.0], |row| json(row, 0))
        })
    }

    /// Organisations that have a dispatcher.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn dispatchers(&self) -> Result<Vec<OrganizationId>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT organization FROM dispatchers ORDER BY organization";
            rows(connection, sql, [], |row| row.get(0).map(OrganizationId))
        })
    }

    /// Forgets an organisation that is gone, with all that would still happen for it.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn forget_organization(&self, organization: OrganizationId) -> Result<(), AlarmError> {
        self.write(|transaction| {
            for table in [
                "reported",
                "rules",
                "dispatchers",
                "alerts",
                "changes",
                "notifications",
                "deliveries",
                "conversations",
                "relays",
                "channels",
                "orders",
                "acknowledgements",
                "incidents",
                "series",
                "metric_incidents",
                "occurrences",
            ] {
                let sql = format!("DELETE FROM {table} WHERE organization = ?");
                execute(transaction, &sql, [organization.0])?;
            }
            rule::note_change(transaction)
        })
    }

    /// Organisations of which something is kept, whether or not anything happens for them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn organizations(&self) -> Result<Vec<OrganizationId>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT organization FROM dispatchers
                       UNION SELECT organization FROM channels
                       UNION SELECT organization FROM rules
                       UNION SELECT organization FROM orders ORDER BY 1";
            rows(connection, sql, [], |row| row.get(0).map(OrganizationId))
        })
    }

    /// Writes down what a tick decided: all of it or nothing.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn decide(&self, decided: &Decided) -> Result<(), AlarmError> {
        self.write(|transaction| {
            for report in &decided.taken {
                execute(transaction, "DELETE FROM reported WHERE id = ?", [report])?;
            }
            for heard in &decided.heard {
                execute(transaction, "DELETE FROM acknowledgements WHERE id = ?", [heard])?;
            }
            if let Some(state) = &decided.state {
                let sql = "INSERT INTO dispatchers (organization, state, ticked) VALUES (?, ?, ?)
                           ON CONFLICT DO UPDATE SET state = excluded.state, ticked = excluded.ticked";
                execute(transaction, sql, params![decided.organization.0, state, decided.at.0])?;
            }
            for seen in &decided.seen {
                see(transaction, decided, seen)?;
            }
            for change in &decided.changes {
                let what = (change.receiver.as_str(), written(&change.standing)?);
                let of = (change.fingerprint, change.rule.0, change.episode);
                note(transaction, decided, of, (what.0, &what.1))?;
            }
            for incident in &decided.incidents {
                gather(transaction, decided, incident)?;
            }
            for told in &decided.told {
                tell(transaction, decided, told)?;
            }
            calm(transaction, decided)
        })
    }

    /// Notes that somebody is on it; the dispatcher hears of it with its next tick.
    ///
    /// # Errors
    /// [`AlarmError::TooMany`].
    pub fn acknowledge(
        &self,
        organization: OrganizationId,
        about: &About,
        acknowledgement: &Acknowledgement,
    ) -> Result<(), AlarmError> {
        self.write(|transaction| acknowledge(transaction, organization, about, acknowledgement))
    }

    /// Acknowledgements that dispatchers have not heard of, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn acknowledgements(
        &self,
    ) -> Result<Vec<(u64, OrganizationId, About, Acknowledgement)>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT id, organization, about, acknowledgement FROM acknowledgements
                       ORDER BY id LIMIT 1000";
            rows(connection, sql, [], |row| {
                Ok((row.get(0)?, OrganizationId(row.get(1)?), json(row, 2)?, json(row, 3)?))
            })
        })
    }
}

pub(crate) fn acknowledge(
    connection: &Connection,
    organization: OrganizationId,
    about: &About,
    acknowledgement: &Acknowledgement,
) -> Result<(), AlarmError> {
    let sql = "SELECT count(*) FROM acknowledgements WHERE organization = ?";
    let count: u64 = row(connection, sql, [organization.0], |row| row.get(0))?.unwrap_or(0);
    if count >= ACKNOWLEDGEMENTS_MAX {
        let what = "acknowledgements that wait";
        return Err(AlarmError::TooMany { what, max: ACKNOWLEDGEMENTS_MAX });
    }
    let sql = "INSERT INTO acknowledgements (organization, about, acknowledgement)
               VALUES (?, ?, ?)";
    let values = params![organization.0, written(about)?, written(acknowledgement)?];
    insert(connection, sql, values).map(drop)
}

fn see(connection: &Connection, decided: &Decided, seen: &Seen) -> Result<(), AlarmError> {
    let fingerprint = seen.alert.fingerprint();
    let about = if seen.about.is_null() { None } else { Some(written(&seen.about)?) };
    let episode = seen.begun.or(seen.ended).unwrap_or(EpisodeId(0));
    let began = seen.begun.map(|_| decided.at.0);
    let ended = seen.ended.map(|_| decided.at.0);
    // What began and ended within one tick is over; what ended and began again fires.
    let is_over = seen.ended.is_some() && !seen.alert.is_firing;
    let sql = "INSERT INTO alerts (organization, fingerprint, rule, alert, about, episode, firing,
               began, ended, updated)
               VALUES (?1, ?2, ?3, ?4, coalesce(?5, '{}'), ?6, ?7, coalesce(?8, ?10), ?9, ?10)
               ON CONFLICT DO UPDATE SET rule = ?3, alert = ?4, about = coalesce(?5, about),
               episode = max(episode, ?6), firing = ?7, began = coalesce(?8, began),
               ended = CASE WHEN ?9 IS NOT NULL THEN ?9 WHEN ?8 IS NOT NULL THEN NULL ELSE ended END,
               updated = ?10";
    let values = params![
        decided.organization.0,
        fingerprint.to_string(),
        seen.alert.rule.0,
        written(&seen.alert)?,
        about,
        episode.0,
        seen.alert.is_firing,
        began,
        ended.filter(|_| is_over),
        decided.at.0
    ];
    execute(connection, sql, values)?;
    let rule = seen.alert.rule.0;
    if let Some(episode) = seen.begun {
        note(connection, decided, (fingerprint, rule, episode), ("", "began"))?;
    }
    if let Some(episode) = seen.ended {
        note(connection, decided, (fingerprint, rule, episode), ("", "ended"))?;
    }
    Ok(())
}

fn note(
    connection: &Connection,
    decided: &Decided,
    (fingerprint, rule, episode): (Fingerprint, u64, EpisodeId),
    (receiver, standing): (&str, &str),
) -> Result<(), AlarmError> {
    let sql =
        "INSERT INTO changes (organization, at, fingerprint, rule, episode, receiver, standing)
               VALUES (?, ?, ?, ?, ?, ?, ?)";
    let values = params![
        decided.organization.0,
        decided.at.0,
        fingerprint.to_string(),
        rule,
        episode.0,
        receiver,
        standing
    ];
    insert(connection, sql, values).map(drop)
}

fn tell(connection: &Connection, decided: &Decided, told: &Told) -> Result<(), AlarmError> {
    let notification = &told.notification;
    let incident = match &notification.thread.about {
        About::Incident(id) => Some(id.0),
        About::Labels(_) => None,
    };
    let thread = thread_name(&notification.thread.about);
    let sql = "INSERT INTO notifications (organization, id, at, kind, receiver, thread, incident,
               notification, payload, places) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let values = params![
        decided.organization.0,
        notification.id.0,
        notification.at.0,
        notification.kind.name(),
        notification.thread.receiver,
        thread,
        incident,
        written(notification)?,
        written(&told.payload)?,
        told.deliveries.len()
    ];
    execute(connection, sql, values)?;
    for delivery in &told.deliveries {
        enqueue(connection, (decided.organization, notification.id.0), delivery, decided.at)?;
    }
    Ok(())
}

fn gather(
    connection: &Connection,
    decided: &Decided,
    seen: &IncidentSeen,
) -> Result<(), AlarmError> {
    let incident = &seen.incident;
    let sql = "INSERT INTO incidents (organization, id, incident, title, opened, resolved)
               VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET incident = excluded.incident,
               resolved = coalesce(excluded.resolved, resolved)";
    let values = params![
        decided.organization.0,
        incident.id.0,
        written(incident)?,
        seen.title,
        incident.opened.0,
        incident.resolved.map(|at| at.0)
    ];
    execute(connection, sql, values)?;
    for (kind, data) in &seen.linked {
        let sql = "INSERT INTO incident_entries (organization, incident, at, kind, data)
                   SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (SELECT 1 FROM incident_entries
                   WHERE organization = ?1 AND incident = ?2 AND kind = ?4 AND data = ?5)";
        let (organization, data) = (decided.organization.0, written(data)?);
        let values = params![organization, incident.id.0, decided.at.0, kind, data];
        execute(connection, sql, values)?;
    }
    Ok(())
}

/// Alertmanagers need not hear again of what is no conversation any more.
fn calm(connection: &Connection, decided: &Decided) -> Result<(), AlarmError> {
    let sql = "SELECT lane, thread FROM relays WHERE organization = ?";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let relays: Vec<(String, String)> = rows(connection, sql, [decided.organization.0], read)?;
    for (lane, _) in relays.iter().filter(|(_, thread)| !decided.threads.contains(thread)) {
        execute(connection, "DELETE FROM relays WHERE lane = ?", [lane])?;
    }
    Ok(())
}
