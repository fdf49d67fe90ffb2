//! Who was hit: ids, address, place.

use model::annotation::Path;
use model::event::Event;
use model::json::{Object, Value};

use super::conform::Conform;
use super::schema::{FREE, Field, Kind, Schema, Text, field, text};

const NAME: Text = Text::max(128, 0);
const PLACE: Kind = Kind::Text(Text::max(1024, 100));

const USER: Schema = Schema::closed(
    "user",
    &[
        field("id", Kind::Lenient(NAME)).gone_when_empty(),
        field("email", Kind::Text(Text::max(75, 0))).gone_when_empty(),
        field("ip_address", Kind::Ip).gone_when_empty(),
        field("username", Kind::Lenient(NAME)).gone_when_empty(),
        field("name", Kind::Text(NAME)).gone_when_empty(),
        text("sentry_user").gone_when_empty(),
        field("geo", Kind::Object(&GEO)).gone_when_empty(),
        field("segment", Kind::Text(FREE)).gone_when_empty(),
        field("data", Kind::Map(&Kind::Any)).bag(16_384, 7).gone_when_empty(),
    ],
);

const GEO: Schema = Schema::closed(
    "geo",
    &[
        field("country_code", PLACE),
        field("city", PLACE),
        field("subdivision", PLACE),
        field("region", PLACE),
    ],
);

/// The field, to be put into the table of the event.
pub(super) const FIELD: Field =
    field("user", Kind::Object(&USER)).reshaped(gather).gone_when_empty();

/// Moves fields nobody knows into `data`, where apps may put what they like.
fn gather(conform: &mut Conform<'_>, value: &mut Value<'_>, path: &Path<'_>) {
    let Value::Object(user) = value else { return };
    if user.iter().all(|(name, _)| USER.find(name).is_some()) {
        return;
    }
    let (known, unknown): (Vec<_>, Vec<_>) = std::mem::take(user)
        .into_entries()
        .into_iter()
        .partition(|(name, _)| USER.find(name).is_some());
    *user = known.into_iter().collect();
    let data = user.entry("data");
    if !matches!(data, Value::Object(_)) {
        *data = Value::Object(Object::new());
    }
    let Value::Object(data) = data else { return };
    for (name, value) in unknown {
        conform.rename(&path.name(&name), &path.name("data").name(&name));
        data.insert(name, value);
    }
}

/// Sets the one text that stands for the person.
pub(super) fn normalize(event: &mut Event<'_>) {
    let Some(Value::Object(user)) = event.root.get_mut("user") else { return };
    let parts = [("id", "id"), ("username", "username"), ("email", "email"), ("ip_address", "ip")];
    let key = parts.into_iter().find_map(|(name, prefix)| {
        Some(format!("{prefix}:{}", user.str(name).filter(|text| !text.is_empty())?))
    });
    match key {
        Some(key) => drop(user.insert("sentry_user", key)),
        None => drop(user.remove("sentry_user")),
    }
    if user.is_empty() {
        event.root.remove("user");
    }
}
