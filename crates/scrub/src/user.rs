//! The user's address: when a rule has made it unreadable, it becomes the user's id.
//!
//! So an organisation can hash addresses and still count users. Source: Relay.

use std::net::IpAddr;

use model::annotation::{Path, Remark, RemarkKind};
use model::event::Event;
use model::json::{Object, Value};

/// True when the user has a valid address or none.
pub(crate) fn has_no_broken_address(event: &Event<'_>) -> bool {
    event.root.get("user").and_then(Value::as_object).is_none_or(is_address_fine)
}

/// Moves an address that is none any more to the id, when nothing else tells users apart.
pub(crate) fn keep_redacted_address_as_id(event: &mut Event<'_>) {
    let Some(user) = event.root.get_mut("user").and_then(Value::as_object_mut) else { return };
    let is_known = ["id", "username", "email"]
        .iter()
        .any(|name| user.get(name).is_some_and(|value| !value.is_null()));
    if is_known || is_address_fine(user) {
        return;
    }
    let address = user.entry("ip_address").take();
    user.insert("id", address);
    let path = Path::Root.name("user");
    let (from, to) = (path.name("ip_address"), path.name("id"));
    event.notes.rename(&from, &to);
    event.notes.note(&from).remarks.push(Remark {
        rule: "pii:ip_address".into(),
        kind: RemarkKind::Removed,
        range: None,
    });
}

fn is_address_fine(user: &Object<'_>) -> bool {
    match user.get("ip_address") {
        None | Some(Value::Null) => true,
        Some(address) => address
            .as_str()
            .is_some_and(|text| text == "{{auto}}" || text.parse::<IpAddr>().is_ok()),
    }
}
