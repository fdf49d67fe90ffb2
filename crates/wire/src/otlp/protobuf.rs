//! OTLP messages out of protobuf. What cannot be read within a span costs that span.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use model::id::{SpanId, TraceId};
use model::json::{Object, Value};
use model::limits::{ATTRIBUTE_DEPTH_MAX, OTLP_SPANS_MAX, OTLP_VALUES_MAX};

use super::message::{
    Attributes, Link, Request, ResourceSpans, ScopeSpans, Span, SpanEvent, Status,
};
use super::wire_format::{Fields, WireFormatError};

type Result<T> = std::result::Result<T, WireFormatError>;

/// Reads an `ExportTraceServiceRequest`.
pub(super) fn request(message: &[u8]) -> Result<Request<'_>> {
    let mut reader =
        Reader { spans: OTLP_SPANS_MAX, values: OTLP_VALUES_MAX, broken: 0, surplus: 0 };
    let mut resources = Vec::new();
    let mut fields = Fields::of(message);
    while let Some((number, field)) = fields.next()? {
        if number == 1 {
            resources.push(reader.resource_spans(field.bytes())?);
        }
    }
    Ok(Request { resources, broken: reader.broken, surplus: reader.surplus })
}

/// Counts the spans without reading them.
pub(super) fn count(message: &[u8]) -> Result<u64> {
    let mut spans = 0;
    let mut resources = Fields::of(message);
    while let Some((number, resource)) = resources.next()? {
        let mut scopes = Fields::of(if number == 1 { resource.bytes() } else { &[] });
        while let Some((number, scope)) = scopes.next()? {
            let mut fields = Fields::of(if number == 2 { scope.bytes() } else { &[] });
            while let Some((number, _)) = fields.next()? {
                spans += u64::from(number == 2);
            }
        }
    }
    Ok(spans)
}

/// How much more may be read, and what was not: two bytes can ask for a value of fifty.
struct Reader {
    spans: usize,
    values: usize,
    broken: u64,
    surplus: u64,
}

impl Reader {
    fn resource_spans<'a>(&mut self, message: &'a [u8]) -> Result<ResourceSpans<'a>> {
        self.take()?;
        let mut resource = ResourceSpans::default();
        let mut fields = Fields::of(message);
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => {
                    let mut fields = Fields::of(field.bytes());
                    while let Some((number, field)) = fields.next()? {
                        if number == 1 {
                            resource
                                .attributes
                                .push(self.attribute(field.bytes(), ATTRIBUTE_DEPTH_MAX)?);
                        }
                    }
                }
                2 => resource.scopes.push(self.scope_spans(field.bytes())?),
                _ => {}
            }
        }
        Ok(resource)
    }

    fn scope_spans<'a>(&mut self, message: &'a [u8]) -> Result<ScopeSpans<'a>> {
        self.take()?;
        let mut scope = ScopeSpans::default();
        let mut fields = Fields::of(message);
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => self.about_scope(field.bytes(), &mut scope)?,
                2 if self.spans == 0 => self.surplus += 1,
                2 => match self.span(field.bytes()) {
                    Ok(span) if span.has_ids() => {
                        self.spans -= 1;
                        scope.spans.push(span);
                    }
                    Err(WireFormatError::TooMany) => self.surplus += 1,
                    Ok(_) | Err(_) => self.broken += 1,
                },
                _ => {}
            }
        }
        Ok(scope)
    }

    fn about_scope<'a>(&mut self, message: &'a [u8], scope: &mut ScopeSpans<'a>) -> Result<()> {
        let mut fields = Fields::of(message);
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => scope.name = text(field.bytes()),
                2 => scope.version = text(field.bytes()),
                3 => scope.attributes.push(self.attribute(field.bytes(), ATTRIBUTE_DEPTH_MAX)?),
                _ => {}
            }
        }
        Ok(())
    }

    fn span<'a>(&mut self, message: &'a [u8]) -> Result<Span<'a>> {
        let mut span = Span::default();
        let mut fields = Fields::of(message);
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => span.trace = trace_id(field.bytes()),
                2 => span.span = span_id(field.bytes()),
                3 => span.trace_state = text(field.bytes()),
                4 => span.parent = span_id(field.bytes()),
                5 => span.name = text(field.bytes()),
                6 => span.kind = field.number(),
                7 => span.start = field.number(),
                8 => span.end = field.number(),
                9 => {
                    if span.attributes.is_empty() {
                        span.attributes.reserve(12);
                    }
                    span.attributes.push(self.attribute(field.bytes(), ATTRIBUTE_DEPTH_MAX)?);
                }
                10 => span.dropped_attributes = field.number(),
                11 => span.events.push(self.event(field.bytes())?),
                12 => span.dropped_events = field.number(),
                13 => span.links.push(self.link(field.bytes())?),
                14 => span.dropped_links = field.number(),
                15 => span.status = status(field.bytes())?,
                16 => span.flags = u32::try_from(field.number()).unwrap_or(0),
                _ => {}
            }
        }
        Ok(span)
    }

    fn event<'a>(&mut self, message: &'a [u8]) -> Result<SpanEvent<'a>> {
        self.take()?;
        let mut event = SpanEvent::default();
        let mut fields = Fields::of(message);
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => event.time = field.number(),
                2 => event.name = text(field.bytes()),
                3 => event.attributes.push(self.attribute(field.bytes(), ATTRIBUTE_DEPTH_MAX)?),
                _ => {}
            }
        }
        Ok(event)
    }

    fn link<'a>(&mut self, message: &'a [u8]) -> Result<Link<'a>> {
        self.take()?;
        let mut link = Link::default();
        let mut fields = Fields::of(message);
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => link.trace = trace_id(field.bytes()),
                2 => link.span = span_id(field.bytes()),
                4 => link.attributes.push(self.attribute(field.bytes(), ATTRIBUTE_DEPTH_MAX)?),
                _ => {}
            }
        }
        Ok(link)
    }

    fn attribute<'a>(
        &mut self,
        message: &'a [u8],
        depth: usize,
    ) -> Result<(Cow<'a, str>, Value<'a>)> {
        let (mut name, mut held) = (Cow::Borrowed(""), Value::Null);
        let mut fields = Fields::of(message);
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => name = text(field.bytes()),
                2 => held = self.value(field.bytes(), depth)?,
                _ => {}
            }
        }
        Ok((name, held))
    }

    /// An `AnyValue`. Lists and maps nested too deep become `null`.
    fn value<'a>(&mut self, message: &'a [u8], depth: usize) -> Result<Value<'a>> {
        self.take()?;
        let mut value = Value::Null;
        let mut fields = Fields::of(message);
        while let Some((number, field)) = fields.next()? {
            value = match number {
                1 => Value::Str(text(field.bytes())),
                2 => Value::Bool(field.number() != 0),
                3 => Value::from(field.number().cast_signed()),
                4 => Value::from(f64::from_bits(field.number())),
                5 if depth > 0 => self.list(field.bytes(), depth - 1)?,
                6 if depth > 0 => self.map(field.bytes(), depth - 1)?,
                7 => Value::Str(bytes_as_text(field.bytes())),
                _ => Value::Null,
            };
        }
        Ok(value)
    }

    fn list<'a>(&mut self, message: &'a [u8], depth: usize) -> Result<Value<'a>> {
        let mut items = Vec::new();
        let mut fields = Fields::of(message);
        while let Some((number, field)) = fields.next()? {
            if number == 1 {
                items.push(self.value(field.bytes(), depth)?);
            }
        }
        Ok(Value::Array(items))
    }

    fn map<'a>(&mut self, message: &'a [u8], depth: usize) -> Result<Value<'a>> {
        let mut entries: Attributes<'a> = Vec::new();
        let mut fields = Fields::of(message);
        while let Some((number, field)) = fields.next()? {
            if number == 1 {
                entries.push(self.attribute(field.bytes(), depth)?);
            }
        }
        Ok(Value::Object(entries.into_iter().collect::<Object<'a>>()))
    }

    /// Counts something that takes more memory than it took bytes to ask for.
    fn take(&mut self) -> Result<()> {
        self.values = self.values.checked_sub(1).ok_or(WireFormatError::TooMany)?;
        Ok(())
    }
}

fn status(message: &[u8]) -> Result<Status<'_>> {
    let mut status = Status::default();
    let mut fields = Fields::of(message);
    while let Some((number, field)) = fields.next()? {
        match number {
            2 => status.message = text(field.bytes()),
            3 => status.code = field.number(),
            _ => {}
        }
    }
    Ok(status)
}

fn text(bytes: &[u8]) -> Cow<'_, str> {
    // Making text of what is none is slow even where it is text.
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Bytes that are text are shown as such, others in base64.
fn bytes_as_text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes)
        .map_or_else(|_| Cow::Owned(BASE64_STANDARD.encode(bytes)), Cow::Borrowed)
}

/// Ids of zeros mean "none", those of a wrong length are none.
fn trace_id(bytes: &[u8]) -> Option<TraceId> {
    bytes.try_into().map(TraceId).ok().filter(|id| !id.is_nil())
}

fn span_id(bytes: &[u8]) -> Option<SpanId> {
    bytes.try_into().map(SpanId).ok().filter(|id| !id.is_nil())
}
