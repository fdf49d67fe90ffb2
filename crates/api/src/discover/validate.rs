//! Whether a question about events could be answered, part by part, without answering it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use lang::search::{Type, column};
use meta::Scope;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{DataSet, alias};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::event_search;
use crate::params::Params;
use crate::state::Api;

/// What there is to say about a question.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct Verdict {
    pub valid: bool,
    pub field: Vec<FieldVerdict>,
    pub orderby: Vec<FieldVerdict>,
    pub query: QueryVerdict,
    pub dataset: Vec<Value>,
    pub environment: Vec<Value>,
    pub projects: Vec<Value>,
}

/// What there is to say about a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct FieldVerdict {
    pub name: String,
    pub valid: bool,
    /// `string`, `number`, `boolean`, or nothing.
    pub attr_type: Option<&'static str>,
    pub error: Option<String>,
}

/// What there is to say about a search.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct QueryVerdict {
    pub valid: bool,
    pub error: Option<String>,
    pub fields: Vec<FieldVerdict>,
}

fn attribute_type(kind: Type) -> &'static str {
    match kind {
        Type::String | Type::Date => "string",
        Type::Boolean => "boolean",
        Type::Integer | Type::Number | Type::Duration | Type::Size | Type::Rate => "number",
    }
}

fn judge_field(name: &str, has_rows: bool) -> FieldVerdict {
    let (attr_type, error) = match column(name) {
        Ok(selected) => (Some(attribute_type(selected.kind)), None),
        // The columns of other data sets are not ours to check.
        Err(_) if !has_rows => (None, None),
        Err(problem) => (None, Some(problem.to_string())),
    };
    FieldVerdict { name: name.to_owned(), valid: error.is_none(), attr_type, error }
}

fn judge_order(sort: &str, fields: &[&str], has_rows: bool) -> FieldVerdict {
    let name = sort.trim_start_matches('-');
    let is_selected = fields.iter().any(|field| *field == name || alias(field) == name);
    if is_selected || !has_rows {
        return FieldVerdict { name: sort.to_owned(), valid: true, attr_type: None, error: None };
    }
    let error = Some(format!("Cannot sort by a field that is not selected: {name}"));
    FieldVerdict { name: sort.to_owned(), valid: false, attr_type: None, error }
}

/// Says whether a question could be answered; 400 with the same body when not.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/events/validate/",
    tag = "discover",
    params(("organization" = String, Path), ("field" = Option<Vec<String>>, Query),
        ("query" = Option<String>, Query), ("sort" = Option<String>, Query),
        ("dataset" = Option<String>, Query)),
    responses((status = 200, body = Verdict), (status = 400, body = Verdict)))]
pub async fn validate(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<(StatusCode, Json<Verdict>), ApiError> {
    let has_rows = DataSet::read(&params)?.has_rows;
    let fields: Vec<&str> = params.all("field").collect();
    let sorts = params.all("sort").chain(params.all("orderby")).filter(|sort| !sort.is_empty());
    let orderby: Vec<_> = sorts.map(|sort| judge_order(sort, &fields, has_rows)).collect();
    let field: Vec<_> = fields.iter().map(|field| judge_field(field, has_rows)).collect();
    let error = api
        .blocking(move |api| {
            let access = caller.enter(&api.database, &organization, Scope::EventRead)?;
            let projects = params.projects(api, &access)?;
            let text = params.get("query").unwrap_or_default();
            match event_search::read(api, &projects, text) {
                Err(ApiError::Invalid(sentence)) if has_rows => Ok(Some(sentence)),
                Err(ApiError::Invalid(_)) | Ok(_) => Ok(None),
                Err(other) => Err(other),
            }
        })
        .await?;
    let query = QueryVerdict { valid: error.is_none(), error, fields: Vec::new() };
    let valid = query.valid && field.iter().chain(&orderby).all(|verdict| verdict.valid);
    let status = if valid { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let (dataset, environment, projects) = (Vec::new(), Vec::new(), Vec::new());
    Ok((status, Json(Verdict { valid, field, orderby, query, dataset, environment, projects })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_judged_one_by_one() {
        assert_eq!(judge_field("count()", true).attr_type, Some("number"));
        assert_eq!(judge_field("error.handled", true).attr_type, Some("boolean"));
        assert!(judge_field("nonsense()", true).error.is_some());
        assert!(judge_field("p95(span.duration)", false).valid);
        assert!(judge_order("-count", &["count()"], true).valid);
        assert!(!judge_order("-count", &["title"], true).valid);
    }
}
