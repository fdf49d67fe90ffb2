//! The directives of a content security policy, and what is said about a violation of one.

/// A directive that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Directive(&'static str);

/// Source: Relay's `CspDirective`.
const DIRECTIVES: [&str; 32] = [
    "base-uri",
    "child-src",
    "connect-src",
    "default-src",
    "fenced-frame-src",
    "font-src",
    "form-action",
    "frame-ancestors",
    "frame-src",
    "img-src",
    "manifest-src",
    "media-src",
    "object-src",
    "plugin-types",
    "prefetch-src",
    "referrer",
    "script-src",
    "script-src-attr",
    "script-src-elem",
    "style-src",
    "style-src-elem",
    "style-src-attr",
    "upgrade-insecure-requests",
    "worker-src",
    "sandbox",
    "navigate-to",
    "report-uri",
    "report-to",
    "block-all-mixed-content",
    "require-sri-for",
    "require-trusted-types-for",
    "trusted-types",
];

impl Directive {
    /// The directive of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        DIRECTIVES.into_iter().find(|known| known.eq_ignore_ascii_case(name)).map(Self)
    }

    pub(super) fn name(self) -> &'static str {
        self.0
    }

    /// What the issue is called.
    pub(super) fn message(self, blocked: &str, violated: &str) -> String {
        let what = self.what();
        if is_local(blocked) {
            return match what {
                "script" => format!("Blocked unsafe {} 'script'", script_kind(blocked, violated)),
                what => format!("Blocked inline '{what}'"),
            };
        }
        let from = shown_source(blocked);
        match self.0 {
            "child-src" => format!("Blocked 'child' source from '{from}'"),
            "form-action" => format!("Blocked 'form' action to '{from}'"),
            _ => format!("Blocked '{what}' from '{from}'"),
        }
    }

    /// What the directive is about, in a word.
    fn what(self) -> &'static str {
        match self.0 {
            "img-src" => "image",
            "form-action" => "form",
            "script-src" | "script-src-elem" | "script-src-attr" => "script",
            "style-src" | "style-src-elem" | "style-src-attr" => "style",
            name => match name.strip_suffix("-src") {
                Some(what) if name != "default-src" => what,
                _ => name,
            },
        }
    }
}

/// True when what was blocked came with the page itself.
fn is_local(blocked: &str) -> bool {
    let keyword = blocked.trim_matches('\'');
    matches!(
        keyword,
        "" | "self" | "inline" | "eval" | "wasm-eval" | "unsafe-inline" | "unsafe-eval"
    )
}

fn script_kind(blocked: &str, violated: &str) -> &'static str {
    let evaluated = blocked.contains("eval") || violated.contains("'unsafe-eval'");
    let inline = blocked.contains("inline") || violated.contains("'unsafe-inline'");
    match (evaluated, inline) {
        (true, false) => "eval()",
        (false, true) => "inline",
        _ => "(eval() or inline)",
    }
}

/// The host for URLs of the web, the scheme for others.
fn shown_source(blocked: &str) -> String {
    if let Some(host) = web_host(blocked) {
        return host.to_owned();
    }
    match blocked.split_once(':') {
        Some((scheme, _)) => format!("{scheme}:"),
        None if matches!(blocked, "data" | "blob" | "filesystem" | "about") => {
            format!("{blocked}:")
        }
        None => blocked.to_owned(),
    }
}

/// Host and port of an http or https URL.
pub(super) fn web_host(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty());
    host.filter(|_| matches!(scheme, "http" | "https"))
}
