//! Traces: all spans that one request has caused, over all services, with the errors on their way.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use lang::ask::{Ask, Column, Filter, Scope as AskScope, SpanField, TableQuestion, Window};
use lang::data_set::{both, is};
use lang::search::SearchField;
use meta::{Project, Scope};
use model::id::{IssueId, SpanId, TraceId};
use model::limits::TRACE_SPANS_MAX;
use model::span::{AttributeValue, SpanRow};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::cell;
use crate::discover::DEFAULT_PERIOD;
use crate::error::ApiError;
use crate::params::Params;
use crate::project::enter;
use crate::state::Api;
use crate::time;

mod found;
pub mod legacy;
mod tree;
pub mod view;

pub use tree::Odd;

use found::Found;
use view::{Names, TraceNode, Writer};

/// Attributes that can be asked for with the spans of a trace.
const ADDITIONAL_MAX: usize = 50;

/// How much there is of a trace; also under the names that older clients read.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct TraceMeta {
    #[serde(rename = "errorsCount")]
    pub errors_count: usize,
    #[serde(rename = "logsCount")]
    pub logs_count: usize,
    #[serde(rename = "metricsCount")]
    pub metrics_count: usize,
    #[serde(rename = "uptimeCount")]
    pub uptime_count: usize,
    #[serde(rename = "performanceIssuesCount")]
    pub performance_issues_count: usize,
    #[serde(rename = "spansCount")]
    pub spans_count: usize,
    #[serde(rename = "transactionChildCountMap")]
    #[schema(value_type = Vec<Object>)]
    pub children: Vec<Value>,
    #[serde(rename = "spansCountMap")]
    #[schema(value_type = Object)]
    pub ops: Map<String, Value>,
    pub errors: usize,
    pub logs: usize,
    pub performance_issues: usize,
    pub span_count: usize,
    #[schema(value_type = Vec<Object>)]
    pub transaction_child_count_map: Vec<Value>,
    #[schema(value_type = Object)]
    pub span_count_map: Map<String, Value>,
    /// More spans are stored than are counted.
    #[serde(rename = "isCut")]
    pub is_cut: bool,
}

/// A span with everything that is known of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct TraceItem {
    pub item_id: String,
    pub timestamp: String,
    pub attributes: Vec<ItemAttribute>,
    #[schema(value_type = Object)]
    pub meta: Map<String, Value>,
    /// Other spans that it has to do with.
    #[schema(value_type = Option<Vec<Object>>)]
    pub links: Option<Vec<Value>>,
}

/// A value with its name and type.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ItemAttribute {
    /// The name.
    pub name: String,
    /// `str`, `int`, `float` or `bool`.
    pub r#type: &'static str,
    /// The value.
    pub value: Value,
}

/// Who asks for what.
struct Asked {
    projects: Vec<Project>,
    window: Window,
    spans_max: usize,
}

impl Asked {
    /// Reads a trace and looks the names up that it needs.
    async fn read(self, api: &Api, trace: TraceId) -> Result<(Found, Names), ApiError> {
        let projects = self.projects.iter().map(|project| project.id).collect();
        let question = lang::ask::TraceQuestion { projects, trace };
        let found = found::read(api.ask.as_ref(), question, self.window, self.spans_max).await?;
        api.blocking(move |api| {
            let names = names(api, &self.projects, &found)?;
            Ok((found, names))
        })
        .await
    }
}

/// Traces cross projects: all that the caller may see are looked at unless some are named. Blocks.
fn asked(
    api: &Api,
    caller: &Caller,
    organization: &str,
    params: &Params,
) -> Result<Asked, ApiError> {
    let access = caller.enter(&api.database, organization, Scope::EventRead)?;
    let projects = params.projects(api, &access)?;
    let window = params.window(api.clock.now(), DEFAULT_PERIOD)?;
    Ok(Asked { projects, window, spans_max: spans_max(params)? })
}

/// How many spans are asked for: the first ones of the trace.
fn spans_max(params: &Params) -> Result<usize, ApiError> {
    let Some(text) = params.get("limit").filter(|text| !text.is_empty()) else {
        return Ok(TRACE_SPANS_MAX);
    };
    match text.parse() {
        Ok(0) | Err(_) => {
            Err(ApiError::Invalid(format!("limit: `{text}` is not a number from 1 up")))
        }
        Ok(limit) => Ok(TRACE_SPANS_MAX.min(limit)),
    }
}

fn names(api: &Api, projects: &[Project], found: &Found) -> Result<Names, ApiError> {
    let slugs = projects.iter().map(|project| (project.id, project.slug.clone())).collect();
    let mut names = Names { slugs, ..Names::default() };
    let mut stored: Vec<IssueId> = found.events.iter().map(|event| event.issue).collect();
    stored.sort_unstable();
    stored.dedup();
    for stored in stored {
        if let Some(issue) = api.database.issue(stored)? {
            let short_id = meta::short_id::short_id(&names.slug(issue.project), issue.number);
            names.issues.insert(stored, (issue.id, short_id));
        }
    }
    Ok(names)
}

fn trace_id(text: &str) -> Result<TraceId, ApiError> {
    // Some clients write it as a UUID.
    TraceId::parse(&text.replace('-', "")).or(Err(ApiError::NotFound))
}

/// Reads what a path and its parameters name.
async fn open(
    api: &Api,
    caller: Caller,
    organization: String,
    trace: &str,
    params: &Params,
) -> Result<(Found, Names), ApiError> {
    let trace = trace_id(trace)?;
    let params = params.clone();
    let asked = api.blocking(move |api| asked(api, &caller, &organization, &params)).await?;
    asked.read(api, trace).await
}

/// JSON that is written already.
fn written(json: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], Body::from(json)).into_response()
}

/// The spans of a trace as trees, with the errors that happened in them. Errors whose span is not there
/// stand among the roots.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/trace/{trace}/", tag = "traces",
    params(("organization" = String, Path), ("trace" = String, Path),
        ("project" = Option<Vec<String>>, Query),
        ("additional_attributes" = Option<Vec<String>>, Query,
            description = "attributes that spans shall carry"),
        ("limit" = Option<usize>, Query,
            description = "how many spans: the first ones; `trace-meta` says how many there are"),
        ("statsPeriod" = Option<String>, Query)),
    responses((status = 200, body = Vec<TraceNode>, description = "or events among them"),
        (status = 404)))]
pub async fn trace(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, trace)): Path<(String, String)>,
    params: Params,
) -> Result<Response, ApiError> {
    let (found, names) = open(&api, caller, organization, &trace, &params).await?;
    let additional = params.all("additional_attributes").map(str::to_owned);
    let additional: Vec<String> = additional.take(ADDITIONAL_MAX).collect();
    // Some 60 MB for the largest trace: not on a thread that others wait for.
    let json = api
        .blocking(move |_| {
            Writer::new(&found, &names, &additional).trace().map_err(ApiError::internal)
        })
        .await?;
    Ok(written(json))
}

/// How much there is of a trace.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/trace-meta/{trace}/",
    tag = "traces",
    params(("organization" = String, Path), ("trace" = String, Path),
        ("project" = Option<Vec<String>>, Query), ("statsPeriod" = Option<String>, Query)),
    responses((status = 200, body = TraceMeta), (status = 404)))]
pub async fn meta(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, trace)): Path<(String, String)>,
    params: Params,
) -> Result<Json<TraceMeta>, ApiError> {
    let (found, _) = open(&api, caller, organization, &trace, &params).await?;
    Ok(Json(count(&found)))
}

fn count(found: &Found) -> TraceMeta {
    let mut ops: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    let mut segments: std::collections::HashMap<SpanId, usize> = std::collections::HashMap::new();
    for span in &found.spans {
        *ops.entry(&span.op).or_default() += 1;
        *segments.entry(span.segment).or_default() += 1;
    }
    let names = Names::default();
    let writer = Writer::new(found, &names, &[]);
    let transactions = found.spans.iter().filter(|span| span.is_segment).map(|span| {
        let count = segments.get(&span.span).copied().unwrap_or(0);
        json!({"transaction.event_id": writer.transaction_id(span), "count()": count})
    });
    let children: Vec<Value> = transactions.collect();
    let ops: Map<String, Value> =
        ops.into_iter().map(|(op, count)| (op.to_owned(), json!(count))).collect();
    let occurrences = found.events.iter().filter(|event| event.is_occurrence()).count();
    let errors = found.events.len() - occurrences;
    TraceMeta {
        errors_count: errors,
        logs_count: 0,
        metrics_count: 0,
        uptime_count: 0,
        performance_issues_count: occurrences,
        spans_count: found.spans.len(),
        children: children.clone(),
        ops: ops.clone(),
        errors,
        logs: 0,
        performance_issues: occurrences,
        span_count: found.spans.len(),
        transaction_child_count_map: children,
        span_count_map: ops,
        is_cut: found.is_cut,
    }
}

/// Everything that is known of a span.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/trace-items/{item}/",
    tag = "traces",
    params(("organization" = String, Path), ("project" = String, Path),
        ("item" = String, Path, description = "the span's id"),
        ("item_type" = Option<String>, Query), ("trace_id" = Option<String>, Query)),
    responses((status = 200, body = TraceItem), (status = 404)))]
pub async fn item(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, item)): Path<(String, String, String)>,
    params: Params,
) -> Result<Json<TraceItem>, ApiError> {
    if !matches!(params.get("item_type"), None | Some("" | "spans" | "span")) {
        return Err(ApiError::NotFound);
    }
    // Item ids of 128 bits carry the span's in their last 64.
    let digits = item.get(item.len().saturating_sub(16)..).unwrap_or_default();
    let span = SpanId::parse(digits).or(Err(ApiError::NotFound))?;
    let window = params.window(api.clock.now(), DEFAULT_PERIOD)?;
    let (_, project) = api
        .blocking(move |api| enter(api, &caller, &organization, &project, Scope::EventRead))
        .await?;
    let ask = api.ask.as_ref();
    let trace = match params.get("trace_id").or_else(|| params.get("traceId")) {
        Some(text) if !text.is_empty() => trace_id(text)?,
        _ => {
            let scope = AskScope {
                projects: vec![project.id],
                issues: None,
                environments: Vec::new(),
                window,
            };
            trace_of(ask, scope, is(SpanField::Span, &span.to_string()))
                .await?
                .ok_or(ApiError::NotFound)?
        }
    };
    let question = lang::ask::TraceQuestion { projects: vec![project.id], trace };
    let spans = ask.trace(question).await?.spans;
    let row = spans.iter().find(|row| row.span == span).ok_or(ApiError::NotFound)?;
    Ok(Json(item_of(row, &project.slug)))
}

/// The trace of the newest span that matches.
async fn trace_of(
    ask: &dyn Ask,
    scope: AskScope,
    filter: Filter<SpanField>,
) -> Result<Option<TraceId>, ApiError> {
    let question = TableQuestion {
        scope,
        filter,
        columns: vec![Column::Field(SpanField::Trace)],
        having: Vec::new(),
        order: Vec::new(),
        offset: 0,
        limit: 1,
    };
    let rows = ask.spans(question).await?.rows;
    let found = rows.first().and_then(|row| row.first()).map(cell::text);
    Ok(found.and_then(|text| TraceId::parse(text).ok()))
}

fn item_of(row: &SpanRow<'_>, slug: &str) -> TraceItem {
    let attribute =
        |name: &str, r#type, value| ItemAttribute { name: name.to_owned(), r#type, value };
    let own = [
        ("trace", json!(row.trace.to_string())),
        ("span_id", json!(row.span.to_string())),
        ("parent_span", json!(row.parent.map(|parent| parent.to_string()))),
        ("project", json!(slug)),
        ("span.op", json!(row.op)),
        ("span.category", json!(row.category)),
        ("span.name", json!(row.name)),
        ("span.description", json!(row.name)),
        ("normalized_description", json!(row.description)),
        ("span.group", json!(format!("{:016x}", row.group))),
        ("span.status", json!(row.status)),
        ("transaction", json!(row.transaction)),
        ("environment", json!(row.environment)),
        ("release", json!(row.release)),
        ("platform", json!(row.platform)),
        ("user", json!(row.user)),
    ];
    let texts =
        own.into_iter().filter(|(_, value)| value.as_str().is_some_and(|it| !it.is_empty()));
    let mut attributes: Vec<ItemAttribute> =
        texts.map(|(name, value)| attribute(name, "str", value)).collect();
    attributes.extend([
        attribute("is_transaction", "bool", json!(row.is_segment)),
        attribute("project_id", "int", json!(row.project.0)),
        attribute("span.duration", "float", json!(view::millis(row.duration))),
        attribute("span.self_time", "float", json!(view::millis(row.self_time))),
        attribute("precise.start_ts", "float", json!(view::seconds(row.timestamp))),
        attribute("precise.finish_ts", "float", json!(view::seconds(row.end()))),
        attribute("sampling_weight", "float", json!(row.weight)),
    ]);
    let others = row.attributes.iter().filter(|it| it.name != LINKS);
    attributes
        .extend(others.map(|it| attribute(&it.name, type_of(&it.value), view::value(&it.value))));
    TraceItem {
        item_id: row.span.to_string(),
        timestamp: time::iso(row.timestamp),
        attributes,
        meta: Map::new(),
        links: links(row.text(LINKS)),
    }
}

/// The attribute that links are kept in, as a JSON list.
const LINKS: &str = "sentry.links";

fn type_of(value: &AttributeValue<'_>) -> &'static str {
    match value {
        AttributeValue::Text(_) => "str",
        AttributeValue::Number(number) if number.fract() == 0.0 => "int",
        AttributeValue::Number(_) => "float",
        AttributeValue::Bool(_) => "bool",
    }
}

fn links(text: &str) -> Option<Vec<Value>> {
    let stored: Vec<Map<String, Value>> = serde_json::from_str(text).ok()?;
    let link = |link: Map<String, Value>| {
        let attributes = link.get("attributes").and_then(Value::as_object).into_iter().flatten();
        let attribute = |(name, value): (&String, &Value)| {
            let kind = match value {
                Value::Bool(_) => "bool",
                Value::Number(number) if number.is_f64() => "float",
                Value::Number(_) => "int",
                _ => "str",
            };
            json!({"name": name, "type": kind, "value": value})
        };
        json!({
            "itemId": link.get("span_id"),
            "traceId": link.get("trace_id"),
            "sampled": true,
            "attributes": attributes.map(attribute).collect::<Vec<_>>(),
        })
    };
    Some(stored.into_iter().map(link).collect())
}

/// Everything that is known of the spans a transaction was sent with: its top span first. `None` when
/// no span carries that event's id.
pub(crate) async fn of_event(
    ask: &dyn Ask,
    scope: AskScope,
    event: &str,
) -> Result<Option<Vec<SpanRow<'static>>>, ApiError> {
    let projects = scope.projects.clone();
    let is_event = is(SpanField::Attribute("sentry.event_id".to_owned()), event);
    let filter = both(SpanField::IsSegment.truth("", true), is_event);
    let Some(trace) = trace_of(ask, scope, filter).await? else { return Ok(None) };
    let spans = ask.trace(lang::ask::TraceQuestion { projects, trace }).await?.spans;
    let top = spans.iter().find(|row| row.is_segment && row.text("sentry.event_id") == event);
    let Some(segment) = top.map(|row| row.span) else { return Ok(None) };
    let mut own: Vec<_> = spans.into_iter().filter(|row| row.segment == segment).collect();
    own.sort_by_key(|row| row.span != segment);
    Ok(Some(own))
}

#[cfg(test)]
pub(crate) mod tests {
    use lang::ask::{Cell, Trace};
    use model::clock::Micros;
    use model::id::ProjectId;
    use model::span::Attribute;

    use super::*;
    use crate::double::Double;

    /// A span by its number and that of its parent (0 for none), begun so many milliseconds after 1000 s.
    pub(crate) fn row(span: u64, parent: u64, start: u64) -> SpanRow<'static> {
        let id = |number: u64| SpanId(number.to_be_bytes());
        SpanRow {
            project: ProjectId(1),
            trace: TraceId([5; 16]),
            span: id(span),
            parent: (parent != 0).then(|| id(parent)),
            segment: id(1),
            is_segment: span == 1,
            timestamp: Micros(1_000_000_000 + start * 1_000),
            duration: 250_000,
            self_time: 50_000,
            received: Micros(1_000_000_000),
            op: "db".into(),
            category: "db".into(),
            name: "SELECT 1".into(),
            description: "SELECT %s".into(),
            group: 0xab,
            transaction: "GET /".into(),
            status: "ok".into(),
            environment: "".into(),
            release: "".into(),
            platform: "python".into(),
            user: "".into(),
            weight: 1.0,
            attributes: Vec::new(),
        }
    }

    fn event(number: u8, kind: &str, span: u64) -> Vec<Cell> {
        let text = |text: &str| Cell::Text(text.to_owned());
        vec![
            text(&model::id::EventId([number; 16]).to_string()),
            Cell::Time(Micros(1_000_100_000)),
            Cell::U64(1),
            Cell::U64(9),
            text(kind),
            text("error"),
            text("Boom"),
            text(""),
            text("app"),
            text("GET /"),
            text(&SpanId(span.to_be_bytes()).to_string()),
        ]
    }

    async fn found(spans: Vec<SpanRow<'static>>, events: Vec<Vec<Cell>>) -> Found {
        found_at_most(TRACE_SPANS_MAX, spans, events).await
    }

    async fn found_at_most(
        spans_max: usize,
        spans: Vec<SpanRow<'static>>,
        events: Vec<Vec<Cell>>,
    ) -> Found {
        let ask = Double::with_trace(Trace { spans, is_cut: false }, events);
        let window = Window { start: Micros(0), end: Micros(1) };
        let question =
            lang::ask::TraceQuestion { projects: vec![ProjectId(1)], trace: TraceId([5; 16]) };
        found::read(&ask, question, window, spans_max).await.unwrap()
    }

    fn json_of(found: &Found) -> Value {
        let names = Names {
            slugs: [(ProjectId(1), "shop".to_owned())].into(),
            issues: [(IssueId(9), (IssueId(3), "SHOP-3".to_owned()))].into(),
        };
        let written = Writer::new(found, &names, &["bet".to_owned()]).trace().unwrap();
        serde_json::from_slice(&written).unwrap()
    }

    #[tokio::test]
    async fn a_trace_is_a_tree_with_its_errors() {
        let mut top = row(1, 0, 0);
        let text = |text: &'static str| AttributeValue::Text(text.into());
        top.attributes = vec![
            Attribute { name: "sentry.event_id".into(), value: text("e1") },
            Attribute { name: "bet".into(), value: AttributeValue::Number(2.5) },
        ];
        let spans = vec![top, row(2, 1, 10), row(3, 1, 20), row(4, 99, 30)];
        let events = vec![event(1, "error", 2), event(2, "generic", 1), event(3, "error", 77)];
        let json = json_of(&found(spans, events).await);
        let roots = json.as_array().unwrap();
        assert_eq!(roots.len(), 3);
        let top = &roots[0];
        assert_eq!(
            (&top["event_id"], &top["transaction_id"]),
            (&json!("0000000000000001"), &json!("e1"))
        );
        assert_eq!((&top["start_timestamp"], &top["duration"]), (&json!(1_000.0), &json!(250.0)));
        assert_eq!(top["project_slug"], "shop");
        assert_eq!(top["additional_attributes"], json!({"bet": 2.5}));
        assert_eq!(top["occurrences"][0]["event_type"], "occurrence");
        assert_eq!(top["children"].as_array().unwrap().len(), 2);
        assert_eq!(top["children"][0]["transaction_id"], "e1");
        let error = &top["children"][0]["errors"][0];
        assert_eq!((&error["issue_id"], &error["short_id"]), (&json!(3), &json!("SHOP-3")));
        assert_eq!(roots[1]["odd"], json!(["orphan"]));
        assert_eq!(roots[2]["event_type"], "error");
    }

    #[tokio::test]
    async fn the_first_spans_are_answered_when_fewer_are_asked_for() {
        let spans: Vec<_> = (1..=5).map(|number| row(number, number - 1, number)).collect();
        let events = vec![event(1, "error", 2), event(2, "error", 5)];
        let found = found_at_most(3, spans.clone(), events.clone()).await;
        assert!(found.is_cut);
        let json = json_of(&found);
        // The chain of three, and the error whose span is not among them.
        assert_eq!(json.as_array().unwrap().len(), 2);
        assert_eq!(json[0]["children"][0]["children"][0]["children"], json!([]));
        assert_eq!(json[0]["children"][0]["errors"].as_array().unwrap().len(), 1);
        assert_eq!(json[1]["event_type"], "error");
        assert!(!found_at_most(5, spans, events).await.is_cut);
    }

    #[test]
    fn how_many_spans_are_asked_for() {
        for (query, expected) in [
            ("", Some(TRACE_SPANS_MAX)),
            ("limit=", Some(TRACE_SPANS_MAX)),
            ("limit=1000", Some(1_000)),
            ("limit=999999999", Some(TRACE_SPANS_MAX)),
            ("limit=0", None),
            ("limit=-1", None),
            ("limit=many", None),
        ] {
            assert_eq!(spans_max(&Params::parse(query)).ok(), expected, "{query}");
        }
    }

    #[tokio::test]
    async fn errors_without_spans_are_a_trace() {
        let json = json_of(&found(Vec::new(), vec![event(1, "error", 2)]).await);
        assert_eq!(json.as_array().unwrap().len(), 1);
        assert_eq!(json_of(&found(Vec::new(), Vec::new()).await), json!([]));
    }

    #[tokio::test]
    async fn a_trace_of_100_000_spans_in_one_chain_is_written() {
        let spans: Vec<_> = (1..=100_000).map(|number| row(number, number - 1, number)).collect();
        let found = found(spans, Vec::new()).await;
        let names = Names::default();
        let written = Writer::new(&found, &names, &[]).trace().unwrap();
        let written = String::from_utf8(written).unwrap();
        assert!(written.starts_with("[{") && written.ends_with("}]"));
        let count = |character: char| written.matches(character).count();
        assert_eq!((count('{'), count('[')), (count('}'), count(']')));
    }

    #[tokio::test]
    async fn what_there_is_of_a_trace_is_counted() {
        let spans = vec![row(1, 0, 0), row(2, 1, 10)];
        let found = found(spans, vec![event(1, "error", 2), event(2, "generic", 1)]).await;
        let meta = count(&found);
        assert_eq!((meta.errors_count, meta.performance_issues_count, meta.spans_count), (1, 1, 2));
        assert_eq!(Value::Object(meta.ops), json!({"db": 2}));
        let expected = json!([{"transaction.event_id": "0000000000000001", "count()": 2}]);
        assert_eq!(json!(meta.children), expected);
    }

    #[test]
    fn a_span_is_shown_with_all_its_attributes_and_links() {
        let mut row = row(2, 1, 0);
        let links = r#"[{"trace_id":"t","span_id":"s","attributes":{"kind":"follows"}}]"#;
        row.attributes = vec![
            Attribute { name: LINKS.into(), value: AttributeValue::Text(links.into()) },
            Attribute { name: "bet".into(), value: AttributeValue::Number(2.5) },
        ];
        let item = item_of(&row, "shop");
        let of = |name: &str| item.attributes.iter().find(|it| it.name == name).unwrap().clone();
        assert_eq!((of("bet").r#type, of("bet").value), ("float", json!(2.5)));
        assert_eq!(of("span.duration").value, json!(250.0));
        assert!(item.attributes.iter().all(|it| it.name != LINKS && it.name != "environment"));
        let link = &item.links.unwrap()[0];
        assert_eq!(
            (&link["itemId"], &link["attributes"][0]["value"]),
            (&json!("s"), &json!("follows"))
        );
    }
}
