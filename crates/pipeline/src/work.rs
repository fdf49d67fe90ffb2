//! From records to what a step commits: every item of every record, each ending in something.

use std::sync::Arc;

use meta::{EventFacts, NewUserReport};
use model::category::Category;
use model::clock::Micros;
use model::error_row::ErrorRow;
use model::event::Event;
use model::id::{EventId, ProjectId};
use model::intake::{ItemType, Record};
use model::json::Value;
use model::outcome::{Fate, OutcomeKey, Outcomes};
use wire::envelope::{Header, ItemHeader};
use wire::json::Parser;
use wire::{client_report, security};

use crate::errors::minidump::Crash;
use crate::errors::{self, Given, Prepared, Stacks};
use crate::incoming::{self, Incoming};
use crate::projects::Projects;
use crate::unpack::{Unpacker, payload};

/// An attachment on its way to the blob store.
#[derive(Debug)]
pub(crate) struct Attachment {
    /// Whose it is.
    pub project: ProjectId,
    /// The event it belongs to.
    pub event_id: EventId,
    /// As the client named it.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// `event.attachment`, …
    pub kind: String,
    /// When it arrived.
    pub received: Micros,
    /// Its bytes, scrubbed.
    pub bytes: Vec<u8>,
    /// The line that counts it when it is kept.
    pub key: OutcomeKey,
}

/// An event on its way to its issue.
#[derive(Debug)]
pub(crate) struct NewEvent {
    /// What `meta` must know.
    pub facts: EventFacts,
    /// What the store must know; the issue is filled in when it is known.
    pub row: ErrorRow,
    /// The normalised, scrubbed event as JSON.
    pub payload: Vec<u8>,
    /// The line that counts it when it is kept.
    pub key: OutcomeKey,
}

/// What came out of some records, in their order.
#[derive(Debug, Default)]
pub(crate) struct Results {
    /// Events to be stored.
    pub events: Vec<NewEvent>,
    /// Attachments to be stored.
    pub attachments: Vec<Attachment>,
    /// What users wrote.
    pub user_reports: Vec<NewUserReport>,
    /// What became of the rest.
    pub outcomes: Outcomes,
}

/// Works records up. One per thread: it keeps buffers from one record to the next.
#[derive(Debug)]
pub(crate) struct Worker {
    projects: Arc<Projects>,
    stacks: Arc<dyn Stacks>,
    unpacker: Unpacker,
    parser: Parser,
    /// Buffers that payloads are parsed in; parsing changes them.
    scratch: Vec<u8>,
}

impl Worker {
    /// A worker with empty buffers.
    pub(crate) fn new(projects: Arc<Projects>, stacks: Arc<dyn Stacks>) -> Self {
        Self {
            projects,
            stacks,
            unpacker: Unpacker::default(),
            parser: Parser::default(),
            scratch: Vec::new(),
        }
    }

    /// Works one record up.
    pub(crate) fn take(&mut self, record: &Record, results: &mut Results) {
        let Some(rules) = self.projects.rules(record.project) else {
            return incoming::refuse_all(record, "project_id", &mut results.outcomes);
        };
        let body = match self.unpacker.body(record) {
            Ok(body) => body,
            Err(problem) => {
                tracing::error!(%problem, project = %record.project, "a record cannot be unpacked");
                return incoming::refuse_all(record, "invalid_compression", &mut results.outcomes);
            }
        };
        // Ingest has read the header; what it cannot read has no meaning here either.
        let header = Header::parse(record.header.as_bytes()).unwrap_or_default();
        let crash = Crash::of(record);
        if let Some(crash) = &crash {
            let item = crash.event.unwrap_or(crash.dump);
            let one = Incoming { record, item, header: &header, rules: &rules };
            self.crash(&one, crash, &body, results);
        }
        for item in &record.items {
            let bytes = payload(&body, item);
            let one = Incoming { record, item, header: &header, rules: &rules };
            match item.item_type {
                _ if crash.as_ref().is_some_and(|crash| crash.takes(item)) => {}
                ItemType::Event | ItemType::Feedback | ItemType::Occurrence => {
                    self.event(&one, bytes, results);
                }
                ItemType::Security | ItemType::RawSecurity => self.report(&one, bytes, results),
                ItemType::UserReport => self.user_report(&one, bytes, results),
                ItemType::Attachment => attachment(&one, bytes, results),
                ItemType::ClientReport => self.client_report(&one, bytes, results),
                _ => one.drop_it("invalid_envelope", &mut results.outcomes),
            }
        }
    }

    fn event(&mut self, one: &Incoming<'_>, bytes: &[u8], results: &mut Results) {
        self.scratch.clear();
        self.scratch.extend_from_slice(bytes);
        if one.record.sdk.starts_with("raven-python/")
            || one.record.sdk.starts_with("sentry-python/")
        {
            wire::json::repair_non_finite(&mut self.scratch);
        }
        let parsed = errors::check::event(&mut self.parser, &mut self.scratch);
        let given = known(one, &*self.stacks);
        let done = parsed.and_then(|event| errors::process(event, &given));
        finish(one, category(one.item.item_type), done, results);
    }

    /// One event of everything that came with a minidump.
    fn crash(&mut self, one: &Incoming<'_>, crash: &Crash<'_>, body: &[u8], results: &mut Results) {
        let event = Event::from_object(crash.read(body, &*self.stacks, one.record.project));
        let attachments = one
            .record
            .items
            .iter()
            .filter(|item| item.item_type == ItemType::Attachment && !crash.takes(item));
        let attachments = u32::try_from(attachments.count()).unwrap_or(u32::MAX);
        let given = Given { item_type: ItemType::Event, attachments, ..known(one, &*self.stacks) };
        finish(one, Category::Error, errors::process(event, &given), results);
    }

    fn report(&mut self, one: &Incoming<'_>, bytes: &[u8], results: &mut Results) {
        self.scratch.clear();
        self.scratch.extend_from_slice(bytes);
        let raw = one.item.item_type == ItemType::RawSecurity;
        // Ingest notes what the request said besides the report in the item's header.
        let mut header = one.item.header.clone().into_bytes();
        let header = wire::json::parse(&mut header).unwrap_or_default();
        let noted = |name: &str| header.get(name).and_then(Value::as_str);
        let given = security::Given {
            release: noted("sentry_release"),
            environment: noted("sentry_environment"),
            origin: noted("origin"),
            user_agent: Some(one.record.user_agent.as_str()).filter(|text| !text.is_empty()),
            client_ip: Some(one.record.client_ip.as_str()).filter(|text| !text.is_empty()),
        };
        let parsed = errors::check::report(&mut self.parser, &mut self.scratch, raw, &given);
        let given = known(one, &*self.stacks);
        let done = parsed.and_then(|event| errors::process(event, &given));
        finish(one, category(one.item.item_type), done, results);
    }

    /// A user's words go through the same hands as an event's: they may name a card number too.
    fn user_report(&mut self, one: &Incoming<'_>, bytes: &[u8], results: &mut Results) {
        self.scratch.clear();
        self.scratch.extend_from_slice(bytes.trim_ascii());
        match errors::check::user_report(&mut self.parser, &mut self.scratch, one.header.event_id) {
            Ok((event_id, [name, email, comments])) => {
                let comments = errors::scrub::text(&one.rules.scrubber, comments);
                let project = one.record.project;
                let received = one.record.received;
                one.keep_it(&mut results.outcomes);
                let report = NewUserReport {
                    project,
                    event_id,
                    issue: None,
                    name,
                    email,
                    comments,
                    received,
                };
                results.user_reports.push(report);
            }
            Err(reason) => one.drop_it(reason, &mut results.outcomes),
        }
    }

    /// Never limited, never counted itself: its lines are the accounts.
    fn client_report(&mut self, one: &Incoming<'_>, bytes: &[u8], results: &mut Results) {
        self.scratch.clear();
        self.scratch.extend_from_slice(bytes);
        let Ok(lines) = client_report::parse(&mut self.scratch) else {
            return one.drop_it("invalid_json", &mut results.outcomes);
        };
        for line in lines {
            let key = OutcomeKey {
                project: one.record.project,
                key: Some(one.record.key),
                category: line.category,
                fate: line.fate,
                reason: line.reason.into(),
            };
            results.outcomes.record(key, line.quantity);
        }
    }
}

fn known<'r>(one: &Incoming<'r>, stacks: &'r dyn Stacks) -> Given<'r> {
    Given {
        record: one.record,
        header: one.header,
        rules: one.rules,
        stacks,
        random_id: one.random_id(),
        item_type: one.item.item_type,
        attachments: one.attachments(),
    }
}

fn category(item_type: ItemType) -> Category {
    match item_type {
        ItemType::Security | ItemType::RawSecurity => Category::Security,
        ItemType::UserReport | ItemType::Feedback => Category::Feedback,
        ItemType::Attachment => Category::AttachmentItem,
        ItemType::Event | ItemType::Occurrence => Category::Error,
        _ => Category::Default,
    }
}

fn finish(
    one: &Incoming<'_>,
    category: Category,
    done: Result<Prepared, errors::Dropped>,
    results: &mut Results,
) {
    match done {
        Ok(Prepared { facts, row, payload }) => {
            let key = one.key(category, Fate::Accepted, "");
            results.events.push(NewEvent { facts, row, payload, key });
        }
        Err(dropped) => {
            results.outcomes.record(one.key(category, dropped.fate, dropped.reason), 1);
        }
    }
}

fn attachment(one: &Incoming<'_>, bytes: &[u8], results: &mut Results) {
    let Some(event_id) = one.header.event_id else {
        return one.drop_it("invalid_event_id", &mut results.outcomes);
    };
    let header = ItemHeader::parse(one.item.header.as_bytes()).unwrap_or_default();
    let name =
        header.filename.filter(|name| !name.is_empty()).unwrap_or_else(|| "attachment".to_owned());
    let mut bytes = bytes.to_vec();
    one.rules.scrubber.scrub_bytes(&name, &mut bytes);
    results.attachments.push(Attachment {
        project: one.record.project,
        event_id,
        content_type: header.content_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
        kind: header.attachment_type.unwrap_or_else(|| "event.attachment".to_owned()),
        name: name.chars().take(255).collect(),
        received: one.record.received,
        bytes,
        key: one.key(Category::AttachmentItem, Fate::Accepted, ""),
    });
}
