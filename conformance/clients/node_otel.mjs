// A program with OpenTelemetry's SDK, set up by OTEL_* variables alone. Makes one trace and prints its id.
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { NodeSDK } from "@opentelemetry/sdk-node";

const sdk = new NodeSDK();
sdk.start();
const tracer = trace.getTracer("risk.engine");

// A server's span that has to do with another trace, around a query that fails.
const server = tracer.startSpan("POST /deposit", {
  kind: SpanKind.SERVER,
  attributes: {
    "http.request.method": "POST",
    "casino.amount": 12.5,
    "casino.player": 7,
    "casino.vip": true,
    "casino.rules": ["velocity", "country"],
  },
  links: [
    {
      context: { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 },
      attributes: { "casino.why": "retry" },
    },
  ],
});
server.addEvent("rule.matched", { rule: "velocity" });
const query = tracer.startSpan(
  "SELECT rules",
  {
    kind: SpanKind.CLIENT,
    attributes: { "db.system.name": "postgresql", "db.query.text": "SELECT * FROM rules WHERE player = 7" },
  },
  trace.setSpan(context.active(), server),
);
query.recordException(new RangeError("no rules for player 7"));
query.setStatus({ code: SpanStatusCode.ERROR, message: "no rules in time" });
query.end();
server.end();
await sdk.shutdown();
console.log(server.spanContext().traceId);
