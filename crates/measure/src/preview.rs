//! What a rule would have done: its numbers over a past time, and when it would have fired.

use std::collections::BTreeMap;

use alert::{
    Condition, Counts, MetricRule, MetricState, Phase, Sample, Season, SentryMetricRule, Severity,
    evaluate,
};
use lang::ask::{Ask, AskError, Scope, Window};
use lang::data_set::Rows;
use model::clock::Micros;
use model::id::ProjectId;

use crate::SERIES_MAX;
use crate::measured::{Measure, Measured, Reading};
use crate::table::{empty_cells, question, rows};

const MINUTE: u64 = 60_000_000;
/// Numbers of one series: seven days of five minutes.
const STEPS_MAX: u64 = 2_016;
/// Series that are previewed.
const PREVIEWED_MAX: usize = 20;
/// Rows of one answer.
const ROWS_MAX: usize = 50_000;

/// A rule cannot be previewed.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum PreviewError {
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error("rates of sessions cannot be previewed")]
    Sessions,
}

/// What a rule would have done.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// From when to when.
    pub window: Window,
    /// How far numbers are apart, in minutes. A rule of a shorter window is judged less often here.
    pub step_minutes: u64,
    /// Each series.
    pub series: Vec<PreviewedSeries>,
    /// Whether there are more series.
    pub is_cut: bool,
}

/// A series of a preview.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewedSeries {
    /// Of which project.
    pub project: ProjectId,
    /// The values of the rule's fields.
    pub groups: Vec<String>,
    /// Its numbers.
    pub points: Vec<Point>,
    /// When the rule would have fired.
    pub fired: Vec<Fired>,
}

/// A number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The end of its time.
    pub at: Micros,
    /// The number, if there was one.
    pub value: Option<f64>,
}

/// An alert that would have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fired {
    /// When it would have begun.
    pub start: Micros,
    /// When it would have been over; `None` if it still fired at the end.
    pub end: Option<Micros>,
    /// How bad it would have become.
    pub severity: Severity,
}

/// Judges a rule over past time, from `start` to `end`, with one question. What is usual is learnt from the
/// time itself, so an anomaly is found from its second day on.
///
/// # Errors
/// [`PreviewError`].
pub async fn preview(
    ask: &dyn Ask,
    rule: &SentryMetricRule,
    measured: &Measured,
    projects: &[ProjectId],
    window: Window,
) -> Result<Preview, PreviewError> {
    match measured {
        Measured::Errors(measure) => of_rows(ask, rule, measure, projects, window).await,
        Measured::Spans(measure) => of_rows(ask, rule, measure, projects, window).await,
        Measured::Sessions(_) => Err(PreviewError::Sessions),
    }
}

/// Buckets of time, side by side.
#[derive(Clone, Copy)]
struct Grid {
    start: u64,
    width: u64,
    count: u64,
    /// How many buckets before the start are asked for, to be compared with.
    before: u64,
}

impl Grid {
    fn of(rule: &SentryMetricRule, window: Window) -> Self {
        let length = window.end.0.saturating_sub(window.start.0);
        let least = length.div_ceil(STEPS_MAX).div_ceil(MINUTE) * MINUTE;
        let width = (u64::from(rule.question.window_minutes) * MINUTE).max(least).max(MINUTE);
        let start = window.start.0 - window.start.0 % width;
        let back = u64::from(rule.question.compared_minutes.unwrap_or(0)) * MINUTE;
        Self { start, width, count: (window.end.0 - start) / width, before: back.div_ceil(width) }
    }

    /// From the first bucket that is asked for to the end of the last.
    fn window(self) -> Window {
        let start = self.start.saturating_sub(self.before * self.width);
        Window { start: Micros(start), end: Micros(self.start + self.count * self.width) }
    }

    fn buckets(self) -> u64 {
        self.count + self.before
    }
}

type Readings = BTreeMap<u64, Reading>;

async fn of_rows<F: Rows>(
    ask: &dyn Ask,
    rule: &SentryMetricRule,
    measure: &Measure<F>,
    projects: &[ProjectId],
    window: Window,
) -> Result<Preview, PreviewError> {
    let grid = Grid::of(rule, window);
    let projects: Vec<ProjectId> = projects.iter().copied().take(PREVIEWED_MAX).collect();
    let scope = Scope {
        projects: projects.clone(),
        issues: None,
        environments: rule.question.environment.iter().cloned().collect(),
        window: grid.window(),
    };
    let asked = question(
        scope,
        &measure.filter,
        (&measure.groups, &measure.columns),
        Some(grid.width),
        ROWS_MAX,
    );
    let table = F::ask(ask, asked).await?;
    let is_full = table.rows.len() >= ROWS_MAX;
    let mut series: BTreeMap<(ProjectId, Vec<String>), Readings> = BTreeMap::new();
    if measure.groups.is_empty() {
        series.extend(projects.iter().map(|project| ((*project, Vec::new()), Readings::new())));
    }
    for row in rows(table, measure.groups.len(), true) {
        let Some(at) = row.bucket else { continue };
        if series.len() >= SERIES_MAX && !series.contains_key(&(row.project, row.groups.clone())) {
            continue;
        }
        let reading = measure.value.read(&row.cells, grid.width);
        series.entry((row.project, row.groups)).or_default().insert(at.0, reading);
    }
    let nothing = measure.value.read(&empty_cells(&measure.columns), grid.width);
    let is_cut = is_full || series.len() > PREVIEWED_MAX;
    let judged = series.into_iter().take(PREVIEWED_MAX).map(|((project, groups), readings)| {
        let (points, fired) = judge(rule, grid, &readings, nothing);
        PreviewedSeries { project, groups, points, fired }
    });
    Ok(Preview { window, step_minutes: grid.width / MINUTE, series: judged.collect(), is_cut })
}

/// Judges one series, bucket by bucket.
fn judge(
    rule: &SentryMetricRule,
    grid: Grid,
    readings: &Readings,
    nothing: Reading,
) -> (Vec<Point>, Vec<Fired>) {
    let mut state = MetricState::default();
    let mut season = Season::default();
    let (mut points, mut fired) = (Vec::new(), Vec::new());
    let first = grid.window().start.0;
    for step in 0..grid.buckets() {
        let start = first + step * grid.width;
        let reading = readings.get(&start).copied().unwrap_or(nothing);
        if start < grid.start {
            continue;
        }
        let back = u64::from(rule.question.compared_minutes.unwrap_or(0)) * MINUTE;
        let before = start.saturating_sub(back);
        let before = readings.get(&(before - before % grid.width)).copied().unwrap_or(nothing);
        let sample = sample(&rule.rule, reading, before, season.usual(start / MINUTE));
        let at = Micros(start + grid.width);
        let (next, _) = evaluate(&rule.rule, &state, &sample, at);
        note(&mut fired, state.phase, next.phase, at);
        state = next;
        if let Reading::Share(counts) = reading {
            spread(&mut season, start / MINUTE, grid.width / MINUTE, counts);
        }
        points.push(Point { at, value: reading.number() });
    }
    (points, fired)
}

/// The sample that a rule judges.
pub fn sample(rule: &MetricRule, reading: Reading, before: Reading, usual: Option<f64>) -> Sample {
    match (&rule.condition, reading) {
        (Condition::Change(_), Reading::Number(now)) => match before {
            Reading::Number(before) => Sample::Compared { now, before },
            _ => Sample::Missing,
        },
        (_, Reading::Number(value)) => Sample::Value(value),
        (_, Reading::Share(counts)) => {
            usual.map_or(Sample::Missing, |usual| Sample::Share { counts, usual })
        }
        (_, Reading::Wagers(wagers)) => Sample::Wagers(wagers),
        (_, Reading::Missing) => Sample::Missing,
    }
}

/// What a bucket counted, evenly over its minutes.
fn spread(season: &mut Season, minute: u64, minutes: u64, counts: Counts) {
    let minutes = minutes.max(1);
    for step in 0..minutes {
        let part = |count: u64| count * (step + 1) / minutes - count * step / minutes;
        let counts = Counts { good: part(counts.good), total: part(counts.total) };
        season.add(minute + step, counts);
    }
}

fn note(fired: &mut Vec<Fired>, before: Phase, after: Phase, at: Micros) {
    let severity = |phase: Phase| match phase {
        Phase::Firing(severity) | Phase::NoData(Some(severity)) => Some(severity),
        Phase::Inactive | Phase::Pending | Phase::NoData(None) => None,
    };
    match (severity(before), severity(after)) {
        (None, Some(severity)) => fired.push(Fired { start: at, end: None, severity }),
        (Some(_), Some(after)) => {
            if let Some(last) = fired.last_mut() {
                last.severity = last.severity.max(after);
            }
        }
        (Some(_), None) => {
            if let Some(last) = fired.last_mut() {
                last.end = Some(at);
            }
        }
        (None, None) => {}
    }
}
