//! The caller's own account and tokens, and what the UI needs to start.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use meta::{NewToken, Scope, Scopes, Token};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::{Caller, cookie};
use crate::error::ApiError;
use crate::person::{PersonView, person};
use crate::project::view as project_view;
use crate::state::Api;
use crate::time;

/// An organisation as the UI needs it first.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct BootOrganization {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub role: String,
    pub scopes: Vec<&'static str>,
}

/// A project as the UI needs it first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct BootProject {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub platform: Option<String>,
    pub color: u64,
    pub first_event: Option<String>,
    /// Slug of its organisation.
    pub organization: String,
    pub environments: Vec<String>,
}

/// What the UI needs to start.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Boot {
    /// Version of the server.
    pub version: &'static str,
    /// Who is logged in; `null` leads to the login page.
    pub user: Option<PersonView>,
    /// What writes must repeat in `X-CSRF-Token`.
    pub csrf_token: Option<String>,
    /// Where they are a member.
    pub organizations: Vec<BootOrganization>,
    /// What they may see.
    pub projects: Vec<BootProject>,
}

/// Everything the UI needs to start, in one answer; also for people who are not logged in.
#[utoipa::path(get, path = "/api/ui/bootstrap", tag = "ui", responses((status = 200, body = Boot)))]
pub async fn bootstrap(State(api): State<Api>, headers: HeaderMap) -> Result<Json<Boot>, ApiError> {
    let token = cookie(&headers);
    let boot = api.blocking(move |api| {
        let mut boot = Boot {
            version: api.version,
            user: None,
            csrf_token: None,
            organizations: Vec::new(),
            projects: Vec::new(),
        };
        let session = match &token {
            Some(text) => api.database.session(text)?,
            None => None,
        };
        let (Some(session), Some(text)) = (session, token) else { return Ok(boot) };
        boot.user = api.database.user(session.user)?.as_ref().map(person);
        boot.csrf_token = Some(session.csrf.expose().to_owned());
        fill(
            api,
            &Caller::Person { user: session.user, session: meta::Secret::new(text) },
            &mut boot,
        )?;
        Ok(boot)
    });
    Ok(Json(boot.await?))
}

fn fill(api: &Api, caller: &Caller, boot: &mut Boot) -> Result<(), ApiError> {
    for access in crate::organization::visible(&api.database, caller)? {
        let organization = &access.organization;
        let role = match access.user {
            Some(user) => {
                api.database.member(organization.id, user)?.map(|member| member.role.name())
            }
            None => None,
        };
        boot.organizations.push(BootOrganization {
            id: organization.id.to_string(),
            slug: organization.slug.clone(),
            name: organization.name.clone(),
            role: role.unwrap_or_default().to_owned(),
            scopes: access.scopes.names(),
        });
        for project in api.database.projects(organization.id, meta::Page::FIRST)?.rows {
            let view = project_view(api, &access, &project)?;
            boot.projects.push(BootProject {
                id: view.id,
                slug: view.slug,
                name: view.name,
                platform: view.platform,
                color: view.color,
                first_event: view.first_event,
                organization: organization.slug.clone(),
                environments: view.environments,
            });
        }
    }
    Ok(())
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountChange {
    current_password: Option<String>,
    new_password: Option<String>,
    name: Option<String>,
}

impl std::fmt::Debug for AccountChange {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("AccountChange")
    }
}

/// Changes the caller's name or password. A new password ends all other sessions.
#[utoipa::path(post, path = "/api/ui/account", tag = "ui", request_body = AccountChange,
    responses((status = 200, body = PersonView), (status = 400)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Json(body): Json<AccountChange>,
) -> Result<Json<PersonView>, ApiError> {
    let shown = api.blocking(move |api| {
        let (user, session) = caller.person()?;
        let database = &api.database;
        if let Some(name) = &body.name {
            database.rename_user(user, name)?;
        }
        if let Some(password) = &body.new_password {
            let current = body.current_password.as_deref().unwrap_or_default();
            if !database.password_fits(user, current)? {
                return Err(ApiError::field(
                    "currentPassword",
                    "This is not your current password.",
                ));
            }
            database.set_password(user, password)?;
            database.end_other_sessions(user, session.expose())?;
        }
        database.user(user)?.as_ref().map(person).ok_or(ApiError::NotFound)
    });
    Ok(Json(shown.await?))
}

/// A token without its secret part.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct TokenView {
    pub id: String,
    pub name: String,
    pub scopes: Vec<&'static str>,
    /// The token itself: only in the answer that creates it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    pub token_last_characters: String,
    pub date_created: String,
    pub last_used: Option<String>,
    pub expires: Option<String>,
}

fn token_view(token: &Token) -> TokenView {
    TokenView {
        id: token.id.to_string(),
        name: token.name.clone(),
        scopes: token.scopes.names(),
        token: None,
        token_last_characters: token.tail.clone(),
        date_created: time::iso(token.created),
        last_used: token.last_used.map(time::iso),
        expires: token.expires.map(time::iso),
    }
}

/// In which organisation.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TokenQuery {
    /// Slug or id.
    org: String,
}

/// The caller's tokens in an organisation; owners and managers see all.
#[utoipa::path(get, path = "/api/ui/tokens", tag = "ui", params(TokenQuery),
    responses((status = 200, body = Vec<TokenView>)))]
pub async fn tokens(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<TokenQuery>,
) -> Result<Json<Vec<TokenView>>, ApiError> {
    let shown = api.blocking(move |api| {
        let access = caller.enter(&api.database, &query.org, Scope::OrgRead)?;
        let (user, _) = caller.person()?;
        let of = if access.scopes.allows(Scope::OrgAdmin) { None } else { Some(user) };
        let found = api.database.tokens(access.organization.id, of, meta::Page::FIRST)?;
        Ok(found.rows.iter().map(token_view).collect())
    });
    Ok(Json(shown.await?))
}

/// A new token.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TokenBody {
    /// What it is for.
    name: String,
    /// What it may do.
    scopes: Vec<String>,
}

/// Creates a token: the answer is the only one that has its text.
#[utoipa::path(post, path = "/api/ui/tokens", tag = "ui", params(TokenQuery), request_body = TokenBody,
    responses((status = 201, body = TokenView), (status = 403)))]
pub async fn create_token(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<TokenQuery>,
    Json(body): Json<TokenBody>,
) -> Result<(StatusCode, Json<TokenView>), ApiError> {
    let made = api.blocking(move |api| {
        let access = caller.enter(&api.database, &query.org, Scope::OrgRead)?;
        let (user, _) = caller.person()?;
        let scopes = Scopes::parse(body.scopes.iter().map(String::as_str))
            .map_err(|name| ApiError::field("scopes", format!("\"{name}\" is not a scope.")))?;
        if !scopes.within(access.scopes) {
            return Err(ApiError::Forbidden);
        }
        let organization = access.organization.id;
        let new =
            NewToken { organization, user: Some(user), name: body.name, scopes, expires: None };
        let (token, secret) = api.database.create_token(&new)?;
        Ok(TokenView { token: Some(secret.expose().to_owned()), ..token_view(&token) })
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}

/// Makes a token useless.
#[utoipa::path(delete, path = "/api/ui/tokens/{token}", tag = "ui", params(("token" = u64, Path), TokenQuery),
    responses((status = 204), (status = 404)))]
pub async fn delete_token(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Query(query): Query<TokenQuery>,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let access = caller.enter(&api.database, &query.org, Scope::OrgRead)?;
        let (user, _) = caller.person()?;
        let token =
            api.database.token(id)?.filter(|token| token.organization == access.organization.id);
        let token = token.ok_or(ApiError::NotFound)?;
        if token.user != Some(user) {
            access.need(Scope::OrgAdmin)?;
        }
        Ok(api.database.delete_token(id)?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The person behind the credentials. Tokens of an organisation have none.
#[utoipa::path(get, path = "/api/0/auth/", tag = "organizations",
    responses((status = 200, body = PersonView), (status = 403)))]
pub async fn whoami(State(api): State<Api>, caller: Caller) -> Result<Json<PersonView>, ApiError> {
    let user = caller.user().ok_or(ApiError::Forbidden)?;
    let found = api.meta(move |database| database.user(user)).await?;
    found.as_ref().map(person).map(Json).ok_or(ApiError::Forbidden)
}

/// Whether the server is well; Terraform asks before it begins.
#[utoipa::path(get, path = "/api/0/internal/health/", tag = "ui", responses((status = 200, body = Object)))]
pub async fn health() -> Json<serde_json::Value> {
    Json(serde_json::json!({"healthy": {}, "problems": []}))
}

/// A key that the search bar offers.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SearchKey {
    pub key: String,
    pub kind: &'static str,
    pub description: &'static str,
    pub values: Vec<&'static str>,
}

/// What the search bar of issues can offer.
#[utoipa::path(get, path = "/api/ui/search-keys", tag = "ui", responses((status = 200, body = Vec<SearchKey>)))]
pub async fn search_keys(_caller: Caller) -> Json<Vec<SearchKey>> {
    let all = lang::search::suggest::keys().into_iter().map(|key| SearchKey {
        key: key.name.to_owned(),
        kind: lang::search::Type::from(key.kind).name(),
        description: key.about,
        values: key.values,
    });
    Json(all.collect())
}
