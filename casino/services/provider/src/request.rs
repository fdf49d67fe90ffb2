//! What the casino asks of its provider, checked.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use casino_telemetry::flags::{Asker, Flags};
use casino_telemetry::{ApiError, Request};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// A million, in minor units.
const MOST_MINOR: i64 = 100_000_000;
const LONGEST_ADDRESS: usize = 512;

/// How a player pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Method {
    Card,
    Sepa,
    Wallet,
}

impl Method {
    const fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Sepa => "sepa",
            Self::Wallet => "wallet",
        }
    }
}

/// The money of a charge, a deposit or a payout.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Order {
    pub(crate) transaction_uuid: Uuid,
    pub(crate) player: String,
    pub(crate) amount_minor: i64,
    pub(crate) currency: String,
    pub(crate) method: Method,
    /// Only of deposits and payouts.
    #[serde(default)]
    pub(crate) payment_id: Option<Uuid>,
    #[serde(default)]
    pub(crate) callback: Option<String>,
    #[serde(default)]
    pub(crate) return_to: Option<String>,
    /// The same as the header, for callers that keep it in their records.
    #[serde(default)]
    pub(crate) fault: Option<String>,
}

impl Order {
    /// Checks what came and puts what is known of it on everything that is reported.
    pub(crate) fn read(body: Result<Json<Self>, JsonRejection>) -> Result<Self, ApiError> {
        let Json(order) = body.map_err(|error| ApiError::invalid(error.body_text()))?;
        let currency_ok = order.currency.len() == 3
            && order.currency.bytes().all(|byte| byte.is_ascii_uppercase());
        if !currency_ok || !(1..=MOST_MINOR).contains(&order.amount_minor) {
            return Err(ApiError::invalid("amount_minor or currency is out of range"));
        }
        if order.player.is_empty() || order.player.len() > 64 {
            return Err(ApiError::invalid("player must be 1 to 64 characters"));
        }
        if let Some(current) = Request::current() {
            current.tag("provider", "novapay");
            current.tag("payment_method", order.method.name());
            let mut identity = current.identity();
            identity.player.get_or_insert_with(|| order.player.clone());
            current.identify(identity);
        }
        Ok(order)
    }

    /// The address that is told how it ended, and the payment it is told about.
    pub(crate) fn callback(&self) -> Result<(String, Uuid), ApiError> {
        let address = self.callback.as_deref().filter(|address| is_address(address));
        let (Some(address), Some(payment_id)) = (address, self.payment_id) else {
            return Err(ApiError::invalid(
                "callback must be an http address and payment_id a UUID",
            ));
        };
        Ok((address.to_owned(), payment_id))
    }

    /// Where the player goes from the provider's page.
    pub(crate) fn return_to(&self) -> Result<Option<String>, ApiError> {
        match self.return_to.as_deref() {
            Some(address) if !is_address(address) => {
                Err(ApiError::invalid("return_to must be an http address"))
            }
            address => Ok(address.map(str::to_owned)),
        }
    }

    /// A flag that is a number. The header's fault wins; the body's counts where there is no header.
    pub(crate) fn flag(&self, flags: &Flags, name: &str) -> f64 {
        let has_header = Request::current().is_none_or(|current| current.fault.is_some());
        match &self.fault {
            Some(fault) if !has_header => {
                let asker = Asker {
                    fault: Some(fault.clone()),
                    user: Some(self.player.clone()),
                    ..Asker::default()
                };
                match flags.evaluate_for(name, &asker).value {
                    Value::Number(number) => number.as_f64().unwrap_or_default(),
                    _ => 0.0,
                }
            }
            _ => flags.number(name),
        }
    }
}

fn is_address(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    plain
        && text.len() <= LONGEST_ADDRESS
        && (text.starts_with("http://") || text.starts_with("https://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(more: &str) -> Order {
        let text = format!(
            r#"{{"transaction_uuid":"7a1f3c7e-3a55-4d53-9a55-1f3b0f6f8a01","player":"p-1","amount_minor":5,"currency":"EUR","method":"card"{more}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn addresses_must_be_addresses() {
        assert!(order("").callback().is_err());
        assert!(order(r#","callback":"file:///etc/passwd","payment_id":"7a1f3c7e-3a55-4d53-9a55-1f3b0f6f8a01""#).callback().is_err());
        assert!(
            order(
                r#","callback":"http://x/y","payment_id":"7a1f3c7e-3a55-4d53-9a55-1f3b0f6f8a01""#
            )
            .callback()
            .is_ok()
        );
        assert!(order(r#","return_to":"javascript:alert(1)""#).return_to().is_err());
        assert_eq!(order("").return_to().unwrap(), None);
    }

    #[test]
    fn money_must_be_positive() {
        for amount in [0, -1, MOST_MINOR + 1] {
            assert!(Order::read(Ok(Json(Order { amount_minor: amount, ..order("") }))).is_err());
        }
        assert!(Order::read(Ok(Json(order("")))).is_ok());
    }
}
