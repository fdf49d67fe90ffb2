//! Settings: what they are, where each came from, and the page that describes them.
//!
//! Three places in order of increasing precedence: `pitwatch.toml`, `PITWATCH_*` variables, flags.
//! One table below is the only list of settings; the file's keys, the variables' names, the checks,
//! `pitwatch settings` and `docs/guide/settings.md` all follow from it.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

pub mod kind;
pub mod page;

use meta::Secret;

use kind::{Kind, Problem};

/// A setting as it is described to people.
#[derive(Debug)]
pub struct Definition {
    /// Key in `pitwatch.toml`; upper-cased behind `PITWATCH_` it is the variable.
    pub name: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// The value when nobody says anything; empty means "none".
    pub default: &'static str,
    /// What it does, who would turn it, and when.
    pub about: &'static str,
}

/// Every setting there is.
pub const DEFINITIONS: &[Definition] = &[
    Definition {
        name: "data",
        kind: Kind::Folder,
        default: "data",
        about: "Folder that holds everything: intake log, event parts, blobs, database. One server per folder.",
    },
    Definition {
        name: "listen",
        kind: Kind::Address,
        default: "127.0.0.1:8000",
        about: "Address and port for SDKs, API and UI. Use `0.0.0.0:8000` to be reachable from other machines.",
    },
    Definition {
        name: "otlp_grpc_listen",
        kind: Kind::Address,
        default: "",
        about: "Address and port for OpenTelemetry over gRPC, or `off`. Over HTTP it comes to `listen` in any case. Default: port 4317 of the `listen` address, unless another program has it.",
    },
    Definition {
        name: "public_url",
        kind: Kind::Url,
        default: "",
        about: "URL under which people and SDKs reach the server, as printed in DSNs and links. Set it behind a reverse proxy. Default: `http://` and the listen address.",
    },
    Definition {
        name: "trust_proxy",
        kind: Kind::Switch,
        default: "false",
        about: "Believe `X-Forwarded-For` and its relatives for the client's address. Turn on behind a reverse proxy, never without one.",
    },
    Definition {
        name: "retention_days",
        kind: Kind::Number { min: 1, max: 3650 },
        default: "90",
        about: "Days events are kept, unless a project says otherwise.",
    },
    Definition {
        name: "kept_days",
        kind: Kind::Number { min: 1, max: 3650 },
        default: "30",
        about: "Days that logs, metrics and replays wait in the intake log.",
    },
    Definition {
        name: "intake_errors_bytes",
        kind: Kind::Bytes { min: 1 << 24, max: 1 << 44 },
        default: "2 GiB",
        about: "Disk for events that arrived and are not yet in parts. When it is full, clients get 429 and nothing is lost. Raise it to ride out longer spikes.",
    },
    Definition {
        name: "intake_traces_bytes",
        kind: Kind::Bytes { min: 1 << 24, max: 1 << 44 },
        default: "2 GiB",
        about: "Disk for transactions and spans that arrived and are not yet in parts, and as much each for sessions that are not yet counted and check-ins that are not yet taken. When it is full, clients get 429.",
    },
    Definition {
        name: "intake_kept_bytes",
        kind: Kind::Bytes { min: 1 << 24, max: 1 << 44 },
        default: "10 GiB",
        about: "Disk for the item types that wait in the intake log. When it is full, these item types get 429.",
    },
    Definition {
        name: "newest_minutes",
        kind: Kind::Number { min: 0, max: 1440 },
        default: "15",
        about: "Minutes for which every trace is kept before projects' rules of sampling choose among them. Raise it to have more time to look at everything; it costs disk.",
    },
    Definition {
        name: "newest_bytes",
        kind: Kind::Bytes { min: 1 << 24, max: 1 << 44 },
        default: "2 GiB",
        about: "Disk for traces that are kept whole because they are new. When it is full, the oldest of them are sampled before their time.",
    },
    Definition {
        name: "attachment_bytes",
        kind: Kind::Bytes { min: 0, max: 1 << 44 },
        default: "20 GiB",
        about: "Disk for attachments. When it is full, new attachments become outcomes; their events are kept.",
    },
    Definition {
        name: "artifact_bytes",
        kind: Kind::Bytes { min: 0, max: 1 << 44 },
        default: "50 GiB",
        about: "Disk for what build tools upload: source maps, debug files, and pieces of them that wait for the rest. When it is full, uploads are refused.",
    },
    Definition {
        name: "symbol_bytes",
        kind: Kind::Bytes { min: 0, max: 1 << 44 },
        default: "1 GiB",
        about: "Disk for source maps and debug files as they are read when stacks are made readable. It is a cache: what was not used for longest goes first, and is built again when it is needed. Raise it when many releases are in use at a time.",
    },
    Definition {
        name: "workers",
        kind: Kind::Number { min: 0, max: 256 },
        default: "0",
        about: "Threads that process events. 0 means one per processor.",
    },
    Definition {
        name: "smtp_host",
        kind: Kind::Text,
        default: "",
        about: "Mail server that takes the mails of alerts. Without one, mails wait, and are given up after a day.",
    },
    Definition {
        name: "smtp_port",
        kind: Kind::Number { min: 1, max: 65_535 },
        default: "587",
        about: "Port of the mail server: 587 for `starttls`, 465 for `tls`, 25 for a relay on the same machine.",
    },
    Definition {
        name: "smtp_security",
        kind: Kind::Choice(&["starttls", "tls", "plain"]),
        default: "starttls",
        about: "How mails are kept private on the way to the mail server. `plain` only for a relay on the same machine.",
    },
    Definition {
        name: "smtp_user",
        kind: Kind::Text,
        default: "",
        about: "Name to log in with at the mail server, if it wants one.",
    },
    Definition {
        name: "smtp_password",
        kind: Kind::Secret,
        default: "",
        about: "Password to log in with at the mail server. Better in the variable than in the file.",
    },
    Definition {
        name: "smtp_from",
        kind: Kind::Text,
        default: "Pitwatch <pitwatch@localhost>",
        about: "Who mails are from. Set it to an address that your mail server accepts.",
    },
    Definition {
        name: "alert_allow_networks",
        kind: Kind::Networks,
        default: "",
        about: "Private networks that webhooks and channels of alerts may be sent to, such as `10.1.0.0/16, 127.0.0.1`. Without it only public addresses are called, so that nobody reaches inner services through a webhook's address.",
    },
    Definition {
        name: "uptime_allow_networks",
        kind: Kind::Networks,
        default: "",
        about: "Private networks that uptime checks may look into, such as `10.1.0.0/16, 127.0.0.1`. Without it only public addresses are checked, so that nobody explores inner services with checks.",
    },
    Definition {
        name: "log_level",
        kind: Kind::Choice(&["error", "warn", "info", "debug"]),
        default: "info",
        about: "How much the server tells on standard error. `debug` while looking for a cause.",
    },
    Definition {
        name: "log_format",
        kind: Kind::Choice(&["text", "json"]),
        default: "text",
        about: "`json` when a log collector reads it.",
    },
];

/// The checked settings.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "described once, in `DEFINITIONS`")]
pub struct Settings {
    pub data: PathBuf,
    pub listen: SocketAddr,
    pub otlp_grpc_listen: GrpcListen,
    pub public_url: String,
    pub trust_proxy: bool,
    pub retention_days: u32,
    pub kept_days: u32,
    pub intake_errors_bytes: u64,
    pub intake_traces_bytes: u64,
    pub intake_kept_bytes: u64,
    pub newest_minutes: u32,
    pub newest_bytes: u64,
    pub attachment_bytes: u64,
    pub artifact_bytes: u64,
    pub symbol_bytes: u64,
    pub workers: usize,
    pub smtp_host: String,
    pub smtp_port: u16,
    pub smtp_security: String,
    pub smtp_user: String,
    pub smtp_password: Secret,
    pub smtp_from: String,
    pub alert_allow_networks: Vec<notify::Network>,
    /// See [`DEFINITIONS`].
    pub uptime_allow_networks: Vec<notify::Network>,
    pub log_level: String,
    pub log_json: bool,
}

/// Where OpenTelemetry over gRPC is listened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrpcListen {
    /// Nowhere.
    Off,
    /// There, because a person said so.
    At(SocketAddr),
    /// There, unless another program has the port: nobody said anything.
    IfFree(SocketAddr),
}

/// The port that OpenTelemetry's exporters send to when they are not told where.
const OTLP_GRPC_PORT: u16 = 4317;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody said anything.
    Default,
    /// This file.
    File(PathBuf),
    /// This environment variable.
    Variable(String),
    /// The command line.
    Flag,
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::File(path) => write!(out, "{}", path.display()),
            Self::Variable(name) => out.write_str(name),
            Self::Flag => out.write_str("command line"),
        }
    }
}

/// Settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("reading {}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{} is not valid TOML: {cause}", path.display())]
    NotToml {
        /// Which file.
        path: PathBuf,
        /// What the parser says.
        cause: toml::de::Error,
    },
    /// There is no such setting.
    #[error("{source_of}: there is no setting `{name}`{}", hint(name))]
    Unknown {
        /// As written.
        name: String,
        /// Where.
        source_of: Source,
    },
    /// The value does not fit.
    #[error("{source_of}: `{name}` {problem}")]
    Unfit {
        /// Which setting.
        name: &'static str,
        /// Where.
        source_of: Source,
        /// What is wrong.
        problem: Problem,
    },
}

/// A value as it was written, with its source.
#[derive(Debug, Clone)]
pub struct Written {
    /// The text; TOML numbers and truth values as text too.
    pub text: String,
    /// Where it was written.
    pub source: Source,
}

/// What was written for each setting, the strongest source winning; nothing is checked yet.
#[derive(Debug, Clone)]
pub struct Draft {
    values: BTreeMap<&'static str, Written>,
}

impl Default for Draft {
    fn default() -> Self {
        let default = |definition: &Definition| {
            let text = definition.default.to_owned();
            (definition.name, Written { text, source: Source::Default })
        };
        Self { values: DEFINITIONS.iter().map(default).collect() }
    }
}

impl Draft {
    /// Adds what a file says.
    ///
    /// # Errors
    /// When the file cannot be read, is not TOML, or names a setting that does not exist.
    pub fn add_file(&mut self, path: &Path) -> Result<(), SettingsError> {
        let text = std::fs::read_to_string(path)
            .map_err(|cause| SettingsError::Unreadable { path: path.to_owned(), cause })?;
        let table: toml::Table = text
            .parse()
            .map_err(|cause| SettingsError::NotToml { path: path.to_owned(), cause })?;
        for (name, value) in table {
            let text = match value {
                toml::Value::String(text) => text,
                other => other.to_string(),
            };
            self.set(&name, text, Source::File(path.to_owned()))?;
        }
        Ok(())
    }

    /// Adds what `PITWATCH_*` variables say. `PITWATCH_CONFIG` names a file and is not a setting.
    ///
    /// # Errors
    /// When a variable names a setting that does not exist.
    pub fn add_variables(
        &mut self,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<(), SettingsError> {
        for (variable, text) in variables {
            let Some(name) = variable.strip_prefix("PITWATCH_") else { continue };
            if name != "CONFIG" && name != "BIN" {
                self.set(&name.to_lowercase(), text, Source::Variable(variable))?;
            }
        }
        Ok(())
    }

    /// Adds what a flag says.
    ///
    /// # Errors
    /// When there is no such setting.
    pub fn add_flag(&mut self, name: &str, text: String) -> Result<(), SettingsError> {
        self.set(name, text, Source::Flag)
    }

    /// What is in force for each setting, in the order of the table.
    pub fn written(&self) -> impl Iterator<Item = (&'static Definition, &Written)> {
        DEFINITIONS.iter().filter_map(|known| Some((known, self.values.get(known.name)?)))
    }

    /// Checks everything.
    ///
    /// # Errors
    /// The first value that does not fit, with its source.
    pub fn check(&self) -> Result<Settings, SettingsError> {
        let listen = self.read("listen", kind::address)?;
        let public_url = self.read("public_url", kind::url)?;
        let otlp_grpc_listen = self.read("otlp_grpc_listen", |text| match text {
            "" => Ok(GrpcListen::IfFree(SocketAddr::new(listen.ip(), OTLP_GRPC_PORT))),
            "off" => Ok(GrpcListen::Off),
            address => kind::address(address).map(GrpcListen::At),
        })?;
        Ok(Settings {
            data: self.read("data", kind::folder)?,
            public_url: public_url.unwrap_or_else(|| format!("http://{listen}")),
            listen,
            otlp_grpc_listen,
            trust_proxy: self.read("trust_proxy", kind::switch)?,
            retention_days: self.number("retention_days")?,
            kept_days: self.number("kept_days")?,
            intake_errors_bytes: self.bytes("intake_errors_bytes")?,
            intake_traces_bytes: self.bytes("intake_traces_bytes")?,
            intake_kept_bytes: self.bytes("intake_kept_bytes")?,
            newest_minutes: self.number("newest_minutes")?,
            newest_bytes: self.bytes("newest_bytes")?,
            attachment_bytes: self.bytes("attachment_bytes")?,
            artifact_bytes: self.bytes("artifact_bytes")?,
            symbol_bytes: self.bytes("symbol_bytes")?,
            workers: self.number("workers")?,
            smtp_host: self.read("smtp_host", kind::text)?,
            smtp_port: self.number("smtp_port")?,
            smtp_security: self.choice("smtp_security")?,
            smtp_user: self.read("smtp_user", kind::text)?,
            smtp_password: Secret::new(self.read("smtp_password", kind::text)?),
            smtp_from: self.read("smtp_from", kind::mailbox)?,
            alert_allow_networks: self.read("alert_allow_networks", kind::networks)?,
            uptime_allow_networks: self.read("uptime_allow_networks", kind::networks)?,
            log_level: self.choice("log_level")?,
            log_json: self.choice("log_format")? == "json",
        })
    }

    fn set(&mut self, name: &str, text: String, source: Source) -> Result<(), SettingsError> {
        let Some(known) = DEFINITIONS.iter().find(|known| known.name == name) else {
            return Err(SettingsError::Unknown { name: name.to_owned(), source_of: source });
        };
        self.values.insert(known.name, Written { text, source });
        Ok(())
    }

    fn number<T: TryFrom<u64>>(&self, name: &'static str) -> Result<T, SettingsError> {
        self.read(name, |text| kind::number(text, definition(name).kind))
    }

    fn bytes(&self, name: &'static str) -> Result<u64, SettingsError> {
        self.read(name, |text| kind::bytes(text, definition(name).kind))
    }

    fn choice(&self, name: &'static str) -> Result<String, SettingsError> {
        self.read(name, |text| kind::choice(text, definition(name).kind))
    }

    fn read<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Result<T, SettingsError> {
        let missing = Written { text: String::new(), source: Source::Default };
        let written = self.values.get(name).unwrap_or(&missing);
        read(&written.text).map_err(|problem| SettingsError::Unfit {
            name,
            source_of: written.source.clone(),
            problem,
        })
    }
}

fn definition(name: &str) -> &'static Definition {
    const NONE: Definition = Definition { name: "", kind: Kind::Switch, default: "", about: "" };
    DEFINITIONS.iter().find(|known| known.name == name).unwrap_or(&NONE)
}

/// The nearest setting by its beginning, for a typing error.
fn hint(name: &str) -> String {
    let alike = |known: &&Definition| {
        known.name.starts_with(name)
            || name.starts_with(known.name)
            || known.name.replace('_', "") == name
    };
    let found = DEFINITIONS.iter().find(alike);
    found.map_or_else(String::new, |known| format!("; did you mean `{}`?", known.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_sources_win_and_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pitwatch.toml");
        std::fs::write(&path, "listen = \"127.0.0.1:1\"\nretention_days = 7\ntrust_proxy = true\n")
            .unwrap();
        let mut draft = Draft::default();
        draft.add_file(&path).unwrap();
        let variables =
            [("PITWATCH_LISTEN", "127.0.0.1:2"), ("PITWATCH_CONFIG", "x"), ("HOME", "/")];
        draft.add_variables(variables.into_iter().map(|(k, v)| (k.into(), v.into()))).unwrap();
        draft.add_flag("data", "elsewhere".into()).unwrap();
        let settings = draft.check().unwrap();
        assert_eq!(settings.listen, "127.0.0.1:2".parse().unwrap());
        assert_eq!(settings.public_url, "http://127.0.0.1:2");
        let grpc = GrpcListen::IfFree("127.0.0.1:4317".parse().unwrap());
        assert_eq!(settings.otlp_grpc_listen, grpc);
        assert_eq!((settings.retention_days, settings.trust_proxy), (7, true));
        let sources: Vec<String> =
            draft.written().map(|(_, written)| written.source.to_string()).collect();
        assert_eq!(&sources[..2], ["command line", "PITWATCH_LISTEN"]);
    }

    #[track_caller]
    fn refuse(name: &str, text: &str, expected: &str) {
        let mut draft = Draft::default();
        let result = draft.add_flag(name, text.into()).and_then(|()| draft.check().map(|_| ()));
        assert_eq!(result.unwrap_err().to_string(), expected);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_a_reason() {
        refuse(
            "listen",
            "8000",
            "command line: `listen` is not an address with a port, such as 127.0.0.1:8000",
        );
        refuse(
            "retention_days",
            "0",
            "command line: `retention_days` must be a whole number from 1 to 3650",
        );
        refuse(
            "intake_errors_bytes",
            "12 parsecs",
            "command line: `intake_errors_bytes` is not a size, such as 512 MiB",
        );
        refuse(
            "log_level",
            "loud",
            "command line: `log_level` must be one of error, warn, info, debug",
        );
        refuse("public_url", "ftp://x", "command line: `public_url` is not an http or https URL");
        refuse(
            "trustproxy",
            "true",
            "command line: there is no setting `trustproxy`; did you mean `trust_proxy`?",
        );
    }

    #[test]
    fn the_page_in_the_guide_is_this_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/settings.md");
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == page::markdown(),
            "run `pitwatch settings --markdown > docs/guide/settings.md`"
        );
    }
}
