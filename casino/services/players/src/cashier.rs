//! Money in and out: deposits with the provider's page, withdrawals after the check of the person.

use std::time::Duration;

use http::Method;
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use uuid::Uuid;

use crate::actions::Visit;
use crate::gateway::{Ask, Got};
use crate::truth::Money;

const METHODS: [&str; 3] = ["card", "sepa", "wallet"];
const LOOK_EVERY: Duration = Duration::from_secs(1);
const MOST_LOOKS: u32 = 10;

impl Visit<'_> {
    /// Pays in, goes to the provider's page, comes back, looks whether it has arrived.
    pub(crate) async fn deposit(&self, rng: &mut ChaCha8Rng) {
        let amount = rng.random_range(10..200) * 100;
        let got = self.order("deposit", "/api/payments/deposit", amount, rng).await;
        if !got.ok() {
            return;
        }
        let page = got.text("redirect");
        if page.starts_with("http://") || page.starts_with("https://") {
            // Another address than the casino's: without the token.
            let ask = Ask { kind: "provider_page", method: Method::GET, path: page, body: None };
            self.house.gateway.ask(self.person, ask).await;
        }
        self.follow(got.text("payment_id"), Money::Deposited, amount).await;
    }

    /// Takes money out; who was not checked yet is checked first.
    pub(crate) async fn withdraw(&self, rng: &mut ChaCha8Rng) {
        if !self.verify().await {
            return;
        }
        let amount = rng.random_range(5..50) * 100;
        let got = self.order("withdraw", "/api/payments/withdraw", amount, rng).await;
        if got.ok() {
            self.follow(got.text("payment_id"), Money::Withdrawn, amount).await;
        }
    }

    async fn order(
        &self,
        kind: &'static str,
        path: &str,
        amount: i64,
        rng: &mut ChaCha8Rng,
    ) -> Got {
        let body = json!({
            "amount_minor": amount,
            "currency": self.session.currency,
            "method": METHODS[rng.random_range(0..METHODS.len())],
            "request_uuid": Uuid::new_v4(),
        });
        self.ask(Ask { kind, method: Method::POST, path, body: Some(body) }).await
    }

    /// Until the payment has ended one way or the other, for ten seconds.
    async fn follow(&self, payment: &str, way: Money, amount: i64) {
        if payment.is_empty()
            || !payment.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            return;
        }
        let path = format!("/api/payments/{payment}");
        for _ in 0..MOST_LOOKS {
            tokio::time::sleep(LOOK_EVERY).await;
            let got = self
                .ask(Ask { kind: "payment", method: Method::GET, path: &path, body: None })
                .await;
            match got.text("state") {
                "captured" => return self.truth().money(way, &self.session.currency, amount),
                "failed" | "expired" | "reversed" => {
                    let reason = got.text("reason");
                    return self.truth().payment_failed(if reason.is_empty() {
                        got.text("state")
                    } else {
                        reason
                    });
                }
                _ => {}
            }
        }
        self.truth().skipped("payment without an end");
    }

    async fn verify(&self) -> bool {
        if self.session.verified {
            return true;
        }
        let me =
            || self.ask(Ask { kind: "profile", method: Method::GET, path: "/api/me", body: None });
        let verified = |got: &Got| {
            got.body.get("player").and_then(|player| player.get("kyc")).and_then(|kyc| kyc.as_str())
                == Some("verified")
        };
        if verified(&me().await) {
            return true;
        }
        let document = json!({ "document": "synthetic-passport" });
        let sent = self
            .ask(Ask {
                kind: "kyc",
                method: Method::POST,
                path: "/api/me/kyc",
                body: Some(document),
            })
            .await;
        if !sent.ok() {
            return false;
        }
        for _ in 0..MOST_LOOKS {
            tokio::time::sleep(LOOK_EVERY).await;
            if verified(&me().await) {
                return true;
            }
        }
        self.truth().skipped("nobody was verified");
        false
    }
}
