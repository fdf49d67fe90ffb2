//! What became of everything, by the hour.

use model::category::Category;
use model::clock::Micros;
use model::id::{KeyId, ProjectId};
use model::limits;
use model::outcome::{Fate, Outcomes};
use rusqlite::{Connection, ToSql, params};

use crate::clock_time::hour_of;
use crate::database::{Durability, Meta};
use crate::error::{MetaError, to_json};
use crate::page::execute;

/// Longest reason that is kept, in bytes: some come from clients.
const REASON_BYTES_MAX: usize = 200;

/// What sums are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeGroup {
    /// Each project.
    Project,
    /// Each key.
    Key,
    /// Each category.
    Category,
    /// Each fate.
    Fate,
    /// Each reason.
    Reason,
}

/// A question about what became of everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutcomeQuestion {
    /// Of which projects; none means no rows.
    pub projects: Vec<ProjectId>,
    /// From which hour on (whole hours since 1970).
    pub hour_start: u64,
    /// Up to which hour, excluded.
    pub hour_end: u64,
    /// Hours in one interval; 0 sums up the whole time.
    pub interval_hours: u64,
    /// Of which categories; none means all.
    pub categories: Vec<Category>,
    /// Of which fates; none means all.
    pub fates: Vec<Fate>,
    /// Of which reasons; none means all.
    pub reasons: Vec<String>,
    /// What sums are made for.
    pub groups: Vec<OutcomeGroup>,
}

/// One sum. What was not asked for as a group is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeSum {
    /// First hour of the interval (whole hours since 1970); the start when the whole time is summed up.
    pub hour: u64,
    /// Of which project.
    pub project: Option<ProjectId>,
    /// Of which key; also `None` where it is not known.
    pub key: Option<KeyId>,
    /// Of which category.
    pub category: Option<Category>,
    /// Of which fate.
    pub fate: Option<Fate>,
    /// Of which reason.
    pub reason: Option<String>,
    /// How many, in the unit of the category.
    pub quantity: u64,
}

impl Meta {
    /// Adds to the accounts what was decided outside the pipeline.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn record_outcomes(&self, outcomes: &Outcomes) -> Result<(), MetaError> {
        if outcomes.is_empty() {
            return Ok(());
        }
        let now = self.now();
        self.write_cached(Durability::Replayable, |transaction, _| add(transaction, outcomes, now))
    }

    /// Sums of the accounts, oldest interval first; at most 10,000.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn outcome_sums(&self, question: &OutcomeQuestion) -> Result<Vec<OutcomeSum>, MetaError> {
        let has = |group| question.groups.contains(&group);
        let column = |group, name: &'static str| if has(group) { name } else { "NULL" };
        let project = column(OutcomeGroup::Project, "project");
        let key = column(OutcomeGroup::Key, "key");
        let category = column(OutcomeGroup::Category, "category");
        let fate = column(OutcomeGroup::Fate, "fate");
        let reason = column(OutcomeGroup::Reason, "reason");
        let sql = format!(
            "SELECT :start + (hour - :start) / :interval * :interval, {project}, {key}, {category},
             {fate}, {reason}, sum(quantity) FROM outcomes
             WHERE project IN (SELECT value FROM json_each(:projects))
             AND hour >= :start AND hour < :end
             AND (:categories = '[]' OR category IN (SELECT value FROM json_each(:categories)))
             AND (:fates = '[]' OR fate IN (SELECT value FROM json_each(:fates)))
             AND (:reasons = '[]' OR reason IN (SELECT value FROM json_each(:reasons)))
             GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6 LIMIT :limit"
        );
        let ids = |ids: Vec<u64>| to_json("list of numbers", &ids);
        let projects = ids(question.projects.iter().map(|project| project.0).collect())?;
        let categories = question.categories.iter().map(|category| category.number().into());
        let categories = ids(categories.collect())?;
        let fates = ids(question.fates.iter().map(|fate| fate.number().into()).collect())?;
        let reasons = to_json("list of reasons", &question.reasons)?;
        let interval = match question.interval_hours {
            0 => question.hour_end.saturating_sub(question.hour_start).max(1),
            hours => hours,
        };
        let parameters: [(&str, &dyn ToSql); 8] = [
            (":start", &question.hour_start),
            (":end", &question.hour_end),
            (":interval", &interval),
            (":projects", &projects),
            (":categories", &categories),
            (":fates", &fates),
            (":reasons", &reasons),
            (":limit", &limits::SERIES_POINTS_MAX),
        ];
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let sums = statement.query_map(parameters.as_slice(), |row| {
                Ok(OutcomeSum {
                    hour: row.get(0)?,
                    project: row.get::<_, Option<u64>>(1)?.map(ProjectId),
                    key: row.get::<_, Option<u64>>(2)?.filter(|key| *key > 0).map(KeyId),
                    category: row.get::<_, Option<u8>>(3)?.map(Category::from_number),
                    fate: row.get::<_, Option<u8>>(4)?.and_then(Fate::from_number),
                    reason: row.get(5)?,
                    quantity: row.get(6)?,
                })
            })?;
            Ok(sums.collect::<Result<_, _>>()?)
        })
    }
}

pub(crate) fn add(
    connection: &Connection,
    outcomes: &Outcomes,
    now: Micros,
) -> Result<(), MetaError> {
    let hour = hour_of(now);
    for (line, quantity) in outcomes.iter() {
        let reason = &line.reason[..line.reason.floor_char_boundary(REASON_BYTES_MAX)];
        // SQLite's integers end at i64::MAX; no honest count comes near it.
        let quantity = quantity.min(1 << 62);
        execute(
            connection,
            "INSERT INTO outcomes (project, hour, category, fate, reason, key, quantity)
             VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET quantity = min(quantity, 1 << 61) + min(excluded.quantity, 1 << 61)",
            params![
                line.project.0,
                hour,
                line.category.number(),
                line.fate.number(),
                reason,
                line.key.map_or(0, |key| key.0),
                quantity
            ],
        )?;
    }
    Ok(())
}
