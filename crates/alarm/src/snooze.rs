//! Rules that are quiet for a while because somebody asked for it.

use std::collections::HashMap;

use model::clock::Micros;
use model::id::{OrganizationId, UserId};
use rusqlite::params;

use crate::database::Alarms;
use crate::error::AlarmError;
use crate::rows::{execute, execute_one, row, rows};
use crate::rule::note_change;

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
            let known = row(transaction, "SELECT 1 FROM rules WHERE id = ?", [rule], |_| Ok(()))?;
            known.ok_or(AlarmError::Missing("rule"))?;
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
            execute_one(transaction, "snooze", "DELETE FROM snoozes WHERE rule = ?", [rule])?;
            note_change(transaction)
        })
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
