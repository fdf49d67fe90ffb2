//! Which questions answer all rules: those that ask the same of different projects share one.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use alarm::{Rule, RuleKind, RuleQuery, Series};
use alert::{Condition, Fingerprint, Labels, SentryMetricRule};
use lang::ask::{Column, Field, Filter, SpanField};
use lang::search::place_of;
use measure::{Measure, MeasureError, Measured, SERIES_MAX, Sessions, Value};
use meta::{MetaError, Project};
use model::clock::Micros;
use model::id::{OrganizationId, ProjectId};
use model::limits::{QUERY_COLUMNS_MAX, QUERY_ROWS_MAX};

use super::backlog::Day;
use super::{APART, MINUTE, SETTLE, SPREAD};
use crate::error::RulerError;
use crate::parts::Parts;

/// A rule whose numbers are looked at by minute is asked for so many at least: late ones are corrected.
const BY_MINUTE_MIN: u32 = 15;

/// A question that took too long is asked every so many minutes.
const LATE_EVERY: u64 = 5;

/// All rules, and the questions that answer them.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) rules: Vec<Planned>,
    pub(super) batches: Vec<Arc<Batch>>,
    /// For each batch the minute that is measured next, and its place in the minute.
    due: Vec<Due>,
    by_id: HashMap<u64, usize>,
}

/// A rule that can be measured.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) rule: Rule,
    pub(super) says: SentryMetricRule,
    /// Those of its projects that exist.
    pub(super) projects: Vec<Project>,
    /// What is measured and judged, in short; series end when it changes.
    pub(super) measures: String,
}

/// When a batch is asked.
#[derive(Debug, Clone, Copy)]
struct Due {
    /// The next minute that is measured.
    next: u64,
    /// How long after the minute's end, beside [`SETTLE`].
    slot: u64,
    /// Whether it took too long the last time.
    is_late: bool,
}

/// One question for several rules.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) asked: Asked,
    pub(super) window_minutes: u32,
    pub(super) environments: Vec<String>,
    /// Whether each minute is asked for by itself.
    pub(super) by_minute: bool,
    /// How many minutes before the same is asked for, too.
    pub(super) backs: BTreeSet<u32>,
    pub(super) projects: BTreeSet<ProjectId>,
    pub(super) members: Vec<Member>,
    /// Their numbers.
    pub(super) rules: Vec<u64>,
    /// Whose they are.
    pub(super) organizations: BTreeSet<OrganizationId>,
    /// The same for batches that ask the same.
    key: String,
    /// The same for questions that are the same, whoever asks them.
    pub(super) question: String,
}

/// What is asked.
#[derive(Debug, Clone)]
pub(super) enum Asked {
    Errors(RowsAsked<Field>),
    Spans(RowsAsked<SpanField>),
    Sessions(Sessions),
}

/// What is asked of rows.
#[derive(Debug, Clone)]
pub(super) struct RowsAsked<F> {
    pub(super) filter: Filter<F>,
    pub(super) groups: Vec<F>,
    pub(super) columns: Vec<Column<F>>,
}

/// A rule with a place among its batch's columns.
#[derive(Debug)]
pub(super) struct Member {
    /// Its place among the rules.
    pub(super) rule: usize,
    pub(super) value: Value,
}

impl Batch {
    /// Every how many minutes it is asked: long windows change slowly.
    fn every(&self) -> u64 {
        u64::from(self.window_minutes / 120).clamp(1, 15)
    }

    /// How many minutes an answer is about.
    pub(super) fn minutes(&self) -> u64 {
        let least = if self.by_minute { BY_MINUTE_MIN } else { 1 };
        u64::from(self.window_minutes.max(least))
    }

    /// The same question about one project, for nobody yet.
    pub(super) fn of_project(&self, project: ProjectId) -> Self {
        Self {
            asked: self.asked.clone(),
            window_minutes: self.window_minutes,
            environments: self.environments.clone(),
            by_minute: self.by_minute,
            backs: BTreeSet::new(),
            projects: BTreeSet::from([project]),
            members: Vec::new(),
            rules: Vec::new(),
            organizations: BTreeSet::new(),
            key: String::new(),
            question: String::new(),
        }
    }

    pub(super) fn groups(&self) -> usize {
        match &self.asked {
            Asked::Errors(asked) => asked.groups.len(),
            Asked::Spans(asked) => asked.groups.len(),
            Asked::Sessions(_) => 0,
        }
    }

    /// Whether a rule about these projects may join without too many rows.
    fn has_room(&self, more: usize) -> bool {
        let groups = if self.groups() > 0 { SERIES_MAX } else { 1 };
        let minutes = if self.by_minute { self.minutes() } else { 1 };
        let each = groups.saturating_mul(usize::try_from(minutes).unwrap_or(usize::MAX));
        let projects = self.projects.len().saturating_add(more);
        projects.saturating_mul(each) <= QUERY_ROWS_MAX || self.members.is_empty()
    }
}

impl<F: PartialEq + Clone> RowsAsked<F> {
    /// Adds columns; answers their places. `None` when there are too many.
    fn join(&mut self, columns: &[Column<F>]) -> Option<Vec<usize>> {
        let new = columns.iter().filter(|column| !self.columns.contains(column)).count();
        // Besides aggregates there are the bucket, the project and the groups.
        if 2 + self.groups.len() + self.columns.len() + new > QUERY_COLUMNS_MAX {
            return None;
        }
        Some(columns.iter().map(|column| place_of(&mut self.columns, column.clone())).collect())
    }
}

/// Reads all rules that are evaluated. The questions in `apart` are asked for each organisation by itself.
pub(super) fn plan(
    parts: &Parts,
    now: Micros,
    apart: &HashSet<String>,
) -> Result<Plan, RulerError> {
    let query =
        RuleQuery { kind: Some(RuleKind::Metric), enabled_only: true, ..RuleQuery::default() };
    let mut projects: HashMap<OrganizationId, HashMap<String, Project>> = HashMap::new();
    let mut plan = Plan::default();
    let mut open: HashMap<String, Vec<Batch>> = HashMap::new();
    for rule in parts.alarms.rules(&query)? {
        let says = match SentryMetricRule::from_json(&rule.says.definition) {
            Ok(says) => says,
            Err(problem) => {
                tracing::warn!(rule = rule.id, %problem, "a rule cannot be read");
                continue;
            }
        };
        if let Entry::Vacant(unknown) = projects.entry(rule.organization) {
            unknown.insert(projects_of(parts, rule.organization)?);
        }
        let known = projects.get(&rule.organization);
        let own = says.projects.iter().filter_map(|slug| known?.get(slug).cloned());
        let own: Vec<Project> = own.collect();
        if own.is_empty() {
            continue;
        }
        let measured = match Measured::of(&parts.meta, &own, &says, now) {
            Ok(measured) => measured,
            Err(MeasureError::Meta(problem)) => return Err(problem.into()),
            Err(problem) => {
                tracing::warn!(rule = rule.id, %problem, "a rule cannot be measured");
                continue;
            }
        };
        let place = plan.rules.len();
        let measures = measures(&says);
        let planned = Planned { rule, says, projects: own, measures };
        join((&mut open, apart), &planned, place, &measured);
        plan.by_id.insert(planned.rule.id, place);
        plan.rules.push(planned);
    }
    plan.arrange(open, now);
    Ok(plan)
}

/// All projects of an organisation, by number and by slug.
fn projects_of(
    parts: &Parts,
    organization: OrganizationId,
) -> Result<HashMap<String, Project>, MetaError> {
    let mut all = HashMap::new();
    let mut page = meta::Page::FIRST;
    loop {
        let found = parts.meta.projects(organization, page)?;
        page.offset += found.rows.len();
        for project in found.rows {
            all.insert(project.id.to_string(), project.clone());
            all.insert(project.slug.clone(), project);
        }
        if !found.more {
            return Ok(all);
        }
    }
}

fn measures(says: &SentryMetricRule) -> String {
    let kind = std::mem::discriminant(&says.rule.condition);
    let text = format!("{:?} {kind:?}", says.question);
    Fingerprint::of(&Labels::from([("measures".to_owned(), text)])).to_string()
}

/// Puts a rule to others that ask the same.
fn join(
    (open, apart): (&mut HashMap<String, Vec<Batch>>, &HashSet<String>),
    planned: &Planned,
    rule: usize,
    measured: &Measured,
) {
    let question = &planned.says.question;
    let by_minute =
        matches!(planned.says.rule.condition, Condition::Ratio(_) | Condition::Cusum(_));
    let (asked, what) = match measured {
        Measured::Errors(it) => (Asked::Errors(of(it)), format!("{:?} {:?}", it.filter, it.groups)),
        Measured::Spans(it) => (Asked::Spans(of(it)), format!("{:?} {:?}", it.filter, it.groups)),
        Measured::Sessions(it) => (Asked::Sessions(it.clone()), format!("{it:?}")),
    };
    let source = std::mem::discriminant(&asked);
    let asks = format!(
        "{source:?} {:?} {} {by_minute} {what}",
        question.environment, question.window_minutes
    );
    let key = if apart.contains(&asks) {
        format!("{} {asks}", planned.rule.organization.0)
    } else {
        asks.clone()
    };
    let batches = open.entry(key.clone()).or_default();
    let projects = planned.projects.iter().map(|project| project.id);
    let fits = |batch: &mut Batch| {
        let new = projects.clone().filter(|project| !batch.projects.contains(project)).count();
        if !batch.has_room(new) {
            return None;
        }
        batch.add(measured)
    };
    let place = batches.iter_mut().enumerate().find_map(|(at, batch)| Some((at, fits(batch)?)));
    let (at, value) = place.unwrap_or_else(|| {
        let mut batch = Batch {
            asked,
            window_minutes: question.window_minutes,
            environments: question.environment.iter().cloned().collect(),
            by_minute,
            backs: BTreeSet::new(),
            projects: BTreeSet::new(),
            members: Vec::new(),
            rules: Vec::new(),
            organizations: BTreeSet::new(),
            key,
            question: asks,
        };
        let value = batch.add(measured).unwrap_or(Value::number());
        batches.push(batch);
        (batches.len() - 1, value)
    });
    if let Some(batch) = batches.get_mut(at) {
        batch.backs.extend(question.compared_minutes);
        batch.projects.extend(projects);
        batch.members.push(Member { rule, value });
        batch.rules.push(planned.rule.id);
        batch.organizations.insert(planned.rule.organization);
    }
}

fn of<F: Clone>(measure: &Measure<F>) -> RowsAsked<F> {
    RowsAsked {
        filter: measure.filter.clone(),
        groups: measure.groups.clone(),
        columns: Vec::new(),
    }
}

impl Batch {
    /// Adds what a rule measures; answers what is made of the batch's columns for it.
    fn add(&mut self, measured: &Measured) -> Option<Value> {
        match (&mut self.asked, measured) {
            (Asked::Errors(asked), Measured::Errors(measure)) => {
                asked.join(&measure.columns).map(|places| measure.value.moved(&places))
            }
            (Asked::Spans(asked), Measured::Spans(measure)) => {
                asked.join(&measure.columns).map(|places| measure.value.moved(&places))
            }
            (Asked::Sessions(_), Measured::Sessions(_)) => Some(Value::number()),
            _ => None,
        }
    }
}

impl Plan {
    /// Gives each batch a time of its own in the minute.
    fn arrange(&mut self, open: HashMap<String, Vec<Batch>>, now: Micros) {
        let mut batches: Vec<Batch> = open.into_values().flatten().collect();
        batches.sort_by(|left, right| left.key.cmp(&right.key));
        let count = u64::try_from(batches.len()).unwrap_or(u64::MAX);
        let apart = (SPREAD / count.max(1)).min(APART);
        let newest = now.0.saturating_sub(SETTLE) / MINUTE;
        let due = |place| Due { next: newest, slot: place * apart, is_late: false };
        self.due = (0..count).map(due).collect();
        self.batches = batches.into_iter().map(Arc::new).collect();
    }

    /// Takes another plan's place. What was measured already is not measured again.
    pub(super) fn replace(&mut self, mut new: Self) {
        let before = self.batches.iter().zip(&self.due);
        let mut known: HashMap<&str, Due> = HashMap::new();
        for (batch, due) in before {
            let all = known.entry(batch.key.as_str()).or_insert(*due);
            (all.next, all.is_late) = (all.next.min(due.next), all.is_late || due.is_late);
        }
        let is_same = |batch: &Batch| {
            // A rule that has joined is measured at once; that others are again, does no harm.
            let before = self.batches.iter().filter(|known| known.key == batch.key);
            let known: BTreeSet<u64> = before.flat_map(|it| it.rules.clone()).collect();
            batch.rules.iter().all(|rule| known.contains(rule))
        };
        let known: Vec<Option<Due>> = new
            .batches
            .iter()
            .map(|batch| known.get(batch.key.as_str()).copied().filter(|_| is_same(batch)))
            .collect();
        for (due, known) in new.due.iter_mut().zip(known) {
            let Some(known) = known else { continue };
            (due.next, due.is_late) = (known.next, known.is_late);
        }
        *self = new;
    }

    /// Whether a series is still one of its rule's.
    pub(super) fn measures(&self, series: &Series) -> bool {
        self.planned(series.rule).is_some_and(|planned| {
            planned.measures == series.measures
                && planned.projects.iter().any(|project| project.id == series.project)
        })
    }

    pub(super) fn planned(&self, rule: u64) -> Option<&Planned> {
        self.rules.get(*self.by_id.get(&rule)?)
    }

    /// The batches whose time has come, and up to which minute each is measured: the newest. What was
    /// missed while the server was down, is over. Without those that took too long the last time.
    pub(super) fn due(&self, now: Micros) -> Vec<(usize, u64)> {
        let due = self.whose_time_has_come(now).filter(|(_, _, due)| !due.is_late);
        due.map(|(place, newest, _)| (place, newest)).collect()
    }

    /// Of those that took too long the last time, the one that has waited for longest.
    pub(super) fn late(&self, now: Micros) -> Option<(usize, u64)> {
        let late = self.whose_time_has_come(now).filter(|(_, _, due)| due.is_late);
        late.min_by_key(|(_, _, due)| due.next).map(|(place, newest, _)| (place, newest))
    }

    fn whose_time_has_come(&self, now: Micros) -> impl Iterator<Item = (usize, u64, Due)> {
        self.due.iter().enumerate().filter_map(move |(place, due)| {
            let newest = now.0.checked_sub(SETTLE + due.slot)? / MINUTE;
            (newest >= due.next).then_some((place, newest, *due))
        })
    }

    /// One that took too long is asked less often: it holds up others for as long as it is waited for.
    pub(super) fn done(&mut self, place: usize, minute: u64, took_too_long: bool) {
        if let (Some(batch), Some(due)) = (self.batches.get(place), self.due.get_mut(place)) {
            let least = if took_too_long { LATE_EVERY } else { 1 };
            (due.next, due.is_late) = (minute + batch.every().max(least), took_too_long);
        }
    }

    /// When the next question is due, or the next of those that were not late.
    pub(super) fn next_due(&self, also_late: bool) -> u64 {
        let counts = self.due.iter().filter(|due| also_late || !due.is_late);
        counts.map(|due| due.next * MINUTE + SETTLE + due.slot).min().unwrap_or(u64::MAX)
    }

    /// The days that a series has to learn what is usual from, the newest first.
    pub(super) fn unknown_days(&self, series: &Series, minute: u64) -> Vec<Day> {
        let is_learning = self.planned(series.rule).is_some_and(|planned| {
            matches!(planned.says.rule.condition, Condition::Ratio(_) | Condition::Cusum(_))
        });
        let days = if is_learning { 7 } else { 0 };
        (0..days).map(|day| Day { series: series.id, until: minute - day * 1_440 }).collect()
    }
}
