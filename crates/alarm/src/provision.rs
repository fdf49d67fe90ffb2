//! Rules that come from files, and the rule that each new project gets.

use std::collections::{BTreeMap, BTreeSet};

use model::clock::Micros;
use model::id::{OrganizationId, ProjectId};
use rusqlite::params;

use crate::audit::Author;
use crate::database::Alarms;
use crate::error::AlarmError;
use crate::report;
use crate::rows::{execute, row, rows};
use crate::rule::{self, NewRule, Rule, RuleKind};

impl Alarms {
    /// Makes the rules of one kind that come from this file be these, which have the file as their origin:
    /// new ones are made, others changed where they say something else, and those that are not there any
    /// more go. A rule is known by project and name. Answers a line for each change.
    ///
    /// # Errors
    /// [`AlarmError::Taken`] when two of the same project have one name, [`AlarmError::TooMany`]; nothing is
    /// changed then.
    pub fn provision_rules(
        &self,
        origin: &str,
        kind: RuleKind,
        wanted: &[NewRule],
        now: Micros,
    ) -> Result<Vec<String>, AlarmError> {
        let program = format!("file {origin}");
        let by = self.by(Author { user: None, program, at: now, secrets: Vec::new() });
        debug_assert!(wanted.iter().all(|new| new.kind == kind && new.origin == origin));
        self.write(|transaction| {
            let mut known: BTreeMap<_, Rule> = BTreeMap::new();
            for rule in rule::of_origin(transaction, kind, origin)? {
                known.insert((rule.organization, rule.project, rule.says.name.clone()), rule);
            }
            let mut named = BTreeSet::new();
            let mut changes = Vec::new();
            for new in wanted {
                let key = (new.organization, new.project, new.says.name.clone());
                if !named.insert(key.clone()) {
                    return Err(AlarmError::Taken { what: "rule" });
                }
                let verb = match known.remove(&key) {
                    None => {
                        let rule = rule::create(transaction, new, now)?;
                        by.note_rule(transaction, &rule, (None, Some(&rule.says)))?;
                        "created"
                    }
                    Some(rule) if rule.says != new.says => {
                        rule::change(transaction, rule.id, &new.says, now)?;
                        by.note_rule(transaction, &rule, (Some(&rule.says), Some(&new.says)))?;
                        "changed"
                    }
                    Some(_) => continue,
                };
                changes.push(format!("rule {}: {verb}", new.says.name));
            }
            for rule in known.into_values() {
                rule::delete(transaction, rule.id)?;
                by.note_rule(transaction, &rule, (Some(&rule.says), None))?;
                changes.push(format!("rule {}: deleted", rule.says.name));
            }
            Ok(changes)
        })
    }

    /// Gives new projects their first rules, or none; does nothing to those for which that was done before.
    /// Answers how many there were for which it was not.
    ///
    /// # Errors
    /// [`AlarmError::TooMany`].
    pub fn begin_projects(
        &self,
        projects: &[(ProjectId, Option<NewRule>)],
        now: Micros,
    ) -> Result<usize, AlarmError> {
        let known = "SELECT 1 FROM begun_projects WHERE project = ?";
        let new = self.read(|connection| {
            let mut new = Vec::new();
            for project in projects {
                if row(connection, known, [project.0.0], |_| Ok(()))?.is_none() {
                    new.push(project);
                }
            }
            Ok(new)
        })?;
        if new.is_empty() {
            return Ok(0);
        }
        self.write(|transaction| {
            let mut begun = 0;
            for (project, rule) in new {
                let sql = "INSERT OR IGNORE INTO begun_projects (project) VALUES (?)";
                if execute(transaction, sql, [project.0])? > 0 {
                    begun += 1;
                    rule.as_ref().map(|new| rule::create(transaction, new, now)).transpose()?;
                }
            }
            Ok(begun)
        })
    }

    /// Forgets all rules of a project that is gone. What their alerts left open that lapsed is closed.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn forget_project(&self, project: ProjectId) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let sql = "SELECT id FROM rules WHERE project = ?";
            for rule in rows(transaction, sql, [project.0], |row| row.get(0))? {
                report::end_lapsed(transaction, rule)?;
            }
            execute(transaction, "DELETE FROM rules WHERE project = ?", [project.0])?;
            execute(transaction, "DELETE FROM begun_projects WHERE project = ?", [project.0])?;
            rule::note_change(transaction)
        })
    }

    /// The projects that have rules of that kind.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn projects_with_rules(
        &self,
        kind: RuleKind,
    ) -> Result<Vec<(OrganizationId, ProjectId)>, AlarmError> {
        let sql = "SELECT DISTINCT organization, project FROM rules
                   WHERE kind = ? AND project IS NOT NULL ORDER BY project";
        self.read(|connection| {
            rows(connection, sql, params![kind.name()], |row| {
                Ok((OrganizationId(row.get(0)?), ProjectId(row.get(1)?)))
            })
        })
    }
}
