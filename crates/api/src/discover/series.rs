//! Aggregates over time, for charts.

use axum::Json;
use axum::extract::{Path, State};
use lang::ask::{
    Cell, Column, Direction, Field, Filter, Operator, SpanField, TableQuestion, Window,
};
use lang::data_set::{Rows, both};
use lang::search::{DAY, Selected, Type, interval, select};
use model::clock::Micros;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::data_set::{DataSet, Source};
use super::plan::{Plan, totals};
use super::{Asked, Names, TableMeta};
use crate::auth::Caller;
use crate::cell;
use crate::error::ApiError;
use crate::page::Page;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// Groups that get a series of their own.
const TOP_MAX: u64 = 10;
/// Aggregates in one request.
const AXES_MAX: usize = 10;
const MINUTE: u64 = 60_000_000;
const HOUR: u64 = 60 * MINUTE;

/// Buckets of time of one width, side by side; they begin at whole multiples of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Grid {
    start: u64,
    width: u64,
    buckets: usize,
}

impl Grid {
    fn over(window: Window, width: u64) -> Self {
        let width = width.max(1);
        let start = window.start.0 - window.start.0 % width;
        let buckets = window.end.0.saturating_sub(start).div_ceil(width);
        Self { start, width, buckets: usize::try_from(buckets).unwrap_or(usize::MAX) }
    }

    /// In which bucket a moment lies.
    fn place(self, at: Micros) -> Option<usize> {
        let place = usize::try_from(at.0.checked_sub(self.start)? / self.width).ok()?;
        (place < self.buckets).then_some(place)
    }

    /// Where the buckets begin.
    fn starts(self) -> impl Iterator<Item = Micros> {
        let starts = std::iter::successors(Some(self.start), move |at| Some(at + self.width));
        starts.take(self.buckets).map(Micros)
    }
}

/// What a request for series is about.
#[derive(Debug)]
struct Wanted<F> {
    /// Formulas are about `columns`.
    axes: Vec<(String, Selected<F>)>,
    /// What the axes are made of.
    columns: Vec<Column<F>>,
    /// Fields whose most frequent values get a series each.
    groups: Vec<(String, Selected<F>)>,
    top: usize,
    with_other: bool,
    sort: Vec<String>,
    grid: Grid,
}

/// The asked aggregates by their text.
fn axes(params: &Params) -> Result<Vec<&str>, ApiError> {
    let mut names: Vec<&str> = params.all("yAxis").filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        names.push("count()");
    }
    if names.len() > AXES_MAX {
        let sentence = format!("You can plot up to {AXES_MAX} yAxis at a time.");
        return Err(ApiError::Invalid(sentence));
    }
    Ok(names)
}

impl<F: Rows> Wanted<F> {
    fn read(params: &Params, group_key: &str, window: Window) -> Result<Self, ApiError> {
        let select = |name: &str| Ok((name.to_owned(), select::<F>(name)?));
        let mut axes =
            axes(params)?.into_iter().map(select).collect::<Result<Vec<_>, ApiError>>()?;
        if let Some((name, _)) = axes.iter().find(|(_, selected)| !selected.is_aggregate()) {
            return Err(ApiError::Invalid(format!("yAxis must be an aggregate: {name}")));
        }
        let mut columns = Vec::new();
        for (_, selected) in &mut axes {
            selected.formula = selected.placed(&mut columns);
        }
        let top = params.number("topEvents").unwrap_or(0).min(TOP_MAX);
        let mut groups: Vec<(String, Selected<F>)> = Vec::new();
        for name in params.all(group_key).filter(|name| top > 0 && !name.is_empty()) {
            let (name, selected) = select(name)?;
            let is_new = groups.iter().all(|(known, _)| *known != name);
            let is_one = selected.others.is_empty();
            if is_new && is_one && matches!(selected.column, Column::Field(_)) {
                groups.push((name, selected));
            }
        }
        Ok(Self {
            axes,
            columns,
            groups,
            top: usize::try_from(top).unwrap_or(0),
            with_other: !params.is_on("excludeOther"),
            sort: params.all("sort").chain(params.all("orderby")).map(str::to_owned).collect(),
            grid: Grid::over(window, width(params.get("interval"), window)?),
        })
    }
}

/// Width of the buckets: as asked, in milliseconds when no unit is given, else what suits a chart.
fn width(text: Option<&str>, window: Window) -> Result<u64, ApiError> {
    let length = window.end.0.saturating_sub(window.start.0);
    let suits = match length {
        _ if length <= HOUR => MINUTE,
        _ if length <= DAY => 5 * MINUTE,
        _ if length <= 14 * DAY => HOUR,
        _ => DAY,
    };
    match text {
        None | Some("") => Ok(suits),
        Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            let seconds = text.parse::<u64>().map_or(0, |millis| millis / 1_000);
            Ok(interval(&format!("{seconds}s"), window)?)
        }
        Some(text) => Ok(interval(text, window)?),
    }
}

/// One group over time.
#[derive(Debug)]
struct Line {
    /// The values of the group's fields; empty when there are no groups.
    group: Vec<Value>,
    is_other: bool,
    /// For each axis a value for each bucket.
    axes: Vec<Vec<Value>>,
}

impl Line {
    fn empty(axes: usize, grid: Grid) -> Self {
        let axes = vec![vec![json!(0); grid.buckets]; axes];
        Self { group: Vec::new(), is_other: false, axes }
    }

    fn has_values(&self) -> bool {
        self.axes.iter().flatten().any(|value| *value != json!(0))
    }

    fn label(&self) -> String {
        if self.is_other {
            return "Other".to_owned();
        }
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        self.group.iter().map(text).collect::<Vec<_>>().join(",")
    }
}

/// All lines of a request: one, or one for each of the top groups and one for the rest.
async fn lines<F: Rows>(
    api: &Api,
    asked: &Asked<F>,
    wanted: &Wanted<F>,
) -> Result<Vec<Line>, ApiError> {
    let empty = || Line::empty(wanted.axes.len(), wanted.grid);
    let formulas = wanted.axes.iter().map(|(_, selected)| &selected.formula);
    let ask = api.ask.as_ref();
    let totals = totals(ask, &asked.scope, &asked.filter, &wanted.columns, formulas).await?;
    if wanted.groups.is_empty() {
        let mut line = empty();
        let rows = rows(api, asked, wanted, asked.filter.clone(), 0).await?;
        put(&rows, wanted, std::slice::from_mut(&mut line), &[], &totals);
        return Ok(vec![line]);
    }
    let tops = top_groups(api, asked, wanted).await?;
    let names = {
        let (projects, rows) = (asked.projects.clone(), tops.clone());
        let columns: Vec<Column<F>> =
            wanted.groups.iter().map(|(_, selected)| selected.column.clone()).collect();
        api.blocking(move |api| Names::of(api, &projects, &columns, &rows)).await?
    };
    let line = |cells: &Vec<Cell>| {
        let shown = wanted.groups.iter().zip(cells);
        let group = shown.map(|((_, of), cell)| names.show(of, cell, wanted.grid.width)).collect();
        Line { group, ..empty() }
    };
    let mut lines: Vec<Line> = tops.iter().map(line).collect();
    let is_top = Filter::Or(tops.iter().map(|cells| is_group(wanted, cells)).collect());
    if !tops.is_empty() {
        let filter = both(asked.filter.clone(), is_top.clone());
        let rows = rows(api, asked, wanted, filter, tops.len()).await?;
        put(&rows, wanted, &mut lines, &tops, &totals);
    }
    if wanted.with_other && tops.len() == wanted.top {
        let mut other = Line { is_other: true, ..empty() };
        let filter = both(asked.filter.clone(), Filter::Not(Box::new(is_top)));
        let rows = rows(api, asked, wanted, filter, 0).await?;
        put(&rows, wanted, std::slice::from_mut(&mut other), &[], &totals);
        if other.has_values() {
            lines.push(other);
        }
    }
    Ok(lines)
}

/// The groups that come first in the asked order.
async fn top_groups<F: Rows>(
    api: &Api,
    asked: &Asked<F>,
    wanted: &Wanted<F>,
) -> Result<Vec<Vec<Cell>>, ApiError> {
    let names = wanted.groups.iter().chain(&wanted.axes).map(|(name, _)| name.clone());
    let mut names: Vec<String> = names.collect();
    // What is sorted by may be an aggregate that is not plotted.
    for sort in &wanted.sort {
        let name = sort.trim_start_matches('-');
        if name.ends_with(')') && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    let sort: Vec<&str> = wanted.sort.iter().map(String::as_str).collect();
    let plan = Plan::<F>::new(&names, &asked.having, &sort, asked.scope.window)?;
    let tops = Page { offset: 0, limit: wanted.top };
    let mut rows = plan.run(api.ask.as_ref(), &asked.scope, &asked.filter, tops).await?;
    for row in &mut rows {
        row.truncate(wanted.groups.len());
    }
    Ok(rows)
}

/// Rows of that group.
fn is_group<F: Rows>(wanted: &Wanted<F>, cells: &[Cell]) -> Filter<F> {
    let fields = wanted.groups.iter().filter_map(|(_, selected)| match &selected.column {
        Column::Field(field) => Some(field.clone()),
        _ => None,
    });
    let is = |(field, cell): (F, &Cell)| match cell {
        Cell::Null => Filter::Not(Box::new(Filter::Has(field))),
        cell => Filter::Compare(field, Operator::Equal, cell.clone()),
    };
    Filter::And(fields.zip(cells).map(is).collect())
}

/// Asks for rows of a bucket, a group and the columns; there are no groups when `groups` is 0.
async fn rows<F: Rows>(
    api: &Api,
    asked: &Asked<F>,
    wanted: &Wanted<F>,
    filter: Filter<F>,
    groups: usize,
) -> Result<Vec<Vec<Cell>>, ApiError> {
    let grouped: &[(String, Selected<F>)] = if groups == 0 { &[] } else { &wanted.groups };
    let grouped = grouped.iter().map(|(_, selected)| selected.column.clone());
    let bucket = std::iter::once(Column::Bucket(wanted.grid.width));
    let question = TableQuestion {
        scope: asked.scope.clone(),
        filter,
        columns: bucket.chain(grouped).chain(wanted.columns.iter().cloned()).collect(),
        having: Vec::new(),
        order: vec![(0, Direction::Ascending)],
        offset: 0,
        limit: wanted.grid.buckets.saturating_mul(groups.max(1)),
    };
    Ok(F::ask(api.ask.as_ref(), question).await?.rows)
}

/// Puts the values of rows (bucket, group, columns) into their places.
fn put<F: Rows>(
    rows: &[Vec<Cell>],
    wanted: &Wanted<F>,
    lines: &mut [Line],
    groups: &[Vec<Cell>],
    totals: &[Cell],
) {
    let names = Names::default();
    let width = groups.first().map_or(0, Vec::len);
    for row in rows {
        let Some((bucket, rest)) = row.split_first() else { continue };
        let Some((group, cells)) = rest.split_at_checked(width) else { continue };
        let line = groups.iter().position(|known| known == group);
        let line = if groups.is_empty() { Some(0) } else { line };
        let Some(line) = line.and_then(|place| lines.get_mut(place)) else { continue };
        let Some(place) = wanted.grid.place(cell::moment(bucket)) else { continue };
        for (values, (_, selected)) in line.axes.iter_mut().zip(&wanted.axes) {
            let cell = selected.formula.cell(cells, totals);
            if let Some(value) = values.get_mut(place)
                && cell != Cell::Null
            {
                *value = names.show(selected, &cell, wanted.grid.width);
            }
        }
    }
}

/// What all layouts are made of.
struct Answered {
    data_set: DataSet,
    window: Window,
    grid: Grid,
    axes: Vec<(String, Type)>,
    /// Names of the fields that groups are made of.
    groups: Vec<String>,
    lines: Vec<Line>,
}

/// Reads a request and answers its lines.
async fn answer(
    api: &Api,
    caller: Caller,
    organization: String,
    params: Params,
    group_key: &'static str,
) -> Result<Answered, ApiError> {
    let data_set = DataSet::read(&params)?;
    match data_set.source {
        Source::Errors => {
            let (asked, params) = read::<Field>(api, caller, organization, params).await?;
            answer_of(api, data_set, &asked, &params, group_key).await
        }
        Source::Spans | Source::Transactions => {
            let (asked, params) = read::<SpanField>(api, caller, organization, params).await?;
            let asked = asked.within(&data_set);
            answer_of(api, data_set, &asked, &params, group_key).await
        }
        Source::Nowhere => {
            let params = params.without("query");
            let (asked, params) = read::<Field>(api, caller, organization, params).await?;
            let window = asked.scope.window;
            let grid = Grid::over(window, width(params.get("interval"), window)?);
            let axes: Vec<(String, Type)> =
                axes(&params)?.into_iter().map(|name| (name.to_owned(), Type::Number)).collect();
            let lines = vec![Line::empty(axes.len(), grid)];
            Ok(Answered { data_set, window, grid, axes, groups: Vec::new(), lines })
        }
    }
}

async fn read<F: Rows>(
    api: &Api,
    caller: Caller,
    organization: String,
    params: Params,
) -> Result<(Asked<F>, Params), ApiError> {
    let read = api.blocking(move |api| {
        let asked = Asked::read(api, &caller, &organization, &params)?;
        Ok((asked, params))
    });
    read.await
}

async fn answer_of<F: Rows>(
    api: &Api,
    data_set: DataSet,
    asked: &Asked<F>,
    params: &Params,
    group_key: &str,
) -> Result<Answered, ApiError> {
    let window = asked.scope.window;
    let wanted = Wanted::read(params, group_key, window)?;
    let lines = lines(api, asked, &wanted).await?;
    Ok(Answered {
        data_set,
        window,
        grid: wanted.grid,
        axes: wanted.axes.into_iter().map(|(name, selected)| (name, selected.kind)).collect(),
        groups: wanted.groups.into_iter().map(|(name, _)| name).collect(),
        lines,
    })
}

/// One series as old clients read it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct StatsSeries {
    /// `[seconds, [{"count": value}]]` for each bucket.
    #[schema(value_type = Vec<Object>)]
    pub data: Vec<(u64, [Point; 1])>,
    pub start: u64,
    pub end: u64,
    pub is_metrics_data: bool,
    pub meta: TableMeta,
    /// Its place among several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<usize>,
}

/// A value of a bucket.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Point {
    /// The aggregate, whichever it is.
    pub count: Value,
}

/// Aggregates over time: bare when there is one series, otherwise under the names of groups and axes.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/events-stats/", tag = "discover",
    params(("organization" = String, Path), ("yAxis" = Option<Vec<String>>, Query),
        ("interval" = Option<String>, Query), ("query" = Option<String>, Query),
        ("topEvents" = Option<usize>, Query), ("field" = Option<Vec<String>>, Query),
        ("excludeOther" = Option<bool>, Query), ("sort" = Option<String>, Query),
        ("statsPeriod" = Option<String>, Query), ("project" = Option<Vec<String>>, Query)),
    responses((status = 200, body = StatsSeries, description = "or a map of them"), (status = 400)))]
pub async fn stats(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    let answered = answer(&api, caller, organization, params, "field").await?;
    let Answered { data_set, window, grid, axes, groups, lines } = answered;
    let one = |line: &Line, axis: usize, order: Option<usize>| {
        let values = line.axes.get(axis).into_iter().flatten().cloned();
        let data = grid.starts().map(time::seconds).zip(values.map(|count| [Point { count }]));
        let shown = axes.get(axis).cloned();
        json!(StatsSeries {
            data: data.collect(),
            start: time::seconds(window.start),
            end: time::seconds(window.end),
            is_metrics_data: false,
            meta: TableMeta::of(&data_set.name, shown.as_slice()),
            order,
        })
    };
    let all_axes = |line: &Line, order: Option<usize>| match axes.as_slice() {
        [_] => one(line, 0, order),
        axes => {
            let named = axes.iter().enumerate();
            let mut all: Map<String, Value> = named
                .map(|(place, (name, _))| (name.clone(), one(line, place, Some(place))))
                .collect();
            if let Some(order) = order {
                all.insert("order".to_owned(), json!(order));
            }
            Value::Object(all)
        }
    };
    if let ([], [line]) = (groups.as_slice(), lines.as_slice()) {
        return Ok(Json(all_axes(line, None)));
    }
    let lines = lines.iter().enumerate();
    Ok(Json(lines.map(|(place, line)| (line.label(), all_axes(line, Some(place)))).collect()))
}

/// Series as new clients read them.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct TimeSeriesView {
    #[schema(value_type = Object)]
    pub meta: Value,
    pub time_series: Vec<TimeSeries>,
}

/// One series.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct TimeSeries {
    pub y_axis: String,
    /// `{key, value}` for each field; `None` without groups.
    #[schema(value_type = Option<Vec<Object>>)]
    pub group_by: Option<Vec<Value>>,
    pub values: Vec<TimeValue>,
    #[schema(value_type = Object)]
    pub meta: Value,
}

/// A value of a bucket.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimeValue {
    /// Where the bucket begins, in milliseconds.
    pub timestamp: u64,
    /// The aggregate.
    pub value: Value,
    /// More may still come.
    pub incomplete: bool,
}

/// Aggregates over time, one list of series.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/events-timeseries/",
    tag = "discover",
    params(("organization" = String, Path), ("yAxis" = Option<Vec<String>>, Query),
        ("interval" = Option<String>, Query, description = "milliseconds, or such as 5m"),
        ("query" = Option<String>, Query), ("topEvents" = Option<usize>, Query),
        ("groupBy" = Option<Vec<String>>, Query), ("excludeOther" = Option<bool>, Query)),
    responses((status = 200, body = TimeSeriesView), (status = 400)))]
pub async fn time_series(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<TimeSeriesView>, ApiError> {
    let answered = answer(&api, caller, organization, params, "groupBy").await?;
    let Answered { data_set, window, grid, axes, groups, lines } = answered;
    let now = api.clock.now();
    let millis = |moment: Micros| moment.0 / 1_000;
    let mut all = Vec::new();
    for (order, line) in lines.iter().enumerate() {
        let group = groups.iter().zip(&line.group);
        let group: Vec<Value> =
            group.map(|(key, value)| json!({"key": key, "value": value})).collect();
        for ((name, kind), values) in axes.iter().zip(&line.axes) {
            let values = grid.starts().zip(values).map(|(start, value)| TimeValue {
                timestamp: millis(start),
                value: value.clone(),
                incomplete: start.0.saturating_add(grid.width) > now.0,
            });
            let mut meta = json!({
                "valueType": kind.name(),
                "valueUnit": super::unit(*kind, name),
                "interval": grid.width / 1_000,
            });
            if !groups.is_empty() {
                meta["order"] = json!(order);
                meta["isOther"] = json!(line.is_other);
            }
            all.push(TimeSeries {
                y_axis: name.clone(),
                group_by: (!groups.is_empty()).then(|| group.clone()),
                values: values.collect(),
                meta,
            });
        }
    }
    let meta = json!({
        "dataset": data_set.name,
        "start": millis(window.start),
        "end": millis(window.end),
    });
    Ok(Json(TimeSeriesView { meta, time_series: all }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted<F: Rows>(query: &str, window: Window) -> Wanted<F> {
        Wanted::read(&Params::parse(query), "field", window).unwrap()
    }

    fn empty<F>(wanted: &Wanted<F>) -> Line {
        Line::empty(wanted.axes.len(), wanted.grid)
    }

    fn minutes(start: u64, end: u64) -> Window {
        Window { start: Micros(start * MINUTE), end: Micros(end * MINUTE) }
    }

    #[test]
    fn buckets_begin_at_whole_multiples() {
        let grid = Grid::over(minutes(7, 21), 5 * MINUTE);
        let starts: Vec<u64> = grid.starts().map(|start| start.0 / MINUTE).collect();
        assert_eq!(starts, [5, 10, 15, 20]);
        assert_eq!(grid.place(Micros(5 * MINUTE)), Some(0));
        assert_eq!(grid.place(Micros(24 * MINUTE)), Some(3));
        assert_eq!(grid.place(Micros(4 * MINUTE)), None);
        assert_eq!(grid.place(Micros(25 * MINUTE)), None);
    }

    #[test]
    fn buckets_without_rows_are_zero() {
        let wanted = wanted::<Field>("interval=5m&yAxis=count()&yAxis=epm()", minutes(0, 15));
        let mut lines = [empty(&wanted)];
        // Both are made of the same column.
        let row = vec![Cell::Time(Micros(5 * MINUTE)), Cell::U64(10)];
        put(&[row], &wanted, &mut lines, &[], &[]);
        assert_eq!(json!(lines[0].axes), json!([[0, 10, 0], [0, 2.0, 0]]));
    }

    #[test]
    fn values_are_made_of_several_columns_in_each_bucket() {
        let query = "interval=5m&yAxis=failure_rate()&yAxis=time_spent_percentage()";
        let wanted = wanted::<SpanField>(query, minutes(0, 10));
        let mut lines = [empty(&wanted)];
        let row = vec![Cell::Time(Micros(0)), Cell::F64(2.0), Cell::F64(8.0), Cell::F64(30.0)];
        let totals = [Cell::Null, Cell::Null, Cell::F64(40.0)];
        put(&[row], &wanted, &mut lines, &[], &totals);
        assert_eq!(json!(lines[0].axes), json!([[0.25, 0], [0.75, 0]]));
    }

    #[test]
    fn groups_fill_their_own_lines() {
        let wanted = wanted::<Field>("interval=5m&field=level&topEvents=2", minutes(0, 10));
        let groups = [vec![Cell::Text("error".to_owned())], vec![Cell::Null]];
        let mut lines = [empty(&wanted), empty(&wanted)];
        let row =
            |level: &Cell, count| vec![Cell::Time(Micros(0)), level.clone(), Cell::U64(count)];
        let unknown = Cell::Text("fatal".to_owned());
        let rows = [row(&Cell::Null, 3), row(&unknown, 9), row(&groups[0][0], 4)];
        put(&rows, &wanted, &mut lines, &groups, &[]);
        assert_eq!(json!(lines[0].axes), json!([[4, 0]]));
        assert_eq!(json!(lines[1].axes), json!([[3, 0]]));
    }

    #[test]
    fn widths_are_in_milliseconds_or_have_a_unit() {
        let window = minutes(0, 60);
        assert_eq!(width(Some("300000"), window).unwrap(), 5 * MINUTE);
        assert_eq!(width(Some("5m"), window).unwrap(), 5 * MINUTE);
        assert_eq!(width(None, window).unwrap(), MINUTE);
        assert!(width(Some("0"), window).is_err());
    }
}
