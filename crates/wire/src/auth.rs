//! Who sends this: the public key, wherever a client may put it.
//!
//! Source: Relay's request metadata; statuses are the caller's, see [`AuthError`].

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use memchr::memchr;

use crate::dsn::{Dsn, PublicKey};
use crate::envelope::Header;
use crate::query_string;

/// The newest protocol version we speak; also what is assumed when none is named.
const VERSION_MAX: u32 = 7;

/// Where credentials may be. The envelope's own header is the last resort, see [`from_envelope`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Sources<'a> {
    /// The `X-Sentry-Auth` header.
    pub x_sentry_auth: Option<&'a str>,
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// The query string, not decoded.
    pub query: Option<&'a str>,
    /// A key in the path.
    pub path_key: Option<&'a str>,
}

/// What a client says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Its key.
    pub key: PublicKey,
    /// Its `name/version`.
    pub client: Option<String>,
}

/// Why a request is not let in. The first three are answered with 400, the others with 401.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// A protocol from the future.
    #[error("unsupported protocol version ({0})")]
    UnsupportedVersion(u32),
    /// Not 32 ASCII characters.
    #[error("bad sentry DSN public key")]
    BadKey,
    /// The last part of the path, or of the DSN, is not a number.
    #[error("bad project path parameter")]
    BadProject,
    /// No credentials at all.
    #[error("missing authorization information")]
    Missing,
    /// Credentials in two places.
    #[error("multiple authorization payloads detected")]
    Multiple,
    /// Credentials without a key.
    #[error("bad sentry authentication header: no sentry_key")]
    NoKey,
    /// `sentry_version` is not a number.
    #[error("bad sentry authentication header: sentry_version is not a number")]
    BadVersion,
    /// The envelope's first line has no usable DSN.
    #[error("bad envelope authentication header")]
    BadEnvelope,
}

/// Reads the credentials of a request. `None` when it carries none: an envelope may then speak for
/// itself, anything else is [`AuthError::Missing`].
///
/// # Errors
/// [`AuthError`] when they are in more than one place or cannot be read.
pub fn from_request(sources: &Sources<'_>) -> Result<Option<Credentials>, AuthError> {
    let query = sources.query.filter(|query| query.contains("sentry_"));
    let found = [
        sources.x_sentry_auth.and_then(sentry_scheme).map(from_header),
        sources.authorization.and_then(sentry_scheme).map(from_header),
        sources.authorization.and_then(basic_user).map(|user| plain_key(&user)),
        query.map(|query| from_pairs(query_string::pairs(query))),
        sources.path_key.map(plain_key),
    ];
    let mut found = found.into_iter().flatten();
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some(credentials), None) => credentials.map(Some),
        (Some(_), Some(_)) => Err(AuthError::Multiple),
    }
}

/// Reads the DSN in the first line of an envelope, as tunnels leave it.
///
/// # Errors
/// [`AuthError::BadEnvelope`] when there is none, or not a whole one.
pub fn from_envelope(body: &[u8]) -> Result<Dsn, AuthError> {
    let line = memchr(b'\n', body).map_or(body, |end| &body[..end]);
    Header::parse(line).ok().and_then(|header| header.dsn).ok_or(AuthError::BadEnvelope)
}

/// What follows `Sentry `; another scheme is not meant for us.
fn sentry_scheme(header: &str) -> Option<&str> {
    let (scheme, rest) = header.split_at_checked("Sentry ".len())?;
    scheme.eq_ignore_ascii_case("Sentry ").then_some(rest)
}

fn basic_user(header: &str) -> Option<String> {
    let (scheme, rest) = header.split_at_checked("Basic ".len())?;
    if !scheme.eq_ignore_ascii_case("Basic ") {
        return None;
    }
    let pair = String::from_utf8(BASE64_STANDARD.decode(rest.trim()).ok()?).ok()?;
    Some(pair.split_once(':').map_or(pair.as_str(), |(user, _)| user).to_owned())
}

fn from_header(fields: &str) -> Result<Credentials, AuthError> {
    from_pairs(fields.split(',').filter_map(|field| {
        let (name, value) = field.split_once('=')?;
        Some((name.trim().into(), value.trim().into()))
    }))
}

fn from_pairs<'a>(
    pairs: impl Iterator<Item = (std::borrow::Cow<'a, str>, std::borrow::Cow<'a, str>)>,
) -> Result<Credentials, AuthError> {
    let (mut key, mut client) = (None, None);
    for (name, value) in pairs {
        match name.as_ref() {
            "sentry_key" => key = Some(value),
            "sentry_version" => check_version(&value)?,
            "sentry_client" if !value.is_empty() => client = Some(value.into_owned()),
            _ => {}
        }
    }
    let key = key.ok_or(AuthError::NoKey)?.parse().or(Err(AuthError::BadKey))?;
    Ok(Credentials { key, client })
}

fn check_version(text: &str) -> Result<(), AuthError> {
    let whole = text.split('.').next().unwrap_or_default();
    match whole.parse::<u32>() {
        Ok(version) if version > VERSION_MAX => Err(AuthError::UnsupportedVersion(version)),
        Ok(_) => Ok(()),
        Err(_) => Err(AuthError::BadVersion),
    }
}

fn plain_key(text: &str) -> Result<Credentials, AuthError> {
    let key = text.parse().or(Err(AuthError::BadKey))?;
    Ok(Credentials { key, client: None })
}
