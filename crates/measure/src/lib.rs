//! Numbers asked for: what a metric rule measures as questions, and the samples in their answers.

mod measured;
mod names;
mod possible;
mod preview;
mod sessions;
mod table;

pub use measured::{Measure, MeasureError, Measured, Reading, Value};
pub use names::{SearchTextError, search};
pub use possible::NeverError;
pub use preview::{Fired, Point, Preview, PreviewError, PreviewedSeries, preview, sample};
pub use sessions::Sessions;
pub use table::{Row, empty_cells, question, rows};

/// Series of one rule; more groups are not judged.
pub const SERIES_MAX: usize = 100;
