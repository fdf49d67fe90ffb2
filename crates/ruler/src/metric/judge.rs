//! From an answer to what each series is now.

use std::collections::{BTreeSet, HashMap};

use alarm::{Judged, Series};
use alert::{Condition, Counts, MetricState, Sample, evaluate};
use lang::ask::{Cell, Column};
use measure::{Reading, Row, SERIES_MAX, Value, empty_cells, sample};
use meta::Project;
use model::clock::Micros;
use model::id::ProjectId;

use super::batch::{Answer, Answers};
use super::plan::{Asked, Batch, Plan, Planned};
use super::{Key, MINUTE, alerts};

/// A series with what was found of it.
pub(super) struct Found<'a> {
    pub(super) planned: &'a Planned,
    pub(super) project: &'a Project,
    /// As it was before.
    pub(super) series: Series,
    /// Whether there was anything to count.
    pub(super) has_rows: bool,
    now: Reading,
    before: Reading,
    /// By minute, of rules that look at minutes.
    shares: Vec<(u64, Counts)>,
    problem: Option<String>,
}

/// The groups of each project.
struct Groups<'a> {
    has_groups: bool,
    known: HashMap<(u64, ProjectId), BTreeSet<&'a [String]>>,
    /// The largest first.
    found: HashMap<ProjectId, Vec<&'a [String]>>,
}

impl<'a> Groups<'a> {
    fn of(batch: &Batch, answers: &'a Answers, known: &'a HashMap<Key, Series>) -> Self {
        let has_groups = batch.groups() > 0;
        let mut all = Self { has_groups, known: HashMap::new(), found: HashMap::new() };
        if !has_groups {
            return all;
        }
        let rules: BTreeSet<u64> = batch.rules.iter().copied().collect();
        for (rule, project, group) in known.keys().filter(|(rule, ..)| rules.contains(rule)) {
            all.known.entry((*rule, *project)).or_default().insert(group);
        }
        let mut seen = BTreeSet::new();
        for row in answers.now.iter().flatten() {
            if seen.insert((row.project, &row.groups)) {
                all.found.entry(row.project).or_default().push(&row.groups);
            }
        }
        all
    }

    /// Those that are known, then the largest of the others, up to so many.
    fn of_project(&self, rule: u64, project: ProjectId, left: &mut usize) -> Vec<&'a [String]> {
        if !self.has_groups {
            return vec![&[]];
        }
        let known = self.known.get(&(rule, project));
        let mut all: Vec<&[String]> = known.into_iter().flatten().copied().collect();
        let is_new = |group: &&&[String]| !known.is_some_and(|known| known.contains(*group));
        all.extend(self.found.get(&project).into_iter().flatten().filter(is_new));
        all.truncate(*left);
        *left -= all.len();
        all
    }
}

type ByGroup<'a> = HashMap<(ProjectId, &'a [String]), Vec<&'a Row>>;

/// All series of a batch, those with rows and those that are known.
pub(super) fn found<'a>(
    plan: &'a Plan,
    batch: &Batch,
    answers: &Answers,
    known: &HashMap<Key, Series>,
    minute: u64,
) -> Vec<Found<'a>> {
    let now = by_group(&answers.now);
    let before: HashMap<u32, ByGroup<'_>> =
        answers.before.iter().map(|(back, answer)| (*back, by_group(answer))).collect();
    let nothing = batch.empty_cells();
    let groups = Groups::of(batch, answers, known);
    let mut all = Vec::new();
    for member in &batch.members {
        let Some(planned) = plan.rules.get(member.rule) else { continue };
        let back = planned.says.question.compared_minutes;
        let then = back.and_then(|back| before.get(&back));
        let lost = back.and_then(|back| problem(answers.before.get(&back)?));
        let problem = problem(&answers.now).or(lost);
        let reader = Reader { value: &member.value, nothing: &nothing, batch };
        let mut left = SERIES_MAX;
        for project in &planned.projects {
            for group in groups.of_project(planned.rule.id, project.id, &mut left) {
                let key = (planned.rule.id, project.id, group.to_vec());
                let series = known.get(&key).cloned();
                let rows = now.get(&(project.id, group)).map_or(&[][..], Vec::as_slice);
                let rows_then = then
                    .and_then(|then| then.get(&(project.id, group)))
                    .map_or(&[][..], Vec::as_slice);
                let is_lost = problem.is_some();
                all.push(Found {
                    planned,
                    project,
                    series: series.unwrap_or_else(|| begun(planned, project, key.2)),
                    has_rows: !rows.is_empty(),
                    now: if is_lost { Reading::Missing } else { reader.read(rows, minute) },
                    before: if is_lost { Reading::Missing } else { reader.read(rows_then, minute) },
                    shares: if is_lost { Vec::new() } else { reader.shares(rows) },
                    problem: problem.clone(),
                });
            }
        }
    }
    all
}

fn by_group(answer: &Answer) -> ByGroup<'_> {
    let mut all = ByGroup::new();
    for row in answer.iter().flatten() {
        all.entry((row.project, row.groups.as_slice())).or_default().push(row);
    }
    all
}

fn problem(answer: &Answer) -> Option<String> {
    answer.as_ref().err().map(ToString::to_string)
}

/// A series that was not there before.
fn begun(planned: &Planned, project: &Project, groups: Vec<String>) -> Series {
    Series {
        id: 0,
        rule: planned.rule.id,
        organization: planned.rule.organization,
        project: project.id,
        groups,
        measures: planned.measures.clone(),
        state: MetricState::default(),
        standing: Vec::new(),
        problem: None,
        incident: None,
    }
}

/// How the rows of one rule are read.
struct Reader<'a> {
    value: &'a Value,
    nothing: &'a [Cell],
    batch: &'a Batch,
}

impl Reader<'_> {
    fn read(&self, rows: &[&Row], minute: u64) -> Reading {
        if self.batch.by_minute {
            let from = minute.saturating_sub(u64::from(self.batch.window_minutes));
            let newest =
                self.shares(rows).into_iter().filter(|(at, _)| (from..minute).contains(at));
            return Reading::Share(sum(newest));
        }
        let cells = rows.first().map_or(self.nothing, |row| row.cells.as_slice());
        self.value.read(cells, u64::from(self.batch.window_minutes) * MINUTE)
    }

    fn shares(&self, rows: &[&Row]) -> Vec<(u64, Counts)> {
        if !self.batch.by_minute {
            return Vec::new();
        }
        let share = |row: &&Row| match self.value.read(&row.cells, MINUTE) {
            Reading::Share(counts) => Some((row.bucket?.0 / MINUTE, counts)),
            Reading::Missing | Reading::Number(_) | Reading::Wagers(_) => None,
        };
        rows.iter().filter_map(share).collect()
    }
}

fn sum(shares: impl Iterator<Item = (u64, Counts)>) -> Counts {
    shares.fold(Counts::default(), |sum, (_, counts)| Counts {
        good: sum.good + counts.good,
        total: sum.total + counts.total,
    })
}

impl Batch {
    fn empty_cells(&self) -> Vec<Cell> {
        fn of<F>(columns: &[Column<F>]) -> Vec<Cell> {
            empty_cells(columns)
        }
        match &self.asked {
            Asked::Errors(asked) => of(&asked.columns),
            Asked::Spans(asked) => of(&asked.columns),
            Asked::Sessions(_) => vec![Cell::Null],
        }
    }
}

/// Judges a series. `usual` is its share at this time of the last days, `last` the minute up to which it
/// was measured before.
pub(super) fn judge(
    found: &Found<'_>,
    usual: Option<f64>,
    last: Option<u64>,
    minute: u64,
) -> Judged {
    let rule = &found.planned.says.rule;
    let now = Micros(minute * MINUTE);
    let sample = match (&rule.condition, usual) {
        // It adds up what is new since the last time.
        (Condition::Cusum(_), Some(usual)) if found.problem.is_none() => {
            let from = last.unwrap_or(minute.saturating_sub(1));
            let new = found.shares.iter().filter(|(at, _)| (from..minute).contains(at));
            Sample::Share { counts: sum(new.copied()), usual }
        }
        (_, usual) => sample(rule, found.now, found.before, usual),
    };
    // Nobody knows: what fires goes on, and what is quiet is not called to have no data.
    let state = match found.problem {
        Some(_) => found.series.state,
        None => evaluate(rule, &found.series.state, &sample, now).0,
    };
    let value = found.now.number();
    let (planned, project, series) = (found.planned, found.project, &found.series);
    let facts = alerts::Facts { planned, project, series, value };
    let told = alerts::told(&facts, &state, now);
    let firing = told.standing.iter().map(|alert| alert.severity).max();
    let series = Series {
        state,
        standing: told.standing,
        problem: found.problem.clone(),
        ..found.series.clone()
    };
    Judged {
        is_changed: series != found.series,
        minute,
        value,
        shares: found.shares.clone(),
        firing,
        title: found.planned.says.name.clone(),
        reports: told.reports,
        series,
    }
}
