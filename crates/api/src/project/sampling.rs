//! Which traces of a project stay: the rules, and what others would keep.

use axum::Json;
use axum::extract::{Path, State};
use lang::ask::{
    Aggregate, Ask, Cell, Column, Direction, Filter, Operator, Scope as AskScope, SpanField,
    TableQuestion, Window,
};
use meta::{Project, Scope};
use model::clock::Micros;
use model::id::ProjectId;
use model::part::TableName;
use model::sampling::Rule;
use model::sketch::RELATIVE_ERROR;
use model::span::NO_FAILURES;
use sample::{Rules, Seen, Settings, estimate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{current_settings, enter};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::state::Api;

const HOUR: u64 = 3_600_000_000;
/// Traces that a preview looks at, those with the smallest ids of all: as good as any others.
const TRACES_MAX: usize = 20_000;
/// Transactions of which a preview knows what is slow; in a search they are two conditions each.
const SLOW_MAX: usize = 40;
/// Durations that must be known before one is called slow.
const SLOW_SAMPLES_MIN: f64 = 100.0;
/// New releases that a preview knows.
const RELEASES_MAX: usize = 90;
const DAY_SECONDS: f64 = 86_400.0;
/// Bytes of a stored span where none is stored yet.
const SPAN_BYTES: f64 = 60.0;

/// Which traces of a project stay. Rates are shares from 0 to 1; a rule with a rate of 0 is off, except
/// for the project's own rules, which drop what they match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SamplingSettings {
    /// Whether anything is thinned out at all.
    pub enabled: bool,
    /// Of traces in which something failed.
    pub error: f64,
    /// Of traces that are slower than nearly all others of their transaction.
    pub slow: SlowSettings,
    /// Of traces of releases that are new.
    pub new_release: NewReleaseSettings,
    /// Of what is seen seldom.
    pub rare: RareSettings,
    /// Of all others.
    pub background: BackgroundSettings,
    /// Spans per second that should stay; the background gives way for it.
    pub spans_per_second: u32,
    /// The project's own rules.
    pub rules: Vec<SamplingRule>,
}

/// What is slow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SlowSampling)]
pub struct SlowSettings {
    /// Which share of the transaction's durations, those of the last ten minutes, is shorter.
    pub quantile: f64,
    /// Which share of the slow ones stays.
    pub rate: f64,
}

/// What is new.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = NewReleaseSampling)]
pub struct NewReleaseSettings {
    /// Hours for which a release is new.
    pub hours: u32,
    /// Which share stays.
    pub rate: f64,
}

/// What is rare.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = RareSampling)]
pub struct RareSettings {
    /// Traces of each transaction and class of status that stay in ten minutes.
    pub count: u32,
}

/// What nothing speaks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = BackgroundSampling)]
pub struct BackgroundSettings {
    /// The smallest share.
    pub min: f64,
    /// The largest share.
    pub max: f64,
}

/// A rule of the project's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SamplingRule {
    /// What people call it.
    pub name: String,
    /// A search for spans: the rule is for traces in which one matches.
    pub query: String,
    /// Which share stays; 0 drops what no other rule keeps.
    pub sample_rate: f64,
}

/// The settings in force, and those of a new project.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SamplingView {
    /// In force.
    pub settings: SamplingSettings,
    /// Of a new project.
    pub defaults: SamplingSettings,
}

/// What settings would keep, estimated from the last hour.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SamplingPreview {
    /// Seconds that were looked at.
    pub seconds: f64,
    /// Traces that were looked at.
    pub traces_looked_at: usize,
    /// Traces per second, before sampling.
    pub traces_per_second: f64,
    /// Spans per second, before sampling.
    pub spans_per_second: f64,
    /// Traces per second that would stay.
    pub traces_kept_per_second: f64,
    /// Spans per second that would stay.
    pub spans_kept_per_second: f64,
    /// The share of what nothing speaks for.
    pub background: f64,
    /// The goal is missed although the background is as small as it may be.
    pub is_exceeded: bool,
    /// Bytes a day if everything stayed.
    pub bytes_per_day: f64,
    /// Bytes a day that would stay.
    pub bytes_kept_per_day: f64,
    /// What each rule does, the project's own in their order.
    pub rules: Vec<PreviewedRule>,
}

/// What a rule would do.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewedRule {
    /// `error`, `slow`, `keep`, `rare`, `new_release`, `custom` or `background`.
    pub rule: &'static str,
    /// Its place among the project's own rules.
    pub place: Option<u8>,
    /// Its share.
    pub share: f64,
    /// Traces per second that match.
    pub matched: f64,
    /// Traces per second of which it decides, because no other rule keeps more of them.
    pub decided: f64,
    /// Traces per second that it keeps.
    pub kept: f64,
}

/// Which traces stay.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/sampling/", tag = "projects",
    params(("organization" = String, Path), ("project" = String, Path)),
    responses((status = 200, body = SamplingView), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
) -> Result<Json<SamplingView>, ApiError> {
    let shown = api.blocking(move |api| {
        let (_, project) = enter(api, &caller, &organization, &project, Scope::ProjectRead)?;
        view(&current_settings(api, &project).sampling)
    });
    Ok(Json(shown.await?))
}

/// Says which traces stay from now on.
#[utoipa::path(put, path = "/api/0/projects/{organization}/{project}/sampling/", tag = "projects",
    params(("organization" = String, Path), ("project" = String, Path)), request_body = SamplingSettings,
    responses((status = 200, body = SamplingView), (status = 400), (status = 404)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    Json(body): Json<SamplingSettings>,
) -> Result<Json<SamplingView>, ApiError> {
    let sampling = checked(&body)?;
    let shown = api.blocking(move |api| {
        let (_, project) = enter(api, &caller, &organization, &project, Scope::ProjectWrite)?;
        let settings = meta::ProjectSettings { sampling, ..current_settings(api, &project) };
        api.database.set_project_settings(project.id, &settings)?;
        view(&settings.sampling)
    });
    Ok(Json(shown.await?))
}

/// What settings would keep, estimated from the spans of the last hour. Nothing is changed.
#[utoipa::path(post, path = "/api/0/projects/{organization}/{project}/sampling/preview/", tag = "projects",
    params(("organization" = String, Path), ("project" = String, Path)), request_body = SamplingSettings,
    responses((status = 200, body = SamplingPreview), (status = 400), (status = 404)))]
pub async fn preview(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    Json(body): Json<SamplingSettings>,
) -> Result<Json<SamplingPreview>, ApiError> {
    let settings = checked(&body)?;
    let entered = api.blocking(move |api| {
        let (_, project) = enter(api, &caller, &organization, &project, Scope::ProjectRead)?;
        let releases = new_releases(api, &project, settings.new_release.hours)?;
        Ok((project.id, settings, releases, bytes_of_a_span(api)?))
    });
    let (project, settings, releases, span_bytes) = entered.await?;
    let previewer = Previewer { ask: &*api.ask, scope: last_hour(project, api.clock.now()) };
    let seen = previewer.traces(&settings, releases).await?;
    let seconds = previewer.seconds();
    Ok(Json(shown(&settings, &seen, seconds, span_bytes)))
}

/// Reads what is the same under other names.
fn converted<T: Serialize, U: for<'de> Deserialize<'de>>(one: &T) -> Result<U, ApiError> {
    let value = serde_json::to_value(one).map_err(ApiError::internal)?;
    serde_json::from_value(value).map_err(ApiError::internal)
}

fn view(settings: &Settings) -> Result<SamplingView, ApiError> {
    let defaults = converted(&Settings::default())?;
    Ok(SamplingView { settings: converted(settings)?, defaults })
}

fn checked(body: &SamplingSettings) -> Result<Settings, ApiError> {
    let settings: Settings = converted(body)?;
    match settings.check() {
        Ok(()) => Ok(settings),
        Err(problem) => Err(ApiError::field(&problem.field, problem.reason)),
    }
}

/// Releases that are new, by name.
fn new_releases(api: &Api, project: &Project, hours: u32) -> Result<Vec<Cell>, ApiError> {
    let since = api.clock.now().0.saturating_sub(u64::from(hours) * HOUR);
    let known = api.database.releases(&[project.id], "", meta::Page::FIRST)?.rows;
    let is_new = |seen: Option<Micros>| seen.is_some_and(|seen| seen.0 >= since);
    let new = known.into_iter().filter(|release| is_new(release.first_seen));
    Ok(new.map(|release| Cell::Text(release.version)).take(RELEASES_MAX).collect())
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn bytes_of_a_span(api: &Api) -> Result<f64, ApiError> {
    let parts = api.database.catalogue(TableName::Spans)?;
    let rows: u64 = parts.iter().map(|part| part.rows).sum();
    let bytes: u64 = parts.iter().map(|part| part.bytes).sum();
    Ok(if rows == 0 { SPAN_BYTES } else { bytes as f64 / rows as f64 })
}

fn last_hour(project: ProjectId, now: Micros) -> AskScope {
    let window = Window { start: Micros(now.0.saturating_sub(HOUR)), end: now };
    AskScope { projects: vec![project], issues: None, environments: Vec::new(), window }
}

fn shown(settings: &Settings, seen: &Traces, seconds: f64, span_bytes: f64) -> SamplingPreview {
    let known = estimate(&Rules::new(settings), &seen.traces, seconds);
    // Where there are more traces than were looked at, all numbers grow alike.
    let scale = if known.spans > 0.0 { seen.spans / seconds / known.spans } else { 1.0 };
    let rules = known.rules.iter().map(|kept| PreviewedRule {
        rule: kept.rule.name(),
        place: match kept.rule {
            Rule::Custom(place) => Some(place),
            _ => None,
        },
        share: kept.share.as_f64(),
        matched: kept.matched * scale,
        decided: kept.decided * scale,
        kept: kept.kept * scale,
    });
    let day = DAY_SECONDS * span_bytes * scale;
    SamplingPreview {
        seconds,
        traces_looked_at: seen.traces.len(),
        traces_per_second: known.traces * scale,
        spans_per_second: known.spans * scale,
        traces_kept_per_second: known.traces_kept * scale,
        spans_kept_per_second: known.spans_kept * scale,
        background: known.background.as_f64(),
        is_exceeded: known.is_exceeded,
        bytes_per_day: known.spans * day,
        bytes_kept_per_day: known.spans_kept * day,
        rules: rules.collect(),
    }
}

/// The traces that were looked at, and the spans of all.
#[derive(Debug, Default)]
struct Traces {
    traces: Vec<Seen>,
    spans: f64,
}

/// Asks for what an estimate needs.
struct Previewer<'a> {
    ask: &'a dyn Ask,
    scope: AskScope,
}

impl Previewer<'_> {
    fn seconds(&self) -> f64 {
        let Window { start, end } = self.scope.window;
        std::time::Duration::from_micros(end.0.saturating_sub(start.0)).as_secs_f64()
    }

    async fn rows(
        &self,
        filter: Filter<SpanField>,
        columns: Vec<Column<SpanField>>,
        order: (usize, Direction),
        limit: usize,
    ) -> Result<Vec<Vec<Cell>>, ApiError> {
        let question = TableQuestion {
            scope: self.scope.clone(),
            filter,
            columns,
            having: Vec::new(),
            order: vec![order],
            offset: 0,
            limit,
        };
        Ok(self.ask.spans(question).await?.rows)
    }

    /// Facts of traces, in one pass over the spans.
    async fn traces(&self, settings: &Settings, releases: Vec<Cell>) -> Result<Traces, ApiError> {
        let slow = self.slow(settings.slow.quantile).await?;
        let mut facts = vec![failed(), slow, keep(), Filter::In(SpanField::Release, releases)];
        for place in 0..settings.rules.len() {
            facts.push(settings.rule_filter(place).unwrap_or(Filter::Nothing));
        }
        let mut columns = vec![
            Column::Field(SpanField::Trace),
            Column::Aggregate(Aggregate::Count),
            Column::Aggregate(Aggregate::Max(SpanField::Weight)),
            Column::Aggregate(Aggregate::Max(SpanField::Transaction)),
        ];
        columns.extend(facts.into_iter().map(|fact| Column::Aggregate(Aggregate::CountIf(fact))));
        let of_all = vec![Column::Aggregate(Aggregate::Count)];
        let all = self.rows(Filter::All, of_all, (0, Direction::Ascending), 1).await?;
        let order = (0, Direction::Ascending);
        let rows = self.rows(Filter::All, columns, order, TRACES_MAX).await?;
        let spans = all.first().and_then(|row| row.first()).map_or(0.0, number);
        Ok(Traces { traces: rows.iter().filter_map(|row| seen(row)).collect(), spans })
    }

    /// What is slower than nearly all others of the busiest transactions.
    async fn slow(&self, quantile: f64) -> Result<Filter<SpanField>, ApiError> {
        let columns = vec![
            Column::Field(SpanField::Transaction),
            Column::Aggregate(Aggregate::Count),
            Column::Aggregate(Aggregate::Quantile(SpanField::Duration, quantile)),
        ];
        let is_segment = Filter::Compare(SpanField::IsSegment, Operator::Equal, Cell::Bool(true));
        let rows = self.rows(is_segment.clone(), columns, (1, Direction::Descending), SLOW_MAX);
        let slow = rows.await?.into_iter().filter_map(|row| {
            let [name @ Cell::Text(_), count, limit] = row.as_slice() else { return None };
            let limit = number(limit) * (1.0 + 2.0 * RELATIVE_ERROR);
            (number(count) >= SLOW_SAMPLES_MIN).then(|| {
                Filter::And(vec![
                    Filter::Compare(SpanField::Transaction, Operator::Equal, name.clone()),
                    Filter::Compare(SpanField::Duration, Operator::Greater, Cell::F64(limit)),
                ])
            })
        });
        let slow: Vec<_> = slow.take(SLOW_MAX / 2).collect();
        Ok(Filter::And(vec![is_segment, Filter::Or(slow)]))
    }
}

fn seen(row: &[Cell]) -> Option<Seen> {
    let [_, spans, weight, transaction, failed, slow, keep, new, rules @ ..] = row else {
        return None;
    };
    let is_some = |cell: &Cell| number(cell) > 0.0;
    let matching = rules.iter().enumerate().filter(|(_, count)| is_some(count));
    Some(Seen {
        spans: number(spans),
        weight: number(weight).max(1.0),
        transaction: match transaction {
            Cell::Text(name) => name.clone(),
            _ => String::new(),
        },
        failed: is_some(failed),
        slow: is_some(slow),
        keep: is_some(keep),
        new_release: is_some(new),
        rules: matching.map(|(place, _)| place).collect(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn number(cell: &Cell) -> f64 {
    match cell {
        Cell::U64(number) => *number as f64,
        Cell::F64(number) => *number,
        _ => 0.0,
    }
}

/// As a judge sees it when spans arrive.
fn failed() -> Filter<SpanField> {
    let texts = NO_FAILURES.iter().map(|status| Cell::Text((*status).to_owned())).collect();
    let http = SpanField::Number("http.response.status_code".to_owned());
    Filter::Or(vec![
        Filter::Not(Box::new(Filter::In(SpanField::Status, texts))),
        Filter::Compare(http, Operator::GreaterOrEqual, Cell::U64(500)),
        is_true("sli.bad"),
    ])
}

fn keep() -> Filter<SpanField> {
    is_true("sampling.keep")
}

fn is_true(name: &str) -> Filter<SpanField> {
    let field = SpanField::Attribute(name.to_owned());
    Filter::Compare(field, Operator::Equal, Cell::Text("true".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::double::Double;

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[tokio::test]
    async fn a_preview_says_what_each_rule_keeps() {
        let slow = vec![vec![text("GET /bets"), Cell::U64(900), Cell::F64(80.0)]];
        let all = vec![vec![Cell::U64(36_000)]];
        let trace = |number: u64, facts: [u64; 7]| {
            let mut row =
                vec![text(&format!("{number:032x}")), Cell::U64(10), Cell::F64(1.0), text("t")];
            row.extend(facts.map(Cell::U64));
            row
        };
        let mut traces = vec![
            trace(0, [1, 0, 0, 0, 1, 0, 0]),
            trace(1, [0, 0, 0, 1, 1, 0, 0]),
            trace(2, [0, 0, 0, 0, 0, 0, 1]),
        ];
        traces.extend((3..1_800).map(|number| trace(number, [0; 7])));
        let ask = Double::with_spans([slow, all, traces]);
        let scope = last_hour(ProjectId(1), Micros(2 * HOUR));
        let previewer = Previewer { ask: &ask, scope };
        let mut settings = Settings::default();
        settings.rare.count = 0;
        let seen = previewer.traces(&settings, vec![text("new")]).await.unwrap();
        let preview = shown(&settings, &seen, previewer.seconds(), 100.0);
        // Half of the spans were in the traces that were looked at.
        assert!((preview.spans_per_second - 10.0).abs() < 1e-9, "{preview:?}");
        assert!((preview.traces_per_second - 1.0).abs() < 1e-9);
        let kept = |name, place| {
            let rule = preview.rules.iter().find(|it| it.rule == name && it.place == place);
            rule.map(|it| [it.matched, it.decided, it.kept].map(|rate| (rate * 36_000.0).round()))
        };
        assert_eq!(kept("error", None), Some([20.0, 20.0, 20.0]));
        assert_eq!(kept("custom", Some(0)), Some([40.0, 20.0, 10.0]));
        assert_eq!(kept("new_release", None), Some([20.0, 0.0, 0.0]));
        assert_eq!(kept("custom", Some(2)), Some([20.0, 20.0, 0.0]));
        assert_eq!(kept("background", None), Some([36_000.0, 35_940.0, 1_797.0]));
        assert!((preview.bytes_per_day - 86_400_000.0).abs() < 1.0);
        assert!(preview.bytes_kept_per_day < preview.bytes_per_day / 15.0);
        assert_eq!(ask.asked_spans().len(), 3);
    }

    #[test]
    fn settings_are_checked_by_name() {
        let mut body: SamplingSettings = converted(&Settings::default()).unwrap();
        assert!(checked(&body).is_ok());
        body.rules[1].query = "count():>1".into();
        let Err(ApiError::Fields(fields)) = checked(&body) else { panic!() };
        assert!(fields.contains_key("rules.1.query"));
    }
}
