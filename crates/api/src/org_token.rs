//! Tokens of an organisation for its builds: what sentry-cli and bundler plugins are given.

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode};
use meta::{NewToken, Scope, Scopes, Token};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// A token without its secret part.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct OrgTokenView {
    pub id: String,
    pub name: String,
    pub scopes: Vec<&'static str>,
    /// The token itself: only in the answer that creates it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    pub token_last_characters: String,
    pub date_created: String,
    pub date_last_used: Option<String>,
    pub project_last_used_id: Option<String>,
}

/// A name for a token.
#[derive(Debug, Deserialize, ToSchema)]
pub struct OrgTokenName {
    /// What it is for.
    name: String,
}

fn view(token: &Token) -> OrgTokenView {
    OrgTokenView {
        id: token.id.to_string(),
        name: token.name.clone(),
        scopes: token.scopes.names(),
        token: None,
        token_last_characters: token.tail.clone(),
        date_created: time::iso(token.created),
        date_last_used: token.last_used.map(time::iso),
        project_last_used_id: None,
    }
}

/// The tokens of an organisation, newest first.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/org-auth-tokens/", tag = "tokens",
    params(("organization" = String, Path), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<OrgTokenView>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<OrgTokenView>>), ApiError> {
    let page = params.page(100)?;
    let (views, more) = api
        .blocking(move |api| {
            let access = caller.enter(&api.database, &organization, Scope::OrgRead)?;
            let found = api.database.tokens(access.organization.id, None, page.into())?;
            Ok((found.rows.iter().map(view).collect(), found.more))
        })
        .await?;
    Ok((page.link(&api.public_url, &uri, more), Json(views)))
}

/// Creates a token that may make releases and upload what belongs to them, and nothing else. The answer is
/// the only one that has its text. Whoever may release may create one; programs need the right to change
/// the organisation, so that a token cannot outlive itself.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/org-auth-tokens/", tag = "tokens",
    params(("organization" = String, Path)), request_body = OrgTokenName,
    responses((status = 201, body = OrgTokenView), (status = 400), (status = 403)))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Json(body): Json<OrgTokenName>,
) -> Result<(StatusCode, Json<OrgTokenView>), ApiError> {
    let made = api.blocking(move |api| {
        let access = caller.enter_to_release(&api.database, &organization)?;
        if matches!(caller, Caller::Token(_)) {
            access.need(Scope::OrgWrite)?;
        }
        let new = NewToken {
            organization: access.organization.id,
            user: None,
            name: body.name,
            scopes: Scopes::of([Scope::OrgCi]),
            expires: None,
        };
        let slug = &access.organization.slug;
        let (token, secret) = api.database.create_build_token(&new, &api.public_url, slug)?;
        Ok(OrgTokenView { token: Some(secret.expose().to_owned()), ..view(&token) })
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}

/// One token of an organisation.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/org-auth-tokens/{token}/",
    tag = "tokens", params(("organization" = String, Path), ("token" = u64, Path)),
    responses((status = 200, body = OrgTokenView), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, token)): Path<(String, u64)>,
) -> Result<Json<OrgTokenView>, ApiError> {
    let shown = api.blocking(move |api| {
        let access = caller.enter(&api.database, &organization, Scope::OrgRead)?;
        Ok(view(&find(api, &access, token)?))
    });
    Ok(Json(shown.await?))
}

/// Gives a token of an organisation another name.
#[utoipa::path(put, path = "/api/0/organizations/{organization}/org-auth-tokens/{token}/",
    tag = "tokens", params(("organization" = String, Path), ("token" = u64, Path)),
    request_body = OrgTokenName, responses((status = 204), (status = 404)))]
pub async fn rename(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, token)): Path<(String, u64)>,
    Json(body): Json<OrgTokenName>,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let access = caller.enter(&api.database, &organization, Scope::OrgWrite)?;
        let token = find(api, &access, token)?;
        Ok(api.database.rename_token(token.id, &body.name)?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a token of an organisation useless.
#[utoipa::path(delete, path = "/api/0/organizations/{organization}/org-auth-tokens/{token}/",
    tag = "tokens", params(("organization" = String, Path), ("token" = u64, Path)),
    responses((status = 204), (status = 404)))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, token)): Path<(String, u64)>,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let access = caller.enter(&api.database, &organization, Scope::OrgWrite)?;
        let token = find(api, &access, token)?;
        Ok(api.database.delete_token(token.id)?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The token of that id, if it is one of the organisation itself. Blocks.
fn find(api: &Api, access: &Access, id: u64) -> Result<Token, ApiError> {
    let found = api.database.token(id)?;
    let is_own =
        |token: &Token| token.organization == access.organization.id && token.user.is_none();
    found.filter(is_own).ok_or(ApiError::NotFound)
}
