//! Free questions about events and spans: tables here, time series, checks and names below.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, Uri};
use lang::ask::{Cell, Column, Field, Filter, Scope as AskScope, SpanField};
use lang::data_set::Rows;
use lang::search::{DAY, Display, HavingText, Role, Selected, Type};
use meta::{Project, Scope};
use model::id::IssueId;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::cell;
use crate::error::ApiError;
use crate::event_search::read_rows;
use crate::page::Page;
use crate::params::Params;
use crate::state::Api;

pub(crate) mod data_set;
pub mod keys;
pub(crate) mod plan;
pub mod series;
pub mod validate;

use data_set::{DataSet, Source};
use plan::Plan;

/// What time is looked at when nothing is said.
pub(crate) const DEFAULT_PERIOD: u64 = 90 * DAY;
/// Columns of a table. Source: Sentry's events endpoint.
const FIELDS_MAX: usize = 20;

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

/// The unit of a column's values, or null.
fn unit(kind: Type, name: &str) -> Value {
    match kind {
        Type::Duration => json!("millisecond"),
        Type::Size => json!("byte"),
        Type::Rate if name.ends_with("pm()") => json!("1/minute"),
        Type::Rate => json!("1/second"),
        Type::String
        | Type::Integer
        | Type::Number
        | Type::Boolean
        | Type::Date
        | Type::Percentage
        | Type::Score => Value::Null,
    }
}

/// What a request is about.
#[derive(Debug)]
pub(crate) struct Asked<F> {
    pub(crate) projects: Vec<Project>,
    pub(crate) scope: AskScope,
    pub(crate) filter: Filter<F>,
    having: Vec<HavingText>,
}

impl<F: Rows> Asked<F> {
    /// Reads the parameters that all questions have in common. Blocks.
    pub(crate) fn read(
        api: &Api,
        caller: &Caller,
        organization: &str,
        params: &Params,
    ) -> Result<Self, ApiError> {
        let access = caller.enter(&api.database, organization, Scope::EventRead)?;
        let projects = params.projects(api, &access)?;
        let window = params.window(api.clock.now(), DEFAULT_PERIOD)?;
        let text = params.get("query").unwrap_or_default();
        let (filter, having) = read_rows(api, &projects, text)?;
        let scope = params.scope(&projects, window);
        Ok(Self { projects, scope, filter, having })
    }
}

impl Asked<SpanField> {
    /// The same with the rows of that data set only.
    pub(crate) fn within(mut self, data_set: &DataSet) -> Self {
        self.filter = data_set.spans(self.filter);
        self
    }
}

/// Names that stand for numbers in answers.
#[derive(Debug, Default)]
struct Names {
    projects: HashMap<u64, String>,
    /// By the issue rows are stored under: which issue that is now, and its short id.
    issues: HashMap<u64, (IssueId, String)>,
}

/// Whether a column holds issues by their numbers.
fn is_issue<F: Rows>(column: &Column<F>) -> bool {
    matches!(column, Column::Field(field) if field.role() == Role::Issue)
}

impl Names {
    /// Looks up what these rows need; a column for each of their cells. Blocks.
    fn of<F: Rows>(
        api: &Api,
        projects: &[Project],
        columns: &[Column<F>],
        rows: &[Vec<Cell>],
    ) -> Result<Self, ApiError> {
        let slug = |project: &Project| (project.id.0, project.slug.clone());
        let mut names =
            Self { projects: projects.iter().map(slug).collect(), issues: HashMap::new() };
        let Some(place) = columns.iter().position(is_issue) else { return Ok(names) };
        for id in rows.iter().filter_map(|row| cell::number(row.get(place)?)) {
            if names.issues.contains_key(&id) {
                continue;
            }
            if let Some(issue) = api.database.issue(IssueId(id))? {
                let slug = names.projects.get(&issue.project.0).map_or("", String::as_str);
                let short_id = meta::short_id::short_id(slug, issue.number);
                names.issues.insert(id, (issue.id, short_id));
            }
        }
        Ok(names)
    }

    /// A value as it is shown. Rates are over `micros` of time.
    fn show<F: Rows>(&self, selected: &Selected<F>, cell: &Cell, micros: u64) -> Value {
        let issue = || self.issues.get(&cell::number(cell)?);
        match selected.display {
            Display::ShortId => json!(issue().map(|(_, short_id)| short_id)),
            Display::Plain if is_issue(&selected.column) => {
                json!(issue().map(|(id, _)| id.0).or_else(|| cell::number(cell)))
            }
            Display::Plain => match (selected.kind, cell) {
                // Counts of spans are estimates where not all were kept.
                (Type::Integer, Cell::F64(number)) => json!(cell::whole(*number)),
                _ => cell::json(cell),
            },
            Display::ProjectSlug => {
                json!(cell::number(cell).and_then(|id| self.projects.get(&id)))
            }
            Display::Opposite => json!(matches!(cell, Cell::Bool(false))),
            Display::UnlessFalse => json!(!matches!(cell, Cell::Bool(false))),
            Display::AfterColon => match cell::text(cell).split_once(':') {
                Some((_, text)) => json!(text),
                None => cell::json(cell),
            },
            Display::PerMinute | Display::PerSecond => {
                let count = cell::any_number(cell).unwrap_or(0.0);
                json!(count / selected.display.units(micros).max(f64::MIN_POSITIVE))
            }
        }
    }
}

/// A table of events or spans, or of groups of them when an aggregate is among the fields.
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
    let request = Request { caller, organization, params, uri };
    let data_set = DataSet::read(&request.params)?;
    match data_set.source {
        Source::Errors => table_of::<Field>(&api, request, &data_set, |asked| asked).await,
        Source::Spans | Source::Transactions => {
            let narrowed = |asked: Asked<SpanField>| asked.within(&data_set);
            table_of::<SpanField>(&api, request, &data_set, narrowed).await
        }
        Source::Nowhere => {
            let page = request.params.page(50)?;
            let meta = TableMeta::of_nothing(&data_set.name, &fields(&request.params)?);
            let headers = page.link(&api.public_url, &request.uri, false);
            api.blocking(move |api| request.enter(api)).await?;
            Ok((headers, Json(TableView { data: Vec::new(), meta })))
        }
    }
}

/// What a handler is given.
struct Request {
    caller: Caller,
    organization: String,
    params: Params,
    uri: Uri,
}

impl Request {
    /// Goes on only with the right to ask. Blocks.
    fn enter(&self, api: &Api) -> Result<(), ApiError> {
        self.caller.enter(&api.database, &self.organization, Scope::EventRead).map(drop)
    }
}

async fn table_of<F: Rows>(
    api: &Api,
    request: Request,
    data_set: &DataSet,
    narrowed: impl FnOnce(Asked<F>) -> Asked<F>,
) -> Result<(HeaderMap, Json<TableView>), ApiError> {
    let Request { caller, organization, params, uri } = request;
    let page: Page = params.page(50)?;
    let fields = fields(&params)?;
    let (asked, params) = api
        .blocking(move |api| Ok((Asked::<F>::read(api, &caller, &organization, &params)?, params)))
        .await?;
    let asked = narrowed(asked);
    let window = asked.scope.window;
    let sort: Vec<&str> = params.all("sort").chain(params.all("orderby")).collect();
    let plan = Plan::<F>::new(&fields, &asked.having, &sort, window)?;
    let mut rows = plan.run(api.ask.as_ref(), &asked.scope, &asked.filter, page.and_one()).await?;
    let more = rows.len() > page.limit;
    rows.truncate(page.limit);
    let columns: Vec<Column<F>> = plan.shown.iter().map(|(_, of)| of.column.clone()).collect();
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
