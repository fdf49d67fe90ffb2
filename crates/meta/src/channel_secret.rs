//! Secrets of channels of alerting: kept elsewhere, sealed with our key.

use model::id::OrganizationId;
use serde_json::{Map, Value};

use crate::database::Meta;
use crate::error::MetaError;
use crate::secret::Secret;

impl Meta {
    /// Seals the secrets of a channel: names and texts. They open for the same organisation only.
    ///
    /// # Errors
    /// [`MetaError::Key`] when there is no key.
    pub fn seal_channel(
        &self,
        organization: OrganizationId,
        secrets: &Map<String, Value>,
    ) -> Result<Vec<u8>, MetaError> {
        let text = Secret::new(Value::Object(secrets.clone()).to_string());
        self.sealer().seal(&about(organization), &text)
    }

    /// Opens what [`Meta::seal_channel`] sealed; `None` when the key that it was sealed with is lost.
    ///
    /// # Errors
    /// [`MetaError::Key`] when the key cannot be read.
    pub fn open_channel(
        &self,
        organization: OrganizationId,
        sealed: &[u8],
    ) -> Result<Option<Map<String, Value>>, MetaError> {
        let opened = self.sealer().open(&about(organization), sealed)?;
        Ok(opened.and_then(|secret| serde_json::from_str(secret.expose()).ok()))
    }
}

fn about(organization: OrganizationId) -> String {
    format!("channels of alerting of {organization}")
}
