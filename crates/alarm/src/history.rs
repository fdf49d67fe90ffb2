//! What happened to alerts and who was told, for people who ask.

use std::collections::{BTreeMap, BTreeSet};

use alert::{Alert, Change, EpisodeId, Fingerprint, Notification, NotificationId, RuleId, Thread};
use model::clock::Micros;
use model::id::OrganizationId;
use rusqlite::{Row, ToSql, params};
use serde_json::Value;

use crate::database::Alarms;
use crate::error::AlarmError;
use crate::rows::{execute, json, row, rows, written};

/// Changes and notifications that one report looks at.
const REPORT_MAX: usize = 200_000;
/// Rows that are forgotten at once.
const FORGET_MAX: usize = 1_000;
/// Conversations about one alert that are looked at.
const THREADS_MAX: usize = 100;
const DAY: u64 = 24 * 3_600 * 1_000_000;
/// 13 months, so that a month can be compared with the same of the year before.
const HISTORY: u64 = 397 * DAY;
const DELIVERIES: u64 = 90 * DAY;

/// An alert as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownAlert {
    /// Its short form, as in addresses.
    pub fingerprint: String,
    /// As last reported.
    pub alert: Alert,
    /// What was reported with it.
    pub about: Value,
    /// The newest time that it fired.
    pub episode: u64,
    /// Whether it fires.
    pub is_firing: bool,
    /// When that began.
    pub began: Micros,
    /// When it ended.
    pub ended: Option<Micros>,
    /// When it was last reported, began or ended.
    pub updated: Micros,
}

/// Which alerts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertQuery {
    /// Only those that fire, or do not.
    pub firing: Option<bool>,
    /// Of this rule only.
    pub rule: Option<u64>,
    /// Rows to skip, and to answer at most.
    pub page: (usize, usize),
}

/// One entry of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place.
    pub id: u64,
    /// When.
    pub at: Micros,
    /// Of which alert.
    pub fingerprint: String,
    /// Its rule.
    pub rule: u64,
    /// Which time it fires.
    pub episode: u64,
    /// Towards whom; empty where it began or ended.
    pub receiver: String,
    /// The standing; `None` where it began or ended.
    pub standing: Option<alert::Standing>,
    /// Whether this is the end.
    pub is_end: bool,
    /// If it was sent: how far the notification came.
    pub heard: Heard,
}

/// How far a notification came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It arrived somewhere, or is on its way for the first time.
    Somewhere,
    /// It went to nobody.
    Nowhere,
    /// Nobody has taken it yet who was tried, or it was given up.
    NotYet,
}

/// Which part of the history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Of this alert only.
    pub fingerprint: Option<String>,
    /// Of this rule only.
    pub rule: Option<u64>,
    /// Towards this receiver only.
    pub receiver: Option<String>,
    /// From then on, up to then.
    pub span: Option<(Micros, Micros)>,
    /// Rows to skip, and to answer at most.
    pub page: (usize, usize),
}

/// A notification as it was told.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownNotification {
    /// What was decided.
    pub notification: Notification,
    /// What the conversation is called.
    pub thread: String,
    /// What people were told.
    pub payload: Value,
    /// Whether somebody acted upon it.
    pub is_acted: bool,
}

/// Which notifications.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotificationQuery {
    /// To this receiver only.
    pub receiver: Option<String>,
    /// Of this incident only.
    pub incident: Option<u64>,
    /// Of this conversation only.
    pub thread: Option<String>,
    /// From then on, up to then.
    pub span: Option<(Micros, Micros)>,
    /// Rows to skip, and to answer at most.
    pub page: (usize, usize),
}

/// Of a row of `changes`: how far the notification came that it was sent in, as numbers of [`Heard`].
const HEARD: &str = "CASE
    WHEN EXISTS (SELECT 1 FROM notifications AS n
        WHERE n.organization = changes.organization AND n.places = 0
        AND n.id = CASE WHEN receiver != '' THEN json_extract(standing, '$.Sent') END) THEN 1
    WHEN EXISTS (SELECT count(*) FROM deliveries AS d WHERE d.organization = changes.organization
        AND d.notification = CASE WHEN receiver != '' THEN json_extract(standing, '$.Sent') END
        HAVING max(d.attempts) > 0 AND sum(d.state = 'delivered') = 0) THEN 2
    ELSE 0 END";
/// The same, or how far a later one came that repeated it, or escalated it.
const HEARD_SINCE: &str = "CASE
    WHEN EXISTS (SELECT 1 FROM notifications AS n
        WHERE n.organization = changes.organization AND n.places = 0
        AND n.id = CASE WHEN changes.receiver != '' THEN json_extract(standing, '$.Sent') END
        AND NOT EXISTS (SELECT 1 FROM notifications AS later
            WHERE later.organization = n.organization AND later.thread = n.thread AND later.id > n.id
            AND (later.receiver = n.receiver OR later.receiver GLOB 'escalation:*')
            AND later.places > 0)) THEN 1
    WHEN EXISTS (SELECT count(*) FROM notifications AS n
        JOIN notifications AS later ON later.organization = n.organization AND later.thread = n.thread
            AND (later.id = n.id OR later.id > n.id
                AND (later.receiver = n.receiver OR later.receiver GLOB 'escalation:*'))
        JOIN deliveries AS d ON d.organization = later.organization AND d.notification = later.id
        WHERE n.organization = changes.organization
        AND n.id = CASE WHEN changes.receiver != '' THEN json_extract(standing, '$.Sent') END
        HAVING max(d.attempts) > 0 AND sum(d.state = 'delivered') = 0) THEN 2
    ELSE 0 END";
const ALERT: &str = "fingerprint, alert, about, episode, firing, began, ended, updated";

impl Alarms {
    /// Alerts: those that fire first, then by the time of the last change, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn alerts(
        &self,
        organization: OrganizationId,
        query: &AlertQuery,
    ) -> Result<Vec<KnownAlert>, AlarmError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT {ALERT} FROM alerts WHERE organization = ?1
                 AND (?2 IS NULL OR firing = ?2) AND (?3 IS NULL OR rule = ?3)
                 ORDER BY firing DESC, updated DESC, fingerprint LIMIT ?5 OFFSET ?4"
            );
            let values =
                params![organization.0, query.firing, query.rule, query.page.0, query.page.1];
            rows(connection, &sql, values, read_alert)
        })
    }

    /// One alert.
    ///
    /// # Errors
    /// [`AlarmError::Missing`].
    pub fn alert(
        &self,
        organization: OrganizationId,
        fingerprint: &str,
    ) -> Result<KnownAlert, AlarmError> {
        self.read(|connection| {
            let sql =
                format!("SELECT {ALERT} FROM alerts WHERE organization = ? AND fingerprint = ?");
            row(connection, &sql, params![organization.0, fingerprint], read_alert)?
                .ok_or(AlarmError::Missing("alert"))
        })
    }

    /// What happened, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn history(
        &self,
        organization: OrganizationId,
        query: &HistoryQuery,
    ) -> Result<Vec<Entry>, AlarmError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT id, at, fingerprint, rule, episode, receiver, standing, {HEARD}
                       FROM changes WHERE organization = ?1 AND (?2 IS NULL OR fingerprint = ?2)
                       AND (?3 IS NULL OR rule = ?3) AND (?4 IS NULL OR receiver = ?4)
                       AND (?5 IS NULL OR (at >= ?5 AND at < ?6))
                       ORDER BY id DESC LIMIT ?8 OFFSET ?7"
            );
            let (from, until) = query.span.unzip();
            let values = params![
                organization.0,
                query.fingerprint,
                query.rule,
                query.receiver,
                from.map(|at| at.0),
                until.map(|at| at.0),
                query.page.0,
                query.page.1
            ];
            rows(connection, &sql, values, read_entry)
        })
    }

    /// Where an alert's newest episode stands: the last entry towards each receiver.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn standings(
        &self,
        organization: OrganizationId,
        fingerprint: &str,
        episode: u64,
    ) -> Result<Vec<Entry>, AlarmError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT id, at, fingerprint, rule, episode, receiver, standing, {HEARD_SINCE}
                       FROM changes WHERE id IN (SELECT max(id) FROM changes WHERE organization = ?
                       AND fingerprint = ? AND episode = ? AND receiver != '' GROUP BY receiver)
                       ORDER BY receiver"
            );
            rows(connection, &sql, params![organization.0, fingerprint, episode], read_entry)
        })
    }

    /// The same for the newest episodes of these alerts, by fingerprint.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn standings_of(
        &self,
        organization: OrganizationId,
        known: &[KnownAlert],
    ) -> Result<BTreeMap<String, Vec<Entry>>, AlarmError> {
        let fingerprints: Vec<&str> = known.iter().map(|it| it.fingerprint.as_str()).collect();
        self.standings_among(
            "a.fingerprint IN (SELECT value FROM json_each(?2))",
            params![organization.0, written(&fingerprints)?],
        )
    }

    /// The same for the newest episodes of all alerts that fire, by fingerprint.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn standings_of_firing(
        &self,
        organization: OrganizationId,
    ) -> Result<BTreeMap<String, Vec<Entry>>, AlarmError> {
        self.standings_among("a.firing = 1", params![organization.0])
    }

    fn standings_among(
        &self,
        which: &str,
        values: &[&dyn ToSql],
    ) -> Result<BTreeMap<String, Vec<Entry>>, AlarmError> {
        let entries = self.read(|connection| {
            // From the alerts, which are few, to what happened, which is much.
            let sql = format!(
                "SELECT id, at, fingerprint, rule, episode, receiver, standing, {HEARD_SINCE}
                       FROM changes WHERE id IN (SELECT max(c.id) FROM alerts AS a CROSS JOIN changes AS c
                           ON c.organization = a.organization AND c.fingerprint = a.fingerprint
                           AND c.episode = a.episode
                           WHERE a.organization = ?1 AND {which} AND c.receiver != ''
                           GROUP BY c.fingerprint, c.receiver)
                       ORDER BY receiver"
            );
            rows(connection, &sql, values, read_entry)
        })?;
        let mut all: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        for entry in entries {
            all.entry(entry.fingerprint.clone()).or_default().push(entry);
        }
        Ok(all)
    }

    /// What was told, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn notifications(
        &self,
        organization: OrganizationId,
        query: &NotificationQuery,
    ) -> Result<Vec<KnownNotification>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT notification, thread, payload, acted FROM notifications
                       WHERE organization = ?1 AND (?2 IS NULL OR receiver = ?2)
                       AND (?3 IS NULL OR incident = ?3) AND (?4 IS NULL OR thread = ?4)
                       AND (?5 IS NULL OR (at >= ?5 AND at < ?6))
                       ORDER BY id DESC LIMIT ?8 OFFSET ?7";
            let (from, until) = query.span.unzip();
            let values = params![
                organization.0,
                query.receiver,
                query.incident,
                query.thread,
                from.map(|at| at.0),
                until.map(|at| at.0),
                query.page.0,
                query.page.1
            ];
            rows(connection, sql, values, read_notification)
        })
    }

    /// One notification.
    ///
    /// # Errors
    /// [`AlarmError::Missing`].
    pub fn notification(
        &self,
        organization: OrganizationId,
        id: u64,
    ) -> Result<KnownNotification, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT notification, thread, payload, acted FROM notifications
                       WHERE organization = ? AND id = ?";
            row(connection, sql, params![organization.0, id], read_notification)?
                .ok_or(AlarmError::Missing("notification"))
        })
    }

    /// Notes that somebody acted upon all notifications of a conversation so far.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn acted(&self, organization: OrganizationId, thread: &str) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let sql = "UPDATE notifications SET acted = 1 WHERE organization = ? AND thread = ?";
            execute(transaction, sql, params![organization.0, thread]).map(drop)
        })
    }

    /// How much of what fired in a time was told, and how much of that helped.
    ///
    /// # Errors
    /// [`AlarmError::TooMany`] when there is too much for one report: ask for a shorter time.
    pub fn noise(
        &self,
        organization: OrganizationId,
        span: (Micros, Micros),
    ) -> Result<alert::Report, AlarmError> {
        let page = (0, REPORT_MAX + 1);
        let query = HistoryQuery { span: Some(span), page, ..HistoryQuery::default() };
        let mut entries = self.history(organization, &query)?;
        let query = NotificationQuery { span: Some(span), page, ..NotificationQuery::default() };
        let told = self.notifications(organization, &query)?;
        if entries.len().max(told.len()) > REPORT_MAX {
            let max = u64::try_from(REPORT_MAX).unwrap_or(u64::MAX);
            return Err(AlarmError::TooMany { what: "decisions in one report", max });
        }
        entries.reverse();
        let sent = entries.iter().filter(|entry| entry.heard == Heard::Nowhere);
        let unheard = sent.filter_map(|entry| match entry.standing {
            Some(alert::Standing::Sent(id)) => Some(id),
            _ => None,
        });
        let unheard = unheard.collect();
        let changes: Vec<Change> = entries.into_iter().filter_map(change).collect();
        let acted = told.iter().filter(|known| known.is_acted);
        let acted = acted.map(|known| NotificationId(known.notification.id.0)).collect();
        let notifications: Vec<Notification> =
            told.into_iter().map(|known| known.notification).collect();
        Ok(alert::report(&changes, &notifications, &acted, &unheard))
    }

    /// Conversations in which somebody was told of an alert, and not since that all is over.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn told_threads(
        &self,
        organization: OrganizationId,
        fingerprint: Fingerprint,
    ) -> Result<BTreeSet<Thread>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT n.notification FROM changes AS c JOIN notifications AS n
                       ON n.organization = c.organization
                       AND n.id = CASE WHEN c.receiver != ''
                           THEN json_extract(c.standing, '$.Sent') END
                       WHERE c.organization = ?1 AND c.fingerprint = ?2
                       AND NOT EXISTS (SELECT 1 FROM notifications AS later
                           WHERE later.organization = n.organization AND later.thread = n.thread
                           AND later.receiver = n.receiver AND later.id > n.id
                           AND later.kind = 'resolved')
                       ORDER BY c.id DESC LIMIT ?3";
            let values = params![organization.0, fingerprint.to_string(), THREADS_MAX];
            let told: Vec<Notification> = rows(connection, sql, values, |row| json(row, 0))?;
            Ok(told.into_iter().map(|told| told.thread).collect())
        })
    }

    /// Forgets what is too old; `false` when there may be more of it.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn forget_history(&self, now: Micros) -> Result<bool, AlarmError> {
        let history = now.0.saturating_sub(HISTORY);
        let deliveries = now.0.saturating_sub(DELIVERIES);
        self.write(|transaction| {
            let mut most = 0;
            for (sql, before) in [
                (
                    // Rows are numbered as time goes, so that no other index is needed.
                    "DELETE FROM changes WHERE at < ?1
                     AND id IN (SELECT id FROM changes ORDER BY id LIMIT ?2)",
                    history,
                ),
                (
                    "DELETE FROM notifications WHERE (organization, id) IN
                     (SELECT organization, id FROM notifications WHERE at < ? LIMIT ?)",
                    history,
                ),
                (
                    "DELETE FROM alerts WHERE (organization, fingerprint) IN (SELECT organization,
                     fingerprint FROM alerts WHERE firing = 0 AND updated < ? LIMIT ?)",
                    history,
                ),
                (
                    "DELETE FROM incidents WHERE (organization, id) IN (SELECT organization, id
                     FROM incidents WHERE resolved < ? LIMIT ?)",
                    history,
                ),
                (
                    "DELETE FROM orders WHERE id IN (SELECT id FROM orders WHERE ends < ? LIMIT ?)",
                    history,
                ),
                (
                    "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries
                     WHERE state != 'waiting' AND created < ? LIMIT ?)",
                    deliveries,
                ),
                (
                    "DELETE FROM conversations WHERE lane IN
                     (SELECT lane FROM conversations WHERE at < ? LIMIT ?)",
                    deliveries,
                ),
            ] {
                most = most.max(execute(transaction, sql, params![before, FORGET_MAX])?);
            }
            Ok(most < FORGET_MAX)
        })
    }
}

fn change(entry: Entry) -> Option<Change> {
    Some(Change {
        at: entry.at,
        fingerprint: Fingerprint(u64::from_str_radix(&entry.fingerprint, 16).ok()?),
        rule: RuleId(entry.rule),
        episode: EpisodeId(entry.episode),
        receiver: entry.receiver,
        standing: entry.standing?,
    })
}

fn read_alert(row: &Row<'_>) -> rusqlite::Result<KnownAlert> {
    Ok(KnownAlert {
        fingerprint: row.get(0)?,
        alert: json(row, 1)?,
        about: json(row, 2)?,
        episode: row.get(3)?,
        is_firing: row.get(4)?,
        began: Micros(row.get(5)?),
        ended: row.get::<_, Option<u64>>(6)?.map(Micros),
        updated: Micros(row.get(7)?),
    })
}

fn read_entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let what = row.get_ref(6)?.as_str()?;
    let (is_begin, is_end) = (what == "began", what == "ended");
    Ok(Entry {
        id: row.get(0)?,
        at: Micros(row.get(1)?),
        fingerprint: row.get(2)?,
        rule: row.get(3)?,
        episode: row.get(4)?,
        receiver: row.get(5)?,
        standing: if is_begin || is_end { None } else { Some(json(row, 6)?) },
        is_end,
        heard: match row.get(7)? {
            1 => Heard::Nowhere,
            2 => Heard::NotYet,
            _ => Heard::Somewhere,
        },
    })
}

fn read_notification(row: &Row<'_>) -> rusqlite::Result<KnownNotification> {
    Ok(KnownNotification {
        notification: json(row, 0)?,
        thread: row.get(1)?,
        payload: json(row, 2)?,
        is_acted: row.get(3)?,
    })
}
