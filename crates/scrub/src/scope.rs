//! Where rules are applied: by a selector, or by one of the ready-made scopes.
//!
//! The default scopes could be written as selectors, and in Relay they are. Here the schema table
//! answers for them, because comparing a path with forty selectors for every text of an event costs
//! more than scrubbing it.

use crate::anchor::Hits;
use crate::kind::SENSITIVE_COOKIES;
use crate::place::{Level, Place, Types};
use crate::rule::Rule;
use crate::schema::{Defaults, Strict};
use crate::selector::Selector;

/// Rules with the fields that they are for.
#[derive(Debug)]
pub(crate) struct Application {
    scope: Scope,
    pub(crate) rules: Vec<Rule>,
    /// What a text must have for any of the rules to find something.
    needs: Hits,
    /// What a name must have for any of the rules to care.
    key_needs: Hits,
}

#[derive(Debug)]
pub(crate) enum Scope {
    /// What a selector says.
    Selector(Selector),
    /// All free-form data, apart from what the schema excepts.
    Defaults,
    /// Texts that are too important to be replaced whole.
    PartsOnly,
    /// The cookies that carry sessions, each under its own name.
    SensitiveCookies,
    /// Headers that hold many cookies in one text.
    CookieHeaders,
    /// All that people and programs write into an event.
    Strict,
}

/// Span data that holds conversations with language models. Source: section 2 of our reference.
const AI_PAYLOADS: &[&str] = &[
    "gen_ai.input.messages",
    "gen_ai.prompt",
    "gen_ai.request.messages",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.input",
    "gen_ai.tool.call.result",
    "gen_ai.tool.output",
    "gen_ai.output.messages",
    "gen_ai.response.tool_calls",
    "gen_ai.response.text",
    "gen_ai.response.object",
    "gen_ai.tool.definitions",
    "gen_ai.request.available_tools",
    "gen_ai.tool.name",
    "mcp.prompt.result",
    "mcp.tool.result.content",
];

const COOKIE_HEADERS: [&str; 2] = ["http.request.header.cookie", "http.response.header.set-cookie"];

impl Application {
    pub(crate) fn new(scope: Scope, rules: Vec<Rule>) -> Self {
        let (mut needs, mut key_needs) = (Hits::NONE, Hits::NONE);
        for rule in &rules {
            if rule.anything {
                (needs, key_needs) = (Hits::ALWAYS, Hits::ALWAYS);
            }
            for matcher in &rule.matchers {
                needs = needs.or(matcher.needs);
                key_needs = key_needs.or(matcher.key.needs());
            }
        }
        if matches!(scope, Scope::SensitiveCookies | Scope::CookieHeaders) {
            (needs, key_needs) = (Hits::NONE, Hits::COOKIE);
        }
        Self { scope, rules, needs, key_needs }
    }

    /// True when a rule may find something in the text, or in any value under that name, at `place`.
    pub(crate) fn is_for(&self, place: &Place<'_>, text: Option<Hits>, safe: &[Selector]) -> bool {
        let by_key = place.key_hits.or(Hits::ALWAYS).meets(self.key_needs);
        let by_text = text.is_some_and(|hits| hits.or(Hits::ALWAYS).meets(self.needs));
        (by_key || by_text) && self.scope.holds(place, safe)
    }

    /// True when the rules are for attachments of that name.
    pub(crate) fn is_for_attachment(&self, name: &str) -> bool {
        match &self.scope {
            Scope::Selector(selector) => {
                selector.names_something() && selector.matches_attachment(name)
            }
            _ => false,
        }
    }
}

impl Scope {
    fn holds(&self, place: &Place<'_>, safe: &[Selector]) -> bool {
        let field = place.field;
        if let Self::Selector(selector) = self {
            return (field.level == Level::True || selector.names_something())
                && selector.matches(place);
        }
        let is_open = match self {
            Self::Strict => field.strict != Strict::Off,
            _ => field.level == Level::True,
        };
        is_open && self.holds_in_open(place) && !safe.iter().any(|safe| safe.matches(place))
    }

    fn holds_in_open(&self, place: &Place<'_>) -> bool {
        const PLAIN: Types = Types::STRING.or(Types::NUMBER).or(Types::ARRAY).or(Types::OBJECT);
        let key = || place.key().unwrap_or_default();
        match self {
            Self::Selector(_) | Self::Strict => true,
            Self::Defaults => {
                let excepted = match place.field.defaults {
                    Defaults::All => is_ai_payload(place),
                    Defaults::Headers => key().eq_ignore_ascii_case("user-agent"),
                    Defaults::PartsOnly | Defaults::Skip => true,
                };
                !excepted && place.types.meets(PLAIN)
            }
            Self::PartsOnly => place.field.defaults == Defaults::PartsOnly || is_ai_payload(place),
            Self::SensitiveCookies => is_sensitive_cookie(place),
            Self::CookieHeaders => {
                COOKIE_HEADERS.iter().any(|header| key().eq_ignore_ascii_case(header))
            }
        }
    }
}

fn is_ai_payload(place: &Place<'_>) -> bool {
    let in_span = || place.upwards().nth(1).is_some_and(Place::is_data_of_span);
    place.key().is_some_and(|key| {
        (key.starts_with("gen_ai.") || key.starts_with("mcp."))
            && AI_PAYLOADS.contains(&key)
            && in_span()
    })
}

fn is_sensitive_cookie(place: &Place<'_>) -> bool {
    let Some(key) = place.key() else { return false };
    let sensitive = |name: &str| SENSITIVE_COOKIES.iter().any(|s| s.eq_ignore_ascii_case(name));
    let in_cookies = || {
        let mut above = place.upwards().skip(1);
        let parent = above.next().and_then(Place::key);
        parent.is_some_and(|key| key.eq_ignore_ascii_case("cookies")) && above.next().is_some()
    };
    let in_header = || {
        place.key_hits.meets(Hits::COOKIE)
            && COOKIE_HEADERS.iter().any(|header| {
                key.strip_prefix(header)
                    .and_then(|rest| rest.strip_prefix('.'))
                    .is_some_and(sensitive)
            })
    };
    (in_cookies() && sensitive(key)) || in_header()
}
