//! Deploys of a release.

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode};
use meta::{Deploy, NewDeploy};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::find;
use super::write::moment;
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// That a release went into an environment.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct DeployView {
    pub id: String,
    pub environment: String,
    pub name: Option<String>,
    pub url: Option<String>,
    pub date_started: Option<String>,
    pub date_finished: String,
}

/// A deploy as the API shows it.
pub fn view(deploy: &Deploy) -> DeployView {
    DeployView {
        id: deploy.id.to_string(),
        environment: deploy.environment.clone(),
        name: deploy.name.clone(),
        url: deploy.url.clone(),
        date_started: deploy.started.map(time::iso),
        date_finished: time::iso(deploy.finished),
    }
}

/// The deploys of a release, last first.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/releases/{version}/deploys/",
    tag = "releases", params(("organization" = String, Path), ("version" = String, Path),
        ("cursor" = Option<String>, Query), ("per_page" = Option<usize>, Query)),
    responses((status = 200, body = Vec<DeployView>), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, version)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<DeployView>>), ApiError> {
    let page = params.page(100)?;
    let (views, more) = api
        .blocking(move |api| {
            let access = caller.enter_to_see_releases(&api.database, &organization)?;
            let release = find(api, &access, None, &version)?;
            let found = api.database.deploys(release.id, page.into())?;
            Ok((found.rows.iter().map(view).collect(), found.more))
        })
        .await?;
    Ok((page.link(&api.public_url, &uri, more), Json(views)))
}

/// Notes that a release went into an environment.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/releases/{version}/deploys/",
    tag = "releases", params(("organization" = String, Path), ("version" = String, Path)),
    request_body = Object,
    responses((status = 201, body = DeployView), (status = 400), (status = 404)))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, version)): Path<(String, String)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<(StatusCode, Json<DeployView>), ApiError> {
    let made = api.blocking(move |api| {
        let access = caller.enter_to_release(&api.database, &organization)?;
        let release = find(api, &access, None, &version)?;
        let deploy = api.database.create_deploy(release.id, &read(&body)?)?;
        Ok(view(&deploy))
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}

fn read(body: &Map<String, Value>) -> Result<NewDeploy, ApiError> {
    let get = |camel: &str, snake: &str| body.get(camel).or_else(|| body.get(snake));
    let text = |key: &str| {
        let text = body.get(key).and_then(Value::as_str);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let environment = text("environment");
    Ok(NewDeploy {
        environment: environment
            .ok_or_else(|| ApiError::field("environment", "This field is required."))?,
        name: text("name"),
        url: text("url"),
        started: moment("dateStarted", get("dateStarted", "date_started"))?,
        finished: moment("dateFinished", get("dateFinished", "date_finished"))?,
    })
}
