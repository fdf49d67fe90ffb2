//! Headers of uptime checks, which may hold secrets: kept elsewhere, sealed with our key.

use model::id::OrganizationId;

use crate::database::Meta;
use crate::error::MetaError;
use crate::secret::Secret;

impl Meta {
    /// Seals headers as a text. They open for the same organisation only.
    ///
    /// # Errors
    /// [`MetaError::Key`] when there is no key.
    pub fn seal_uptime_headers(
        &self,
        organization: OrganizationId,
        headers: &Secret,
    ) -> Result<Vec<u8>, MetaError> {
        self.sealer().seal(&about(organization), headers)
    }

    /// Opens what [`Meta::seal_uptime_headers`] sealed; `None` when the key that it was sealed with is
    /// lost.
    ///
    /// # Errors
    /// [`MetaError::Key`] when the key cannot be read.
    pub fn open_uptime_headers(
        &self,
        organization: OrganizationId,
        sealed: &[u8],
    ) -> Result<Option<Secret>, MetaError> {
        self.sealer().open(&about(organization), sealed)
    }
}

fn about(organization: OrganizationId) -> String {
    format!("headers of uptime checks of {organization}")
}
