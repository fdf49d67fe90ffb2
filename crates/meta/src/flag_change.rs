//! What became of feature flags: the log that providers tell.

use std::collections::BTreeMap;

use model::clock::Micros;
use model::id::OrganizationId;
use rusqlite::{Connection, Row, ToSql, params};
use sha2::{Digest as _, Sha256};

use crate::clock_time::{DAY, before};
use crate::commit::cut;
use crate::database::Meta;
use crate::error::{MetaError, from_json, to_json};
use crate::flag_secret::{FlagProvider, provider};
use crate::page::{Listed, Page, execute, listed, row, rows};

/// Changes of one request.
pub const FLAG_CHANGES_MAX: usize = 1_000;
/// Changes of one organisation; beyond, the oldest ones go.
const KEPT_MAX: u64 = 100_000;
/// How long changes are kept.
const KEPT_DAYS: u64 = 365;
/// How far ahead of ours a provider's clock may be.
const AHEAD_MICROS: u64 = DAY;
/// Characters of a flag's name. Source: Sentry.
const FLAG_CHARS_MAX: usize = 256;
/// Bytes of who did it, of the name of a tag, of its value; longer ones are cut.
const AUTHOR_BYTES_MAX: usize = 200;
const TAG_NAME_BYTES_MAX: usize = 200;
const TAG_BYTES_MAX: usize = 1_000;
/// Tags of one change; further ones are left out.
const TAGS_MAX: usize = 50;

/// What was done to a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum FlagAction {
    Created,
    Updated,
    Deleted,
}

impl FlagAction {
    const ALL: [(Self, &str); 3] =
        [(Self::Created, "created"), (Self::Updated, "updated"), (Self::Deleted, "deleted")];

    /// Its name in the API.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(action, _)| *action)
    }
}

/// What somebody is named by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum AuthorKind {
    Email,
    Id,
    Name,
}

impl AuthorKind {
    const ALL: [(Self, &str); 3] = [(Self::Email, "email"), (Self::Id, "id"), (Self::Name, "name")];

    /// Its name in the API.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

/// A change of a flag, as a provider tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFlagChange {
    /// What the provider calls the change; empty when it has no name for it.
    pub told_as: String,
    /// Which flag.
    pub flag: String,
    /// What was done to it.
    pub action: FlagAction,
    /// When.
    pub at: Micros,
    /// Who did it.
    pub author: Option<(AuthorKind, String)>,
    /// More about it, such as the environment.
    pub tags: BTreeMap<String, String>,
}

/// A change of a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagChange {
    /// Its id.
    pub id: u64,
    /// Who told it.
    pub provider: FlagProvider,
    /// Which flag.
    pub flag: String,
    /// What was done to it.
    pub action: FlagAction,
    /// When.
    pub at: Micros,
    /// Who did it.
    pub author: Option<(AuthorKind, String)>,
    /// More about it.
    pub tags: BTreeMap<String, String>,
}

/// What became of the changes of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FlagsTold {
    /// Changes that are in the log now.
    pub stored: usize,
    /// Changes that were in it already.
    pub known: usize,
    /// Changes so old that they would leave it at once.
    pub expired: usize,
}

/// Which changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagChangeQuery {
    /// Of which organisation.
    pub organization: OrganizationId,
    /// Of these flags; none means all.
    pub flags: Vec<String>,
    /// Told by these; none means all.
    pub providers: Vec<FlagProvider>,
    /// From when on.
    pub start: Micros,
    /// Until when, itself excluded.
    pub end: Micros,
    /// In which order.
    pub order: FlagChangeOrder,
}

/// In which order changes are listed; those of one moment or flag by id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum FlagChangeOrder {
    #[default]
    NewestFirst,
    OldestFirst,
    Flag,
    FlagBackwards,
}

const COLUMNS: &str =
    "SELECT id, provider, flag, action, at, author, author_kind, tags FROM flag_changes";

impl Meta {
    /// Notes what a provider tells, as a whole or not at all; what it told before is not noted again.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] for too many changes, or one that cannot be.
    pub fn tell_flag_changes(
        &self,
        organization: OrganizationId,
        provider: FlagProvider,
        changes: &[NewFlagChange],
    ) -> Result<FlagsTold, MetaError> {
        let now = self.now();
        if changes.len() > FLAG_CHANGES_MAX {
            let reason = format!("at most {FLAG_CHANGES_MAX} changes at once");
            return Err(MetaError::invalid("data", reason));
        }
        for change in changes {
            check(change, now)?;
        }
        let mut told = FlagsTold::default();
        if changes.is_empty() {
            return Ok(told);
        }
        let oldest = before(now, KEPT_DAYS * DAY);
        self.write(|transaction| {
            for change in changes {
                if change.at < oldest {
                    told.expired += 1;
                } else if insert(transaction, organization, provider, change)? {
                    told.stored += 1;
                } else {
                    told.known += 1;
                }
            }
            forget_surplus(transaction, organization)?;
            Ok(told)
        })
    }

    /// The changes a query chooses.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn flag_changes(
        &self,
        query: &FlagChangeQuery,
        page: Page,
    ) -> Result<Listed<FlagChange>, MetaError> {
        let order = match query.order {
            FlagChangeOrder::NewestFirst => "at DESC, id DESC",
            FlagChangeOrder::OldestFirst => "at, id",
            FlagChangeOrder::Flag => "flag, id",
            FlagChangeOrder::FlagBackwards => "flag DESC, id DESC",
        };
        let sql = format!(
            "{COLUMNS} WHERE organization = :organization AND at >= :start AND at < :end
             AND (:flags = '[]' OR flag IN (SELECT value FROM json_each(:flags)))
             AND (:providers = '[]' OR provider IN (SELECT value FROM json_each(:providers)))
             ORDER BY {order} LIMIT :limit OFFSET :offset"
        );
        let flags = to_json("flags", &query.flags)?;
        let providers: Vec<&str> = query.providers.iter().map(|provider| provider.name()).collect();
        let providers = to_json("providers", &providers)?;
        // Integers of SQLite end where those of 64 bits without a sign are half way.
        let end = query.end.0.min(i64::MAX.unsigned_abs());
        let parameters: [(&str, &dyn ToSql); 5] = [
            (":organization", &query.organization.0),
            (":start", &query.start.0),
            (":end", &end),
            (":flags", &flags),
            (":providers", &providers),
        ];
        let found = self.read(|connection| listed(connection, &sql, page, &parameters, read))?;
        let rows = found.rows.into_iter().map(with_tags).collect::<Result<_, _>>()?;
        Ok(Listed { rows, more: found.more })
    }

    /// One change of an organisation's flags.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn flag_change(
        &self,
        organization: OrganizationId,
        id: u64,
    ) -> Result<Option<FlagChange>, MetaError> {
        let sql = format!("{COLUMNS} WHERE organization = ? AND id = ?");
        let found = self.read(|connection| row(connection, &sql, [organization.0, id], read))?;
        found.map(with_tags).transpose()
    }

    /// The last changes of a flag before a moment, itself included; newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn flag_changes_before(
        &self,
        organization: OrganizationId,
        flag: &str,
        moment: Micros,
        limit: usize,
    ) -> Result<Vec<FlagChange>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE organization = ? AND flag = ? AND at <= ? ORDER BY at DESC, id DESC LIMIT ?"
        );
        let moment = moment.0.min(i64::MAX.unsigned_abs());
        let values = params![organization.0, flag, moment, limit];
        let found = self.read(|connection| rows(connection, &sql, values, read))?;
        found.into_iter().map(with_tags).collect()
    }

    /// Forgets changes that are too old.
    pub(crate) fn forget_flag_changes(&self, now: Micros) -> Result<(), MetaError> {
        let oldest = before(now, KEPT_DAYS * DAY);
        self.write(|transaction| {
            execute(transaction, "DELETE FROM flag_changes WHERE at < ?", [oldest.0]).map(drop)
        })
    }
}

/// Whether it was not there.
fn insert(
    connection: &Connection,
    organization: OrganizationId,
    provider: FlagProvider,
    change: &NewFlagChange,
) -> Result<bool, MetaError> {
    let (kind, author) = change.author.as_ref().map(|(kind, author)| (kind.name(), author)).unzip();
    let tags: BTreeMap<&str, &str> = change
        .tags
        .iter()
        .take(TAGS_MAX)
        .map(|(name, value)| (cut(name, TAG_NAME_BYTES_MAX), cut(value, TAG_BYTES_MAX)))
        .collect();
    let sql = "INSERT OR IGNORE INTO flag_changes
               (organization, identity, provider, flag, action, at, author, author_kind, tags)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let values = params![
        organization.0,
        identity(provider, change),
        provider.name(),
        change.flag,
        change.action.name(),
        change.at.0,
        author.map(|author| cut(author, AUTHOR_BYTES_MAX)),
        kind,
        to_json("tags", &tags)?
    ];
    Ok(execute(connection, sql, values)? > 0)
}

/// What a change sent again has in common with itself. Not only the provider's name for it, because some
/// senders give all changes the same.
fn identity(provider: FlagProvider, change: &NewFlagChange) -> [u8; 32] {
    let at = change.at.0.to_string();
    let author = change.author.as_ref().map_or("", |(_, author)| author);
    let parts = [provider.name(), &change.told_as, &change.flag, change.action.name(), &at, author];
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

fn forget_surplus(connection: &Connection, organization: OrganizationId) -> Result<(), MetaError> {
    let sql = "DELETE FROM flag_changes WHERE organization = ?1 AND (at, id) <= (
                   SELECT at, id FROM flag_changes WHERE organization = ?1
                   ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?2)";
    execute(connection, sql, [organization.0, KEPT_MAX]).map(drop)
}

fn check(change: &NewFlagChange, now: Micros) -> Result<(), MetaError> {
    let flag = &change.flag;
    if flag.trim().is_empty() || flag.chars().count() > FLAG_CHARS_MAX {
        let reason = format!("must have 1 to {FLAG_CHARS_MAX} characters");
        return Err(MetaError::invalid("flag", reason));
    }
    if flag.chars().any(char::is_control) {
        return Err(MetaError::invalid("flag", "must not have control characters"));
    }
    if change.at.0 > now.0.saturating_add(AHEAD_MICROS) {
        return Err(MetaError::invalid("created_at", "lies in the future"));
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Result<(FlagChange, String), rusqlite::Error> {
    let action = FlagAction::from_name(row.get_ref(3)?.as_str()?);
    let kind = row.get_ref(6)?.as_str_or_null()?.and_then(AuthorKind::from_name);
    let change = FlagChange {
        id: row.get(0)?,
        provider: provider(row.get_ref(1)?.as_str()?),
        flag: row.get(2)?,
        action: action.unwrap_or(FlagAction::Updated),
        at: Micros(row.get(4)?),
        author: kind.zip(row.get(5)?),
        tags: BTreeMap::new(),
    };
    Ok((change, row.get(7)?))
}

fn with_tags((change, tags): (FlagChange, String)) -> Result<FlagChange, MetaError> {
    Ok(FlagChange { tags: from_json("tags of a flag", &tags)?, ..change })
}
