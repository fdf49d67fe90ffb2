//! Detectors of what is unusual, as a field of a rule: `{"kind": "ratio", "z": 5}`.

use serde_json::{Map, Value, json};

use super::read::{minutes, number, text, wrong};
use super::{Question, SentryRuleError, Share, WagerFields};
use crate::metric::{Condition, Cusum, RatioTest, ReturnToPlayer};

/// Reads the detector of a rule, and what it needs measured. `None` if the rule has thresholds.
pub(super) fn read(
    fields: &Map<String, Value>,
    question: &mut Question,
) -> Result<Option<Condition>, SentryRuleError> {
    let detector = match fields.get("anomaly") {
        None | Some(Value::Null) => return sensitivity(fields, question),
        Some(Value::Object(detector)) => detector,
        Some(_) => return Err(wrong("anomaly", "must be an object")),
    };
    question.compared_minutes = None;
    question.share = match text(detector, "share")?.as_deref() {
        None => usual_share(question),
        Some("good") => Share::Good,
        Some("bad") => Share::Bad,
        Some(_) => return Err(wrong("share", "must be good or bad")),
    };
    match text(detector, "kind")?.as_deref() {
        Some("ratio") => {
            let usual = RatioTest::default();
            Ok(Some(Condition::Ratio(RatioTest {
                z: number(detector, "z")?.unwrap_or(usual.z),
                in_a_row: minutes(detector, "inARow", 1)?.unwrap_or(usual.in_a_row),
                events_min: count(detector, "eventsMin")?.unwrap_or(usual.events_min),
            })))
        }
        Some("cusum") => {
            let usual = Cusum::default();
            Ok(Some(Condition::Cusum(Cusum {
                fall: number(detector, "fall")?.unwrap_or(usual.fall),
                height: number(detector, "height")?.unwrap_or(usual.height),
            })))
        }
        Some("rtp") => {
            let field = |name| text(detector, name)?.ok_or(wrong(name, "is required"));
            let (staked, won) = (field("staked")?, field("won")?);
            question.wagers = Some(WagerFields { staked, won });
            let needed = |name| number(detector, name)?.ok_or(wrong(name, "is required"));
            let usual = ReturnToPlayer::of(needed("theory")?, needed("sigma")?);
            Ok(Some(Condition::ReturnToPlayer(ReturnToPlayer {
                warning_z: number(detector, "warningZ")?.unwrap_or(usual.warning_z),
                critical_z: number(detector, "criticalZ")?.unwrap_or(usual.critical_z),
                wagers_min: count(detector, "wagersMin")?.unwrap_or(usual.wagers_min),
                ..usual
            })))
        }
        _ => Err(wrong("kind", "must be ratio, cusum or rtp")),
    }
}

/// Sentry's own dynamic thresholds know three sensitivities.
fn sensitivity(
    fields: &Map<String, Value>,
    question: &mut Question,
) -> Result<Option<Condition>, SentryRuleError> {
    if text(fields, "detectionType")?.as_deref() != Some("dynamic") {
        return Ok(None);
    }
    let z = match text(fields, "sensitivity")?.as_deref() {
        Some("low") => 6.0,
        None | Some("medium") => 5.0,
        Some("high") => 4.0,
        Some(_) => return Err(wrong("sensitivity", "must be low, medium or high")),
    };
    question.compared_minutes = None;
    question.share = usual_share(question);
    Ok(Some(Condition::Ratio(RatioTest { z, ..RatioTest::default() })))
}

fn usual_share(question: &Question) -> Share {
    if question.aggregate.starts_with("failure_rate") { Share::Bad } else { Share::Good }
}

fn count(fields: &Map<String, Value>, field: &'static str) -> Result<Option<u64>, SentryRuleError> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or(wrong(field, "must be a whole number")),
    }
}

/// The field of a rule; null if it has thresholds.
pub(super) fn to_json(condition: &Condition, question: &Question) -> Value {
    let share = match question.share {
        Share::Good => "good",
        Share::Bad => "bad",
    };
    match condition {
        Condition::Threshold(_) | Condition::Change(_) => Value::Null,
        Condition::Ratio(test) => json!({
            "kind": "ratio", "share": share, "z": test.z, "inARow": test.in_a_row,
            "eventsMin": test.events_min,
        }),
        Condition::Cusum(cusum) => {
            json!({"kind": "cusum", "share": share, "fall": cusum.fall, "height": cusum.height})
        }
        Condition::ReturnToPlayer(game) => {
            let fields = question.wagers.as_ref();
            json!({
                "kind": "rtp", "staked": fields.map(|fields| &fields.staked),
                "won": fields.map(|fields| &fields.won), "theory": game.theory,
                "sigma": game.sigma, "warningZ": game.warning_z, "criticalZ": game.critical_z,
                "wagersMin": game.wagers_min,
            })
        }
    }
}
