//! What issues are to learn: that something fails, as an error event, and that it is well again.
//!
//! What is decided here lies in the same transaction as what it follows from; who appends events and
//! resolves issues does it as often as it takes. Ids of events follow from what failed, so twice is once.

use model::clock::Micros;
use model::id::{EventId, KeyId, OrganizationId, ProjectId, TraceId};
use rusqlite::{Connection, params};
use schedule::{CheckIn, Failures, Transition};
use serde_json::{Map, Value, json};

use crate::database::Alarms;
use crate::digest::digest;
use crate::error::AlarmError;
use crate::monitor::{Monitor, MonitorEnvironment};
use crate::rows::{execute, insert, rows, written};

/// Type of issues of monitors. Source: Sentry, `MonitorIncidentType`.
const MONITOR_ISSUE: &str = "monitor_check_in_failure";

/// Something that an issue is to learn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Its place in the order.
    pub id: u64,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Whose it is.
    pub project: ProjectId,
    /// The client key that is told to have sent it; 0 for none.
    pub key: KeyId,
    /// What it is about, such as `monitor:7`. Those of one subject go in order.
    pub subject: String,
    /// When it happened.
    pub at: Micros,
    /// The newest event of its incident, by which the issue is found: it is resolved after that one.
    pub newest_event: EventId,
    /// An error event as JSON; `None` when the issue is to be resolved.
    pub event: Option<String>,
}

/// Facts for people, and for machines that read issues.
#[derive(Debug)]
pub(crate) struct Evidence<'e> {
    pub(crate) issue_type: &'static str,
    pub(crate) title: String,
    pub(crate) subject: String,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) tags: Vec<(&'static str, String)>,
    pub(crate) fingerprint: [&'e str; 2],
    pub(crate) environment: &'e str,
    pub(crate) context: (&'static str, Value),
    pub(crate) trace: Option<TraceId>,
}

impl Alarms {
    /// What issues are to learn next, in order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn occurrences(&self, limit: usize) -> Result<Vec<Occurrence>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT id, organization, project, key, subject, at, newest_event, event
                       FROM occurrences ORDER BY id LIMIT ?";
            rows(connection, sql, [limit], |row| {
                Ok(Occurrence {
                    id: row.get(0)?,
                    organization: OrganizationId(row.get(1)?),
                    project: ProjectId(row.get(2)?),
                    key: KeyId(row.get(3)?),
                    subject: row.get(4)?,
                    at: Micros(row.get(5)?),
                    newest_event: EventId(row.get(6)?),
                    event: row.get(7)?,
                })
            })
        })
    }

    /// Forgets what issues have learned.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn forget_occurrences(&self, done: &[u64]) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let sql = "DELETE FROM occurrences WHERE id IN (SELECT value FROM json_each(?))";
            execute(transaction, sql, [written(&done)?]).map(drop)
        })
    }
}

/// The run that something happened to.
#[derive(Debug)]
pub(crate) struct About<'a> {
    pub(crate) row: u64,
    pub(crate) check_in: &'a CheckIn,
    pub(crate) trace: Option<TraceId>,
}

/// Notes what the issue of a monitor is to learn. A muted one tells nothing, but remembers: when it is
/// heard again while it still fails, the next failure tells.
pub(crate) fn tell(
    connection: &Connection,
    monitor: &Monitor,
    environment: &mut MonitorEnvironment,
    about: &About<'_>,
    transition: Transition,
) -> Result<(), AlarmError> {
    let (failures, last_ok) = match transition {
        Transition::Opened { failures, last_ok } => (failures, last_ok),
        Transition::Failing { failures } => (failures, environment.state.last_ok),
        Transition::Closed { .. } => {
            let Some(newest) = environment.incident_event.take() else { return Ok(()) };
            return add(connection, &of_monitor(monitor, environment, about, newest, None));
        }
    };
    if monitor.says.is_muted || environment.is_muted {
        return Ok(());
    }
    let status = about.check_in.status.name();
    let event = digest(&[b"check-in", &monitor.guid.0, &about.check_in.id.0, status.as_bytes()]);
    environment.incident_event = Some(event);
    let opened = environment.state.incident.map_or(0, |incident| incident.opened.0);
    let incident = digest(&[b"incident", &environment.id.to_le_bytes(), &opened.to_le_bytes()]);
    let evidence = evidence(monitor, environment, about, (failures, last_ok));
    let body = event_of(event, about.check_in.updated, incident, &evidence);
    let body = Some(written(&body)?);
    execute(
        connection,
        "UPDATE check_ins SET event = ? WHERE id = ?",
        params![event.0, about.row],
    )?;
    add(connection, &of_monitor(monitor, environment, about, event, body))
}

fn of_monitor(
    monitor: &Monitor,
    environment: &MonitorEnvironment,
    about: &About<'_>,
    newest_event: EventId,
    event: Option<String>,
) -> Occurrence {
    Occurrence {
        id: 0,
        organization: monitor.organization,
        project: monitor.project,
        key: environment.key,
        subject: format!("monitor:{}", environment.id),
        at: about.check_in.updated,
        newest_event,
        event,
    }
}

fn evidence<'e>(
    monitor: &'e Monitor,
    environment: &'e MonitorEnvironment,
    about: &About<'_>,
    (failures, last_ok): (Failures, Option<Micros>),
) -> Evidence<'e> {
    let says = &monitor.says;
    let last_ok = last_ok.map_or_else(|| "never".to_owned(), moment);
    let context = json!({
        "id": uuid(monitor.guid),
        "slug": says.slug,
        "name": says.name,
        "config": says.config.to_json(),
        "status": environment.status_name(says.is_enabled),
    });
    Evidence {
        issue_type: MONITOR_ISSUE,
        title: format!("Monitor failure: {}", says.name),
        subject: format!("Your monitor is failing: {failures}"),
        facts: vec![
            ("Failure reason", failures.to_string()),
            ("Environment", environment.name.clone()),
            ("Last successful check-in", last_ok),
            ("Check-in", about.check_in.id.to_string()),
        ],
        tags: vec![("monitor.id", uuid(monitor.guid)), ("monitor.slug", says.slug.clone())],
        fingerprint: ["monitor", &environment.name],
        environment: &environment.name,
        context: ("monitor", context),
        trace: about.trace,
    }
}

/// An error event. The issue is one for each fingerprint, however often it fails and is well again.
pub(crate) fn event_of(
    id: EventId,
    at: Micros,
    incident: EventId,
    evidence: &Evidence<'_>,
) -> Value {
    let facts: Map<String, Value> =
        evidence.facts.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
    let mut tags: Map<String, Value> =
        evidence.tags.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
    tags.insert(format!("{}.incident", evidence.context.0), json!(incident.to_string()));
    let mut contexts = Map::new();
    contexts.insert(
        "outage".to_owned(),
        json!({
            "issue_type": evidence.issue_type,
            "title": evidence.title,
            "subject": evidence.subject,
            "evidence": facts,
        }),
    );
    contexts.insert(evidence.context.0.to_owned(), evidence.context.1.clone());
    if let Some(trace) = evidence.trace {
        let span: String = id.to_string().chars().take(16).collect();
        contexts
            .insert("trace".to_owned(), json!({ "trace_id": trace.to_string(), "span_id": span }));
    }
    json!({
        "event_id": id.to_string(),
        "timestamp": seconds(at),
        "platform": "other",
        "level": "error",
        "environment": evidence.environment,
        "logentry": { "formatted": evidence.subject },
        "fingerprint": [evidence.fingerprint[0], evidence.context.1["id"], evidence.fingerprint[1]],
        "tags": tags,
        "contexts": contexts,
    })
}

/// Notes it as the last of all.
pub(crate) fn add(connection: &Connection, occurrence: &Occurrence) -> Result<(), AlarmError> {
    let sql = "INSERT INTO occurrences
               (organization, project, key, subject, at, newest_event, event)
               VALUES (?, ?, ?, ?, ?, ?, ?)";
    let values = params![
        occurrence.organization.0,
        occurrence.project.0,
        occurrence.key.0,
        occurrence.subject,
        occurrence.at.0,
        occurrence.newest_event.0,
        occurrence.event
    ];
    insert(connection, sql, values).map(drop)
}

/// With dashes, as Sentry writes ids of monitors.
pub fn uuid(id: EventId) -> String {
    let hex = id.to_string();
    let groups = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
    groups.map(|(start, end)| hex.get(start..end).unwrap_or_default()).join("-")
}

/// Seconds since 1970.
#[expect(clippy::cast_precision_loss, reason = "microseconds since 1970 fit until 2255")]
fn seconds(at: Micros) -> f64 {
    at.0 as f64 / 1e6
}

/// ISO 8601 in UTC, to the second.
pub(crate) fn moment(at: Micros) -> String {
    schedule::iso(at)
}
