//! A program with OpenTelemetry's SDK and its exporter, set up by `OTEL_*` variables alone.
//!
//! Usage: `rust-otel deposit` makes one trace and prints its id; `rust-otel serve PORT` answers requests
//! until its standard input ends.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{
    Link, SpanContext, SpanKind, Status, TraceContextExt, TraceFlags, TraceState, Tracer,
    TracerProvider,
};
use opentelemetry::{Array, Context, KeyValue, SpanId, StringValue, TraceId, Value};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

#[derive(Debug)]
struct NoRules;

impl fmt::Display for NoRules {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "no rules for player 7")
    }
}

impl Error for NoRules {}

fn main() -> Result<(), Box<dyn Error>> {
    // Only the exporter for gRPC needs it.
    let runtime = tokio::runtime::Runtime::new()?;
    let _entered = runtime.enter();
    let exporter = SpanExporter::builder().build()?;
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).build();
    let tracer = provider.tracer("risk.engine");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["deposit"] => println!("{}", deposit(&tracer)),
        ["serve", port] => serve(tracer, port.parse()?)?,
        _ => return Err("usage: rust-otel deposit | serve PORT".into()),
    }
    provider.shutdown()?;
    Ok(())
}

/// A server's span that has to do with another trace, around a query that fails.
fn deposit(tracer: &SdkTracer) -> TraceId {
    let asked = SpanContext::new(
        TraceId::from(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c),
        SpanId::from(0xb7ad_6b71_6920_3331),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    );
    let names: Vec<StringValue> = vec!["velocity".into(), "country".into()];
    let server = tracer
        .span_builder("POST /deposit")
        .with_kind(SpanKind::Server)
        .with_attributes([
            KeyValue::new("http.request.method", "POST"),
            KeyValue::new("casino.amount", 12.5),
            KeyValue::new("casino.player", 7),
            KeyValue::new("casino.vip", true),
            KeyValue::new("casino.rules", Value::Array(Array::String(names))),
        ])
        .with_links(vec![Link::new(asked, vec![KeyValue::new("casino.why", "retry")], 0)])
        .start(tracer);
    let context = Context::current_with_span(server);
    context.span().add_event("rule.matched", vec![KeyValue::new("rule", "velocity")]);
    let query = tracer
        .span_builder("SELECT rules")
        .with_kind(SpanKind::Client)
        .with_attributes([
            KeyValue::new("db.system.name", "postgresql"),
            KeyValue::new("db.query.text", "SELECT * FROM rules WHERE player = 7"),
        ])
        .start_with_context(tracer, &context);
    let query = context.with_span(query);
    query.span().record_error(&NoRules);
    query.span().set_status(Status::error("no rules in time"));
    context.span().span_context().trace_id()
}

/// Answers one request after the other, each in a span that continues the caller's trace.
fn serve(tracer: SdkTracer, port: u16) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    println!("serving");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if let Err(problem) = answer(&tracer, &stream) {
                eprintln!("a request was not answered: {problem}");
            }
        }
    });
    io::copy(&mut io::stdin(), &mut io::sink()).map(drop)
}

fn answer(tracer: &SdkTracer, mut stream: &TcpStream) -> io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    let mut headers = HashMap::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let method = request.split(' ').next().unwrap_or_default().to_owned();
    let caller = TraceContextPropagator::new().extract(&headers);
    let span = tracer
        .span_builder("GET /risk")
        .with_kind(SpanKind::Server)
        .with_attributes([
            KeyValue::new("http.request.method", method),
            KeyValue::new("http.route", "/risk"),
            KeyValue::new("http.response.status_code", 200),
        ])
        .start_with_context(tracer, &caller);
    let context = caller.with_span(span);
    tracer.span_builder("evaluate rules").start_with_context(tracer, &context);
    let body = r#"{"risk":0.1}"#;
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len())
}
