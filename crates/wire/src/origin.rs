//! Pages that may send with a key: `Origin` against the project's allowed domains.

/// Whether a request may come from where it says. One that does not say (no usable `Origin`, else
/// `Referer`) may; an empty list refuses all that do.
pub fn is_allowed(origin: Option<&str>, referer: Option<&str>, patterns: &[String]) -> bool {
    let found = origin.and_then(Place::of_url).or_else(|| referer.and_then(Place::of_url));
    found.is_none_or(|place| patterns.iter().any(|pattern| place.fits(pattern)))
}

/// Scheme, host and port of a URL.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    scheme: &'a str,
    host: &'a str,
    port: &'a str,
}

impl<'a> Place<'a> {
    fn of_url(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.trim().split_once("://")?;
        let default_port = match () {
            () if scheme.eq_ignore_ascii_case("http") => "80",
            () if scheme.eq_ignore_ascii_case("https") => "443",
            () => return None,
        };
        let authority = rest.split(['/', '?', '#']).next()?;
        let (host, port) = split_port(authority.rsplit('@').next()?);
        let port = port.filter(|port| !port.is_empty()).unwrap_or(default_port);
        (!host.is_empty()).then_some(Self { scheme, host, port })
    }

    /// A part that a pattern leaves out, or gives as `*`, fits anything.
    fn fits(self, pattern: &str) -> bool {
        let pattern = pattern.trim();
        let (scheme, rest) = pattern.split_once("://").unwrap_or(("*", pattern));
        let (host, port) = split_port(rest.split('/').next().unwrap_or_default());
        let any = |part: &str| part.is_empty() || part == "*";
        let is_whole_wildcard = !pattern.is_empty() && any(host);
        (any(scheme) || scheme.eq_ignore_ascii_case(self.scheme))
            && (is_whole_wildcard || self.host_fits(host))
            && port.is_none_or(|port| any(port) || port == self.port)
    }

    fn host_fits(self, pattern: &str) -> bool {
        let host = self.host.trim_end_matches('.');
        let Some(domain) = pattern.strip_prefix("*.") else {
            return !pattern.is_empty() && host.eq_ignore_ascii_case(pattern);
        };
        let front = host.len().checked_sub(domain.len()).and_then(|at| host.split_at_checked(at));
        front.is_some_and(|(front, back)| {
            back.eq_ignore_ascii_case(domain) && (front.is_empty() || front.ends_with('.'))
        })
    }
}

/// Splits `host:port`; the colons of an IPv6 address are inside brackets.
pub(crate) fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}
