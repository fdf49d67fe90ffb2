//! OTLP over HTTP. Answers are those of OpenTelemetry: in the form of the request, refusals as a
//! `google.rpc.Status`.

use axum::body::Body;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Response};
use model::id::ProjectId;
use model::limits::OTLP_BYTES_MAX;

use super::{Answer, Arrival};
use crate::answer;
use crate::otlp::{Form, admit_otlp, keep};
use crate::refusal::Refusal;
use crate::rpc_status;

/// Takes traces.
pub(super) async fn traces(request: Arrival<'_>, project: Option<ProjectId>) -> Answer {
    let form = Form::of(request.media_type());
    let taken = if request.parts.method == Method::POST {
        take(request, project, form).await
    } else {
        Err(Refusal::Method { allow: "POST" })
    };
    Ok(respond(taken.as_ref().err(), form.unwrap_or(Form::Json)))
}

/// What of OpenTelemetry is not taken yet.
pub(super) fn unsupported(request: &Arrival<'_>, what: &'static str) -> Response<Body> {
    let form = Form::of(request.media_type()).unwrap_or(Form::Json);
    respond(Some(&Refusal::NotSupported(what)), form)
}

async fn take(
    request: Arrival<'_>,
    project: Option<ProjectId>,
    form: Option<Form>,
) -> Result<(), Refusal> {
    let ingest = request.ingest;
    let visitor = admit_otlp(ingest, request.parts, project)?;
    let arrived = match form {
        Some(_) => request.arrive(OTLP_BYTES_MAX).await,
        None => Err(Refusal::MediaType),
    };
    match (form, arrived) {
        // Nothing at all is a message of protobuf in which every field has its default.
        (Some(Form::Protobuf), Err(Refusal::EmptyBody)) => Ok(()),
        (Some(form), Ok(arrived)) => keep(ingest, &visitor, form, &arrived).await,
        (_, Err(refusal)) => {
            visitor.account_refusal(ingest, &refusal);
            Err(refusal)
        }
        (None, Ok(_)) => Err(Refusal::MediaType),
    }
}

fn respond(refusal: Option<&Refusal>, form: Form) -> Response<Body> {
    let (mut answer, body) = match (refusal, form) {
        (None, Form::Json) => (answer::empty(http::StatusCode::OK), b"{}".to_vec()),
        (None, Form::Protobuf) => (answer::empty(http::StatusCode::OK), Vec::new()),
        (Some(refusal), form) => {
            let body = match form {
                Form::Json => rpc_status::text(rpc_status::json(refusal)),
                Form::Protobuf => rpc_status::protobuf(refusal),
            };
            (answer::refusal(refusal), body)
        }
    };
    *answer.body_mut() = Body::from(body);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    answer
}
