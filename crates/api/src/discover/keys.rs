//! The names that can be asked about, and the values they have.

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::HeaderMap;
use lang::ask::{
    Aggregate, Column, Direction, FacetQuestion, FacetValue, Field, Filter, TableQuestion,
};
use lang::search::{Kind, column, suggest};
use meta::{Project, Scope};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Asked, DataSet};
use crate::auth::Caller;
use crate::cell;
use crate::error::ApiError;
use crate::event_search::both;
use crate::issue::detail::TagSummary;
use crate::issue::tags::{TagValue, value_view};
use crate::params::Params;
use crate::state::Api;

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

async fn asked(
    api: &Api,
    caller: Caller,
    organization: String,
    params: Params,
) -> Result<Asked, ApiError> {
    let data_set = DataSet::read(&params)?;
    let read = api.blocking(move |api| {
        // `query` is about names or values here, not a search.
        let params = params.without("query");
        Asked::read(api, &caller, &organization, &params, &data_set)
    });
    read.await
}

/// The tags of the events of some projects, the most frequent first.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/tags/", tag = "discover",
    params(("organization" = String, Path), ("dataset" = Option<String>, Query),
        ("project" = Option<Vec<String>>, Query), ("statsPeriod" = Option<String>, Query)),
    responses((status = 200, body = Vec<TagSummary>)))]
pub async fn tags(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<Vec<TagSummary>>, ApiError> {
    let asked = asked(&api, caller, organization, params).await?;
    let question = FacetQuestion {
        scope: asked.scope,
        filter: asked.filter,
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
    let part = params.get("query").unwrap_or_default().to_owned();
    let asked = asked(&api, caller, organization, params).await?;
    let found = match column(&key)?.column {
        Column::Field(Field::Project) => slugs(&asked.projects, &part),
        Column::Field(Field::Tag(tag)) => of_tag(&api, asked, tag, part).await?,
        Column::Field(field) if is_text(&field) => of_field(&api, asked, field, part).await?,
        Column::Field(_) | Column::Bucket(_) | Column::Aggregate(_) => Vec::new(),
    };
    let more = found.len() > page.offset.saturating_add(page.limit);
    let shown = found.into_iter().skip(page.offset).take(page.limit);
    let shown = shown.map(|value| value_view(&key, value)).collect();
    Ok((page.link(&api.public_url, &uri, more), Json(shown)))
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

async fn of_tag(
    api: &Api,
    asked: Asked,
    tag: String,
    part: String,
) -> Result<Vec<FacetValue>, ApiError> {
    let question = FacetQuestion {
        scope: asked.scope,
        filter: asked.filter,
        key: Some(tag),
        value_contains: part,
        values_max: VALUES_MAX,
    };
    let facets = api.ask.facets(question).await?;
    Ok(facets.into_iter().next().map(|facet| facet.values).unwrap_or_default())
}

async fn of_field(
    api: &Api,
    asked: Asked,
    field: Field,
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
            Column::Aggregate(Aggregate::Min(Field::Timestamp)),
            Column::Aggregate(Aggregate::Max(Field::Timestamp)),
        ],
        having: Vec::new(),
        order: vec![(1, Direction::Descending), (0, Direction::Ascending)],
        offset: 0,
        limit: VALUES_MAX,
    };
    let table = api.ask.table(question).await?;
    let values = table.rows.iter().filter_map(|row| match row.as_slice() {
        [value, count, first, last] => Some(FacetValue {
            value: cell::text(value).to_owned(),
            count: cell::number(count)?,
            first_seen: cell::moment(first),
            last_seen: cell::moment(last),
        }),
        _ => None,
    });
    Ok(values.collect())
}

/// The names that can be asked about. Only error events have any so far.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/trace-items/attributes/",
    tag = "discover",
    params(("organization" = String, Path), ("itemType" = Option<String>, Query),
        ("attributeType" = Option<String>, Query, description = "string, number or boolean"),
        ("substringMatch" = Option<String>, Query)),
    responses((status = 200, body = Vec<AttributeView>)))]
pub async fn attributes(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<Vec<AttributeView>>, ApiError> {
    api.blocking(move |api| {
        caller.enter(&api.database, &organization, Scope::EventRead)?;
        let of_errors = matches!(params.get("itemType"), None | Some("" | "errors"));
        let part = params.get("substringMatch").unwrap_or_default().to_lowercase();
        let types: Vec<&str> = params.all("attributeType").filter(|it| !it.is_empty()).collect();
        let keys = suggest::keys().into_iter().filter(|key| of_errors && !key.issues_only);
        let views = keys.map(|key| AttributeView {
            key: key.name.to_owned(),
            name: key.name.to_owned(),
            attribute_source: AttributeSource { source_type: "sentry" },
            attribute_type: attribute_type(key.kind),
        });
        let is_wanted = |view: &AttributeView| {
            let fits = view.name.to_lowercase().contains(&part);
            fits && (types.is_empty() || types.contains(&view.attribute_type))
        };
        Ok(Json(views.filter(is_wanted).collect()))
    })
    .await
}

fn attribute_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Date => "string",
        Kind::Number | Kind::Duration | Kind::Size => "number",
        Kind::Boolean => "boolean",
    }
}
