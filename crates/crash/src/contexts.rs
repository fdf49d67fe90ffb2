//! The system and the machine, and what Crashpad was told to note.

use minidump_common::format::{
    MINIDUMP_ANNOTATION, MINIDUMP_CRASHPAD_INFO, MINIDUMP_LOCATION_DESCRIPTOR,
    MINIDUMP_MODULE_CRASHPAD_INFO, MINIDUMP_MODULE_CRASHPAD_INFO_LINK,
    MINIDUMP_SIMPLE_STRING_DICTIONARY_ENTRY, MINIDUMP_STREAM_TYPE,
};
use model::json::Object;
use scroll::Endian;
use scroll::ctx::SizeWith;

use crate::limits::ANNOTATIONS_MAX;
use crate::raw::{Raw, Structure, index};
use crate::system::System;

/// The kind of an annotation that is a text.
///
/// Source: `Annotation::Type::kString` of Crashpad.
const TEXT: u16 = 1;

/// `os`, `device` and `crashpad`, as far as something is known.
pub(crate) fn all(raw: &Raw<'_>, system: &System) -> Object<'static> {
    let mut contexts = Object::with_capacity(3);
    if let Some(name) = system.os_name() {
        let mut os = Object::with_capacity(4);
        os.push("type", "os");
        os.push("name", name);
        os.push("version", system.version.clone());
        if let Some(build) = &system.build {
            os.push("build", build.clone());
        }
        contexts.push("os", os);
    }
    if let Some(architecture) = system.architecture() {
        let mut device = Object::with_capacity(3);
        device.push("type", "device");
        device.push("arch", architecture);
        device.push("processor_count", u64::from(system.processors));
        contexts.push("device", device);
    }
    let notes = notes(raw).unwrap_or_default();
    if !notes.is_empty() {
        contexts.push("crashpad", notes);
    }
    contexts
}

fn notes(raw: &Raw<'_>) -> Option<Object<'static>> {
    let info: MINIDUMP_CRASHPAD_INFO = raw.structure(MINIDUMP_STREAM_TYPE::CrashpadInfoStream)?;
    let mut notes = Object::new();
    pairs(raw, info.simple_annotations, &mut notes);
    for module in list::<MINIDUMP_MODULE_CRASHPAD_INFO_LINK>(raw, info.module_list) {
        let found = raw.at(module.location).and_then(|bytes| raw.read(bytes, 0));
        let Some(module) = found else { continue };
        let module: MINIDUMP_MODULE_CRASHPAD_INFO = module;
        pairs(raw, module.simple_annotations, &mut notes);
        for note in list::<MINIDUMP_ANNOTATION>(raw, module.annotation_objects) {
            if note.ty == TEXT {
                add(&mut notes, raw.text(note.name), raw.text(note.value));
            }
        }
    }
    Some(notes)
}

fn pairs(raw: &Raw<'_>, location: MINIDUMP_LOCATION_DESCRIPTOR, notes: &mut Object<'static>) {
    for pair in list::<MINIDUMP_SIMPLE_STRING_DICTIONARY_ENTRY>(raw, location) {
        add(notes, raw.text(pair.key), raw.text(pair.value));
    }
}

fn add(notes: &mut Object<'static>, name: Option<String>, value: Option<String>) {
    // The type is ours: that of the context.
    if let Some((name, value)) = name.zip(value)
        && notes.len() < ANNOTATIONS_MAX
        && name != "type"
    {
        notes.insert(name, value);
    }
}

/// A count and a list, somewhere in the dump.
fn list<T: Structure + SizeWith<Endian>>(
    raw: &Raw<'_>,
    location: MINIDUMP_LOCATION_DESCRIPTOR,
) -> Vec<T> {
    let bytes = raw.at(location).unwrap_or_default();
    let count = raw.read::<u32>(bytes, 0).map_or(0, index);
    let size = T::size_with(&raw.endian).max(1);
    let items = bytes.get(4..).unwrap_or_default().chunks_exact(size);
    items.take(count.min(ANNOTATIONS_MAX)).filter_map(|item| raw.read(item, 0)).collect()
}
