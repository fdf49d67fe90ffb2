//! Which address the user has: what the SDK says, what the app saw, or where the request came from.

use std::net::IpAddr;

use model::annotation::RemarkKind;
use model::event::Event;
use model::json::{Object, Value};

use super::Given;

/// Stands for "the address this was sent from".
const AUTO: &str = "{{auto}}";

/// What the SDK lets us infer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inference {
    /// Take the address of the request when there is none.
    Auto,
    /// Take none.
    Never,
    /// The SDK is too old to say: take it where the platform means a person's own device.
    Legacy,
}

impl Inference {
    fn of(event: &Event<'_>) -> Self {
        match event.at(&["sdk", "settings", "infer_ip"]) {
            None => Self::Legacy,
            Some(value) => match value.as_str() {
                Some("auto") => Self::Auto,
                Some("legacy") => Self::Legacy,
                _ => Self::Never,
            },
        }
    }
}

/// Fills in `user.ip_address`, or takes the stand-in for it away.
pub(super) fn normalize(event: &mut Event<'_>, given: &Given<'_>) {
    let inference = Inference::of(event);
    let stated = event.str_at(&["user", "ip_address"]);
    let (missing, auto) = (stated.is_none(), stated == Some(AUTO));
    if !missing && !auto {
        return;
    }
    let remote = event
        .str_at(&["request", "env", "REMOTE_ADDR"])
        .filter(|address| address.parse::<IpAddr>().is_ok());
    let inferred = remote.or(given.client_ip).filter(|_| !given.scrub_ip);
    let wanted = match inference {
        Inference::Never => false,
        Inference::Auto => true,
        Inference::Legacy => auto || remote.is_some() || has_person(event) && !was_removed(event),
    };
    match inferred.filter(|_| wanted).map(str::to_owned) {
        Some(address) => put(event, address),
        None if auto => {
            if let Some(Value::Object(user)) = event.root.get_mut("user") {
                user.remove("ip_address");
            }
        }
        None => {}
    }
}

fn put(event: &mut Event<'_>, address: String) {
    let user = event.root.entry("user");
    if !matches!(user, Value::Object(_)) {
        *user = Value::Object(Object::new());
    }
    if let Value::Object(user) = user {
        user.insert("ip_address", address);
    }
}

/// Puts the address in that sent a report of a browser.
pub(super) fn of_report(event: &mut Event<'_>, given: &Given<'_>) {
    if let Some(address) = given.client_ip.filter(|_| !given.scrub_ip) {
        put(event, address.to_owned());
    }
}

fn has_person(event: &Event<'_>) -> bool {
    matches!(event.root.str("platform"), Some("javascript" | "cocoa" | "objc"))
}

/// The SDK had an address and took it out.
fn was_removed(event: &Event<'_>) -> bool {
    let note = event.notes.get(&["user", "ip_address"]);
    note.is_some_and(|note| note.remarks.iter().any(|r| r.kind == RemarkKind::Removed))
}
