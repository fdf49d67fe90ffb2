//! What people say about uptime checks, field by field.

use alarm::{UptimeAsk, UptimeChange};
use meta::{Meta, Secret};
use model::id::OrganizationId;
use serde_json::{Map, Value};
use url::Url;

use crate::auth::Access;
use crate::error::ApiError;
use crate::monitor::{active, flag, name, owner};
use crate::state::Api;

/// Stands for a value that was set before and is not shown.
pub(super) const SET: &str = "[set]";
const URL_BYTES_MAX: usize = 1_000;
const BODY_BYTES_MAX: usize = 8 * 1_024;
const HEADERS_MAX: usize = 20;
const HEADER_BYTES_MAX: usize = 2_000;
const TEXT_BYTES_MAX: usize = 200;
const ENVIRONMENT_BYTES_MAX: usize = 64;
const RANGES_MAX: usize = 10;
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
/// HTTP's own, which the connection sets.
const OWN_HEADERS: [&str; 5] =
    ["host", "content-length", "transfer-encoding", "connection", "upgrade"];

/// What is not said.
fn defaults() -> UptimeAsk {
    UptimeAsk {
        url: String::new(),
        method: "GET".to_owned(),
        body: None,
        interval_seconds: 60,
        timeout_millis: 5_000,
        status: vec![(200, 299)],
        expected_body: String::new(),
        latency_max_millis: None,
        follows_redirects: true,
        certificate_days_min: None,
        // Source: Sentry, `sampling-and-sessions.md` 4.4.
        failure_threshold: 3,
        recovery_threshold: 1,
    }
}

/// Reads a body over what was before. Blocks.
pub(super) fn change(
    api: &Api,
    access: &Access,
    body: &Map<String, Value>,
    before: Option<&UptimeChange>,
) -> Result<UptimeChange, ApiError> {
    let organization = access.organization.id;
    let mut says = form(body, before)?;
    // Secrets go only where they were meant for: at another address they must be said again.
    let told = before.filter(|before| origin(&before.asks.url) == origin(&says.asks.url));
    says.headers = headers(&api.database, organization, body, told)?;
    says.owner = owner(api, access, body, before.and_then(|before| before.owner.as_ref()))?;
    Ok(says)
}

/// What a body says of a check over what was before, but for its headers, which are sealed, and its owner,
/// whom one must look up.
///
/// # Errors
/// [`ApiError::Fields`], which says what is wrong where.
pub fn form(
    body: &Map<String, Value>,
    before: Option<&UptimeChange>,
) -> Result<UptimeChange, ApiError> {
    Ok(UptimeChange {
        name: name(body, before.map(|before| &before.name))?,
        environment: environment(body, before)?,
        owner: None,
        is_enabled: active(body)?.or(before.map(|before| before.is_enabled)).unwrap_or(true),
        is_muted: flag(body, ["isMuted", "is_muted"])?
            .or(before.map(|before| before.is_muted))
            .unwrap_or(false),
        headers: None,
        asks: asks(body, before.map(|before| &before.asks))?,
    })
}

fn asks(body: &Map<String, Value>, before: Option<&UptimeAsk>) -> Result<UptimeAsk, ApiError> {
    let mut asks = before.cloned().unwrap_or_else(defaults);
    if let Some(url) = text(body, ["url", "url"])? {
        asks.url = checked_url(&url)?;
    }
    if asks.url.is_empty() {
        return Err(ApiError::field("url", "This field is required."));
    }
    let kind = if asks.url.starts_with("tcp:") { "tcp" } else { "http" };
    if text(body, ["kind", "kind"])?.is_some_and(|said| said != kind) {
        return Err(ApiError::field("kind", "tcp needs a URL such as tcp://host:port."));
    }
    if let Some(method) = text(body, ["method", "method"])? {
        if !METHODS.contains(&method.as_str()) {
            return Err(ApiError::field(
                "method",
                format!("Must be one of {}.", METHODS.join(", ")),
            ));
        }
        asks.method = method;
    }
    if body.contains_key("body") {
        asks.body = text(body, ["body", "body"])?.filter(|body| !body.is_empty());
        if asks.body.as_ref().is_some_and(|body| body.len() > BODY_BYTES_MAX) {
            return Err(ApiError::field("body", format!("At most {BODY_BYTES_MAX} bytes.")));
        }
    }
    let numbers: [(&'static str, &'static str, u32, u32, &mut u32); 4] = [
        ("intervalSeconds", "interval_seconds", 30, 86_400, &mut asks.interval_seconds),
        ("timeoutMs", "timeout_ms", 100, 60_000, &mut asks.timeout_millis),
        ("downtimeThreshold", "downtime_threshold", 1, 720, &mut asks.failure_threshold),
        ("recoveryThreshold", "recovery_threshold", 1, 720, &mut asks.recovery_threshold),
    ];
    for (field, other, min, max, value) in numbers {
        if let Said::This(said) = number(body, [field, other], (min, max))? {
            *value = said;
        }
    }
    if u64::from(asks.timeout_millis) > u64::from(asks.interval_seconds) * 1_000 {
        return Err(ApiError::field("timeoutMs", "Must not be longer than the interval."));
    }
    let limits = (1, 60_000);
    let said = number(body, ["latencyMaxMs", "latency_max_ms"], limits)?;
    asks.latency_max_millis = said.or(asks.latency_max_millis);
    let days = (1, 3_650);
    let said = number(body, ["certificateDaysMin", "certificate_days_min"], days)?;
    asks.certificate_days_min = said.or(asks.certificate_days_min);
    if let Some(said) = text(body, ["expectedBody", "expected_body"])? {
        if said.len() > TEXT_BYTES_MAX {
            let sentence = format!("At most {TEXT_BYTES_MAX} bytes.");
            return Err(ApiError::field("expectedBody", sentence));
        }
        asks.expected_body = said;
    }
    if let Some(said) = text(body, ["expectedStatus", "expected_status"])? {
        asks.status = statuses(&said)?;
    }
    match text(body, ["redirects", "redirects"])?.as_deref() {
        None => {}
        Some("follow") => asks.follows_redirects = true,
        Some("refuse") => asks.follows_redirects = false,
        Some(_) => return Err(ApiError::field("redirects", "Must be follow or refuse.")),
    }
    if kind == "tcp" && !asks.expected_body.is_empty() {
        return Err(ApiError::field("expectedBody", "TCP checks only connect."));
    }
    Ok(asks)
}

/// An address that can be called. Whether it may be is seen when its name is resolved.
fn checked_url(text: &str) -> Result<String, ApiError> {
    let wrong = |sentence: &str| ApiError::field("url", sentence);
    if text.len() > URL_BYTES_MAX {
        return Err(wrong("Too long."));
    }
    let url = Url::parse(text.trim()).or(Err(wrong("Enter a valid URL.")))?;
    if !matches!(url.scheme(), "http" | "https" | "tcp") {
        return Err(wrong("Must begin with https://, http:// or tcp://."));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("There is no host in it."));
    }
    if url.scheme() == "tcp" && url.port().is_none() {
        return Err(wrong("TCP needs a port, as in tcp://host:5432."));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("Names and passwords belong into headers, which are not shown again."));
    }
    let mut url = url;
    url.set_fragment(None);
    Ok(url.to_string())
}

/// `200-299,404`.
fn statuses(text: &str) -> Result<Vec<(u16, u16)>, ApiError> {
    let wrong = || ApiError::field("expectedStatus", "Must be such as 200-299,404.");
    let status =
        |text: &str| text.trim().parse::<u16>().ok().filter(|status| (100..=599).contains(status));
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (status(first)?, status(last)?);
        (first <= last).then_some((first, last))
    };
    let ranges: Option<Vec<_>> = text.split(',').map(range).collect();
    ranges.filter(|ranges| ranges.len() <= RANGES_MAX).ok_or_else(wrong)
}

fn environment(
    body: &Map<String, Value>,
    before: Option<&UptimeChange>,
) -> Result<String, ApiError> {
    if !body.contains_key("environment") {
        return Ok(before.map(|before| before.environment.clone()).unwrap_or_default());
    }
    let said = text(body, ["environment", "environment"])?.unwrap_or_default();
    let is_one = |byte: u8| !byte.is_ascii_control() && byte != b'/';
    if said.len() <= ENVIRONMENT_BYTES_MAX && said.bytes().all(is_one) {
        Ok(said)
    } else {
        Err(ApiError::field("environment", "Must have at most 64 characters and no slash."))
    }
}

/// Sealed headers opened. Those sealed with a key that is lost are none.
///
/// # Errors
/// When the database cannot be read.
pub fn opened(
    database: &Meta,
    organization: OrganizationId,
    sealed: Option<&[u8]>,
) -> Result<Vec<(String, String)>, ApiError> {
    let Some(sealed) = sealed else { return Ok(Vec::new()) };
    let text = database.open_uptime_headers(organization, sealed)?;
    Ok(text.and_then(|text| serde_json::from_str(text.expose()).ok()).unwrap_or_default())
}

/// Headers sealed; nothing for none.
///
/// # Errors
/// When the database cannot be read.
pub fn sealed(
    database: &Meta,
    organization: OrganizationId,
    headers: &[(String, String)],
) -> Result<Option<Vec<u8>>, ApiError> {
    if headers.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_string(headers).map_err(ApiError::internal)?;
    Ok(Some(database.seal_uptime_headers(organization, &Secret::new(text))?))
}

/// Scheme, host and port of an address, as it is written.
fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |place| place + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |place| start + place);
    &url[..end]
}

/// `headers` of a body, sealed. A value of `[set]` stays what it was.
fn headers(
    database: &Meta,
    organization: OrganizationId,
    body: &Map<String, Value>,
    before: Option<&UptimeChange>,
) -> Result<Option<Vec<u8>>, ApiError> {
    let kept = before.and_then(|before| before.headers.as_deref());
    let Some(mut said) = said_headers(body)? else { return Ok(kept.map(<[u8]>::to_vec)) };
    let known = opened(database, organization, kept)?;
    for (name, value) in said.iter_mut().filter(|(_, value)| value == SET) {
        let before = known.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let sentence = || format!("{name} has no value yet.");
        let before = before.ok_or_else(|| ApiError::field("headers", sentence()))?;
        value.clone_from(&before.1);
    }
    sealed(database, organization, &said)
}

/// `headers` of a body, checked: `[[name, value], …]` or an object; `None` when it says nothing of them.
///
/// # Errors
/// [`ApiError::Fields`], which never holds a value.
pub fn said_headers(body: &Map<String, Value>) -> Result<Option<Vec<(String, String)>>, ApiError> {
    let wrong = |sentence: &str| ApiError::field("headers", sentence);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let said: Option<Vec<(String, String)>> = match body.get("headers") {
        None => return Ok(None),
        Some(Value::Null) => Some(Vec::new()),
        Some(Value::Array(pairs)) => {
            pairs.iter().map(|pair| Some((text(pair.get(0)?)?, text(pair.get(1)?)?))).collect()
        }
        Some(Value::Object(pairs)) => {
            pairs.iter().map(|(name, value)| Some((name.clone(), text(value)?))).collect()
        }
        Some(_) => None,
    };
    let said = said.ok_or_else(|| wrong("Must be a list of pairs of name and value."))?;
    if said.len() > HEADERS_MAX {
        return Err(wrong(&format!("At most {HEADERS_MAX}.")));
    }
    for (name, value) in &said {
        let is_token =
            |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!#$%&'*+^`|~".contains(&byte);
        if name.is_empty() || name.len() > 100 || !name.bytes().all(is_token) {
            return Err(wrong("A name may only have letters, digits and -."));
        }
        if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(wrong(&format!("{name} is set by the connection.")));
        }
        if value.len() > HEADER_BYTES_MAX || value.chars().any(char::is_control) {
            return Err(wrong(&format!("The value of {name} is too long or has line breaks.")));
        }
    }
    Ok(Some(said))
}

/// A text of a body by either spelling of its name; nothing for `null`.
fn text(body: &Map<String, Value>, names: [&str; 2]) -> Result<Option<String>, ApiError> {
    match names.iter().find_map(|name| body.get(*name)) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim().to_owned())),
        Some(_) => Err(ApiError::field(names[0], "Must be text.")),
    }
}

/// What a body says of a number.
enum Said<T> {
    NotAtAll,
    /// `null`: there is to be none.
    Nothing,
    This(T),
}

impl<T> Said<T> {
    /// What holds from now on.
    fn or(self, known: Option<T>) -> Option<T> {
        match self {
            Self::NotAtAll => known,
            Self::Nothing => None,
            Self::This(number) => Some(number),
        }
    }
}

/// A number of a body, by either spelling of its name.
fn number(
    body: &Map<String, Value>,
    names: [&str; 2],
    (min, max): (u32, u32),
) -> Result<Said<u32>, ApiError> {
    match names.iter().find_map(|name| body.get(*name)) {
        None => Ok(Said::NotAtAll),
        Some(Value::Null) => Ok(Said::Nothing),
        Some(value) => {
            let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
            let number = number.filter(|number| (min..=max).contains(number));
            let sentence = || format!("Must be a whole number from {min} to {max}.");
            number.map(Said::This).ok_or_else(|| ApiError::field(names[0], sentence()))
        }
    }
}
