//! The syntax, against what the grammar inside npm `sentry` 0.49 made of the same texts.
//!
//! That grammar guesses types from a few names while it reads; ours leaves types for later. The
//! classification below is therefore the client's, applied to our terms.

use lang::search::syntax::{Key, KeyValue, TagType, Term, TermKind, Text, Value, Wildcard, parse};
use serde_json::{Map, Value as Json, json};

/// Searches we read differently on purpose.
const DIFFERENT: [&str; 6] = [
    // The client knows no type for these aggregates and gives up; we know what they are.
    "p95():>1s",
    "p95(span.duration):<500ms",
    "failure_rate():>5%",
    "last_seen():>2026-01-01",
    "percentage(a,b):>5%",
    // A syntax error there; a line break is a space here, because people paste searches.
    "a:b\nc:d",
];

#[test]
fn all_vectors() {
    let vectors: Vec<Json> =
        serde_json::from_str(include_str!("../data/search-vectors.json")).unwrap();
    assert_eq!(vectors.len(), 192);
    let mut wrong = Vec::new();
    for vector in &vectors {
        let query = vector["query"].as_str().unwrap();
        let regex = vector["allowRegex"] == true;
        let terms = parse(query).unwrap();
        let tokens = tokens(&terms, query, regex);
        if DIFFERENT.contains(&query) {
            assert_ne!(tokens, vector["tokens"], "{query:?} is not different any more");
        } else if tokens != vector["tokens"] {
            wrong.push(format!("{query:?}\n  ours   {tokens}\n  theirs {}", vector["tokens"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn tokens(terms: &[Term<'_>], query: &str, regex: bool) -> Json {
    terms.iter().map(|term| token(term, query, regex)).collect()
}

fn token(term: &Term<'_>, query: &str, regex: bool) -> Json {
    match &term.kind {
        TermKind::FreeText(text) => json!({"free_text": text.raw, "quoted": text.quoted}),
        TermKind::And => json!({"bool": "AND"}),
        TermKind::Or => json!({"bool": "OR"}),
        TermKind::Group(inner) => json!({"group": tokens(inner, query, regex)}),
        TermKind::Unmatched => {
            let text = &query[term.start..term.end];
            json!({"type": if text == "(" { "lParen" } else { "rParen" }, "text": text})
        }
        TermKind::Filter(condition) => filter(condition, regex),
    }
}

fn filter(condition: &KeyValue<'_>, regex: bool) -> Json {
    let (key, key_type) = key(condition.key);
    let (filter, operator, value) = value(condition, &key, regex);
    json!({
        "filter": filter, "key": key, "keyType": key_type, "op": operator,
        "negated": condition.negated, "value": value,
    })
}

fn key(key: Key<'_>) -> (String, &'static str) {
    match key {
        Key::Plain(name) => (name.to_owned(), "keySimple"),
        Key::Quoted(name) => (format!("\"{name}\""), "keySimple"),
        Key::Tag(name, None) => (format!("tags[{name}]"), "keyExplicitTag"),
        Key::Tag(name, Some(TagType::Text)) => {
            (format!("tags[{name},string]"), "keyExplicitStringTag")
        }
        Key::Tag(name, Some(TagType::Number)) => {
            (format!("tags[{name},number]"), "keyExplicitNumberTag")
        }
        Key::Tag(name, Some(TagType::Boolean)) => {
            (format!("tags[{name},boolean]"), "keyExplicitBooleanTag")
        }
        Key::Tag(name, Some(TagType::Array)) => {
            (format!("tags[{name},array]"), "keyExplicitArrayTag")
        }
        Key::Flag(name) => (format!("flags[{name}]"), "keyExplicitFlag"),
        Key::Includes(name) => (format!("{name}[*]"), "keyArrayIncludes"),
        Key::Function(text) => (text.to_owned(), "keyAggregate"),
    }
}

const DATES: [&str; 5] = ["timestamp", "firstSeen", "lastSeen", "event.timestamp", "start"];
const NUMBERS: [&str; 4] = ["issue.id", "project.id", "stack.lineno", "transaction.duration"];
const DURATIONS: [&str; 3] = ["transaction.duration", "measurements.lcp", "spans.db"];
const BOOLEANS: [&str; 3] = ["error.handled", "error.unhandled", "stack.in_app"];

/// The client's name for the kind of filter, its operator and its value.
fn value(condition: &KeyValue<'_>, key: &str, regex: bool) -> (&'static str, String, Json) {
    let operator = match condition.wildcard {
        None => "",
        Some(Wildcard::Contains) => "\u{f00d}Contains\u{f00d}",
        Some(Wildcard::StartsWith) => "\u{f00d}StartsWith\u{f00d}",
        Some(Wildcard::EndsWith) => "\u{f00d}EndsWith\u{f00d}",
    };
    let text = match &condition.value {
        Value::One(text) => *text,
        // The client's grammar has no lists for `is`.
        Value::List(items) if key == "is" => {
            let items: Vec<&str> = items.iter().map(|item| item.raw).collect();
            let text = format!("[{}]", items.join(","));
            return ("is", String::new(), text_json(Text { raw: &text, quoted: false }));
        }
        Value::List(items) => return list(items, key, operator),
    };
    if key == "has" || key == "is" {
        let filter = if key == "has" { "has" } else { "is" };
        return (filter, String::new(), text_json(text));
    }
    if let Key::Includes(_) = condition.key {
        return ("arrayIncludes", String::new(), text_json(text));
    }
    if let Some(typed) = typed(condition, key, text) {
        return typed;
    }
    let inner = text.raw.strip_prefix("//").and_then(|text| text.strip_suffix("//"));
    if let Some(inner) = inner.filter(|_| regex && !text.quoted) {
        return ("text", "//".to_owned(), text_json(Text { raw: inner, quoted: false }));
    }
    let ordered = ["release.version", "release.build"].contains(&key);
    let (sign, rest) = if ordered { split_sign(text.raw) } else { ("", text.raw) };
    let operator = if sign.is_empty() { operator } else { sign };
    ("text", operator.to_owned(), text_json(Text { raw: rest, ..text }))
}

fn text_json(text: Text<'_>) -> Json {
    json!({"type": "valueText", "value": text.raw, "quoted": text.quoted})
}

fn list(items: &[Text<'_>], key: &str, operator: &str) -> (&'static str, String, Json) {
    let is_number = NUMBERS.contains(&key);
    let items = items.iter().map(|item| match item.raw {
        "" => Json::Null,
        raw if is_number => number(raw).unwrap(),
        _ => text_json(*item),
    });
    let kind = if is_number { "valueNumberList" } else { "valueTextList" };
    let value = json!({"type": kind, "items": items.collect::<Json>()});
    (if is_number { "numericIn" } else { "textIn" }, operator.to_owned(), value)
}

fn typed(
    condition: &KeyValue<'_>,
    key: &str,
    text: Text<'_>,
) -> Option<(&'static str, String, Json)> {
    let (sign, rest) = split_sign(text.raw);
    let found = |filter, value| Some((filter, sign.to_owned(), value));
    let is_aggregate = matches!(condition.key, Key::Function(_));
    if (DATES.contains(&key) || is_aggregate) && !condition.negated {
        if let Some(value) = relative(text.raw) {
            let filter = if is_aggregate { "aggregateRelativeDate" } else { "relativeDate" };
            return found(filter, value);
        }
        if let Some(value) = date(rest).filter(|_| !is_aggregate) {
            return found(if sign.is_empty() { "specificDate" } else { "date" }, value);
        }
    }
    let is_timed = DURATIONS.iter().any(|name| key.contains(name));
    let timed =
        unit_value(rest, "valueDuration", &["ms", "s", "min", "m", "hr", "h", "day", "d", "wk"]);
    if let Some(value) = timed.filter(|_| is_timed) {
        return found(if is_aggregate { "aggregateDuration" } else { "duration" }, value);
    }
    let is_true = ["true", "false", "1", "0"].contains(&text.raw.to_lowercase().as_str());
    if BOOLEANS.contains(&key) && is_true {
        return found("boolean", json!({"type": "valueBoolean", "value": text.raw}));
    }
    let value = number(rest).filter(|_| is_aggregate || NUMBERS.contains(&key))?;
    found(if is_aggregate { "aggregateNumeric" } else { "numeric" }, value)
}

fn split_sign(text: &str) -> (&str, &str) {
    let length = text.find(|c: char| !"<>=!".contains(c)).unwrap_or(text.len());
    text.split_at(length)
}

fn number(text: &str) -> Option<Json> {
    unit_value(text, "valueNumber", &["k", "m", "b"]).or_else(|| {
        text.parse::<f64>().ok()?;
        Some(json!({"type": "valueNumber", "value": text}))
    })
}

fn unit_value(text: &str, kind: &str, units: &[&str]) -> Option<Json> {
    units.iter().find_map(|unit| {
        let number = text.strip_suffix(unit)?;
        number.parse::<f64>().ok()?;
        Some(json!({"type": kind, "value": number, "unit": unit}))
    })
}

fn relative(text: &str) -> Option<Json> {
    let number = text.strip_prefix(['-', '+'])?;
    let (number, unit) = number.split_at(number.len() - 1);
    number.parse::<u64>().ok()?;
    "wdhm".contains(unit).then(
        || json!({"type": "valueRelativeDate", "value": number, "unit": unit, "sign": text[..1]}),
    )
}

fn date(text: &str) -> Option<Json> {
    lang::search::parse_moment(text)?;
    let mut value = Map::new();
    value.insert("type".to_owned(), json!("valueIso8601Date"));
    value.insert("value".to_owned(), json!(text));
    value.insert("date".to_owned(), json!(text[..10]));
    if let Some(time) = text.get(11..) {
        let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
        value.insert("time".to_owned(), json!(time[..zone]));
        if zone < time.len() {
            value.insert("tz".to_owned(), json!(time[zone..]));
        }
    }
    Some(Json::Object(value))
}
