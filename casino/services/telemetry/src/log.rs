//! One JSON object a line on stdout, and the same to the SDK's logs.
//!
//! `info!("posted", kind = "stake", amount_minor = 100)`

use std::io::Write as _;
use std::time::SystemTime;

use sentry::protocol::{Log, LogAttribute, LogLevel, SpanId, TraceId};
use sentry::{Hub, TransactionOrSpan};
use serde_json::{Map, Value};

use crate::{Request, sdk, span};

/// At info: `info!("message", key = value, …)`.
#[macro_export]
macro_rules! info {
    ($message:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::log::info($message, &[$((stringify!($name), ::serde_json::json!($value))),*])
    };
}

/// At warn: `warning!("message", key = value, …)`.
#[macro_export]
macro_rules! warning {
    ($message:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::log::warn($message, &[$((stringify!($name), ::serde_json::json!($value))),*])
    };
}

/// At error: `error!("message", key = value, …)`.
#[macro_export]
macro_rules! error {
    ($message:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::log::error($message, &[$((stringify!($name), ::serde_json::json!($value))),*])
    };
}

/// Something happened.
pub fn info(message: &str, fields: &[(&str, Value)]) {
    write(LogLevel::Info, message, fields);
}

/// Something is not as it should be.
pub fn warn(message: &str, fields: &[(&str, Value)]) {
    write(LogLevel::Warn, message, fields);
}

/// Something failed.
pub fn error(message: &str, fields: &[(&str, Value)]) {
    write(LogLevel::Error, message, fields);
}

fn write(level: LogLevel, message: &str, fields: &[(&str, Value)]) {
    let span = span::current();
    let line = line(level, message, fields, span.as_ref().map(ids));
    // Nobody reads any more: there is nowhere to say so.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
    if sdk::active() {
        send(level, message, fields);
    }
}

fn line(
    level: LogLevel,
    message: &str,
    fields: &[(&str, Value)],
    ids: Option<(TraceId, SpanId)>,
) -> Value {
    let name = match level {
        LogLevel::Trace | LogLevel::Debug => "debug",
        LogLevel::Info => "info",
        LogLevel::Warn => "warn",
        LogLevel::Error | LogLevel::Fatal => "error",
    };
    let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let mut line = Map::new();
    line.insert("time".to_owned(), now.into());
    line.insert("level".to_owned(), name.into());
    line.insert("service".to_owned(), sdk::service().into());
    line.insert("message".to_owned(), message.into());
    if let Some((trace, span)) = ids {
        line.insert("trace_id".to_owned(), trace.to_string().into());
        line.insert("span_id".to_owned(), span.to_string().into());
    }
    for (name, value) in fields {
        line.entry(*name).or_insert_with(|| value.clone());
    }
    Value::Object(line)
}

fn send(level: LogLevel, message: &str, fields: &[(&str, Value)]) {
    let mut attributes: sentry::protocol::Map<String, LogAttribute> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), LogAttribute(value.clone())))
        .collect();
    attributes.insert("service".to_owned(), LogAttribute(sdk::service().into()));
    if let Some(identity) = Request::current().map(|request| request.identity()) {
        let known = [("market", identity.market), ("user.id", identity.player)];
        for (name, value) in known {
            if let Some(value) = value {
                attributes.insert(name.to_owned(), LogAttribute(value.into()));
            }
        }
    }
    Hub::current().capture_log(Log {
        level,
        body: message.to_owned(),
        trace_id: None,
        timestamp: SystemTime::now(),
        severity_number: None,
        attributes,
    });
}

fn ids(span: &TransactionOrSpan) -> (TraceId, SpanId) {
    let context = span.get_trace_context();
    match span {
        TransactionOrSpan::Transaction(_) => (context.trace_id, context.span_id),
        TransactionOrSpan::Span(span) => (context.trace_id, span.get_span_id()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_fields_of_the_contract_and_none_is_replaced() {
        let fields = [("kind", Value::from("stake")), ("service", Value::from("other"))];
        let ids = Some((TraceId::default(), SpanId::default()));
        let line = line(LogLevel::Warn, "late", &fields, ids);
        for name in ["time", "level", "service", "message", "trace_id", "span_id", "kind"] {
            assert!(line.get(name).is_some(), "{name} is missing");
        }
        assert_eq!(
            (line["level"].as_str(), line["service"].as_str()),
            (Some("warn"), Some("casino"))
        );
    }
}
