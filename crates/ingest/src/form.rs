//! Forms with files (`multipart/form-data`), as attachments and minidumps come in.

use std::convert::Infallible;

use bytes::Bytes;
use futures::stream;
use model::json::Object;
use model::limits::{ATTACHMENTS_MAX, EVENT_BYTES_MAX};

use crate::refusal::Refusal;

/// Fields of a form that are no files. Real ones have some dozens.
const FIELDS_MAX: usize = 1_000;
/// The form is read in pieces of this size, so that its reader need not hold it whole once more.
const PIECE_BYTES: usize = 64 * 1024;

/// What a form holds.
#[derive(Debug, Default)]
pub(crate) struct Form {
    /// Texts by the names of their fields, in order.
    pub(crate) fields: Vec<(String, String)>,
    /// Files in order.
    pub(crate) files: Vec<File>,
}

/// A file of a form.
#[derive(Debug)]
pub(crate) struct File {
    /// The field it is in.
    pub(crate) field: String,
    /// Its name.
    pub(crate) name: String,
    /// Its media type, if the form says one.
    pub(crate) content_type: Option<String>,
    /// Its bytes.
    pub(crate) bytes: Bytes,
}

impl File {
    /// The header of the attachment that it becomes.
    pub(crate) fn header(&self) -> Object<'static> {
        let mut header = Object::new();
        header.push("filename", self.name.clone());
        if let Some(content_type) = &self.content_type {
            header.push("content_type", content_type.clone());
        }
        header
    }
}

/// What stands between the parts of a form, from its `Content-Type`.
///
/// # Errors
/// [`Refusal::Multipart`] when it is no form.
pub(crate) fn boundary(content_type: Option<&str>) -> Result<String, Refusal> {
    Ok(multer::parse_boundary(content_type.unwrap_or_default())?)
}

/// Takes a form apart. A part is a file when it has a file name, or is in one of the fields `always`.
///
/// # Errors
/// [`Refusal::Multipart`] when it is broken, [`Refusal::BodyTooLarge`] for too many parts or texts.
pub(crate) async fn read(body: Bytes, boundary: String, always: &str) -> Result<Form, Refusal> {
    let starts = (0..body.len()).step_by(PIECE_BYTES);
    let pieces = starts.map(move |start| {
        let end = start.saturating_add(PIECE_BYTES).min(body.len());
        Ok::<_, Infallible>(body.slice(start..end))
    });
    let mut parts = multer::Multipart::new(stream::iter(pieces), boundary);
    let mut form = Form::default();
    let mut text_bytes = 0;
    while let Some(part) = parts.next_field().await? {
        let field = part.name().unwrap_or_default().to_owned();
        let name = part.file_name().map(str::to_owned);
        if name.is_some() || field == always {
            if form.files.len() == ATTACHMENTS_MAX {
                return Err(Refusal::BodyTooLarge);
            }
            let content_type = part.content_type().map(ToString::to_string);
            let name = name.unwrap_or_else(|| field.clone());
            form.files.push(File { field, name, content_type, bytes: part.bytes().await? });
            continue;
        }
        let bytes = part.bytes().await?;
        text_bytes += field.len() + bytes.len();
        if form.fields.len() == FIELDS_MAX || text_bytes > EVENT_BYTES_MAX {
            return Err(Refusal::BodyTooLarge);
        }
        form.fields.push((field, String::from_utf8_lossy(&bytes).into_owned()));
    }
    Ok(form)
}
