//! People as the API shows them.

use meta::User;
use serde::Serialize;
use utoipa::ToSchema;

use crate::organization::Avatar;
use crate::time;

/// A person.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, clippy::struct_excessive_bools, reason = "the shape is Sentry's")]
pub struct PersonView {
    pub id: String,
    pub name: String,
    pub username: String,
    pub email: String,
    pub avatar_url: String,
    pub avatar: Avatar,
    pub is_active: bool,
    pub is_suspended: bool,
    pub has_password_auth: bool,
    pub is_managed: bool,
    pub date_joined: String,
    pub last_login: Option<String>,
    pub last_active: Option<String>,
    pub has2fa: bool,
    pub is_superuser: bool,
    pub is_staff: bool,
    pub emails: Vec<Email>,
}

/// An address of a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct Email {
    pub id: String,
    pub email: String,
    pub is_verified: bool,
}

/// Whom an issue is assigned to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Actor {
    /// `user` or `team`.
    pub r#type: &'static str,
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Their address, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// A person as the API shows them.
pub fn person(user: &User) -> PersonView {
    PersonView {
        id: user.id.to_string(),
        name: user.name.clone(),
        username: user.email.clone(),
        email: user.email.clone(),
        avatar_url: String::new(),
        avatar: Avatar::LETTERS,
        is_active: user.active,
        is_suspended: false,
        has_password_auth: user.has_password,
        is_managed: false,
        date_joined: time::iso(user.created),
        last_login: user.last_login.map(time::iso),
        last_active: user.last_login.map(time::iso),
        has2fa: false,
        is_superuser: false,
        is_staff: false,
        emails: vec![Email {
            id: user.id.to_string(),
            email: user.email.clone(),
            is_verified: true,
        }],
    }
}

impl Actor {
    /// A person.
    pub fn user(user: &User) -> Self {
        Self {
            r#type: "user",
            id: user.id.to_string(),
            name: user.name.clone(),
            email: Some(user.email.clone()),
        }
    }

    /// A team.
    pub fn team(team: &meta::Team) -> Self {
        Self { r#type: "team", id: team.id.to_string(), name: team.slug.clone(), email: None }
    }
}
