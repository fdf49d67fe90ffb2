//! Threads with one task each, which end when the server does.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::Notify;

/// How long a role waits after it failed before it tries again.
pub const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Tells every role to end.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    told: Arc<AtomicBool>,
    bell: Arc<Notify>,
}

impl Stop {
    /// Tells them.
    pub fn tell(&self) {
        self.told.store(true, Ordering::Relaxed);
        self.bell.notify_waiters();
    }

    /// Whether they were told.
    pub fn is_told(&self) -> bool {
        self.told.load(Ordering::Relaxed)
    }

    /// Waits until they are told.
    pub async fn told(&self) {
        loop {
            let bell = self.bell.notified();
            if self.is_told() {
                return;
            }
            bell.await;
        }
    }
}

/// Lets the threads of answers, to senders and to people, go before the calling one while there are not
/// enough cores for all. The steps: how far back, from 0 to 19, as for `nice`.
pub fn stand_back(steps: i32) {
    // Elsewhere than on Linux the priority would be that of the whole process.
    #[cfg(target_os = "linux")]
    {
        #[expect(
            unsafe_code,
            reason = "the system's call has no safe form in the standard library"
        )]
        // SAFETY: takes and gives numbers only; 0 stands for the calling thread.
        let failed = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, steps) } != 0;
        if failed {
            let cause = io::Error::last_os_error();
            tracing::debug!(%cause, "this thread keeps its priority");
        }
    }
}

/// The running roles.
#[derive(Debug, Default)]
pub struct Roles {
    running: Vec<(&'static str, JoinHandle<()>)>,
}

impl Roles {
    /// Starts a role on a thread of its own.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        &mut self,
        name: &'static str,
        role: impl FnOnce() + Send + 'static,
    ) -> io::Result<()> {
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(role)?;
        self.running.push((name, thread));
        Ok(())
    }

    /// Waits until all have ended, in the order they were started.
    pub fn join(self) {
        for (name, thread) in self.running {
            if thread.join().is_err() {
                tracing::error!(role = name, "a role has panicked");
            }
        }
    }
}
