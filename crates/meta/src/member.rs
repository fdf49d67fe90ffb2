//! Members: people in organisations, with a role.

use model::clock::Micros;
use model::id::{OrganizationId, UserId};
use rusqlite::{Connection, Row, params};

use crate::database::Meta;
use crate::error::{MetaError, unique};
use crate::page::{Listed, Page, execute, listed, row, rows};
use crate::scope::Role;
use crate::team;

/// A person in an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The membership's id.
    pub id: u64,
    /// Where.
    pub organization: OrganizationId,
    /// Who.
    pub user: UserId,
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they are there.
    pub role: Role,
    /// Since when.
    pub created: Micros,
    /// When they last logged in.
    pub last_login: Option<Micros>,
}

const COLUMNS: &str = "SELECT members.id, organization, user, email, name, role, members.created,
    last_login FROM members JOIN users ON users.id = user";

impl Meta {
    /// Makes a person a member, and puts them into the default team.
    ///
    /// # Errors
    /// [`MetaError::Taken`] when they are one already.
    pub fn add_member(
        &self,
        organization: OrganizationId,
        user: UserId,
        role: Role,
    ) -> Result<Member, MetaError> {
        let now = self.now();
        self.write(|transaction| add(transaction, organization, user, role, now))
    }

    /// A person's membership.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn member(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<Member>, MetaError> {
        self.read(|connection| find(connection, organization, user))
    }

    /// The membership of that id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn member_by_id(&self, id: u64) -> Result<Option<Member>, MetaError> {
        let sql = format!("{COLUMNS} WHERE members.id = ?");
        self.read(|connection| row(connection, &sql, [id], read))
    }

    /// The members of an organisation by address, those whose address or name has `contains` in it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn members(
        &self,
        organization: OrganizationId,
        contains: &str,
        page: Page,
    ) -> Result<Listed<Member>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE organization = :organization
             AND (instr(email, :contains) OR instr(lower(name), :contains))
             ORDER BY email LIMIT :limit OFFSET :offset"
        );
        let contains = contains.to_lowercase();
        let parameters: [(&str, &dyn rusqlite::ToSql); 2] =
            [(":organization", &organization.0), (":contains", &contains)];
        self.read(|connection| listed(connection, &sql, page, &parameters, read))
    }

    /// All memberships of a person.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn memberships(&self, user: UserId) -> Result<Vec<Member>, MetaError> {
        let sql = format!("{COLUMNS} WHERE user = ? ORDER BY organization LIMIT 1000");
        self.read(|connection| rows(connection, &sql, [user.0], read))
    }

    /// Gives a member another role.
    ///
    /// # Errors
    /// [`MetaError::Refused`] when nobody would be an owner any more.
    pub fn set_role(
        &self,
        organization: OrganizationId,
        user: UserId,
        role: Role,
    ) -> Result<(), MetaError> {
        self.write(|transaction| {
            set_role(transaction, organization, user, role)?;
            keep_an_owner(transaction, organization)
        })
    }

    /// Takes a person out of an organisation: their teams and tokens there go too.
    ///
    /// # Errors
    /// [`MetaError::Refused`] when nobody would be an owner any more.
    pub fn remove_member(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<(), MetaError> {
        self.write(|transaction| {
            let ids = [organization.0, user.0];
            let sql = "DELETE FROM members WHERE organization = ? AND user = ?";
            if execute(transaction, sql, ids)? == 0 {
                return Err(MetaError::Missing("member"));
            }
            keep_an_owner(transaction, organization)?;
            let sql = "DELETE FROM tokens WHERE organization = ? AND user = ?";
            execute(transaction, sql, ids)?;
            let sql = "DELETE FROM team_members WHERE user = ?2
                       AND team IN (SELECT id FROM teams WHERE organization = ?1)";
            execute(transaction, sql, ids).map(drop)
        })
    }
}

pub(crate) fn add(
    connection: &Connection,
    organization: OrganizationId,
    user: UserId,
    role: Role,
    now: Micros,
) -> Result<Member, MetaError> {
    let written = connection.execute(
        "INSERT INTO members (organization, user, role, created) VALUES (?, ?, ?, ?)",
        params![organization.0, user.0, role.name(), now.0],
    );
    unique("member", &user.to_string(), written)?;
    if let Some(team) = team::default_team(connection, organization)? {
        let sql = "INSERT OR IGNORE INTO team_members (team, user) VALUES (?, ?)";
        execute(connection, sql, [team, user.0])?;
    }
    find(connection, organization, user)?.ok_or(MetaError::Missing("member"))
}

pub(crate) fn find(
    connection: &Connection,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Member>, MetaError> {
    let sql = format!("{COLUMNS} WHERE organization = ? AND user = ?");
    row(connection, &sql, [organization.0, user.0], read)
}

/// The role of a member who may log in.
pub(crate) fn active_role(
    connection: &Connection,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Role>, MetaError> {
    let sql = format!("{COLUMNS} WHERE organization = ? AND user = ? AND active");
    Ok(row(connection, &sql, [organization.0, user.0], read)?.map(|member| member.role))
}

/// True when the role was another one.
pub(crate) fn set_role(
    connection: &Connection,
    organization: OrganizationId,
    user: UserId,
    role: Role,
) -> Result<bool, MetaError> {
    let sql = "UPDATE members SET role = ?1 WHERE organization = ?2 AND user = ?3 AND role <> ?1";
    let changed = execute(connection, sql, params![role.name(), organization.0, user.0])?;
    if changed == 0 && find(connection, organization, user)?.is_none() {
        return Err(MetaError::Missing("member"));
    }
    Ok(changed > 0)
}

fn keep_an_owner(connection: &Connection, organization: OrganizationId) -> Result<(), MetaError> {
    let sql = "SELECT 1 FROM members WHERE organization = ? AND role = 'owner' LIMIT 1";
    match row(connection, sql, [organization.0], |_| Ok(()))? {
        Some(()) => Ok(()),
        None => Err(MetaError::Refused("an organization needs at least one owner")),
    }
}

fn read(row: &Row<'_>) -> Result<Member, rusqlite::Error> {
    Ok(Member {
        id: row.get(0)?,
        organization: OrganizationId(row.get(1)?),
        user: UserId(row.get(2)?),
        email: row.get(3)?,
        name: row.get(4)?,
        // A role only a newer program knows may do no harm here.
        role: Role::from_name(row.get_ref(5)?.as_str()?).unwrap_or(Role::Auditor),
        created: Micros(row.get(6)?),
        last_login: row.get::<_, Option<u64>>(7)?.map(Micros),
    })
}
