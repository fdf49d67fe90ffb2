//! Issues as they are read.

use std::collections::HashMap;

use model::clock::Micros;
use model::id::{GroupHash, IssueId, ProjectId, UserId};
use model::limits;
use rusqlite::{Connection, Row, ToSql, params};

use crate::database::Meta;
use crate::error::{MetaError, from_json, to_json};
use crate::issue_state::{IssueState, Level, StatusDetails};
use crate::page::{Listed, Page, execute, listed, row, rows};

/// Who is to look after an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IssueOwner {
    /// A person.
    User(UserId),
    /// A team.
    Team(u64),
}

/// A group of events with one cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Its id.
    pub id: IssueId,
    /// Whose it is.
    pub project: ProjectId,
    /// The how manieth of its project; the last part of its short id.
    pub number: u64,
    /// What people decided about it.
    pub state: IssueState,
    /// Level of its newest event.
    pub level: Level,
    /// When its first event happened.
    pub first_seen: Micros,
    /// When its newest event happened.
    pub last_seen: Micros,
    /// Events of all time.
    pub times_seen: u64,
    /// People hit within the retention time.
    pub user_count: u64,
    /// True when the app did not catch one of its events.
    pub unhandled: bool,
    /// Platform of its first event.
    pub platform: String,
    /// Type of its first event: `error`, `default`, `csp`, …
    pub event_type: String,
    /// Logger of its first event.
    pub logger: String,
    /// The release it began in.
    pub first_release: Option<String>,
    /// The release it was last seen in.
    pub last_release: Option<String>,
    /// How many comments it has.
    pub comments: u64,
    /// `Type: value` or the message of its newest event.
    pub title: String,
    /// Where its newest event happened.
    pub culprit: String,
    /// What lists show of its newest event: a JSON object.
    pub metadata: String,
}

/// What one person did to one issue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IssueMarks {
    /// They keep it.
    pub bookmarked: bool,
    /// They want to hear of it, or explicitly not; `None` when they did not say.
    pub subscribed: Option<bool>,
    /// When they last looked at it.
    pub seen: Option<Micros>,
}

/// A grouping hash of an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashState {
    /// The hash.
    pub hash: GroupHash,
    /// The issue its events were stored under before a merge.
    pub origin: IssueId,
}

const COLUMNS: &str = "SELECT issues.id, project, number, status, substatus, status_changed,
    status_details, priority, priority_locked, level, first_seen, last_seen, times_seen, user_count,
    unhandled, platform, event_type, logger,
    (SELECT version FROM releases WHERE id = first_release),
    (SELECT version FROM releases WHERE id = last_release),
    assigned_user, assigned_team, comments, title, culprit, metadata
    FROM issues JOIN issue_texts ON issue_texts.issue = issues.id";

impl Meta {
    /// The issue of that id, or the one it was merged into, which has another id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn issue(&self, id: IssueId) -> Result<Option<Issue>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE issues.id = (SELECT coalesce(merged_into, id) FROM issues WHERE id = ?)"
        );
        self.one_issue(&sql, &[&id.0])
    }

    /// The issue of that number of a project, or the one it was merged into.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn issue_by_number(
        &self,
        project: ProjectId,
        number: u64,
    ) -> Result<Option<Issue>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE issues.id =
             (SELECT coalesce(merged_into, id) FROM issues WHERE project = ? AND number = ?)"
        );
        self.one_issue(&sql, &[&project.0, &number])
    }

    /// The issues of these ids, in this order, without those that do not exist.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn issues(&self, ids: &[IssueId]) -> Result<Vec<Issue>, MetaError> {
        self.read(|connection| load(connection, ids))
    }

    /// What these ids stand for now, each with its number in its project: merged ones become their
    /// survivor, deleted ones are left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn numbered(
        &self,
        issues: &[IssueId],
    ) -> Result<HashMap<IssueId, (IssueId, u64)>, MetaError> {
        let sql = "SELECT asked.id, issues.id, issues.number FROM issues AS asked
                   JOIN issues ON issues.id = coalesce(asked.merged_into, asked.id)
                   WHERE asked.id IN (SELECT value FROM json_each(?))";
        let found = self.read(|connection| {
            rows(connection, sql, [id_list(issues)?], |row| {
                Ok((IssueId(row.get(0)?), (IssueId(row.get(1)?), row.get(2)?)))
            })
        })?;
        Ok(found.into_iter().collect())
    }

    fn one_issue(&self, sql: &str, values: &[&dyn ToSql]) -> Result<Option<Issue>, MetaError> {
        self.read(|connection| row(connection, sql, values, read))?.map(with_details).transpose()
    }

    /// For each of these issues, all ids its events may be stored under: its own first, then those of
    /// the issues merged into it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn merged(&self, issues: &[IssueId]) -> Result<HashMap<IssueId, Vec<IssueId>>, MetaError> {
        let mut merged: HashMap<_, _> = issues.iter().map(|issue| (*issue, vec![*issue])).collect();
        let sql = "SELECT merged_into, id FROM issues
                   WHERE merged_into IN (SELECT value FROM json_each(?))";
        let pairs = self.read(|connection| {
            rows(connection, sql, [id_list(issues)?], |row| {
                Ok((IssueId(row.get(0)?), IssueId(row.get(1)?)))
            })
        })?;
        for (survivor, issue) in pairs {
            merged.entry(survivor).or_default().push(issue);
        }
        Ok(merged)
    }

    /// The issues that these ids stand for now: merged ones become their survivor, deleted ones go.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn survivors(&self, issues: &[IssueId]) -> Result<Vec<IssueId>, MetaError> {
        let sql = "SELECT DISTINCT coalesce(merged_into, id) FROM issues
                   WHERE id IN (SELECT value FROM json_each(?))";
        self.read(|connection| {
            rows(connection, sql, [id_list(issues)?], |row| Ok(IssueId(row.get(0)?)))
        })
    }

    /// Issues whose stored events must not be shown any more.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn removed_issues(&self) -> Result<Vec<IssueId>, MetaError> {
        let sql = "SELECT issue FROM removed_issues ORDER BY issue";
        self.read(|connection| rows(connection, sql, [], |row| Ok(IssueId(row.get(0)?))))
    }

    /// The hashes of an issue.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn hashes(&self, issue: IssueId, page: Page) -> Result<Listed<HashState>, MetaError> {
        let sql = "SELECT hash, coalesce(origin, issue) FROM hashes WHERE issue = :issue
                   ORDER BY hash LIMIT :limit OFFSET :offset";
        let parameters: [(&str, &dyn ToSql); 1] = [(":issue", &issue.0)];
        self.read(|connection| {
            listed(connection, sql, page, &parameters, |row| {
                Ok(HashState { hash: GroupHash(row.get(0)?), origin: IssueId(row.get(1)?) })
            })
        })
    }

    /// Events per hour, `(hour, count)` in order, for many issues at once; merged ones are added.
    /// Hours are whole hours since 1970, the end is excluded; hours without events are left out.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] for more hours than a series may have.
    pub fn hours(
        &self,
        issues: &[IssueId],
        hour_start: u64,
        hour_end: u64,
    ) -> Result<HashMap<IssueId, Vec<(u64, u64)>>, MetaError> {
        if hour_end.saturating_sub(hour_start) > limits::SERIES_POINTS_MAX as u64 {
            return Err(MetaError::invalid("interval", "would create too many results"));
        }
        // From the list to the ids it stands for, then straight into the hours' primary key.
        let sql = "WITH wanted(survivor, id) AS MATERIALIZED (
                       SELECT value, value FROM json_each(?1) UNION ALL
                       SELECT merged_into, id FROM issues
                       WHERE merged_into IN (SELECT value FROM json_each(?1)))
                   SELECT survivor, hour, sum(count) FROM wanted
                   CROSS JOIN issue_hours ON issue_hours.issue = wanted.id
                   WHERE hour >= ?2 AND hour < ?3 GROUP BY survivor, hour ORDER BY survivor, hour";
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let mut found = statement.query(params![id_list(issues)?, hour_start, hour_end])?;
            let mut hours: HashMap<IssueId, Vec<(u64, u64)>> = HashMap::new();
            while let Some(row) = found.next()? {
                let issue = IssueId(row.get(0)?);
                hours.entry(issue).or_default().push((row.get(1)?, row.get(2)?));
            }
            Ok(hours)
        })
    }

    /// What a person did to these issues; issues they did nothing to are left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn marks(
        &self,
        user: UserId,
        issues: &[IssueId],
    ) -> Result<HashMap<IssueId, IssueMarks>, MetaError> {
        let sql = "SELECT issue, bookmarked, subscribed, seen FROM issue_marks
                   WHERE user = ? AND issue IN (SELECT value FROM json_each(?))";
        let found = self.read(|connection| {
            rows(connection, sql, params![user.0, id_list(issues)?], |row| {
                let marks = IssueMarks {
                    bookmarked: row.get::<_, Option<bool>>(1)?.unwrap_or(false),
                    subscribed: row.get(2)?,
                    seen: row.get::<_, Option<u64>>(3)?.map(Micros),
                };
                Ok((IssueId(row.get(0)?), marks))
            })
        })?;
        Ok(found.into_iter().collect())
    }

    /// Who has looked at an issue, latest first; at most 1,000.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn seen_by(&self, issue: IssueId) -> Result<Vec<(UserId, Micros)>, MetaError> {
        let sql = "SELECT user, seen FROM issue_marks WHERE issue = ? AND seen IS NOT NULL
                   ORDER BY seen DESC LIMIT 1000";
        self.read(|connection| {
            rows(connection, sql, [issue.0], |row| Ok((UserId(row.get(0)?), Micros(row.get(1)?))))
        })
    }

    /// Who wants to hear of an issue; at most 1,000.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn subscribers(&self, issue: IssueId) -> Result<Vec<UserId>, MetaError> {
        let sql =
            "SELECT user FROM issue_marks WHERE issue = ? AND subscribed ORDER BY user LIMIT 1000";
        self.read(|connection| rows(connection, sql, [issue.0], |row| Ok(UserId(row.get(0)?))))
    }

    /// Keeps issues for a person, or not any more.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn bookmark(
        &self,
        user: UserId,
        issues: &[IssueId],
        bookmarked: bool,
    ) -> Result<(), MetaError> {
        self.mark(user, issues, "bookmarked", u64::from(bookmarked))
    }

    /// Says whether a person wants to hear of issues.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn subscribe(
        &self,
        user: UserId,
        issues: &[IssueId],
        subscribed: bool,
    ) -> Result<(), MetaError> {
        self.mark(user, issues, "subscribed", u64::from(subscribed))
    }

    /// Notes that a person has looked at issues.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn mark_seen(&self, user: UserId, issues: &[IssueId]) -> Result<(), MetaError> {
        self.mark(user, issues, "seen", self.now().0)
    }

    fn mark(
        &self,
        user: UserId,
        issues: &[IssueId],
        column: &'static str,
        value: u64,
    ) -> Result<(), MetaError> {
        let sql = format!(
            "INSERT INTO issue_marks (issue, user, {column})
             SELECT id, ?1, ?2 FROM issues WHERE id IN (SELECT value FROM json_each(?3))
             ON CONFLICT DO UPDATE SET {column} = excluded.{column}"
        );
        let ids = id_list(issues)?;
        self.write(|transaction| execute(transaction, &sql, params![user.0, value, ids]).map(drop))
    }
}

/// Ids as the JSON list that `json_each` reads: one statement for any number of them.
pub(crate) fn id_list(issues: &[IssueId]) -> Result<String, MetaError> {
    to_json("list of ids", &issues.iter().map(|issue| issue.0).collect::<Vec<_>>())
}

pub(crate) fn load(connection: &Connection, ids: &[IssueId]) -> Result<Vec<Issue>, MetaError> {
    let sql = format!("{COLUMNS} WHERE issues.id = ?");
    let mut issues = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(found) = row(connection, &sql, [id.0], read)? {
            issues.push(with_details(found)?);
        }
    }
    Ok(issues)
}

fn read(row: &Row<'_>) -> Result<(Issue, Option<String>), rusqlite::Error> {
    let id = IssueId(row.get(0)?);
    let user: Option<u64> = row.get(20)?;
    let team: Option<u64> = row.get(21)?;
    let owner = user.map(|user| IssueOwner::User(UserId(user)));
    let state = IssueState {
        issue: id,
        status: row.get(3)?,
        substatus: row.get(4)?,
        status_changed: Micros(row.get(5)?),
        details: None,
        priority: row.get(7)?,
        priority_locked: row.get::<_, Option<u64>>(8)?.map(Micros),
        owner: owner.or(team.map(IssueOwner::Team)),
    };
    let issue = Issue {
        id,
        project: ProjectId(row.get(1)?),
        number: row.get(2)?,
        state,
        level: row.get(9)?,
        first_seen: Micros(row.get(10)?),
        last_seen: Micros(row.get(11)?),
        times_seen: row.get(12)?,
        user_count: row.get(13)?,
        unhandled: row.get(14)?,
        platform: row.get(15)?,
        event_type: row.get(16)?,
        logger: row.get(17)?,
        first_release: row.get(18)?,
        last_release: row.get(19)?,
        comments: row.get(22)?,
        title: row.get(23)?,
        culprit: row.get(24)?,
        metadata: row.get(25)?,
    };
    Ok((issue, row.get(6)?))
}

fn with_details((mut issue, details): (Issue, Option<String>)) -> Result<Issue, MetaError> {
    let read = |text: &str| from_json::<StatusDetails>("issue's status details", text);
    issue.state.details = details.as_deref().map(read).transpose()?;
    Ok(issue)
}
