//! A process that reads one debug file, or one minidump, and ends.
//!
//! Readers of debug files are not ours, and what they read is whoever's: they may call themselves until
//! the stack ends, or take all memory there is. So each file is read by a process of its own, which gets
//! the file as standard input, the place for what it builds as standard output, and limits for memory
//! and time. What it says on standard error is the reason when it refuses.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use symbols::DebugId;

use crate::limits::{
    BUILT_BYTES_MAX, CHILD_MEMORY_BYTES_MAX, CHILD_SECS_MAX, CHILD_WORDS_BYTES_MAX,
};
use crate::workshop::{DebugFileError, DebugFiles, DebugJob, ReadInside};

/// How often a child is looked after.
const LOOK: Duration = Duration::from_millis(5);
/// Exit code of a child that says on standard error what is wrong with the file.
const REFUSED: i32 = 3;
/// What is wanted of a minidump. Behind it the files that say how programs keep the stack: `ID=PATH`.
const DUMP: &str = "minidump";
/// What is wanted of a debug file, before the id of the object.
const UNWIND: &str = "unwind:";

/// Reads debug files in processes that it starts, one at a time.
#[derive(Debug)]
pub struct ReaderProcess {
    program: PathBuf,
    arguments: Vec<String>,
    told_to_stop: Mutex<bool>,
    bell: Condvar,
}

impl ReaderProcess {
    /// `program` with these arguments calls [`read_debug_file`] with those that follow.
    pub fn new(program: PathBuf, arguments: Vec<String>) -> Self {
        Self { program, arguments, told_to_stop: Mutex::default(), bell: Condvar::new() }
    }

    /// Waits for the child's end; after its time, or when told to stop, it is killed.
    fn wait(&self, child: &mut Child, within: Duration) -> io::Result<Ended> {
        let looks = within.as_millis() / LOOK.as_millis();
        for _ in 0..looks {
            if let Some(status) = child.try_wait()? {
                return Ok(Ended::ByItself(status));
            }
            let stopped = self.lock();
            let waited = self.bell.wait_timeout(stopped, LOOK);
            if *waited.unwrap_or_else(PoisonError::into_inner).0 {
                return Ok(Ended::Stopped);
            }
        }
        Ok(Ended::OutOfTime)
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.told_to_stop.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Ended {
    ByItself(ExitStatus),
    OutOfTime,
    Stopped,
}

impl DebugFiles for ReaderProcess {
    fn read(&self, job: DebugJob, from: File, into: &File) -> Result<(), DebugFileError> {
        self.run(&[job.to_text()], from, into, Duration::from_secs(CHILD_SECS_MAX))
    }

    fn read_dump(
        &self,
        from: File,
        unwinds: &[(DebugId, PathBuf)],
        into: &File,
        within: Duration,
    ) -> Result<(), DebugFileError> {
        let mut arguments = vec![DUMP.to_owned()];
        for (id, path) in unwinds {
            // The reader has a folder of its own.
            let path = std::path::absolute(path).map_err(|cause| {
                DebugFileError::Passing(format!("naming unwind files: {cause}"))
            })?;
            arguments.push(format!("{id}={}", path.display()));
        }
        self.run(&arguments, from, into, within)
    }

    fn stop(&self) {
        *self.lock() = true;
        self.bell.notify_all();
    }
}

impl ReaderProcess {
    fn run(
        &self,
        arguments: &[String],
        from: File,
        into: &File,
        within: Duration,
    ) -> Result<(), DebugFileError> {
        let passing = |cause: io::Error| {
            DebugFileError::Passing(format!("starting a reader of debug files: {cause}"))
        };
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .args(arguments)
            // Nothing that the server knows is the reader's business.
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(from))
            .stdout(Stdio::from(into.try_clone().map_err(passing)?))
            .stderr(Stdio::piped())
            .spawn()
            .map_err(passing)?;
        let ended = self.wait(&mut child, within);
        if !matches!(ended, Ok(Ended::ByItself(_))) {
            // It may have ended in between; then there is nothing to kill.
            let killed = child.kill().and_then(|()| child.wait());
            if let Err(cause) = killed {
                tracing::warn!(%cause, "a reader of debug files cannot be ended");
            }
        }
        let status = match ended.map_err(passing)? {
            Ended::ByItself(status) => status,
            Ended::Stopped => return Err(DebugFileError::Passing("the server stops".to_owned())),
            Ended::OutOfTime => {
                let what = format!("it cannot be read within {:.1} seconds", within.as_secs_f64());
                return Err(DebugFileError::Broken(what));
            }
        };
        if status.success() {
            return Ok(());
        }
        let mut words = Vec::new();
        if let Some(said) = child.stderr.take() {
            said.take(CHILD_WORDS_BYTES_MAX).read_to_end(&mut words).map_err(passing)?;
        }
        let words = String::from_utf8_lossy(&words);
        Err(match status.code() {
            Some(REFUSED) => DebugFileError::Broken(words.trim().to_owned()),
            // The system takes this process first when memory is short, which says nothing of the file.
            None if status.signal() == Some(libc::SIGKILL) => {
                DebugFileError::Passing("its reader was ended by the system".to_owned())
            }
            // By another signal: its stack was at an end, or its own share of memory.
            _ => DebugFileError::Broken(format!("its reader ended unexpectedly ({status})")),
        })
    }
}

impl DebugJob {
    fn to_text(self) -> String {
        match self {
            Self::Symbols(debug_id) => debug_id.to_string(),
            Self::Unwind(debug_id) => format!("{UNWIND}{debug_id}"),
            Self::Mapping => "mapping".to_owned(),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        if text == "mapping" {
            return Some(Self::Mapping);
        }
        match text.strip_prefix(UNWIND) {
            Some(debug_id) => debug_id.parse().ok().map(Self::Unwind),
            None => text.parse().ok().map(Self::Symbols),
        }
    }
}

/// What the process does that [`ReaderProcess`] starts: reads standard input, writes standard output.
/// Answers the exit code, and what is to be said on standard error.
pub fn read_debug_file(job: &str, more: &[String]) -> (u8, String) {
    let refused = u8::try_from(REFUSED).unwrap_or(1);
    let unwind = |text: &String| {
        let (debug_id, path) = text.split_once('=')?;
        Some((debug_id.parse().ok()?, PathBuf::from(path)))
    };
    let unwinds = more.iter().map(unwind).collect::<Option<Vec<_>>>();
    let wanted = DebugJob::parse(job);
    let (Some(unwinds), true) = (unwinds, wanted.is_some() || job == DUMP) else {
        return (2, format!("no such job: {job}"));
    };
    confine();
    // A reader that panics is caught, and refuses the file in one line.
    std::panic::set_hook(Box::new(|_| {}));
    let files = io::stdin().as_fd().try_clone_to_owned().and_then(|from| {
        Ok((File::from(from), File::from(io::stdout().as_fd().try_clone_to_owned()?)))
    });
    let (from, into) = match files {
        Ok(files) => files,
        Err(cause) => return (1, cause.to_string()),
    };
    let done = match wanted {
        Some(job) => ReadInside.read(job, from, &into),
        None => ReadInside.read_dump(from, &unwinds, &into, Duration::MAX),
    };
    match done {
        Ok(()) => (0, String::new()),
        Err(DebugFileError::Broken(reason)) => (refused, reason),
        Err(DebugFileError::Passing(reason)) => (1, reason),
    }
}

/// Limits this process, which is about to read what nobody has looked at. A limit that the system does
/// not know is done without: the others hold.
fn confine() {
    let limits = [
        // Private memory; what is mapped of files does not count.
        (libc::RLIMIT_DATA, CHILD_MEMORY_BYTES_MAX),
        (libc::RLIMIT_CPU, CHILD_SECS_MAX),
        (libc::RLIMIT_FSIZE, BUILT_BYTES_MAX),
        (libc::RLIMIT_CORE, 0),
    ];
    for (resource, max) in limits {
        // Where both are equal the system kills without a word, as it does when memory is short.
        let limit = libc::rlimit { rlim_cur: max, rlim_max: max + 1 };
        #[expect(unsafe_code, reason = "the system's call has no safe form")]
        // SAFETY: `limit` is a valid struct that the call only reads.
        let failed = unsafe { libc::setrlimit(resource, &raw const limit) } != 0;
        if failed {
            tracing::debug!(resource, "a limit is not known");
        }
    }
    #[cfg(target_os = "linux")]
    {
        // When memory is short it is this process that goes, and when the server goes this one does too.
        if let Err(cause) = std::fs::write("/proc/self/oom_score_adj", "1000") {
            tracing::debug!(%cause, "this process goes no sooner than others");
        }
        #[expect(unsafe_code, reason = "the system's call has no safe form")]
        // SAFETY: takes and gives numbers only.
        let failed = unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } != 0;
        if failed {
            tracing::debug!("this process may outlive the server, until its time is over");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_read_as_they_are_written() {
        let id = DebugId::new(7, 1);
        for job in [DebugJob::Mapping, DebugJob::Symbols(id), DebugJob::Unwind(id)] {
            assert_eq!(DebugJob::parse(&job.to_text()), Some(job));
        }
        assert_eq!(DebugJob::parse("x"), None);
    }
}
