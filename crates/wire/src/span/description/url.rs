//! URLs without what varies: requests by the site they go to, assets by what they are.

use super::sql::is_uuid;

/// Segments and names that are longer are taken for ids. Source: Relay.
const SEGMENT_BYTES_MAX: usize = 25;
/// Longer extensions are none. Source: Relay.
const EXTENSION_BYTES_MAX: usize = 10;
/// Hex digits from which on they are an id, in the name of a file.
const HEX_DIGITS_MIN: usize = 6;

const METHODS: [&str; 9] =
    ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE"];

/// Second level domains under which anybody registers a third one, below country codes.
const SECOND_LEVELS: [&str; 12] =
    ["ac", "co", "com", "edu", "go", "gob", "gov", "mil", "ne", "net", "or", "org"];

/// Directories of assets that say what is in them. Source: Relay.
const COMMON_SEGMENTS: [&str; 34] = [
    "_app",
    "_next",
    "active_storage",
    "ajax",
    "assets",
    "avatar",
    "build",
    "cdn",
    "chunks",
    "coreui",
    "css",
    "data",
    "dist",
    "fonts",
    "icons",
    "image",
    "images",
    "img",
    "js",
    "lib",
    "libs",
    "media",
    "node_modules",
    "public",
    "scripts",
    "src",
    "static",
    "styles",
    "svg",
    "themes",
    "thumbnail",
    "uploads",
    "v1",
    "vendor",
];

/// The method that a word is.
pub(super) fn method(word: &str) -> Option<&'static str> {
    METHODS.iter().find(|known| known.eq_ignore_ascii_case(word)).copied()
}

/// `scheme://host` and the rest; no scheme in relative URLs.
fn split(url: &str) -> (Option<(&str, &str)>, &str) {
    let Some((scheme, rest)) = url.split_once("://") else { return (None, url) };
    let is_scheme = !scheme.is_empty()
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if !is_scheme {
        return (None, url);
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    (Some((scheme, authority.rsplit('@').next().unwrap_or(authority))), path)
}

/// The site a host belongs to: the domain somebody registered, `*.` if the host is below it. Ports stay.
fn site(authority: &str) -> String {
    let has_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if has_port(port) && (!host.contains(':') || host.ends_with(']')) => {
            (host, Some(port))
        }
        _ => (authority, None),
    };
    let mut out = if is_address(host) && host != "127.0.0.1" && host != "[::1]" {
        "*.*.*.*".to_owned()
    } else if is_address(host) {
        host.to_owned()
    } else {
        registered(host)
    };
    if let Some(port) = port {
        out.push(':');
        out.push_str(port);
    }
    out
}

fn is_address(host: &str) -> bool {
    host.starts_with('[')
        || host.split('.').count() == 4
            && host.split('.').all(|part| {
                !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'*')
            })
}

fn registered(host: &str) -> String {
    let mut ends = host.rmatch_indices('.').map(|(at, _)| at);
    let (Some(last), Some(second)) = (ends.next(), ends.next()) else {
        return host.to_ascii_lowercase();
    };
    let (country, level) =
        (host.get(last + 1..).unwrap_or_default(), host.get(second + 1..last).unwrap_or_default());
    let dot = match ends.next() {
        third if country.len() == 2 && SECOND_LEVELS.contains(&level) => third,
        _ => Some(second),
    };
    match dot {
        Some(dot) => format!("*{}", host.get(dot..).unwrap_or_default().to_ascii_lowercase()),
        None => host.to_ascii_lowercase(),
    }
}

/// A request, as its method and the site it goes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) text: String,
    /// The site with its port; empty for relative URLs.
    pub(super) site: String,
}

/// `GET https://*.casino.example`
pub(super) fn request(method: &str, url: &str) -> Request {
    let url = url.trim();
    if let Some(data) = url.strip_prefix("data:") {
        let kind = data.split(['/', ';', ',']).next().unwrap_or_default();
        return Request { text: format!("{method} data:{kind}/*"), site: String::new() };
    }
    match split(url).0 {
        Some((scheme, authority)) => {
            let site = site(authority);
            Request { text: format!("{method} {scheme}://{site}"), site }
        }
        None => Request { text: format!("{method} *"), site: String::new() },
    }
}

/// An asset, as `scheme://site/*/file`; with it the site.
pub(super) fn resource(url: &str, is_image: bool) -> (String, String) {
    if let Some(data) = url.strip_prefix("data:") {
        let kind = data.split([';', ',']).next().unwrap_or_default();
        return (format!("data:{kind}"), String::new());
    }
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (origin, path) = split(url);
    let (mut out, site) = match origin {
        Some((scheme, _)) if scheme.ends_with("-extension") => {
            return ("browser-extension://*".to_owned(), String::new());
        }
        Some((scheme, authority)) => {
            let site = site(authority);
            (format!("{scheme}://{site}"), site)
        }
        None => (String::new(), String::new()),
    };
    let (folders, file) =
        path.rsplit_once('/').map_or((None, path), |(folders, file)| (Some(folders), file));
    let mut was_any = false;
    for segment in folders.into_iter().flat_map(|folders| folders.split('/')) {
        let is_known = segment.is_empty() || COMMON_SEGMENTS.contains(&segment);
        if is_known {
            out.push_str(segment);
            out.push('/');
        } else if !was_any {
            out.push_str("*/");
        }
        was_any = !is_known;
    }
    if !file.is_empty() {
        push_file(file, is_image, &mut out);
    }
    (out, site)
}

fn push_file(file: &str, is_image: bool, out: &mut String) {
    let (base, extension) = match file.rsplit_once('.') {
        Some((base, extension)) => (base, Some(extension)),
        None => (file, None),
    };
    if is_image {
        out.push('*');
    } else {
        push_base(base, out);
    }
    let extension = extension.map(clean_extension).unwrap_or_default();
    if !extension.is_empty() {
        out.push('.');
        out.push_str(extension);
    }
}

fn clean_extension(extension: &str) -> &str {
    let end =
        extension.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(extension.len());
    let clean = extension.get(..end).unwrap_or_default();
    let digits = clean.bytes().filter(u8::is_ascii_digit).count();
    if extension == "*" || clean.len() > EXTENSION_BYTES_MAX || digits > 1 { "*" } else { clean }
}

/// The name of a file without its ids; `*` if it is nothing but one.
fn push_base(base: &str, out: &mut String) {
    let start = out.len();
    let mut rest = base;
    while let Some(first) = rest.chars().next() {
        let part = rest.len()
            - rest.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric()).len();
        let width = version_width(rest)
            .max(if is_uuid(rest.as_bytes().get(..36).unwrap_or_default()) { 36 } else { 0 });
        if width > 0 {
            out.push('*');
            rest = rest.get(width..).unwrap_or_default();
        } else if part == 0 {
            out.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        } else {
            let (word, after) = rest.split_at(part);
            push_word(word, out);
            rest = after;
        }
    }
    let name = out.get(start..).unwrap_or_default();
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphabetic());
    if name.len() > SEGMENT_BYTES_MAX
        || name.bytes().any(|byte| byte.is_ascii_digit() || b"&%#=+@,;".contains(&byte))
        || is_word && name.bytes().any(|byte| byte.is_ascii_uppercase())
    {
        out.truncate(start);
        out.push('*');
    }
}

/// The width of `v1.2.3` at the start.
fn version_width(text: &str) -> usize {
    let digits = text.strip_prefix('v').unwrap_or(text);
    let version = digits.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let version = digits.get(..version).unwrap_or_default().trim_end_matches('.');
    let is_version =
        version.contains('.') && version.starts_with(|first: char| first.is_ascii_digit());
    if is_version { text.len() - digits.len() + version.len() } else { 0 }
}

fn push_word(word: &str, out: &mut String) {
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    if has_digit
        && word.len() >= HEX_DIGITS_MIN
        && word.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        out.push('*');
        return;
    }
    let mut rest = word;
    while !rest.is_empty() {
        let letters = rest.bytes().take_while(|byte| !byte.is_ascii_digit()).count();
        let digits = rest.bytes().skip(letters).take_while(u8::is_ascii_digit).count();
        let (before, after) = rest.split_at(letters);
        let (number, after) = after.split_at(digits);
        out.push_str(before);
        out.push_str(if digits >= 2 { "*" } else { number });
        rest = after;
    }
}
