//! Envelopes: a header line, then items of a header line and a payload each. Nothing is copied but
//! what the headers say.
//!
//! Source: Relay's envelope framing. One deliberate difference: white space after the last item is
//! no error.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use memchr::memchr;
use model::clock::Micros;
use model::id::EventId;
use model::intake::ItemType;
use model::json::{Object, Value};
use model::limits::{ENVELOPE_HEADER_BYTES_MAX, ENVELOPE_ITEMS_MAX};

use crate::dsn::Dsn;
use crate::json::Parser;

/// Why a body is not an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The body ends before an item does.
    #[error("unexpected end of file")]
    UnexpectedEof,
    /// There is nothing in the body.
    #[error("missing envelope header")]
    MissingHeader,
    /// A payload is longer than its item header says.
    #[error("missing newline after header or payload")]
    MissingNewline,
    /// The first line is not a header.
    #[error("invalid envelope header")]
    InvalidHeader,
    /// The line before a payload is not a header.
    #[error("invalid item header")]
    InvalidItemHeader,
    /// A header line beyond [`ENVELOPE_HEADER_BYTES_MAX`].
    #[error("header line is longer than {ENVELOPE_HEADER_BYTES_MAX} bytes")]
    HeaderTooLong,
    /// More than [`ENVELOPE_ITEMS_MAX`] items.
    #[error("too many individual items")]
    TooManyItems,
    /// An item that only servers exchange.
    #[error("envelope contains an internal item")]
    InternalItem,
}

/// An envelope in pieces. All pieces lie in the body it was parsed from.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope<'a> {
    /// What the first line says.
    pub header: Header,
    /// The first line as sent.
    pub header_line: Cow<'a, str>,
    /// The items in order, those of unknown types too.
    pub items: Vec<Item<'a>>,
}

/// The envelope header.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Header {
    /// The event that the items belong to; it wins over the id in a payload.
    pub event_id: Option<EventId>,
    /// Where the client wanted to send this.
    pub dsn: Option<Dsn>,
    /// The client's time of sending, to learn how wrong its clock is.
    pub sent_at: Option<Micros>,
    /// The SDK as `name/version`.
    pub sdk: Option<String>,
    /// Origin of the page, as a tunnel may have noted it.
    pub origin: Option<String>,
    /// The dynamic sampling context, as sent.
    pub trace: Option<Value<'static>>,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item<'a> {
    /// What its header says.
    pub header: ItemHeader,
    /// The header as sent.
    pub header_line: Cow<'a, str>,
    /// Where the payload begins in the body.
    pub start: usize,
    /// The payload.
    pub payload: &'a [u8],
}

/// The fields of an item header that decide something. Others stay in the line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ItemHeader {
    /// The type; `None` when we do not know it, which drops the item without a word.
    pub item_type: Option<ItemType>,
    /// Bytes of the payload; without it, the payload ends at the next newline.
    pub length: Option<usize>,
    /// Items in the container; 1 when not said.
    pub item_count: u32,
    /// Media type of the payload.
    pub content_type: Option<String>,
    /// What the attachment is for.
    pub attachment_type: Option<String>,
    /// Name of the attachment.
    pub filename: Option<String>,
    /// Platform of the profile.
    pub platform: Option<String>,
    /// Whether the profile's transaction was chosen to be sent; `None` when not said.
    pub sampled: Option<bool>,
}

/// What attachments may be for. Items with another `attachment_type` are of an unknown type.
const ATTACHMENT_TYPES: [&str; 13] = [
    "event.attachment",
    "event.minidump",
    "event.applecrashreport",
    "event.view_hierarchy",
    "event.payload",
    "event.breadcrumbs",
    "event.nv_gpudmp",
    "event.nv_shader_debug",
    "unreal.context",
    "unreal.logs",
    "playstation.prosperodump",
    "nswitch.dying_message",
    "event.nintendo_switch_dying_message",
];

impl<'a> Envelope<'a> {
    /// Takes a decompressed body apart.
    ///
    /// # Errors
    /// [`EnvelopeError`] when the framing is broken, which loses the whole envelope.
    pub fn parse(body: &'a [u8]) -> Result<Self, EnvelopeError> {
        let mut reader = Reader { body, at: 0, json: Parser::default(), scratch: Vec::new() };
        let line = reader.line()?.filter(|line| !line.trim_ascii().is_empty());
        let line = line.ok_or(EnvelopeError::MissingHeader)?;
        let header = reader.header(line, EnvelopeError::InvalidHeader, Header::read)?;
        let mut items = Vec::new();
        while let Some(item) = reader.item()? {
            if items.len() == ENVELOPE_ITEMS_MAX {
                return Err(EnvelopeError::TooManyItems);
            }
            items.push(item);
        }
        Ok(Self { header, header_line: String::from_utf8_lossy(line), items })
    }
}

impl Header {
    /// Reads an envelope header line, such as one kept in a record of the intake log.
    ///
    /// # Errors
    /// [`EnvelopeError::InvalidHeader`] when it is not a JSON object, or the event id, the DSN or
    /// the time of sending cannot be read.
    pub fn parse(line: &[u8]) -> Result<Self, EnvelopeError> {
        let mut scratch = line.to_vec();
        let value = Parser::default().parse(&mut scratch);
        let object = value.as_ref().ok().and_then(Value::as_object);
        object.and_then(Self::read).ok_or(EnvelopeError::InvalidHeader)
    }

    fn read(object: &Object<'_>) -> Option<Self> {
        let sdk = object.get("sdk").and_then(|sdk| {
            let name = sdk.get("name")?.as_str()?;
            let version = sdk.get("version").and_then(Value::as_str).unwrap_or("unknown");
            Some(format!("{name}/{version}"))
        });
        Some(Self {
            event_id: optional(object, "event_id", |text| EventId::parse(text).ok())?,
            dsn: optional(object, "dsn", |text| text.parse().ok())?,
            sent_at: optional(object, "sent_at", moment)?,
            sdk,
            origin: object.str("origin").map(str::to_owned),
            trace: object.get("trace").filter(|value| value.as_object().is_some()).map(owned),
        })
    }
}

impl ItemHeader {
    /// Reads an item header line, such as one kept in a record of the intake log.
    ///
    /// # Errors
    /// [`EnvelopeError::InvalidItemHeader`] when it is not a JSON object with a type, or its
    /// length is not a length.
    pub fn parse(line: &[u8]) -> Result<Self, EnvelopeError> {
        let mut scratch = line.to_vec();
        let value = Parser::default().parse(&mut scratch);
        let object = value.as_ref().ok().and_then(Value::as_object);
        object.and_then(Self::read).ok_or(EnvelopeError::InvalidItemHeader)
    }

    fn read(object: &Object<'_>) -> Option<Self> {
        let text = |key: &str| object.str(key).map(str::to_owned);
        let name = object.str("type")?;
        let attachment_type = text("attachment_type");
        let purpose_known = attachment_type
            .as_deref()
            .is_none_or(|purpose| name != "attachment" || ATTACHMENT_TYPES.contains(&purpose));
        let length = match object.get("length") {
            None | Some(Value::Null) => None,
            Some(length) => Some(usize::try_from(length.as_u64()?).ok()?),
        };
        let count = object.get("item_count").and_then(Value::as_u64);
        Some(Self {
            item_type: ItemType::from_name(name)
                // Has no place in envelopes; the name is ours for what comes over its own route.
                .filter(|item_type| *item_type != ItemType::Nel && purpose_known),
            length,
            item_count: count.and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
            content_type: text("content_type"),
            attachment_type,
            filename: text("filename"),
            platform: text("platform"),
            sampled: object.get("sampled").and_then(Value::as_bool),
        })
    }
}

/// `Some(None)` when the field is missing or null, `None` when it cannot be read.
#[expect(clippy::option_option, reason = "`?` on the outer one refuses the header")]
fn optional<T>(
    object: &Object<'_>,
    key: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Option<Option<T>> {
    match object.get(key) {
        None | Some(Value::Null) => Some(None),
        Some(value) => Some(Some(read(value.as_str()?)?)),
    }
}

fn moment(text: &str) -> Option<Micros> {
    let moment = text.parse::<DateTime<Utc>>().ok()?;
    u64::try_from(moment.timestamp_micros()).ok().map(Micros)
}

fn owned(value: &Value<'_>) -> Value<'static> {
    value.clone().into_owned()
}

struct Reader<'a> {
    body: &'a [u8],
    at: usize,
    json: Parser,
    scratch: Vec<u8>,
}

impl<'a> Reader<'a> {
    /// The bytes up to the next newline, which is skipped; `None` at the end of the body.
    fn line(&mut self) -> Result<Option<&'a [u8]>, EnvelopeError> {
        let rest = &self.body[self.at..];
        if rest.is_empty() {
            return Ok(None);
        }
        let len = memchr(b'\n', rest).unwrap_or(rest.len());
        if len > ENVELOPE_HEADER_BYTES_MAX {
            return Err(EnvelopeError::HeaderTooLong);
        }
        self.at += (len + 1).min(rest.len());
        Ok(Some(&rest[..len]))
    }

    fn header<T>(
        &mut self,
        line: &[u8],
        error: EnvelopeError,
        read: impl FnOnce(&Object<'_>) -> Option<T>,
    ) -> Result<T, EnvelopeError> {
        self.scratch.clear();
        self.scratch.extend_from_slice(line);
        let value = self.json.parse(&mut self.scratch).or(Err(error))?;
        value.as_object().and_then(read).ok_or(error)
    }

    fn item(&mut self) -> Result<Option<Item<'a>>, EnvelopeError> {
        let blank = self.body[self.at..].iter().take_while(|byte| byte.is_ascii_whitespace());
        self.at += blank.count();
        let Some(line) = self.line()? else { return Ok(None) };
        let header = self.header(line, EnvelopeError::InvalidItemHeader, |object| {
            Some((ItemHeader::read(object)?, object.str("type") == Some("integration")))
        })?;
        let (header, is_internal) = header;
        if is_internal {
            return Err(EnvelopeError::InternalItem);
        }
        let start = self.at;
        let payload = self.payload(header.length)?;
        Ok(Some(Item { header, header_line: String::from_utf8_lossy(line), start, payload }))
    }

    fn payload(&mut self, length: Option<usize>) -> Result<&'a [u8], EnvelopeError> {
        let rest = &self.body[self.at..];
        let length = length.unwrap_or_else(|| memchr(b'\n', rest).unwrap_or(rest.len()));
        let (payload, after) = rest.split_at_checked(length).ok_or(EnvelopeError::UnexpectedEof)?;
        if !matches!(after.first(), None | Some(b'\n')) {
            return Err(EnvelopeError::MissingNewline);
        }
        self.at += (length + 1).min(rest.len());
        Ok(payload)
    }
}
