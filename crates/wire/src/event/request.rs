//! The HTTP request that was being served or made.

use std::borrow::Cow;

use model::annotation::Path;
use model::event::Event;
use model::json::{Object, Value};
use url::{Url, form_urlencoded};

use super::conform::Conform;
use super::scalars;
use super::schema::{FREE, Field, Kind, Schema, Text, field, text};
use crate::json;

const STRING: Kind = Kind::Text(FREE);

const REQUEST: Schema = Schema::closed(
    "request",
    &[
        field("url", Kind::Text(Text::max(256, 40))),
        text("method"),
        text("protocol"),
        field("data", Kind::Any).bag(8192, 7),
        field("query_string", Kind::Pairs(&STRING, &Kind::JsonText(FREE)))
            .bag(1024, 3)
            .reshaped(query)
            .gone_when_empty(),
        field("fragment", Kind::Text(Text::max(1024, 100))).gone_when_empty(),
        COOKIES,
        HEADERS,
        field("env", Kind::Map(&Kind::Any)).bag(8192, 7).gone_when_empty(),
        field("body_size", Kind::Unsigned),
        text("inferred_content_type").gone_when_empty(),
        text("api_target"),
    ],
);

/// The field, to be put into the table of the event.
pub(super) const FIELD: Field = field("request", Kind::Object(&REQUEST)).gone_when_empty();

/// Cookies, of a request or a response.
pub(super) const COOKIES: Field = field("cookies", Kind::Pairs(&STRING, &STRING))
    .bag(2048, 5)
    .reshaped(cookies)
    .gone_when_empty();

/// Headers, of a request or a response.
pub(super) const HEADERS: Field = field("headers", Kind::Pairs(&STRING, &Kind::Lenient(FREE)))
    .bag(8192, 7)
    .reshaped(headers)
    .gone_when_empty();

fn query(conform: &mut Conform<'_>, value: &mut Value<'_>, path: &Path<'_>) {
    match value {
        Value::Str(text) => *value = parse_query(text),
        Value::Null | Value::Array(_) | Value::Object(_) => {}
        _ => conform.reject(value, path, "expected a query string or map"),
    }
}

fn parse_query(text: &str) -> Value<'static> {
    let text = text.strip_prefix('?').unwrap_or(text);
    let pairs = form_urlencoded::parse(text.as_bytes());
    Value::Array(pairs.map(|(name, value)| pair(name.into_owned(), value.into_owned())).collect())
}

fn pair(name: String, value: String) -> Value<'static> {
    Value::Array(vec![Value::from(name), Value::from(value)])
}

fn cookies(conform: &mut Conform<'_>, value: &mut Value<'_>, path: &Path<'_>) {
    match value {
        Value::Str(text) => {
            let (cookies, broken) = parse_cookies(text);
            let original = std::mem::replace(value, cookies);
            if let Some(reason) = broken {
                let mut original = original;
                conform.reject(&mut original, path, reason);
            }
        }
        Value::Null | Value::Array(_) | Value::Object(_) => {}
        _ => conform.reject(value, path, "expected cookies"),
    }
}

/// The good ones, and what was wrong with a bad one.
fn parse_cookies(text: &str) -> (Value<'static>, Option<&'static str>) {
    let mut broken = None;
    let mut cookies = Vec::new();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once('=') {
            None => broken = Some("the cookie is missing a name/value pair"),
            Some((name, _)) if name.trim().is_empty() => {
                broken = Some("the cookie's name is empty");
            }
            Some((name, value)) => cookies.push(pair(decode(name), decode(value))),
        }
    }
    (Value::Array(cookies), broken)
}

fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text.trim()).decode_utf8_lossy().into_owned()
}

/// Writes header names as servers do (`X-Request-Id`), and joins lists of values.
fn headers(conform: &mut Conform<'_>, value: &mut Value<'_>, path: &Path<'_>) {
    let was_object = value.as_object().is_some();
    conform.listed(value, path);
    let Value::Array(items) = value else { return };
    for (place, item) in items.iter_mut().enumerate() {
        let Value::Array(parts) = item else { continue };
        let [name, value] = parts.as_mut_slice() else { continue };
        if let Value::Str(name) = name {
            capitalize(name);
        }
        if let Value::Array(values) = value {
            *value = join(conform, values, &path.index(place).index(1));
        }
    }
    if was_object {
        let name = |item: &Value<'_>| {
            item.as_array().and_then(|parts| parts.first()?.as_str().map(str::to_owned))
        };
        items.sort_by_cached_key(name);
    }
}

fn capitalize(name: &mut Cow<'_, str>) {
    let starts = |text: &str, place: usize| place == 0 || text.as_bytes()[place - 1] == b'-';
    let lower = |(place, byte): (usize, u8)| byte.is_ascii_lowercase() && starts(name, place);
    if !name.bytes().enumerate().any(lower) {
        return;
    }
    let mut start = true;
    let upper = name.chars().map(|char| {
        let written = if start { char.to_ascii_uppercase() } else { char };
        start = char == '-';
        written
    });
    *name = Cow::Owned(upper.collect());
}

fn join(conform: &mut Conform<'_>, values: &mut [Value<'_>], path: &Path<'_>) -> Value<'static> {
    let mut joined = String::new();
    for value in values {
        match scalars::lenient(value) {
            Ok(()) => {
                if !joined.is_empty() {
                    joined.push(',');
                }
                joined.push_str(value.as_str().unwrap_or_default());
            }
            Err(_) if value.is_null() => {}
            Err(reason) => conform.notes.note(path).invalid(reason),
        }
    }
    Value::from(joined)
}

/// Takes method, URL, body and cookies apart.
pub(super) fn normalize(event: &mut Event<'_>) {
    let Some(Value::Object(request)) = event.root.get_mut("request") else { return };
    let path = Path::Root.name("request");
    method(&mut Conform { notes: &mut event.notes }, request, &path);
    split_url(request);
    infer_content_type(request, true);
    cookies_of_headers(request, "Cookie");
}

fn method(conform: &mut Conform<'_>, request: &mut Object<'_>, path: &Path<'_>) {
    let Some(value) = request.get_mut("method") else { return };
    let Value::Str(method) = value else { return };
    if method.bytes().any(|byte| byte.is_ascii_lowercase()) {
        method.to_mut().make_ascii_uppercase();
    }
    let allowed = |byte: u8| byte.is_ascii_uppercase() || byte == b'-' || byte == b'_';
    if !(3..=32).contains(&method.len()) || !method.bytes().all(allowed) {
        conform.reject_as(value, &path.name("method"), "invalid_data");
    }
}

/// Moves query and fragment of the URL into fields of their own, unless these are filled.
fn split_url(request: &mut Object<'_>) {
    let Some(Value::Str(url)) = request.get_mut("url") else { return };
    // Browsers once sent an ellipsis at the end of a URL they had cut.
    if let Some(cut) = url.strip_suffix('\u{2026}') {
        *url = Cow::Owned(format!("{cut}..."));
    }
    let (query, fragment) = if let Ok(mut parsed) = Url::parse(url) {
        let query = parsed.query().map(str::to_owned);
        let fragment = parsed.fragment().map(str::to_owned);
        parsed.set_query(None);
        parsed.set_fragment(None);
        if parsed.as_str() != url {
            *url = Cow::Owned(parsed.into());
        }
        (query, fragment)
    } else {
        let (rest, fragment) = split_at_mark(url, '#');
        let (rest, query) = split_at_mark(rest, '?');
        let (length, query, fragment) =
            (rest.len(), query.map(str::to_owned), fragment.map(str::to_owned));
        if length < url.len() {
            url.to_mut().truncate(length);
        }
        (query, fragment)
    };
    if let Some(query) = query.filter(|query| !query.is_empty()) {
        fill(request, "query_string", || parse_query(&query));
    }
    if let Some(fragment) = fragment.filter(|fragment| !fragment.is_empty()) {
        fill(request, "fragment", || Value::from(fragment));
    }
}

fn split_at_mark(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn fill<'a>(request: &mut Object<'a>, name: &'static str, value: impl FnOnce() -> Value<'a>) {
    if request.get(name).is_none_or(Value::is_null) {
        request.insert(name, value());
    }
}

/// Reads a body that came as text, and says what it was. Also for responses, whose bodies are
/// never forms.
pub(super) fn infer_content_type(message: &mut Object<'_>, forms: bool) {
    let parsed = message.str("data").and_then(|text| {
        parse_json(text)
            .map(|value| ("application/json", value))
            .or_else(|| Some(("application/x-www-form-urlencoded", parse_form(text, forms)?)))
    });
    let content_type = match parsed {
        Some((content_type, value)) => {
            message.insert("data", value);
            Some(Cow::Borrowed(content_type))
        }
        None => header(message, "Content-Type")
            .map(|value| Cow::Owned(value.split(';').next().unwrap_or(value).to_owned())),
    };
    match content_type {
        Some(content_type) => {
            message.insert("inferred_content_type", Value::Str(content_type));
        }
        None => drop(message.remove("inferred_content_type")),
    }
}

fn parse_json(text: &str) -> Option<Value<'static>> {
    if !matches!(text.trim_start().as_bytes().first()?, b'{' | b'[') {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    Some(json::parse(&mut bytes).ok()?.into_owned())
}

/// A form, if it looks like one: more than one field, or one with a value that is not just the
/// padding of Base64.
fn parse_form(text: &str, forms: bool) -> Option<Value<'static>> {
    let looks_else = text.starts_with("<?xml") || text.starts_with(['{', '[']);
    if !forms || !text.is_ascii() || looks_else || !text.contains('=') {
        return None;
    }
    let mut object = Object::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        object.insert(name.into_owned(), value.into_owned());
    }
    let is_form = match object.len() {
        0 => false,
        1 => object.iter().any(|(_, value)| !matches!(value.as_str(), Some("" | "="))),
        _ => true,
    };
    is_form.then_some(Value::Object(object))
}

/// The value of a header, by its capitalised name.
pub(super) fn header<'o>(message: &'o Object<'_>, name: &str) -> Option<&'o str> {
    let headers = message.get("headers")?.as_array()?;
    let mut pairs = headers.iter().filter_map(Value::as_array);
    pairs.find(|pair| pair.first().and_then(Value::as_str) == Some(name))?.get(1)?.as_str()
}

/// Moves cookies from their header to their field.
pub(super) fn cookies_of_headers(message: &mut Object<'_>, name: &str) {
    if message.get("cookies").is_none_or(Value::is_null) {
        let Some(text) = header(message, name) else { return };
        let (cookies, None) = parse_cookies(text) else { return };
        message.insert("cookies", cookies);
    }
    let Some(Value::Array(headers)) = message.get_mut("headers") else { return };
    headers.retain(|pair| {
        pair.as_array().and_then(|pair| pair.first()?.as_str()).is_none_or(|other| other != name)
    });
    if headers.is_empty() {
        message.remove("headers");
    }
}
