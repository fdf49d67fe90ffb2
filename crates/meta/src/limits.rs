//! The limits of commits, repositories and deploys, with their names and numbers.

const KIB: usize = 1024;

/// Commits of one release.
pub const RELEASE_COMMITS_MAX: usize = 5_000;
/// Files of one commit that are remembered; of a commit with more the first ones are.
pub const COMMIT_FILES_MAX: usize = 1_000;
/// Bytes of a commit's message; longer ones are cut.
pub const COMMIT_MESSAGE_BYTES_MAX: usize = 16 * KIB;
/// Bytes of the path of a file in a repository; longer ones are left out.
pub const PATH_BYTES_MAX: usize = 1_024;
/// Pushed commits that are remembered of one repository, over all its branches.
pub const PUSHED_COMMITS_MAX: u64 = 20_000;
/// Deploys of one release.
pub const DEPLOYS_MAX: u64 = 1_000;
/// Repositories of one organisation.
pub const REPOSITORIES_MAX: u64 = 1_000;
/// Releases, from the one an issue began in backwards, among whose commits its cause is looked for.
pub const SUSPECT_RELEASES_MAX: usize = 5;
/// Changed files that are looked at when the cause of an issue is looked for, newest first.
pub const SUSPECT_CHANGES_MAX: usize = 2_000;
/// Issues that one commit message may name as fixed; more are left alone.
pub const COMMIT_FIXES_MAX: usize = 50;
/// Rules of one project that say where in a repository its files lie; also those of one request.
pub const CODE_MAPPINGS_MAX: usize = 1_000;
