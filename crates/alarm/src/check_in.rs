//! Check-ins as they arrive, and what became of them.

use model::category::Category;
use model::clock::Micros;
use model::id::{EventId, KeyId, OrganizationId, ProjectId, TraceId};
use model::intake::Offset;
use model::outcome::{Fate, OutcomeKey, Outcomes};
use rusqlite::{Connection, Row, params};
use schedule::{CheckIn, Config, Refusal, Report, Reported, Status, Upsert};
use serde_json::Value;

use crate::account::{self, Sighting};
use crate::database::Alarms;
use crate::error::AlarmError;
use crate::monitor::{self, ENVIRONMENTS_MAX, Monitor, MonitorChange, MonitorEnvironment};
use crate::occurrence;
use crate::problem::{self, Problem, ProblemKind};
use crate::report::set_place;
use crate::rows::{execute, insert, row};
use crate::state;

/// Check-ins of one monitor in one environment in a minute. Source: Sentry,
/// `sampling-and-sessions.md` 4.1.
pub const PER_MINUTE_MAX: u64 = 6;
/// The name of the lane's place.
const PLACE: &str = "check_ins";

/// One message of a job, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Whose it is.
    pub project: ProjectId,
    /// The key it came with.
    pub key: KeyId,
    /// When it arrived.
    pub received: Micros,
    /// Which run; all zeros mean the newest that is in progress.
    pub id: EventId,
    /// The id of a run that brings none.
    pub fresh_id: EventId,
    /// What the monitor is called in addresses.
    pub slug: String,
    /// Where it ran.
    pub environment: String,
    /// Of which release; empty when not said.
    pub release: String,
    /// What the job says.
    pub status: Reported,
    /// How long the run took.
    pub duration_millis: Option<u64>,
    /// In which trace.
    pub trace: Option<TraceId>,
    /// What the monitor should be, as JSON.
    pub config: Option<String>,
}

/// A stretch of the lane of check-ins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckInBatch {
    /// Where it begins.
    pub start: Offset,
    /// Where it ends.
    pub end: Offset,
    /// What arrived, in this order.
    pub arrivals: Vec<Arrival>,
    /// What became of items that were no check-ins.
    pub outcomes: Outcomes,
}

/// What became of one.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Taken,
    Filtered(&'static str),
    TooOften,
    Refused(&'static str, ProblemKind, String),
}

impl Alarms {
    /// Up to where the lane of check-ins was worked up.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn check_ins_applied(&self) -> Result<Offset, AlarmError> {
        Ok(Offset(self.place(PLACE)?.unwrap_or(0)))
    }

    /// Takes a stretch of the lane, as a whole or not at all; one that was taken before changes nothing.
    /// What `meta` is to know of it waits in [`Alarms::check_in_accounts`].
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn apply_check_ins(&self, batch: &CheckInBatch) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let sql = "SELECT place FROM places WHERE name = ?";
            let applied = row(transaction, sql, [PLACE], |row| row.get(0))?.unwrap_or(0);
            if batch.end <= Offset(applied) {
                return Ok(());
            }
            let mut outcomes = batch.outcomes.clone();
            let mut seen = Vec::new();
            for arrival in &batch.arrivals {
                let verdict = take(transaction, arrival)?;
                if verdict == Verdict::Taken {
                    seen.push(Sighting::of(arrival));
                }
                if let Verdict::Refused(_, kind, detail) = &verdict {
                    let problem = Problem::of(arrival, *kind, detail);
                    problem::note(transaction, &problem)?;
                }
                outcomes.record(outcome(arrival, &verdict), 1);
            }
            account::add(transaction, (batch.start, batch.end), &outcomes, &seen)?;
            set_place(transaction, PLACE, batch.end.0)
        })
    }
}

/// The line of the accounts.
fn outcome(arrival: &Arrival, verdict: &Verdict) -> OutcomeKey {
    let (fate, reason) = match verdict {
        Verdict::Taken => (Fate::Accepted, ""),
        Verdict::Filtered(reason) => (Fate::Filtered, *reason),
        Verdict::TooOften => (Fate::RateLimited, "rate_limited"),
        Verdict::Refused(reason, ..) => (Fate::Invalid, *reason),
    };
    let (project, key, category) = (arrival.project, Some(arrival.key), Category::Monitor);
    OutcomeKey { project, key, category, fate, reason: reason.into() }
}

/// Takes one check-in: the monitor is made or changed as it says, then its environment, then the run.
fn take(connection: &Connection, arrival: &Arrival) -> Result<Verdict, AlarmError> {
    let monitor = match upsert(connection, arrival)? {
        Ok(monitor) => monitor,
        Err(refused) => return Ok(refused),
    };
    if !monitor.says.is_enabled {
        return Ok(Verdict::Filtered("monitor_disabled"));
    }
    let Some(mut environment) = environment(connection, &monitor, arrival)? else {
        let detail = format!("a monitor may have at most {ENVIRONMENTS_MAX} environments");
        let kind = ProblemKind::EnvironmentLimit;
        return Ok(Verdict::Refused("monitor_environment_limit_exceeded", kind, detail));
    };
    if !has_room(&mut environment, arrival.received) {
        if environment.count == PER_MINUTE_MAX + 1 {
            let detail = format!("at most {PER_MINUTE_MAX} check-ins a minute are taken");
            let problem = Problem::of(arrival, ProblemKind::TooOften, &detail);
            problem::note(connection, &problem)?;
            state::write(connection, &environment)?;
        }
        return Ok(Verdict::TooOften);
    }
    environment.key = arrival.key;
    let verdict = receive(connection, &monitor, &mut environment, arrival)?;
    state::write(connection, &environment)?;
    Ok(verdict)
}

fn upsert(
    connection: &Connection,
    arrival: &Arrival,
) -> Result<Result<Monitor, Verdict>, AlarmError> {
    let sent = arrival.config.as_deref();
    let sent: Option<Value> = sent.map(|text| serde_json::from_str(text).unwrap_or(Value::Null));
    let known = monitor::by_slug(connection, arrival.project, &arrival.slug)?;
    let config = known.as_ref().map(|known| &known.says.config);
    let owner = sent.as_ref().and_then(|sent| sent.get("owner")?.as_str()).map(str::to_owned);
    match (schedule::upsert(config, sent.as_ref()), known) {
        (Upsert::Keep, Some(known)) => {
            // It stays as it is, but somebody should learn why.
            if let Some(Err(cause)) =
                sent.filter(|sent| !sent.is_null()).as_ref().map(Config::from_json)
            {
                let problem = Problem::of(arrival, ProblemKind::Config, &cause.to_string());
                problem::note(connection, &problem)?;
            }
            Ok(Ok(known))
        }
        // A file says what it is, and would say so again.
        (Upsert::Update(_), Some(known)) if !known.origin.is_empty() => Ok(Ok(known)),
        (Upsert::Update(config), Some(mut known)) => {
            monitor::configure(connection, &mut known, config, arrival.received)?;
            Ok(Ok(known))
        }
        (Upsert::Create(config), _) => {
            let says = MonitorChange {
                slug: arrival.slug.clone(),
                name: arrival.slug.clone(),
                config,
                is_enabled: true,
                is_muted: false,
                owner: owner.filter(|owner| is_actor(owner)),
            };
            let place = (arrival.organization, arrival.project);
            match monitor::create(connection, place, &says, (true, arrival.received)) {
                Ok(made) => Ok(Ok(made)),
                Err(problem @ AlarmError::TooMany { .. }) => {
                    let kind = ProblemKind::OverQuota;
                    let detail = problem.to_string();
                    Ok(Err(Verdict::Refused("monitor_limit_exceeded", kind, detail)))
                }
                Err(other) => Err(other),
            }
        }
        (Upsert::Refuse(Some(cause)), _) => {
            let (kind, detail) = (ProblemKind::Config, cause.to_string());
            Ok(Err(Verdict::Refused("invalid_monitor", kind, detail)))
        }
        (Upsert::Refuse(None) | Upsert::Keep | Upsert::Update(_), _) => {
            let detail = "there is no monitor of that slug, and no monitor_config to make one of";
            let kind = ProblemKind::NotFound;
            Ok(Err(Verdict::Refused("invalid_monitor", kind, detail.to_owned())))
        }
    }
}

/// `user:7` or `team:7`.
fn is_actor(text: &str) -> bool {
    let number = text.strip_prefix("user:").or_else(|| text.strip_prefix("team:"));
    number.is_some_and(|number| number.parse::<u64>().is_ok())
}

/// The monitor's environment, made on demand; `None` when there are too many.
fn environment(
    connection: &Connection,
    monitor: &Monitor,
    arrival: &Arrival,
) -> Result<Option<MonitorEnvironment>, AlarmError> {
    let find = || {
        let columns = state::COLUMNS;
        let sql =
            format!("SELECT {columns} FROM monitor_environments WHERE monitor = ? AND name = ?");
        row(connection, &sql, params![monitor.id, arrival.environment], state::read)
    };
    if let Some(found) = find()? {
        return Ok(Some(found));
    }
    let sql = "INSERT INTO monitor_environments (monitor, name, muted, created)
               SELECT ?1, ?2, 0, ?3
               WHERE (SELECT count(*) FROM monitor_environments WHERE monitor = ?1) < ?4";
    let values = params![monitor.id, arrival.environment, arrival.received.0, ENVIRONMENTS_MAX];
    execute(connection, sql, values)?;
    find()
}

/// Counts a check-in; false when there were too many in its minute.
fn has_room(environment: &mut MonitorEnvironment, received: Micros) -> bool {
    let minute = received.0 / 60_000_000;
    if environment.minute != minute {
        (environment.minute, environment.count) = (minute, 0);
    }
    environment.count += 1;
    environment.count <= PER_MINUTE_MAX
}

fn receive(
    connection: &Connection,
    monitor: &Monitor,
    environment: &mut MonitorEnvironment,
    arrival: &Arrival,
) -> Result<Verdict, AlarmError> {
    let known = known(connection, environment, arrival)?;
    if known.as_ref().is_some_and(|known| known.environment != environment.id) {
        let detail = "a run of that id belongs to another monitor or environment".to_owned();
        let kind = ProblemKind::EnvironmentMismatch;
        return Ok(Verdict::Refused("monitor_environment_mismatch", kind, detail));
    }
    let (id, status) = (arrival.id, arrival.status);
    let report = Report { id, status, duration_millis: arrival.duration_millis };
    let fresh = if id.is_nil() { arrival.fresh_id } else { id };
    let run = known.as_ref().map(|known| &known.run);
    let given = (fresh, arrival.received);
    match environment.state.receive(&monitor.says.config, run, &report, given) {
        Ok(received) => {
            let mut trace = arrival.trace;
            let row = match known {
                Some(known) => {
                    trace = trace.or(known.trace);
                    update(connection, known.row, &received.check_in, trace)?;
                    known.row
                }
                None => add(
                    connection,
                    (monitor, environment.id),
                    (&received.check_in, trace),
                    arrival.received,
                )?,
            };
            if let Some(transition) = received.transition {
                let about = occurrence::About { row, check_in: &received.check_in, trace };
                occurrence::tell(connection, monitor, environment, &about, transition)?;
            }
            Ok(Verdict::Taken)
        }
        Err(Refusal::Overtaken) => Ok(Verdict::Taken),
        Err(Refusal::Ended) => {
            let detail = "the run of that id has ended already".to_owned();
            Ok(Verdict::Refused("checkin_finished", ProblemKind::Finished, detail))
        }
    }
}

/// A run as it is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) row: u64,
    pub(crate) environment: u64,
    pub(crate) run: CheckIn,
    pub(crate) trace: Option<TraceId>,
}

pub(crate) const COLUMNS: &str =
    "id, environment, guid, status, started, updated, expected, duration_millis, timeout_at, trace";

pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Known> {
    Ok(Known {
        row: row.get(0)?,
        environment: row.get(1)?,
        run: CheckIn {
            id: EventId(row.get(2)?),
            status: state::status(row, 3)?,
            started: Micros(row.get(4)?),
            updated: Micros(row.get(5)?),
            expected: state::moment(row, 6)?,
            duration_millis: row.get(7)?,
            timeout_at: state::moment(row, 8)?,
        },
        trace: row.get::<_, Option<[u8; 16]>>(9)?.map(TraceId),
    })
}

/// The run that a check-in is about.
fn known(
    connection: &Connection,
    environment: &MonitorEnvironment,
    arrival: &Arrival,
) -> Result<Option<Known>, AlarmError> {
    if arrival.id.is_nil() {
        let sql = format!(
            "SELECT {COLUMNS} FROM check_ins WHERE environment = ? AND timeout_at IS NOT NULL
             ORDER BY started DESC, id DESC LIMIT 1"
        );
        return row(connection, &sql, [environment.id], read);
    }
    let sql = format!("SELECT {COLUMNS} FROM check_ins WHERE project = ? AND guid = ?");
    row(connection, &sql, params![arrival.project.0, arrival.id.0], read)
}

/// Writes a new run, in the environment of that id; answers its row.
pub(crate) fn add(
    connection: &Connection,
    (monitor, environment): (&Monitor, u64),
    (check_in, trace): (&CheckIn, Option<TraceId>),
    now: Micros,
) -> Result<u64, AlarmError> {
    let sql = "INSERT INTO check_ins (project, environment, guid, status, started, added, updated,
               expected, duration_millis, timeout_at, in_progress_at, trace)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let is_running = check_in.status == Status::InProgress;
    let values = params![
        monitor.project.0,
        environment,
        check_in.id.0,
        state::number(check_in.status),
        check_in.started.0,
        now.0,
        check_in.updated.0,
        check_in.expected.map(|at| at.0),
        check_in.duration_millis,
        check_in.timeout_at.map(|at| at.0),
        is_running.then_some(check_in.started.0),
        trace.map(|trace| trace.0)
    ];
    insert(connection, sql, values)
}

/// Writes what has changed of a run.
pub(crate) fn update(
    connection: &Connection,
    row: u64,
    check_in: &CheckIn,
    trace: Option<TraceId>,
) -> Result<(), AlarmError> {
    let sql = "UPDATE check_ins SET status = ?, updated = ?, duration_millis = ?, timeout_at = ?,
               trace = ? WHERE id = ?";
    let values = params![
        state::number(check_in.status),
        check_in.updated.0,
        check_in.duration_millis,
        check_in.timeout_at.map(|at| at.0),
        trace.map(|trace| trace.0),
        row
    ];
    execute(connection, sql, values).map(drop)
}
