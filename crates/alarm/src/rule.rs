//! Rules of every kind.

use model::clock::Micros;
use model::id::{OrganizationId, ProjectId, UserId};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};

use crate::audit::Noted;
use crate::database::Alarms;
use crate::error::AlarmError;
use crate::report::{self, set_place};
use crate::rows::{execute_one, insert, json, row, rows, written};

/// Rules of one organisation.
const RULES_MAX: u64 = 20_000;
/// The place that counts changes of rules.
const VERSION: &str = "rules";
const COLUMNS: &str = "id, organization, project, kind, name, definition, enabled, owner, symptom,
    causes, origin, created, created_by, changed, triggered";

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RuleKind {
    /// What happens to issues of one project.
    Issue,
    /// A number that is measured again and again.
    Metric,
}

impl RuleKind {
    const ALL: [(Self, &str); 2] = [(Self::Issue, "issue"), (Self::Metric, "metric")];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }

    /// What the log of changes calls it. Source: Sentry's names of events of its audit log.
    pub fn subject(self) -> &'static str {
        match self {
            Self::Issue => "rule",
            Self::Metric => "alertrule",
        }
    }
}

/// What a rule says, whatever its kind.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleChange {
    /// What people call it.
    pub name: String,
    /// As the API takes it; the kind's own form.
    pub definition: serde_json::Value,
    /// Whether it is evaluated.
    pub is_enabled: bool,
    /// Such as `team:7`.
    pub owner: Option<String>,
    /// Whether it looks at what users feel, and so opens incidents.
    pub is_symptom: bool,
    /// Rules whose alerts ride along while this one fires.
    pub causes: Vec<u64>,
}

/// A rule that does not exist yet.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRule {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Of rules about issues.
    pub project: Option<ProjectId>,
    /// What it looks at.
    pub kind: RuleKind,
    /// What it says.
    pub says: RuleChange,
    /// Empty, or the file that provisioned it.
    pub origin: String,
    /// Who made it; nobody for those of a file.
    pub created_by: Option<UserId>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Which; never used again.
    pub id: u64,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Of rules about issues.
    pub project: Option<ProjectId>,
    /// What it looks at.
    pub kind: RuleKind,
    /// What it says.
    pub says: RuleChange,
    /// Empty, or the file that provisioned it: people cannot change those here.
    pub origin: String,
    /// When it was made.
    pub created: Micros,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When it was last changed.
    pub changed: Micros,
    /// When it last fired.
    pub triggered: Option<Micros>,
}

/// Which rules.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RuleQuery {
    /// Of this organisation only.
    pub organization: Option<OrganizationId>,
    /// Of this project only.
    pub project: Option<ProjectId>,
    /// Of this kind only.
    pub kind: Option<RuleKind>,
    /// Only those that are evaluated.
    pub enabled_only: bool,
}

impl Alarms {
    /// Makes a rule. The caller has checked what it says.
    ///
    /// # Errors
    /// [`AlarmError::TooMany`].
    pub fn create_rule(&self, new: &NewRule, now: Micros) -> Result<Rule, AlarmError> {
        self.write(|transaction| {
            let rule = create(transaction, new, now)?;
            self.note_rule(transaction, &rule, (None, Some(&rule.says)))?;
            Ok(rule)
        })
    }

    /// Changes what a rule says. What it knows of issues and series stays.
    ///
    /// # Errors
    /// [`AlarmError::Missing`].
    pub fn change_rule(&self, rule: u64, says: &RuleChange, now: Micros) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let before = by_id(transaction, rule)?;
            change(transaction, rule, says, now)?;
            self.note_rule(transaction, &before, (Some(&before.says), Some(says)))
        })
    }

    /// Forgets a rule and all it knows. What its alerts that lapsed left open, such as pagers, is reported to be
    /// over.
    ///
    /// # Errors
    /// [`AlarmError::Missing`].
    pub fn delete_rule(&self, rule: u64) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let before = by_id(transaction, rule)?;
            self.note_rule(transaction, &before, (Some(&before.says), None))?;
            delete(transaction, rule)
        })
    }

    /// Notes what was changed about a rule, in the transaction that does it.
    pub(crate) fn note_rule(
        &self,
        connection: &Connection,
        rule: &Rule,
        (before, after): (Option<&RuleChange>, Option<&RuleChange>),
    ) -> Result<(), AlarmError> {
        let name = &after.or(before).unwrap_or(&rule.says).name;
        self.note(connection, &rule.noted(name, (before.map(image), after.map(image))))
    }

    /// A number that grows whenever a rule is made, changed, deleted, or lets itself be heard again; also
    /// when another process does it. Evaluators read rules again when it has changed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn rules_version(&self) -> Result<u64, AlarmError> {
        Ok(self.place(VERSION)?.unwrap_or(0))
    }

    /// A rule of an organisation.
    ///
    /// # Errors
    /// [`AlarmError::Missing`].
    pub fn rule(&self, organization: OrganizationId, rule: u64) -> Result<Rule, AlarmError> {
        self.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM rules WHERE organization = ? AND id = ?");
            row(connection, &sql, params![organization.0, rule], read)?
                .ok_or(AlarmError::Missing("rule"))
        })
    }

    /// Rules, in the order in which they were made.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn rules(&self, query: &RuleQuery) -> Result<Vec<Rule>, AlarmError> {
        self.read(|connection| {
            // Said only where it is asked for, so that the index is of use.
            let (organization, project) = (query.organization, query.project);
            let kind = query.kind.map(|kind| Value::from(kind.name().to_owned()));
            let asked: [(&str, Option<Value>); 3] = [
                (" AND organization = ?", number(organization.map(|organization| organization.0))),
                (" AND kind = ?", kind),
                (" AND project = ?", number(project.map(|project| project.0))),
            ];
            let asked: Vec<_> =
                asked.into_iter().filter_map(|(text, value)| Some((text, value?))).collect();
            let conditions: String = asked.iter().map(|(text, _)| *text).collect();
            let sql = format!(
                "SELECT {COLUMNS} FROM rules WHERE (enabled OR NOT ?){conditions} ORDER BY id"
            );
            let values = asked.into_iter().map(|(_, value)| value);
            let values = std::iter::once(Value::from(query.enabled_only)).chain(values);
            rows(connection, &sql, params_from_iter(values), read)
        })
    }

    /// Rules about symptoms, each with the rules that it names as causes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn symptoms(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<(u64, Vec<u64>)>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT id, causes FROM rules WHERE organization = ? AND symptom AND enabled";
            rows(connection, sql, [organization.0], |row| Ok((row.get(0)?, json(row, 1)?)))
        })
    }
}

/// Numbers of ours are never that large.
fn number(id: Option<u64>) -> Option<Value> {
    id.map(|id| Value::from(i64::try_from(id).unwrap_or(i64::MAX)))
}

/// What the log of changes compares.
impl Rule {
    /// What was changed about it, under the name it has then.
    pub(crate) fn noted<'n>(
        &self,
        name: &'n str,
        (before, after): (Option<serde_json::Value>, Option<serde_json::Value>),
    ) -> Noted<'n> {
        Noted {
            organization: self.organization,
            subject: self.kind.subject(),
            target: self.id,
            name,
            before,
            after,
        }
    }
}

fn image(says: &RuleChange) -> serde_json::Value {
    let mut image = says.definition.clone();
    if let Some(fields) = image.as_object_mut() {
        let own = [
            ("name", says.name.as_str().into()),
            ("enabled", says.is_enabled.into()),
            ("owner", says.owner.clone().into()),
            ("symptom", says.is_symptom.into()),
            ("causes", says.causes.clone().into()),
        ];
        fields.extend(own.map(|(name, value)| (name.to_owned(), value)));
    }
    image
}

pub(crate) fn by_id(connection: &Connection, rule: u64) -> Result<Rule, AlarmError> {
    let sql = format!("SELECT {COLUMNS} FROM rules WHERE id = ?");
    row(connection, &sql, [rule], read)?.ok_or(AlarmError::Missing("rule"))
}

pub(crate) fn create(
    connection: &Connection,
    new: &NewRule,
    now: Micros,
) -> Result<Rule, AlarmError> {
    let sql = "SELECT count(*) FROM rules WHERE organization = ?";
    let count: u64 = row(connection, sql, [new.organization.0], |row| row.get(0))?.unwrap_or(0);
    if count >= RULES_MAX {
        return Err(AlarmError::TooMany { what: "rules", max: RULES_MAX });
    }
    let sql =
        "INSERT INTO rules (organization, project, kind, name, definition, enabled, owner, symptom,
               causes, origin, created, created_by, changed)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?11, ?12, ?11)";
    let says = &new.says;
    let values = params![
        new.organization.0,
        new.project.map(|project| project.0),
        new.kind.name(),
        says.name,
        written(&says.definition)?,
        says.is_enabled,
        says.owner,
        says.is_symptom,
        written(&says.causes)?,
        new.origin,
        now.0,
        new.created_by.map(|user| user.0),
    ];
    let id = insert(connection, sql, values)?;
    note_change(connection)?;
    Ok(Rule {
        id,
        organization: new.organization,
        project: new.project,
        kind: new.kind,
        says: new.says.clone(),
        origin: new.origin.clone(),
        created: now,
        created_by: new.created_by,
        changed: now,
        triggered: None,
    })
}

pub(crate) fn change(
    connection: &Connection,
    rule: u64,
    says: &RuleChange,
    now: Micros,
) -> Result<(), AlarmError> {
    let sql = "UPDATE rules SET name = ?, definition = ?, enabled = ?, owner = ?, symptom = ?,
               causes = ?, changed = ? WHERE id = ?";
    let values = params![
        says.name,
        written(&says.definition)?,
        says.is_enabled,
        says.owner,
        says.is_symptom,
        written(&says.causes)?,
        now.0,
        rule
    ];
    execute_one(connection, "rule", sql, values)?;
    note_change(connection)
}

pub(crate) fn delete(connection: &Connection, rule: u64) -> Result<(), AlarmError> {
    report::end_lapsed(connection, rule)?;
    execute_one(connection, "rule", "DELETE FROM rules WHERE id = ?", [rule])?;
    note_change(connection)
}

/// Rules that come from a file.
pub(crate) fn of_origin(
    connection: &Connection,
    kind: RuleKind,
    origin: &str,
) -> Result<Vec<Rule>, AlarmError> {
    let sql = format!("SELECT {COLUMNS} FROM rules WHERE kind = ? AND origin = ? ORDER BY id");
    rows(connection, &sql, params![kind.name(), origin], read)
}

/// Tells evaluators, also those of other processes, that rules are not what they were.
pub(crate) fn note_change(connection: &Connection) -> Result<(), AlarmError> {
    let sql = "SELECT place FROM places WHERE name = ?";
    let version: u64 = row(connection, sql, [VERSION], |row| row.get(0))?.unwrap_or(0);
    set_place(connection, VERSION, version + 1)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Rule> {
    let kind = row.get_ref(3)?.as_str()?;
    let kind = RuleKind::ALL.iter().find(|(_, name)| *name == kind);
    Ok(Rule {
        id: row.get(0)?,
        organization: OrganizationId(row.get(1)?),
        project: row.get::<_, Option<u64>>(2)?.map(ProjectId),
        kind: kind.map(|(kind, _)| *kind).ok_or(rusqlite::Error::InvalidQuery)?,
        says: RuleChange {
            name: row.get(4)?,
            definition: json(row, 5)?,
            is_enabled: row.get(6)?,
            owner: row.get(7)?,
            is_symptom: row.get(8)?,
            causes: json(row, 9)?,
        },
        origin: row.get(10)?,
        created: Micros(row.get(11)?),
        created_by: row.get::<_, Option<u64>>(12)?.map(UserId),
        changed: Micros(row.get(13)?),
        triggered: row.get::<_, Option<u64>>(14)?.map(Micros),
    })
}
