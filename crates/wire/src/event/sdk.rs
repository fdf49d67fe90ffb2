//! The SDK that sent the event.

use model::event::Event;
use model::json::{Object, Value};

use super::Given;
use super::schema::{FREE, Field, Kind, Schema, Text, field, text};

const NAME: Kind = Kind::Text(Text::max(256, 20));

const SDK: Schema = Schema::closed(
    "clientsdkinfo",
    &[
        field("name", NAME).required(),
        field("version", NAME).required(),
        field("integrations", Kind::List(&Kind::Text(FREE))).gone_when_empty(),
        field("features", Kind::List(&Kind::Text(FREE))).gone_when_empty(),
        field("packages", Kind::List(&Kind::Object(&PACKAGE))).gone_when_empty(),
        field("client_ip", Kind::Ip).gone_when_empty(),
        field("settings", Kind::Object(&SETTINGS)).gone_when_empty(),
    ],
);

const PACKAGE: Schema = Schema::closed("clientsdkpackage", &[text("name"), text("version")]);

const SETTINGS: Schema = Schema::closed(
    "clientsdksettings",
    &[field("infer_ip", Kind::Text(FREE)).reshaped(|conform, value, path| {
        if value.as_str().is_some_and(|text| !matches!(text, "auto" | "never" | "legacy")) {
            conform.reject_as(value, path, "invalid_data");
        }
    })],
);

/// The field, to be put into the table of the event.
pub(super) const FIELD: Field = field("sdk", Kind::Object(&SDK)).gone_when_empty();

/// Takes name and version from the request when the event does not say.
pub(super) fn normalize(event: &mut Event<'_>, given: &Given<'_>) {
    if event.root.get("sdk").is_some_and(|sdk| !sdk.is_null()) {
        return;
    }
    let Some(client) = given.sdk else { return };
    let Some((name, version)) = client.split_once('/').or_else(|| client.split_once(' ')) else {
        return;
    };
    let mut sdk = Object::with_capacity(2);
    sdk.push("name", name.to_owned());
    sdk.push("version", version.to_owned());
    event.root.insert("sdk", Value::Object(sdk));
}
