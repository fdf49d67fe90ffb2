//! The word that it is time to stop.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Told to everything that runs.
#[derive(Clone, Debug)]
pub struct Stop {
    said: watch::Receiver<bool>,
}

/// Says it; so does dropping this.
#[derive(Debug)]
pub struct Sayer {
    say: watch::Sender<bool>,
}

impl Sayer {
    /// It is time.
    pub fn say(&self) {
        // Nobody who listens is as good as everybody who has stopped.
        let _ = self.say.send(true);
    }
}

impl Stop {
    /// One that is said by hand: for tests, and for work that ends by itself.
    pub fn by_hand() -> (Sayer, Self) {
        let (say, said) = watch::channel(false);
        (Sayer { say }, Self { said })
    }

    /// One that is said by SIGTERM or SIGINT.
    pub(crate) fn on_signals() -> std::io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (say, said) = watch::channel(false);
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            let _ = say.send(true);
        });
        Ok(Self { said })
    }

    /// Waits for it.
    pub async fn wait(&self) {
        let mut said = self.said.clone();
        // An error means the sender is gone, which only happens after it was said.
        let _ = said.wait_for(|said| *said).await;
    }

    /// Was it said?
    pub fn is_said(&self) -> bool {
        *self.said.borrow()
    }
}
