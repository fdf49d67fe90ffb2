//! How strong a phone or tablet is: the `device.class` tag.

use model::event::Event;
use model::json::Value;

const GIB: u64 = 1024 * 1024 * 1024;

/// `1` low, `2` medium, `3` high; `None` when the device does not say enough.
///
/// Source: Relay. Apple's by generation, others by clock, cores and memory.
pub(super) fn of(event: &Event<'_>) -> Option<&'static str> {
    let device = event.at(&["contexts", "device"])?.as_object()?;
    if matches!(device.str("family")?, "iPhone" | "iOS" | "iOS-Device") {
        return Some(apple(device.str("model")?));
    }
    let number = |name| device.get(name).and_then(Value::as_u64);
    let megahertz = number("processor_frequency")?;
    let cores = number("processor_count")?;
    let memory = number("memory_size")?;
    Some(if megahertz < 2000 || cores < 8 || memory < 4 * GIB {
        "1"
    } else if megahertz < 2500 || memory < 6 * GIB {
        "2"
    } else {
        "3"
    })
}

/// By the generation in names such as `iPhone12,1`. What is not known is new, so it is high.
fn apple(model: &str) -> &'static str {
    let generation = |family: &str| -> Option<(u32, u32)> {
        let (generation, variant) = model.strip_prefix(family)?.split_once(',')?;
        Some((generation.parse().ok()?, variant.parse().ok()?))
    };
    match (generation("iPhone"), generation("iPad")) {
        (Some((..=8, _)), _) => "1",
        (Some((..=12, _)), _) => "2",
        (_, Some((..=5, _) | (6, 11 | 12))) => "1",
        (_, Some((..=12, _))) => "2",
        _ => "3",
    }
}
