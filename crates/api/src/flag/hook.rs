//! Webhooks by which providers of feature flags tell of changes.

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use meta::{FlagProvider, Secret, signature};
use model::id::OrganizationId;
use serde_json::{Value, json};

use super::provider;
use crate::error::ApiError;
use crate::state::Api;

/// Bytes of a request of a provider.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of what Statsig asks before it has a secret.
const VERIFICATION_BYTES_MAX: usize = 4 * 1024;

/// Takes in what a provider tells of feature flags. What it told before is not noted again. Proven by
/// `X-Sentry-Signature` (generic, openfeature, flagd), `X-LD-Signature`, `X-Statsig-Signature`, or the
/// token of Unleash in `Authorization`.
#[utoipa::path(post,
    path = "/api/0/organizations/{organization}/flags/hooks/provider/{provider}/", tag = "flags",
    params(("organization" = String, Path),
        ("provider" = String, Path,
            description = "generic, launchdarkly, unleash, statsig, openfeature or flagd")),
    request_body = Object,
    responses((status = 200, body = Object), (status = 400), (status = 401), (status = 404),
        (status = 413)))]
pub async fn receive(
    State(api): State<Api>,
    Path((organization, provider)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let provider = FlagProvider::from_name(&provider).ok_or(ApiError::NotFound)?;
    let known = api.blocking(move |api| known(api, &organization, provider)).await?;
    // Before the body is read: nobody but those we know may make us hold so much.
    let bytes_max = match (&known, provider) {
        (Some(_), _) => BODY_BYTES_MAX,
        (None, FlagProvider::Statsig) => VERIFICATION_BYTES_MAX,
        (None, _) => return Err(unproven()),
    };
    let Ok(body) = to_bytes(body, bytes_max).await else {
        let sentence = format!("The body has more than {bytes_max} bytes, or was cut off.");
        return Err(ApiError::TooLarge(sentence));
    };
    if let Some(code) = verification(provider, &body) {
        return Ok(Json(json!({ "verification_code": code })));
    }
    let (organization, secret) = known.ok_or_else(unproven)?;
    if !is_proven(provider, &headers, &secret, &body) {
        return Err(unproven());
    }
    let body: Value = serde_json::from_slice(&body)
        .map_err(|cause| ApiError::Invalid(format!("The body is not JSON: {cause}")))?;
    let changes = provider::changes(provider, &body)?;
    let told =
        api.meta(move |database| database.tell_flag_changes(organization, provider, &changes));
    let told = told.await?;
    let answer = json!({"stored": told.stored, "known": told.known, "expired": told.expired});
    Ok(Json(answer))
}

/// One answer for a wrong signature, a missing secret and an organisation that is not there, so that
/// nobody learns which it is.
fn unproven() -> ApiError {
    ApiError::Unknown("The signature or token of the webhook is missing or wrong.")
}

/// The organisation and what the provider signs with. Blocks.
fn known(
    api: &Api,
    organization: &str,
    provider: FlagProvider,
) -> Result<Option<(OrganizationId, Secret)>, ApiError> {
    let database = &api.database;
    let by_slug = database.organization_by_slug(organization)?;
    let found = match (by_slug, organization.parse::<OrganizationId>()) {
        (Some(found), _) => Some(found),
        (None, Ok(id)) => database.organization(id)?,
        (None, Err(_)) => None,
    };
    let Some(found) = found else { return Ok(None) };
    let secret = database.flag_secret(found.id, provider)?;
    Ok(secret.map(|secret| (found.id, secret)))
}

/// What Statsig asks, unsigned, when somebody enters the address: it wants its code back.
fn verification(provider: FlagProvider, body: &[u8]) -> Option<String> {
    if provider != FlagProvider::Statsig || body.len() > VERIFICATION_BYTES_MAX {
        return None;
    }
    let body: Value = serde_json::from_slice(body).ok()?;
    let data = body.get("data")?;
    let is_asked = data.get("event")? == "url_verification";
    data.get("verification_code")?.as_str().filter(|_| is_asked).map(str::to_owned)
}

/// Source: the pages of Sentry, `LaunchDarkly`, Unleash and Statsig on webhooks.
fn is_proven(provider: FlagProvider, headers: &HeaderMap, secret: &Secret, body: &[u8]) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let secret = secret.expose();
    let signs = |given: Option<&str>, message: &[&[u8]]| {
        let expected = signature::hex_hmac(secret.as_bytes(), message);
        given.is_some_and(|given| signature::is_same(given.as_bytes(), expected.as_bytes()))
    };
    match provider {
        FlagProvider::Generic | FlagProvider::OpenFeature | FlagProvider::Flagd => {
            signs(text("x-sentry-signature"), &[body])
        }
        FlagProvider::LaunchDarkly => signs(text("x-ld-signature"), &[body]),
        FlagProvider::Unleash => text("authorization")
            .is_some_and(|given| signature::is_same(given.as_bytes(), secret.as_bytes())),
        FlagProvider::Statsig => {
            let given = text("x-statsig-signature").and_then(|given| given.strip_prefix("v0="));
            let sent = text("x-statsig-request-timestamp").unwrap_or_default();
            !sent.is_empty() && signs(given, &[b"v0:", sent.as_bytes(), b":", body])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs =
            pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        pairs.collect()
    }

    #[test]
    fn only_what_is_signed_with_the_secret_counts() {
        use FlagProvider::{Flagd, Generic, LaunchDarkly, OpenFeature, Statsig, Unleash};
        let secret = Secret::new("webhook-0123456789abcdef01234567");
        let plain = signature::hex_hmac(secret.expose().as_bytes(), &[b"{}"]);
        let of_statsig = signature::hex_hmac(secret.expose().as_bytes(), &[b"v0:17:{}"]);
        let versioned = format!("v0={of_statsig}");
        let sent = ("x-statsig-request-timestamp", "17");
        let later = ("x-statsig-request-timestamp", "18");
        for (provider, given, expected) in [
            (Generic, vec![("x-sentry-signature", plain.as_str())], true),
            (OpenFeature, vec![("x-sentry-signature", &plain)], true),
            (Flagd, vec![("x-sentry-signature", &plain)], true),
            (LaunchDarkly, vec![("x-ld-signature", &plain)], true),
            (LaunchDarkly, vec![("x-sentry-signature", &plain)], false),
            (Generic, vec![("x-sentry-signature", &plain[1..])], false),
            (Generic, vec![("x-sentry-signature", "")], false),
            (Generic, vec![("x-sentry-signature", secret.expose())], false),
            (Generic, vec![], false),
            (Unleash, vec![("authorization", secret.expose())], true),
            (Unleash, vec![("authorization", &secret.expose()[..31])], false),
            (Unleash, vec![("authorization", &plain)], false),
            (Unleash, vec![], false),
            (Statsig, vec![("x-statsig-signature", &versioned), sent], true),
            (Statsig, vec![("x-statsig-signature", &of_statsig), sent], false),
            (Statsig, vec![("x-statsig-signature", &versioned), later], false),
            (Statsig, vec![("x-statsig-signature", &versioned)], false),
            (Statsig, vec![sent], false),
        ] {
            let found = is_proven(provider, &headers(&given), &secret, b"{}");
            assert_eq!(found, expected, "{provider:?} {given:?}");
        }
    }

    #[test]
    fn only_statsig_gets_its_code_back() {
        let body = br#"{"data": {"event": "url_verification", "verification_code": "abc"}}"#;
        assert_eq!(verification(FlagProvider::Statsig, body).as_deref(), Some("abc"));
        assert_eq!(verification(FlagProvider::Generic, body), None);
        for body in ["", "[]", r#"{"data": []}"#, r#"{"data": {"event": "url_verification"}}"#] {
            assert_eq!(verification(FlagProvider::Statsig, body.as_bytes()), None, "{body}");
        }
    }
}
