//! The kinds of rules, and how each finds what it is named after.
//!
//! Kinds up to [`Kind::Cookies`] match what Relay's match; those after it are ours and check more.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::anchor::Hits;
use crate::rule::{Finder, KeyTest, Matcher};
use crate::{RuleError, card, token};

/// What a rule of a built-in kind looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Anything,
    Bearer,
    CreditCard,
    Email,
    Iban,
    Imei,
    Ip,
    Mac,
    Password,
    PemKey,
    UrlAuth,
    UrlPassword,
    UsSsn,
    UserPath,
    Uuid,
    Cookies,
    Pan,
    Cvv,
    Jwt,
    Secret,
    ApiToken,
    Phone,
    CheckedIban,
}

/// Cookies that carry a session or protect one. Source: section 2 of our reference.
pub(crate) const SENSITIVE_COOKIES: &[&str] = &[
    "sentrysid",
    "sudo",
    "su",
    "session",
    "__session",
    "sessionid",
    "user_session",
    "symfony",
    "phpsessid",
    "fasthttpsessionid",
    "mysession",
    "irissessionid",
    "_vercel_jwt",
    "csrf",
    "xsrf",
    "_xsrf",
    "_csrf",
    "csrf-token",
    "csrf_token",
    "xsrf-token",
    "xsrf_token",
    "fastcsrf",
    "_iris_csrf",
];

/// Countries that give out IBANs, or numbers of that form.
const IBAN_COUNTRIES: &str = "AD AE AL AO AT AZ BA BE BF BG BH BI BJ BR BY CF CG CH CI CM CR CV CY \
    CZ DE DJ DK DO DZ EE EG ES FI FO FR GA GB GE GI GL GQ GR GT GW HN HR HU IE IL IQ IR IS IT JO \
    KM KW KZ LB LC LI LT LU LV LY MA MC MD ME MG MK ML MR MT MU MZ NE NI NL NO PK PL PS PT QA RO \
    RS RU SA SC SE SI SK SM SN ST SV TD TG TL TN TR UA VA VG XK";

/// All expressions, compiled once for the process.
#[derive(Debug)]
struct Patterns {
    anything: Regex,
    bearer: Regex,
    credit_card: Regex,
    email: Regex,
    iban: Regex,
    imei: Regex,
    ipv4: Regex,
    mac: Regex,
    token_assigned: Regex,
    pem_key: Regex,
    url_auth: Regex,
    url_password: Regex,
    us_ssn: Regex,
    user_path: Regex,
    uuid: Regex,
    cookies: Regex,
    cvv: Regex,
    jwt: Regex,
    bearer_token: Regex,
    basic: Regex,
    url_any_password: Regex,
    open_pem_key: Regex,
    phone: Regex,
}

static PATTERNS: LazyLock<Result<Patterns, regex::Error>> = LazyLock::new(Patterns::new);

impl Patterns {
    fn new() -> Result<Self, regex::Error> {
        let countries = IBAN_COUNTRIES.replace(' ', "|");
        let cookies = SENSITIVE_COOKIES.join("|");
        let octet = "(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)";
        let key = "[A-Z ]+(?:PRIVATE|PUBLIC) KEY-----";
        let regex = Regex::new;
        Ok(Self {
            anything: regex(".+")?,
            bearer: regex(r"(?i)\bBearer\s+\S+")?,
            credit_card: regex(r"\b(?:3[47]\d|4\d{3}|5[1-5]\d\d|65\d\d|6011)(?:[-\s]?\d){12}\b")?,
            email: regex(r"\b[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[a-zA-Z0-9-]+\.)+[a-zA-Z]{2,}\b")?,
            iban: regex(&format!(r"\b(?:{countries})\d{{2}}[a-zA-Z0-9]{{11,29}}\b"))?,
            imei: regex(r"\b\d{2}-?\d{6}-?\d{6}-?\d{1,2}\b")?,
            ipv4: regex(&format!(r"\b(?:{octet}\.){{3}}{octet}\b"))?,
            mac: regex(r"\b(?:[[:xdigit:]]{2}[:-]){5}[[:xdigit:]]{2}\b")?,
            token_assigned: regex(r"(?i)token\S*[:=]")?,
            pem_key: regex(&format!(r"(?s)-----BEGIN{key}[\t ]*\r?\n?(.+?)\r?\n?-----END{key}"))?,
            url_auth: regex(r"\b(?:[a-z0-9+-]+:)?//([a-zA-Z0-9%_.-]+(?::[a-zA-Z0-9%_.-]+)?)@")?,
            url_password: regex(r"\b(?:[a-z0-9]+:)?//[a-zA-Z0-9%_.-]+:([a-zA-Z0-9%_.-]+)@")?,
            us_ssn: regex(r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b")?,
            user_path: regex(
                r"(?i)(?:\b(?:[a-z]:[\\/])?(?:users|home|documents and settings|[^/\\]+[/\\]profiles)[\\/]|/(?:home|users)/)([^/\\\r\n\x00]+)",
            )?,
            uuid: regex(r"(?i)\b[a-z0-9]{8}(?:-?[a-z0-9]{4}){3}-?[a-z0-9]{12}\b")?,
            cookies: regex(&format!(r"(?i)(?:^|[;,\s])(?:{cookies})(?:__[^=;,\s]*)?=([^;,\s]+)"))?,
            cvv: regex(
                r#"(?i)(?:^|[^a-z0-9]|card)(?:cvv2?|cvc2?|security[ _-]?code)\\*["']?[\s=:>]{1,4}\\*["']?([0-9]{3,4})\b"#,
            )?,
            jwt: regex(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]*")?,
            bearer_token: regex(r"(?i)\bbearer\s+([a-z0-9._~+/=-]{8,})")?,
            basic: regex(r"(?i)\bbasic\s+([a-z0-9+/]{8,}={0,2})")?,
            url_any_password: regex(r#"://[^\s/?\#"'<>:@]*:([^\s/?\#"'<>]+)@"#)?,
            open_pem_key: regex(
                r"(?s)-----BEGIN[A-Z ]+PRIVATE KEY-----(?:\\[nr]|\s)*([^-\x00\s\\].*)",
            )?,
            phone: regex(r"\+[1-9](?:[0-9]{0,2}(?:[ .()/-]{1,2}[0-9]{2,4}){2,5}|[0-9]{9,14})\b")?,
        })
    }
}

impl Kind {
    /// What runs for a rule of this kind.
    pub(crate) fn matchers(self) -> Result<Vec<Matcher>, RuleError> {
        let all = PATTERNS.as_ref().map_err(|cause| RuleError::Pattern(cause.clone()))?;
        let text = |regex: &Regex, group, needs| vec![groups(regex, group, needs, |_| true)];
        Ok(match self {
            Self::Anything => text(&all.anything, 0, Hits::ALWAYS),
            Self::Bearer => text(&all.bearer, 0, Hits::BEARER),
            Self::CreditCard => text(&all.credit_card, 0, Hits::DIGITS_13),
            Self::Email => text(&all.email, 0, Hits::AT),
            Self::Iban => text(&all.iban, 0, Hits::IBAN),
            Self::CheckedIban => vec![groups(&all.iban, 0, Hits::IBAN, is_iban)],
            Self::Imei => text(&all.imei, 0, Hits::DIGITS_13),
            Self::Ip => {
                vec![groups(&all.ipv4, 0, Hits::ALWAYS, |_| true), native(find_ipv6, Hits::ALWAYS)]
            }
            Self::Mac => text(&all.mac, 0, Hits::ALWAYS),
            Self::PemKey => text(&all.pem_key, 1, Hits::PEM),
            Self::UrlAuth => text(&all.url_auth, 1, Hits::AT),
            Self::UrlPassword => text(&all.url_password, 1, Hits::AT),
            Self::UsSsn => text(&all.us_ssn, 0, Hits::SSN),
            Self::UserPath => text(&all.user_path, 1, Hits::ALWAYS),
            Self::Uuid => text(&all.uuid, 0, Hits::ALWAYS),
            Self::Cookies => text(&all.cookies, 1, Hits::ALWAYS),
            Self::Password => password(all),
            Self::Pan => vec![native(card::find, Hits::DIGITS_13)],
            Self::Cvv => text(&all.cvv, 1, Hits::CVV),
            Self::Jwt => vec![groups(&all.jwt, 0, Hits::JWT, token::is_jwt)],
            Self::Phone => vec![groups(&all.phone, 0, Hits::PHONE, is_phone)],
            Self::ApiToken => vec![native(token::find_api_tokens, Hits::API_TOKEN)],
            Self::Secret => vec![
                groups(&all.bearer_token, 1, Hits::BEARER, token::is_bearer),
                groups(&all.basic, 1, Hits::BASIC, token::is_basic),
                native(token::find_api_tokens, Hits::API_TOKEN),
                native(token::find_assigned, Hits::ASSIGNED.or(Hits::TOKEN)),
                groups(&all.url_any_password, 1, Hits::AT, |_| true),
                groups(&all.pem_key, 1, Hits::PEM, |_| true),
                groups(&all.open_pem_key, 1, Hits::PEM, |_| true),
            ],
        })
    }
}

fn password(all: &Patterns) -> Vec<Matcher> {
    let words = |key, value, needs| Matcher { key: KeyTest::Saw(key), value, needs };
    vec![
        groups(&all.bearer, 0, Hits::BEARER, |_| true),
        words(Hits::TOKEN, Finder::WholeIfMatches(all.token_assigned.clone()), Hits::TOKEN),
        words(Hits::PASSWORD, Finder::WholeIfSaw(Hits::PASSWORD), Hits::PASSWORD),
    ]
}

fn groups(regex: &Regex, group: usize, needs: Hits, check: fn(&str) -> bool) -> Matcher {
    let value = Finder::Groups(regex.clone(), vec![group], check);
    Matcher { key: KeyTest::Never, value, needs }
}

fn native(find: fn(&str, &mut Vec<Range<usize>>), needs: Hits) -> Matcher {
    Matcher { key: KeyTest::Never, value: Finder::Native(find), needs }
}

/// Finds IPv6 addresses: words of hexadecimal digits and colons that the standard library accepts.
fn find_ipv6(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let in_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'.' | b'_');
    let mut at = 0;
    for colon in memchr::memmem::find_iter(bytes, b":") {
        if colon < at {
            continue;
        }
        // The longest address is shorter than 64 bytes.
        let before = bytes[at..colon].iter().rev().take(64).take_while(|b| in_word(**b)).count();
        let after = bytes[colon..].iter().take_while(|b| in_word(**b)).count();
        let (start, end) = (colon - before, colon + after);
        at = end;
        let word = text[start..end].trim_end_matches(['.', '_']);
        let word = if word.ends_with("::") { word } else { word.trim_end_matches(':') };
        let has_digits = word.bytes().any(|byte| byte.is_ascii_hexdigit());
        if has_digits && word.parse::<std::net::Ipv6Addr>().is_ok() {
            found.push(start..start + word.len());
        }
    }
}

/// The check digits of an IBAN. Source: ISO 13616-1, ISO 7064 MOD 97-10.
fn is_iban(text: &str) -> bool {
    let rotated = text.bytes().skip(4).chain(text.bytes().take(4));
    let remainder = rotated.fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.to_ascii_uppercase().saturating_sub(b'A')) + 10) % 97,
    });
    remainder == 1
}

/// Source: ITU-T E.164: at most fifteen digits; fewer than eight is more likely something else.
fn is_phone(text: &str) -> bool {
    (8..=15).contains(&text.bytes().filter(u8::is_ascii_digit).count())
}
