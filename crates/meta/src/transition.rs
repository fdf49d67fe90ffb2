//! How issues changed their state, in order, for those who act on it, such as alerts.
//!
//! A reader has a name and a place in the list. It takes what is unread, acts, and says how far it has
//! come; of several that share a name only one can say so for the same piece. Ids never repeat, so whoever
//! notes them beside what it does has done each exactly once, also when it stops in between.

use model::clock::Micros;
use model::id::{EventId, IssueId, ProjectId, UserId};
use rusqlite::{Connection, Row, params};
use serde_json::Value;

use crate::activity::{self, ActivityKind, NewActivity};
use crate::clock_time::{DAY, before};
use crate::database::Meta;
use crate::error::MetaError;
use crate::issue_state::{IssueStatus, Standing, Substatus};
use crate::page::{execute, execute_one, row, rows};

/// Transitions that are kept, whether somebody read them or not.
const KEPT_MAX: u64 = 100_000;
/// How long they are kept.
const KEPT_DAYS: u64 = 30;
/// Transitions of one piece.
const PIECE_MAX: usize = 1_000;
/// Readers, and bytes of the name of one.
const READERS_MAX: u64 = 100;
const READER_BYTES_MAX: usize = 100;

/// What kind of change it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransitionKind {
    /// The first event of an issue came.
    New,
    /// It is done with.
    Resolved,
    /// It is to be left alone, or otherwise than before.
    Archived,
    /// A person opened it again.
    Reopened,
    /// It was archived until a condition was met, and that is so.
    Returned,
    /// It was resolved and happened again.
    Regressed,
    /// It happens more often than forecast.
    Escalating,
    /// It is open for so long that it is nothing special any more.
    Ongoing,
}

impl TransitionKind {
    const ALL: [(Self, &str); 8] = [
        (Self::New, "new"),
        (Self::Resolved, "resolved"),
        (Self::Archived, "archived"),
        (Self::Reopened, "reopened"),
        (Self::Returned, "returned"),
        (Self::Regressed, "regressed"),
        (Self::Escalating, "escalating"),
        (Self::Ongoing, "ongoing"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }

    /// What kind of change leads from one to the other; `None` when nothing changes.
    pub(crate) fn of(from: Option<Standing>, to: Standing, by_itself: bool) -> Option<Self> {
        if from == Some(to) {
            return None;
        }
        let Some(from) = from else { return Some(Self::New) };
        Some(match (to.status, to.substatus) {
            (IssueStatus::Resolved, _) => Self::Resolved,
            (IssueStatus::Ignored, _) => Self::Archived,
            (IssueStatus::Unresolved, _) if !by_itself => Self::Reopened,
            (IssueStatus::Unresolved, Some(Substatus::Regressed)) => Self::Regressed,
            (IssueStatus::Unresolved, Some(Substatus::Escalating)) => Self::Escalating,
            (IssueStatus::Unresolved, _) if from.status == IssueStatus::Unresolved => Self::Ongoing,
            (IssueStatus::Unresolved, _) => Self::Returned,
        })
    }
}

/// A change of an issue's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// Its place in the list, from 1 on.
    pub id: u64,
    /// Where.
    pub project: ProjectId,
    /// Which issue; it may be gone since.
    pub issue: IssueId,
    /// What kind of change.
    pub kind: TransitionKind,
    /// When.
    pub at: Micros,
    /// What it was; `None` of new issues.
    pub from: Option<Standing>,
    /// What it is.
    pub to: Standing,
    /// Who did it; `None` when nobody did.
    pub actor: Option<UserId>,
    /// The event that did it.
    pub event: Option<EventId>,
    /// Of that event; empty when there is none.
    pub release: String,
}

/// A piece of what a reader has not read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unread {
    /// The transitions, in order.
    pub transitions: Vec<Transition>,
    /// How many before them were forgotten unread.
    pub missed: u64,
    /// After which one it begins, and which is its last.
    places: (u64, u64),
}

impl Meta {
    /// Makes a reader known. It begins with what happens from now on; one that is known stays where it is.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] for a name that is too long, or too many readers.
    pub fn begin_reading_transitions(&self, reader: &str) -> Result<(), MetaError> {
        if reader.is_empty() || reader.len() > READER_BYTES_MAX {
            let reason = format!("must have 1 to {READER_BYTES_MAX} bytes");
            return Err(MetaError::invalid("reader", reason));
        }
        self.write(|transaction| {
            let known = "SELECT 1 FROM transition_readers WHERE name = ?";
            if row(transaction, known, [reader], |_| Ok(()))?.is_some() {
                return Ok(());
            }
            let sql = "INSERT INTO transition_readers (name, read_to)
                       SELECT ?, ? WHERE (SELECT count(*) FROM transition_readers) < ?";
            let values = params![reader, newest(transaction)?, READERS_MAX];
            match execute(transaction, sql, values)? {
                0 => Err(MetaError::invalid("reader", format!("at most {READERS_MAX} readers"))),
                _ => Ok(()),
            }
        })
    }

    /// The next piece of what a reader has not read, at most `limit` transitions and never more than 1,000.
    /// They are on disk before they are answered: what somebody acted on is never taken back by a loss of
    /// power, and its id given to another.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when the reader is not known.
    pub fn unread_transitions(&self, reader: &str, limit: usize) -> Result<Unread, MetaError> {
        let read_to = |connection: &Connection| {
            let sql = "SELECT read_to FROM transition_readers WHERE name = ?";
            let read_to: Option<u64> = row(connection, sql, [reader], |row| row.get(0))?;
            read_to.ok_or(MetaError::Missing("reader"))
        };
        // Most of the time there is nothing, which needs no writer.
        let (from, newest) =
            self.read(|connection| Ok((read_to(connection)?, newest(connection)?)))?;
        if newest <= from {
            return Ok(Unread { places: (from, from), ..Unread::default() });
        }
        self.write(|transaction| {
            let unread = piece(transaction, read_to(transaction)?, limit)?;
            // A transaction that changes nothing would make nothing durable.
            let sql = "UPDATE transition_readers SET offered = ?2 WHERE name = ?1 AND offered < ?2";
            execute(transaction, sql, params![reader, unread.places.1])?;
            Ok(unread)
        })
    }

    /// How issues of a project changed their state since then, newest first: the first `limit` of what is
    /// still known.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn transitions_since(
        &self,
        project: ProjectId,
        since: Micros,
        limit: usize,
    ) -> Result<Vec<Transition>, MetaError> {
        let sql = "SELECT id, project, issue, kind, at, from_status, from_substatus, to_status,
                   to_substatus, actor, event, release FROM transitions
                   WHERE project = ? AND at >= ? ORDER BY id DESC LIMIT ?";
        let values = params![project.0, since.0, limit.min(PIECE_MAX)];
        self.read(|connection| rows(connection, sql, values, read))
    }

    /// Notes that a reader is done with a piece.
    ///
    /// # Errors
    /// [`MetaError::Refused`] when another one of that name was done with it first: what it did counts.
    pub fn read_transitions(&self, reader: &str, unread: &Unread) -> Result<(), MetaError> {
        let (from, to) = unread.places;
        self.write(|transaction| {
            let sql = "UPDATE transition_readers SET read_to = ? WHERE name = ? AND read_to = ?";
            match execute(transaction, sql, params![to, reader, from])? {
                0 => Err(MetaError::Refused("somebody else has read these transitions already")),
                _ => Ok(()),
            }
        })
    }

    /// Forgets a reader.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when it is not known.
    pub fn stop_reading_transitions(&self, reader: &str) -> Result<(), MetaError> {
        self.write(|transaction| {
            let sql = "DELETE FROM transition_readers WHERE name = ?";
            execute_one(transaction, "reader", sql, [reader])
        })
    }

    /// Forgets transitions that are too old or too many.
    pub(crate) fn forget_transitions(&self, now: Micros) -> Result<(), MetaError> {
        self.write(|transaction| {
            let last = newest(transaction)?.saturating_sub(KEPT_MAX);
            let sql = "DELETE FROM transitions WHERE id <= ? OR at < ?";
            execute(transaction, sql, [last, before(now, KEPT_DAYS * DAY).0]).map(drop)
        })
    }
}

/// A change of state.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) issue: IssueId,
    pub(crate) project: ProjectId,
    pub(crate) from: Option<Standing>,
    pub(crate) to: Standing,
    pub(crate) at: Micros,
    /// Whether nobody asked for it.
    pub(crate) by_itself: bool,
    pub(crate) actor: Option<UserId>,
    /// The event that did it, and its release.
    pub(crate) event: Option<(EventId, String)>,
}

/// Adds a change of state to the list, unless nothing changes.
pub(crate) fn record(connection: &Connection, turn: &Turn) -> Result<(), MetaError> {
    let Some(kind) = TransitionKind::of(turn.from, turn.to, turn.by_itself) else { return Ok(()) };
    debug_assert!(turn.to.is_possible() && turn.from.is_none_or(Standing::is_possible), "{turn:?}");
    let (status, substatus) = turn.from.map(|from| (from.status, from.substatus)).unzip();
    let (event, release) = turn.event.as_ref().map(|(event, release)| (event.0, release)).unzip();
    let sql = "INSERT INTO transitions (project, issue, kind, at, from_status, from_substatus,
               to_status, to_substatus, actor, event, release)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let values = params![
        turn.project.0,
        turn.issue.0,
        kind.name(),
        turn.at.0,
        status,
        substatus.flatten(),
        turn.to.status,
        turn.to.substatus,
        turn.actor.map(|actor| actor.0),
        event,
        release.map_or("", String::as_str)
    ];
    execute(connection, sql, values).map(drop)
}

/// Opens an issue, or lets it be open in another way, which nobody asked for; with an activity.
pub(crate) fn open(
    connection: &Connection,
    turn: &Turn,
    activity: ActivityKind,
    data: Value,
) -> Result<(), MetaError> {
    let sql = "UPDATE issues SET status = ?, substatus = ?, status_changed = ?,
               status_details = NULL WHERE id = ?";
    let values = params![turn.to.status, turn.to.substatus, turn.at.0, turn.issue.0];
    execute(connection, sql, values)?;
    let (issue, user, kind, at) = (turn.issue, None, activity, turn.at);
    activity::add(connection, &NewActivity { issue, user, kind, at, data })?;
    record(connection, turn)
}

/// What comes after a place in the list.
fn piece(connection: &Connection, read_to: u64, limit: usize) -> Result<Unread, MetaError> {
    let sql = "SELECT id, project, issue, kind, at, from_status, from_substatus, to_status,
               to_substatus, actor, event, release FROM transitions WHERE id > ?
               ORDER BY id LIMIT ?";
    let limit = limit.clamp(1, PIECE_MAX);
    let transitions = rows(connection, sql, params![read_to, limit], read)?;
    // Ids have no gaps, so what lies between was forgotten.
    let ends = transitions.first().zip(transitions.last());
    let (next, last) = if let Some((first, last)) = ends {
        (first.id, last.id)
    } else {
        let newest = newest(connection)?.max(read_to);
        (newest + 1, newest)
    };
    let missed = next.saturating_sub(read_to + 1);
    Ok(Unread { transitions, missed, places: (read_to, last) })
}

/// The id of the last transition there ever was.
fn newest(connection: &Connection) -> Result<u64, MetaError> {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'transitions'";
    Ok(row(connection, sql, [], |row| row.get(0))?.unwrap_or(0))
}

fn read(row: &Row<'_>) -> Result<Transition, rusqlite::Error> {
    let name = row.get_ref(3)?.as_str()?;
    let kind = TransitionKind::ALL.iter().find(|(_, known)| *known == name);
    let from: Option<IssueStatus> = row.get(5)?;
    let from_substatus = row.get(6)?;
    Ok(Transition {
        id: row.get(0)?,
        project: ProjectId(row.get(1)?),
        issue: IssueId(row.get(2)?),
        kind: kind.map_or(TransitionKind::Reopened, |(kind, _)| *kind),
        at: Micros(row.get(4)?),
        from: from.map(|status| Standing { status, substatus: from_substatus }),
        to: Standing { status: row.get(7)?, substatus: row.get(8)? },
        actor: row.get::<_, Option<u64>>(9)?.map(UserId),
        event: row.get::<_, Option<[u8; 16]>>(10)?.map(EventId),
        release: row.get(11)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_follow_from_what_it_was_and_is() {
        use Substatus::{
            Escalating, Forever, New, Ongoing, Regressed, UntilConditionMet, UntilEscalating,
        };
        let open =
            |substatus| Standing { status: IssueStatus::Unresolved, substatus: Some(substatus) };
        let archived =
            |substatus| Standing { status: IssueStatus::Ignored, substatus: Some(substatus) };
        let resolved = Standing { status: IssueStatus::Resolved, substatus: None };
        for (from, to, by_itself, expected) in [
            (None, open(New), true, Some(TransitionKind::New)),
            (Some(open(New)), open(Ongoing), true, Some(TransitionKind::Ongoing)),
            (Some(open(Regressed)), open(Ongoing), true, Some(TransitionKind::Ongoing)),
            (Some(open(Escalating)), open(Ongoing), true, Some(TransitionKind::Ongoing)),
            (Some(open(Ongoing)), open(Escalating), true, Some(TransitionKind::Escalating)),
            (
                Some(archived(UntilEscalating)),
                open(Escalating),
                true,
                Some(TransitionKind::Escalating),
            ),
            (
                Some(archived(UntilConditionMet)),
                open(Ongoing),
                true,
                Some(TransitionKind::Returned),
            ),
            (Some(resolved), open(Regressed), true, Some(TransitionKind::Regressed)),
            (Some(open(New)), resolved, true, Some(TransitionKind::Resolved)),
            (Some(open(New)), resolved, false, Some(TransitionKind::Resolved)),
            (Some(open(New)), archived(Forever), false, Some(TransitionKind::Archived)),
            (
                Some(archived(Forever)),
                archived(UntilEscalating),
                false,
                Some(TransitionKind::Archived),
            ),
            (Some(archived(Forever)), open(Ongoing), false, Some(TransitionKind::Reopened)),
            (Some(resolved), open(Ongoing), false, Some(TransitionKind::Reopened)),
            // Taken back.
            (Some(resolved), open(New), false, Some(TransitionKind::Reopened)),
            (Some(resolved), open(Regressed), false, Some(TransitionKind::Reopened)),
            (Some(resolved), resolved, false, None),
            (Some(open(New)), open(New), true, None),
        ] {
            assert_eq!(TransitionKind::of(from, to, by_itself), expected, "{from:?} {to:?}");
        }
    }
}
