//! A crash reporter: runs a program that tells when it crashes, and writes a minidump of it.
//!
//! Usage: `crash-reporter MINIDUMP PROGRAM`. The program writes a `CrashContext` to its standard output and
//! waits; see `crash.c`.

use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::process::{Command, Stdio};

use minidump_writer::CrashContextExt;
use minidump_writer::crash_context::CrashContext;
use minidump_writer::minidump_writer::MinidumpWriterConfig;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (minidump, program) = arguments.next().zip(arguments.next()).ok_or("usage")?;
    // What is around the program is nobody's business.
    let mut crashing = Command::new(program).env_clear().stdout(Stdio::piped()).spawn()?;
    let mut context = vec![0; size_of::<CrashContext>()];
    crashing.stdout.take().ok_or("no output")?.read_exact(&mut context)?;
    let context = CrashContext::from_bytes(&context).ok_or("not a crash context")?;
    let written = write(&minidump, context);
    crashing.kill()?;
    crashing.wait()?;
    written
}

fn write(minidump: &std::ffi::OsStr, context: CrashContext) -> Result<(), Box<dyn Error>> {
    let mut writer = MinidumpWriterConfig::new(context.pid, context.tid);
    writer.set_crash_context(CrashContextExt { inner: context });
    writer.write(&mut File::create(minidump)?)?;
    Ok(())
}
