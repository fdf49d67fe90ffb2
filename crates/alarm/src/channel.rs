//! Channels: ways to tell somebody, set up once for each organisation.

use model::clock::Micros;
use model::id::{OrganizationId, UserId};
use rusqlite::{Connection, Row, params};
use serde_json::Value;

use crate::audit::Noted;
use crate::database::Alarms;
use crate::error::AlarmError;
use crate::rows::{execute, execute_one, insert, json, row, rows, written};

/// Channels of one organisation.
const CHANNELS_MAX: u64 = 1_000;
const COLUMNS: &str =
    "id, organization, kind, name, settings, sealed, created, changed, created_by";

/// What a channel says.
#[derive(Debug, Clone, PartialEq)]
pub struct NewChannel {
    /// Whose it is.
    pub organization: OrganizationId,
    /// How it tells; the deliverer knows the names.
    pub kind: String,
    /// What rules call it.
    pub name: String,
    /// What is not secret.
    pub settings: Value,
    /// Its secrets, sealed.
    pub sealed: Vec<u8>,
    /// Who made it.
    pub created_by: Option<UserId>,
}

/// A channel at rest.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredChannel {
    /// Which; never used again.
    pub id: u64,
    /// What it says.
    pub says: NewChannel,
    /// When it was made.
    pub created: Micros,
    /// When it was last changed.
    pub changed: Micros,
}

impl Alarms {
    /// Makes a channel. The caller has checked it.
    ///
    /// # Errors
    /// [`AlarmError::Taken`], [`AlarmError::TooMany`].
    pub fn create_channel(
        &self,
        new: &NewChannel,
        now: Micros,
    ) -> Result<StoredChannel, AlarmError> {
        self.write(|transaction| {
            let sql = "SELECT count(*) FROM channels WHERE organization = ?";
            let count: u64 =
                row(transaction, sql, [new.organization.0], |row| row.get(0))?.unwrap_or(0);
            if count >= CHANNELS_MAX {
                return Err(AlarmError::TooMany { what: "channels", max: CHANNELS_MAX });
            }
            check_name(transaction, new, 0)?;
            let sql = "INSERT INTO channels (organization, kind, name, settings, sealed, created,
                       changed, created_by) VALUES (?, ?, ?, ?, ?, ?6, ?6, ?7)";
            let values = params![
                new.organization.0,
                new.kind,
                new.name,
                written(&new.settings)?,
                new.sealed,
                now.0,
                new.created_by.map(|user| user.0)
            ];
            let id = insert(transaction, sql, values)?;
            self.note(transaction, &noted(new, id, (None, Some(new))))?;
            Ok(StoredChannel { id, says: new.clone(), created: now, changed: now })
        })
    }

    /// Changes a channel; its kind stays.
    ///
    /// # Errors
    /// [`AlarmError::Missing`], [`AlarmError::Taken`].
    pub fn change_channel(
        &self,
        id: u64,
        says: &NewChannel,
        now: Micros,
    ) -> Result<(), AlarmError> {
        self.write(|transaction| {
            check_name(transaction, says, id)?;
            let before = find(transaction, says.organization, id)?.says;
            let sql = "UPDATE channels SET name = ?, settings = ?, sealed = ?, changed = ?
                       WHERE organization = ? AND id = ?";
            let values = params![
                says.name,
                written(&says.settings)?,
                says.sealed,
                now.0,
                says.organization.0,
                id
            ];
            execute_one(transaction, "channel", sql, values)?;
            self.note(transaction, &noted(says, id, (Some(&before), Some(says))))
        })
    }

    /// Forgets a channel. What waits for it is given up when it is tried.
    ///
    /// # Errors
    /// [`AlarmError::Missing`].
    pub fn delete_channel(&self, organization: OrganizationId, id: u64) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let before = find(transaction, organization, id)?.says;
            self.note(transaction, &noted(&before, id, (Some(&before), None)))?;
            let sql = "DELETE FROM channels WHERE organization = ? AND id = ?";
            execute_one(transaction, "channel", sql, params![organization.0, id])?;
            let sql = "DELETE FROM conversations WHERE channel = ?";
            execute(transaction, sql, [id]).map(drop)
        })
    }

    /// A channel of an organisation.
    ///
    /// # Errors
    /// [`AlarmError::Missing`].
    pub fn channel(
        &self,
        organization: OrganizationId,
        id: u64,
    ) -> Result<StoredChannel, AlarmError> {
        self.read(|connection| find(connection, organization, id))
    }

    /// A channel, whoever's it is: for those who prove that they know its secrets.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn channel_by_id(&self, id: u64) -> Result<Option<StoredChannel>, AlarmError> {
        self.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM channels WHERE id = ?");
            row(connection, &sql, [id], read)
        })
    }

    /// A page of the channels of an organisation, by name: rows to skip, and rows to answer at most.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn channels_page(
        &self,
        organization: OrganizationId,
        (offset, limit): (usize, usize),
    ) -> Result<Vec<StoredChannel>, AlarmError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM channels WHERE organization = ? ORDER BY name
                 LIMIT ? OFFSET ?"
            );
            rows(connection, &sql, params![organization.0, limit, offset], read)
        })
    }

    /// All channels of an organisation, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn channels(&self, organization: OrganizationId) -> Result<Vec<StoredChannel>, AlarmError> {
        self.read(|connection| {
            let sql =
                format!("SELECT {COLUMNS} FROM channels WHERE organization = ? ORDER BY name");
            rows(connection, &sql, [organization.0], read)
        })
    }
}

fn find(
    connection: &Connection,
    organization: OrganizationId,
    id: u64,
) -> Result<StoredChannel, AlarmError> {
    let sql = format!("SELECT {COLUMNS} FROM channels WHERE organization = ? AND id = ?");
    row(connection, &sql, params![organization.0, id], read)?.ok_or(AlarmError::Missing("channel"))
}

fn noted<'n>(
    says: &'n NewChannel,
    target: u64,
    (before, after): (Option<&NewChannel>, Option<&NewChannel>),
) -> Noted<'n> {
    let image = |says: &NewChannel| serde_json::json!({"name": says.name, "kind": says.kind, "settings": says.settings});
    Noted {
        organization: says.organization,
        subject: "channel",
        target,
        name: &says.name,
        before: before.map(image),
        after: after.map(image),
    }
}

fn check_name(connection: &Connection, new: &NewChannel, own: u64) -> Result<(), AlarmError> {
    let sql = "SELECT 1 FROM channels WHERE organization = ? AND name = ? AND id != ?";
    let values = params![new.organization.0, new.name, own];
    match row(connection, sql, values, |_| Ok(()))? {
        Some(()) => Err(AlarmError::Taken { what: "channel" }),
        None => Ok(()),
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredChannel> {
    Ok(StoredChannel {
        id: row.get(0)?,
        says: NewChannel {
            organization: OrganizationId(row.get(1)?),
            kind: row.get(2)?,
            name: row.get(3)?,
            settings: json(row, 4)?,
            sealed: row.get(5)?,
            created_by: row.get::<_, Option<u64>>(8)?.map(UserId),
        },
        created: Micros(row.get(6)?),
        changed: Micros(row.get(7)?),
    })
}
