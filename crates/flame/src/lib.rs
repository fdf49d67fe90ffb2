//! Profiles folded into trees: flame graphs, call trees, functions, and what got slower.
//!
//! A sample says what a thread was doing at a moment; it lasts until the thread's next one. [`slices`]
//! turns samples into such stretches of time, clipped to a span's time and thread. Everything else
//! folds slices:
//!
//! * [`Tree`]: the flame graph of one or many profiles, who called what and for how long;
//! * [`chart`]: the flame chart of one profile, in order of time;
//! * [`Statistics`]: self time of each function over many profiles, and [`compare`] for what got slower;
//! * [`speedscope`]: one profile for another program.
//!
//! Profiles are stored as [`encode`] writes them.
//!
//! Nothing here calls itself: how deep a stack is, is up to the sender.

mod chart;
mod compare;
mod diff;
mod function;
mod slice;
mod speedscope;
mod spread;
mod statistics;
mod stored;
mod tree;

pub use chart::{Bar, Chart, chart};
pub use compare::{Change, PROFILES_MIN, Side, compare};
pub use diff::{Diff, DiffRow};
pub use function::Function;
pub use slice::{Clip, Slice, Weight, slices};
pub use speedscope::{TooBig, speedscope};
pub use spread::Spread;
pub use statistics::{FunctionStatistics, Statistics};
pub use stored::{DecodeError, decode, encode};
pub use tree::{Row, Tree};
