import type { MessageKey } from "../../lib/i18n.ts";

/** What detectors look for, by the `issue.type` of what they find. */
export const DETECTOR_HINTS: Readonly<Record<string, MessageKey>> = {
  performance_n_plus_one_db_queries: "detector.nPlusOneQueries",
  performance_n_plus_one_api_calls: "detector.nPlusOneCalls",
  performance_slow_db_query: "detector.slowQuery",
  performance_consecutive_db_queries: "detector.consecutiveQueries",
  performance_consecutive_http: "detector.consecutiveCalls",
  performance_duplicate_calls: "detector.duplicateCalls",
  performance_slow_external_provider: "detector.slowProvider",
  performance_large_http_payload: "detector.largePayload",
  performance_uncompressed_assets: "detector.uncompressed",
  performance_render_blocking_asset_span: "detector.renderBlocking",
  performance_db_main_thread: "detector.databaseOnMain",
  performance_file_io_main_thread: "detector.filesOnMain",
  profile_regex_main_thread: "detector.regexOnMain",
};

/** What thresholds are about, by their name in the API. */
export const SETTING_NAMES: Readonly<Record<string, MessageKey>> = {
  n_plus_one_db_count: "threshold.repeats",
  n_plus_one_db_duration_threshold: "threshold.together",
  n_plus_one_api_calls_count: "threshold.repeats",
  n_plus_one_api_calls_total_duration_threshold: "threshold.together",
  slow_db_query_duration_threshold: "threshold.duration",
  consecutive_db_min_time_saved_threshold: "threshold.saved",
  consecutive_db_min_time_saved_ratio: "threshold.savedShare",
  consecutive_db_span_duration_threshold: "threshold.eachQuery",
  consecutive_http_spans_min_time_saved_threshold: "threshold.saved",
  consecutive_http_spans_count_threshold: "threshold.inRow",
  consecutive_http_spans_span_duration_threshold: "threshold.eachCall",
  consecutive_http_spans_max_duration_between: "threshold.pause",
  duplicate_calls_count: "threshold.equal",
  duplicate_calls_duration_threshold: "threshold.together",
  slow_external_provider_duration_threshold: "threshold.waited",
  slow_external_provider_ratio: "threshold.waitedShare",
  large_http_payload_size_threshold: "threshold.size",
  large_http_payload_duration_threshold: "threshold.duration",
  uncompressed_asset_size_threshold: "threshold.size",
  uncompressed_asset_duration_threshold: "threshold.duration",
  render_blocking_fcp_ratio: "threshold.paintShare",
  render_blocking_bytes_min: "threshold.size",
  render_blocking_fcp_min: "threshold.paintFrom",
  render_blocking_fcp_max: "threshold.paintTo",
  db_on_main_thread_duration_threshold: "threshold.blocked",
  file_io_on_main_thread_duration_threshold: "threshold.blocked",
  regex_on_main_thread_duration_threshold: "threshold.blocked",
};
