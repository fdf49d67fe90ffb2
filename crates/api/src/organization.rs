//! Organisations, and what the root of the API says about the caller.

use axum::Json;
use axum::extract::{OriginalUri, Path, Query, State};
use axum::http::HeaderMap;
use meta::{Meta, Organization, Scope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::page::Page;
use crate::person::{PersonView, person};
use crate::project::{ProjectView, view as project_view};
use crate::state::Api;
use crate::team::{TeamView, view as team_view};
use crate::time;

/// Position in a list.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// From the `Link` header of the page before.
    pub cursor: Option<String>,
    /// Rows to answer; at most 100.
    pub per_page: Option<usize>,
    /// Only rows that have this in their name.
    pub query: Option<String>,
}

impl ListQuery {
    /// The page asked for.
    ///
    /// # Errors
    /// When the cursor is not one.
    pub fn page(&self) -> Result<Page, ApiError> {
        Page::read(self.cursor.as_deref(), self.per_page, 100)
    }
}

/// An id with the same text as name, as Sentry writes states.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Named {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// Where an organisation's pages are.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationLinks {
    /// Its first page.
    pub organization_url: String,
    /// Always empty: there are no regions.
    pub region_url: String,
}

/// A picture made of letters.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Avatar {
    /// Always `letter_avatar`.
    pub avatar_type: &'static str,
    /// Always `null`.
    pub avatar_uuid: Option<String>,
}

impl Avatar {
    /// The only kind there is.
    pub const LETTERS: Self = Self { avatar_type: "letter_avatar", avatar_uuid: None };
}

/// An organisation.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, clippy::struct_excessive_bools, reason = "the shape is Sentry's")]
pub struct OrganizationView {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub status: Named,
    pub date_created: String,
    pub is_early_adopter: bool,
    #[serde(rename = "require2FA")]
    pub require_2fa: bool,
    pub require_email_verification: bool,
    pub avatar: Avatar,
    pub features: Vec<&'static str>,
    pub links: OrganizationLinks,
    pub has_auth_provider: bool,
    pub allow_member_invite: bool,
    pub allow_member_project_creation: bool,
    pub allow_superuser_access: bool,
}

/// An organisation with what belongs to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationDetail {
    /// The organisation.
    #[serde(flatten)]
    pub summary: OrganizationView,
    /// Scopes the caller has here.
    pub access: Vec<&'static str>,
    /// The caller's role, when it is a person.
    pub role: Option<&'static str>,
    /// The same under its newer name.
    pub org_role: Option<&'static str>,
    /// Its teams; none for those who may only release.
    pub teams: Vec<TeamView>,
    /// Its projects; none for those who may only release.
    pub projects: Vec<ProjectView>,
    /// The role invited people get unless another is said.
    pub default_role: &'static str,
}

/// Who asks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuthView {
    /// What the token allows.
    pub scopes: Vec<&'static str>,
}

/// The root of the API.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RootView {
    /// Version of the API.
    pub version: &'static str,
    /// The token, when one was used.
    pub auth: Option<AuthView>,
    /// The person, when there is one behind the credentials.
    pub user: Option<PersonView>,
}

/// An organisation as the API shows it.
pub fn view(api: &Api, organization: &Organization) -> OrganizationView {
    OrganizationView {
        id: organization.id.to_string(),
        slug: organization.slug.clone(),
        name: organization.name.clone(),
        status: Named { id: "active".into(), name: "active".into() },
        date_created: time::iso(organization.created),
        is_early_adopter: false,
        require_2fa: false,
        require_email_verification: false,
        avatar: Avatar::LETTERS,
        features: vec!["event-attachments", "discover-basic", "issue-views"],
        links: OrganizationLinks {
            organization_url: format!("{}/{}", api.public_url, organization.slug),
            region_url: String::new(),
        },
        has_auth_provider: false,
        allow_member_invite: true,
        allow_member_project_creation: false,
        allow_superuser_access: false,
    }
}

/// What the caller's credentials are.
#[utoipa::path(get, path = "/api/0/", tag = "organizations", responses((status = 200, body = RootView)))]
pub async fn root(State(api): State<Api>, caller: Caller) -> Result<Json<RootView>, ApiError> {
    let auth = match &caller {
        Caller::Token(grant) => Some(AuthView { scopes: grant.scopes.names() }),
        Caller::Person { .. } => None,
    };
    let user = match caller.user() {
        Some(id) => api.meta(move |database| database.user(id)).await?.as_ref().map(person),
        None => None,
    };
    Ok(Json(RootView { version: "0", auth, user }))
}

/// The organisations the caller may see.
#[utoipa::path(get, path = "/api/0/organizations/", tag = "organizations", params(ListQuery),
    responses((status = 200, body = Vec<OrganizationView>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<ListQuery>,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<OrganizationView>>), ApiError> {
    let page = query.page()?;
    let found = api.blocking(move |api| visible(&api.database, &caller)).await?;
    let more = found.len() > page.offset.saturating_add(page.limit);
    let shown = found.iter().skip(page.offset).take(page.limit);
    let rows = shown.map(|access| view(&api, &access.organization)).collect();
    Ok((page.link(&api.public_url, &uri, more), Json(rows)))
}

/// Every organisation the caller has to do with. Blocks.
pub fn visible(database: &Meta, caller: &Caller) -> Result<Vec<Access>, ApiError> {
    let ids = match caller {
        Caller::Token(grant) => vec![grant.organization],
        Caller::Person { user, .. } => {
            database.memberships(*user)?.iter().map(|member| member.organization).collect()
        }
    };
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(organization) = database.organization(id)? {
            found.push(caller.access(database, organization)?);
        }
    }
    Ok(found)
}

/// One organisation.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/", tag = "organizations",
    params(("organization" = String, Path, description = "slug or id")),
    responses((status = 200, body = OrganizationDetail), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<OrganizationDetail>, ApiError> {
    let detail = api.blocking(move |api| {
        // Bundler plugins ask for the organisation first, with a token that may only release.
        let scopes = [Scope::OrgRead, Scope::ProjectReleases, Scope::OrgCi];
        let access = caller.enter_with_any(&api.database, &name, &scopes)?;
        read_detail(api, &access)
    });
    Ok(Json(detail.await?))
}

fn read_detail(api: &Api, access: &Access) -> Result<OrganizationDetail, ApiError> {
    let database = &api.database;
    let id = access.organization.id;
    let role = match access.user {
        Some(user) => database.member(id, user)?.map(|member| member.role.name()),
        None => None,
    };
    let (mut teams, mut projects) = (Vec::new(), Vec::new());
    if access.scopes.allows(Scope::OrgRead) {
        teams = database.teams(id, meta::Page::FIRST)?.rows;
        projects = database.projects(id, meta::Page::FIRST)?.rows;
    }
    let projects: Result<Vec<ProjectView>, ApiError> =
        projects.iter().map(|project| project_view(api, access, project)).collect();
    Ok(OrganizationDetail {
        summary: view(api, &access.organization),
        access: access.scopes.names(),
        role,
        org_role: role,
        teams: teams.iter().map(|team| team_view(access, team)).collect(),
        projects: projects?,
        default_role: "member",
    })
}

/// What can be changed of an organisation.
#[derive(Debug, Deserialize, ToSchema)]
pub struct OrganizationChange {
    /// Its name for people.
    name: Option<String>,
}

/// Changes an organisation.
#[utoipa::path(put, path = "/api/0/organizations/{organization}/", tag = "organizations",
    params(("organization" = String, Path, description = "slug or id")), request_body = OrganizationChange,
    responses((status = 200, body = OrganizationDetail), (status = 403), (status = 404)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path(name): Path<String>,
    Json(change): Json<OrganizationChange>,
) -> Result<Json<OrganizationDetail>, ApiError> {
    let detail = api.blocking(move |api| {
        let mut access = caller.enter(&api.database, &name, Scope::OrgWrite)?;
        if let Some(name) = change.name {
            api.database.rename_organization(
                access.organization.id,
                &access.organization.slug,
                &name,
            )?;
            access.organization.name = name;
        }
        read_detail(api, &access)
    });
    Ok(Json(detail.await?))
}
