//! Who tells of feature flags, and the secrets by which they prove it.

use model::clock::Micros;
use model::id::{OrganizationId, UserId};
use rusqlite::{Row, params};

use crate::database::Meta;
use crate::error::MetaError;
use crate::page::{execute, execute_one, row, rows};
use crate::secret::Secret;

/// Characters of a secret. Source: Sentry, whose longest is 64; providers let people choose longer ones.
const SECRET_CHARS: std::ops::RangeInclusive<usize> = 10..=128;
/// Secrets of Statsig begin so, and are longer.
const STATSIG_PREFIX: &str = "webhook-";
const STATSIG_CHARS_MIN: usize = 32;

/// A system that switches feature flags. Source: Sentry's names; the last two are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum FlagProvider {
    /// Any other, which tells in Sentry's own form.
    Generic,
    LaunchDarkly,
    Unleash,
    Statsig,
    /// In the form of [`FlagProvider::Generic`].
    OpenFeature,
    /// In the form of [`FlagProvider::Generic`].
    Flagd,
}

impl FlagProvider {
    /// All of them with their names in the API.
    pub const ALL: [(Self, &str); 6] = [
        (Self::Generic, "generic"),
        (Self::LaunchDarkly, "launchdarkly"),
        (Self::Unleash, "unleash"),
        (Self::Statsig, "statsig"),
        (Self::OpenFeature, "openfeature"),
        (Self::Flagd, "flagd"),
    ];

    /// Its name in the API.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(provider, _)| *provider)
    }
}

/// What a provider signs with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagSecret {
    /// Its id.
    pub id: u64,
    /// Whose it is.
    pub provider: FlagProvider,
    /// `None` when the key that it was sealed with is lost.
    pub secret: Option<Secret>,
    /// When it was set.
    pub created: Micros,
    /// Who set it.
    pub creator: Option<UserId>,
}

const COLUMNS: &str = "SELECT id, provider, sealed, created, creator FROM flag_secrets";

impl Meta {
    /// Sets what a provider signs with; what it was before counts no more.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] when it can be no such secret; [`MetaError::Key`] when it cannot be sealed.
    pub fn set_flag_secret(
        &self,
        organization: OrganizationId,
        provider: FlagProvider,
        secret: &Secret,
        creator: Option<UserId>,
    ) -> Result<(), MetaError> {
        check(provider, secret)?;
        let sealed = self.sealer().seal(&about(organization, provider), secret)?;
        let now = self.now();
        let creator = creator.map(|user| user.0);
        self.write(|transaction| {
            let sql = "INSERT INTO flag_secrets (organization, provider, sealed, created, creator)
                       VALUES (?, ?, ?, ?, ?) ON CONFLICT (organization, provider) DO UPDATE SET
                       sealed = excluded.sealed, created = excluded.created, creator = excluded.creator";
            let values = params![organization.0, provider.name(), sealed, now.0, creator];
            execute(transaction, sql, values).map(drop)
        })
    }

    /// The secrets of an organisation, newest first: at most one of each provider.
    ///
    /// # Errors
    /// When the database or the key cannot be read.
    pub fn flag_secrets(&self, organization: OrganizationId) -> Result<Vec<FlagSecret>, MetaError> {
        let sql = format!("{COLUMNS} WHERE organization = ? ORDER BY created DESC, id DESC");
        let found = self.read(|connection| rows(connection, &sql, [organization.0], read))?;
        found.into_iter().map(|found| self.opened(organization, found)).collect()
    }

    /// What one provider signs with.
    ///
    /// # Errors
    /// When the database or the key cannot be read.
    pub fn flag_secret(
        &self,
        organization: OrganizationId,
        provider: FlagProvider,
    ) -> Result<Option<Secret>, MetaError> {
        let sql = format!("{COLUMNS} WHERE organization = ? AND provider = ?");
        let values = params![organization.0, provider.name()];
        let Some(found) = self.read(|connection| row(connection, &sql, values, read))? else {
            return Ok(None);
        };
        Ok(self.opened(organization, found)?.secret)
    }

    /// Forgets a secret: what is signed with it counts no more.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when the organisation has no such secret.
    pub fn delete_flag_secret(
        &self,
        organization: OrganizationId,
        id: u64,
    ) -> Result<(), MetaError> {
        self.write(|transaction| {
            let sql = "DELETE FROM flag_secrets WHERE organization = ? AND id = ?";
            execute_one(transaction, "signing secret", sql, [organization.0, id])
        })
    }

    fn opened(
        &self,
        organization: OrganizationId,
        (found, sealed): (FlagSecret, Vec<u8>),
    ) -> Result<FlagSecret, MetaError> {
        let secret = self.sealer().open(&about(organization, found.provider), &sealed)?;
        Ok(FlagSecret { secret, ..found })
    }
}

fn about(organization: OrganizationId, provider: FlagProvider) -> String {
    format!("flags of {organization} by {}", provider.name())
}

fn check(provider: FlagProvider, secret: &Secret) -> Result<(), MetaError> {
    let text = secret.expose();
    if !SECRET_CHARS.contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let (least, most) = (SECRET_CHARS.start(), SECRET_CHARS.end());
        let reason = format!(
            "must have {least} to {most} letters, digits and signs of ASCII, and no spaces"
        );
        return Err(MetaError::invalid("secret", reason));
    }
    if provider == FlagProvider::Statsig
        && (!text.starts_with(STATSIG_PREFIX) || text.len() < STATSIG_CHARS_MIN)
    {
        let reason = "Ensure this field is of the format webhook-<hash>";
        return Err(MetaError::invalid("secret", reason));
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Result<(FlagSecret, Vec<u8>), rusqlite::Error> {
    let secret = FlagSecret {
        id: row.get(0)?,
        provider: provider(row.get_ref(1)?.as_str()?),
        secret: None,
        created: Micros(row.get(3)?),
        creator: row.get::<_, Option<u64>>(4)?.map(UserId),
    };
    Ok((secret, row.get(2)?))
}

/// Rows of a provider that a newer version knew are shown as generic.
pub(crate) fn provider(name: &str) -> FlagProvider {
    FlagProvider::from_name(name).unwrap_or(FlagProvider::Generic)
}
