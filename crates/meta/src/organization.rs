//! Organisations: the tenants.

use model::clock::Micros;
use model::id::OrganizationId;
use rusqlite::{Connection, Row, params};

use crate::database::Meta;
use crate::error::{MetaError, from_json, to_json, unique};
use crate::page::{Listed, Page, execute_one, listed, row};
use crate::settings::{self, OrganizationSettings};
use crate::slug::{check_name, check_slug};
use crate::team;

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name in URLs.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// When it was created.
    pub created: Micros,
}

const COLUMNS: &str = "SELECT id, slug, name, created FROM organizations";

impl Meta {
    /// Creates an organisation with its default team, which has the same slug.
    ///
    /// # Errors
    /// [`MetaError::Taken`] when the slug is.
    pub fn create_organization(&self, slug: &str, name: &str) -> Result<Organization, MetaError> {
        let now = self.now();
        self.write_directory(|transaction| create(transaction, slug, name, now))
    }

    /// The organisation of that id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, MetaError> {
        self.read(|connection| row(connection, &format!("{COLUMNS} WHERE id = ?"), [id.0], read))
    }

    /// The organisation of that slug.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn organization_by_slug(&self, slug: &str) -> Result<Option<Organization>, MetaError> {
        self.read(|connection| by_slug(connection, slug))
    }

    /// All organisations by id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn organizations(&self, page: Page) -> Result<Listed<Organization>, MetaError> {
        let sql = format!("{COLUMNS} ORDER BY id LIMIT :limit OFFSET :offset");
        self.read(|connection| listed(connection, &sql, page, &[], read))
    }

    /// Gives an organisation another slug or name.
    ///
    /// # Errors
    /// [`MetaError::Taken`] when the slug is.
    pub fn rename_organization(
        &self,
        id: OrganizationId,
        slug: &str,
        name: &str,
    ) -> Result<(), MetaError> {
        check_slug(slug)?;
        check_name("name", name)?;
        self.write(|transaction| {
            let sql = "UPDATE organizations SET slug = ?, name = ? WHERE id = ?";
            let written = transaction.execute(sql, params![slug, name, id.0]);
            match unique("organization", slug, written)? {
                0 => Err(MetaError::Missing("organization")),
                _ => Ok(()),
            }
        })
    }

    /// The settings of an organisation.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such organisation.
    pub fn organization_settings(
        &self,
        id: OrganizationId,
    ) -> Result<OrganizationSettings, MetaError> {
        let sql = "SELECT settings FROM organizations WHERE id = ?";
        let text: Option<String> =
            self.read(|connection| row(connection, sql, [id.0], |row| row.get(0)))?;
        from_json("organisation's settings", &text.ok_or(MetaError::Missing("organization"))?)
    }

    /// Replaces the settings of an organisation.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] when they break a rule.
    pub fn set_organization_settings(
        &self,
        id: OrganizationId,
        settings: &OrganizationSettings,
    ) -> Result<(), MetaError> {
        settings::check_quotas(&settings.quotas)?;
        let json = to_json("organisation's settings", settings)?;
        settings::check_size(&json)?;
        self.write_directory(|transaction| {
            let sql = "UPDATE organizations SET settings = ? WHERE id = ?";
            execute_one(transaction, "organization", sql, params![json, id.0])
        })
    }
}

pub(crate) fn create(
    connection: &Connection,
    slug: &str,
    name: &str,
    now: Micros,
) -> Result<Organization, MetaError> {
    check_slug(slug)?;
    check_name("name", name)?;
    let settings = to_json("organisation's settings", &OrganizationSettings::default())?;
    let written = connection.execute(
        "INSERT INTO organizations (slug, name, created, settings) VALUES (?, ?, ?, ?)",
        params![slug, name, now.0, settings],
    );
    unique("organization", slug, written)?;
    let id = OrganizationId(connection.last_insert_rowid().unsigned_abs());
    team::create(connection, id, slug, name, now)?;
    Ok(Organization { id, slug: slug.to_owned(), name: name.to_owned(), created: now })
}

pub(crate) fn by_slug(
    connection: &Connection,
    slug: &str,
) -> Result<Option<Organization>, MetaError> {
    row(connection, &format!("{COLUMNS} WHERE slug = ?"), [slug], read)
}

fn read(row: &Row<'_>) -> Result<Organization, rusqlite::Error> {
    Ok(Organization {
        id: OrganizationId(row.get(0)?),
        slug: row.get(1)?,
        name: row.get(2)?,
        created: Micros(row.get(3)?),
    })
}
