//! Who asks, and what they may do: bearer tokens for programs, session cookies for the UI.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use meta::{Meta, Organization, Project, Scope, Scopes, TokenGrant};
use model::id::{OrganizationId, ProjectId, UserId};

use crate::error::ApiError;
use crate::state::Api;

/// Name of the session cookie.
pub const COOKIE: &str = "pitwatch_session";
/// Header that repeats the session's CSRF token on writes.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// Somebody with valid credentials.
#[derive(Debug, Clone)]
pub enum Caller {
    /// A program with a token.
    Token(TokenGrant),
    /// A person in a browser.
    Person {
        /// Who.
        user: UserId,
        /// The text of the cookie.
        session: meta::Secret,
    },
}

/// What a caller may do in an organisation.
#[derive(Debug, Clone)]
pub struct Access {
    /// Where.
    pub organization: Organization,
    /// What.
    pub scopes: Scopes,
    /// Who, when it is a person or a person's token.
    pub user: Option<UserId>,
    /// The name of the token, when it is a program.
    pub program: String,
}

impl Access {
    /// Goes on only with that scope.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`].
    pub fn need(&self, scope: Scope) -> Result<(), ApiError> {
        if self.scopes.allows(scope) { Ok(()) } else { Err(ApiError::Forbidden) }
    }

    /// The project of that slug or id in this organisation.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] when there is none here.
    pub fn project(&self, database: &Meta, name: &str) -> Result<Project, ApiError> {
        let by_slug = database.project_by_slug(self.organization.id, name)?;
        let found = match by_slug {
            Some(project) => Some(project),
            None => match name.parse::<ProjectId>() {
                Ok(id) => database.project(id)?,
                Err(_) => None,
            },
        };
        found
            .filter(|project| project.organization == self.organization.id)
            .ok_or(ApiError::NotFound)
    }
}

impl Caller {
    /// The person behind the credentials, if there is one.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::Token(grant) => grant.user,
            Self::Person { user, .. } => Some(*user),
        }
    }

    /// The person, who must be there in the flesh: tokens cannot change accounts.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`] for programs.
    pub fn person(&self) -> Result<(UserId, &meta::Secret), ApiError> {
        match self {
            Self::Person { user, session } => Ok((*user, session)),
            Self::Token(_) => Err(ApiError::Forbidden),
        }
    }

    /// Enters the organisation of that slug or id. Blocks.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] when the caller has nothing to do with it, so that nobody learns which
    /// organisations exist; [`ApiError::Forbidden`] when the scope is missing.
    pub fn enter(&self, database: &Meta, name: &str, scope: Scope) -> Result<Access, ApiError> {
        let by_slug = database.organization_by_slug(name)?;
        let organization = match (by_slug, name.parse::<OrganizationId>()) {
            (Some(found), _) => Some(found),
            (None, Ok(id)) => database.organization(id)?,
            (None, Err(_)) => None,
        };
        let access = self.access(database, organization.ok_or(ApiError::NotFound)?)?;
        access.need(scope)?;
        Ok(access)
    }

    /// Enters the organisation with any of these scopes. Blocks.
    ///
    /// # Errors
    /// As [`Caller::enter`].
    pub fn enter_with_any(
        &self,
        database: &Meta,
        name: &str,
        scopes: &[Scope],
    ) -> Result<Access, ApiError> {
        let mut answer = Err(ApiError::Forbidden);
        for scope in scopes {
            answer = self.enter(database, name, *scope);
            if !matches!(answer, Err(ApiError::Forbidden)) {
                break;
            }
        }
        answer
    }

    /// Enters the organisation to make or change releases and what belongs to them. A token made for
    /// continuous integration may do that without any right to projects. Blocks.
    ///
    /// # Errors
    /// As [`Caller::enter`].
    pub fn enter_to_release(&self, database: &Meta, name: &str) -> Result<Access, ApiError> {
        self.enter_with_any(database, name, &[Scope::ProjectReleases, Scope::OrgCi])
    }

    /// Enters the organisation to look at releases and what belongs to them. Blocks.
    ///
    /// # Errors
    /// As [`Caller::enter`].
    pub fn enter_to_see_releases(&self, database: &Meta, name: &str) -> Result<Access, ApiError> {
        let scopes = [Scope::ProjectRead, Scope::ProjectReleases, Scope::OrgCi];
        self.enter_with_any(database, name, &scopes)
    }

    /// What the caller may do in an organisation. Blocks.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] when that is nothing.
    pub fn access(&self, database: &Meta, organization: Organization) -> Result<Access, ApiError> {
        let scopes = match self {
            Self::Token(grant) if grant.organization == organization.id => Some(grant.scopes),
            Self::Token(_) => None,
            Self::Person { user, .. } => {
                database.member(organization.id, *user)?.map(|member| member.role.scopes())
            }
        };
        let scopes = scopes.ok_or(ApiError::NotFound)?;
        let program = match self {
            Self::Token(grant) => grant.name.clone(),
            Self::Person { .. } => String::new(),
        };
        Ok(Access { organization, scopes, user: self.user(), program })
    }
}

impl FromRequestParts<Api> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        if let Some(token) = bearer(&parts.headers)? {
            let grant = api.meta(move |database| database.authenticate_token(&token)).await?;
            return grant.map(Self::Token).ok_or(ApiError::Unknown("Invalid token"));
        }
        let text = cookie(&parts.headers).ok_or(ApiError::Anonymous)?;
        let session = {
            let text = text.clone();
            api.meta(move |database| database.session(&text)).await?
        };
        let session = session.ok_or(ApiError::Unknown("Your session has ended. Log in again."))?;
        let reads = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
        if !reads && !proves(&parts.headers, session.csrf.expose()) {
            return Err(ApiError::Forged);
        }
        Ok(Self::Person { user: session.user, session: meta::Secret::new(text) })
    }
}

/// The token of `Authorization: Bearer …`, if the header is there. Old clients send it as the name of
/// `Authorization: Basic …`, with an empty password.
fn bearer(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(Some(token.trim().to_owned()))
        }
        Some((scheme, pair)) if scheme.eq_ignore_ascii_case("basic") => {
            let pair =
                BASE64.decode(pair.trim()).ok().and_then(|pair| String::from_utf8(pair).ok());
            let token = pair.as_deref().and_then(|pair| pair.strip_suffix(':'));
            token.map(|token| Some(token.to_owned())).ok_or(ApiError::Unknown("Invalid API key"))
        }
        _ => Err(ApiError::Unknown("Invalid token header. Use `Authorization: Bearer TOKEN`.")),
    }
}

/// The session cookie's text.
pub fn cookie(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs =
        all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(name, _)| *name == COOKIE).map(|(_, text)| text.to_owned())
}

/// Whether the request repeats the CSRF token. Takes the same time wherever the texts differ.
fn proves(headers: &HeaderMap, csrf: &str) -> bool {
    let given = headers.get(CSRF_HEADER).map(HeaderValue::as_bytes).unwrap_or_default();
    let differences =
        given.iter().zip(csrf.as_bytes()).fold(0, |sum, (left, right)| sum | (left ^ right));
    given.len() == csrf.len() && differences == 0
}
