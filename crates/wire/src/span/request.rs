//! Who sent a span, and what request it answered.

use std::borrow::Cow;
use std::fmt::Write as _;

use model::json::{Object, Value};

use super::SpanGiven;
use super::attributes::{self, Attributes};
use crate::user_agent::{self, Clues};

/// Stands for "the address this was sent from".
const AUTO: &str = "{{auto}}";

/// What a request says about the program that made it, as far as spans may have it.
#[derive(Debug, Clone, Default)]
pub(super) struct Client<'g> {
    address: Option<&'g str>,
    /// The address, if a span asks for it by [`AUTO`].
    on_demand: Option<&'g str>,
    user_agent: Option<&'g str>,
    derived: Vec<(&'static str, String)>,
}

impl<'g> Client<'g> {
    /// All of it.
    pub(super) fn of(given: &SpanGiven<'g>) -> Self {
        let address = given.client_ip.filter(|_| !given.scrub_ip);
        let derived = given.user_agent.map(derive).unwrap_or_default();
        Self { address, on_demand: address, user_agent: given.user_agent, derived }
    }

    /// What the settings of a container allow.
    pub(super) fn allowed(container: &Object<'_>, given: &SpanGiven<'g>) -> Self {
        let settings = container.get("ingest_settings");
        let is_second = container.get("version").and_then(Value::as_u64) == Some(2);
        let auto = |name: &str| {
            is_second && settings.and_then(|settings| settings.get(name)?.as_str()) == Some("auto")
        };
        let user_agent = given.user_agent.filter(|_| auto("infer_user_agent"));
        let all = Self::of(&SpanGiven { user_agent, ..*given });
        Self { address: all.address.filter(|_| auto("infer_ip")), ..all }
    }

    /// Puts in what the sender did not say.
    pub(super) fn fill(&self, attributes: &mut Attributes<'_>) {
        for name in ["client.address", "user.ip_address"] {
            if attributes.text(name) == Some(AUTO) {
                attributes.take(name);
                if let Some(address) = self.on_demand {
                    attributes.fill_text(name, address.to_owned());
                }
            }
        }
        if let Some(address) = self.address
            && attributes.get("client.address").is_none()
        {
            attributes.fill_text("client.address", address.to_owned());
        }
        if let Some(user_agent) = self.user_agent
            && attributes.get("user_agent.original").is_none()
        {
            attributes.fill_text("user_agent.original", user_agent.to_owned());
        }
        for (name, text) in &self.derived {
            if attributes.get(name).is_none() {
                attributes.fill_text(*name, text.clone());
            }
        }
    }
}

fn derive(user_agent: &str) -> Vec<(&'static str, String)> {
    let clues = Clues { user_agent: Some(user_agent), ..Clues::default() };
    let mut derived = Vec::new();
    let mut add = |name, text: Option<String>| derived.extend(text.map(|text| (name, text)));
    if let Some(browser) = user_agent::browser(&clues) {
        add("browser.name", Some(browser.name));
        add("browser.version", browser.version);
    }
    if let Some(os) = user_agent::os(&clues) {
        add("os.name", Some(os.name));
        add("os.version", os.version);
    }
    if let Some(device) = user_agent::device(&clues) {
        add("device.family", device.family);
        add("device.model", device.model);
        add("device.brand", device.brand);
    }
    derived
}

/// Puts in what a normalised event knows about the request it answered.
pub(super) fn fill<'a>(attributes: &mut Attributes<'a>, request: Object<'a>) {
    for (name, value) in request.into_entries() {
        match (name.as_ref(), value) {
            ("method", Value::Str(method)) => attributes.fill_text("http.request.method", method),
            ("url", Value::Str(url)) => attributes.fill_text("url.full", url),
            ("query_string", value) => {
                if let Some(query) = query(value) {
                    attributes.fill_text("http.query", query);
                }
            }
            ("headers", Value::Array(headers)) => {
                for header in headers {
                    fill_header(attributes, header);
                }
            }
            _ => {}
        }
    }
}

fn fill_header<'a>(attributes: &mut Attributes<'a>, header: Value<'a>) {
    let Value::Array(pair) = header else { return };
    let mut pair = pair.into_iter().map(attributes::text);
    let (Some(Some(name)), Some(Some(value))) = (pair.next(), pair.next()) else { return };
    if name.eq_ignore_ascii_case("user-agent") {
        attributes.fill_text("user_agent.original", value);
    } else {
        let name = format!("http.request.header.{}", name.to_ascii_lowercase());
        attributes.fill_text(name, value);
    }
}

/// A query as text, in whatever form normalisation left it.
fn query(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value {
        Value::Str(text) => Some(text),
        Value::Array(pairs) => {
            let mut text = String::new();
            for pair in &pairs {
                let part = |place| pair.at(&[place]).and_then(Value::as_str).unwrap_or_default();
                let separator = if text.is_empty() { "" } else { "&" };
                // Writing to a string cannot fail.
                let _infallible = write!(text, "{separator}{}={}", part("0"), part("1"));
            }
            Some(text.into())
        }
        _ => None,
    }
}
