//! What stands beside the samples: measured values, and the files the code came from.

use std::borrow::Cow;

use model::limits::{PROFILE_IMAGES_MAX, PROFILE_MEASUREMENTS_MAX, PROFILE_POINTS_MAX};
use model::profile::{Image, Measurement, Point};

use super::view::{View, cut};

/// Reads the object `measurements`. `offset_of` says when a point was taken, in microseconds since the
/// profile's start. Points that cannot be read are left out, and series without points.
pub(super) fn read<'a>(
    sent: Option<View<'_, 'a>>,
    offset_of: impl Fn(View<'_, 'a>) -> Option<i64>,
) -> Vec<Measurement<'a>> {
    let series = sent.into_iter().flat_map(View::entries).map(|(name, series)| {
        let values = series.get("values").into_iter().flat_map(View::items);
        let point = |view: View<'_, 'a>| {
            Some(Point { offset: offset_of(view)?, value: view.get("value")?.number()? })
        };
        let mut points: Vec<Point> = values.filter_map(point).take(PROFILE_POINTS_MAX).collect();
        points.sort_by_key(|point| point.offset);
        let unit = unit(series.get("unit").and_then(View::text).unwrap_or_default());
        Measurement { name: Cow::Borrowed(cut(name)), unit: Cow::Borrowed(cut(unit)), points }
    });
    series.filter(|series| !series.points.is_empty()).take(PROFILE_MEASUREMENTS_MAX).collect()
}

/// Units have two spellings each. Source: Relay, `MeasurementUnit` in `relay-profiling`.
fn unit(sent: &str) -> &str {
    match sent {
        "ns" | "nanoseconds" => "nanosecond",
        "hz" => "hertz",
        "nj" => "nanojoule",
        "bytes" => "byte",
        other => other,
    }
}

/// Reads the object `debug_meta`.
pub(super) fn images<'a>(sent: Option<View<'_, 'a>>) -> Vec<Image<'a>> {
    let images = sent.and_then(|meta| meta.get("images")).into_iter().flat_map(View::items);
    let image = |view: View<'_, 'a>| Image {
        kind: view.text_at("type"),
        file: view.first_text(&["code_file", "name"]),
        debug_id: view.first_text(&["debug_id", "uuid"]),
        address: view.get("image_addr").map_or(0, View::address),
        size: view.get("image_size").and_then(View::whole).unwrap_or(0),
    };
    images.take(PROFILE_IMAGES_MAX).map(image).collect()
}
