//! Inbound filters: events nobody wants, let go before they are stored, each with its reason.
//!
//! Source: Relay's filters, in Relay's order.

use std::net::IpAddr;

use model::event::Event;
use model::json::{Object, Value};
use url::Url;

use crate::glob::Glob;
use crate::user_agent::{self, Clues};

mod browsers;
mod crawlers;
mod extensions;
mod origins;

pub use browsers::LegacyBrowser;

/// What a project filters, as its settings say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch people see")]
pub struct FilterSettings {
    /// Errors of browser extensions.
    pub browser_extensions: bool,
    /// Events of apps that run on a developer's machine.
    pub localhost: bool,
    /// Events that search engines and monitors cause.
    pub web_crawlers: bool,
    /// Errors that frameworks are known for: a page that was replaced while it was open.
    pub react_hydration_errors: bool,
    /// Scripts that could not be loaded, mostly after a new version was put online.
    pub chunk_load_errors: bool,
    /// Browsers that are not supported any more.
    pub legacy_browsers: Vec<LegacyBrowser>,
    /// Globs on releases.
    pub releases: Vec<String>,
    /// Globs on messages, and on `Type: value` of exceptions.
    pub error_messages: Vec<String>,
    /// Addresses and networks (`10.0.0.0/8`) that requests come from.
    pub ip_addresses: Vec<String>,
    /// Origins of content security reports that are dropped.
    pub csp_disallowed_sources: Vec<String>,
    /// Globs on the names of transactions.
    pub ignored_transactions: Vec<String>,
}

/// The filters of a project, ready to be asked.
#[derive(Debug, Clone, Default)]
pub struct Filters {
    settings: FilterSettings,
    releases: Vec<Glob>,
    error_messages: Vec<Glob>,
    ignored_transactions: Vec<Glob>,
    networks: Vec<Network>,
    disallowed_sources: Vec<origins::Origin>,
}

/// Why an event is let go: the text of its outcome.
pub type Reason = &'static str;

impl Filters {
    /// Reads all patterns once. Addresses that are none are left out.
    pub fn new(settings: &FilterSettings) -> Self {
        let globs = |patterns: &[String]| patterns.iter().map(|text| Glob::new(text)).collect();
        Self {
            releases: globs(&settings.releases),
            error_messages: globs(&settings.error_messages),
            ignored_transactions: globs(&settings.ignored_transactions),
            networks: settings
                .ip_addresses
                .iter()
                .filter_map(|text| Network::parse(text))
                .collect(),
            disallowed_sources: settings
                .csp_disallowed_sources
                .iter()
                .map(|text| origins::Origin::parse(text))
                .collect(),
            settings: settings.clone(),
        }
    }

    /// The first filter that lets a normalised event go. `client_ip` is where the request came from.
    pub fn check(&self, event: &Event<'_>, client_ip: Option<&str>) -> Option<Reason> {
        let settings = &self.settings;
        let steps: [(Reason, &dyn Fn() -> bool); 11] = [
            ("react-hydration-errors", &|| {
                settings.react_hydration_errors && is_hydration_error(event)
            }),
            ("chunk-load-error", &|| settings.chunk_load_errors && is_chunk_load_error(event)),
            ("invalid-csp", &|| origins::is_disallowed(event, &self.disallowed_sources)),
            ("ip-address", &|| self.is_blocked(client_ip)),
            ("release-version", &|| any(&self.releases, event.root.str("release"))),
            ("error-message", &|| self.has_unwanted_message(event)),
            ("localhost", &|| settings.localhost && is_localhost(event)),
            ("browser-extensions", &|| {
                settings.browser_extensions && extensions::is_extension(event)
            }),
            ("legacy-browsers", &|| self.is_legacy(event)),
            ("web-crawlers", &|| {
                settings.web_crawlers
                    && header(event, "User-Agent").is_some_and(crawlers::is_crawler)
            }),
            ("filtered-transaction", &|| {
                event.root.str("type") == Some("transaction")
                    && any(&self.ignored_transactions, event.root.str("transaction"))
            }),
        ];
        steps.into_iter().find(|(_, applies)| applies()).map(|(reason, _)| reason)
    }

    fn is_blocked(&self, client_ip: Option<&str>) -> bool {
        !self.networks.is_empty()
            && client_ip
                .and_then(|address| address.parse().ok())
                .is_some_and(|address| self.networks.iter().any(|network| network.has(address)))
    }

    fn has_unwanted_message(&self, event: &Event<'_>) -> bool {
        if self.error_messages.is_empty() {
            return false;
        }
        let message = event.str_at(&["logentry", "formatted"]);
        let message = message.or_else(|| event.str_at(&["logentry", "message"]));
        any(&self.error_messages, message)
            || event.exceptions().any(|exception| {
                let text = match (exception.str("type"), exception.str("value")) {
                    (Some(kind), Some(value)) if !kind.is_empty() && !value.is_empty() => {
                        format!("{kind}: {value}")
                    }
                    (kind, value) => kind.or(value).unwrap_or_default().to_owned(),
                };
                any(&self.error_messages, Some(&text))
            })
    }

    fn is_legacy(&self, event: &Event<'_>) -> bool {
        if self.settings.legacy_browsers.is_empty() {
            return false;
        }
        let clues = Clues { user_agent: header(event, "User-Agent"), ..Clues::default() };
        user_agent::browser(&clues).is_some_and(|browser| {
            self.settings.legacy_browsers.iter().any(|legacy| legacy.includes(&browser))
        })
    }
}

fn any(globs: &[Glob], text: Option<&str>) -> bool {
    text.is_some_and(|text| globs.iter().any(|glob| glob.matches(text)))
}

/// The value of a request header by its capitalised name.
fn header<'e>(event: &'e Event<'_>, name: &str) -> Option<&'e str> {
    let headers = event.at(&["request", "headers"])?.as_array()?;
    let mut pairs = headers.iter().filter_map(Value::as_array);
    pairs.find(|pair| pair.first().and_then(Value::as_str) == Some(name))?.get(1)?.as_str()
}

/// The first exception: what browsers' filters look at.
fn first_exception<'e, 'a>(event: &'e Event<'a>) -> Option<&'e Object<'a>> {
    event.exceptions().next()
}

fn is_localhost(event: &Event<'_>) -> bool {
    const NAMES: [&str; 2] = ["127.0.0.1", "localhost"];
    if matches!(event.str_at(&["user", "ip_address"]), Some("127.0.0.1" | "::1")) {
        return true;
    }
    let url = event.str_at(&["request", "url"]).and_then(|url| Url::parse(url).ok());
    let local_url = url.is_some_and(|url| {
        url.scheme() == "file"
            || url.host_str().is_some_and(|host| {
                let below = |name: &&str| host.strip_suffix(*name).is_some_and(ends_label);
                NAMES.iter().any(below)
            })
    });
    local_url
        || ["Host", "X-Forwarded-Host"].into_iter().any(|name| {
            let host = header(event, name).and_then(|host| host.split(':').next());
            host.is_some_and(|host| NAMES.contains(&host))
        })
}

fn ends_label(prefix: &str) -> bool {
    prefix.is_empty() || prefix.ends_with('.')
}

/// Source: Sentry's default generic filters.
fn is_hydration_error(event: &Event<'_>) -> bool {
    const MESSAGES: [&str; 4] = [
        "Hydration failed because the initial UI does not match what was rendered on the server",
        "The server could not finish this Suspense boundary",
        "There was an error while hydrating",
        "Text content does not match server-rendered HTML",
    ];
    const CODES: [&str; 6] = ["418", "419", "422", "423", "425", "421"];
    first_exception(event).and_then(|exception| exception.str("value")).is_some_and(|value| {
        MESSAGES.iter().any(|message| value.contains(message))
            || value.strip_prefix("Minified React error #").is_some_and(|rest| {
                CODES.iter().any(|code| rest.strip_prefix(code).is_some_and(|r| r.starts_with(';')))
            })
    })
}

/// Source: Sentry's default generic filters.
fn is_chunk_load_error(event: &Event<'_>) -> bool {
    let Some(exception) = first_exception(event) else { return false };
    let value = exception.str("value").unwrap_or_default();
    match exception.str("type") {
        Some("ChunkLoadError") => value.starts_with("Loading chunk"),
        Some("Error") => value.starts_with("Uncaught *ChunkLoadError: Loading chunk"),
        _ => value.contains("ChunkLoadError: Loading chunk"),
    }
}

/// Addresses that begin alike.
#[derive(Debug, Clone, Copy)]
struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(all);
        (bits <= all).then_some(Self { address, bits })
    }

    fn has(&self, other: IpAddr) -> bool {
        let differing = match (self.address, other.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (own.to_bits() ^ other.to_bits()).leading_zeros()
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()).leading_zeros()
            }
            _ => return false,
        };
        differing >= u32::from(self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        for (network, address, expected) in [
            ("10.0.0.0/8", "10.200.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("192.168.1.7", "192.168.1.7", true),
            ("192.168.1.7", "192.168.1.8", false),
            ("192.168.1.7", "::ffff:192.168.1.7", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "10.0.0.1", false),
        ] {
            let has = Network::parse(network).unwrap().has(address.parse().unwrap());
            assert_eq!(has, expected, "{network} {address}");
        }
        for text in ["", "10.0.0.0/33", "x/8", "10.0.0.0/"] {
            assert!(Network::parse(text).is_none(), "{text}");
        }
    }
}
