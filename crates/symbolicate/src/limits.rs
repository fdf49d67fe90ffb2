//! The limits of this crate, with their names and numbers.

use std::time::Duration;

const MIB: u64 = 1024 * 1024;

/// How long the pipeline waits for what must be built before one event is readable. Later than this the
/// event goes on as it is, and becomes readable when it is shown.
pub const EVENT_WAIT_MAX: Duration = Duration::from_secs(3);
/// How long the pipeline waits for one project in each [`WAIT_WINDOW_MICROS`], so that a project whose
/// files take long to read does not hold up the others.
pub const PROJECT_WAIT_MAX: Duration = Duration::from_secs(10);
/// See [`PROJECT_WAIT_MAX`].
pub const WAIT_WINDOW_MICROS: u64 = 60_000_000;
/// How long a person waits for the event they look at.
pub const READER_WAIT_MAX: Duration = Duration::from_secs(10);
/// Things of one trade that wait to be built; more are not built until they are asked for again.
pub const QUEUE_MAX: usize = 1_000;

/// Answers to "which file is it" that are remembered, for scripts and for images each.
pub const ANSWERS_MAX: usize = 4_096;
/// Bytes of an address, of a map or a source, that is looked for.
pub const URL_BYTES_MAX: usize = 4 * 1024;
/// Things that are remembered not to be buildable.
pub const BROKEN_MAX: usize = 4_096;
/// Bytes of built things that are mapped into memory. The system takes what it needs of it back.
pub const MAPPED_BYTES_MAX: u64 = 512 * MIB;
/// Built things that are mapped into memory.
pub const MAPPED_MAX: usize = 4_096;
/// Bytes of sources that are kept in memory because no map holds them.
pub const SOURCES_BYTES_MAX: u64 = 16 * MIB;
/// Files in the folder of built things.
pub const CACHE_FILES_MAX: usize = 50_000;

/// Longest time for a debug file to be read, in seconds of the clock.
pub const CHILD_SECS_MAX: u64 = 60;
/// Bytes of memory that reading a debug file may take, the file itself not counted.
pub const CHILD_MEMORY_BYTES_MAX: u64 = 1024 * MIB;
/// Bytes that a reader of debug files may say about why it cannot.
pub const CHILD_WORDS_BYTES_MAX: u64 = 4 * 1024;
/// Bytes that a reader of debug files may write.
pub const BUILT_BYTES_MAX: u64 = 256 * MIB;

/// Bytes of a minidump that is read; a larger one is kept, and not looked into.
pub const DUMP_BYTES_MAX: usize = 100 * 1024 * 1024;
/// How long reading one minidump may take. Real ones take a tenth of a second.
pub const DUMP_WAIT_MAX: Duration = Duration::from_secs(5);
/// How long minidumps of one project may be read in each [`WAIT_WINDOW_MICROS`]; others wait meanwhile.
pub const PROJECT_DUMPS_WAIT_MAX: Duration = Duration::from_secs(20);
/// Bytes that an event may get from a minidump.
pub const DUMP_FIELDS_BYTES_MAX: u64 = 2 * MIB;
/// Programs of one minidump whose debug files are asked how their functions keep the stack.
pub const DUMP_UNWINDS_MAX: usize = 100;

/// Debug files that are tried for one image, when the better ones cannot be read.
pub const DEBUG_FILES_TRIED_MAX: usize = 3;
/// How often the use of an upload is noted: it lives from its last use.
pub const RENEW_MICROS: u64 = 3_600_000_000;
