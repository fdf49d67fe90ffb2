//! Free questions about events: tables here, time series, checks and names below.
//!
//! Only the data set `errors` has rows so far. Questions about the others that Sentry knows are
//! answered with none, so that pages made for them stay empty instead of failing.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::HeaderMap;
use lang::ask::{
    Cell, Column, Direction, Field, Filter, Having, Scope as AskScope, TableQuestion, Window,
};
use lang::search::{DAY, Display, HavingText, Selected, Type, column};
use meta::{Project, Scope};
use model::id::IssueId;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::cell;
use crate::error::ApiError;
use crate::event_search;
use crate::params::Params;
use crate::state::Api;

pub mod keys;
pub mod series;
pub mod validate;

/// What time is looked at when nothing is said.
const DEFAULT_PERIOD: u64 = 90 * DAY;
/// Columns of a table. Source: Sentry's events endpoint.
const FIELDS_MAX: usize = 20;
/// Columns that rows carry unasked, because links are made of them.
const LINK_FIELDS: [&str; 2] = ["id", "project.name"];
/// Sentry's data sets that hold error events. Without a name the first is meant.
const WITH_ERRORS: [&str; 2] = ["errors", "discover"];
const WITHOUT_ROWS: [&str; 13] = [
    "spans",
    "spansMetrics",
    "logs",
    "ourlogs",
    "tracemetrics",
    "profile_functions",
    "profileFunctions",
    "uptime_results",
    "transactions",
    "issuePlatform",
    "profiles",
    "metricsEnhanced",
    "metrics",
];

/// A table.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TableView {
    /// The rows; their names are the asked fields as they were written.
    #[schema(value_type = Vec<Object>)]
    pub data: Vec<Map<String, Value>>,
    /// What its columns are.
    pub meta: TableMeta,
}

/// What the columns of a table are.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct TableMeta {
    /// Type of each column.
    #[schema(value_type = Object)]
    pub fields: Map<String, Value>,
    /// Unit of each column, or null.
    #[schema(value_type = Object)]
    pub units: Map<String, Value>,
    pub is_metrics_data: bool,
    pub is_metrics_extracted_data: bool,
    #[schema(value_type = Object)]
    pub tips: Map<String, Value>,
    pub dataset_reason: &'static str,
    pub dataset: String,
}

impl TableMeta {
    fn of(dataset: &str, columns: &[(String, Type)]) -> Self {
        let unit = |kind: Type, name: &str| match kind {
            Type::Duration => json!("millisecond"),
            Type::Size => json!("byte"),
            Type::Rate if name.starts_with("epm") || name.starts_with("tpm") => json!("1/minute"),
            Type::Rate => json!("1/second"),
            Type::String | Type::Integer | Type::Number | Type::Boolean | Type::Date => Value::Null,
        };
        Self {
            fields: columns.iter().map(|(name, kind)| (name.clone(), json!(kind.name()))).collect(),
            units: columns.iter().map(|(name, kind)| (name.clone(), unit(*kind, name))).collect(),
            is_metrics_data: false,
            is_metrics_extracted_data: false,
            tips: Map::new(),
            dataset_reason: "unchanged",
            dataset: dataset.to_owned(),
        }
    }

    /// Of a table that has no rows: its columns are what their names sound like.
    fn of_nothing(dataset: &str, fields: &[String]) -> Self {
        let kind = |field: &String| if field.ends_with(')') { Type::Number } else { Type::String };
        let columns: Vec<_> = fields.iter().map(|field| (field.clone(), kind(field))).collect();
        Self::of(dataset, &columns)
    }
}

/// The data set a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
struct DataSet {
    name: String,
    has_rows: bool,
}

impl DataSet {
    fn read(params: &Params) -> Result<Self, ApiError> {
        let name = params.get("dataset").filter(|name| !name.is_empty()).unwrap_or(WITH_ERRORS[0]);
        let has_rows = WITH_ERRORS.contains(&name);
        if !has_rows && !WITHOUT_ROWS.contains(&name) {
            return Err(ApiError::Invalid(format!("dataset must be one of: {}", known_names())));
        }
        Ok(Self { name: name.to_owned(), has_rows })
    }
}

fn known_names() -> String {
    WITH_ERRORS.iter().chain(&WITHOUT_ROWS).copied().collect::<Vec<_>>().join(", ")
}

/// What a request is about.
#[derive(Debug)]
struct Asked {
    projects: Vec<Project>,
    scope: AskScope,
    filter: Filter,
    having: Vec<HavingText>,
}

impl Asked {
    /// Reads the parameters that all questions have in common. Blocks.
    fn read(
        api: &Api,
        caller: &Caller,
        organization: &str,
        params: &Params,
        data_set: &DataSet,
    ) -> Result<Self, ApiError> {
        let access = caller.enter(&api.database, organization, Scope::EventRead)?;
        let projects = params.projects(api, &access)?;
        let window = params.window(api.clock.now(), DEFAULT_PERIOD)?;
        let text = params.get("query").unwrap_or_default();
        let (filter, having) = if data_set.has_rows {
            event_search::read(api, &projects, text)?
        } else {
            (Filter::Nothing, Vec::new())
        };
        let scope = params.scope(&projects, window);
        Ok(Self { projects, scope, filter, having })
    }
}

/// The columns to ask for, those to show, and the order of rows.
#[derive(Debug)]
struct Plan {
    shown: Vec<(String, Selected)>,
    /// The shown ones, then those only compared with.
    columns: Vec<Column>,
    having: Vec<Having>,
    order: Vec<(usize, Direction)>,
}

impl Plan {
    fn new(
        fields: &[String],
        having: &[HavingText],
        sort: &[&str],
        window: Window,
    ) -> Result<Self, ApiError> {
        let selected = fields.iter().map(|field| Ok((field.clone(), column(field)?)));
        let mut shown = selected.collect::<Result<Vec<_>, ApiError>>()?;
        let is_aggregate = |selected: &Selected| matches!(selected.column, Column::Aggregate(_));
        let first_aggregate = shown.iter().position(|(_, selected)| is_aggregate(selected));
        if first_aggregate.is_none() && having.is_empty() {
            for name in LINK_FIELDS.into_iter().filter(|name| !fields.iter().any(|it| it == name)) {
                shown.push((name.to_owned(), column(name)?));
            }
        }
        let mut columns: Vec<Column> =
            shown.iter().map(|(_, selected)| selected.column.clone()).collect();
        let compared = having.iter().map(|condition| compare(&mut columns, condition, window));
        let having = compared.collect::<Result<Vec<_>, ApiError>>()?;
        let mut order = Vec::new();
        for sort in sort.iter().filter(|sort| !sort.is_empty()) {
            order.push(place_of(fields, sort)?);
        }
        if order.is_empty() {
            order.extend(first_aggregate.map(|place| (place, Direction::Descending)));
        }
        Ok(Self { shown, columns, having, order })
    }
}

/// A condition on groups by the place of its column, which is added if nobody wants to see it.
fn compare(
    columns: &mut Vec<Column>,
    condition: &HavingText,
    window: Window,
) -> Result<Having, ApiError> {
    let Selected { column, display, .. } = column(&condition.function)?;
    let place = columns.iter().position(|known| *known == column).unwrap_or_else(|| {
        columns.push(column);
        columns.len() - 1
    });
    let value = condition.value * units(display, window.end.0.saturating_sub(window.start.0));
    Ok(Having { column: place, operator: condition.operator, value })
}

/// How many of a rate's units of time there are in so many microseconds; 1 for all else.
fn units(display: Display, micros: u64) -> f64 {
    match display {
        Display::PerMinute => float(micros) / 60e6,
        Display::PerSecond => float(micros) / 1e6,
        Display::Plain
        | Display::ShortId
        | Display::ProjectSlug
        | Display::Opposite
        | Display::UnlessFalse
        | Display::AfterColon => 1.0,
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown to people, who do not miss the 53rd bit")]
fn float(number: u64) -> f64 {
    number as f64
}

/// The place of what is sorted by. `-` turns the order around; old clients write `count_unique_user`
/// for `count_unique(user)`.
fn place_of(fields: &[String], sort: &str) -> Result<(usize, Direction), ApiError> {
    let (name, direction) = match sort.strip_prefix('-') {
        Some(name) => (name, Direction::Descending),
        None => (sort, Direction::Ascending),
    };
    let is_meant = |field: &String| field == name || alias(field) == name;
    let place = fields.iter().position(is_meant);
    let unknown =
        || ApiError::Invalid(format!("Cannot sort by a field that is not selected: {name}"));
    place.map(|place| (place, direction)).ok_or_else(unknown)
}

fn alias(field: &str) -> String {
    let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '_' };
    let alias: String = field.chars().map(plain).collect();
    alias.trim_matches('_').to_owned()
}

/// Names that stand for numbers in answers.
#[derive(Debug, Default)]
struct Names {
    projects: HashMap<u64, String>,
    /// By the issue rows are stored under: which issue that is now, and its short id.
    issues: HashMap<u64, (IssueId, String)>,
}

impl Names {
    /// Looks up what these rows need. Blocks.
    fn of(
        api: &Api,
        projects: &[Project],
        columns: &[Column],
        rows: &[Vec<Cell>],
    ) -> Result<Self, ApiError> {
        let slug = |project: &Project| (project.id.0, project.slug.clone());
        let mut names =
            Self { projects: projects.iter().map(slug).collect(), issues: HashMap::new() };
        let is_issue = |column: &Column| *column == Column::Field(Field::Issue);
        let Some(place) = columns.iter().position(is_issue) else { return Ok(names) };
        for id in rows.iter().filter_map(|row| cell::number(row.get(place)?)) {
            if names.issues.contains_key(&id) {
                continue;
            }
            if let Some(issue) = api.database.issue(IssueId(id))? {
                let slug = names.projects.get(&issue.project.0).map_or("", String::as_str);
                let short_id = group::short_id::short_id(slug, issue.number);
                names.issues.insert(id, (issue.id, short_id));
            }
        }
        Ok(names)
    }

    /// A cell as it is shown. Rates are over `micros` of time.
    fn show(&self, selected: &Selected, cell: &Cell, micros: u64) -> Value {
        let issue = || self.issues.get(&cell::number(cell)?);
        match (selected.display, &selected.column) {
            (Display::ShortId, _) => json!(issue().map(|(_, short_id)| short_id)),
            (Display::Plain, Column::Field(Field::Issue)) => {
                json!(issue().map(|(id, _)| id.0).or_else(|| cell::number(cell)))
            }
            (Display::Plain, _) => cell::json(cell),
            (Display::ProjectSlug, _) => {
                json!(cell::number(cell).and_then(|id| self.projects.get(&id)))
            }
            (Display::Opposite, _) => json!(matches!(cell, Cell::Bool(false))),
            (Display::UnlessFalse, _) => json!(!matches!(cell, Cell::Bool(false))),
            (Display::AfterColon, _) => match cell::text(cell).split_once(':') {
                Some((_, text)) => json!(text),
                None => cell::json(cell),
            },
            (Display::PerMinute | Display::PerSecond, _) => {
                let count = cell::number(cell).map_or(0.0, float);
                json!(count / units(selected.display, micros).max(f64::MIN_POSITIVE))
            }
        }
    }
}

/// A table of events, or of groups of them when an aggregate is among the fields.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/events/", tag = "discover",
    params(("organization" = String, Path),
        ("field" = Vec<String>, Query, description = "columns and aggregates such as count()"),
        ("query" = Option<String>, Query), ("sort" = Option<String>, Query),
        ("dataset" = Option<String>, Query), ("project" = Option<Vec<String>>, Query),
        ("environment" = Option<Vec<String>>, Query), ("statsPeriod" = Option<String>, Query),
        ("start" = Option<String>, Query), ("end" = Option<String>, Query),
        ("per_page" = Option<usize>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = TableView), (status = 400)))]
pub async fn table(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<TableView>), ApiError> {
    let page = params.page(50)?;
    let fields = fields(&params)?;
    let data_set = DataSet::read(&params)?;
    let (asked, params) = {
        let data_set = data_set.clone();
        let read = api.blocking(move |api| {
            let asked = Asked::read(api, &caller, &organization, &params, &data_set)?;
            Ok((asked, params))
        });
        read.await?
    };
    if !data_set.has_rows {
        let meta = TableMeta::of_nothing(&data_set.name, &fields);
        let headers = page.link(&api.public_url, &uri, false);
        return Ok((headers, Json(TableView { data: Vec::new(), meta })));
    }
    let window = asked.scope.window;
    let sort: Vec<&str> = params.all("sort").collect();
    let plan = Plan::new(&fields, &asked.having, &sort, window)?;
    let question = TableQuestion {
        scope: asked.scope,
        filter: asked.filter,
        columns: plan.columns,
        having: plan.having,
        order: plan.order,
        offset: page.offset,
        limit: page.limit.saturating_add(1),
    };
    let columns = question.columns.clone();
    let mut rows = api.ask.table(question).await?.rows;
    let more = rows.len() > page.limit;
    rows.truncate(page.limit);
    let (rows, names) = api
        .blocking(move |api| {
            let names = Names::of(api, &asked.projects, &columns, &rows)?;
            Ok((rows, names))
        })
        .await?;
    let micros = window.end.0.saturating_sub(window.start.0);
    let shown = |row: &Vec<Cell>| {
        let cells = plan.shown.iter().zip(row);
        cells.map(|((name, of), cell)| (name.clone(), names.show(of, cell, micros))).collect()
    };
    let data = rows.iter().map(shown).collect();
    let columns: Vec<_> = plan.shown.iter().map(|(name, of)| (name.clone(), of.kind)).collect();
    let meta = TableMeta::of(&data_set.name, &columns);
    Ok((page.link(&api.public_url, &uri, more), Json(TableView { data, meta })))
}

/// The asked columns.
fn fields(params: &Params) -> Result<Vec<String>, ApiError> {
    let named = params.all("field").map(str::trim).filter(|field| !field.is_empty());
    let mut fields: Vec<String> = Vec::new();
    for field in named {
        if !fields.iter().any(|known| known == field) {
            fields.push(field.to_owned());
        }
    }
    match fields.len() {
        0 => Err(ApiError::Invalid("No columns selected".to_owned())),
        count if count > FIELDS_MAX => {
            let sentence = format!("You can view up to {FIELDS_MAX} fields at a time.");
            Err(ApiError::Invalid(sentence))
        }
        _ => Ok(fields),
    }
}

#[cfg(test)]
mod tests {
    use lang::ask::{Aggregate, Operator};
    use model::clock::Micros;

    use super::*;

    const HOUR: Window = Window { start: Micros(0), end: Micros(3_600_000_000) };

    fn owned(fields: &[&str]) -> Vec<String> {
        fields.iter().map(|field| (*field).to_owned()).collect()
    }

    #[test]
    fn rows_carry_what_links_need() {
        let plan = Plan::new(&owned(&["title", "id"]), &[], &["-title"], HOUR).unwrap();
        let names: Vec<_> = plan.shown.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["title", "id", "project.name"]);
        assert_eq!(plan.order, [(0, Direction::Descending)]);
    }

    #[test]
    fn groups_are_compared_also_with_what_is_not_shown() {
        let having =
            HavingText { function: "epm()".to_owned(), operator: Operator::Greater, value: 2.0 };
        let plan = Plan::new(&owned(&["title"]), &[having], &[], HOUR).unwrap();
        assert_eq!(plan.columns.last(), Some(&Column::Aggregate(Aggregate::Count)));
        let expected = Having { column: 1, operator: Operator::Greater, value: 120.0 };
        assert_eq!((plan.shown.len(), plan.having), (1, vec![expected]));
    }

    #[test]
    fn orders_have_an_old_form() {
        let fields = owned(&["title", "count_unique(user)"]);
        assert_eq!(place_of(&fields, "-count_unique_user").unwrap(), (1, Direction::Descending));
        assert!(place_of(&fields, "count()").is_err());
    }

    #[test]
    fn data_sets_are_known_by_name() {
        let read = |query: &str| DataSet::read(&Params::parse(query)).map(|set| set.has_rows).ok();
        assert_eq!(read(""), Some(true));
        assert_eq!(read("dataset=discover"), Some(true));
        assert_eq!(read("dataset=spans"), Some(false));
        assert_eq!(read("dataset=nonsense"), None);
    }
}
