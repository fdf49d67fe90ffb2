//! What providers of feature flags sign with.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use meta::{FlagProvider, FlagSecret, Scope, Secret};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::state::Api;
use crate::time;

/// Characters of a secret that are shown, so that people can tell which one it is. Source: Sentry.
const SHOWN_CHARS_MAX: usize = 6;
/// Of a short secret not more than this part is shown.
const SHOWN_PART: usize = 5;

/// A secret, of which only the beginning is shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct SigningSecretView {
    pub id: u64,
    pub provider: &'static str,
    /// With stars for all but its beginning.
    pub secret: String,
    pub created_at: String,
    pub created_by: Option<u64>,
}

/// The secrets of an organisation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SigningSecrets {
    /// The secrets, newest first.
    pub data: Vec<SigningSecretView>,
}

/// A secret to set.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NewSigningSecret {
    /// generic, launchdarkly, unleash, statsig, openfeature or flagd.
    provider: String,
    /// What it signs with.
    secret: String,
}

fn view(secret: &FlagSecret) -> SigningSecretView {
    SigningSecretView {
        id: secret.id,
        provider: secret.provider.name(),
        secret: masked(secret.secret.as_ref()),
        created_at: time::iso(secret.created),
        created_by: secret.creator.map(|creator| creator.0),
    }
}

/// Only stars where the key that it was sealed with is lost.
fn masked(secret: Option<&Secret>) -> String {
    let text = secret.map(Secret::expose).unwrap_or_default();
    let shown = SHOWN_CHARS_MAX.min(text.len() / SHOWN_PART);
    let hidden = text.len().saturating_sub(shown).max(1);
    format!("{}{}", text.get(..shown).unwrap_or_default(), "*".repeat(hidden))
}

fn enter_to_change(api: &Api, caller: &Caller, organization: &str) -> Result<Access, ApiError> {
    let scopes = [Scope::OrgWrite, Scope::OrgIntegrations];
    caller.enter_with_any(&api.database, organization, &scopes)
}

/// The secrets that providers of feature flags sign with, newest first. Only their beginnings are shown.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/flags/signing-secrets/",
    tag = "flags", params(("organization" = String, Path)),
    responses((status = 200, body = SigningSecrets), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
) -> Result<Json<SigningSecrets>, ApiError> {
    let data = api.blocking(move |api| {
        let access = caller.enter(&api.database, &organization, Scope::OrgRead)?;
        let secrets = api.database.flag_secrets(access.organization.id)?;
        Ok(secrets.iter().map(view).collect())
    });
    Ok(Json(SigningSecrets { data: data.await? }))
}

/// Sets what a provider signs with. One that it had before counts no more.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/flags/signing-secrets/",
    tag = "flags", params(("organization" = String, Path)), request_body = NewSigningSecret,
    responses((status = 201), (status = 400), (status = 403), (status = 404)))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Json(new): Json<NewSigningSecret>,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        let provider = FlagProvider::from_name(&new.provider).ok_or_else(|| {
            let sentence = format!("\"{}\" is not a valid choice.", new.provider);
            ApiError::field("provider", sentence)
        })?;
        let (organization, secret) = (access.organization.id, Secret::new(new.secret));
        Ok(api.database.set_flag_secret(organization, provider, &secret, access.user)?)
    })
    .await?;
    Ok(StatusCode::CREATED)
}

/// Forgets a secret: what is signed with it is refused from then on.
#[utoipa::path(delete,
    path = "/api/0/organizations/{organization}/flags/signing-secrets/{secret}/", tag = "flags",
    params(("organization" = String, Path), ("secret" = String, Path, description = "its id")),
    responses((status = 204), (status = 403), (status = 404)))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, secret)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let secret = secret.parse::<u64>().or(Err(ApiError::NotFound))?;
    api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        Ok(api.database.delete_flag_secret(access.organization.id, secret)?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_beginning_of_a_secret_is_shown() {
        for (secret, expected) in [
            ("0123456789", "01********"),
            ("0123456789abcdef0123456789abcdef", "012345**************************"),
        ] {
            assert_eq!(masked(Some(&Secret::new(secret))), expected);
        }
        assert_eq!(masked(None), "*");
    }
}
