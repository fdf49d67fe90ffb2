//! Tokens for the gateway: who somebody is, signed.

use std::time::{SystemTime, UNIX_EPOCH};

use casino_telemetry::ApiError;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde::Serialize;

use crate::players::Player;

const HOURS: u64 = 12;

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    name: &'a str,
    market: &'a str,
    currency: &'a str,
    pays: &'a str,
    role: &'a str,
    device: &'a str,
    sid: &'a str,
    iat: u64,
    exp: u64,
}

/// Signs them.
pub(crate) struct Signer {
    key: EncodingKey,
}

impl Signer {
    pub(crate) fn new(secret: &str) -> Self {
        Self { key: EncodingKey::from_secret(secret.as_bytes()) }
    }

    pub(crate) fn sign(
        &self,
        player: &Player,
        session: &str,
        device: &str,
    ) -> Result<String, ApiError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let claims = Claims {
            sub: &player.id,
            name: &player.name,
            market: &player.market,
            currency: &player.currency,
            pays: &player.pays,
            role: &player.role,
            device,
            sid: session,
            iat: now,
            exp: now + HOURS * 3600,
        };
        encode(&Header::default(), &claims, &self.key)
            .map_err(|error| ApiError::internal("no token could be made").because(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{DecodingKey, Validation, decode};

    #[test]
    fn a_token_can_be_read_with_the_secret_only() {
        let text = |text: &str| text.to_owned();
        let player = Player {
            id: text("p-000123"),
            name: text("Lena Sommer"),
            market: text("de"),
            currency: text("EUR"),
            kyc: text("none"),
            pays: text("wallet"),
            role: text("player"),
            status: text("active"),
            welcomed: true,
        };
        let token = Signer::new("secret").sign(&player, "s", "phone").unwrap();
        let read = |secret: &str| {
            let key = DecodingKey::from_secret(secret.as_bytes());
            decode::<serde_json::Value>(&token, &key, &Validation::default())
        };
        let claims = read("secret").unwrap().claims;
        assert_eq!(
            (claims["sub"].as_str(), claims["device"].as_str()),
            (Some("p-000123"), Some("phone"))
        );
        assert!(read("other").is_err());
    }
}
