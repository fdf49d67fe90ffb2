//! Invites: a link that makes somebody a member.

use model::clock::Micros;
use model::id::{OrganizationId, UserId};
use rusqlite::{Row, params};

use crate::clock_time::{DAY, after};
use crate::database::Meta;
use crate::error::MetaError;
use crate::page::{Listed, Page, execute, execute_one, listed, row};
use crate::password::hash_password;
use crate::scope::Role;
use crate::secret::{Secret, fingerprint};
use crate::{member, user};

/// How long an invite is good for.
const INVITE_MICROS: u64 = 30 * DAY;

/// An invite nobody has taken yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// Its id.
    pub id: u64,
    /// Where to.
    pub organization: OrganizationId,
    /// Whom it is for.
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// Who invited them.
    pub inviter: Option<UserId>,
    /// When it was written.
    pub created: Micros,
    /// When it ends.
    pub expires: Micros,
}

/// What a new invite is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvite {
    /// Where to.
    pub organization: OrganizationId,
    /// Whom it is for.
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// Who invites.
    pub inviter: Option<UserId>,
}

const COLUMNS: &str =
    "SELECT id, organization, email, role, inviter, created, expires FROM invites";

impl Meta {
    /// Writes an invite; an older one for the same address is replaced. The secret goes into the link.
    ///
    /// # Errors
    /// [`MetaError::Taken`] when the person is a member already.
    pub fn create_invite(&self, new: &NewInvite) -> Result<(Invite, Secret), MetaError> {
        let email = user::normal_email(&new.email)?;
        let secret = Secret::random("");
        let now = self.now();
        let invite = self.write(|transaction| {
            if let Some(user) = user::by_email(transaction, &email)?
                && member::find(transaction, new.organization, user.id)?.is_some()
            {
                return Err(MetaError::Taken { what: "member", name: email.clone() });
            }
            execute(
                transaction,
                "INSERT OR REPLACE INTO invites
                 (organization, email, role, hash, inviter, created, expires)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
                params![
                    new.organization.0,
                    email,
                    new.role.name(),
                    fingerprint(secret.expose()),
                    new.inviter.map(|inviter| inviter.0),
                    now.0,
                    after(now, INVITE_MICROS).0
                ],
            )?;
            let id = transaction.last_insert_rowid();
            row(transaction, &format!("{COLUMNS} WHERE id = ?"), [id], read)?
                .ok_or(MetaError::Missing("invite"))
        })?;
        Ok((invite, secret))
    }

    /// The invite of a link, when it is still good.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn invite(&self, secret: &str) -> Result<Option<Invite>, MetaError> {
        let sql = format!("{COLUMNS} WHERE hash = ? AND expires > ?");
        let values = params![fingerprint(secret), self.now().0];
        self.read(|connection| row(connection, &sql, values, read))
    }

    /// Takes an invite: creates the person when there is none of that address, and the membership.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when the invite is not good any more; [`MetaError::Refused`] when the
    /// person exists and this is not their password: whoever wrote the invite knows the link too.
    pub fn accept_invite(
        &self,
        secret: &str,
        name: &str,
        password: &str,
    ) -> Result<UserId, MetaError> {
        let _one_at_a_time = self.hashing();
        let now = self.now();
        self.write(|transaction| {
            let sql = format!("{COLUMNS} WHERE hash = ? AND expires > ?");
            let values = params![fingerprint(secret), now.0];
            let invite =
                row(transaction, &sql, values, read)?.ok_or(MetaError::Missing("invite"))?;
            let user = match user::by_email(transaction, &invite.email)? {
                Some(user) if user::password_fits(transaction, user.id, password)? => user,
                Some(_) => {
                    return Err(MetaError::Refused("the password of this account is another one"));
                }
                None => {
                    let hash = hash_password(password)?;
                    user::create(transaction, &invite.email, name, Some(&hash), now)?
                }
            };
            member::add(transaction, invite.organization, user.id, invite.role, now)?;
            execute(transaction, "DELETE FROM invites WHERE id = ?", [invite.id])?;
            Ok(user.id)
        })
    }

    /// The open invites of an organisation by address, those that have ended included.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn invites(
        &self,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Listed<Invite>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE organization = :organization ORDER BY email
             LIMIT :limit OFFSET :offset"
        );
        let parameters: [(&str, &dyn rusqlite::ToSql); 1] = [(":organization", &organization.0)];
        self.read(|connection| listed(connection, &sql, page, &parameters, read))
    }

    /// Takes an invite back.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such invite in the organisation.
    pub fn delete_invite(&self, organization: OrganizationId, id: u64) -> Result<(), MetaError> {
        self.write(|transaction| {
            let sql = "DELETE FROM invites WHERE organization = ? AND id = ?";
            execute_one(transaction, "invite", sql, [organization.0, id])
        })
    }
}

fn read(row: &Row<'_>) -> Result<Invite, rusqlite::Error> {
    Ok(Invite {
        id: row.get(0)?,
        organization: OrganizationId(row.get(1)?),
        email: row.get(2)?,
        role: Role::from_name(row.get_ref(3)?.as_str()?).unwrap_or(Role::Auditor),
        inviter: row.get::<_, Option<u64>>(4)?.map(UserId),
        created: Micros(row.get(5)?),
        expires: Micros(row.get(6)?),
    })
}
