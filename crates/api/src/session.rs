//! Logging in and out, and accepting invitations: the routes that need no credentials.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use meta::LoginError;
use model::id::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::{COOKIE, cookie};
use crate::error::ApiError;
use crate::person::{PersonView, person};
use crate::state::Api;

/// Who wants to log in.
#[derive(Deserialize, ToSchema)]
pub struct Login {
    email: String,
    password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Login")
    }
}

/// Who is logged in now.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoggedIn {
    /// The person.
    pub user: PersonView,
}

/// Logs in: sets the session cookie.
#[utoipa::path(post, path = "/auth/login", tag = "session", request_body = Login,
    responses((status = 200, body = LoggedIn), (status = 401), (status = 429)))]
pub async fn login(
    State(api): State<Api>,
    headers: HeaderMap,
    Json(login): Json<Login>,
) -> Result<Response, ApiError> {
    from_our_page(&api, &headers)?;
    let user = api
        .blocking(move |api| {
            api.database.login(&login.email, &login.password).map_err(|problem| match problem {
                LoginError::Wrong => {
                    ApiError::Unknown("The e-mail address or the password is wrong.")
                }
                LoginError::Locked { until } => ApiError::TooOften {
                    retry_after_secs: until.0.saturating_sub(api.clock.now().0) / 1_000_000 + 1,
                },
                LoginError::Meta(cause) => cause.into(),
            })
        })
        .await?;
    begin(&api, user).await
}

/// Logs out: ends the session and takes the cookie away.
#[utoipa::path(post, path = "/auth/logout", tag = "session", responses((status = 204)))]
pub async fn logout(State(api): State<Api>, headers: HeaderMap) -> Result<Response, ApiError> {
    from_our_page(&api, &headers)?;
    if let Some(token) = cookie(&headers) {
        api.meta(move |database| database.end_session(&token)).await?;
    }
    let cookie = cookie_header(&api, "", "; Max-Age=0")?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Somebody who was invited.
#[derive(Deserialize, ToSchema)]
pub struct Acceptance {
    token: String,
    name: String,
    password: String,
}

impl std::fmt::Debug for Acceptance {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Acceptance")
    }
}

/// Accepts an invitation: sets name and password, and logs in.
#[utoipa::path(post, path = "/auth/invite", tag = "session", request_body = Acceptance,
    responses((status = 200, body = LoggedIn), (status = 404)))]
pub async fn accept(
    State(api): State<Api>,
    headers: HeaderMap,
    Json(acceptance): Json<Acceptance>,
) -> Result<Response, ApiError> {
    from_our_page(&api, &headers)?;
    let user = api.meta(move |database| {
        database.accept_invite(&acceptance.token, &acceptance.name, &acceptance.password)
    });
    begin(&api, user.await?).await
}

async fn begin(api: &Api, user: UserId) -> Result<Response, ApiError> {
    let (session, user) = api
        .meta(move |database| {
            let session = database.begin_session(user)?;
            Ok((session, database.user(user)?.ok_or(meta::MetaError::Missing("user"))?))
        })
        .await?;
    let seconds = session.expires.0.saturating_sub(api.clock.now().0) / 1_000_000;
    let cookie = cookie_header(api, session.token.expose(), &format!("; Max-Age={seconds}"))?;
    let body = Json(LoggedIn { user: person(&user) });
    Ok(([(header::SET_COOKIE, cookie)], body).into_response())
}

/// `Secure` only where it works: many installations start on plain http.
fn cookie_header(api: &Api, token: &str, age: &str) -> Result<HeaderValue, ApiError> {
    let secure = if api.public_url.starts_with("https://") { "; Secure" } else { "" };
    let text = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax{age}{secure}");
    HeaderValue::from_str(&text).map_err(ApiError::internal)
}

/// Routes that change something before there is a session to prove it with take requests only from our
/// own pages: browsers name the page's origin, programs name none.
fn from_our_page(api: &Api, headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(origin) = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()) else {
        return Ok(());
    };
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let same_host = origin.split_once("://").is_some_and(|(_, rest)| rest == host);
    if same_host || origin == &*api.public_url { Ok(()) } else { Err(ApiError::Forged) }
}
