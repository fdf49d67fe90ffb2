//! The performance score: how good a page felt, from 0 to 1.

use std::f64::consts::SQRT_2;

use model::span::AttributeValue;

use super::attributes::Attributes;

/// A measurement that counts.
struct Component {
    attribute: &'static str,
    score: &'static str,
    ratio: &'static str,
    share: &'static str,
    weight: f64,
    /// The value that scores 0.9, and the one that scores 0.5.
    good: f64,
    middling: f64,
}

/// Source: Sentry's public web vitals profile, without a browser's own exceptions: what a browser
/// does not measure is not there, and the weights of the others grow.
const COMPONENTS: [Component; 5] = [
    Component {
        attribute: "browser.web_vital.lcp.value",
        score: "score.lcp",
        ratio: "score.ratio.lcp",
        share: "score.weight.lcp",
        weight: 0.30,
        good: 1200.0,
        middling: 2400.0,
    },
    Component {
        attribute: "browser.web_vital.fcp.value",
        score: "score.fcp",
        ratio: "score.ratio.fcp",
        share: "score.weight.fcp",
        weight: 0.15,
        good: 900.0,
        middling: 1600.0,
    },
    Component {
        attribute: "browser.web_vital.inp.value",
        score: "score.inp",
        ratio: "score.ratio.inp",
        share: "score.weight.inp",
        weight: 0.30,
        good: 200.0,
        middling: 500.0,
    },
    Component {
        attribute: "browser.web_vital.cls.value",
        score: "score.cls",
        ratio: "score.ratio.cls",
        share: "score.weight.cls",
        weight: 0.15,
        good: 0.1,
        middling: 0.25,
    },
    Component {
        attribute: "browser.web_vital.ttfb.value",
        score: "score.ttfb",
        ratio: "score.ratio.ttfb",
        share: "score.weight.ttfb",
        weight: 0.10,
        good: 200.0,
        middling: 400.0,
    },
];

/// Adds the scores of the web vitals there are: `score.ratio.<vital>` by itself, its weight among
/// those present, the product as `score.<vital>`, and the sum as `score.total`.
pub(super) fn fill(attributes: &mut Attributes<'_>) {
    let values = COMPONENTS.each_ref().map(|component| attributes.number(component.attribute));
    let weights = COMPONENTS.iter().zip(values).filter(|(_, value)| value.is_some());
    let weights: f64 = weights.map(|(component, _)| component.weight).sum();
    if weights <= 0.0 {
        return;
    }
    let mut total = 0.0;
    for (component, value) in COMPONENTS.iter().zip(values) {
        let Some(value) = value else { continue };
        let ratio = cdf(value.max(0.0), component.good, component.middling);
        let share = component.weight / weights;
        total += ratio * share;
        attributes.fill(component.ratio, AttributeValue::Number(ratio));
        attributes.fill(component.share, AttributeValue::Number(share));
        attributes.fill(component.score, AttributeValue::Number(ratio * share));
    }
    attributes.fill("score.total", AttributeValue::Number(total));
}

/// The complement of the log-normal distribution that is 0.9 at `p10` and 0.5 at `p50`.
///
/// Source: Relay's `calculate_cdf_score`, which is Lighthouse's.
fn cdf(value: f64, p10: f64, p50: f64) -> f64 {
    /// The inverse error function of 0.8.
    const INVERSE: f64 = 0.906_193_802_436_823_2;
    let sigma = (p10.ln() - p50.ln()).abs() / (SQRT_2 * INVERSE);
    0.5 * (1.0 - erf((value.ln() - p50.ln()) / (SQRT_2 * sigma)))
}

/// The error function, to 1.5e-7.
///
/// Source: Abramowitz and Stegun, formula 7.1.26.
fn erf(x: f64) -> f64 {
    if x.is_infinite() {
        return x.signum();
    }
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
    let terms = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    let polynomial = terms.iter().fold(0.0, |sum, term| (sum + term) * t);
    x.signum() * (1.0 - polynomial * (-x * x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_of_the_profile() {
        for (value, expected) in [(0.0, 1.0), (1200.0, 0.9), (2400.0, 0.5), (1e9, 0.0)] {
            let score = cdf(value, 1200.0, 2400.0);
            assert!((score - expected).abs() < 1e-6, "{value} scores {score}");
        }
    }

    #[test]
    fn weights_are_shared_among_those_present() {
        let mut attributes = Attributes::default();
        attributes.fill("browser.web_vital.inp.value", AttributeValue::Number(500.0));
        fill(&mut attributes);
        assert_eq!(attributes.number("score.weight.inp"), Some(1.0));
        let total = attributes.number("score.total").unwrap();
        assert!((total - 0.5).abs() < 1e-6, "{total}");
        assert_eq!(attributes.number("score.lcp"), None);
    }
}
