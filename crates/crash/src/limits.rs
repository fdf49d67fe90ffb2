//! The limits of this crate, with their names and numbers.

/// Streams of one dump: the kinds of things it can hold. Real ones have 20.
pub const STREAMS_MAX: usize = 1_000;
/// Entries that are looked at of one list in a dump: modules, threads, regions of memory.
pub const LIST_MAX: usize = 100_000;
/// Threads that are shown of one dump, the one that crashed among them.
pub const THREADS_MAX: usize = 256;
/// Frames of one stack, innermost first. As many as an event keeps of one.
pub const STACK_FRAMES_MAX: usize = 250;
/// Frames of all stacks. As many as are made readable.
pub const DUMP_FRAMES_MAX: usize = 2_000;
/// Bytes of a thread's stack, from its top, that are walked. A stack that overflowed is larger, and says
/// the same over and over.
pub const STACK_BYTES_MAX: usize = 1024 * 1024;
/// Bytes below the top of a stack that a function may use without saying so.
///
/// Source: the System V ABI for AMD64, and as much again for others.
pub const RED_ZONE_BYTES: usize = 256;
/// Words of a stack in which the address to return to is looked for when nothing says where it is.
///
/// Source: Breakpad's `kRASearchWords`.
pub const SCAN_WORDS_MAX: u64 = 40;
/// The same for the innermost function, which may be of a kind that nothing is known about.
pub const SCAN_WORDS_FIRST_MAX: u64 = 160;
/// Values that one rule about a stack may have in hand at once.
pub const RULE_VALUES_MAX: usize = 32;
/// Programs and libraries that are listed; those that a stack goes through come first.
pub const IMAGES_MAX: usize = 1_000;
/// Notes of programs that Crashpad wrote into a dump.
pub const ANNOTATIONS_MAX: usize = 100;
/// Characters of a name, a path or a note in a dump.
pub const TEXT_CHARS_MAX: usize = 1_024;
