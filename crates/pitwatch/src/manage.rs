//! Commands that change or show what is in the data folder. They work beside a running server, which
//! takes changes over within a second.

use std::fmt::Write as _;
use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Arc;

use alarm::Alarms;
use anyhow::{Context, bail};
use meta::{Meta, NewProject, NewToken, Organization, Page, Role, Scopes};
use model::clock::{Clock as _, MachineClock};

use crate::command::{Project, Token, User};
use crate::settings::kind::Kind;
use crate::settings::{Draft, Settings};
use crate::{provisioning, serve};

/// Writes to standard output.
///
/// # Errors
/// When nobody takes it.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// `pitwatch settings`
///
/// # Errors
/// When nobody takes the output.
pub fn settings(draft: &Draft) -> anyhow::Result<()> {
    let mut text = String::new();
    for (definition, written) in draft.written() {
        let value = match definition.kind {
            _ if written.text.is_empty() => "(none)",
            Kind::Secret => "(set, not shown)",
            _ => &written.text,
        };
        writeln!(text, "{:<22} {value:<28} {}", definition.name, written.source)?;
    }
    print(&text)
}

/// `pitwatch provision`
///
/// # Errors
/// When the file does not make sense or the database cannot be changed.
pub fn provision(settings: &Settings, file: &Path) -> anyhow::Result<()> {
    let asked = provisioning::read(file)?;
    let meta = open(settings)?;
    let alarms = Alarms::open(&settings.data.join(serve::ALARM_DATABASE))?;
    let now = MachineClock::default().now();
    let changes = provisioning::apply((&meta, &alarms), &asked, (file, now))?;
    if changes.is_empty() {
        return print("nothing to change\n");
    }
    print(&(changes.join("\n") + "\n"))
}

/// `pitwatch user …`
///
/// # Errors
/// When the person or organisation is not there, or the database cannot be changed.
pub fn user(settings: &Settings, action: User) -> anyhow::Result<()> {
    let meta = open(settings)?;
    match action {
        User::Add { email, org, role, password_stdin } => {
            let organization = organization(&meta, &org)?;
            let role =
                Role::from_name(&role).with_context(|| format!("there is no role `{role}`"))?;
            let (user, password) = if let Some(user) = meta.user_by_email(&email)? {
                (user, None)
            } else {
                let password = password(password_stdin)?;
                (meta.create_user(&email, &email, Some(&password))?, Some(password))
            };
            meta.add_member(organization.id, user.id, role)?;
            match password.filter(|_| !password_stdin) {
                Some(password) => {
                    print(&format!("{email} is {} of {org}\npassword: {password}\n", role.name()))
                }
                None => print(&format!("{email} is {} of {org}\n", role.name())),
            }
        }
        User::List { org } => {
            let organization = organization(&meta, &org)?;
            let members = meta.members(organization.id, "", Page::FIRST)?.rows;
            let mut text = String::new();
            for member in members {
                writeln!(text, "{:<10} {}", member.role.name(), member.email)?;
            }
            print(&text)
        }
        User::Password { email, password_stdin } => {
            let user = meta
                .user_by_email(&email)?
                .with_context(|| format!("there is nobody with the address {email}"))?;
            let password = password(password_stdin)?;
            meta.set_password(user.id, &password)?;
            meta.end_other_sessions(user.id, "")?;
            if password_stdin { print("done\n") } else { print(&format!("password: {password}\n")) }
        }
    }
}

/// `pitwatch token …`
///
/// # Errors
/// When a scope or the organisation is not there, or the database cannot be changed.
pub fn token(settings: &Settings, action: Token) -> anyhow::Result<()> {
    let meta = open(settings)?;
    match action {
        Token::Create { name, org, scopes } => {
            let organization = organization(&meta, &org)?.id;
            let scopes = Scopes::parse(scopes.iter().map(String::as_str))
                .map_err(|name| anyhow::anyhow!("there is no scope `{name}`"))?;
            let new = NewToken { organization, user: None, name, scopes, expires: None };
            let (_, secret) = meta.create_token(&new)?;
            print(&format!("{}\n", secret.expose()))
        }
        Token::List { org } => {
            let organization = organization(&meta, &org)?;
            let tokens = meta.tokens(organization.id, None, Page::FIRST)?.rows;
            let line = |token: &meta::Token| {
                format!(
                    "{:<4} {:<20} …{}  {}\n",
                    token.id,
                    token.name,
                    token.tail,
                    token.scopes.names().join(" ")
                )
            };
            print(&tokens.iter().map(line).collect::<String>())
        }
        Token::Revoke { id, org } => {
            let organization = organization(&meta, &org)?;
            let token = meta.token(id)?.filter(|token| token.organization == organization.id);
            if token.is_none() {
                bail!("organisation {org} has no token {id}");
            }
            meta.delete_token(id)?;
            print("done\n")
        }
    }
}

/// `pitwatch project …`
///
/// # Errors
/// When the project or organisation is not there, or the database cannot be changed.
pub fn project(settings: &Settings, action: Project) -> anyhow::Result<()> {
    let meta = open(settings)?;
    match action {
        Project::Create { slug, org, platform } => {
            let organization = organization(&meta, &org)?;
            let new = NewProject {
                id: None,
                name: slug.clone(),
                slug,
                platform,
                team: None,
                public_key: None,
            };
            let project = meta.create_project(organization.id, &new)?;
            print_dsn(&meta, settings, &project)
        }
        Project::List { org } => {
            let organization = organization(&meta, &org)?;
            let projects = meta.projects(organization.id, Page::FIRST)?.rows;
            let line = |project: &meta::Project| {
                format!("{:<6} {:<24} {}\n", project.id, project.slug, project.platform)
            };
            print(&projects.iter().map(line).collect::<String>())
        }
        Project::Dsn { slug, org } => {
            let organization = organization(&meta, &org)?;
            let project = meta.project_by_slug(organization.id, &slug)?;
            let project =
                project.with_context(|| format!("organisation {org} has no project {slug}"))?;
            print_dsn(&meta, settings, &project)
        }
    }
}

fn print_dsn(meta: &Meta, settings: &Settings, project: &meta::Project) -> anyhow::Result<()> {
    let keys = meta.keys(project.id, Page::FIRST)?.rows;
    let key = keys.iter().find(|key| key.active).context("the project has no active key")?;
    print(&format!("{}\n", api::key::public_dsn(&settings.public_url, &key.public, project.id)))
}

fn open(settings: &Settings) -> anyhow::Result<Meta> {
    serve::open_meta(&settings.data, Arc::new(MachineClock::default()))
}

fn organization(meta: &Meta, slug: &str) -> anyhow::Result<Organization> {
    let found = meta.organization_by_slug(slug)?;
    found.with_context(|| format!("there is no organisation {slug}; name another with --org"))
}

/// A password from the first line of standard input, or a random one.
fn password(from_stdin: bool) -> anyhow::Result<String> {
    if !from_stdin {
        return Ok(meta::random_password().expose().to_owned());
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("reading the password")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
