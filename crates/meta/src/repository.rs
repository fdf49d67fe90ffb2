//! Repositories: where code lies.

use model::clock::Micros;
use model::id::OrganizationId;
use rusqlite::{Connection, Row, ToSql, params};

use crate::database::Meta;
use crate::error::{MetaError, unique};
use crate::limits;
use crate::page::{Listed, Page, execute, execute_one, listed, row};
use crate::slug::check_name;

/// Longest address, in bytes.
const URL_BYTES_MAX: usize = 1_000;

/// What kind of server a repository lies on: decides what addresses of files and commits look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provider {
    /// GitHub, also on a server of one's own.
    GitHub,
    /// GitLab.
    GitLab,
    /// Gitea and Forgejo.
    Gitea,
    /// Not known.
    Other,
}

impl Provider {
    /// All of them with their names.
    pub const ALL: [(Self, &str); 4] = [
        (Self::GitHub, "github"),
        (Self::GitLab, "gitlab"),
        (Self::Gitea, "gitea"),
        (Self::Other, ""),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }

    /// The one of that name, with or without Sentry's `integrations:` before it; [`Provider::Other`] for
    /// names that are not known.
    pub fn from_name(name: &str) -> Self {
        let name = name.strip_prefix("integrations:").unwrap_or(name);
        let name = if name == "github_enterprise" { "github" } else { name };
        Self::ALL.iter().find(|(_, known)| *known == name).map_or(Self::Other, |(kind, _)| *kind)
    }

    /// What the name of its server tells.
    pub fn of_url(url: &str) -> Self {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let host = rest.split(['/', ':']).next().unwrap_or_default().to_lowercase();
        let has = |word: &str| host.contains(word);
        if has("github") {
            Self::GitHub
        } else if has("gitlab") {
            Self::GitLab
        } else if has("gitea") || has("forgejo") || has("codeberg") {
            Self::Gitea
        } else {
            Self::Other
        }
    }
}

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Its id.
    pub id: u64,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Its name, such as `acme/casino`; unique without regard to case.
    pub name: String,
    /// On what kind of server it lies.
    pub provider: Provider,
    /// Its page, without a slash at the end.
    pub url: Option<String>,
    /// When it was made known.
    pub created: Micros,
    /// Whether it has a webhook.
    pub has_hook: bool,
}

/// What a new repository is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRepository {
    /// Its name.
    pub name: String,
    /// On what kind of server it lies.
    pub provider: Provider,
    /// Its page.
    pub url: Option<String>,
}

const COLUMNS: &str = "SELECT id, organization, name, provider, url, created, hook_hash IS NOT NULL
    FROM repositories";

impl Meta {
    /// Makes a repository known.
    ///
    /// # Errors
    /// [`MetaError::Taken`] when the name is; [`MetaError::Invalid`] when a text cannot be what it is to
    /// be.
    pub fn create_repository(
        &self,
        organization: OrganizationId,
        new: &NewRepository,
    ) -> Result<Repository, MetaError> {
        let now = self.now();
        self.write(|transaction| create(transaction, organization, new, now))
    }

    /// The repositories of an organisation whose name has `contains` in it, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn repositories(
        &self,
        organization: OrganizationId,
        contains: &str,
        page: Page,
    ) -> Result<Listed<Repository>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE organization = :organization AND instr(lower(name), :contains)
             ORDER BY name LIMIT :limit OFFSET :offset"
        );
        let contains = contains.to_lowercase();
        let parameters: [(&str, &dyn ToSql); 2] =
            [(":organization", &organization.0), (":contains", &contains)];
        self.read(|connection| listed(connection, &sql, page, &parameters, read))
    }

    /// The repository of that id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn repository(&self, id: u64) -> Result<Option<Repository>, MetaError> {
        self.read(|connection| by_id(connection, id))
    }

    /// The repository of that name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn repository_by_name(
        &self,
        organization: OrganizationId,
        name: &str,
    ) -> Result<Option<Repository>, MetaError> {
        self.read(|connection| by_name(connection, organization, name))
    }

    /// Changes where a repository lies.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is none; [`MetaError::Taken`] when the name is.
    pub fn change_repository(&self, id: u64, change: &NewRepository) -> Result<(), MetaError> {
        check(change)?;
        self.write(|transaction| {
            let sql = "UPDATE repositories SET name = ?, provider = ?, url = ? WHERE id = ?";
            let values = params![change.name, change.provider.name(), address(change), id];
            let written = transaction.execute(sql, values);
            match unique("repository", &change.name, written)? {
                0 => Err(MetaError::Missing("repository")),
                _ => Ok(()),
            }
        })
    }

    /// Forgets a repository with its commits.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is none.
    pub fn delete_repository(&self, id: u64) -> Result<(), MetaError> {
        self.write(|transaction| {
            let sql = "DELETE FROM repositories WHERE id = ?";
            execute_one(transaction, "repository", sql, [id])
        })
    }
}

pub(crate) fn create(
    connection: &Connection,
    organization: OrganizationId,
    new: &NewRepository,
    now: Micros,
) -> Result<Repository, MetaError> {
    check(new)?;
    let sql = "INSERT INTO repositories (organization, name, provider, url, created)
               SELECT ?1, ?2, ?3, ?4, ?5
               WHERE (SELECT count(*) FROM repositories WHERE organization = ?1) < ?6";
    let values = params![
        organization.0,
        new.name,
        new.provider.name(),
        address(new),
        now.0,
        limits::REPOSITORIES_MAX
    ];
    let written = connection.execute(sql, values);
    if unique("repository", &new.name, written)? == 0 {
        let reason = format!("at most {} repositories", limits::REPOSITORIES_MAX);
        return Err(MetaError::invalid("name", reason));
    }
    let id = connection.last_insert_rowid().unsigned_abs();
    by_id(connection, id)?.ok_or(MetaError::Missing("repository"))
}

/// The repository of that name, which is made known when it is not yet.
pub(crate) fn find_or_create(
    connection: &Connection,
    organization: OrganizationId,
    name: &str,
    now: Micros,
) -> Result<Repository, MetaError> {
    if let Some(found) = by_name(connection, organization, name)? {
        return Ok(found);
    }
    let new = NewRepository { name: name.to_owned(), provider: Provider::Other, url: None };
    create(connection, organization, &new, now)
}

pub(crate) fn by_name(
    connection: &Connection,
    organization: OrganizationId,
    name: &str,
) -> Result<Option<Repository>, MetaError> {
    let sql = format!("{COLUMNS} WHERE organization = ? AND name = ?");
    row(connection, &sql, params![organization.0, name], read)
}

pub(crate) fn by_id(connection: &Connection, id: u64) -> Result<Option<Repository>, MetaError> {
    row(connection, &format!("{COLUMNS} WHERE id = ?"), [id], read)
}

pub(crate) fn by_hook(
    connection: &Connection,
    hash: &[u8; 32],
) -> Result<Option<(Repository, Vec<u8>)>, MetaError> {
    let sql = "SELECT id, organization, name, provider, url, created, 1, hook_pad
               FROM repositories WHERE hook_hash = ?";
    row(connection, sql, [hash], |row| Ok((read(row)?, row.get(7)?)))
}

/// Writes what finds and proves the webhook; `None` takes it away.
pub(crate) fn set_hook(
    connection: &Connection,
    id: u64,
    hook: Option<(&[u8; 32], &[u8; 32])>,
) -> Result<(), MetaError> {
    let sql = "UPDATE repositories SET hook_hash = ?, hook_pad = ? WHERE id = ?";
    let (hash, pad) = hook.unzip();
    match execute(connection, sql, params![hash, pad, id])? {
        0 => Err(MetaError::Missing("repository")),
        _ => Ok(()),
    }
}

fn check(new: &NewRepository) -> Result<(), MetaError> {
    check_name("name", &new.name)?;
    let Some(url) = &new.url else { return Ok(()) };
    check_url("url", url)
}

/// Links lead there, so it must be an address of the web and nothing else.
pub(crate) fn check_url(field: &'static str, url: &str) -> Result<(), MetaError> {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    if !is_web || url.len() > URL_BYTES_MAX || url.chars().any(|c| c.is_control() || c == ' ') {
        return Err(MetaError::invalid(field, "must be an address that begins with https://"));
    }
    Ok(())
}

fn address(new: &NewRepository) -> Option<&str> {
    new.url.as_deref().map(|url| url.trim_end_matches('/').trim_end_matches(".git"))
}

fn read(row: &Row<'_>) -> Result<Repository, rusqlite::Error> {
    Ok(Repository {
        id: row.get(0)?,
        organization: OrganizationId(row.get(1)?),
        name: row.get(2)?,
        provider: Provider::from_name(row.get_ref(3)?.as_str()?),
        url: row.get(4)?,
        created: Micros(row.get(5)?),
        has_hook: row.get(6)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_by_their_names() {
        for (url, provider) in [
            ("https://github.com/acme/casino", Provider::GitHub),
            ("https://github.acme.example/casino", Provider::GitHub),
            ("http://gitlab.acme.example:8080/x", Provider::GitLab),
            ("https://codeberg.org/x/y", Provider::Gitea),
            ("git@github.com:acme/casino", Provider::GitHub),
            ("https://code.acme.example/github", Provider::Other),
        ] {
            assert_eq!(Provider::of_url(url), provider, "{url}");
        }
        assert_eq!(Provider::from_name("integrations:gitlab"), Provider::GitLab);
        assert_eq!(Provider::from_name("svn"), Provider::Other);
    }
}
