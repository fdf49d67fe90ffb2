//! Why the program ended, as an exception.

use std::fmt::Debug;

use minidump_common::errors as known;
use minidump_common::format::{
    MINIDUMP_ASSERTION_INFO, MINIDUMP_EXCEPTION_STREAM, MINIDUMP_LOCATION_DESCRIPTOR,
    MINIDUMP_STREAM_TYPE,
};
use model::json::Object;
use num_traits::FromPrimitive;

use crate::raw::{Raw, until_zero};
use crate::system::{Cpu, Os, System};
use crate::{address, short};

/// What the system noticed.
pub(crate) struct Cause {
    /// The thread that crashed.
    pub(crate) thread: u32,
    /// Where its registers are, as they were then.
    pub(crate) registers: MINIDUMP_LOCATION_DESCRIPTOR,
    code: u32,
    flags: u32,
    at: u64,
    /// What else belongs to the code, as many as are said.
    more: Vec<u64>,
}

impl Cause {
    /// `None` when the dump was written without a crash.
    pub(crate) fn read(raw: &Raw<'_>) -> Option<Self> {
        let found: MINIDUMP_EXCEPTION_STREAM =
            raw.structure(MINIDUMP_STREAM_TYPE::ExceptionStream)?;
        let record = found.exception_record;
        let count = usize::try_from(record.number_parameters).unwrap_or(0);
        Some(Self {
            thread: found.thread_id,
            registers: found.thread_context,
            code: record.exception_code,
            flags: record.exception_flags,
            at: record.exception_address,
            more: record.exception_information.into_iter().take(count).collect(),
        })
    }

    /// The address that was touched, or where the program was.
    fn address(&self, system: &System) -> u64 {
        use known::ExceptionCodeWindows::{EXCEPTION_ACCESS_VIOLATION, EXCEPTION_IN_PAGE_ERROR};
        let touched = match (system.os, known::ExceptionCodeWindows::from_u32(self.code)) {
            (Os::Windows, Some(EXCEPTION_ACCESS_VIOLATION | EXCEPTION_IN_PAGE_ERROR)) => {
                self.more.get(1).copied()
            }
            _ => None,
        };
        let address = touched.unwrap_or(self.at);
        // Some writers extend the sign.
        let is_small = matches!(system.cpu, Some(Cpu::X86 | Cpu::Arm));
        if is_small { address & 0xffff_ffff } else { address }
    }

    fn reason(&self, os: Os) -> String {
        let named = match os {
            Os::Linux | Os::Android => self.signal(),
            Os::Windows => self.windows(),
            Os::Mac | Os::Ios => self.mach(),
            Os::Other => None,
        };
        named.unwrap_or_else(|| format!("{:#010x} / {:#010x}", self.code, self.flags))
    }

    fn signal(&self) -> Option<String> {
        use known::ExceptionCodeLinux as Signal;
        let signal = Signal::from_u32(self.code)?;
        let flags = self.flags;
        let kind = match signal {
            Signal::SIGILL => name::<known::ExceptionCodeLinuxSigillKind>(flags),
            Signal::SIGTRAP => name::<known::ExceptionCodeLinuxSigtrapKind>(flags),
            Signal::SIGFPE => name::<known::ExceptionCodeLinuxSigfpeKind>(flags),
            Signal::SIGSEGV => name::<known::ExceptionCodeLinuxSigsegvKind>(flags),
            Signal::SIGBUS => name::<known::ExceptionCodeLinuxSigbusKind>(flags),
            Signal::SIGSYS => name::<known::ExceptionCodeLinuxSigsysKind>(flags),
            _ => None,
        };
        let kind = kind.or_else(|| {
            known::ExceptionCodeLinuxSicode::from_i32(flags.cast_signed())
                .map(|kind| format!("{kind:?}"))
        });
        Some(joined(format!("{signal:?}"), kind))
    }

    fn windows(&self) -> Option<String> {
        use known::ExceptionCodeWindows as Code;
        if let Some(code) = Code::from_u32(self.code) {
            let access = || {
                known::ExceptionCodeWindowsAccessType::from_u64(*self.more.first()?)
                    .map(|access| format!("{access:?}"))
            };
            return Some(match code {
                Code::EXCEPTION_ACCESS_VIOLATION | Code::EXCEPTION_IN_PAGE_ERROR => {
                    joined(format!("{code:?}"), access())
                }
                _ => format!("{code:?}"),
            });
        }
        let status = known::NtStatusWindows::from_u32(self.code)?;
        let fast_fail = || {
            let code = u32::try_from(*self.more.first()?).ok()?;
            known::FastFailCode::from_u32(code).map(|code| format!("{code:?}"))
        };
        Some(match status {
            // What `__fastfail` ends with, whatever the reason.
            known::NtStatusWindows::STATUS_STACK_BUFFER_OVERRUN => {
                joined(format!("{status:?}"), fast_fail())
            }
            _ => format!("{status:?}"),
        })
    }

    fn mach(&self) -> Option<String> {
        use known::ExceptionCodeMac as Exception;
        let exception = Exception::from_u32(self.code)?;
        let kind = match exception {
            Exception::EXC_BAD_ACCESS => {
                name::<known::ExceptionCodeMacBadAccessKernType>(self.flags)
            }
            Exception::EXC_SOFTWARE => name::<known::ExceptionCodeMacSoftwareType>(self.flags),
            _ => None,
        };
        Some(joined(format!("{exception:?}"), kind))
    }
}

fn name<T: FromPrimitive + Debug>(number: u32) -> Option<String> {
    T::from_u32(number).map(|known| format!("{known:?}"))
}

fn joined(name: String, kind: Option<String>) -> String {
    match kind {
        Some(kind) => format!("{name} / {kind}"),
        None => name,
    }
}

/// The exception without its stack.
pub(crate) fn exception(raw: &Raw<'_>, system: &System, cause: Option<&Cause>) -> Object<'static> {
    let mut exception = Object::with_capacity(5);
    let mut mechanism = Object::with_capacity(5);
    mechanism.push("type", "minidump");
    mechanism.push("handled", false);
    // The name says what the system noticed, not what went wrong: what belongs together is decided by
    // the functions.
    mechanism.push("synthetic", true);
    if let Some(cause) = cause {
        let reason = cause.reason(system.os);
        let at = address(cause.address(system));
        let value = match assertion(raw) {
            Some(assertion) => format!("Assertion Error: {assertion}"),
            None => format!("Fatal Error: {reason} at {at}"),
        };
        exception.push("type", reason);
        exception.push("value", value);
        let mut data = Object::with_capacity(1);
        data.push("crash_address", at);
        mechanism.push("data", data);
        if matches!(system.os, Os::Linux | Os::Android) {
            let mut signal = Object::with_capacity(2);
            signal.push("number", u64::from(cause.code));
            signal.push("code", i64::from(cause.flags.cast_signed()));
            let mut meta = Object::with_capacity(1);
            meta.push("signal", signal);
            mechanism.push("meta", meta);
        }
    } else {
        exception.push("type", "Minidump");
        exception.push("value", "A minidump was written without a crash");
    }
    exception.push("mechanism", mechanism);
    exception
}

/// The assertion that did not hold, as Breakpad notes it.
fn assertion(raw: &Raw<'_>) -> Option<String> {
    let found: MINIDUMP_ASSERTION_INFO =
        raw.structure(MINIDUMP_STREAM_TYPE::AssertionInfoStream)?;
    let text = |units: &[u16]| {
        Some(until_zero(&String::from_utf16_lossy(units))).filter(|text| !text.is_empty())
    };
    let mut said = text(&found.expression)?;
    if let Some(function) = text(&found.function) {
        said = format!("{said} in {function}");
    }
    if let Some(file) = text(&found.file) {
        said = format!("{said} ({file}:{})", found.line);
    }
    Some(short(&said))
}
