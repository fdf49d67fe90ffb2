//! Reports that browsers send by themselves when a page's content security policy is violated.
//!
//! Source: Content Security Policy Level 3, Reporting API; event, message and tags as Relay makes them.

use std::borrow::Cow;
use std::fmt::Write;

use model::json::{Object, Value};
use model::json_text;

use crate::json::{self, JsonError};
use crate::origin::split_port;

mod directive;

use directive::Directive;

/// Why a report becomes no event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecurityError {
    /// A report of another kind.
    #[error("not a CSP report")]
    OtherType,
    /// Not an object, or about a directive that does not exist.
    #[error("invalid CSP report")]
    Invalid,
}

impl SecurityError {
    /// The reason for the accounts.
    pub fn reason(self) -> &'static str {
        match self {
            Self::OtherType => "security_report_type",
            Self::Invalid => "security_report",
        }
    }
}

/// What is known about a report besides the report.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given<'a> {
    /// `sentry_release` of the query.
    pub release: Option<&'a str>,
    /// `sentry_environment` of the query.
    pub environment: Option<&'a str>,
    /// The `User-Agent` header.
    pub user_agent: Option<&'a str>,
    /// The `Origin` header.
    pub origin: Option<&'a str>,
    /// Address of the browser.
    pub client_ip: Option<&'a str>,
}

/// Splits a body into reports, each as JSON text: browsers send one, or a list of them.
///
/// # Errors
/// [`JsonError`] when the body is not JSON.
pub fn split(body: &[u8]) -> Result<Vec<String>, JsonError> {
    let mut scratch = body.to_vec();
    let reports = match json::parse(&mut scratch)? {
        Value::Array(reports) => reports,
        report => vec![report],
    };
    Ok(reports.iter().map(json_text::to_string).collect())
}

/// Makes the event of one report.
///
/// # Errors
/// [`SecurityError`] when it is not a CSP report, or not a valid one.
pub fn event<'a>(report: Value<'a>, given: &Given<'a>) -> Result<Object<'a>, SecurityError> {
    let csp = fields(unwrap(report)?);
    let effective = effective_directive(&csp).ok_or(SecurityError::Invalid)?;
    let text = |name: &str| csp.str(name).unwrap_or_default();
    let blocked = csp.str("blocked_uri").unwrap_or("self");
    let message = effective.message(blocked, text("violated_directive"));
    let culprit = culprit(text("violated_directive"), text("document_uri"));

    let mut event = Object::with_capacity(12);
    event.push("type", "csp");
    event.push("logger", "csp");
    event.push("logentry", one("formatted", message));
    event.push("culprit", culprit);
    event.push("tags", tags(effective, blocked));
    event.push("request", request(&csp, given));
    if let Some(address) = given.client_ip {
        event.push("user", one("ip_address", address));
    }
    for (name, value) in [("release", given.release), ("environment", given.environment)] {
        if let Some(value) = value {
            event.push(name, value);
        }
    }
    let mut csp = csp;
    csp.insert("effective_directive", effective.name());
    if csp.get("blocked_uri").is_none() {
        csp.push("blocked_uri", "self");
    }
    event.push("csp", csp);
    Ok(event)
}

fn one<'a>(name: &'static str, value: impl Into<Value<'a>>) -> Object<'a> {
    let mut object = Object::with_capacity(1);
    object.push(name, value);
    object
}

/// Takes the report out of its wrapping: `{"csp-report": …}` or that of the Reporting API.
fn unwrap(report: Value<'_>) -> Result<Object<'_>, SecurityError> {
    let Value::Object(mut report) = report else { return Err(SecurityError::Invalid) };
    let wrapped = if let Some(inner) = report.remove("csp-report") {
        inner
    } else if report.str("type") == Some("csp-violation") {
        report.remove("body").unwrap_or_default()
    } else {
        return Err(SecurityError::OtherType);
    };
    let Value::Object(report) = wrapped else { return Err(SecurityError::Invalid) };
    Ok(report)
}

/// Known fields under their name in the interface, numbers as numbers; unknown ones as they came.
fn fields(report: Object<'_>) -> Object<'_> {
    let rename = |(name, value)| (field_name(name), value);
    let mut csp: Object<'_> = report.into_entries().into_iter().map(rename).collect();
    for name in ["status_code", "line_number", "column_number"] {
        if let Some(place) = csp.get_mut(name) {
            let number = place.as_str().map(|text| text.trim().parse::<u64>().ok());
            if let Some(number) = number {
                *place = Value::from(number);
            }
        }
    }
    csp
}

/// Reports name their fields in kebab case, the Reporting API in camel case, with its own words.
fn field_name(name: Cow<'_, str>) -> Cow<'_, str> {
    const FIELDS: [&str; 12] = [
        "effective_directive",
        "blocked_uri",
        "document_uri",
        "original_policy",
        "referrer",
        "status_code",
        "violated_directive",
        "source_file",
        "line_number",
        "column_number",
        "script_sample",
        "disposition",
    ];
    let mut snake = String::with_capacity(name.len() + 4);
    let mut was_lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && was_lower {
            snake.push('_');
        }
        was_lower = c.is_ascii_lowercase();
        snake.push(if c == '-' { '_' } else { c.to_ascii_lowercase() });
    }
    let known = match snake.as_str() {
        "blocked_url" => Some("blocked_uri"),
        "document_url" => Some("document_uri"),
        "sample" => Some("script_sample"),
        snake => FIELDS.into_iter().find(|field| *field == snake),
    };
    known.map_or(name, Cow::Borrowed)
}

/// What was violated; Firefox used to name it in the full directive only.
fn effective_directive(csp: &Object<'_>) -> Option<Directive> {
    let first_word = |text: &str| text.split_ascii_whitespace().next().and_then(Directive::named);
    match csp.str("effective_directive") {
        Some(directive) => first_word(directive),
        None => first_word(csp.str("violated_directive").unwrap_or_default()),
    }
}

/// The violated directive, with the page's own origin written as `'self'`.
fn culprit(violated: &str, document: &str) -> String {
    let own = origin(document);
    let mut culprit = String::with_capacity(violated.len());
    for (place, source) in violated.split_ascii_whitespace().enumerate() {
        let is_own = place > 0 && own.is_some_and(|own| origin(source) == Some(own));
        let gap = if place > 0 { " " } else { "" };
        // Writing to a string cannot fail.
        let _infallible = write!(culprit, "{gap}{}", if is_own { "'self'" } else { source });
    }
    culprit
}

fn tags<'a>(effective: Directive, blocked: &str) -> Value<'a> {
    let pair = |name, value: &str| Value::Array(vec![Value::from(name), value.to_owned().into()]);
    let shown = match blocked.strip_prefix("https://api.stripe.com/") {
        // These carry a session in the query, and would make a tag value each.
        Some(_) => blocked.split(['?', '#']).next().unwrap_or_default(),
        None => blocked,
    };
    let mut tags = vec![pair("effective-directive", effective.name()), pair("blocked-uri", shown)];
    if let Some(host) = directive::web_host(blocked) {
        let (name, _port) = split_port(host);
        tags.push(pair("blocked-host", name));
    }
    Value::Array(tags)
}

fn request<'a>(csp: &Object<'a>, given: &Given<'a>) -> Object<'a> {
    let mut request = Object::with_capacity(2);
    if let Some(url) = csp.get("document_uri") {
        request.push("url", url.clone());
    }
    let referrer = csp.get("referrer").filter(|value| value.as_str() != Some("")).cloned();
    let headers = [
        ("Referer", referrer),
        ("User-Agent", given.user_agent.map(Value::from)),
        ("Origin", given.origin.map(Value::from)),
    ];
    let headers = headers.into_iter().filter_map(|(name, value)| {
        Some(Value::Array(vec![Value::from(name), value.filter(|value| !value.is_null())?]))
    });
    request.push("headers", headers.collect::<Vec<_>>());
    request
}

/// Scheme, host and port of a URL.
fn origin(url: &str) -> Option<&str> {
    let scheme_end = url.find("://")? + 3;
    let len = url[scheme_end..].find('/').unwrap_or(url.len() - scheme_end);
    Some(&url[..scheme_end + len])
}
