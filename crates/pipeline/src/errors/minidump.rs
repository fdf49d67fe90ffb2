//! Crashes of native programs: one event of a minidump and of what came with it.

use model::id::ProjectId;
use model::intake::{Item, ItemType, Record};
use model::json::{Object, Value};
use model::limits::EVENT_BYTES_MAX;
use wire::envelope::ItemHeader;
use wire::{form_data, json, message_pack};

use super::Stacks;
use crate::unpack::payload;

const DUMP: &str = "event.minidump";
const EVENT: &str = "event.payload";
const BREADCRUMBS: &str = "event.breadcrumbs";

/// The items of a record that make one event together.
#[derive(Debug)]
pub(crate) struct Crash<'r> {
    /// The minidump, which is kept as an attachment as well.
    pub(crate) dump: &'r Item,
    /// As any SDK sends an event.
    pub(crate) event: Option<&'r Item>,
    /// Fields of the form that the minidump came in.
    form: Option<&'r Item>,
    /// The event as the native SDK left it for Crashpad.
    attached: Option<&'r Item>,
    /// Two files that were written in turns.
    breadcrumbs: Vec<&'r Item>,
}

impl<'r> Crash<'r> {
    /// `None` when there is no minidump.
    pub(crate) fn of(record: &'r Record) -> Option<Self> {
        let attachments = |kind: &'static str| {
            record.items.iter().filter(move |item| {
                // Most have another kind, and need not be read to know that.
                item.item_type == ItemType::Attachment
                    && item.header.contains(kind)
                    && ItemHeader::parse(item.header.as_bytes())
                        .is_ok_and(|header| header.attachment_type.as_deref() == Some(kind))
            })
        };
        let first = |wanted| record.items.iter().find(|item| item.item_type == wanted);
        Some(Self {
            dump: attachments(DUMP).next()?,
            event: first(ItemType::Event),
            form: first(ItemType::FormData),
            attached: attachments(EVENT).next(),
            breadcrumbs: attachments(BREADCRUMBS).take(2).collect(),
        })
    }

    /// Whether an item goes into the event, and is not kept otherwise.
    pub(crate) fn takes(&self, item: &Item) -> bool {
        let parts = [self.event, self.form, self.attached];
        let mut parts = parts.into_iter().flatten().chain(self.breadcrumbs.iter().copied());
        parts.any(|part| std::ptr::eq(part, item))
    }

    /// The event: what came with the minidump, and what is in it.
    pub(crate) fn read(
        &self,
        body: &[u8],
        stacks: &dyn Stacks,
        project: ProjectId,
    ) -> Object<'static> {
        let (mut event, mut problems) = self.came(body);
        let found = stacks.read_minidump(project, payload(body, self.dump));
        let found = found.and_then(|mut text| match json::parse(&mut text) {
            Ok(Value::Object(found)) => Ok(found.into_owned()),
            _ => Err("what was read of the minidump is not to be understood".to_owned()),
        });
        begin(&mut event);
        match found {
            Ok(found) => complete(&mut event, found),
            Err(problem) => {
                tracing::debug!(%project, problem, "a minidump is not read");
                problems.push(problem);
            }
        }
        for problem in problems {
            let mut error = Object::with_capacity(2);
            error.push("type", "native_symbolicator_failed");
            error.push("message", problem);
            append(&mut event, "errors", Value::Object(error));
        }
        event
    }

    /// What came with the minidump, and what of it could not be read. Whoever speaks most like an SDK is
    /// believed most.
    fn came(&self, body: &[u8]) -> (Object<'static>, Vec<String>) {
        let mut problems = Vec::new();
        let mut event = Object::new();
        if let Some(form) = self.form {
            event = form_data::event(&form_data::read(payload(body, form)));
        }
        if let Some(attached) = self.attached {
            let all = small(body, attached).and_then(|bytes| {
                message_pack::read_all(bytes).map_err(|problem| problem.to_string())
            });
            match all.map(|all| all.into_iter().next()) {
                Ok(Some(Value::Object(attached))) => form_data::merge(&mut event, attached),
                Ok(_) => problems.push("the event beside the minidump is empty".to_owned()),
                Err(problem) => problems.push(format!("the event beside the minidump: {problem}")),
            }
        }
        let breadcrumbs = self.breadcrumbs.iter().map(|item| small(body, item));
        let breadcrumbs = merged(breadcrumbs.map(|bytes| {
            let all = bytes.and_then(|bytes| {
                message_pack::read_all(bytes).map_err(|problem| problem.to_string())
            });
            all.unwrap_or_else(|problem| {
                problems.push(format!("breadcrumbs beside the minidump: {problem}"));
                Vec::new()
            })
        }));
        if !breadcrumbs.is_empty() {
            let mut values = Object::with_capacity(1);
            values.push("values", breadcrumbs);
            event.insert("breadcrumbs", values);
        }
        if let Some(item) = self.event {
            let mut scratch = small(body, item).map(<[u8]>::to_vec).unwrap_or_default();
            match json::parse(&mut scratch) {
                Ok(Value::Object(sent)) => form_data::merge(&mut event, sent.into_owned()),
                _ => problems.push("the event beside the minidump is not JSON".to_owned()),
            }
        }
        (event, problems)
    }
}

/// What says something about an event is no longer than an event may be.
fn small<'b>(body: &'b [u8], item: &Item) -> Result<&'b [u8], String> {
    let bytes = payload(body, item);
    if bytes.len() > EVENT_BYTES_MAX {
        return Err(format!("longer than {EVENT_BYTES_MAX} bytes"));
    }
    Ok(bytes)
}

/// Breadcrumbs of files that were written in turns: the older file first, and no more than the larger file
/// holds, which is how many the SDK wants.
///
/// Source: Relay's `event_from_attachments`.
fn merged(files: impl Iterator<Item = Vec<Value<'static>>>) -> Vec<Value<'static>> {
    let mut files: Vec<_> = files.collect();
    let most = files.iter().map(Vec::len).max().unwrap_or(0);
    // Times are texts that sort like what they mean.
    let last =
        |file: &Vec<Value<'static>>| Some(file.last()?.get("timestamp")?.as_str()?.to_owned());
    files.sort_by_key(last);
    let mut all = files.concat();
    all.drain(..all.len().saturating_sub(most));
    all
}

/// What is true of every crash, also when its minidump says nothing.
fn begin(event: &mut Object<'static>) {
    event.insert("platform", "native");
    if event.get("level").is_none_or(Value::is_null) {
        event.insert("level", "fatal");
    }
    if event.get("exception").is_none_or(Value::is_null) {
        let mut mechanism = Object::with_capacity(3);
        mechanism.push("type", "minidump");
        mechanism.push("handled", false);
        mechanism.push("synthetic", true);
        let mut exception = Object::with_capacity(3);
        exception.push("type", "Minidump");
        exception.push("value", "Invalid Minidump");
        exception.push("mechanism", mechanism);
        let mut values = Object::with_capacity(1);
        values.push("values", vec![Value::Object(exception)]);
        event.insert("exception", values);
    }
}

/// Puts in what was found in the minidump. It knows better how the program ended; what the SDK said of
/// the system stays.
fn complete(event: &mut Object<'static>, found: Object<'static>) {
    for (name, value) in found.into_entries() {
        match (&*name, value) {
            ("contexts", Value::Object(contexts)) => {
                let place = event.entry("contexts");
                if place.as_object().is_none() {
                    *place = Value::Object(Object::new());
                }
                let Some(known) = place.as_object_mut() else { continue };
                for (name, context) in contexts.into_entries() {
                    fill(known, name.into_owned(), context);
                }
            }
            ("errors", Value::Array(errors)) => {
                for error in errors {
                    append(event, "errors", error);
                }
            }
            (_, value) => drop(event.insert(name, value)),
        }
    }
}

/// Adds a context, or those fields of it that are missing.
fn fill(contexts: &mut Object<'static>, name: String, context: Value<'static>) {
    match (contexts.get_mut(&name), context) {
        (Some(Value::Object(known)), Value::Object(context)) => {
            for (field, value) in context.into_entries() {
                if known.get(&field).is_none_or(Value::is_null) {
                    known.insert(field, value);
                }
            }
        }
        (None | Some(Value::Null), context) => drop(contexts.insert(name, context)),
        _ => {}
    }
}

fn append(event: &mut Object<'static>, list: &'static str, value: Value<'static>) {
    match event.entry(list) {
        Value::Array(values) => values.push(value),
        place => *place = Value::Array(vec![value]),
    }
}

#[cfg(test)]
mod tests {
    use model::clock::Micros;
    use model::event::Event;
    use model::id::{KeyId, OrganizationId};
    use model::intake::BodyCoding;
    use model::json_text;

    use super::*;

    /// Reads what it is told to read.
    #[derive(Debug)]
    struct Reader(Result<&'static str, &'static str>);

    impl Stacks for Reader {
        fn concerns(&self, _: &Event<'_>) -> bool {
            false
        }

        fn make_readable(&self, _: ProjectId, _: &mut Event<'_>) -> bool {
            false
        }

        fn read_minidump(&self, _: ProjectId, dump: &[u8]) -> Result<Vec<u8>, String> {
            assert_eq!(dump, b"MDMP");
            self.0.map(|text| text.as_bytes().to_vec()).map_err(str::to_owned)
        }
    }

    const FOUND: &str = r#"{"platform":"native","level":"fatal","exception":{"values":[]},
        "contexts":{"os":{"name":"Linux","version":"6.1"}},"errors":[{"type":"x"}]}"#;

    /// The event of a dump with items of `(type, attachment type, payload)`, and which of them it takes.
    fn read(
        items: &[(ItemType, &str, &[u8])],
        found: Result<&'static str, &'static str>,
    ) -> (String, Vec<bool>) {
        let mut body = Vec::new();
        let mut listed = Vec::new();
        for (item_type, kind, payload) in items {
            listed.push(Item {
                item_type: *item_type,
                start: u32::try_from(body.len()).unwrap(),
                len: u32::try_from(payload.len()).unwrap(),
                count: 1,
                header: format!(r#"{{"type":"{}","attachment_type":"{kind}"}}"#, item_type.name()),
            });
            body.extend_from_slice(payload);
        }
        let record = Record {
            received: Micros(1),
            organization: OrganizationId(1),
            project: ProjectId(1),
            key: KeyId(1),
            client_ip: String::new(),
            user_agent: String::new(),
            sdk: String::new(),
            header: "{}".to_owned(),
            items: listed,
            coding: BodyCoding::Identity,
            body_len: 0,
            body: Vec::new(),
        };
        let crash = Crash::of(&record).unwrap();
        let event = crash.read(&body, &Reader(found), ProjectId(1));
        let takes = record.items.iter().map(|item| crash.takes(item)).collect();
        (json_text::to_string(&Value::Object(event)), takes)
    }

    const ALONE: (ItemType, &str, &[u8]) = (ItemType::Attachment, DUMP, b"MDMP");

    #[test]
    fn a_dump_alone_is_an_event() {
        let (event, takes) = read(&[ALONE], Ok(FOUND));
        let expected = r#"{"platform":"native","level":"fatal","exception":{"values":[]},"contexts":{"os":{"name":"Linux","version":"6.1"}},"errors":[{"type":"x"}]}"#;
        assert_eq!(event, expected);
        assert_eq!(takes, [false], "it is kept as an attachment");
    }

    #[test]
    fn what_sdks_say_is_completed() {
        let form = form_data::write(&[("guid".to_owned(), "1".to_owned())]);
        let items = [
            (ItemType::FormData, "", &form[..]),
            (ItemType::Event, "", br#"{"level":"error","contexts":{"os":{"name":"SteamOS"}}}"#),
            ALONE,
            (ItemType::Attachment, EVENT, b"\x81\xa7release\xa3a@1"),
            (ItemType::Attachment, BREADCRUMBS, b"\x81\xa9timestamp\xa12\x81\xa9timestamp\xa13"),
            (ItemType::Attachment, BREADCRUMBS, b"\x81\xa9timestamp\xa11"),
            (ItemType::Attachment, "event.attachment", b"log"),
        ];
        let (event, takes) = read(&items, Ok(FOUND));
        for part in [
            r#""extra":{"guid":"1"},"release":"a@1""#,
            r#""breadcrumbs":{"values":[{"timestamp":"2"},{"timestamp":"3"}]}"#,
            r#""level":"fatal","contexts":{"os":{"name":"SteamOS","version":"6.1"}}"#,
        ] {
            assert!(event.contains(part), "{part} in {event}");
        }
        assert_eq!(takes, [true, true, false, true, true, true, false]);
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let items = [
            ALONE,
            (ItemType::Event, "", b"{no json"),
            (ItemType::Attachment, EVENT, b"\xc1"),
            (ItemType::Attachment, BREADCRUMBS, b"\x91"),
        ];
        let (event, _) = read(&items, Err("it ends early"));
        for part in [
            r#""type":"Minidump","value":"Invalid Minidump","mechanism":{"type":"minidump","handled":false"#,
            r#""message":"the event beside the minidump is not JSON""#,
            r#""message":"the event beside the minidump: not MessagePack""#,
            r#""message":"breadcrumbs beside the minidump: MessagePack ends early""#,
            r#""message":"it ends early""#,
        ] {
            assert!(event.contains(part), "{part} in {event}");
        }
        // An exception that the SDK knew stays when the dump says nothing.
        let known = br#"{"exception":{"values":[{"type":"Known"}]}}"#;
        let (event, _) = read(&[ALONE, (ItemType::Event, "", known)], Err("no"));
        assert!(event.contains("Known") && !event.contains("Invalid"), "{event}");
    }
}
