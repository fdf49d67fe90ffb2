//! API tokens: what programs show instead of a password.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use model::clock::Micros;
use model::id::{OrganizationId, UserId};
use rusqlite::{Connection, Row, params};

use crate::clock_time::{MINUTE, before};
use crate::database::Meta;
use crate::error::{MetaError, to_json, unique};
use crate::member;
use crate::page::{Listed, Page, execute, execute_one, listed, row};
use crate::scope::Scopes;
use crate::secret::{Secret, fingerprint, random_bytes};
use crate::slug::check_name;

/// What every token we make begins with, so that scanners find leaked ones.
const PREFIX: &str = "pwt_";
/// What tokens for builds begin with. Source: sentry-cli, which reads address and organisation from them.
const BUILD_PREFIX: &str = "sntrys_";
/// Longest token, in bytes: those for builds carry an address.
const TOKEN_BYTES_MAX: usize = 1_024;
/// How stale `last_used` may be, so that a busy token is not a write per request.
const LAST_USED_MICROS: u64 = 5 * MINUTE;

/// A token as it can be listed: without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: u64,
    /// Where it is valid.
    pub organization: OrganizationId,
    /// Whose it is; `None` for tokens of the organisation itself.
    pub user: Option<UserId>,
    /// Its name for people.
    pub name: String,
    /// Its last four characters.
    pub tail: String,
    /// What it allows.
    pub scopes: Scopes,
    /// When it was created.
    pub created: Micros,
    /// When it ends.
    pub expires: Option<Micros>,
    /// When it was used, to five minutes.
    pub last_used: Option<Micros>,
}

/// What a new token is to be.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Where it is valid.
    pub organization: OrganizationId,
    /// Whose it is; `None` for tokens of the organisation itself.
    pub user: Option<UserId>,
    /// Its name for people.
    pub name: String,
    /// What it allows.
    pub scopes: Scopes,
    /// When it ends.
    pub expires: Option<Micros>,
}

/// What a request with a valid token may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenGrant {
    /// The token's id.
    pub token: u64,
    /// What people call the token.
    pub name: String,
    /// Where it is valid.
    pub organization: OrganizationId,
    /// Whose it is.
    pub user: Option<UserId>,
    /// What it allows: never more than its owner's role does now.
    pub scopes: Scopes,
}

const COLUMNS: &str =
    "SELECT id, organization, user, name, tail, scopes, created, expires, last_used
    FROM tokens";

impl Meta {
    /// Creates a token. Its text is answered this once and never again.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] when the name is.
    pub fn create_token(&self, new: &NewToken) -> Result<(Token, Secret), MetaError> {
        let secret = Secret::random(PREFIX);
        let now = self.now();
        let token = self.write(|transaction| create(transaction, new, &secret, now))?;
        Ok((token, secret))
    }

    /// Creates a token that tells programs of builds where it is valid: on the server at `url`, in the
    /// organisation of that slug. Its text is answered this once and never again.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] when the name is.
    pub fn create_build_token(
        &self,
        new: &NewToken,
        url: &str,
        organization: &str,
    ) -> Result<(Token, Secret), MetaError> {
        let now = self.now();
        let secret = build_secret(url, organization, now)?;
        let token = self.write(|transaction| create(transaction, new, &secret, now))?;
        Ok((token, secret))
    }

    /// Gives a token another name.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] when the name is; [`MetaError::Missing`] when there is no such token.
    pub fn rename_token(&self, id: u64, name: &str) -> Result<(), MetaError> {
        check_name("name", name)?;
        self.write(|transaction| {
            let sql = "UPDATE tokens SET name = ? WHERE id = ?";
            execute_one(transaction, "token", sql, params![name, id])
        })
    }

    /// What a token allows; `None` when it is unknown or has ended.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn authenticate_token(&self, text: &str) -> Result<Option<TokenGrant>, MetaError> {
        let now = self.now();
        let found = self.read(|connection| {
            let Some(token) = by_text(connection, text)? else { return Ok(None) };
            let role = match token.user {
                Some(user) => member::active_role(connection, token.organization, user)?,
                None => None,
            };
            Ok(Some((token, role)))
        })?;
        let Some((token, role)) = found else { return Ok(None) };
        let scopes = match (token.user, role) {
            (None, _) => token.scopes,
            (Some(_), Some(role)) => token.scopes.both(role.scopes()),
            // The owner has left or was turned off.
            (Some(_), None) => return Ok(None),
        };
        if token.expires.is_some_and(|expires| expires <= now) {
            return Ok(None);
        }
        if token.last_used.is_none_or(|used| used < before(now, LAST_USED_MICROS)) {
            let sql = "UPDATE tokens SET last_used = ? WHERE id = ?";
            match self.write(|transaction| execute(transaction, sql, [now.0, token.id])) {
                // On a full disk one must be able to look, all the more then.
                Ok(_) | Err(MetaError::Full) => {}
                Err(problem) => return Err(problem),
            }
        }
        let Token { id, name, organization, user, .. } = token;
        Ok(Some(TokenGrant { token: id, name, organization, user, scopes }))
    }

    /// The tokens of a person, or of the organisation itself, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn tokens(
        &self,
        organization: OrganizationId,
        user: Option<UserId>,
        page: Page,
    ) -> Result<Listed<Token>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE organization = :organization AND user IS :user
             ORDER BY id DESC LIMIT :limit OFFSET :offset"
        );
        let user = user.map(|user| user.0);
        let parameters: [(&str, &dyn rusqlite::ToSql); 2] =
            [(":organization", &organization.0), (":user", &user)];
        self.read(|connection| listed(connection, &sql, page, &parameters, read))
    }

    /// The token of that id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn token(&self, id: u64) -> Result<Option<Token>, MetaError> {
        self.read(|connection| row(connection, &format!("{COLUMNS} WHERE id = ?"), [id], read))
    }

    /// Ends a token.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such token.
    pub fn delete_token(&self, id: u64) -> Result<(), MetaError> {
        self.write(|transaction| {
            execute_one(transaction, "token", "DELETE FROM tokens WHERE id = ?", [id])
        })
    }
}

/// `sntrys_`, what it says as JSON in base 64, and 256 random bits.
fn build_secret(url: &str, organization: &str, now: Micros) -> Result<Secret, MetaError> {
    let seconds = serde_json::Number::from_u128(u128::from(now.0 / 1_000_000));
    let says = serde_json::json!({
        // Programs want a number with a fraction.
        "iat": seconds.and_then(|seconds| seconds.as_f64()),
        "url": url,
        "region_url": url,
        "org": organization,
    });
    let says = STANDARD.encode(to_json("token", &says)?);
    Ok(Secret::new(format!("{BUILD_PREFIX}{says}_{}", STANDARD_NO_PAD.encode(random_bytes()))))
}

pub(crate) fn create(
    connection: &Connection,
    new: &NewToken,
    secret: &Secret,
    now: Micros,
) -> Result<Token, MetaError> {
    check_name("name", &new.name)?;
    let text = secret.expose();
    if text.len() < 16
        || text.len() > TOKEN_BYTES_MAX
        || !text.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return Err(MetaError::invalid("token", "must have 16 to 1024 printable characters"));
    }
    let tail = &text[text.len() - 4..];
    let written = connection.execute(
        "INSERT INTO tokens (organization, user, name, hash, tail, scopes, created, expires)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            new.organization.0,
            new.user.map(|user| user.0),
            new.name,
            fingerprint(text),
            tail,
            new.scopes.to_text(),
            now.0,
            new.expires.map(|expires| expires.0)
        ],
    );
    unique("token", &new.name, written)?;
    let id = connection.last_insert_rowid();
    row(connection, &format!("{COLUMNS} WHERE id = ?"), [id], read)?
        .ok_or(MetaError::Missing("token"))
}

pub(crate) fn by_text(connection: &Connection, text: &str) -> Result<Option<Token>, MetaError> {
    row(connection, &format!("{COLUMNS} WHERE hash = ?"), [fingerprint(text)], read)
}

fn read(row: &Row<'_>) -> Result<Token, rusqlite::Error> {
    Ok(Token {
        id: row.get(0)?,
        organization: OrganizationId(row.get(1)?),
        user: row.get::<_, Option<u64>>(2)?.map(UserId),
        name: row.get(3)?,
        tail: row.get(4)?,
        scopes: Scopes::from_text(row.get_ref(5)?.as_str()?),
        created: Micros(row.get(6)?),
        expires: row.get::<_, Option<u64>>(7)?.map(Micros),
        last_used: row.get::<_, Option<u64>>(8)?.map(Micros),
    })
}
