//! What people asked for: silences, maintenance, rotations, escalations, routing.

use model::clock::Micros;
use model::id::{OrganizationId, UserId};
use rusqlite::{Connection, Row, params};
use serde_json::Value;

use crate::audit::Noted;
use crate::database::Alarms;
use crate::error::AlarmError;
use crate::rows::{execute, execute_one, insert, json, row, rows, written};

/// Orders of one kind in one organisation.
const ORDERS_MAX: u64 = 5_000;
const COLUMNS: &str =
    "id, organization, kind, name, definition, ends, created, created_by, changed";

/// What kind of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderKind {
    /// Quiet for a time; has no name.
    Silence,
    /// Planned work.
    Maintenance,
    /// Who is on call.
    Rotation,
    /// What happens when nobody acknowledges.
    Escalation,
    /// Who is told what; one for each organisation.
    Routing,
}

impl OrderKind {
    const ALL: [(Self, &str); 5] = [
        (Self::Silence, "silence"),
        (Self::Maintenance, "maintenance"),
        (Self::Rotation, "rotation"),
        (Self::Escalation, "escalation"),
        (Self::Routing, "routing"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOrder {
    /// Whose.
    pub organization: OrganizationId,
    /// What kind.
    pub kind: OrderKind,
    /// What others call it; empty for silences.
    pub name: String,
    /// As the API takes it.
    pub definition: Value,
    /// After which it is of no use.
    pub ends: Option<Micros>,
    /// Who asks.
    pub created_by: Option<UserId>,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Which; never used again.
    pub id: u64,
    /// What it says.
    pub says: NewOrder,
    /// When it was made.
    pub created: Micros,
    /// When it was last changed.
    pub changed: Micros,
}

impl Alarms {
    /// Notes what somebody asks for. The caller has checked it.
    ///
    /// # Errors
    /// [`AlarmError::Taken`], [`AlarmError::TooMany`].
    pub fn create_order(&self, new: &NewOrder, now: Micros) -> Result<Order, AlarmError> {
        self.write(|transaction| {
            let sql = "SELECT count(*) FROM orders WHERE organization = ? AND kind = ?
                       AND (ends IS NULL OR ends > ?)";
            let values = params![new.organization.0, new.kind.name(), now.0];
            let count: u64 = row(transaction, sql, values, |row| row.get(0))?.unwrap_or(0);
            if count >= ORDERS_MAX {
                return Err(AlarmError::TooMany { what: new.kind.name(), max: ORDERS_MAX });
            }
            check_name(transaction, new, 0)?;
            let sql = "INSERT INTO orders (organization, kind, name, definition, ends, created,
                       created_by, changed) VALUES (?, ?, ?, ?, ?, ?6, ?7, ?6)";
            let values = params![
                new.organization.0,
                new.kind.name(),
                new.name,
                written(&new.definition)?,
                new.ends.map(|ends| ends.0),
                now.0,
                new.created_by.map(|user| user.0)
            ];
            let id = insert(transaction, sql, values)?;
            self.note(transaction, &noted(new, id, (None, Some(new))))?;
            Ok(Order { id, says: new.clone(), created: now, changed: now })
        })
    }

    /// Changes what was asked for; who asked stays.
    ///
    /// # Errors
    /// [`AlarmError::Missing`], [`AlarmError::Taken`].
    pub fn change_order(&self, id: u64, says: &NewOrder, now: Micros) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let before = find(transaction, says.organization, says.kind, id)?.says;
            replace(transaction, id, says, now)?;
            self.note(transaction, &noted(says, id, (Some(&before), Some(says))))
        })
    }

    /// Changes what was asked for by what it says now: nobody else's change comes between. Answers what it
    /// says then.
    ///
    /// # Errors
    /// [`AlarmError::Missing`], [`AlarmError::Taken`], and what `edit` refuses; nothing is changed then.
    pub fn edit_order<E: From<AlarmError>>(
        &self,
        (organization, kind, id): (OrganizationId, OrderKind, u64),
        now: Micros,
        edit: impl FnOnce(&mut NewOrder) -> Result<(), E>,
    ) -> Result<Order, E> {
        self.write(|transaction| {
            let mut order = find(transaction, organization, kind, id)?;
            let before = order.says.clone();
            if let Err(refused) = edit(&mut order.says) {
                return Ok(Err(refused));
            }
            replace(transaction, id, &order.says, now)?;
            self.note(transaction, &noted(&order.says, id, (Some(&before), Some(&order.says))))?;
            Ok(Ok(Order { changed: now, ..order }))
        })?
    }

    /// Forgets what was asked for.
    ///
    /// # Errors
    /// [`AlarmError::Missing`].
    pub fn delete_order(
        &self,
        organization: OrganizationId,
        kind: OrderKind,
        id: u64,
    ) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let before = find(transaction, organization, kind, id)?.says;
            self.note(transaction, &noted(&before, id, (Some(&before), None)))?;
            let sql = "DELETE FROM orders WHERE organization = ? AND kind = ? AND id = ?";
            execute_one(transaction, kind.name(), sql, params![organization.0, kind.name(), id])
        })
    }

    /// One thing that was asked for.
    ///
    /// # Errors
    /// [`AlarmError::Missing`].
    pub fn order(
        &self,
        organization: OrganizationId,
        kind: OrderKind,
        id: u64,
    ) -> Result<Order, AlarmError> {
        self.read(|connection| find(connection, organization, kind, id))
    }

    /// What was asked for and did not end before `since`, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn orders(
        &self,
        organization: OrganizationId,
        kind: OrderKind,
        since: Micros,
    ) -> Result<Vec<Order>, AlarmError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM orders WHERE organization = ? AND kind = ?
                 AND (ends IS NULL OR ends > ?) ORDER BY id"
            );
            rows(connection, &sql, params![organization.0, kind.name(), since.0], read)
        })
    }

    /// A page of the same: rows to skip, and rows to answer at most.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn orders_page(
        &self,
        organization: OrganizationId,
        (kind, since): (OrderKind, Micros),
        (offset, limit): (usize, usize),
    ) -> Result<Vec<Order>, AlarmError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM orders WHERE organization = ? AND kind = ?
                 AND (ends IS NULL OR ends > ?) ORDER BY id LIMIT ? OFFSET ?"
            );
            let values = params![organization.0, kind.name(), since.0, limit, offset];
            rows(connection, &sql, values, read)
        })
    }

    /// Forgets the one order of a kind that has one only; nothing when there is none.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn unset_order(
        &self,
        organization: OrganizationId,
        kind: OrderKind,
    ) -> Result<(), AlarmError> {
        self.write(|transaction| {
            if let Some(before) = only(transaction, organization, kind)? {
                let id = before.id;
                self.note(transaction, &noted(&before.says, id, (Some(&before.says), None)))?;
            }
            let sql = "DELETE FROM orders WHERE organization = ? AND kind = ? AND name = ''";
            execute(transaction, sql, params![organization.0, kind.name()]).map(drop)
        })
    }

    /// The one order of a kind that has one only, such as routing.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_order(&self, new: &NewOrder, now: Micros) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let before = only(transaction, new.organization, new.kind)?.map(|order| order.says);
            let sql = "DELETE FROM orders WHERE organization = ? AND kind = ? AND name = ?";
            let values = params![new.organization.0, new.kind.name(), new.name];
            execute(transaction, sql, values)?;
            let sql = "INSERT INTO orders (organization, kind, name, definition, created,
                       created_by, changed) VALUES (?, ?, ?, ?, ?5, ?6, ?5)";
            let values = params![
                new.organization.0,
                new.kind.name(),
                new.name,
                written(&new.definition)?,
                now.0,
                new.created_by.map(|user| user.0)
            ];
            let id = insert(transaction, sql, values)?;
            self.note(transaction, &noted(new, id, (before.as_ref(), Some(new))))
        })
    }
}

fn find(
    connection: &Connection,
    organization: OrganizationId,
    kind: OrderKind,
    id: u64,
) -> Result<Order, AlarmError> {
    let sql =
        format!("SELECT {COLUMNS} FROM orders WHERE organization = ? AND kind = ? AND id = ?");
    row(connection, &sql, params![organization.0, kind.name(), id], read)?
        .ok_or(AlarmError::Missing(kind.name()))
}

/// The one of a kind that has one only.
fn only(
    connection: &Connection,
    organization: OrganizationId,
    kind: OrderKind,
) -> Result<Option<Order>, AlarmError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM orders WHERE organization = ? AND kind = ? AND name = ''
         ORDER BY id DESC LIMIT 1"
    );
    row(connection, &sql, params![organization.0, kind.name()], read)
}

fn noted<'n>(
    says: &'n NewOrder,
    target: u64,
    (before, after): (Option<&NewOrder>, Option<&NewOrder>),
) -> Noted<'n> {
    let image = |says: &NewOrder| {
        let mut image = says.definition.clone();
        if let Some(fields) = image.as_object_mut().filter(|_| !says.name.is_empty()) {
            fields.insert("name".to_owned(), says.name.as_str().into());
        }
        image
    };
    Noted {
        organization: says.organization,
        subject: says.kind.name(),
        target,
        name: &says.name,
        before: before.map(image),
        after: after.map(image),
    }
}

fn replace(
    connection: &Connection,
    id: u64,
    says: &NewOrder,
    now: Micros,
) -> Result<(), AlarmError> {
    check_name(connection, says, id)?;
    let sql = "UPDATE orders SET name = ?, definition = ?, ends = ?, changed = ?
               WHERE organization = ? AND kind = ? AND id = ?";
    let values = params![
        says.name,
        written(&says.definition)?,
        says.ends.map(|ends| ends.0),
        now.0,
        says.organization.0,
        says.kind.name(),
        id
    ];
    execute_one(connection, says.kind.name(), sql, values)
}

fn check_name(connection: &Connection, new: &NewOrder, own: u64) -> Result<(), AlarmError> {
    if new.kind == OrderKind::Silence {
        return Ok(());
    }
    let sql = "SELECT 1 FROM orders WHERE organization = ? AND kind = ? AND name = ? AND id != ?";
    let values = params![new.organization.0, new.kind.name(), new.name, own];
    match row(connection, sql, values, |_| Ok(()))? {
        Some(()) => Err(AlarmError::Taken { what: new.kind.name() }),
        None => Ok(()),
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Order> {
    let kind = row.get_ref(2)?.as_str()?;
    let kind = OrderKind::ALL.iter().find(|(_, name)| *name == kind).map(|(kind, _)| *kind);
    Ok(Order {
        id: row.get(0)?,
        says: NewOrder {
            organization: OrganizationId(row.get(1)?),
            kind: kind.ok_or(rusqlite::Error::InvalidQuery)?,
            name: row.get(3)?,
            definition: json(row, 4)?,
            ends: row.get::<_, Option<u64>>(5)?.map(Micros),
            created_by: row.get::<_, Option<u64>>(7)?.map(UserId),
        },
        created: Micros(row.get(6)?),
        changed: Micros(row.get(8)?),
    })
}
