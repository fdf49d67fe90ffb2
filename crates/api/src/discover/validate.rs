//! Whether a question about events could be answered, part by part, without answering it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use lang::ask::{Field, SpanField};
use lang::data_set::Rows;
use lang::search::{Type, select};
use meta::Scope;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::data_set::{DataSet, Source};
use super::plan::place_by_name;
use crate::auth::Caller;
use crate::error::ApiError;
use crate::event_search::read_rows;
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
        Type::Integer
        | Type::Number
        | Type::Duration
        | Type::Size
        | Type::Rate
        | Type::Percentage
        | Type::Score => "number",
    }
}

fn judge_field<F: Rows>(name: &str) -> FieldVerdict {
    let (attr_type, error) = match select::<F>(name) {
        Ok(selected) => (Some(attribute_type(selected.kind)), None),
        Err(problem) => (None, Some(problem.to_string())),
    };
    FieldVerdict { name: name.to_owned(), valid: error.is_none(), attr_type, error }
}

/// The columns of other data sets are not ours to check.
fn pass(name: &str) -> FieldVerdict {
    FieldVerdict { name: name.to_owned(), valid: true, attr_type: None, error: None }
}

fn judge_order(sort: &str, fields: &[String]) -> FieldVerdict {
    let name = sort.trim_start_matches('-');
    if place_by_name(fields, name).is_some() {
        return pass(sort);
    }
    let error = Some(format!("Cannot sort by a field that is not selected: {name}"));
    FieldVerdict { name: sort.to_owned(), valid: false, attr_type: None, error }
}

/// The sentence about a search that makes no sense. Blocks.
fn judge_query<F: Rows>(
    api: &Api,
    caller: &Caller,
    organization: &str,
    params: &Params,
) -> Result<Option<String>, ApiError> {
    let access = caller.enter(&api.database, organization, Scope::EventRead)?;
    let projects = params.projects(api, &access)?;
    match read_rows::<F>(api, &projects, params.get("query").unwrap_or_default()) {
        Ok(_) => Ok(None),
        Err(ApiError::Invalid(sentence)) => Ok(Some(sentence)),
        Err(other) => Err(other),
    }
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
    let source = DataSet::read(&params)?.source;
    let fields: Vec<String> = params.all("field").map(str::to_owned).collect();
    let judge: fn(&str) -> FieldVerdict = match source {
        Source::Errors => judge_field::<Field>,
        Source::Spans | Source::Transactions => judge_field::<SpanField>,
        Source::Nowhere => pass,
    };
    let field: Vec<_> = fields.iter().map(|field| judge(field)).collect();
    let sorts = params.all("sort").chain(params.all("orderby")).filter(|sort| !sort.is_empty());
    let order =
        |sort| if source == Source::Nowhere { pass(sort) } else { judge_order(sort, &fields) };
    let orderby: Vec<_> = sorts.map(order).collect();
    let error = api
        .blocking(move |api| match source {
            Source::Errors => judge_query::<Field>(api, &caller, &organization, &params),
            Source::Spans | Source::Transactions => {
                judge_query::<SpanField>(api, &caller, &organization, &params)
            }
            Source::Nowhere => {
                judge_query::<Field>(api, &caller, &organization, &params.without("query"))
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
        assert_eq!(judge_field::<Field>("count()").attr_type, Some("number"));
        assert_eq!(judge_field::<Field>("error.handled").attr_type, Some("boolean"));
        assert!(judge_field::<Field>("p95(span.duration)").error.is_some());
        assert!(judge_field::<SpanField>("p95(span.duration)").valid);
        assert!(judge_field::<SpanField>("nonsense()").error.is_some());
        assert!(judge_order("-count", &["count()".to_owned()]).valid);
        assert!(!judge_order("-count", &["title".to_owned()]).valid);
    }
}
