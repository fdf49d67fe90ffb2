//! What is known of all spans of a program: its resource, and each scope within it.

use std::borrow::Cow;

use model::json::Value;
use model::span::AttributeValue;

use super::message::{Attributes as Sent, find, find_text};
use crate::span::attributes::{Attributes, from_json};

/// Attributes of a program with their names on spans. Others are put together when they occur.
const RESOURCE_NAMES: [(&str, &str); 38] = [
    ("cloud.account.id", "resource.cloud.account.id"),
    ("cloud.availability_zone", "resource.cloud.availability_zone"),
    ("cloud.platform", "resource.cloud.platform"),
    ("cloud.provider", "resource.cloud.provider"),
    ("cloud.region", "resource.cloud.region"),
    ("container.id", "resource.container.id"),
    ("container.image.name", "resource.container.image.name"),
    ("container.image.tag", "resource.container.image.tag"),
    ("container.name", "resource.container.name"),
    ("deployment.environment", "resource.deployment.environment"),
    ("deployment.environment.name", "resource.deployment.environment.name"),
    ("host.arch", "resource.host.arch"),
    ("host.id", "resource.host.id"),
    ("host.name", "resource.host.name"),
    ("k8s.cluster.name", "resource.k8s.cluster.name"),
    ("k8s.container.name", "resource.k8s.container.name"),
    ("k8s.deployment.name", "resource.k8s.deployment.name"),
    ("k8s.namespace.name", "resource.k8s.namespace.name"),
    ("k8s.node.name", "resource.k8s.node.name"),
    ("k8s.pod.ip", "resource.k8s.pod.ip"),
    ("k8s.pod.name", "resource.k8s.pod.name"),
    ("k8s.pod.uid", "resource.k8s.pod.uid"),
    ("os.description", "resource.os.description"),
    ("os.type", "resource.os.type"),
    ("process.command_args", "resource.process.command_args"),
    ("process.executable.name", "resource.process.executable.name"),
    ("process.executable.path", "resource.process.executable.path"),
    ("process.pid", "resource.process.pid"),
    ("process.runtime.description", "resource.process.runtime.description"),
    ("process.runtime.name", "resource.process.runtime.name"),
    ("process.runtime.version", "resource.process.runtime.version"),
    ("service.instance.id", "resource.service.instance.id"),
    ("service.name", "resource.service.name"),
    ("service.namespace", "resource.service.namespace"),
    ("service.version", "resource.service.version"),
    ("telemetry.sdk.language", "resource.telemetry.sdk.language"),
    ("telemetry.sdk.name", "resource.telemetry.sdk.name"),
    ("telemetry.sdk.version", "resource.telemetry.sdk.version"),
];
/// Attributes of a program that spans have under their own names too, because that is how people ask
/// for them.
const ASKED_FOR: [&str; 2] = ["service.name", "service.namespace"];

/// Attributes as they are on every span, named once for all of them.
pub(super) type Named<'a> = Vec<(Cow<'a, str>, AttributeValue<'a>)>;

/// A program.
#[derive(Debug, Default)]
pub(super) struct Resource<'a> {
    /// `name@version` if it has both, as Sentry writes releases.
    pub(super) release: String,
    pub(super) environment: Cow<'a, str>,
    pub(super) platform: &'static str,
    pub(super) service: String,
    pub(super) server: Cow<'a, str>,
    /// `name/version` of its SDK: `opentelemetry.python`, `1.45.2`.
    pub(super) sdk: (String, String),
    pub(super) attributes: Named<'a>,
}

impl<'a> Resource<'a> {
    pub(super) fn new(sent: Sent<'a>) -> Self {
        let text = |name| find_text(&sent, name).unwrap_or_default();
        let (service, version) = (text("service.name"), text("service.version"));
        // Every span gets these.
        let shared = |name| match find(&sent, name) {
            Some(Value::Str(text)) => text.clone(),
            _ => Cow::default(),
        };
        let environment = match shared("deployment.environment.name") {
            name if name.is_empty() => shared("deployment.environment"),
            name => name,
        };
        let language = text("telemetry.sdk.language");
        let sdk = match (text("telemetry.sdk.name"), language) {
            ("", _) => String::new(),
            (name, "") => name.to_owned(),
            (name, language) => format!("{name}.{language}"),
        };
        let release = match (service, version) {
            (_, "") => String::new(),
            ("", version) => version.to_owned(),
            (service, version) => format!("{service}@{version}"),
        };
        Self {
            release,
            environment,
            platform: platform(language),
            service: service.to_owned(),
            server: shared("host.name"),
            sdk: (sdk, text("telemetry.sdk.version").to_owned()),
            attributes: named(sent),
        }
    }
}

fn named(sent: Sent<'_>) -> Named<'_> {
    let mut all = Attributes::with_capacity(sent.len() + ASKED_FOR.len());
    let mut asked_for = Vec::with_capacity(ASKED_FOR.len());
    for (name, value) in sent {
        let Some(value) = from_json(value) else { continue };
        if let Some(own) = ASKED_FOR.iter().find(|known| **known == name) {
            asked_for.push((*own, value.clone()));
        }
        let known = RESOURCE_NAMES.binary_search_by_key(&name.as_ref(), |(known, _)| *known);
        let name = match known {
            Ok(place) => Cow::Borrowed(RESOURCE_NAMES[place].1),
            Err(_) => Cow::Owned(format!("resource.{name}")),
        };
        all.fill(name, value);
    }
    for (name, value) in asked_for {
        all.fill(name, value);
    }
    all.into_vec().into_iter().map(|known| (known.name, known.value)).collect()
}

/// What Sentry calls the language of a program.
fn platform(language: &str) -> &'static str {
    match language {
        "nodejs" => "node",
        "webjs" | "js" => "javascript",
        "dotnet" => "csharp",
        "cpp" => "native",
        "swift" | "objc" => "cocoa",
        "erlang" | "elixir" => "elixir",
        "python" => "python",
        "java" => "java",
        "go" => "go",
        "ruby" => "ruby",
        "php" => "php",
        "rust" => "rust",
        _ => "",
    }
}

/// The attributes that a scope gives its spans.
pub(super) fn scope<'a>(name: Cow<'a, str>, version: Cow<'a, str>, sent: Sent<'a>) -> Named<'a> {
    let own = [("instrumentation.name", name), ("instrumentation.version", version)];
    let own = own.into_iter().filter(|(_, text)| !text.is_empty());
    let own = own.map(|(name, text)| (Cow::Borrowed(name), AttributeValue::Text(text)));
    let others = sent.into_iter().filter_map(|(name, value): (Cow<'a, str>, Value<'a>)| {
        Some((Cow::Owned(format!("instrumentation.{name}")), from_json(value)?))
    });
    own.chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_to_be_searched() {
        assert!(RESOURCE_NAMES.is_sorted_by_key(|(name, _)| *name));
        assert!(RESOURCE_NAMES.iter().all(|(name, long)| format!("resource.{name}") == *long));
    }
}
