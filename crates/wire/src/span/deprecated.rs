//! Attribute names that conventions have given up, with the names that stand for them now.
//!
//! Source: the `sentry-conventions` project as Relay bundles it. Names that only describe a shape
//! (`query.<key>`) and those whose values would have to be rewritten are left out.

/// A name of earlier days.
#[derive(Debug)]
pub(super) struct Deprecated {
    name: &'static str,
    /// The name it has today.
    pub(super) now: &'static str,
    /// True when senders and readers still use the old name, so that both are kept.
    pub(super) stays: bool,
}

/// What became of that name, if anything did.
pub(super) fn find(name: &str) -> Option<&'static Deprecated> {
    let mut slot = hash(name.as_bytes());
    loop {
        let place = usize::from(PLACES[slot]).checked_sub(1)?;
        let known = &NAMES[place];
        if known.name == name {
            return Some(known);
        }
        slot = (slot + 1) % SLOTS;
    }
}

const SLOTS: usize = 1024;

/// For every hash of a name, one more than its place in [`NAMES`]. Every attribute of every span is
/// looked up, and nearly none is found: an empty slot says so at once.
static PLACES: [u8; SLOTS] = {
    let mut places = [0; SLOTS];
    let (mut place, mut number) = (0, 1);
    while place < NAMES.len() {
        let mut slot = hash(NAMES[place].name.as_bytes());
        while places[slot] != 0 {
            slot = (slot + 1) % SLOTS;
        }
        places[slot] = number;
        place += 1;
        number += 1;
    }
    places
};

/// The factors were searched for few collisions.
const fn hash(name: &[u8]) -> usize {
    let length = name.len();
    if length == 0 {
        return 0;
    }
    let ends = name[0] as usize * 211 + name[length - 1] as usize * 205;
    let middle = name[length / 2] as usize * 111;
    let quarters = name[length / 4] as usize * 57 + name[length * 3 / 4] as usize * 69;
    (length * 27 + ends + middle + quarters) % SLOTS
}

const fn both(name: &'static str, now: &'static str) -> Deprecated {
    Deprecated { name, now, stays: true }
}

const fn renamed(name: &'static str, now: &'static str) -> Deprecated {
    Deprecated { name, now, stays: false }
}

static NAMES: [Deprecated; 216] = [
    both("address", "server.address"),
    both("ai.completion_tokens.used", "gen_ai.usage.output_tokens"),
    both("ai.finish_reason", "gen_ai.response.finish_reasons"),
    both("ai.frequency_penalty", "gen_ai.request.frequency_penalty"),
    both("ai.function_call", "gen_ai.tool.name"),
    both("ai.generation_id", "gen_ai.response.id"),
    both("ai.input_messages", "gen_ai.input.messages"),
    both("ai.model.id", "gen_ai.request.model"),
    both("ai.model.provider", "gen_ai.provider.name"),
    both("ai.model_id", "gen_ai.request.model"),
    both("ai.pipeline.name", "gen_ai.pipeline.name"),
    both("ai.preamble", "gen_ai.system_instructions"),
    both("ai.presence_penalty", "gen_ai.request.presence_penalty"),
    both("ai.prompt", "gen_ai.input.messages"),
    both("ai.prompt.messages", "gen_ai.input.messages"),
    both("ai.prompt.tools", "gen_ai.tool.definitions"),
    both("ai.prompt_tokens.used", "gen_ai.usage.input_tokens"),
    both("ai.response.id", "gen_ai.response.id"),
    both("ai.response.model", "gen_ai.response.model"),
    both("ai.response.text", "gen_ai.output.messages"),
    both("ai.response.toolCalls", "gen_ai.output.messages"),
    both("ai.responses", "gen_ai.output.messages"),
    both("ai.seed", "gen_ai.request.seed"),
    both("ai.streaming", "gen_ai.response.streaming"),
    both("ai.temperature", "gen_ai.request.temperature"),
    both("ai.texts", "gen_ai.input.messages"),
    both("ai.toolCall.args", "gen_ai.tool.call.arguments"),
    both("ai.toolCall.result", "gen_ai.tool.call.result"),
    both("ai.tool_calls", "gen_ai.output.messages"),
    both("ai.tools", "gen_ai.tool.definitions"),
    both("ai.top_k", "gen_ai.request.top_k"),
    both("ai.top_p", "gen_ai.request.top_p"),
    both("ai.total_cost", "gen_ai.cost.total_tokens"),
    both("ai.total_tokens.used", "gen_ai.usage.total_tokens"),
    both("ai.usage.tokens", "gen_ai.usage.total_tokens"),
    both("app.app_build", "app.build"),
    both("app.app_identifier", "app.identifier"),
    both("app.app_name", "app.name"),
    both("app.app_start_time", "app.start_time"),
    both("app.app_version", "app.version"),
    both("app_start_cold", "app.vitals.start.cold.value"),
    both("app_start_type", "app.vitals.start.type"),
    both("app_start_warm", "app.vitals.start.warm.value"),
    both("aws.kinesis.stream.name", "aws.kinesis.stream_name"),
    both("aws.lambda.aws_request_id", "faas.invocation_id"),
    both("aws.lambda.function_name", "faas.name"),
    both("aws.lambda.function_version", "faas.version"),
    both("aws.lambda.invoked_function_arn", "aws.lambda.invoked_arn"),
    both("aws.operation_name", "rpc.method"),
    both("aws.request.extended_id", "aws.extended_request_id"),
    both("aws.request.id", "aws.request_id"),
    both("aws.request.url", "url.full"),
    both("aws_region", "cloud.region"),
    both("cloudflare.d1.query_type", "db.operation.name"),
    both("cls", "browser.web_vital.cls.value"),
    both("code", "rpc.response.status_code"),
    both("code.filepath", "code.file.path"),
    both("code.lineno", "code.line.number"),
    both("connection.rtt", "network.connection.rtt"),
    both("connectionType", "network.connection.type"),
    both("db.mongodb.collection", "db.collection.name"),
    both("db.name", "db.namespace"),
    renamed("db.operation", "db.operation.name"),
    renamed("db.statement", "db.query.text"),
    both("db.system", "db.system.name"),
    both("device.connection_type", "network.connection.type"),
    both("deviceMemory", "device.memory.estimated_capacity"),
    both("dist", "sentry.dist"),
    both("django.function_name", "code.function.name"),
    both("django.middleware_name", "middleware.name"),
    both("effectiveConnectionType", "network.connection.effective_type"),
    renamed("environment", "sentry.environment"),
    both("faas.execution", "faas.invocation_id"),
    both("faas.id", "cloud.resource_id"),
    both("fcp", "browser.web_vital.fcp.value"),
    both("fp", "browser.web_vital.fp.value"),
    both("frames.delay", "app.vitals.frames.delay.value"),
    both("frames.frozen", "app.vitals.frames.frozen.count"),
    both("frames.slow", "app.vitals.frames.slow.count"),
    both("frames.total", "app.vitals.frames.total.count"),
    both("frames_frozen_rate", "app.vitals.frames.frozen.rate"),
    both("frames_slow_rate", "app.vitals.frames.slow.rate"),
    both("gcp_region", "cloud.region"),
    both("gen_ai.prompt", "gen_ai.input.messages"),
    renamed("gen_ai.request.available_tools", "gen_ai.tool.definitions"),
    renamed("gen_ai.response.finish_reason", "gen_ai.response.finish_reasons"),
    both("gen_ai.response.time_to_first_token", "gen_ai.response.time_to_first_chunk"),
    renamed("gen_ai.system", "gen_ai.provider.name"),
    both("gen_ai.system.message", "gen_ai.system_instructions"),
    renamed("gen_ai.tool.input", "gen_ai.tool.call.arguments"),
    renamed("gen_ai.tool.message", "gen_ai.tool.call.result"),
    renamed("gen_ai.tool.output", "gen_ai.tool.call.result"),
    both("gen_ai.usage.cache_creation_input_tokens", "gen_ai.usage.cache_creation.input_tokens"),
    both("gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.cache_read.input_tokens"),
    both("gen_ai.usage.completion_tokens", "gen_ai.usage.output_tokens"),
    both("gen_ai.usage.input_tokens.cache_write", "gen_ai.usage.cache_creation.input_tokens"),
    both("gen_ai.usage.input_tokens.cached", "gen_ai.usage.cache_read.input_tokens"),
    both("gen_ai.usage.output_tokens.reasoning", "gen_ai.usage.reasoning.output_tokens"),
    both("gen_ai.usage.prompt_tokens", "gen_ai.usage.input_tokens"),
    both("graphql.source", "graphql.document"),
    both("hardwareConcurrency", "device.processor_count"),
    both("http.client_ip", "client.address"),
    both("http.decoded_response_content_length", "http.response.body.decoded_size"),
    both("http.flavor", "network.protocol.version"),
    both("http.method", "http.request.method"),
    both("http.request_content_length", "http.request.body.size"),
    both("http.request_content_length_uncompressed", "http.request.body.decoded_size"),
    both("http.request_method", "http.request.method"),
    both("http.response_content_length", "http.response.body.size"),
    both("http.response_content_length_uncompressed", "http.response.body.decoded_size"),
    both("http.response_transfer_size", "http.response.size"),
    both("http.scheme", "url.scheme"),
    both("http.server_name", "server.address"),
    both("http.status_code", "http.response.status_code"),
    both("http.status_text", "http.response.status_text"),
    both("http.url", "url.full"),
    both("http.user_agent", "user_agent.original"),
    both("inp", "browser.web_vital.inp.value"),
    both("langchain.chain.name", "gen_ai.pipeline.name"),
    both("lcp", "browser.web_vital.lcp.value"),
    both("lcp.element", "browser.web_vital.lcp.element"),
    both("lcp.id", "browser.web_vital.lcp.id"),
    both("lcp.loadTime", "browser.web_vital.lcp.load_time"),
    both("lcp.renderTime", "browser.web_vital.lcp.render_time"),
    both("lcp.size", "browser.web_vital.lcp.size"),
    both("lcp.url", "browser.web_vital.lcp.url"),
    both("litestar.middleware_name", "middleware.name"),
    both("mcp.prompt.name", "gen_ai.prompt.name"),
    both("mcp.request.id", "jsonrpc.request.id"),
    both("mcp.resource.protocol", "network.protocol.name"),
    both("mcp.tool.name", "gen_ai.tool.name"),
    both("mcp.tool.result.content", "gen_ai.tool.call.result"),
    both("mcp.transport", "network.transport"),
    both("messaging.conversation_id", "messaging.message.conversation_id"),
    both("messaging.destination", "messaging.destination.name"),
    both("messaging.message_id", "messaging.message.id"),
    both("messaging.operation", "messaging.operation.name"),
    both("messaging.protocol", "network.protocol.name"),
    both("messaging.protocol_version", "network.protocol.version"),
    both("messaging.rabbitmq.routing_key", "messaging.rabbitmq.destination.routing_key"),
    both("messaging.url", "url.full"),
    renamed("method", "http.request.method"),
    both("navigation.origin", "router.navigation.origin"),
    both("navigation.route.id", "router.navigation.route.id"),
    both("navigation.type", "router.navigation.type"),
    both("net.host.ip", "network.local.address"),
    both("net.host.name", "server.address"),
    both("net.host.port", "server.port"),
    both("net.peer.ip", "network.peer.address"),
    both("net.protocol.name", "network.protocol.name"),
    both("net.protocol.version", "network.protocol.version"),
    both("net.sock.host.addr", "network.local.address"),
    both("net.sock.host.port", "network.local.port"),
    both("net.sock.peer.addr", "network.peer.address"),
    both("net.sock.peer.port", "network.peer.port"),
    both("os.build", "os.build_id"),
    both("otel.kind", "sentry.kind"),
    both("performance.activationStart", "browser.performance.navigation.activation_start"),
    both("performance.timeOrigin", "browser.performance.time_origin"),
    both("port", "server.port"),
    renamed("profile_id", "sentry.profile_id"),
    both("query", "db.query.text"),
    both("redis.command", "db.operation.name"),
    both("redis.key", "db.redis.key"),
    renamed("release", "sentry.release"),
    renamed("replay_id", "sentry.replay_id"),
    both("resource.deployment.environment", "sentry.environment"),
    both("resource.deployment.environment.name", "sentry.environment"),
    both("rpc.system", "rpc.system.name"),
    both("runtime.name", "process.runtime.name"),
    both("runtime.raw_description", "process.runtime.description"),
    both("runtime.version", "process.runtime.version"),
    both("sentry.browser.name", "browser.name"),
    both("sentry.browser.version", "browser.version"),
    both("sentry.frames.frozen", "app.vitals.frames.frozen.count"),
    both("sentry.frames.slow", "app.vitals.frames.slow.count"),
    both("sentry.frames.total", "app.vitals.frames.total.count"),
    both("sentry.segment_id", "sentry.segment.id"),
    both("sentry.sveltekit.navigation.from", "router.navigation.origin"),
    both("sentry.sveltekit.navigation.type", "router.navigation.type"),
    both("sentry.thread.id", "thread.id"),
    both("sentry.transaction", "sentry.segment.name"),
    both("sentry.user.email", "user.email"),
    both("sentry.user.geo.city", "user.geo.city"),
    both("sentry.user.geo.country_code", "user.geo.country_code"),
    both("sentry.user.geo.region", "user.geo.region"),
    both("sentry.user.geo.subdivision", "user.geo.subdivision"),
    both("sentry.user.id", "user.id"),
    both("sentry.user.ip", "user.ip_address"),
    both("sentry.user.username", "user.name"),
    both("server_name", "server.address"),
    both("stall_percentage", "app.vitals.stall.percentage"),
    both("stall_total_time", "app.vitals.stall.duration"),
    both("starlette.middleware_name", "middleware.name"),
    both("starlite.middleware_name", "middleware.name"),
    both("subprocess.pid", "process.pid"),
    both("time_to_full_display", "app.vitals.ttfd.value"),
    both("time_to_initial_display", "app.vitals.ttid.value"),
    renamed("transaction", "sentry.segment.name"),
    both("ttfb", "browser.web_vital.ttfb.value"),
    both("ttfb.requestTime", "browser.web_vital.ttfb.request_time"),
    both("turbo_module.arch", "react_native.architecture"),
    both("turbo_module.method", "react_native.module.method"),
    both("turbo_module.name", "react_native.module.name"),
    both("turbo_module.top_module", "react_native.module.top.name"),
    both("turbo_module.top_module_duration_ms", "react_native.module.top.duration"),
    both("turbo_module.total_call_count", "react_native.module.call.count"),
    both("turbo_module.total_duration_ms", "react_native.module.duration.total"),
    both("turbo_module.total_error_count", "react_native.module.error.count"),
    both("turbo_module.unique_methods", "react_native.module.call.distinct_count"),
    both("turbo_modules.total_call_count", "react_native.module.call.count"),
    both("turbo_modules.total_duration_ms", "react_native.module.duration.total"),
    both("turbo_modules.total_error_count", "react_native.module.error.count"),
    both("turbo_modules.unique_methods", "react_native.module.call.distinct_count"),
    both("url", "url.full"),
    both("url.same_origin", "http.request.same_origin"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_name_of_today() {
        for known in &NAMES {
            assert_eq!(find(known.name).map(|found| found.now), Some(known.now));
        }
        for name in ["", "db.system.name", "http.request.method", "x"] {
            assert!(find(name).is_none(), "{name}");
        }
    }
}
