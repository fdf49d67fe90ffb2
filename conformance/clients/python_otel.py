"""OpenTelemetry's own SDK and exporters. Usage: python_otel.py HTTP_URL GRPC_ADDRESS PROJECT KEY

Every exporter sends one trace: a server's span around a query that fails. Prints one JSON line: for each
exporter what it answered and the id of its trace.
"""

import json
import sys

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags

url, grpc, project, key = sys.argv[1:]
collected = InMemorySpanExporter()
provider = TracerProvider(
    resource=Resource.create(
        {"service.name": "risk", "service.version": "3.0.1", "deployment.environment.name": "prod"}
    )
)
provider.add_span_processor(SimpleSpanProcessor(collected))
tracer = provider.get_tracer("risk.engine", "1.0")


def spans():
    """One trace, newly made: a server's span that has to do with another trace, around a query that fails."""
    collected.clear()
    asked = SpanContext(0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331, True, TraceFlags(1))
    attributes = {
        "http.request.method": "POST",
        "casino.amount": 12.5,
        "casino.player": 7,
        "casino.vip": True,
        "casino.rules": ["velocity", "country"],
    }
    links = [Link(asked, {"casino.why": "retry"})]
    query = {"db.system.name": "postgresql", "db.query.text": "SELECT * FROM rules WHERE player = 7"}
    with tracer.start_as_current_span(
        "POST /deposit", kind=SpanKind.SERVER, attributes=attributes, links=links
    ) as span:
        span.add_event("rule.matched", {"rule": "velocity"})
        try:
            with tracer.start_as_current_span("SELECT rules", kind=SpanKind.CLIENT, attributes=query):
                raise TimeoutError("no rules for player 7")
        except TimeoutError:
            pass
    return collected.get_finished_spans()


sentry = {"x-sentry-auth": f"sentry sentry_key={key}"}
bearer = {"authorization": f"Bearer {key}"}
exporters = {
    "http": HttpExporter(endpoint=f"{url}/api/{project}/integration/otlp/v1/traces/", headers=sentry),
    "http-gzip": HttpExporter(endpoint=f"{url}/v1/traces", headers=bearer, compression=Compression.Gzip),
    "http-refused": HttpExporter(endpoint=f"{url}/v1/traces", headers={"authorization": f"Bearer {key[::-1]}"}),
}
if grpc:
    from grpc import Compression as GrpcCompression

    exporters |= {
        "grpc": GrpcExporter(endpoint=grpc, insecure=True, headers=sentry),
        "grpc-gzip": GrpcExporter(endpoint=grpc, insecure=True, headers=bearer, compression=GrpcCompression.Gzip),
        "grpc-refused": GrpcExporter(endpoint=grpc, insecure=True, headers={}),
    }
answers = {}
for name, exporter in exporters.items():
    sent = spans()
    answers[name] = {
        "result": exporter.export(sent).name,
        "trace": trace.format_trace_id(sent[0].context.trace_id),
            }
print(json.dumps(answers))
