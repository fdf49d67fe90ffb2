//! Origins that content security reports are dropped for: `https://*.example.com:8080`, `data`.

use model::event::Event;

/// A scheme, a host and a port; what is missing fits everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    scheme: Option<String>,
    host: Option<String>,
    port: Option<String>,
}

impl Origin {
    pub(super) fn parse(text: &str) -> Self {
        let part = |text: &str| (text != "*").then(|| text.to_lowercase());
        let (scheme, rest) =
            text.split_once("://").map_or((None, text), |(scheme, rest)| (part(scheme), rest));
        let authority = rest.split('/').next().unwrap_or(rest);
        // Colons inside brackets belong to an IPv6 address.
        let after_host = authority.rfind(']').unwrap_or(0);
        let colon = authority[after_host..].rfind(':').map(|place| place + after_host);
        let (host, port) = match colon {
            Some(colon) => (&authority[..colon], part(&authority[colon + 1..])),
            None => (authority, None),
        };
        Self { scheme, host: part(host), port }
    }

    fn is_everything(&self) -> bool {
        self.scheme.is_none() && self.host.is_none() && self.port.is_none()
    }

    fn includes(&self, other: &Self) -> bool {
        let fits = |own: &Option<String>, other| own.is_none() || own == other;
        fits(&self.scheme, &other.scheme)
            && fits(&self.port, &other.port)
            && (fits(&self.host, &other.host) || self.includes_subdomain(other))
    }

    /// `*.example.com` means `example.com`, too.
    fn includes_subdomain(&self, other: &Self) -> bool {
        let (Some(own), Some(other)) = (&self.host, &other.host) else { return false };
        own.strip_prefix('*').is_some_and(|rest| {
            other.ends_with(rest) || rest.strip_prefix('.').is_some_and(|bare| other == bare)
        })
    }
}

/// True when a report names one of these origins.
pub(super) fn is_disallowed(event: &Event<'_>, disallowed: &[Origin]) -> bool {
    if disallowed.is_empty() || event.root.str("type") != Some("csp") {
        return false;
    }
    disallowed.iter().any(Origin::is_everything)
        || ["blocked_uri", "source_file", "document_uri"].into_iter().any(|name| {
            let origin = event.str_at(&["csp", name]).map(Origin::parse);
            origin.is_some_and(|origin| disallowed.iter().any(|own| own.includes(&origin)))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins() {
        for (pattern, url, expected) in [
            ("https://*.example.com", "https://cdn.example.com/x.js", true),
            ("*.example.com", "http://example.com", true),
            ("http://example.com", "https://example.com", false),
            ("example.com:8080", "https://example.com:8080/a", true),
            ("example.com:8080", "https://example.com/a", false),
            ("[::1]:80", "http://[::1]:80/", true),
            ("data", "data", true),
        ] {
            let includes = Origin::parse(pattern).includes(&Origin::parse(url));
            assert_eq!(includes, expected, "{pattern} {url}");
        }
        assert!(Origin::parse("*").is_everything());
    }
}
