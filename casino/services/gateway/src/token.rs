//! Tokens: whose they are, and whether they still count.

use casino_telemetry::{ApiError, Identity};
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;

/// A token of the user service has some 300 bytes.
const LONGEST: usize = 2048;

#[derive(Deserialize)]
struct Claims {
    sub: String,
    name: String,
    market: String,
    currency: String,
    pays: String,
    role: String,
    #[serde(default)]
    device: Option<String>,
}

/// Knows the secret.
pub(crate) struct Tokens {
    key: DecodingKey,
    validation: Validation,
}

impl Tokens {
    pub(crate) fn new(secret: &str) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 5;
        validation.set_required_spec_claims(&["exp", "sub"]);
        Self { key: DecodingKey::from_secret(secret.as_bytes()), validation }
    }

    /// Of `Authorization: Bearer …`.
    pub(crate) fn of_headers(&self, headers: &HeaderMap) -> Result<Identity, ApiError> {
        let text = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = text
            .and_then(|text| text.split_once(' '))
            .filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
        let Some((_, token)) = token else {
            return Err(unauthorized(
                "token_missing",
                "a token is needed: POST /api/sessions gives one",
            ));
        };
        self.check(token.trim())
    }

    pub(crate) fn check(&self, token: &str) -> Result<Identity, ApiError> {
        if token.len() > LONGEST {
            return Err(unauthorized("token_invalid", "the token is too long"));
        }
        let claims = decode::<Claims>(token, &self.key, &self.validation)
            .map_err(|error| match error.kind() {
                jsonwebtoken::errors::ErrorKind::ExpiredSignature => {
                    unauthorized("token_expired", "the token has expired")
                }
                _ => unauthorized("token_invalid", "the token is not one of ours"),
            })?
            .claims;
        Ok(Identity {
            player: Some(claims.sub),
            name: Some(claims.name),
            market: Some(claims.market),
            currency: Some(claims.currency),
            pays: Some(claims.pays),
            role: Some(claims.role),
            device: claims.device,
        })
    }
}

fn unauthorized(code: &str, message: &str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, code, message)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::json;

    pub(crate) fn token(secret: &str, role: &str, expires_in: i64) -> String {
        let now =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let claims = json!({
            "sub": "p-000123", "name": "Lena Sommer", "market": "de", "currency": "EUR", "pays": "wallet",
            "role": role, "exp": now.checked_add_signed(expires_in).unwrap(),
        });
        encode(&Header::default(), &claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
    }

    #[test]
    fn a_token_says_who_it_is() {
        let identity = Tokens::new("secret").check(&token("secret", "player", 60)).unwrap();
        assert_eq!(identity.player.as_deref(), Some("p-000123"));
        assert_eq!(identity.market.as_deref(), Some("de"));
    }

    #[test]
    fn others_tokens_and_old_ones_do_not_count() {
        let tokens = Tokens::new("secret");
        let code = |token: &str| tokens.check(token).unwrap_err().code;
        assert_eq!(code(&token("other", "player", 60)), "token_invalid");
        assert_eq!(code(&token("secret", "player", -60)), "token_expired");
        // Header {"alg":"none"}.
        assert_eq!(code("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."), "token_invalid");
        assert_eq!(code(&"x".repeat(3000)), "token_invalid");
        assert_eq!(tokens.of_headers(&HeaderMap::new()).unwrap_err().code, "token_missing");
    }
}
