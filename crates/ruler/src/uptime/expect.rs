//! Whether an answer is what was expected.

use alarm::UptimeAsk;
use model::clock::Micros;

const DAY_MICROS: u64 = 86_400_000_000;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// One of a fixed list of words. Source of those that Sentry has, too: its uptime checker.
    pub reason: &'static str,
    /// For people.
    pub sentence: String,
}

impl Failure {
    /// A failure of that kind.
    pub fn new(reason: &'static str, sentence: impl Into<String>) -> Self {
        Self { reason, sentence: sentence.into() }
    }
}

/// What was answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answered {
    /// HTTP's status; `None` of other protocols.
    pub status: Option<u16>,
    /// The beginning of the body.
    pub body: Vec<u8>,
    /// When the certificate of the first server that was asked ends.
    pub certificate_ends: Option<Micros>,
}

/// Judges an answer.
///
/// # Errors
/// The first [`Failure`]: status, then body, then how long it took, then the certificate.
pub fn judge(
    asks: &UptimeAsk,
    answered: &Answered,
    duration_micros: u64,
    now: Micros,
) -> Result<(), Failure> {
    if let Some(status) = answered.status
        && !asks.status.iter().any(|(first, last)| (*first..=*last).contains(&status))
    {
        return Err(Failure::new("status", format!("the status is {status}")));
    }
    let expected = asks.expected_body.as_bytes();
    let has = |part: &[u8]| answered.body.windows(part.len()).any(|window| window == part);
    if !expected.is_empty() && !has(expected) {
        return Err(Failure::new("body", "the answer does not have the expected text"));
    }
    let millis = duration_micros / 1_000;
    if let Some(max) = asks.latency_max_millis.filter(|max| millis > u64::from(*max)) {
        return Err(Failure::new(
            "latency",
            format!("the answer took {millis} ms, more than {max}"),
        ));
    }
    let (Some(min), Some(ends)) = (asks.certificate_days_min, answered.certificate_ends) else {
        return Ok(());
    };
    let days = ends.0.saturating_sub(now.0) / DAY_MICROS;
    if days < u64::from(min) {
        return Err(Failure::new("certificate", format!("the certificate ends in {days} days")));
    }
    Ok(())
}
