//! Bodies of the old `/store/` route: an event as JSON, often deflated and in base64.
//!
//! Source: Relay's store endpoint, and what raven clients send.

use std::borrow::Cow;
use std::io::Read;

use base64::alphabet;
use base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};
use flate2::read::ZlibDecoder;
use model::id::EventId;
use model::intake::ItemType;
use model::json::Value;
use model::limits::STORE_BYTES_MAX;

use crate::json::{self, JsonError};

/// Some clients pad, some do not.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a body holds no event.
#[derive(Debug, thiserror::Error)]
pub enum StoreBodyError {
    /// Nothing in it.
    #[error("empty request body")]
    Empty,
    /// Neither JSON nor base64.
    #[error("invalid request body")]
    Base64(#[source] base64::DecodeError),
    /// What the base64 holds is neither JSON nor deflated.
    #[error("invalid request body")]
    Zlib(#[source] std::io::Error),
    /// Longer than [`STORE_BYTES_MAX`] once it is inflated.
    #[error("request body is too large")]
    TooLarge,
    /// Not a JSON object.
    #[error("invalid JSON data")]
    Json(#[source] Option<JsonError>),
    /// `event_id` is not a UUID.
    #[error("invalid event id")]
    EventId,
}

/// An event as the route found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreEvent {
    /// Its own id, if it has one.
    pub event_id: Option<EventId>,
    /// The item it becomes.
    pub item_type: ItemType,
    /// Its JSON text.
    pub json: Vec<u8>,
}

/// Reads the body of a POST, or the `sentry_data` of a GET. `client` is the `name/version` of the
/// credentials: old Python clients write numbers that JSON does not have.
///
/// # Errors
/// [`StoreBodyError`] when there is no event in it.
pub fn read(body: &[u8], client: Option<&str>) -> Result<StoreEvent, StoreBodyError> {
    let mut json = text(body)?.into_owned();
    let is_old_python = client.is_some_and(|client| {
        client.starts_with("raven-python/") || client.starts_with("sentry-python/")
    });
    if is_old_python {
        json::repair_non_finite(&mut json);
    }
    let mut scratch = json.clone();
    let value = json::parse(&mut scratch).map_err(|cause| StoreBodyError::Json(Some(cause)))?;
    let event = value.as_object().ok_or(StoreBodyError::Json(None))?;
    let event_id = match event.get("event_id") {
        None | Some(Value::Null) => None,
        Some(id) => Some(id.as_str().and_then(|id| EventId::parse(id).ok()))
            .map(|id| id.ok_or(StoreBodyError::EventId))
            .transpose()?,
    };
    let item_type = match event.str("type") {
        Some("transaction") => ItemType::Transaction,
        Some("csp") => ItemType::Security,
        Some("feedback") => ItemType::Feedback,
        _ => ItemType::Event,
    };
    Ok(StoreEvent { event_id, item_type, json })
}

/// The JSON text, whatever it is wrapped in.
fn text(body: &[u8]) -> Result<Cow<'_, [u8]>, StoreBodyError> {
    let body = body.trim_ascii();
    match body.first() {
        None => return Err(StoreBodyError::Empty),
        Some(b'{') => return Ok(Cow::Borrowed(body)),
        Some(_) => {}
    }
    let decoded = LENIENT.decode(body).map_err(StoreBodyError::Base64)?;
    if decoded.starts_with(b"{") {
        return Ok(Cow::Owned(decoded));
    }
    let cap = u64::try_from(STORE_BYTES_MAX).unwrap_or(u64::MAX) + 1;
    let mut inflated = Vec::new();
    ZlibDecoder::new(decoded.as_slice())
        .take(cap)
        .read_to_end(&mut inflated)
        .map_err(StoreBodyError::Zlib)?;
    if inflated.len() > STORE_BYTES_MAX {
        return Err(StoreBodyError::TooLarge);
    }
    Ok(Cow::Owned(inflated))
}
