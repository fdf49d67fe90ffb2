//! The gateway's own settings.

use std::path::PathBuf;

use casino_telemetry::SettingsError;

/// See CONTRACT.md.
#[derive(Clone, Debug)]
pub(crate) struct Wishes {
    /// One or more addresses each, with commas between them.
    pub(crate) user: Vec<String>,
    pub(crate) engine: Vec<String>,
    pub(crate) payment: Vec<String>,
    pub(crate) analytics: Vec<String>,
    /// The second release of payment, which gets a tenth of the requests.
    pub(crate) canary: Option<String>,
    pub(crate) token_secret: String,
    /// Requests a second of one player, and of one address that is not this machine.
    pub(crate) player_rate: f64,
    pub(crate) address_rate: f64,
    pub(crate) web: Page,
    pub(crate) admin: Page,
    pub(crate) pitwatch: String,
    pub(crate) environment: String,
    pub(crate) traces: f64,
}

/// What a page is told, and where its files are.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) files: Option<PathBuf>,
    pub(crate) dsn: String,
    pub(crate) release: String,
}

type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Wishes {
    pub(crate) fn from_lookup(lookup: Lookup<'_>) -> Result<Self, SettingsError> {
        let token_secret = lookup("CASINO_TOKEN_SECRET").ok_or_else(|| SettingsError {
            name: "CASINO_TOKEN_SECRET",
            reason: "is needed to know whose token it is".to_owned(),
        })?;
        Ok(Self {
            user: addresses(lookup, "CASINO_USER_URL", 4201)?,
            engine: addresses(lookup, "CASINO_ENGINE_URL", 4203)?,
            payment: addresses(lookup, "CASINO_PAYMENT_URL", 4204)?,
            analytics: addresses(lookup, "CASINO_ANALYTICS_URL", 4205)?,
            canary: lookup("CASINO_PAYMENT_CANARY_URL"),
            token_secret,
            player_rate: number(lookup, "CASINO_RATE_PLAYER", 50.0)?,
            address_rate: number(lookup, "CASINO_RATE_ADDRESS", 100.0)?,
            web: Page::from_lookup(lookup, "WEB", ("CASINO_WEB_FILES", "web@2.0.0")),
            admin: Page::from_lookup(lookup, "ADMIN", ("CASINO_ADMIN_FILES", "admin@0.9.4")),
            pitwatch: lookup("CASINO_PITWATCH_URL").unwrap_or_default(),
            environment: lookup("SENTRY_ENVIRONMENT").unwrap_or_else(|| "demo".to_owned()),
            traces: number(lookup, "SENTRY_TRACES_SAMPLE_RATE", 1.0)?,
        })
    }
}

impl Page {
    fn from_lookup(lookup: Lookup<'_>, name: &str, (files, release): (&str, &str)) -> Self {
        Self {
            files: lookup(files).map(PathBuf::from),
            dsn: lookup(&format!("CASINO_{name}_DSN")).unwrap_or_default(),
            release: lookup(&format!("CASINO_{name}_RELEASE"))
                .unwrap_or_else(|| release.to_owned()),
        }
    }
}

fn addresses(
    lookup: Lookup<'_>,
    name: &'static str,
    port: u16,
) -> Result<Vec<String>, SettingsError> {
    let text = lookup(name).unwrap_or_else(|| format!("http://127.0.0.1:{port}"));
    let list: Vec<String> = text
        .split(',')
        .map(|one| one.trim().trim_end_matches('/').to_owned())
        .filter(|one| !one.is_empty())
        .collect();
    if list.is_empty() || list.iter().any(|one| !one.starts_with("http://")) {
        return Err(SettingsError {
            name,
            reason: format!("{text:?} is no list of http:// addresses"),
        });
    }
    Ok(list)
}

fn number(lookup: Lookup<'_>, name: &'static str, default: f64) -> Result<f64, SettingsError> {
    let Some(text) = lookup(name) else { return Ok(default) };
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| SettingsError { name, reason: format!("cannot be {text:?}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Wishes, SettingsError> {
        Wishes::from_lookup(&|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_secret_is_needed_and_addresses_are_lists() {
        assert_eq!(read(&[]).unwrap_err().name, "CASINO_TOKEN_SECRET");
        let secret = ("CASINO_TOKEN_SECRET", "x");
        let wishes = read(&[secret, ("CASINO_USER_URL", "http://a:1/, http://b:2")]).unwrap();
        assert_eq!(wishes.user, ["http://a:1", "http://b:2"]);
        assert_eq!(wishes.engine, ["http://127.0.0.1:4203"]);
        assert_eq!(
            read(&[secret, ("CASINO_ENGINE_URL", "ftp://x")]).unwrap_err().name,
            "CASINO_ENGINE_URL"
        );
        assert_eq!(
            read(&[secret, ("CASINO_RATE_PLAYER", "many")]).unwrap_err().name,
            "CASINO_RATE_PLAYER"
        );
    }
}
