//! How the events of an issue are spread over the values of their tags, or the results of feature flags.

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, Uri};
use lang::ask::{Facet, FacetQuestion, FacetValue, Filter, Pairs};
use meta::Scope;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::error::ApiError;
use crate::issue::events::Named;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// Values that a tag is shown with.
const TOP_VALUES: usize = 10;
/// Values of one tag that can be paged through.
const VALUES_MAX: usize = 1_000;

/// A value of a tag.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct TagValue {
    pub key: String,
    pub name: String,
    pub value: String,
    pub count: u64,
    pub first_seen: String,
    pub last_seen: String,
    /// A search for it.
    pub query: String,
}

/// A tag with its most frequent values.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct Tag {
    pub key: String,
    pub name: String,
    pub unique_values: u64,
    pub total_values: u64,
    pub top_values: Vec<TagValue>,
}

/// Whether tags are meant, or feature flags. Source: Sentry's parameter.
pub fn pairs(params: &Params) -> Pairs {
    if params.is_on("useFlagsBackend") { Pairs::Flags } else { Pairs::Tags }
}

/// A value of a tag as the API shows it.
pub fn value_view(pairs: Pairs, key: &str, value: FacetValue) -> TagValue {
    TagValue {
        key: key.to_owned(),
        name: value.value.clone(),
        query: match pairs {
            Pairs::Tags => search_for(key, &value.value),
            Pairs::Flags => search_for(&format!("flags[{key}]"), &value.value),
        },
        value: value.value,
        count: value.count,
        first_seen: time::iso(value.first_seen),
        last_seen: time::iso(value.last_seen),
    }
}

/// A search that finds what has this value.
fn search_for(key: &str, value: &str) -> String {
    let mut escaped = String::with_capacity(value.len() + 2);
    for character in value.chars() {
        if matches!(character, '"' | '\\' | '*') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    format!("{key}:\"{escaped}\"")
}

fn view(pairs: Pairs, facet: Facet) -> Tag {
    let values = facet.values.into_iter().map(|value| value_view(pairs, &facet.key, value));
    Tag {
        top_values: values.collect(),
        name: facet.key.clone(),
        key: facet.key,
        unique_values: facet.unique,
        total_values: facet.total,
    }
}

/// The tags of an issue's events, the most frequent first.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/issues/{issue}/tags/",
    tag = "issues",
    params(("organization" = String, Path), ("issue" = String, Path),
        ("key" = Option<Vec<String>>, Query), ("environment" = Option<Vec<String>>, Query),
        ("useFlagsBackend" = Option<bool>, Query, description = "feature flags instead of tags")),
    responses((status = 200, body = Vec<Tag>), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, issue)): Path<(String, String)>,
    params: Params,
) -> Result<Json<Vec<Tag>>, ApiError> {
    listed(&api, Named::within(caller, organization, issue), params).await
}

/// The tags of an issue's events, without naming its organisation.
#[utoipa::path(get, path = "/api/0/issues/{issue}/tags/", tag = "issues",
    params(("issue" = String, Path)), responses((status = 200, body = Vec<Tag>), (status = 404)))]
pub async fn list_bare(
    State(api): State<Api>,
    caller: Caller,
    Path(issue): Path<String>,
    params: Params,
) -> Result<Json<Vec<Tag>>, ApiError> {
    listed(&api, Named::bare(caller, issue), params).await
}

async fn listed(api: &Api, named: Named, params: Params) -> Result<Json<Vec<Tag>>, ApiError> {
    let wanted: Vec<String> = params.all("key").map(str::to_owned).collect();
    let pairs = pairs(&params);
    let mut facets = facets(api, named, params, None, TOP_VALUES).await?;
    facets.retain(|facet| wanted.is_empty() || wanted.contains(&facet.key));
    Ok(Json(facets.into_iter().map(|facet| view(pairs, facet)).collect()))
}

async fn facets(
    api: &Api,
    named: Named,
    params: Params,
    key: Option<String>,
    values_max: usize,
) -> Result<Vec<Facet>, ApiError> {
    let value_contains = params.get("query").unwrap_or_default().to_owned();
    let pairs = pairs(&params);
    let scope = api
        .blocking(move |api| {
            let opened = named.open(api, Scope::EventRead)?;
            opened.scope(api, &params)
        })
        .await?;
    // A search for values has no place in a list of all tags.
    let value_contains = if key.is_some() { value_contains } else { String::new() };
    let filter = Filter::All;
    let question = FacetQuestion { scope, filter, pairs, key, value_contains, values_max };
    Ok(api.ask.facets(question).await?)
}

/// One tag of an issue's events.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/issues/{issue}/tags/{key}/",
    tag = "issues",
    params(("organization" = String, Path), ("issue" = String, Path), ("key" = String, Path)),
    responses((status = 200, body = Tag), (status = 404)))]
pub async fn one(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, issue, key)): Path<(String, String, String)>,
    params: Params,
) -> Result<Json<Tag>, ApiError> {
    shown(&api, Named::within(caller, organization, issue), key, params).await
}

/// One tag of an issue's events, without naming its organisation.
#[utoipa::path(get, path = "/api/0/issues/{issue}/tags/{key}/", tag = "issues",
    params(("issue" = String, Path), ("key" = String, Path)),
    responses((status = 200, body = Tag), (status = 404)))]
pub async fn one_bare(
    State(api): State<Api>,
    caller: Caller,
    Path((issue, key)): Path<(String, String)>,
    params: Params,
) -> Result<Json<Tag>, ApiError> {
    shown(&api, Named::bare(caller, issue), key, params).await
}

async fn shown(
    api: &Api,
    named: Named,
    key: String,
    params: Params,
) -> Result<Json<Tag>, ApiError> {
    let params = params.without("query");
    let pairs = pairs(&params);
    let found = facets(api, named, params, Some(key), TOP_VALUES).await?;
    let facet = found.into_iter().next().ok_or(ApiError::NotFound)?;
    Ok(Json(view(pairs, facet)))
}

/// The values of one tag of an issue's events.
#[utoipa::path(get,
    path = "/api/0/organizations/{organization}/issues/{issue}/tags/{key}/values/",
    tag = "issues",
    params(("organization" = String, Path), ("issue" = String, Path), ("key" = String, Path),
        ("query" = Option<String>, Query),
        ("sort" = Option<String>, Query, description = "count, date (last seen), age (first seen)"),
        ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<TagValue>), (status = 404)))]
pub async fn values(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, issue, key)): Path<(String, String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<TagValue>>), ApiError> {
    values_of(&api, Named::within(caller, organization, issue), key, params, &uri).await
}

/// The values of one tag of an issue's events, without naming its organisation.
#[utoipa::path(get, path = "/api/0/issues/{issue}/tags/{key}/values/", tag = "issues",
    params(("issue" = String, Path), ("key" = String, Path), ("sort" = Option<String>, Query)),
    responses((status = 200, body = Vec<TagValue>), (status = 404)))]
pub async fn values_bare(
    State(api): State<Api>,
    caller: Caller,
    Path((issue, key)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<TagValue>>), ApiError> {
    values_of(&api, Named::bare(caller, issue), key, params, &uri).await
}

async fn values_of(
    api: &Api,
    named: Named,
    key: String,
    params: Params,
    uri: &Uri,
) -> Result<(HeaderMap, Json<Vec<TagValue>>), ApiError> {
    let page = params.page(100)?;
    let sort = params.get("sort").unwrap_or("count").to_owned();
    let pairs = pairs(&params);
    let asked = Some(key.clone());
    let found = facets(api, named, params, asked, VALUES_MAX).await?;
    let mut values = found.into_iter().next().map(|facet| facet.values).unwrap_or_default();
    sorted(&mut values, &sort)?;
    let more = values.len() > page.offset.saturating_add(page.limit);
    let shown = values.into_iter().skip(page.offset).take(page.limit);
    let shown = shown.map(|value| value_view(pairs, &key, value)).collect();
    Ok((page.link(&api.public_url, uri, more), Json(shown)))
}

fn sorted(values: &mut [FacetValue], sort: &str) -> Result<(), ApiError> {
    use std::cmp::Reverse;
    match sort.trim_start_matches('-') {
        "count" | "" => values.sort_by_key(|value| Reverse(value.count)),
        "date" => values.sort_by_key(|value| Reverse(value.last_seen)),
        "age" => values.sort_by_key(|value| Reverse(value.first_seen)),
        other => return Err(ApiError::Invalid(format!("Invalid sort: '{other}'"))),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_for_a_value_takes_it_literally() {
        assert_eq!(search_for("os", "a \"b\" *"), "os:\"a \\\"b\\\" \\*\"");
    }
}
