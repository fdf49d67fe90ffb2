//! The names that can be asked about, and the values they have.

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, Uri};
use lang::ask::{
    Aggregate, AttributeKind, Cell, Column, Direction, FacetQuestion, FacetValue, Field, Filter,
    Pairs, SpanAttributesQuestion, SpanField, TableQuestion,
};
use lang::data_set::{Rows, both};
use lang::search::{Kind, select, suggest};
use meta::Project;
use serde::Serialize;
use utoipa::ToSchema;

use super::Asked;
use super::data_set::{DataSet, Source};
use crate::auth::Caller;
use crate::cell;
use crate::error::ApiError;
use crate::issue::detail::TagSummary;
use crate::issue::tags::{TagValue, pairs, value_view};
use crate::page::Page;
use crate::params::Params;
use crate::state::Api;

/// Names of attributes in one answer.
const ATTRIBUTES_MAX: usize = 1_000;
/// Values of one name that can be paged through.
const VALUES_MAX: usize = 1_000;

/// A name that can be asked about.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct AttributeView {
    pub key: String,
    pub name: String,
    pub attribute_source: AttributeSource,
    pub attribute_type: &'static str,
}

/// Whose name it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttributeSource {
    /// `sentry` for names of ours, `user` for tags.
    pub source_type: &'static str,
}

async fn asked<F: Rows>(
    api: &Api,
    caller: Caller,
    organization: String,
    params: Params,
) -> Result<Asked<F>, ApiError> {
    let read = api.blocking(move |api| {
        // `query` is about names or values here, not a search.
        Asked::read(api, &caller, &organization, &params.without("query"))
    });
    read.await
}

/// The tags of the events of some projects, the most frequent first.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/tags/", tag = "discover",
    params(("organization" = String, Path), ("dataset" = Option<String>, Query),
        ("project" = Option<Vec<String>>, Query), ("statsPeriod" = Option<String>, Query),
        ("useFlagsBackend" = Option<bool>, Query, description = "feature flags instead of tags")),
    responses((status = 200, body = Vec<TagSummary>)))]
pub async fn tags(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<Vec<TagSummary>>, ApiError> {
    match DataSet::read(&params)?.source {
        Source::Errors => {}
        Source::Spans | Source::Transactions => {
            return attributes_as_tags(&api, caller, organization, params).await.map(Json);
        }
        Source::Nowhere => return Ok(Json(Vec::new())),
    }
    let pairs = pairs(&params);
    let asked = asked::<Field>(&api, caller, organization, params).await?;
    let question = FacetQuestion {
        scope: asked.scope,
        filter: asked.filter,
        pairs,
        key: None,
        value_contains: String::new(),
        values_max: 0,
    };
    let tags = api.ask.facets(question).await?.into_iter().map(|facet| TagSummary {
        name: facet.key.clone(),
        key: facet.key,
        total_values: facet.total,
        unique_values: facet.unique,
    });
    Ok(Json(tags.collect()))
}

/// The values of a tag or field, the most frequent first.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/tags/{key}/values/",
    tag = "discover",
    params(("organization" = String, Path), ("key" = String, Path),
        ("query" = Option<String>, Query, description = "what the values have within them"),
        ("useFlagsBackend" = Option<bool>, Query, description = "a feature flag instead of a tag"),
        ("project" = Option<Vec<String>>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<TagValue>)))]
pub async fn values(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, key)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<TagValue>>), ApiError> {
    let page = params.page(100)?;
    let pairs = pairs(&params);
    let name = match pairs {
        Pairs::Tags => key.clone(),
        Pairs::Flags => format!("flags[{key}]"),
    };
    let found = match DataSet::read(&params)?.source {
        Source::Errors => values_of::<Field>(&api, caller, organization, params, &name).await?,
        Source::Spans | Source::Transactions => {
            values_of::<SpanField>(&api, caller, organization, params, &name).await?
        }
        Source::Nowhere => Vec::new(),
    };
    Ok(shown(&api, page, &uri, (pairs, &key), found))
}

/// The values of an attribute of spans, the most frequent first.
#[utoipa::path(get,
    path = "/api/0/organizations/{organization}/trace-items/attributes/{key}/values/",
    tag = "discover",
    params(("organization" = String, Path), ("key" = String, Path),
        ("itemType" = Option<String>, Query), ("substringMatch" = Option<String>, Query),
        ("query" = Option<String>, Query, description = "what the values have within them"),
        ("project" = Option<Vec<String>>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<TagValue>)))]
pub async fn attribute_values(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, key)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<TagValue>>), ApiError> {
    let page = params.page(100)?;
    let found = match item_type(&params) {
        Source::Errors => values_of::<Field>(&api, caller, organization, params, &key).await?,
        Source::Spans | Source::Transactions => {
            values_of::<SpanField>(&api, caller, organization, params, &key).await?
        }
        Source::Nowhere => Vec::new(),
    };
    Ok(shown(&api, page, &uri, (Pairs::Tags, &key), found))
}

/// What the items of a trace are that a request is about.
fn item_type(params: &Params) -> Source {
    match params.get("itemType").or_else(|| params.get("item_type")) {
        None | Some("" | "errors") => Source::Errors,
        Some("spans" | "span") => Source::Spans,
        Some(_) => Source::Nowhere,
    }
}

fn shown(
    api: &Api,
    page: Page,
    uri: &Uri,
    (pairs, key): (Pairs, &str),
    found: Vec<FacetValue>,
) -> (HeaderMap, Json<Vec<TagValue>>) {
    let more = found.len() > page.offset.saturating_add(page.limit);
    let shown = found.into_iter().skip(page.offset).take(page.limit);
    let shown = shown.map(|value| value_view(pairs, key, value)).collect();
    (page.link(&api.public_url, uri, more), Json(shown))
}

/// A kind of rows whose values can be listed.
trait Listed: Rows {
    /// Whether its values are worth a list.
    fn is_listed(&self) -> bool;

    /// The tag or feature flag, where these are stored apart from other fields.
    fn as_pair(&self) -> Option<(Pairs, &str)>;
}

impl Listed for Field {
    fn is_listed(&self) -> bool {
        is_text(self)
    }

    fn as_pair(&self) -> Option<(Pairs, &str)> {
        match self {
            Self::Tag(name) => Some((Pairs::Tags, name)),
            Self::Flag(name) => Some((Pairs::Flags, name)),
            _ => None,
        }
    }
}

impl Listed for SpanField {
    fn is_listed(&self) -> bool {
        matches!(
            self,
            Self::Op
                | Self::Category
                | Self::Name
                | Self::Description
                | Self::Group
                | Self::Transaction
                | Self::Status
                | Self::Environment
                | Self::Release
                | Self::Platform
                | Self::User
                | Self::Attribute(_)
                | Self::Number(_)
        )
    }

    fn as_pair(&self) -> Option<(Pairs, &str)> {
        None
    }
}

async fn values_of<F: Listed>(
    api: &Api,
    caller: Caller,
    organization: String,
    params: Params,
    key: &str,
) -> Result<Vec<FacetValue>, ApiError> {
    let part = params.get("query").filter(|part| !part.is_empty());
    let part = part.or_else(|| params.get("substringMatch")).unwrap_or_default().to_owned();
    let Column::Field(field) = select::<F>(key)?.column else { return Ok(Vec::new()) };
    let asked = asked::<F>(api, caller, organization, params).await?;
    if field == F::PROJECT {
        return Ok(slugs(&asked.projects, &part));
    }
    match field.as_pair() {
        Some((pairs, name)) => {
            let question = FacetQuestion {
                scope: asked.scope,
                filter: Filter::All,
                pairs,
                key: Some(name.to_owned()),
                value_contains: part,
                values_max: VALUES_MAX,
            };
            let facets = api.ask.facets(question).await?;
            Ok(facets.into_iter().next().map(|facet| facet.values).unwrap_or_default())
        }
        None if field.is_listed() => of_field(api, asked, field, part).await,
        None => Ok(Vec::new()),
    }
}

/// Fields whose values are worth a list.
fn is_text(field: &Field) -> bool {
    !matches!(
        field,
        Field::Issue
            | Field::EventId
            | Field::Timestamp
            | Field::Received
            | Field::ErrorHandled
            | Field::Trace
            | Field::Span
            | Field::Size
            | Field::Attachments
            | Field::StackFunctions
            | Field::StackModules
            | Field::StackFilenames
    )
}

fn slugs(projects: &[Project], part: &str) -> Vec<FacetValue> {
    let part = part.to_lowercase();
    let fitting = projects.iter().filter(|project| project.slug.to_lowercase().contains(&part));
    let value = |project: &Project| FacetValue {
        value: project.slug.clone(),
        count: 0,
        first_seen: project.created,
        last_seen: project.first_event.unwrap_or(project.created),
    };
    fitting.map(value).collect()
}

async fn of_field<F: Rows>(
    api: &Api,
    asked: Asked<F>,
    field: F,
    part: String,
) -> Result<Vec<FacetValue>, ApiError> {
    let fits = match part.as_str() {
        "" => Filter::Has(field.clone()),
        _ => Filter::Contains(field.clone(), part),
    };
    let question = TableQuestion {
        scope: asked.scope,
        filter: both(asked.filter, fits),
        columns: vec![
            Column::Field(field),
            Column::Aggregate(Aggregate::Count),
            Column::Aggregate(Aggregate::Min(F::TIMESTAMP)),
            Column::Aggregate(Aggregate::Max(F::TIMESTAMP)),
        ],
        having: Vec::new(),
        order: vec![(1, Direction::Descending), (0, Direction::Ascending)],
        offset: 0,
        limit: VALUES_MAX,
    };
    let table = F::ask(api.ask.as_ref(), question).await?;
    let values = table.rows.iter().filter_map(|row| match row.as_slice() {
        [value, count, first, last] => Some(FacetValue {
            value: plain_text(value),
            count: cell::whole(cell::any_number(count)?),
            first_seen: cell::moment(first),
            last_seen: cell::moment(last),
        }),
        _ => None,
    });
    Ok(values.collect())
}

/// A value as people read it.
fn plain_text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        other => cell::json(other).to_string(),
    }
}

/// The attributes of spans, as if they were tags.
async fn attributes_as_tags(
    api: &Api,
    caller: Caller,
    organization: String,
    params: Params,
) -> Result<Vec<TagSummary>, ApiError> {
    let asked = asked::<SpanField>(api, caller, organization, params).await?;
    let question = SpanAttributesQuestion {
        scope: asked.scope,
        name_contains: String::new(),
        limit: ATTRIBUTES_MAX,
    };
    let attributes = api.ask.span_attributes(question).await?.into_iter();
    let tags = attributes.map(|attribute| TagSummary {
        key: attribute.name.clone(),
        name: attribute.name,
        total_values: attribute.count,
        unique_values: 0,
    });
    Ok(tags.collect())
}

/// The names that can be asked about: ours, and those of attributes of spans.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/trace-items/attributes/",
    tag = "discover",
    params(("organization" = String, Path), ("itemType" = Option<String>, Query),
        ("attributeType" = Option<String>, Query, description = "string, number or boolean"),
        ("substringMatch" = Option<String>, Query), ("project" = Option<Vec<String>>, Query),
        ("statsPeriod" = Option<String>, Query)),
    responses((status = 200, body = Vec<AttributeView>)))]
pub async fn attributes(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<Vec<AttributeView>>, ApiError> {
    let part = params.get("substringMatch").unwrap_or_default().to_lowercase();
    let types: Vec<String> = params.all("attributeType").map(str::to_owned).collect();
    let types: Vec<&str> = types.iter().map(String::as_str).filter(|it| !it.is_empty()).collect();
    let source = item_type(&params);
    let is_wanted = |view: &AttributeView| {
        let fits = view.name.to_lowercase().contains(&part);
        fits && (types.is_empty() || types.contains(&view.attribute_type))
    };
    let asked = asked::<SpanField>(&api, caller, organization, params).await?;
    let known = match source {
        Source::Errors => suggest::keys(),
        Source::Spans | Source::Transactions => suggest::span_keys(),
        Source::Nowhere => Vec::new(),
    };
    let known = known.into_iter().filter(|key| !key.issues_only).map(|key| AttributeView {
        key: key.name.to_owned(),
        name: key.name.to_owned(),
        attribute_source: AttributeSource { source_type: "sentry" },
        attribute_type: attribute_type(key.kind),
    });
    let mut views: Vec<AttributeView> = known.filter(|view| is_wanted(view)).collect();
    if source == Source::Spans {
        let question = SpanAttributesQuestion {
            scope: asked.scope,
            name_contains: part.clone(),
            limit: ATTRIBUTES_MAX,
        };
        let found = api.ask.span_attributes(question).await?.into_iter();
        let found = found.filter(|it| !views.iter().any(|view| view.name == it.name));
        let found: Vec<AttributeView> =
            found.map(|it| attribute_view(it.name, it.kind)).filter(is_wanted).collect();
        views.extend(found);
    }
    Ok(Json(views))
}

/// An attribute that spans have. Numbers are asked for by a key that says so.
fn attribute_view(name: String, kind: AttributeKind) -> AttributeView {
    let (attribute_type, key) = match kind {
        AttributeKind::Text => ("string", name.clone()),
        AttributeKind::Number => ("number", format!("tags[{name},number]")),
        AttributeKind::Bool => ("boolean", format!("tags[{name},boolean]")),
    };
    let is_ours = name.starts_with("sentry.");
    let source_type = if is_ours { "sentry" } else { "user" };
    AttributeView { key, name, attribute_source: AttributeSource { source_type }, attribute_type }
}

fn attribute_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Date => "string",
        Kind::Number | Kind::Duration | Kind::Size => "number",
        Kind::Boolean => "boolean",
    }
}
