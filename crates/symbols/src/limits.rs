//! The limits of this crate, with their names and numbers.

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Bytes of a bundle. As `maxFileSize` of the upload protocol.
pub const BUNDLE_BYTES_MAX: u64 = 2 * 1024 * MIB as u64;
/// Files in one bundle.
pub const BUNDLE_ENTRIES_MAX: usize = 50_000;
/// Bytes of the directory at the end of a bundle.
pub const BUNDLE_DIRECTORY_BYTES_MAX: usize = 32 * MIB;
/// Bytes of a file's path within a bundle.
pub const BUNDLE_PATH_BYTES_MAX: usize = 4 * KIB;
/// Bytes of a bundle's `manifest.json`, inflated.
pub const BUNDLE_MANIFEST_BYTES_MAX: usize = 32 * MIB;
/// Bytes of one file of a bundle, inflated; also of a script or a map from anywhere else.
pub const ARTIFACT_BYTES_MAX: usize = 100 * MIB;
/// Bytes of all files of a bundle, inflated.
pub const BUNDLE_INFLATED_BYTES_MAX: u64 = 8 * 1024 * MIB as u64;
/// A file of more than [`BUNDLE_SMALL_BYTES`] may be so many times the size of its compressed form.
/// The largest maps of real builds shrink 10 to 20 times; a megabyte of zeros shrinks 1,000 times.
pub const BUNDLE_RATIO_MAX: u64 = 200;
/// Files up to this many bytes may be compressed as well as they can be.
pub const BUNDLE_SMALL_BYTES: u64 = MIB as u64;
/// Bytes of a manifest's field that is not a list or a map, such as the release.
pub const BUNDLE_FIELD_BYTES_MAX: usize = 4 * KIB;

/// Points of a script that its map says something about. The largest maps of real builds have 1 to 2 million.
pub const MAPPINGS_MAX: usize = 4_000_000;
/// Sources of one map.
pub const MAP_SOURCES_MAX: usize = 200_000;
/// Names of one map, and of one list of names in it.
pub const MAP_NAMES_MAX: usize = 1_000_000;
/// Sections of one map, on all levels together.
pub const MAP_SECTIONS_MAX: usize = 65_536;
/// Brackets of a script within each other; what lies deeper belongs to the function around it.
pub const SCRIPT_DEPTH_MAX: usize = 20_000;
/// Functions of one script that are told apart.
pub const SCRIPT_FUNCTIONS_MAX: usize = 2_000_000;
/// Bytes of a function's name made from several: `Wallet.prototype.charge`.
pub const FUNCTION_NAME_BYTES_MAX: usize = 512;
/// Bytes of the name of a source, with the root of its map.
pub const SOURCE_NAME_BYTES_MAX: usize = 1_024;

/// Frames of one event that are made readable.
pub const EVENT_FRAMES_MAX: usize = 2_000;
/// Scripts, or programs, that are looked up for one event.
pub const EVENT_SCRIPTS_MAX: usize = 100;
/// Innermost frames of one stack that get the lines around them.
pub const STACK_CONTEXT_FRAMES_MAX: usize = 50;
/// Frames of one event that get the lines around them.
pub const EVENT_CONTEXT_FRAMES_MAX: usize = 250;
/// Lines before a frame's line, and behind it. As Sentry.
pub const CONTEXT_LINES: usize = 5;
/// Characters of a path that a frame gets; longer ones lose their start.
pub const FRAME_PATH_CHARS_MAX: usize = 256;
/// What is listed of what was uploaded instead of what was looked for.
pub const UPLOADED_SHOWN_MAX: usize = 5;

/// Bytes of a debug file. The caller maps it into memory; what is built of it is a tenth.
pub const DEBUG_FILE_BYTES_MAX: usize = 1024 * MIB;
/// Objects in one debug file: Mach-O files have one for each architecture.
pub const DEBUG_FILE_OBJECTS_MAX: usize = 32;
/// Bytes of one section of a debug file, inflated.
pub const DEBUG_SECTION_BYTES_MAX: usize = 256 * MIB;
/// Functions inlined into each other. Reading them calls itself for each.
pub const INLINE_DEPTH_MAX: usize = 150;
/// Bytes of a mangled name; longer ones stay as they are.
pub const MANGLED_BYTES_MAX: usize = 4 * KIB;
/// Frames that one address becomes, by functions that were inlined.
pub const INLINED_FRAMES_MAX: usize = 100;
/// Bytes that say how the functions of one program keep the stack. Those of Chromium are 60 MB.
pub const UNWIND_BYTES_MAX: usize = 128 * MIB;
/// Records that follow each other about one function in files of Windows.
pub const UNWIND_CHAIN_MAX: usize = 32;
