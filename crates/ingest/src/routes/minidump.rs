//! `/minidump/`: a crash of a native program, as Breakpad and Crashpad report it.
//!
//! The dump becomes an attachment of an event that the pipeline makes of it. Of what comes with it only
//! the event's id is read, because the answer names it.

use bytes::Bytes;
use model::id::{EventId, ProjectId};
use model::intake::ItemType;
use model::json::{Object, Value};
use model::limits::{ATTACHMENTS_BYTES_MAX, EVENT_BYTES_MAX};
use wire::envelope::Item;
use wire::{form_data, message_pack};

use super::{Answer, Arrival, unpack};
use crate::accept::{self, Load};
use crate::answer;
use crate::body::Share;
use crate::coding::ContentCoding;
use crate::form::{self, File, Form};
use crate::refusal::{NoMinidump, Refusal};
use crate::routes::built_item;

/// The field of the dump.
const DUMP: &str = "upload_file_minidump";
/// The field of the event that Sentry's native SDK leaves for Crashpad.
const EVENT: &str = "__sentry-event";
/// How dumps begin, as little and big machines write them.
const MAGIC: [&[u8]; 2] = [b"MDMP", b"PMDM"];

pub(super) async fn post(request: Arrival<'_>, project: ProjectId) -> Answer {
    let visitor = request.admit(Some(project), None)?;
    let ingest = request.ingest;
    let crash = form(request).await;
    let (form, _share) = crash.inspect_err(|refusal| visitor.account_refusal(ingest, refusal))?;
    let event_id = event_id(&form).unwrap_or_else(|| EventId::from_random(rand::random()));
    let fields = form_data::write(&form.fields);
    let header = format!("{{\"event_id\":\"{event_id}\"}}");
    let load = Load {
        event_id: Some(event_id),
        header_line: header.into(),
        items: items(&form, &fields),
        gzip: None,
    };
    let plan = accept::plan(ingest, &visitor, load)?;
    match accept::keep(ingest, &visitor, plan).await {
        // Crash reporters would try again and again.
        Ok(_) | Err(Refusal::RateLimited(_)) => Ok(answer::id_text(event_id)),
        Err(refusal) => Err(refusal),
    }
}

/// Brings the request in as a form; the dump alone is a form of one file. Exactly one of its files is the
/// dump, not compressed.
async fn form(request: Arrival<'_>) -> Result<(Form, Share), Refusal> {
    let is_form = request.media_type().eq_ignore_ascii_case("multipart/form-data");
    let boundary = if is_form { Some(form::boundary(request.content_type())?) } else { None };
    let arrived = request.arrive(ATTACHMENTS_BYTES_MAX).await?;
    let (bytes, mut share) = (Bytes::from(arrived.decoded.bytes), arrived.share);
    let Some(boundary) = boundary else {
        let (bytes, share) = plain(bytes, share).await?;
        let file =
            File { field: DUMP.to_owned(), name: DUMP.to_owned(), content_type: None, bytes };
        return Ok((Form { fields: Vec::new(), files: vec![file] }, share));
    };
    // The parts are copies.
    if !share.take(bytes.len()) {
        return Err(Refusal::Busy);
    }
    let mut form = form::read(bytes, boundary, DUMP).await?;
    let place = form.files.iter().position(|file| file.field == DUMP);
    let mut dump = form.files.remove(place.ok_or(NoMinidump::Missing)?);
    form.files.retain(|file| file.field != DUMP);
    // Old versions of Electron put a form into the field.
    if let Some(boundary) = inner_boundary(&dump.bytes) {
        let inner = form::read(dump.bytes, boundary, DUMP).await?;
        let found = inner.files.into_iter().find(|file| file.field == DUMP);
        dump = found.ok_or(NoMinidump::Missing)?;
    }
    (dump.bytes, share) = plain(dump.bytes, share).await?;
    form.files.insert(0, dump);
    Ok((form, share))
}

/// What stands between the parts of a form that begins with its first line.
fn inner_boundary(bytes: &[u8]) -> Option<String> {
    let line = bytes.strip_prefix(b"--")?.split(|byte| *byte == b'\r').next()?;
    std::str::from_utf8(line).ok().filter(|line| (1..=70).contains(&line.len())).map(str::to_owned)
}

/// The dump, which may be compressed by itself.
async fn plain(bytes: Bytes, share: Share) -> Result<(Bytes, Share), Refusal> {
    let coding = match *bytes {
        [0x1f, 0x8b, ..] => ContentCoding::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => ContentCoding::Zstd,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => return Err(NoMinidump::Compressed("xz").into()),
        [b'B', b'Z', b'h', ..] => return Err(NoMinidump::Compressed("bzip2").into()),
        _ => ContentCoding::Identity,
    };
    let (bytes, share) = if coding == ContentCoding::Identity {
        (bytes, share)
    } else {
        let arrived = unpack(coding, bytes.to_vec(), ATTACHMENTS_BYTES_MAX, share).await?;
        (Bytes::from(arrived.decoded.bytes), arrived.share)
    };
    let is_dump = MAGIC.iter().any(|magic| bytes.starts_with(magic));
    if is_dump { Ok((bytes, share)) } else { Err(NoMinidump::Invalid.into()) }
}

/// The id that the event has already, by whoever speaks most like an SDK.
fn event_id(form: &Form) -> Option<EventId> {
    let attached = form.files.iter().find(|file| file.field == EVENT);
    let attached = attached.filter(|file| file.bytes.len() <= EVENT_BYTES_MAX);
    let attached = attached.and_then(|file| message_pack::read_all(&file.bytes).ok());
    let attached = attached.as_ref().and_then(|all| all.first()).and_then(Value::as_object);
    attached
        .and_then(form_data::event_id)
        .or_else(|| form_data::event_id(&form_data::event(&form.fields)))
}

fn items<'f>(form: &'f Form, fields: &'f [u8]) -> Vec<Item<'f>> {
    let mut items = Vec::with_capacity(form.files.len() + 1);
    if !form.fields.is_empty() {
        items.push(built_item(ItemType::FormData, Object::new(), fields));
    }
    for file in &form.files {
        let mut header = file.header();
        if let Some(kind) = kind(&file.field, &file.name) {
            header.push("attachment_type", kind);
        }
        items.push(built_item(ItemType::Attachment, header, &file.bytes));
    }
    items
}

/// What a file is for, by its field and its name.
fn kind(field: &str, name: &str) -> Option<&'static str> {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match field {
        DUMP => Some("event.minidump"),
        EVENT => Some("event.payload"),
        "__sentry-breadcrumb1" | "__sentry-breadcrumb2" => Some("event.breadcrumbs"),
        "view-hierarchy.json" => Some("event.view_hierarchy"),
        _ if extension.eq_ignore_ascii_case("nv-gpudmp") => Some("event.nv_gpudmp"),
        _ if extension.eq_ignore_ascii_case("nvdbg") => Some("event.nv_shader_debug"),
        _ => None,
    }
}
