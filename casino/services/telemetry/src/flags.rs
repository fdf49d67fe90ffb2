//! The faults that can be switched on: `flags.json` in flagd's shape, looked at once a second.

mod targeting;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::Value;

pub use targeting::Asker;

use crate::{Request, Stop, log};

const PERIOD: Duration = Duration::from_secs(1);
/// The file has two dozen flags.
const LARGEST_FILE: u64 = 1 << 20;

#[derive(Debug, Default, Deserialize)]
struct File {
    #[serde(default)]
    flags: HashMap<String, Flag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Flag {
    #[serde(default)]
    state: String,
    variants: HashMap<String, Value>,
    default_variant: String,
    #[serde(default)]
    targeting: Value,
}

/// What a flag is for one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// `off`, `500ms`, …; empty for a flag nobody defined.
    pub variant: String,
    /// What that variant means.
    pub value: Value,
}

impl Evaluation {
    /// What the `flags` context says: true and false where the flag is of that kind, else the variant.
    fn told(&self) -> Value {
        match &self.value {
            Value::Bool(on) => Value::Bool(*on),
            _ if self.variant == "off" || self.variant.is_empty() => Value::Bool(false),
            _ => Value::from(self.variant.as_str()),
        }
    }
}

/// All flags; clones share them.
#[derive(Clone, Debug)]
pub struct Flags {
    now: Arc<RwLock<Arc<File>>>,
    release: Arc<str>,
}

impl Flags {
    /// Follows the file until `stop`. Without a path every flag is off.
    pub(crate) fn watch(path: Option<PathBuf>, release: &str, stop: &Stop) -> Self {
        let flags = Self { now: Arc::default(), release: release.into() };
        let Some(path) = path else { return flags };
        let (followed, stop) = (flags.clone(), stop.clone());
        let mut seen = None;
        followed.look(&path, &mut seen);
        tokio::spawn(async move {
            let mut clock = tokio::time::interval(PERIOD);
            loop {
                tokio::select! {
                    _ = clock.tick() => followed.look(&path, &mut seen),
                    () = stop.wait() => break,
                }
            }
        });
        flags
    }

    /// Flags that are written down in a program.
    pub fn from_text(text: &str, release: &str) -> Result<Self, serde_json::Error> {
        let file: File = serde_json::from_str(text)?;
        Ok(Self { now: Arc::new(RwLock::new(Arc::new(file))), release: release.into() })
    }

    /// Reads the file if it is another than the last time. What cannot be read changes nothing.
    fn look(&self, path: &Path, seen: &mut Option<(SystemTime, u64)>) {
        let mark = std::fs::metadata(path)
            .ok()
            .filter(|meta| meta.len() <= LARGEST_FILE)
            .and_then(|meta| Some((meta.modified().ok()?, meta.len())));
        if mark == *seen || mark.is_none() {
            return;
        }
        let read = std::fs::read(path).map_err(|error| error.to_string());
        let file = read.and_then(|text| serde_json::from_slice(&text).map_err(|it| it.to_string()));
        match file {
            Ok(file) => *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(file),
            Err(reason) => log::warn("flags cannot be read", &[("reason", reason.into())]),
        }
        *seen = mark;
    }

    /// What `name` is for the current request; the request remembers that it was asked.
    pub fn evaluate(&self, name: &str) -> Evaluation {
        let request = Request::current();
        let asker = request.as_deref().map(Asker::from_request).unwrap_or_default();
        let evaluation = self.evaluate_for(name, &asker);
        if let Some(request) = request {
            request.evaluated(name, evaluation.told());
        }
        evaluation
    }

    /// What `name` is for `asker`.
    pub fn evaluate_for(&self, name: &str, asker: &Asker) -> Evaluation {
        let file = self.now.read().unwrap_or_else(PoisonError::into_inner).clone();
        let off = Evaluation { variant: String::new(), value: Value::Null };
        let Some(flag) = file.flags.get(name).filter(|flag| flag.state == "ENABLED") else {
            return off;
        };
        let fault = asker.fault_of(name).filter(|variant| flag.variants.contains_key(*variant));
        let targeted = || targeting::variant(name, &flag.targeting, asker, &self.release);
        let variant = fault
            .or_else(|| targeted().filter(|variant| flag.variants.contains_key(*variant)))
            .unwrap_or(&flag.default_variant);
        let Some(value) = flag.variants.get(variant) else { return off };
        Evaluation { variant: variant.to_owned(), value: value.clone() }
    }

    /// A flag with on and off.
    pub fn on(&self, name: &str) -> bool {
        match self.evaluate(name).value {
            Value::Bool(on) => on,
            Value::Number(number) => number.as_f64().is_some_and(|number| number > 0.0),
            _ => false,
        }
    }

    /// A flag that is a number: milliseconds, a share, a factor. 0 when it is off or unknown.
    pub fn number(&self, name: &str) -> f64 {
        match self.evaluate(name).value {
            Value::Number(number) => number.as_f64().unwrap_or_default(),
            Value::Bool(true) => 1.0,
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"flags": {
        "slow": {"state": "ENABLED", "variants": {"off": 0, "500ms": 500}, "defaultVariant": "500ms"},
        "split": {"state": "ENABLED", "variants": {"off": false, "on": true}, "defaultVariant": "off",
                  "targeting": {"fractional": [["on", 10], ["off", 90]]}},
        "market": {"state": "ENABLED", "variants": {"off": false, "on": true}, "defaultVariant": "off",
                   "targeting": {"if": [{"in": [{"var": "market"}, ["de", "es"]]}, "on", "off"]}},
        "gone": {"state": "DISABLED", "variants": {"off": false, "on": true}, "defaultVariant": "on"}
    }}"#;

    fn flags() -> Flags {
        Flags::from_text(TEXT, "user@1.0.0").unwrap()
    }

    fn asker(market: &str, user: &str, fault: &str) -> Asker {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Asker { market: some(market), user: some(user), fault: some(fault) }
    }

    #[test]
    fn a_fault_of_the_request_comes_first_and_an_unknown_variant_is_no_fault() {
        let of = |fault: &str| flags().evaluate_for("slow", &asker("de", "p-1", fault)).value;
        assert_eq!(of(""), 500);
        assert_eq!(of("other=on, slow=off"), 0);
        assert_eq!(of("slow=900ms"), 500);
    }

    #[test]
    fn targeting_comes_before_the_default() {
        let of = |market: &str| flags().evaluate_for("market", &asker(market, "", "")).value;
        assert_eq!((of("de"), of("se"), of("")), (true.into(), false.into(), false.into()));
    }

    #[test]
    fn a_tenth_of_the_players_is_about_a_tenth_and_always_the_same() {
        let flags = flags();
        let on = |number: u32| {
            flags.evaluate_for("split", &asker("de", &format!("p-{number:06}"), "")).value == true
        };
        let count = (0..10_000).filter(|number| on(*number)).count();
        assert!((900..1100).contains(&count), "{count}");
        assert!((0..100).all(|number| on(number) == on(number)));
        assert_eq!(flags.evaluate_for("split", &asker("de", "", "")).variant, "off");
    }

    #[test]
    fn unknown_and_disabled_flags_are_off() {
        for name in ["gone", "never-heard"] {
            assert_eq!(flags().evaluate_for(name, &Asker::default()).value, Value::Null, "{name}");
            assert!(!flags().on(name));
        }
    }

    #[tokio::test]
    async fn the_request_remembers_what_was_asked() {
        let request = Arc::new(Request::background("job"));
        request.clone().during(async { flags().number("slow") }).await;
        let expected = serde_json::json!({ "values": [{ "flag": "slow", "result": "500ms" }] });
        assert_eq!(request.flags_context(), Some(expected));
    }

    #[test]
    fn a_file_that_changes_is_read_again_and_a_broken_one_changes_nothing() {
        let folder = std::env::temp_dir().join(format!("casino-flags-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("flags.json");
        let flags = Flags { now: Arc::default(), release: "x".into() };
        let mut seen = None;
        let mut written = |text: &str| {
            std::fs::write(&path, text).unwrap();
            flags.look(&path, &mut seen);
            flags.on("slow")
        };
        assert!(written(TEXT));
        assert!(written("{broken"));
        assert!(!written(r#"{"flags": {}}"#));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
