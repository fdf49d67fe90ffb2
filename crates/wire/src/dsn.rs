//! DSNs: where a client sends to, and with which key.

use std::fmt;
use std::str::FromStr;

use model::id::ProjectId;

/// The text is not a DSN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DsnError {
    /// No `http://` or `https://` in front.
    #[error("no valid scheme")]
    Scheme,
    /// Nothing before the `@`, or not a key.
    #[error("no valid public key")]
    Key,
    /// No host, or a port that is none.
    #[error("no valid host")]
    Host,
    /// The last part of the path is not a number.
    #[error("no valid project id")]
    Project,
}

/// The public half of a client key: exactly 32 ASCII characters. Relay does not ask for hex.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(String);

impl PublicKey {
    /// The 32 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PublicKey {
    type Err = DsnError;

    /// Flags after a dot, such as `.no-cache`, are skipped.
    fn from_str(text: &str) -> Result<Self, DsnError> {
        let key = text.split('.').next().unwrap_or_default();
        let fits = key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(key.to_owned())) } else { Err(DsnError::Key) }
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

/// A DSN. The secret of old DSNs is read over.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dsn {
    /// `https` rather than `http`.
    pub is_secure: bool,
    /// The key.
    pub key: PublicKey,
    /// Host, with a port if one was given.
    pub host: String,
    /// Path before the project id, with a slash on both sides; `/` when there is none.
    pub path: String,
    /// The project.
    pub project: ProjectId,
}

impl FromStr for Dsn {
    type Err = DsnError;

    fn from_str(text: &str) -> Result<Self, DsnError> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(DsnError::Scheme)?;
        let is_secure = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err(DsnError::Scheme),
        };
        let (user, rest) = rest.split_once('@').ok_or(DsnError::Key)?;
        let key = user.split(':').next().unwrap_or_default().parse()?;
        let (host, path) = rest.split_once('/').ok_or(DsnError::Project)?;
        if !is_host(host) {
            return Err(DsnError::Host);
        }
        let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let (path, project) = path.rsplit_once('/').unwrap_or(("", path));
        let project = project.parse().or(Err(DsnError::Project))?;
        let path = if path.is_empty() { "/".to_owned() } else { format!("/{path}/") };
        Ok(Self { is_secure, key, host: host.to_owned(), path, project })
    }
}

fn is_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((name, "")) => (name, None),
            Some((name, port)) => (name, Some(port.strip_prefix(':').unwrap_or("-"))),
            None => return false,
        },
        None => host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
    };
    let odd = |c: char| c.is_whitespace() || c.is_control() || "@\\\"<>".contains(c);
    !name.is_empty() && !name.contains(odd) && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

impl fmt::Display for Dsn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_secure { "https" } else { "http" };
        write!(out, "{scheme}://{}@{}{}{}", self.key, self.host, self.path, self.project)
    }
}
