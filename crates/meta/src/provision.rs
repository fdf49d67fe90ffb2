//! Organisations, projects, people and tokens from a file. Applying a file twice changes nothing.
//!
//! Source: section 4 of the design: the file's shape is a contract.

use std::collections::BTreeMap;
use std::fmt;

use model::clock::Micros;
use model::id::{OrganizationId, ProjectId};
use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::Value;

use crate::database::Meta;
use crate::error::MetaError;
use crate::page::{Page, execute, row};
use crate::password::{check_hash, verify_password};
use crate::project::NewProject;
use crate::scope::{Role, Scopes};
use crate::secret::{Secret, random_password};
use crate::token::NewToken;
use crate::{key, member, organization, project, token, user};

/// A provisioning file.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvisionFile {
    /// The organisations it asks for.
    #[serde(default, rename = "organization")]
    pub organizations: Vec<ProvisionOrganization>,
}

/// An organisation in the file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvisionOrganization {
    /// Its name in URLs; which organisation it is.
    pub slug: String,
    /// Its name for people; the slug when absent.
    pub name: Option<String>,
    /// Its projects.
    #[serde(default, rename = "project")]
    pub projects: Vec<ProvisionProject>,
    /// Its members.
    #[serde(default, rename = "member")]
    pub members: Vec<ProvisionMember>,
    /// Its tokens.
    #[serde(default, rename = "token")]
    pub tokens: Vec<ProvisionToken>,
}

/// A project in the file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvisionProject {
    /// Assigned when absent.
    pub id: Option<u64>,
    /// Its name in URLs; which project it is.
    pub slug: String,
    /// Its name for people; the slug when absent.
    pub name: Option<String>,
    /// `python`, `javascript-react`, …
    #[serde(default)]
    pub platform: String,
    /// Generated when absent.
    pub public_key: Option<String>,
    /// Its rules about issues, in a form that others read; `None` when the file says nothing of them.
    #[serde(rename = "alert")]
    pub alerts: Option<Vec<BTreeMap<String, Value>>>,
    /// Its rules about numbers; kept elsewhere.
    #[serde(default, rename = "metric_alert")]
    pub metric_alerts: Vec<BTreeMap<String, Value>>,
    /// Its monitors of cron jobs; kept elsewhere.
    #[serde(default, rename = "monitor")]
    pub monitors: Vec<BTreeMap<String, Value>>,
    /// Its uptime checks; kept elsewhere.
    #[serde(default, rename = "uptime")]
    pub uptimes: Vec<BTreeMap<String, Value>>,
}

/// A member in the file.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvisionMember {
    /// Their address; which person it is.
    pub email: String,
    /// Their name; the address when absent.
    pub name: Option<String>,
    /// Their password.
    pub password: Option<String>,
    /// Or its Argon2id hash.
    pub password_hash: Option<String>,
    /// What they are; `member` when absent.
    pub role: Option<String>,
}

/// A token in the file.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvisionToken {
    /// Its name for people.
    pub name: String,
    /// Its text; which token it is.
    pub token: String,
    /// What it allows.
    pub scopes: Vec<String>,
}

impl fmt::Debug for ProvisionMember {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ProvisionMember").field("email", &self.email).finish_non_exhaustive()
    }
}

impl fmt::Debug for ProvisionToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ProvisionToken").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// It is not TOML of the right shape; the text says where.
    #[error("the provisioning file is not right: {0}")]
    Shape(String),
}

impl ProvisionFile {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// [`ProvisionError::Shape`] with line and reason, without the line's text, which may be a
    /// password.
    pub fn parse(text: &str) -> Result<Self, ProvisionError> {
        toml::from_str(text).map_err(|cause: toml::de::Error| {
            let place = cause.span().map_or(0, |span| span.start);
            let line = text.bytes().take(place).filter(|byte| *byte == b'\n').count() + 1;
            ProvisionError::Shape(format!("line {line}: {}", cause.message()))
        })
    }
}

/// What applying a file changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProvisionReport {
    /// One line per thing that was created or changed; none when all was as the file says.
    pub changes: Vec<String>,
}

/// What a newcomer needs: shown once, when the database was empty.
#[derive(Debug, Clone)]
pub struct FirstLogin {
    /// What to log in with.
    pub email: String,
    /// What to log in with.
    pub password: Secret,
    /// The project to send to.
    pub project: ProjectId,
    /// The key to send with.
    pub public_key: String,
}

struct Step<'a> {
    transaction: &'a Transaction<'a>,
    now: Micros,
    changes: Vec<String>,
}

impl Meta {
    /// Makes the database have what the file asks for, as a whole or not at all. Nothing is deleted.
    ///
    /// # Errors
    /// The first thing that breaks a rule or is taken by another.
    pub fn provision(&self, file: &ProvisionFile) -> Result<ProvisionReport, MetaError> {
        let now = self.now();
        let _one_at_a_time = self.hashing();
        self.write_directory(|transaction| {
            let mut step = Step { transaction, now, changes: Vec::new() };
            for asked in &file.organizations {
                step.organization(asked)?;
            }
            Ok(ProvisionReport { changes: step.changes })
        })
    }

    /// Gives an empty database an organisation, a project and an owner; `None` when it is not empty.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn bootstrap(&self) -> Result<Option<FirstLogin>, MetaError> {
        if !self.organizations(Page::FIRST)?.rows.is_empty() {
            return Ok(None);
        }
        let (email, password) = ("owner@example.com".to_owned(), random_password());
        let hash = self.hash(password.expose())?;
        let now = self.now();
        self.write_directory(|transaction| {
            let organization = organization::create(transaction, "default", "Default", now)?;
            let owner = user::create(transaction, &email, "Owner", Some(&hash), now)?;
            member::add(transaction, organization.id, owner.id, Role::Owner, now)?;
            let new = NewProject {
                slug: "default".to_owned(),
                name: "Default".to_owned(),
                ..NewProject::default()
            };
            let project = project::create(transaction, organization.id, &new, now)?;
            let sql = "SELECT public FROM keys WHERE project = ?";
            let public_key = row(transaction, sql, [project.id.0], |row| row.get(0))?;
            let public_key = public_key.ok_or(MetaError::Missing("key"))?;
            Ok(Some(FirstLogin { email, password, project: project.id, public_key }))
        })
    }
}

impl Step<'_> {
    fn note(&mut self, what: &str, name: &str, verb: &str) {
        self.changes.push(format!("{what} {name}: {verb}"));
    }

    fn organization(&mut self, asked: &ProvisionOrganization) -> Result<(), MetaError> {
        let name = asked.name.as_deref().unwrap_or(&asked.slug);
        let found = organization::by_slug(self.transaction, &asked.slug)?;
        let organization = match found {
            None => {
                self.note("organization", &asked.slug, "created");
                organization::create(self.transaction, &asked.slug, name, self.now)?.id
            }
            Some(found) => {
                if asked.name.as_ref().is_some_and(|name| *name != found.name) {
                    crate::slug::check_name("name", name)?;
                    let sql = "UPDATE organizations SET name = ? WHERE id = ?";
                    execute(self.transaction, sql, rusqlite::params![name, found.id.0])?;
                    self.note("organization", &asked.slug, "renamed");
                }
                found.id
            }
        };
        asked.projects.iter().try_for_each(|asked| self.project(organization, asked))?;
        asked.members.iter().try_for_each(|asked| self.member(organization, asked))?;
        asked.tokens.iter().try_for_each(|asked| self.token(organization, asked))
    }

    fn project(
        &mut self,
        organization: OrganizationId,
        asked: &ProvisionProject,
    ) -> Result<(), MetaError> {
        let name = asked.name.as_deref().unwrap_or(&asked.slug);
        let Some(found) = project::by_slug(self.transaction, organization, &asked.slug)? else {
            let new = NewProject {
                id: asked.id.map(ProjectId),
                slug: asked.slug.clone(),
                name: name.to_owned(),
                platform: asked.platform.clone(),
                team: None,
                public_key: asked.public_key.clone(),
            };
            project::create(self.transaction, organization, &new, self.now)?;
            self.note("project", &asked.slug, "created");
            return Ok(());
        };
        if asked.id.is_some_and(|id| id != found.id.0) {
            let reason = format!("project {} has id {} already", asked.slug, found.id);
            return Err(MetaError::invalid("id", reason));
        }
        let name = asked.name.as_deref().unwrap_or(&found.name);
        let platform = if asked.platform.is_empty() { &found.platform } else { &asked.platform };
        if project::set_platform(self.transaction, found.id, name, platform)? > 0 {
            self.note("project", &asked.slug, "changed");
        }
        let Some(public) = &asked.public_key else { return Ok(()) };
        let sql = "SELECT project FROM keys WHERE public = ?";
        let owner: Option<u64> = row(self.transaction, sql, [public], |row| row.get(0))?;
        if owner != Some(found.id.0) {
            key::create(self.transaction, found.id, "Provisioned", Some(public), self.now)?;
            self.note("key", public, "created");
        }
        Ok(())
    }

    fn member(
        &mut self,
        organization: OrganizationId,
        asked: &ProvisionMember,
    ) -> Result<(), MetaError> {
        let role = asked.role.as_deref().unwrap_or("member");
        let role = Role::from_name(role)
            .ok_or_else(|| MetaError::invalid("role", format!("{role} is not a role")))?;
        let user = if let Some(user) = user::by_email(self.transaction, &asked.email)? {
            if self.change_password(user.id.0, asked)? {
                self.note("password", &asked.email, "changed");
            }
            user
        } else {
            let hash = new_hash(asked)?;
            let name = asked.name.as_deref().unwrap_or_default();
            self.note("user", &asked.email, "created");
            user::create(self.transaction, &asked.email, name, hash.as_deref(), self.now)?
        };
        if member::find(self.transaction, organization, user.id)?.is_none() {
            member::add(self.transaction, organization, user.id, role, self.now)?;
            self.note("member", &asked.email, "added");
        } else if member::set_role(self.transaction, organization, user.id, role)? {
            self.note("member", &asked.email, "given another role");
        }
        Ok(())
    }

    /// A hash is never the same twice, so a password is compared by verifying it.
    fn change_password(&self, user: u64, asked: &ProvisionMember) -> Result<bool, MetaError> {
        let sql = "SELECT password_hash FROM users WHERE id = ?";
        let current: Option<Option<String>> = row(self.transaction, sql, [user], |row| row.get(0))?;
        let current = current.flatten();
        let same = match (&asked.password, &asked.password_hash) {
            (None, None) => true,
            (Some(password), _) => verify_password(password, current.as_deref()),
            (None, Some(hash)) => current.as_ref() == Some(hash),
        };
        if same {
            return Ok(false);
        }
        let sql = "UPDATE users SET password_hash = ? WHERE id = ?";
        execute(self.transaction, sql, rusqlite::params![new_hash(asked)?, user])?;
        execute(self.transaction, "DELETE FROM sessions WHERE user = ?", [user])?;
        Ok(true)
    }

    fn token(
        &mut self,
        organization: OrganizationId,
        asked: &ProvisionToken,
    ) -> Result<(), MetaError> {
        let scopes = Scopes::parse(asked.scopes.iter().map(String::as_str));
        let scopes = scopes
            .map_err(|name| MetaError::invalid("scopes", format!("{name} is not a scope")))?;
        let Some(found) = token::by_text(self.transaction, &asked.token)? else {
            let new = NewToken {
                organization,
                user: None,
                name: asked.name.clone(),
                scopes,
                expires: None,
            };
            token::create(self.transaction, &new, &Secret::new(&asked.token), self.now)?;
            self.note("token", &asked.name, "created");
            return Ok(());
        };
        if found.organization != organization {
            return Err(MetaError::Taken { what: "token", name: asked.name.clone() });
        }
        if found.scopes != scopes || found.name != asked.name {
            let sql = "UPDATE tokens SET scopes = ?, name = ? WHERE id = ?";
            let values = rusqlite::params![scopes.to_text(), asked.name, found.id];
            execute(self.transaction, sql, values)?;
            self.note("token", &asked.name, "changed");
        }
        Ok(())
    }
}

fn new_hash(asked: &ProvisionMember) -> Result<Option<String>, MetaError> {
    match (&asked.password, &asked.password_hash) {
        (Some(password), _) => crate::password::hash_password(password).map(Some),
        (None, Some(hash)) => check_hash(hash).map(|()| Some(hash.clone())),
        (None, None) => Ok(None),
    }
}
