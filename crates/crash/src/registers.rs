//! Registers of the processors whose stacks can be walked.

use minidump_common::format::{
    CONTEXT_AMD64, CONTEXT_ARM, CONTEXT_ARM64, CONTEXT_ARM64_OLD, CONTEXT_X86,
};

use crate::raw::Raw;
use crate::system::Cpu;

const AMD64: [&str; 17] = [
    "rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15", "rip",
];
const X86: [&str; 9] = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "eip"];
const ARM: [&str; 16] = [
    "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "sp", "lr",
    "pc",
];
const ARM64: [&str; 33] = [
    "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
    "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27",
    "x28", "x29", "x30", "sp", "pc",
];

/// What differs between processors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Architecture {
    names: &'static [&'static str],
    /// Where the program is.
    pub(crate) program: &'static str,
    /// The top of the stack.
    pub(crate) stack: &'static str,
    /// Where the caller's frame pointer is, with the address to return to behind it; `None` where systems
    /// differ in that.
    pub(crate) frame: Option<&'static str>,
    /// Those that a function leaves as they were.
    kept: &'static [&'static str],
    /// Bytes of an address.
    pub(crate) word: u64,
    /// A call may leave the stack alone: the address to return to is in a register.
    pub(crate) has_link: bool,
}

impl Architecture {
    pub(crate) const fn of(cpu: Cpu) -> Self {
        match cpu {
            Cpu::Amd64 => Self {
                names: &AMD64,
                program: "rip",
                stack: "rsp",
                frame: Some("rbp"),
                // With `rsi` and `rdi` as Windows wants it.
                kept: &["rbx", "rbp", "rsi", "rdi", "r12", "r13", "r14", "r15"],
                word: 8,
                has_link: false,
            },
            Cpu::X86 => Self {
                names: &X86,
                program: "eip",
                stack: "esp",
                frame: Some("ebp"),
                kept: &["ebx", "ebp", "esi", "edi"],
                word: 4,
                has_link: false,
            },
            Cpu::Arm => Self {
                names: &ARM,
                program: "pc",
                stack: "sp",
                frame: None,
                kept: &["r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11"],
                word: 4,
                has_link: true,
            },
            Cpu::Arm64 { .. } => Self {
                names: &ARM64,
                program: "pc",
                stack: "sp",
                frame: Some("x29"),
                kept: &[
                    "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29",
                ],
                word: 8,
                has_link: true,
            },
        }
    }
}

/// Values of registers, in the order of their names; `None` for those that are not known.
#[derive(Debug, Clone)]
pub(crate) struct Registers {
    pub(crate) architecture: Architecture,
    values: Vec<Option<u64>>,
    /// Bytes of parameters on top of the stack that belong to the function that was called, where its
    /// rules say so.
    pub(crate) parameters: u64,
}

impl Registers {
    /// Reads what a dump has of a thread.
    pub(crate) fn read(raw: &Raw<'_>, bytes: &[u8], cpu: Cpu) -> Option<Self> {
        let values: Vec<u64> = match cpu {
            Cpu::Amd64 => {
                let it: CONTEXT_AMD64 = raw.read(bytes, 0)?;
                vec![
                    it.rax, it.rdx, it.rcx, it.rbx, it.rsi, it.rdi, it.rbp, it.rsp, it.r8, it.r9,
                    it.r10, it.r11, it.r12, it.r13, it.r14, it.r15, it.rip,
                ]
            }
            Cpu::X86 => {
                let it: CONTEXT_X86 = raw.read(bytes, 0)?;
                let all = [it.eax, it.ecx, it.edx, it.ebx, it.esp, it.ebp, it.esi, it.edi, it.eip];
                all.map(u64::from).to_vec()
            }
            Cpu::Arm => {
                let it: CONTEXT_ARM = raw.read(bytes, 0)?;
                it.iregs.map(u64::from).to_vec()
            }
            Cpu::Arm64 { has_old_registers: false } => {
                let it: CONTEXT_ARM64 = raw.read(bytes, 0)?;
                it.iregs.into_iter().chain([it.sp, it.pc]).collect()
            }
            Cpu::Arm64 { has_old_registers: true } => {
                let it: CONTEXT_ARM64_OLD = raw.read(bytes, 0)?;
                // The structure is packed.
                let (registers, sp, pc) = (it.iregs, it.sp, it.pc);
                registers.into_iter().chain([sp, pc]).collect()
            }
        };
        let architecture = Architecture::of(cpu);
        debug_assert_eq!(values.len(), architecture.names.len());
        Some(Self { architecture, values: values.into_iter().map(Some).collect(), parameters: 0 })
    }

    /// Those of the caller, before anything is known but what functions leave as it was.
    pub(crate) fn of_caller(&self) -> Self {
        let Architecture { names, kept, .. } = self.architecture;
        let value = |(name, value): (&&str, &Option<u64>)| value.filter(|_| kept.contains(name));
        let values = names.iter().zip(&self.values).map(value).collect();
        Self { architecture: self.architecture, values, parameters: 0 }
    }

    pub(crate) fn get(&self, name: &str) -> Option<u64> {
        *self.values.get(self.place(name)?)?
    }

    /// Names that this processor does not have are ignored.
    pub(crate) fn set(&mut self, name: &str, value: Option<u64>) {
        let value = value.map(|value| match self.architecture.word {
            4 => value & 0xffff_ffff,
            _ => value,
        });
        let place = self.place(name).and_then(|place| self.values.get_mut(place));
        if let Some(place) = place {
            *place = value;
        }
    }

    /// Where the program is.
    pub(crate) fn program(&self) -> Option<u64> {
        self.get(self.architecture.program)
    }

    /// The top of the stack.
    pub(crate) fn stack(&self) -> Option<u64> {
        self.get(self.architecture.stack)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let names = self.architecture.names.iter();
        names.zip(&self.values).filter_map(|(name, value)| Some((*name, (*value)?)))
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.architecture.names.iter().position(|known| *known == name)
    }
}
