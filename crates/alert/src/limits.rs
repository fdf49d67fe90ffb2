//! Limits of alerting.

/// Alerts that are known at the same time; more are refused, and counted.
pub const ALERTS_MAX: usize = 50_000;
/// Labels of one alert.
pub const LABELS_MAX: usize = 64;
/// Bytes of all labels and annotations of one alert.
pub const ALERT_BYTES_MAX: usize = 64 * 1_024;
/// Routes in a tree of routes.
pub const ROUTES_MAX: usize = 25_000;
/// Levels in a tree of routes.
pub const ROUTE_DEPTH_MAX: usize = 10;
/// Matchers of a route, silence, window or inhibition.
pub const MATCHERS_MAX: usize = 64;
/// Bytes of a compiled regular expression.
pub const REGEX_BYTES_MAX: usize = 256 * 1_024;
/// Characters of a regular expression.
pub const REGEX_CHARS_MAX: usize = 1_000;
/// Causes that a notification lists; of more it says how many.
pub const LINES_MAX: usize = 500;
/// Alerts that are listed in one incident.
pub const INCIDENT_ALERTS_MAX: usize = 5_000;
/// Steps of an escalation.
pub const ESCALATION_STEPS_MAX: usize = 20;
/// Layers of a rotation, and people in one layer.
pub const ROTATION_LAYERS_MAX: usize = 10;
/// People who take turns.
pub const ROTATION_PEOPLE_MAX: usize = 100;
/// Conditions, filters, or actions of an issue rule.
pub const RULE_PARTS_MAX: usize = 50;
/// Characters of a rule's name. As Sentry.
pub const RULE_NAME_CHARS_MAX: usize = 256;
/// Bytes of the name of an environment that errors and sessions can have. As Sentry.
pub const ENVIRONMENT_BYTES_MAX: usize = 64;
/// Characters of a value in a filter.
pub const FILTER_VALUE_CHARS_MAX: usize = 1_024;
/// Minutes between two notifications of a rule about an issue: 30 days. As Sentry.
pub const RULE_EVERY_MINUTES_MAX: u32 = 43_200;
/// Bytes of the search or aggregate of a metric rule, and of its runbook's address.
pub const RULE_TEXT_CHARS_MAX: usize = 4_096;
/// Fields by which a metric rule tells series apart.
pub const GROUP_FIELDS_MAX: usize = 4;
/// Bytes of JSON of one routing, rotation, escalation or maintenance.
pub const DEFINITION_BYTES_MAX: usize = 256 * 1_024;
