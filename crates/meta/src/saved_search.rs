//! Searches people keep: the tabs of the issue list.

use model::clock::Micros;
use model::id::{OrganizationId, UserId};
use model::limits;
use rusqlite::{Row, ToSql, params};

use crate::database::Meta;
use crate::error::MetaError;
use crate::page::{Listed, Page, execute, execute_one, listed, row};
use crate::slug::check_name;

/// A search somebody keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSearch {
    /// Its id.
    pub id: u64,
    /// Where.
    pub organization: OrganizationId,
    /// Whose it is; `None` when all members see it.
    pub user: Option<UserId>,
    /// Its name.
    pub name: String,
    /// The search.
    pub query: String,
    /// The order, as in the API.
    pub sort: String,
    /// When it was saved.
    pub created: Micros,
}

/// What a saved search is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSavedSearch {
    /// Where.
    pub organization: OrganizationId,
    /// Whose it is; `None` when all members see it.
    pub user: Option<UserId>,
    /// Its name.
    pub name: String,
    /// The search.
    pub query: String,
    /// The order, as in the API.
    pub sort: String,
}

const COLUMNS: &str =
    "SELECT id, organization, user, name, query, sort, created FROM saved_searches";

impl Meta {
    /// Keeps a search.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] when name or search are too long.
    pub fn save_search(&self, new: &NewSavedSearch) -> Result<SavedSearch, MetaError> {
        check_name("name", &new.name)?;
        if new.query.chars().count() > limits::SEARCH_CHARS_MAX || new.sort.len() > 50 {
            return Err(MetaError::invalid("query", "is too long"));
        }
        let now = self.now();
        self.write(|transaction| {
            execute(
                transaction,
                "INSERT INTO saved_searches (organization, user, name, query, sort, created)
                 VALUES (?, ?, ?, ?, ?, ?)",
                params![
                    new.organization.0,
                    new.user.map(|user| user.0),
                    new.name,
                    new.query,
                    new.sort,
                    now.0
                ],
            )?;
            let id = transaction.last_insert_rowid();
            row(transaction, &format!("{COLUMNS} WHERE id = ?"), [id], read)?
                .ok_or(MetaError::Missing("saved search"))
        })
    }

    /// The searches a person sees: their own and everybody's.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn saved_searches(
        &self,
        organization: OrganizationId,
        user: Option<UserId>,
        page: Page,
    ) -> Result<Listed<SavedSearch>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE organization = :organization AND (user IS NULL OR user = :user)
             ORDER BY id LIMIT :limit OFFSET :offset"
        );
        let user = user.map(|user| user.0);
        let parameters: [(&str, &dyn ToSql); 2] =
            [(":organization", &organization.0), (":user", &user)];
        self.read(|connection| listed(connection, &sql, page, &parameters, read))
    }

    /// Forgets a search.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such search in the organisation.
    pub fn delete_saved_search(
        &self,
        organization: OrganizationId,
        id: u64,
    ) -> Result<(), MetaError> {
        self.write(|transaction| {
            let sql = "DELETE FROM saved_searches WHERE organization = ? AND id = ?";
            execute_one(transaction, "saved search", sql, [organization.0, id])
        })
    }
}

fn read(row: &Row<'_>) -> Result<SavedSearch, rusqlite::Error> {
    Ok(SavedSearch {
        id: row.get(0)?,
        organization: OrganizationId(row.get(1)?),
        user: row.get::<_, Option<u64>>(2)?.map(UserId),
        name: row.get(3)?,
        query: row.get(4)?,
        sort: row.get(5)?,
        created: Micros(row.get(6)?),
    })
}
