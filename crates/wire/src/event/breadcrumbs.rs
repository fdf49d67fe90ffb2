//! What happened before: breadcrumbs, oldest first.

use model::event::Event;
use model::json::Value;
use model::limits;

use super::schema::{Field, Id, Kind, Schema, Text, Unknown, Values, field, text};

const BREADCRUMB: Schema = Schema::new(
    "breadcrumb",
    &[
        field("timestamp", Kind::Time),
        field("type", Kind::Text(Text::max(128, 0))),
        field("category", Kind::Text(Text::max(128, 0))),
        field("level", Kind::Level),
        field("message", Kind::Text(Text::max(8192, 200))),
        field("data", Kind::Map(&Kind::Any)).bag(2048, 5).gone_when_empty(),
        field("event_id", Kind::Id(Id::Event)),
        text("origin").gone_when_empty(),
    ],
    Unknown::Note,
);

const BREADCRUMBS: Values =
    Values { item: Kind::Object(&BREADCRUMB), items_max: limits::BREADCRUMBS_MAX };

/// The field, to be put into the table of the event.
pub(super) const FIELD: Field = field("breadcrumbs", Kind::Values(&BREADCRUMBS)).gone_when_empty();

/// Fills in type and level.
pub(super) fn normalize(event: &mut Event<'_>) {
    let crumbs = event.root.get_mut("breadcrumbs").and_then(Value::as_object_mut);
    let crumbs = crumbs.and_then(|crumbs| crumbs.get_mut("values"));
    for crumb in crumbs.and_then(Value::as_array_mut).into_iter().flatten() {
        let Value::Object(crumb) = crumb else { continue };
        if crumb.str("type").is_none_or(str::is_empty) {
            crumb.insert("type", "default");
        }
        if crumb.str("level").is_none() {
            crumb.insert("level", "info");
        }
    }
}
