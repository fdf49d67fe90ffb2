//! What rules about issues decided, noted step by step together with what it was decided from.

use alert::Alert;
use model::clock::Micros;
use model::id::{IssueId, OrganizationId};
use rusqlite::{Connection, params};

use crate::database::Alarms;
use crate::error::AlarmError;
use crate::report::{self, Report, set_place};
use crate::rows::{execute, json, row, rows, written};

/// The last transition of `meta` that was worked up.
const TRANSITIONS: &str = "transitions";
/// When the newest event arrived that was looked at.
const ARRIVALS: &str = "arrivals";

/// One decision.
#[derive(Debug, Clone, PartialEq)]
pub enum IssueStep {
    /// A rule fired for an issue.
    Fired {
        /// Which rule.
        rule: u64,
        /// For which issue.
        issue: IssueId,
        /// What it reports.
        report: Box<Report>,
    },
    /// An issue is done with: whatever fires for it is over.
    Over {
        /// Which issue.
        issue: IssueId,
        /// Since when.
        at: Micros,
    },
}

/// What was decided in one go, and up to where it was looked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IssueTurn {
    /// The decisions, in order.
    pub steps: Vec<IssueStep>,
    /// The last transition that was worked up, if any was.
    pub transitions: Option<u64>,
    /// When the newest event arrived that was looked at, if one was.
    pub arrivals: Option<Micros>,
}

impl IssueTurn {
    /// Whether there is nothing to note.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.transitions.is_none() && self.arrivals.is_none()
    }
}

impl Alarms {
    /// Notes what rules about issues decided, with what is reported of it, and up to where they looked:
    /// all of it or nothing, so that nothing fires twice. A rule that was deleted meanwhile fires no more.
    ///
    /// # Errors
    /// As [`Alarms::report`].
    pub fn fire(&self, turn: &IssueTurn) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let mut reports = Vec::with_capacity(turn.steps.len());
            for step in &turn.steps {
                match step {
                    IssueStep::Fired { rule, issue, report } => {
                        if fired(transaction, *rule, *issue, report)? {
                            reports.push(Report::clone(report));
                        }
                    }
                    IssueStep::Over { issue, at } => {
                        reports.extend(over(transaction, *issue, *at)?);
                    }
                }
            }
            if let Some(place) = turn.transitions {
                set_place(transaction, TRANSITIONS, place)?;
            }
            if let Some(at) = turn.arrivals {
                set_place(transaction, ARRIVALS, at.0)?;
            }
            report::add(transaction, &reports)
        })
    }

    /// When a rule last fired for one of these issues.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn fired(&self, rule: u64, issues: &[IssueId]) -> Result<Option<Micros>, AlarmError> {
        let sql = "SELECT at FROM fired WHERE rule = ? AND issue = ?";
        self.read(|connection| {
            let mut last = None;
            for issue in issues {
                let at =
                    row(connection, sql, params![rule, issue.0], |row| row.get(0).map(Micros))?;
                last = last.max(at);
            }
            Ok(last)
        })
    }

    /// The last transition of `meta` that was worked up.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn transitions_place(&self) -> Result<Option<u64>, AlarmError> {
        self.place(TRANSITIONS)
    }

    /// When the newest event arrived that was looked at.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn arrivals_place(&self) -> Result<Option<Micros>, AlarmError> {
        Ok(self.place(ARRIVALS)?.map(Micros))
    }

    /// Forgets what lapsed before that moment, and when rules fired for an issue before it.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn forget_fired(&self, before: Micros) -> Result<(), AlarmError> {
        self.write(|transaction| {
            execute(transaction, "DELETE FROM firing WHERE lapses < ?", [before.0])?;
            execute(transaction, "DELETE FROM fired WHERE at < ?", [before.0]).map(drop)
        })
    }
}

/// False when there is no such rule any more.
fn fired(
    connection: &Connection,
    rule: u64,
    issue: IssueId,
    report: &Report,
) -> Result<bool, AlarmError> {
    let alert = &report.alert;
    let sql = "UPDATE rules SET triggered = ? WHERE id = ?";
    if execute(connection, sql, params![alert.at.0, rule])? == 0 {
        return Ok(false);
    }
    let sql = "INSERT INTO fired (rule, issue, at) VALUES (?, ?, ?)
               ON CONFLICT DO UPDATE SET at = excluded.at";
    execute(connection, sql, params![rule, issue.0, alert.at.0])?;
    let Some(lapses) = alert.lapses_at else { return Ok(true) };
    let sql = "INSERT OR REPLACE INTO firing (issue, rule, lapses, organization, alert, about)
               VALUES (?, ?, ?, ?, ?, ?)";
    let (alert, about) = (written(alert)?, written(&report.about)?);
    let values = params![issue.0, rule, lapses.0, report.organization.0, alert, about];
    execute(connection, sql, values)?;
    Ok(true)
}

/// The ends of what fires for an issue, or did until it lapsed: a pager that was told then waits for it.
fn over(connection: &Connection, issue: IssueId, at: Micros) -> Result<Vec<Report>, AlarmError> {
    let sql = "SELECT organization, alert, about FROM firing WHERE issue = ? ORDER BY rule";
    let firing = rows(connection, sql, [issue.0], |row| {
        let organization = OrganizationId(row.get(0)?);
        Ok(Report { organization, alert: json(row, 1)?, about: json(row, 2)? })
    })?;
    execute(connection, "DELETE FROM firing WHERE issue = ?", [issue.0])?;
    let end = |report: Report| {
        // A rule may have seen it later than somebody resolved it.
        let at = at.max(report.alert.at);
        let alert = Alert { is_firing: false, at, lapses_at: None, ..report.alert };
        Report { alert, ..report }
    };
    Ok(firing.into_iter().map(end).collect())
}
