//! Members of an organisation, and invitations.

use axum::Json;
use axum::extract::{OriginalUri, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use meta::{Invite, Member, NewInvite, Role, Scope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::organization::ListQuery;
use crate::person::{PersonView, person};
use crate::state::Api;
use crate::time;

/// Before the id of an invitation, so that it is not taken for a member's.
const INVITE_PREFIX: &str = "invite-";

/// A member, or somebody who was invited.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct MemberView {
    pub id: String,
    pub email: String,
    pub name: String,
    pub user: Option<PersonView>,
    pub role: &'static str,
    pub org_role: &'static str,
    pub pending: bool,
    pub expired: bool,
    pub date_created: String,
    pub invite_status: &'static str,
    pub inviter_name: Option<String>,
    /// Where the invited person sets a password. Shown once, to who invites.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invite_link: Option<String>,
    pub teams: Vec<String>,
}

fn member_view(api: &Api, member: &Member) -> Result<MemberView, ApiError> {
    let user = api.database.user(member.user)?;
    Ok(MemberView {
        id: member.id.to_string(),
        email: member.email.clone(),
        name: member.name.clone(),
        user: user.as_ref().map(person),
        role: member.role.name(),
        org_role: member.role.name(),
        pending: false,
        expired: false,
        date_created: time::iso(member.created),
        invite_status: "approved",
        inviter_name: None,
        invite_link: None,
        teams: Vec::new(),
    })
}

fn invite_view(api: &Api, invite: &Invite) -> MemberView {
    MemberView {
        id: format!("{INVITE_PREFIX}{}", invite.id),
        email: invite.email.clone(),
        name: invite.email.clone(),
        user: None,
        role: invite.role.name(),
        org_role: invite.role.name(),
        pending: true,
        expired: invite.expires <= api.clock.now(),
        date_created: time::iso(invite.created),
        invite_status: "approved",
        inviter_name: None,
        invite_link: None,
        teams: Vec::new(),
    }
}

/// The members of an organisation, the invited ones last.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/members/", tag = "members", params(ListQuery,
    ("organization" = String, Path)), responses((status = 200, body = Vec<MemberView>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Query(query): Query<ListQuery>,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<MemberView>>), ApiError> {
    let page = query.page()?;
    let contains = query.query.unwrap_or_default();
    let (rows, more) = api
        .blocking(move |api| {
            let access = caller.enter(&api.database, &organization, Scope::MemberRead)?;
            let found = api.database.members(access.organization.id, &contains, page.into())?;
            let rows: Result<Vec<MemberView>, ApiError> =
                found.rows.iter().map(|member| member_view(api, member)).collect();
            let mut rows = rows?;
            if !found.more && contains.is_empty() && access.scopes.allows(Scope::MemberInvite) {
                let invites = api.database.invites(access.organization.id, meta::Page::FIRST)?.rows;
                rows.extend(invites.iter().map(|invite| invite_view(api, invite)));
            }
            Ok((rows, found.more))
        })
        .await?;
    Ok((page.link(&api.public_url, &uri, more), Json(rows)))
}

/// Somebody to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberNew {
    /// Their address.
    email: String,
    /// owner, manager, admin, member, auditor, billing.
    #[serde(alias = "role", alias = "org_role")]
    org_role: Option<String>,
}

fn role(name: Option<&str>) -> Result<Role, ApiError> {
    let name = name.unwrap_or("member");
    Role::from_name(name)
        .ok_or_else(|| ApiError::field("orgRole", format!("\"{name}\" is not a valid choice.")))
}

/// Nobody hands out what they do not have.
fn may_give(access: &Access, role: Role) -> Result<(), ApiError> {
    if role.scopes().within(access.scopes) { Ok(()) } else { Err(ApiError::Forbidden) }
}

/// Invites somebody: the answer has the link to send to them.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/members/", tag = "members",
    params(("organization" = String, Path)), request_body = MemberNew,
    responses((status = 201, body = MemberView), (status = 409)))]
pub async fn invite(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Json(new): Json<MemberNew>,
) -> Result<(StatusCode, Json<MemberView>), ApiError> {
    let made = api.blocking(move |api| {
        let access = caller.enter(&api.database, &organization, Scope::MemberInvite)?;
        let role = role(new.org_role.as_deref())?;
        may_give(&access, role)?;
        let new = NewInvite {
            organization: access.organization.id,
            email: new.email,
            role,
            inviter: access.user,
        };
        let (invite, secret) = api.database.create_invite(&new)?;
        let mut view = invite_view(api, &invite);
        view.invite_link = Some(format!("{}/invite/{}", api.public_url, secret.expose()));
        Ok(view)
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}

fn find(api: &Api, access: &Access, name: &str) -> Result<Member, ApiError> {
    let found = match (name, access.user) {
        ("me", Some(user)) => api.database.member(access.organization.id, user)?,
        _ => api.database.member_by_id(name.parse().or(Err(ApiError::NotFound))?)?,
    };
    found.filter(|member| member.organization == access.organization.id).ok_or(ApiError::NotFound)
}

/// One member; `me` is the caller.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/members/{member}/", tag = "members",
    params(("organization" = String, Path), ("member" = String, Path)), responses((status = 200, body = MemberView)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, member)): Path<(String, String)>,
) -> Result<Json<MemberView>, ApiError> {
    let shown = api.blocking(move |api| {
        let access = caller.enter(&api.database, &organization, Scope::MemberRead)?;
        member_view(api, &find(api, &access, &member)?)
    });
    Ok(Json(shown.await?))
}

/// What can be changed of a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberChange {
    /// Their new role.
    #[serde(alias = "role", alias = "org_role")]
    org_role: Option<String>,
}

/// Gives a member another role.
#[utoipa::path(put, path = "/api/0/organizations/{organization}/members/{member}/", tag = "members",
    params(("organization" = String, Path), ("member" = String, Path)), request_body = MemberChange,
    responses((status = 200, body = MemberView), (status = 403)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, member)): Path<(String, String)>,
    Json(body): Json<MemberChange>,
) -> Result<Json<MemberView>, ApiError> {
    let shown = api.blocking(move |api| {
        let access = caller.enter(&api.database, &organization, Scope::MemberWrite)?;
        let member = find(api, &access, &member)?;
        let role = role(body.org_role.as_deref())?;
        may_give(&access, role)?;
        may_give(&access, member.role)?;
        api.database.set_role(access.organization.id, member.user, role)?;
        member_view(api, &Member { role, ..member })
    });
    Ok(Json(shown.await?))
}

/// Takes a member out, or an invitation back.
#[utoipa::path(delete, path = "/api/0/organizations/{organization}/members/{member}/", tag = "members",
    params(("organization" = String, Path), ("member" = String, Path)), responses((status = 204)))]
pub async fn remove(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, member)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let access = caller.enter(&api.database, &organization, Scope::MemberAdmin)?;
        if let Some(invite) = member.strip_prefix(INVITE_PREFIX) {
            let id = invite.parse().or(Err(ApiError::NotFound))?;
            return Ok(api.database.delete_invite(access.organization.id, id)?);
        }
        let member = find(api, &access, &member)?;
        may_give(&access, member.role)?;
        Ok(api.database.remove_member(access.organization.id, member.user)?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
