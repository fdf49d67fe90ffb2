//! Why somebody was told, or was not, in words.

use alarm::{Entry, Heard};
use alert::{NO_RECEIVER, Reason, Standing};
use serde::Serialize;
use utoipa::ToSchema;

use crate::time;

/// It was sent, and nobody has taken it yet.
pub const UNDELIVERED: &str = "undelivered";
/// The receiver of what no route leads to anybody.
const NOBODY: &str = "nobody";

/// A decision about one alert and one receiver; or that an alert began or ended.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DecisionView {
    /// Its place in the history.
    pub id: String,
    /// When.
    pub at: String,
    /// Of which alert.
    pub fingerprint: String,
    /// Its rule; nothing for alerts of others.
    pub rule: Option<String>,
    /// Which time it fires.
    pub episode: String,
    /// began, ended, held, sent or suppressed.
    pub event: &'static str,
    /// Towards whom.
    pub receiver: Option<String>,
    /// Why it is held or suppressed: silenced, inhibited, `rides_along` …
    pub reason: Option<&'static str>,
    /// In words.
    pub sentence: String,
    /// The notification that told it.
    pub notification: Option<String>,
}

/// Why somebody is not told yet, in one word.
pub fn held(reason: &Reason) -> &'static str {
    match reason {
        // Its name is what became of it in the end.
        Reason::Waiting { .. } => "waiting",
        other => other.name(),
    }
}

/// As the API shows it.
pub fn view(entry: &Entry) -> DecisionView {
    let (event, reason, sentence, notification) = match &entry.standing {
        None if entry.is_end => ("ended", None, "It is over.".to_owned(), None),
        None => ("began", None, "It began to fire.".to_owned(), None),
        Some(Standing::Held(reason)) => ("held", Some(held(reason)), sentence(reason), None),
        Some(Standing::Suppressed(reason)) => {
            let sentence = format!("It was over before anybody was told. {}", sentence(reason));
            ("suppressed", Some(reason.name()), sentence, None)
        }
        Some(Standing::Sent(id)) => {
            let (event, reason, sentence) = match entry.heard {
                Heard::Nowhere => ("suppressed", Some(NO_RECEIVER), nobody(&entry.receiver)),
                Heard::NotYet => {
                    let sentence = "Notification {} was sent, and nobody has taken it yet: see its deliveries.";
                    ("sent", Some(UNDELIVERED), sentence.replace("{}", &id.0.to_string()))
                }
                Heard::Somewhere => ("sent", None, format!("Told in notification {}.", id.0)),
            };
            (event, reason, sentence, Some(id.0.to_string()))
        }
    };
    DecisionView {
        id: entry.id.to_string(),
        at: time::iso(entry.at),
        fingerprint: entry.fingerprint.clone(),
        rule: (entry.rule != 0).then(|| entry.rule.to_string()),
        episode: entry.episode.to_string(),
        event,
        receiver: Some(entry.receiver.clone()).filter(|receiver| !receiver.is_empty()),
        reason,
        sentence,
        notification,
    }
}

/// Why there was nobody to tell.
fn nobody(receiver: &str) -> String {
    let why = if receiver == NOBODY {
        "no route leads to anybody".to_owned()
    } else if receiver.starts_with("rule:") {
        "its rule names nobody who can be told".to_owned()
    } else {
        format!("receiver {receiver} names nobody who can be told")
    };
    format!("Nobody was told: {why}.")
}

fn sentence(reason: &Reason) -> String {
    match reason {
        Reason::Waiting { until } => {
            format!("Its group waits for others until {}.", time::iso(*until))
        }
        Reason::Brief => "It ended before anybody looked.".to_owned(),
        Reason::Silenced(id) => format!("Silenced by silence {id}."),
        Reason::Maintenance(name) => format!("Planned work: {name}."),
        Reason::Muted => "The route is quiet at this time.".to_owned(),
        Reason::Inhibited { by } => format!("Inhibited by alert {by}."),
        Reason::RidesAlong { symptom } => {
            format!("A cause: it is a line in what is told of its symptom, alert {symptom}.")
        }
        Reason::Grace { until } => {
            format!("Its symptom has just ended; quiet until {}.", time::iso(*until))
        }
        Reason::Flapping => "It comes and goes, and that was told.".to_owned(),
        Reason::Acknowledged { by } => format!("{by} is on it."),
        Reason::AlreadyTold(id) => {
            format!("Notification {} told of it, and nobody heard yet that it ended.", id.0)
        }
        Reason::ReceiverLimit => "The receiver was told too much lately.".to_owned(),
        Reason::Unrouted => "No route leads there any more.".to_owned(),
    }
}
