//! Names of streamed spans. SDKs name them by what does not vary, `GET` or `Pageload`, and leave the URL to
//! an attribute; transactions and their spans are named by the URL. Whichever way they come, the same
//! work shall have the same name. A segment keeps the one it came with beside that of its transaction.

use std::borrow::Cow;
use std::collections::HashMap;

use model::id::{SpanId, TraceId};
use model::span::{AttributeValue, SpanRow};

use super::finishing;
use super::names::sanitize;

/// What segments are named by, and what says so once the name is without ids.
const SOURCE: &str = "sentry.segment.name.source";

/// Completes the names of spans that came together.
pub(super) fn complete(rows: &mut [SpanRow<'_>]) {
    let mut renamed: HashMap<(TraceId, SpanId), Cow<'static, str>> = HashMap::new();
    for row in &mut *rows {
        if row.is_segment {
            let Some(name) = of_segment(row) else { continue };
            let name = finishing::short(name.into());
            row.transaction.clone_from(&name);
            if let Some(source) = row.attributes.iter_mut().find(|it| it.name == SOURCE) {
                source.value = AttributeValue::Text("sanitized".into());
            }
            renamed.insert((row.trace, row.span), name);
        } else if let Some(name) = of_request(row) {
            row.name = finishing::name(name.into());
        }
    }
    for row in rows.iter_mut().filter(|row| !row.is_segment) {
        if let Some(name) = renamed.get(&(row.trace, row.segment)) {
            row.transaction.clone_from(name);
        }
    }
}

/// `GET /players/*` or, of pages, `/players/*`, for a segment that is named by its URL or would be.
fn of_segment(row: &SpanRow<'_>) -> Option<String> {
    if row.text(SOURCE) != "url" {
        return None;
    }
    if row.name.contains('/') {
        return Some(sanitize(&row.name).unwrap_or_else(|| row.name.clone().into_owned()));
    }
    let path = match row.text("url.path") {
        "" => path(address(row)?),
        path => path,
    };
    if path.is_empty() {
        return None;
    }
    let path = sanitize(path).map_or(Cow::Borrowed(path), Cow::Owned);
    match &*row.op {
        "pageload" | "navigation" => Some(path.into_owned()),
        _ if row.name == row.text("http.request.method") => Some(format!("{} {path}", row.name)),
        _ => None,
    }
}

/// `GET https://psp.example/charge` of a request, `/dist/main.js` of what a page loads from where it is
/// from itself.
fn of_request(row: &SpanRow<'_>) -> Option<String> {
    if row.name.contains('/') {
        return None;
    }
    let address = address(row)?;
    if row.op == "http.client" {
        let method = row.text("http.request.method");
        return (!method.is_empty()).then(|| format!("{method} {address}"));
    }
    let is_own =
        matches!(row.attribute("http.request.same_origin"), Some(AttributeValue::Bool(true)));
    row.op.starts_with("resource.").then(|| if is_own { path(address) } else { address }.to_owned())
}

/// The URL without what it asks for.
fn address<'r>(row: &'r SpanRow<'_>) -> Option<&'r str> {
    let url = row.text("url.full");
    let address = url.split(['?', '#']).next().unwrap_or_default();
    address.contains("://").then_some(address)
}

/// What follows the host.
fn path(address: &str) -> &str {
    let host = address.find("://").map_or(0, |at| at + 3);
    let rest = address.get(host..).unwrap_or_default();
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
}
