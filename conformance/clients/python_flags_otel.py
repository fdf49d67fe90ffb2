"""OpenTelemetry's own SDK and its conventions for feature flags. Usage: python_flags_otel.py, with its variables set."""

import json

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer = provider.get_tracer("risk")
with tracer.start_as_current_span("POST /check") as span:
    span.add_event("feature_flag.evaluation", {"feature_flag.key": "strict-risk", "feature_flag.result.value": True})
    span.add_event("feature_flag", {"feature_flag.key": "risk-model", "feature_flag.variant": "forest"})
    span.record_exception(ValueError("no model"))
provider.shutdown()
print(json.dumps({"trace": f"{span.get_span_context().trace_id:032x}"}))
