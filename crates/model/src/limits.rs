//! Every limit with its name and its number. A setting may change some; none is ever absent.
//! Sizes follow Relay where a client could notice, see `docs/guide/limits.md`.

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Request body before decompression.
pub const BODY_BYTES_MAX: usize = 50 * MIB;
/// Envelope after decompression. Relay takes 200 MiB; we hold envelopes in memory and must fit 512 MB.
pub const ENVELOPE_BYTES_MAX: usize = 100 * MIB;
/// All request bodies in memory together, compressed and decompressed; over it, requests get 503.
pub const BODIES_IN_FLIGHT_BYTES_MAX: usize = 160 * MIB;
/// Longest silence within a request body, in milliseconds; then the answer is 408.
pub const BODY_IDLE_MILLIS_MAX: u64 = 10_000;
/// Longest time for a whole request body, in milliseconds.
pub const BODY_WHOLE_MILLIS_MAX: u64 = 60_000;
/// Longest time a rate limit tells a client to wait, in seconds. As Relay.
pub const RETRY_AFTER_SECS_MAX: u64 = 300;
/// Quota windows counted at the same time.
pub const QUOTA_WINDOWS_MAX: usize = 65_536;
/// Body of `/store/`, `/security/`, `/cron/` after decompression.
pub const STORE_BYTES_MAX: usize = MIB;
/// Items in one envelope.
pub const ENVELOPE_ITEMS_MAX: usize = 500;
/// One header line of an envelope.
pub const ENVELOPE_HEADER_BYTES_MAX: usize = 64 * KIB;
/// Event, transaction, security report, feedback: one item and all of them in an envelope.
pub const EVENT_BYTES_MAX: usize = MIB;
/// All attachments of an envelope.
pub const ATTACHMENTS_BYTES_MAX: usize = 100 * MIB;
/// Attachments in an envelope.
pub const ATTACHMENTS_MAX: usize = 30;
/// Replay recording, compressed.
pub const REPLAY_BYTES_MAX: usize = 10 * MIB;
/// Sessions in one item.
pub const SESSION_BYTES_MAX: usize = 10 * MIB;
/// Session items in an envelope; also client reports.
pub const SESSION_ITEMS_MAX: usize = 100;
/// Sessions whose state is known; over it, late updates of the oldest ones would count as new sessions.
pub const SESSION_STATES_MAX: u64 = 20_000_000;
/// Pairs of release and environment of a project whose sessions are counted; others are refused.
pub const SESSION_SERIES_MAX: u64 = 10_000;
/// Users of a release in an environment on one day that are counted one by one; of more, every second,
/// fourth, … one stands for the others.
pub const SESSION_USERS_PER_DAY_MAX: u64 = 500_000;
/// One client report.
pub const CLIENT_REPORT_BYTES_MAX: usize = 100 * KIB;
/// Lines of a client report that are read.
pub const CLIENT_REPORT_LINES_MAX: usize = 1_000;
/// One profile or profile chunk.
pub const PROFILE_BYTES_MAX: usize = 50 * MIB;
/// One check-in.
pub const CHECK_IN_BYTES_MAX: usize = 100 * KIB;
/// One container of logs, metrics or spans.
pub const CONTAINER_BYTES_MAX: usize = 12 * MIB;
/// One log record, on average over its container.
pub const LOG_BYTES_MAX: usize = 2 * MIB;
/// One trace metric, on average over its container.
pub const TRACE_METRIC_BYTES_MAX: usize = MIB;
/// One span; on average over its container, if it is in one.
pub const SPAN_BYTES_MAX: usize = 10 * MIB;
/// Reports in one request to `/security/`.
pub const SECURITY_REPORTS_MAX: usize = 100;
/// Legacy standalone spans in an envelope.
pub const LEGACY_SPANS_MAX: usize = 25;

/// Nesting of JSON that is read at all.
pub const JSON_DEPTH_MAX: usize = 128;
/// Values (nodes) in one JSON document.
pub const JSON_NODES_MAX: usize = 200_000;
/// Nesting of a `_meta` tree sent by a client.
pub const ANNOTATION_DEPTH_MAX: usize = 64;
/// Tags of one event; more are dropped with an error note.
pub const TAGS_MAX: usize = 200;
/// Breadcrumbs of one event; the newest are kept.
pub const BREADCRUMBS_MAX: usize = 200;
/// Exceptions of one event; the newest are kept.
pub const EXCEPTIONS_MAX: usize = 50;
/// Processing errors listed on one event.
pub const EVENT_ERRORS_MAX: usize = 100;

/// Bytes of one segment file of the intake log before a new one is begun.
pub const LOG_SEGMENT_BYTES: u64 = 64 * MIB as u64;
/// Bytes of one record in the intake log.
pub const LOG_RECORD_BYTES_MAX: usize = ENVELOPE_BYTES_MAX + MIB;
/// Records waiting for one fsync.
pub const LOG_GROUP_RECORDS_MAX: usize = 1024;
/// Bytes waiting for one fsync.
pub const LOG_GROUP_BYTES_MAX: usize = 32 * MIB;
/// Events in one step of the pipeline.
pub const PIPELINE_BATCH_EVENTS_MAX: usize = 256;
/// Bytes of payloads, decompressed, in one step of the pipeline.
pub const PIPELINE_BATCH_BYTES_MAX: usize = 16 * MIB;
/// Bytes the memory table may hold before it is flushed.
pub const MEMTABLE_BYTES_MAX: usize = 48 * MIB;
/// Rows the memory table may hold before it is flushed.
pub const MEMTABLE_ROWS_MAX: usize = 100_000;

/// Attributes of one span; more are dropped.
pub const SPAN_ATTRIBUTES_MAX: usize = 256;
/// Bytes of an attribute's name; longer ones are dropped with their value.
pub const ATTRIBUTE_NAME_BYTES_MAX: usize = 200;
/// Bytes of an attribute's text; longer ones are cut.
pub const ATTRIBUTE_TEXT_BYTES_MAX: usize = 8 * KIB;
/// Bytes of a span's name or description; longer ones are cut.
pub const SPAN_NAME_BYTES_MAX: usize = 8 * KIB;
/// Spans of one transaction; more are dropped with an outcome.
pub const TRANSACTION_SPANS_MAX: usize = 10_000;
/// Nesting of lists and maps in an attribute of OTLP.
pub const ATTRIBUTE_DEPTH_MAX: usize = 16;
/// Body of a request of OTLP after decompression.
pub const OTLP_BYTES_MAX: usize = 12 * MIB;
/// Spans in one request of OTLP; more are dropped with an outcome.
pub const OTLP_SPANS_MAX: usize = 50_000;
/// Attribute values, events and links in one request of OTLP; spans beyond it are dropped.
pub const OTLP_VALUES_MAX: usize = 1_000_000;
/// Names and values in one request of OTLP as JSON.
pub const OTLP_JSON_NODES_MAX: usize = 1_000_000;
/// Exceptions in one request of OTLP that become error events.
pub const OTLP_EXCEPTIONS_MAX: usize = 1_000;
/// Frames read from the text of one stack trace; the innermost are kept.
pub const STACK_TEXT_FRAMES_MAX: usize = 250;
/// Names and values in the JSON of one profile: 70 threads for a minute at 101 Hz.
pub const PROFILE_JSON_NODES_MAX: usize = 3_000_000;
/// Samples of one profile.
pub const PROFILE_SAMPLES_MAX: usize = 400_000;
/// Places in the code of one profile.
pub const PROFILE_FRAMES_MAX: usize = 100_000;
/// Frames of one call stack; of a deeper one the middle is left out.
pub const PROFILE_DEPTH_MAX: usize = 1_024;
/// Levels of all call stacks of one profile, those in common counted once.
pub const PROFILE_STACKS_MAX: usize = 500_000;
/// Threads of one profile.
pub const PROFILE_THREADS_MAX: usize = 10_000;
/// Series of measured values in one profile; more are dropped.
pub const PROFILE_MEASUREMENTS_MAX: usize = 64;
/// Values of one series; more are dropped.
pub const PROFILE_POINTS_MAX: usize = 20_000;
/// Files that the code of one profile came from; more are dropped.
pub const PROFILE_IMAGES_MAX: usize = 2_000;
/// Bytes of a text in a profile, such as a function's name; longer ones are cut.
pub const PROFILE_TEXT_BYTES_MAX: usize = 1_024;
/// Length of a transaction profile, in microseconds. As Relay.
pub const PROFILE_MICROS_MAX: u64 = 30_000_000;
/// Length of a chunk of a continuous profile, in microseconds. As Relay.
pub const PROFILE_CHUNK_MICROS_MAX: u64 = 66_000_000;
/// Bytes of a profile as it is stored, before compression.
pub const PROFILE_STORED_BYTES_MAX: usize = 64 * MIB;
/// Profiles that one flame graph is merged of.
pub const FLAME_PROFILES_MAX: usize = 500;
/// Compressed bytes of the profiles that one flame graph is merged of.
pub const FLAME_BYTES_MAX: u64 = 32 * MIB as u64;
/// Questions that profiles are read for at the same time: each may take 200 MB for a moment.
pub const FOLDS_AT_ONCE_MAX: usize = 2;
/// Nodes of a flame graph; the smallest are summed up beyond it.
pub const FLAME_NODES_MAX: usize = 20_000;
/// Functions that statistics are kept of; later ones are left out beyond it.
pub const FLAME_FUNCTIONS_MAX: usize = 50_000;
/// Bars of a flame chart; the shortest are left out beyond it.
pub const FLAME_BARS_MAX: usize = 100_000;
/// Bytes of a profile written for another program.
pub const PROFILE_EXPORT_BYTES_MAX: usize = 64 * MIB;
/// Spans of one trace that are answered.
pub const TRACE_SPANS_MAX: usize = 100_000;
/// Bytes of the spans of one trace that are answered.
pub const TRACE_BYTES_MAX: usize = 128 * MIB;
/// Rows of spans in memory before they are flushed.
pub const SPANS_MEMTABLE_ROWS_MAX: usize = 250_000;
/// Bytes of spans in memory before they are flushed.
pub const SPANS_MEMTABLE_BYTES_MAX: usize = 64 * MIB;
/// Verdicts on traces in memory, and in the file of one part; beyond it only errors are remembered.
pub const VERDICTS_MAX: usize = 262_144;
/// Verdicts that are looked at when traces are thinned out, newest first: some 32 MiB.
pub const VERDICTS_AT_ONCE_MAX: usize = 1_000_000;
/// Rules of sampling of one project.
pub const SAMPLING_RULES_MAX: usize = 20;

/// Bytes of a request that tells the commits of a release, or of a webhook of a repository.
pub const COMMITS_BODY_BYTES_MAX: usize = 16 * MIB;

/// Bytes of a request with alerts of a Prometheus or an Alertmanager.
pub const ALERTS_BODY_BYTES_MAX: usize = 16 * MIB;
/// Frames of an event whose files are looked for among the changed ones, innermost first.
pub const SUSPECT_FRAMES_MAX: usize = 20;
/// Files whose lines one request may ask links for.
pub const LINKS_MAX: usize = 100;

/// Rows a list endpoint answers at most.
pub const PAGE_MAX: usize = 100;
/// Bytes of a management API request body.
pub const API_BODY_BYTES_MAX: usize = MIB;
/// Time a single question may take, in milliseconds.
pub const QUERY_MILLIS_MAX: u64 = 20_000;
/// Heavy questions at the same time.
pub const QUERIES_AT_ONCE_MAX: usize = 4;
/// Columns of one question.
pub const QUERY_COLUMNS_MAX: usize = 64;
/// Conditions of one question, joined ones counted singly. The engine's planner calls itself for each,
/// and 128 overflow a stack of 2 MB where it is not optimised.
pub const QUERY_CONDITIONS_MAX: usize = 100;
/// Rows a question may skip and answer together.
pub const QUERY_ROWS_MAX: usize = 50_000;
/// Bytes the query engine may use for all questions together.
pub const QUERY_MEMORY_BYTES_MAX: usize = 96 * MIB;
/// Points in one time series.
pub const SERIES_POINTS_MAX: usize = 10_000;
/// Characters of a search.
pub const SEARCH_CHARS_MAX: usize = 4_096;
/// Characters of a comment on an issue.
pub const COMMENT_CHARS_MAX: usize = 8_192;
/// Bytes of one project's grouping or fingerprint rules.
pub const RULES_BYTES_MAX: usize = 64 * KIB;
/// Rules in one list of stack trace or fingerprint rules.
pub const GROUPING_RULES_MAX: usize = 1_000;
/// Frames of one event that grouping looks at, over all its stack traces.
pub const GROUPING_FRAMES_MAX: usize = 4_000;
/// Values of one fingerprint.
pub const FINGERPRINT_VALUES_MAX: usize = 64;

/// Bytes of a piece of an uploaded file. As Sentry.
pub const CHUNK_BYTES: u64 = 8 * MIB as u64;
/// Bytes of an uploaded file. As Sentry.
pub const ARTIFACT_BYTES_MAX: u64 = 2_048 * MIB as u64;
