//! The last step of every span: what follows from what is known of it.

use std::borrow::Cow;

use md5::{Digest, Md5};
use model::limits::{ATTRIBUTE_TEXT_BYTES_MAX, SPAN_ATTRIBUTES_MAX, SPAN_NAME_BYTES_MAX};
use model::span::{Attribute, AttributeValue, SpanRow};

use super::attributes::{Attributes, cut};
use super::description;

/// Bytes of an operation. Source: Relay.
const OP_BYTES_MAX: usize = 128;
/// Bytes of a column that spans are grouped by. Source: Relay's bound on names of transactions.
const SHORT_BYTES_MAX: usize = 200;

/// An operation, bounded.
pub(super) fn op(text: Cow<'_, str>) -> Cow<'_, str> {
    cut(text, OP_BYTES_MAX)
}

/// A name, bounded.
pub(super) fn name(text: Cow<'_, str>) -> Cow<'_, str> {
    cut(text, SPAN_NAME_BYTES_MAX)
}

/// Text that is the same for many spans, bounded.
pub(super) fn short(text: Cow<'_, str>) -> Cow<'_, str> {
    cut(text, SHORT_BYTES_MAX)
}

/// Moves attributes that rows have columns for into these, where they are empty.
pub fn settle_columns<'a>(row: &mut SpanRow<'a>, attributes: &mut Attributes<'a>) {
    let mut move_to = |place: &mut Cow<'a, str>, name: &str| {
        let text = attributes.take_text(name).unwrap_or_default();
        if place.is_empty() {
            *place = short(text);
        }
    };
    move_to(&mut row.op, "sentry.op");
    move_to(&mut row.transaction, "sentry.segment.name");
    move_to(&mut row.transaction, "sentry.transaction");
    move_to(&mut row.environment, "sentry.environment");
    move_to(&mut row.release, "sentry.release");
    move_to(&mut row.platform, "sentry.platform");
    if row.transaction.is_empty() && row.is_segment {
        row.transaction = short(row.name.clone());
    }
    if row.platform.is_empty() {
        row.platform = platform(attributes.text("sentry.sdk.name").unwrap_or_default()).into();
    }
    if row.user.is_empty() {
        row.user = user(attributes);
    }
    row.op = op(std::mem::take(&mut row.op));
}

/// The platform an SDK is for.
fn platform(sdk: &str) -> &'static str {
    let mut parts = sdk.split('.').skip(1);
    match (parts.next().unwrap_or_default(), parts.next().unwrap_or_default()) {
        (
            "javascript",
            "node"
            | "express"
            | "nestjs"
            | "bun"
            | "deno"
            | "aws-serverless"
            | "cloudflare"
            | "google-cloud-serverless"
            | "hono"
            | "fastify"
            | "koa"
            | "hapi",
        ) => "node",
        ("javascript", _) => "javascript",
        ("dotnet", _) => "csharp",
        ("python", _) => "python",
        ("go", _) => "go",
        ("java", _) => "java",
        ("php", _) => "php",
        ("ruby", _) => "ruby",
        ("rust" | "native", _) => "native",
        ("cocoa", _) => "cocoa",
        ("elixir", _) => "elixir",
        _ => "",
    }
}

/// For whom the work was done, as one text.
fn user(attributes: &Attributes<'_>) -> Cow<'static, str> {
    let parts = [
        ("user.id", "id"),
        ("user.name", "username"),
        ("user.email", "email"),
        ("user.ip_address", "ip"),
    ];
    let found = parts.into_iter().find_map(|(name, prefix)| {
        let text = match attributes.get(name)? {
            AttributeValue::Text(text) if !text.is_empty() => Cow::Borrowed(text.as_ref()),
            AttributeValue::Number(number) => number.to_string().into(),
            _ => return None,
        };
        Some(format!("{prefix}:{text}"))
    });
    short(found.unwrap_or_default().into())
}

/// Sets what follows from the rest of a row: operation, category, description, group. Call this once
/// the row is scrubbed.
pub fn finish(row: &mut SpanRow<'_>) {
    if row.op.is_empty() {
        row.op = infer_op(row);
    }
    describe(row);
    row.group = group_of(&row.description);
}

/// The group of spans with that description: the first 8 bytes of its MD5; 0 without one.
pub fn group_of(description: &str) -> u64 {
    if description.is_empty() {
        return 0;
    }
    let digest = Md5::digest(description.as_bytes());
    u64::from_be_bytes(digest.first_chunk().copied().unwrap_or_default())
}

/// What kind of work a span did that does not say. Source: Relay's inference for streamed spans.
fn infer_op(row: &SpanRow<'_>) -> Cow<'static, str> {
    let has = |name: &str| row.attribute(name).is_some();
    if has("http.request.method") {
        match row.text("sentry.kind") {
            "client" => "http.client".into(),
            "server" => "http.server".into(),
            _ if row.text("sentry.http.prefetch") == "true" => "http.prefetch".into(),
            _ => "http".into(),
        }
    } else if has("db.system.name") {
        "db".into()
    } else if has("gen_ai.operation.name") {
        op(format!("gen_ai.{}", row.text("gen_ai.operation.name")).into())
    } else if has("rpc.service") {
        "rpc".into()
    } else if has("messaging.system") {
        "message".into()
    } else {
        match row.text("faas.trigger") {
            "" => "default".into(),
            trigger => op(trigger.to_owned().into()),
        }
    }
}

/// Sets the description, and what else the operation and the name tell.
fn describe(row: &mut SpanRow<'_>) {
    let described = description::describe(&row.op, &row.name, |name| row.text(name));
    let text = match described.text {
        Cow::Borrowed(text) if text == row.name => row.name.clone(),
        text => Cow::Owned(text.into_owned()),
    };
    let [action, domain, system] =
        [described.action, described.domain, described.system].map(Cow::into_owned);
    row.category = described.category.into();
    row.description = text;
    for (name, text) in [("sentry.action", action), ("sentry.domain", domain)] {
        fill(row, name, text);
    }
    if row.text("db.system").is_empty() {
        fill(row, "db.system.name", system);
    }
}

fn fill(row: &mut SpanRow<'_>, name: &'static str, text: String) {
    let fits = row.attributes.len() < SPAN_ATTRIBUTES_MAX;
    if fits && !text.is_empty() && row.attribute(name).is_none() {
        let text = cut(text.into(), ATTRIBUTE_TEXT_BYTES_MAX);
        row.attributes.push(Attribute { name: name.into(), value: AttributeValue::Text(text) });
    }
}
