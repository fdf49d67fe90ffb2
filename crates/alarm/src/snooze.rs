//! Rules that are quiet for a while because somebody asked for it.

use std::collections::HashMap;

use model::clock::Micros;
use model::id::{OrganizationId, UserId};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::database::Alarms;
use crate::error::AlarmError;
use crate::rows::{execute, execute_one, row, rows};
use crate::rule::{by_id, note_change};

/// That a rule is quiet for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snooze {
    /// Until when; `None` is for good.
    pub until: Option<Micros>,
    /// Who asked.
    pub by: Option<UserId>,
    /// When they asked.
    pub created: Micros,
}

impl Snooze {
    /// Whether the rule is quiet at that moment.
    pub fn holds(&self, now: Micros) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl Alarms {
    /// Lets a rule be quiet.
    ///
    /// # Errors
    /// [`AlarmError::Missing`] when there is no such rule.
    pub fn snooze_rule(&self, rule: u64, snooze: &Snooze) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let before = quiet(transaction, rule)?;
            let after = Some(json!({"quiet": snooze.until.map_or(0, |until| until.0)}));
            self.note_quiet(transaction, rule, (before, after))?;
            let sql = "INSERT OR REPLACE INTO snoozes (rule, until, by, created)
                       VALUES (?, ?, ?, ?)";
            let (until, by) = (snooze.until.map(|until| until.0), snooze.by.map(|user| user.0));
            execute(transaction, sql, params![rule, until, by, snooze.created.0])?;
            note_change(transaction)
        })
    }

    /// Lets a rule be heard again.
    ///
    /// # Errors
    /// [`AlarmError::Missing`] when it is not quiet.
    pub fn wake_rule(&self, rule: u64) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let before = quiet(transaction, rule)?;
            execute_one(transaction, "snooze", "DELETE FROM snoozes WHERE rule = ?", [rule])?;
            self.note_quiet(transaction, rule, (before, None))?;
            note_change(transaction)
        })
    }

    fn note_quiet(
        &self,
        connection: &Connection,
        rule: u64,
        (before, after): (Option<Value>, Option<Value>),
    ) -> Result<(), AlarmError> {
        let rule = by_id(connection, rule)?;
        // It is a change of the rule, whether it was quiet or will be.
        let image = |quiet: Option<Value>| Some(quiet.unwrap_or_else(|| json!({})));
        self.note(connection, &rule.noted(&rule.says.name, (image(before), image(after))))
    }

    /// The rules of an organisation that are quiet.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn snoozes(
        &self,
        organization: OrganizationId,
    ) -> Result<HashMap<u64, Snooze>, AlarmError> {
        let sql = "SELECT rule, until, by, snoozes.created FROM snoozes
                   JOIN rules ON rules.id = rule WHERE organization = ?";
        self.read(|connection| {
            let found = rows(connection, sql, [organization.0], |row| {
                let until: Option<u64> = row.get(1)?;
                let by: Option<u64> = row.get(2)?;
                let created = Micros(row.get(3)?);
                let snooze = Snooze { until: until.map(Micros), by: by.map(UserId), created };
                Ok((row.get(0)?, snooze))
            })?;
            Ok(found.into_iter().collect())
        })
    }
}

/// Until when a rule is quiet, in microseconds since 1970, 0 for good; `None` when it is not.
fn quiet(connection: &Connection, rule: u64) -> Result<Option<Value>, AlarmError> {
    let sql = "SELECT until FROM snoozes WHERE rule = ?";
    let until = row(connection, sql, [rule], |row| row.get::<_, Option<u64>>(0))?;
    Ok(until.map(|until| json!({"quiet": until.unwrap_or(0)})))
}
