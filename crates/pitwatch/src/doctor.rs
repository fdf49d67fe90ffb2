//! `pitwatch doctor`: looks at what a server needs, and says what to do about problems.

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use anyhow::bail;
use meta::Meta;
use model::clock::{Clock, MachineClock, Micros};
use store::folder::{DataFolder, FolderError};

use crate::manage::print;
use crate::serve::DATABASE;
use crate::settings::Settings;

/// 2020-01-01: a clock before it was never set.
const EARLIEST: Micros = Micros(1_577_836_800_000_000);
const PROBE_BYTES: usize = 8 * 1024 * 1024;

/// What a check found.
enum Finding {
    Good(String),
    Bad(String),
}

/// Runs all checks.
///
/// # Errors
/// When one found a problem.
pub fn run(settings: &Settings) -> anyhow::Result<()> {
    let (folder, in_use) = folder(&settings.data);
    let findings = [
        ("folder", folder),
        ("disk", disk(&settings.data)),
        ("port", port(settings, in_use)),
        ("clock", clock()),
        ("database", database(&settings.data)),
    ];
    let mut bad = 0;
    for (name, finding) in findings {
        let (mark, text) = match finding {
            Finding::Good(text) => ("ok ", text),
            Finding::Bad(text) => {
                bad += 1;
                ("BAD", text)
            }
        };
        print(&format!("{mark}  {name:<9} {text}\n"))?;
    }
    if bad > 0 {
        bail!("{bad} of the checks found a problem");
    }
    Ok(())
}

/// Whether the folder can be used, and whether a server is using it now.
fn folder(data: &Path) -> (Finding, bool) {
    match DataFolder::lock(data) {
        Ok(_) => (
            Finding::Good(format!("{} can be written, and no server is using it", data.display())),
            false,
        ),
        Err(FolderError::InUse { .. }) => {
            (Finding::Good(format!("{}: a server is using it now", data.display())), true)
        }
        Err(problem @ FolderError::Disk { .. }) => {
            let problem = anyhow::Error::from(problem);
            (
                Finding::Bad(format!(
                    "{problem:#}. Choose another with --data, or give this user the right to write it."
                )),
                false,
            )
        }
    }
}

/// Writes and syncs some megabytes: a full disk shows, whatever the system says is free.
fn disk(data: &Path) -> Finding {
    let path = data.join("doctor.tmp");
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(&path)?;
        file.write_all(&vec![0; PROBE_BYTES])?;
        file.sync_all()
    };
    let written = write();
    let removed = std::fs::remove_file(&path);
    match written.and(removed) {
        Ok(()) => Finding::Good("8 MiB were written and synced".into()),
        Err(cause) => Finding::Bad(format!("writing 8 MiB failed: {cause}. Free some space.")),
    }
}

fn port(settings: &Settings, in_use: bool) -> Finding {
    match TcpListener::bind(settings.listen) {
        Ok(_) => Finding::Good(format!("{} is free", settings.listen)),
        Err(_) if in_use => Finding::Good(format!(
            "{} is taken, by the running server as it seems",
            settings.listen
        )),
        Err(cause) => {
            Finding::Bad(format!("{}: {cause}. Choose another with --listen.", settings.listen))
        }
    }
}

fn clock() -> Finding {
    let now = MachineClock::default().now();
    if now < EARLIEST {
        return Finding::Bad(
            "the clock stands before 2020; set it, or every event will be dated wrong".into(),
        );
    }
    Finding::Good(format!("it is {}", api::time::iso(now)))
}

fn database(data: &Path) -> Finding {
    let path = data.join(DATABASE);
    if !path.exists() {
        return Finding::Good("not there yet; the first start makes it".into());
    }
    match Meta::open(&path, Arc::new(MachineClock::default())).and_then(|meta| meta.check()) {
        Ok(()) => Finding::Good(format!("{} is sound", path.display())),
        Err(problem) => {
            Finding::Bad(format!("{problem}. Restore {} from a backup.", path.display()))
        }
    }
}
