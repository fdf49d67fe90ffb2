//! Stacks made readable: source maps, bundles of artifacts, debug files; which one belongs to a frame.

mod bounded;
pub mod bundle;
pub mod debug_id;
pub mod frames;
pub mod limits;
pub mod native;
mod read_at;
mod script;
pub mod source_map;
pub mod url;

pub use debug_id::{DebugId, DebugIdError};
pub use read_at::ReadAt;
