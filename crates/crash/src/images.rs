//! The programs and libraries that were loaded.

use std::collections::BTreeSet;

use minidump_common::format::{GUID, MINIDUMP_MODULE, MINIDUMP_STREAM_TYPE};
use model::json::{Object, Value};
use symbols::DebugId;

use crate::limits::IMAGES_MAX;
use crate::raw::{Raw, until_zero};
use crate::system::{Os, System};
use crate::{address, short};

/// What a module says about its debug file: of Windows and Apple's systems, and of ELF.
///
/// Source: `CvSignature` of `minidump-common`.
const PDB: u32 = 0x5344_5352;
const ELF: u32 = 0x4270_454c;

/// A program or library.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) start: u64,
    pub(crate) size: u64,
    /// Its path.
    pub(crate) name: String,
    /// `None` for what has no debug file, such as a mapped font.
    pub(crate) debug_id: Option<DebugId>,
    /// It is what crashed, or lies beside it.
    pub(crate) is_app: bool,
    code_id: Option<String>,
    debug_file: Option<String>,
}

/// All of them, by where they start.
#[derive(Debug)]
pub(crate) struct Images(Vec<Image>);

impl Images {
    pub(crate) fn read(raw: &Raw<'_>, system: &System) -> Self {
        let modules = raw.list::<MINIDUMP_MODULE>(MINIDUMP_STREAM_TYPE::ModuleListStream);
        let modules = modules.into_iter().flatten();
        let is_fine = |module: &MINIDUMP_MODULE| {
            let size = u64::from(module.size_of_image);
            size > 0 && module.base_of_image.checked_add(size).is_some()
        };
        let mut images: Vec<Image> =
            modules.filter(is_fine).map(|module| image(raw, system, &module)).collect();
        // The program is listed first.
        if let Some(program) = images.first().map(|image| image.name.clone()) {
            for image in &mut images {
                image.is_app = is_beside(&image.name, &program);
            }
        }
        images.sort_by_key(|image| image.start);
        Self(images)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one that holds an address.
    pub(crate) fn at(&self, address: u64) -> Option<&Image> {
        let after = self.0.partition_point(|image| image.start <= address);
        let image = self.0.get(after.checked_sub(1)?)?;
        (address - image.start < image.size).then_some(image)
    }

    /// What an event lists: those that a stack goes through, by where they start, and those of the others
    /// that there can be a debug file for.
    pub(crate) fn list(&self, walked: &BTreeSet<u64>, system: &System) -> Vec<Value<'static>> {
        let (walked, others): (Vec<_>, Vec<_>) =
            self.0.iter().partition(|image| walked.contains(&image.start));
        let others = others.into_iter().filter(|image| image.debug_id.is_some());
        let listed = walked.into_iter().chain(others).take(IMAGES_MAX);
        listed.map(|image| Value::Object(image.to_object(system.os))).collect()
    }
}

impl Image {
    fn to_object(&self, os: Os) -> Object<'static> {
        let kind = match os {
            Os::Windows => "pe",
            Os::Mac | Os::Ios => "macho",
            Os::Linux | Os::Android => "elf",
            Os::Other => "symbolic",
        };
        let mut object = Object::with_capacity(7);
        object.push("type", kind);
        object.push("code_file", self.name.clone());
        if let Some(id) = &self.code_id {
            object.push("code_id", id.clone());
        }
        object.push("debug_id", self.debug_id.unwrap_or(DebugId::new(0, 0)).to_string());
        if let Some(file) = &self.debug_file {
            object.push("debug_file", file.clone());
        }
        object.push("image_addr", address(self.start));
        object.push("image_size", self.size);
        object
    }
}

fn image(raw: &Raw<'_>, system: &System, module: &MINIDUMP_MODULE) -> Image {
    let name = raw.wide_text(module.module_name_rva.into()).filter(|name| !name.is_empty());
    let mut image = Image {
        start: module.base_of_image,
        size: module.size_of_image.into(),
        name: name.unwrap_or_else(|| "<unknown>".to_owned()),
        debug_id: None,
        is_app: false,
        code_id: None,
        debug_file: None,
    };
    // Windows knows programs by when they were linked and how large they are.
    if system.os == Os::Windows {
        image.code_id = Some(format!("{:08x}{:x}", module.time_date_stamp, module.size_of_image));
    }
    let said = raw.at(module.cv_record).unwrap_or_default();
    match raw.read::<u32>(said, 0) {
        Some(PDB) => of_pdb(raw, system, said, &mut image),
        Some(ELF) => {
            let build_id = said.get(4..).unwrap_or_default();
            image.debug_id = of_build_id(build_id);
            image.code_id = image.debug_id.map(|_| hexadecimal(build_id));
        }
        _ => {}
    }
    image.debug_id = image.debug_id.filter(|id| !id.is_nil());
    image
}

fn of_pdb(raw: &Raw<'_>, system: &System, said: &[u8], image: &mut Image) {
    let (Some(guid), Some(age)) = (raw.read::<GUID>(said, 4), raw.read::<u32>(said, 20)) else {
        return;
    };
    let mut uuid = [0; 16];
    uuid[..4].copy_from_slice(&guid.data1.to_be_bytes());
    uuid[4..6].copy_from_slice(&guid.data2.to_be_bytes());
    uuid[6..8].copy_from_slice(&guid.data3.to_be_bytes());
    uuid[8..].copy_from_slice(&guid.data4);
    let is_apple = matches!(system.os, Os::Mac | Os::Ios);
    image.debug_id = Some(DebugId::new(u128::from_be_bytes(uuid), if is_apple { 0 } else { age }));
    if is_apple {
        image.code_id = Some(hexadecimal(&uuid));
    }
    let file = String::from_utf8_lossy(said.get(24..).unwrap_or_default());
    image.debug_file = Some(short(&until_zero(&file))).filter(|file| !file.is_empty());
}

/// The debug id that follows from a build id.
///
/// Source: `ElfObject::debug_id` of `symbolic`: the first 16 bytes as a GUID of a little machine.
fn of_build_id(build_id: &[u8]) -> Option<DebugId> {
    if build_id.iter().all(|byte| *byte == 0) {
        return None;
    }
    let mut uuid = [0; 16];
    for (to, from) in uuid.iter_mut().zip(build_id) {
        *to = *from;
    }
    uuid[..4].reverse();
    uuid[4..6].reverse();
    uuid[6..8].reverse();
    Some(DebugId::new(u128::from_be_bytes(uuid), 0))
}

/// Whether a file is the program, or in its folder, unless that has programs of everybody.
fn is_beside(file: &str, program: &str) -> bool {
    const SHARED: [&str; 4] = ["bin", "sbin", "system32", "syswow64"];
    let Some(end) = program.rfind(['/', '\\']) else { return file == program };
    let (folder, _) = program.split_at(end + 1);
    let last = folder.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next();
    let is_shared = last.is_none_or(|last| {
        last.is_empty() || SHARED.iter().any(|shared| last.eq_ignore_ascii_case(shared))
    });
    file == program || (!is_shared && file.starts_with(folder))
}

/// Build ids are 20 bytes; what is longer than 64 is something else.
fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |digit: u8| char::from_digit(digit.into(), 16).unwrap_or_default();
    bytes.iter().take(64).flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beside_the_program_is_of_the_app() {
        let check = |file, program, expected| {
            assert_eq!(is_beside(file, program), expected, "{file} and {program}");
        };
        check("/srv/wallet/wallet", "/srv/wallet/wallet", true);
        check("/srv/wallet/lib/odds.so", "/srv/wallet/wallet", true);
        check("/srv/wallet2/odds.so", "/srv/wallet/wallet", false);
        check("/usr/lib/libc.so.6", "/srv/wallet/wallet", false);
        check("/usr/bin/wallet", "/usr/bin/wallet", true);
        check("/usr/bin/other", "/usr/bin/wallet", false);
        check(r"C:\Games\odds.dll", r"C:\Games\game.exe", true);
        check(r"C:\Windows\System32\ntdll.dll", r"C:\Windows\System32\svc.exe", false);
        check("/lib/libc.so", "/init", false);
        check("wallet", "wallet", true);
        check("libc.so", "wallet", false);
    }
}
