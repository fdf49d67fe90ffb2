//! A database in a folder of its own.

use alarm::Alarms;
use tempfile::TempDir;

pub(crate) struct Fixture {
    pub(crate) alarms: Alarms,
    folder: TempDir,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let alarms = Alarms::open(&folder.path().join("alarm.sqlite")).unwrap();
        Self { alarms, folder }
    }

    /// As after the end of the process.
    pub(crate) fn opened_again(self) -> Self {
        let Self { alarms, folder } = self;
        drop(alarms);
        let alarms = Alarms::open(&folder.path().join("alarm.sqlite")).unwrap();
        Self { alarms, folder }
    }
}
