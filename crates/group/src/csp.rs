//! Reports of what a page's content security policy blocked.

use model::json::Value;

/// The parts of a report that name its issue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report<'a> {
    pub(crate) directive: &'a str,
    pub(crate) blocked: &'a str,
    local: Option<&'static str>,
}

impl<'a> Report<'a> {
    /// `None` if it does not say which directive was violated.
    pub(crate) fn read(csp: &'a Value<'_>) -> Option<Self> {
        let text = |name| csp.get(name).and_then(Value::as_str).unwrap_or_default();
        let violated = text("violated_directive");
        let first_word = violated.split_whitespace().next().unwrap_or_default();
        let directive = match text("effective_directive") {
            "" => first_word,
            effective => effective,
        };
        let blocked = text("blocked_uri");
        let is_local = matches!(blocked, "" | "self" | "'self'" | "inline" | "eval");
        let may_be_inline =
            directive.starts_with("script-src") || directive.starts_with("style-src");
        let local = if !is_local || !may_be_inline {
            None
        } else if blocked == "eval" || violated.contains("'unsafe-eval'") {
            Some("'unsafe-eval'")
        } else if blocked == "inline" || violated.contains("'unsafe-inline'") {
            Some("'unsafe-inline'")
        } else {
            None
        };
        (!directive.is_empty()).then_some(Self { directive, blocked, local })
    }

    /// What was blocked: `'unsafe-inline'`, `self`, a host, or a scheme.
    pub(crate) fn source(&self) -> &'a str {
        if let Some(local) = self.local {
            return local;
        }
        match self.blocked {
            "" | "self" | "'self'" => "self",
            uri => host(uri),
        }
    }

    /// One line for people: `Blocked 'image' from 'cdn.example.com'`.
    pub(crate) fn message(&self) -> String {
        let noun = match self.directive {
            "base-uri" => "base",
            "form-action" => "form",
            "frame-ancestors" => "frame",
            "img-src" => "image",
            directive => directive.split("-src").next().unwrap_or(directive),
        };
        match self.local {
            Some("'unsafe-eval'") => format!("Blocked unsafe eval() '{noun}'"),
            Some(_) => format!("Blocked unsafe inline '{noun}'"),
            None => format!("Blocked '{noun}' from '{}'", self.source()),
        }
    }
}

/// The host of `https://host:1/path`, `data` of `data:…`, the text itself when it is neither.
fn host(uri: &str) -> &str {
    match uri.split_once("://") {
        Some(("http" | "https" | "ws" | "wss" | "ftp", rest)) => {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
            authority.rsplit('@').next().unwrap_or(authority)
        }
        Some((scheme, _)) => scheme,
        None => uri.split_once(':').map_or(uri, |(scheme, rest)| {
            if rest.starts_with(|letter: char| letter.is_ascii_digit()) { uri } else { scheme }
        }),
    }
}
