//! On what system and machine a dump was written.

use minidump_common::format::{
    MINIDUMP_STREAM_TYPE, MINIDUMP_SYSTEM_INFO, PlatformId, ProcessorArchitecture,
};
use num_traits::FromPrimitive as _;

use crate::raw::Raw;

/// Operating systems that differ in what is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Os {
    Windows,
    Mac,
    Ios,
    Linux,
    Android,
    #[default]
    Other,
}

/// Processors whose stacks can be walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cpu {
    X86,
    Amd64,
    Arm,
    /// `has_old_registers` when Breakpad wrote them before Microsoft had said how.
    Arm64 {
        has_old_registers: bool,
    },
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct System {
    pub(crate) os: Os,
    /// `None` for processors that are not known.
    pub(crate) cpu: Option<Cpu>,
    /// `10.0.22631`.
    pub(crate) version: String,
    /// What else is said about the system: a service pack, a build number.
    pub(crate) build: Option<String>,
    pub(crate) processors: u8,
}

impl System {
    pub(crate) fn read(raw: &Raw<'_>) -> Option<Self> {
        let info: MINIDUMP_SYSTEM_INFO = raw.structure(MINIDUMP_STREAM_TYPE::SystemInfoStream)?;
        let os = match PlatformId::from_u32(info.platform_id) {
            Some(PlatformId::VER_PLATFORM_WIN32_WINDOWS | PlatformId::VER_PLATFORM_WIN32_NT) => {
                Os::Windows
            }
            Some(PlatformId::MacOs) => Os::Mac,
            Some(PlatformId::Ios) => Os::Ios,
            Some(PlatformId::Linux) => Os::Linux,
            Some(PlatformId::Android) => Os::Android,
            _ => Os::Other,
        };
        let cpu = match ProcessorArchitecture::from_u16(info.processor_architecture)? {
            ProcessorArchitecture::PROCESSOR_ARCHITECTURE_INTEL
            | ProcessorArchitecture::PROCESSOR_ARCHITECTURE_IA32_ON_WIN64 => Some(Cpu::X86),
            ProcessorArchitecture::PROCESSOR_ARCHITECTURE_AMD64 => Some(Cpu::Amd64),
            ProcessorArchitecture::PROCESSOR_ARCHITECTURE_ARM => Some(Cpu::Arm),
            ProcessorArchitecture::PROCESSOR_ARCHITECTURE_ARM64 => {
                Some(Cpu::Arm64 { has_old_registers: false })
            }
            ProcessorArchitecture::PROCESSOR_ARCHITECTURE_ARM64_OLD => {
                Some(Cpu::Arm64 { has_old_registers: true })
            }
            _ => None,
        };
        let said = raw.wide_text(info.csd_version_rva.into());
        let said = said.map(|said| said.trim().to_owned()).filter(|said| !said.is_empty());
        let version =
            format!("{}.{}.{}", info.major_version, info.minor_version, info.build_number);
        let (version, build) = match said {
            // Breakpad has no numbers for Linux, and puts what `uname` says into the text.
            Some(said) if version == "0.0.0" => of_uname(&said).unwrap_or((version, Some(said))),
            said => (version, said),
        };
        Some(Self { os, cpu, version, build, processors: info.number_of_processors })
    }

    /// The name that its maker gives the system.
    pub(crate) fn os_name(&self) -> Option<&'static str> {
        match self.os {
            Os::Windows => Some("Windows"),
            Os::Mac => Some("macOS"),
            Os::Ios => Some("iOS"),
            Os::Linux => Some("Linux"),
            Os::Android => Some("Android"),
            Os::Other => None,
        }
    }

    /// As Sentry names architectures.
    pub(crate) fn architecture(&self) -> Option<&'static str> {
        Some(match self.cpu? {
            Cpu::X86 => "x86",
            Cpu::Amd64 => "x86_64",
            Cpu::Arm => "arm",
            Cpu::Arm64 { .. } => "arm64",
        })
    }
}

/// Version and build of `Linux 6.1.0-18-amd64 #1 SMP Debian x86_64 Linux/GNU`.
fn of_uname(said: &str) -> Option<(String, Option<String>)> {
    let (_, rest) = said.split_once(' ')?;
    let (version, build) = rest.split_once(' ').unwrap_or((rest, ""));
    version.starts_with(|first: char| first.is_ascii_digit()).then(|| {
        let build = Some(build.to_owned()).filter(|build| !build.is_empty());
        (version.to_owned(), build)
    })
}
