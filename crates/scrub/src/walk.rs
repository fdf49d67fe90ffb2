//! The walk through an event: each field that a rule can reach is shown to the rules for it.

use std::borrow::Cow;

use model::annotation::{Annotations, Path, Remark, RemarkKind};
use model::json::{Object, Value};
use model::limits::JSON_DEPTH_MAX;

use crate::anchor::Hits;
use crate::chunks::Chunks;
use crate::clean::Clean;
use crate::place::Place;
use crate::rule::{Text, Verdict};
use crate::schema::{Below, OPEN_REST};
use crate::{Scrubber, strict};

/// Texts that give nothing away. Source: Relay.
const HARMLESS: [&str; 5] = ["", "true", "false", "null", "undefined"];

pub(crate) struct Walk<'w> {
    scrubber: &'w Scrubber,
    notes: &'w mut Annotations,
    /// Attributes of spans that need not be looked at again.
    clean: &'w mut Clean,
    /// How often something was changed.
    changes: usize,
}

impl<'w> Walk<'w> {
    pub(crate) fn new(
        scrubber: &'w Scrubber,
        notes: &'w mut Annotations,
        clean: &'w mut Clean,
    ) -> Self {
        Self { scrubber, notes, clean, changes: 0 }
    }

    /// Shows a value and all below it to the rules.
    pub(crate) fn value(&mut self, value: &mut Value<'_>, place: &Place<'_>) {
        if place.field.is_closed() || value.is_null() {
            return;
        }
        if place.depth > JSON_DEPTH_MAX {
            // Nothing that could not be read is kept.
            *value = Value::Null;
            self.remark(place, "!limit".into(), RemarkKind::Removed, None);
            return;
        }
        let fits = match &place.field.below {
            Below::Same | Below::Closed => true,
            Below::Names(..) | Below::Items(_) | Below::Contexts => {
                matches!(value, Value::Object(_) | Value::Array(_))
            }
        };
        if !fits {
            let place = place.seen_as(&OPEN_REST, value);
            return self.value(value, &place);
        }
        if place.field.is_open() && self.visit(value, place) == Verdict::Remove {
            *value = Value::Null;
            return;
        }
        match value {
            Value::Object(object) => self.object(object, place),
            Value::Array(items) => self.list(items, place),
            _ => {}
        }
    }

    /// Shows the values of an object to the rules.
    pub(crate) fn object(&mut self, object: &mut Object<'_>, place: &Place<'_>) {
        let mut renamed = Vec::new();
        // A selector may ask which span it is.
        let repeats = !self.scrubber.has_selectors && place.is_data_of_span();
        for (nth, (key, value)) in object.iter_mut().enumerate() {
            if repeats && self.clean.has(key, value) {
                continue;
            }
            let field = place.field.under(key, value);
            if field.is_closed() {
                continue;
            }
            let before = self.changes;
            let child = place.under(key, field, value);
            let name = strict::clean_name(self.scrubber, key, &child);
            let is_renamed = name.is_some();
            renamed.extend(name.map(|name| (nth, name)));
            self.value(value, &child);
            if repeats && !is_renamed && self.changes == before {
                self.clean.add(key, value);
            }
        }
        for (nth, name) in renamed {
            let Some((key, _)) = object.entries_mut().get_mut(nth) else { continue };
            self.rename(&place.path.name(key), &place.path.name(&name));
            *key = Cow::Owned(name);
        }
    }

    fn list(&mut self, items: &mut [Value<'_>], place: &Place<'_>) {
        let pairs = matches!(place.field.below, Below::Same) && are_pairs(items);
        let field = place.field.items();
        for (nth, item) in items.iter_mut().enumerate() {
            match item {
                Value::Array(pair) if pairs => self.pair(pair, &place.path.index(nth), place),
                item => self.value(item, &place.nth(nth, field, item)),
            }
        }
    }

    /// A `[key, value]` pair is to rules what a value under a name is.
    fn pair(&mut self, pair: &mut [Value<'_>], path: &Path<'_>, place: &Place<'_>) {
        let [Value::Str(key), value] = pair else { return };
        let mut clean = None;
        {
            let child = place.paired(key, path.index(1), value);
            clean = clean.or_else(|| strict::clean_name(self.scrubber, key, &child));
            self.value(value, &child);
        }
        if let Some(name) = clean {
            *key = Cow::Owned(name);
            let path = path.index(0);
            self.remark_at(&path, strict::NAME_RULE.into(), RemarkKind::Substituted, None);
        }
    }

    /// Applies the rules for one field.
    fn visit(&mut self, value: &mut Value<'_>, place: &Place<'_>) -> Verdict {
        match value {
            Value::Null | Value::Bool(_) => Verdict::Keep,
            Value::Str(text) => self.text(text, place),
            other => {
                let removed = self.other(place);
                if removed == Verdict::Keep
                    && let Some(marker) = strict::number(self.scrubber, other, place)
                {
                    let range = Some((0, marker.text.len() as u64));
                    self.remark(place, marker.rule.into(), RemarkKind::Substituted, range);
                    *other = Value::from(marker.text);
                }
                removed
            }
        }
    }

    fn other(&mut self, place: &Place<'_>) -> Verdict {
        let key = place.key().unwrap_or_default();
        let scrubber = self.scrubber;
        for application in &scrubber.applications {
            if !application.is_for(place, None, &scrubber.safe) {
                continue;
            }
            for rule in &application.rules {
                if rule.apply_to_other(key, place.key_hits) == Verdict::Remove {
                    self.remark(place, rule.action.rule.clone(), RemarkKind::Removed, None);
                    return Verdict::Remove;
                }
            }
        }
        Verdict::Keep
    }

    fn text(&mut self, value: &mut Cow<'_, str>, place: &Place<'_>) -> Verdict {
        if HARMLESS.contains(&value.as_ref()) {
            return Verdict::Keep;
        }
        let key = place.key().unwrap_or_default();
        let scrubber = self.scrubber;
        let mut text = Text::new(value);
        for application in &scrubber.applications {
            if !application.is_for(place, Some(text.hits()), &scrubber.safe) {
                continue;
            }
            text.open_with(|plain| self.chunks(plain, place));
            for rule in &application.rules {
                if rule.apply(&mut text, key, place.key_hits) == Verdict::Remove {
                    if let Some(changed) = text.into_changed() {
                        self.changes += 1;
                        // The text goes; what was done to it before stays noted, as in Relay.
                        changed.join(self.notes.note(&place.path));
                    }
                    self.remark(place, rule.action.rule.clone(), RemarkKind::Removed, None);
                    return Verdict::Remove;
                }
            }
        }
        if let Some(marker) = strict::whole_text(scrubber, value, place) {
            text.open_with(|plain| self.chunks(plain, place));
            text.redact_whole(&marker.action());
        }
        if let Some(changed) = text.into_changed() {
            self.changes += 1;
            let joined = changed.join(self.notes.note(&place.path));
            *value = Cow::Owned(joined);
        }
        Verdict::Keep
    }

    fn chunks(&self, plain: &str, place: &Place<'_>) -> Chunks {
        if self.notes.is_empty() {
            return Chunks::new(plain, &[]);
        }
        let steps = place.path.steps();
        let steps: Vec<&str> = steps.iter().map(AsRef::as_ref).collect();
        let note = self.notes.get(&steps);
        Chunks::new(plain, note.map_or(&[], |note| &note.remarks))
    }

    fn rename(&mut self, from: &Path<'_>, to: &Path<'_>) {
        self.notes.rename(from, to);
        self.remark_at(to, strict::NAME_RULE.into(), RemarkKind::Substituted, None);
    }

    fn remark(
        &mut self,
        place: &Place<'_>,
        rule: Cow<'static, str>,
        kind: RemarkKind,
        range: Option<(u64, u64)>,
    ) {
        self.remark_at(&place.path, rule, kind, range);
    }

    fn remark_at(
        &mut self,
        path: &Path<'_>,
        rule: Cow<'static, str>,
        kind: RemarkKind,
        range: Option<(u64, u64)>,
    ) {
        self.changes += 1;
        self.notes.note(path).remarks.push(Remark { rule, kind, range });
    }
}

/// True for a list of nothing but `[key, value]` pairs.
fn are_pairs(items: &[Value<'_>]) -> bool {
    let is_pair = |item: &Value<'_>| match item {
        Value::Null => true,
        Value::Array(pair) => matches!(pair.as_slice(), [Value::Str(_), _]),
        _ => false,
    };
    items.iter().all(is_pair) && items.iter().any(|item| !item.is_null())
}

/// What must be seen in a name before it is looked at as if it were a text.
pub(crate) const NAME_NEEDS: Hits = Hits::DIGITS_13.or(Hits::JWT).or(Hits::API_TOKEN);
