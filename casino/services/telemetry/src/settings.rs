//! Settings, all from the environment.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use thiserror::Error;

/// A variable that cannot be understood.
#[derive(Debug, Error)]
#[error("{name}: {reason}")]
pub struct SettingsError {
    /// The variable.
    pub name: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

/// Where and how the SDK reports.
#[derive(Clone, Debug)]
pub struct Reporting {
    /// The address with the key.
    pub dsn: String,
    /// `demo`, `production`, ….
    pub environment: String,
    /// The share of traces that begin here which are kept.
    pub traces: f32,
}

/// What a service reads from its environment.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its name: tag, first part of the release.
    pub service: &'static str,
    /// `wallet@1.0.0`.
    pub release: String,
    /// Where it listens.
    pub listen: SocketAddr,
    /// `flags.json`.
    pub flags: Option<PathBuf>,
    /// What chance begins with; none means the system's.
    pub seed: Option<u64>,
    /// Nothing when there is no DSN.
    pub reporting: Option<Reporting>,
}

/// A variable that is set and not empty.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// A variable, or what stands for it.
pub fn variable_or(name: &str, default: &str) -> String {
    variable(name).unwrap_or_else(|| default.to_owned())
}

impl Settings {
    /// Reads them.
    pub fn from_environment(
        service: &'static str,
        version: &str,
        port: u16,
    ) -> Result<Self, SettingsError> {
        Self::from_lookup(service, version, port, &variable)
    }

    /// Reads them with `lookup`, which tests replace: the environment is one for all threads.
    fn from_lookup(
        service: &'static str,
        version: &str,
        port: u16,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let listen = match lookup("CASINO_LISTEN") {
            None => SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            Some(text) => text.parse().map_err(|_| wrong("CASINO_LISTEN", &text))?,
        };
        let seed = lookup("CASINO_SEED")
            .map(|text| text.parse().map_err(|_| wrong("CASINO_SEED", &text)))
            .transpose()?;
        let release = lookup("SENTRY_RELEASE").unwrap_or_else(|| format!("{service}@{version}"));
        let flags = lookup("CASINO_FLAGS").map(PathBuf::from);
        let reporting = reporting(lookup)?;
        Ok(Self { service, release, listen, flags, seed, reporting })
    }
}

fn reporting(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Option<Reporting>, SettingsError> {
    let Some(dsn) = lookup("SENTRY_DSN") else { return Ok(None) };
    if dsn.parse::<sentry::types::Dsn>().is_err() {
        return Err(SettingsError { name: "SENTRY_DSN", reason: "is not a DSN".to_owned() });
    }
    let traces = match lookup("SENTRY_TRACES_SAMPLE_RATE") {
        None => 1.0,
        Some(text) => text
            .parse()
            .ok()
            .filter(|rate| (0.0..=1.0).contains(rate))
            .ok_or_else(|| wrong("SENTRY_TRACES_SAMPLE_RATE", &text))?,
    };
    let environment = lookup("SENTRY_ENVIRONMENT").unwrap_or_else(|| "demo".to_owned());
    Ok(Some(Reporting { dsn, environment, traces }))
}

fn wrong(name: &'static str, text: &str) -> SettingsError {
    SettingsError { name, reason: format!("cannot be {text:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let lookup = |name: &str| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        Settings::from_lookup("wallet", "1.2.3", 4202, &lookup)
    }

    #[test]
    fn defaults_need_no_variables() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:4202");
        assert_eq!(settings.release, "wallet@1.2.3");
        assert!(settings.reporting.is_none() && settings.seed.is_none());
    }

    #[test]
    fn what_is_set_is_used_and_nonsense_named() {
        let settings = read(&[
            ("SENTRY_DSN", "http://abc@127.0.0.1:9/3"),
            ("SENTRY_TRACES_SAMPLE_RATE", "0.05"),
            ("CASINO_SEED", "7"),
        ])
        .unwrap();
        let reporting = settings.reporting.unwrap();
        assert!((reporting.traces - 0.05).abs() < f32::EPSILON);
        assert_eq!((reporting.environment.as_str(), settings.seed), ("demo", Some(7)));
        for (name, value) in
            [("CASINO_LISTEN", "here"), ("CASINO_SEED", "x"), ("SENTRY_DSN", "no dsn")]
        {
            assert_eq!(read(&[(name, value)]).unwrap_err().name, name);
        }
        let rate = [("SENTRY_DSN", "http://abc@127.0.0.1:9/3"), ("SENTRY_TRACES_SAMPLE_RATE", "2")];
        assert_eq!(read(&rate).unwrap_err().name, "SENTRY_TRACES_SAMPLE_RATE");
    }
}
