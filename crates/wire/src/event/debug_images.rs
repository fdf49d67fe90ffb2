//! The programs and libraries that were loaded, by which unreadable frames are made readable.

use model::annotation::Path;
use model::json::Value;

use super::conform::Conform;
use super::schema::{Field, Id, Kind, Schema, field, text};

const NATIVE: Schema = Schema::closed(
    "nativedebugimage",
    &[
        text("type"),
        field("code_id", Kind::Id(Id::Code)),
        text("code_file").required(),
        field("debug_id", Kind::Id(Id::Debug)).required(),
        text("debug_file"),
        text("debug_checksum"),
        text("arch"),
        field("image_addr", Kind::Address),
        field("image_size", Kind::Unsigned),
        field("image_vmaddr", Kind::Address),
    ],
);

const SOURCE_MAP: Schema = Schema::closed(
    "sourcemapdebugimage",
    &[
        text("type"),
        text("code_file").required(),
        field("debug_id", Kind::Id(Id::Debug)).required(),
        text("debug_file"),
    ],
);

const PROGUARD: Schema = Schema::closed(
    "proguarddebugimage",
    &[text("type"), field("uuid", Kind::Id(Id::Uuid)).required()],
);

const JVM: Schema = Schema::closed(
    "jvmdebugimage",
    &[text("type"), field("debug_id", Kind::Id(Id::Debug)).required()],
);

const DEBUG_META: Schema = Schema::closed(
    "debugmeta",
    &[
        field("sdk_info", Kind::Object(&SDK_INFO)).gone_when_empty(),
        field("images", Kind::List(&Kind::Any)).reshaped(images).gone_when_empty(),
    ],
);

const SDK_INFO: Schema = Schema::closed(
    "systemsdkinfo",
    &[
        text("sdk_name"),
        field("version_major", Kind::Unsigned),
        field("version_minor", Kind::Unsigned),
        field("version_patchlevel", Kind::Unsigned),
    ],
);

/// The field, to be put into the table of the event.
pub(super) const FIELD: Field = field("debug_meta", Kind::Object(&DEBUG_META)).gone_when_empty();

fn images(conform: &mut Conform<'_>, value: &mut Value<'_>, path: &Path<'_>) {
    let Value::Array(images) = value else { return };
    for (place, value) in images.iter_mut().enumerate() {
        image(conform, value, &path.index(place));
    }
}

fn image(conform: &mut Conform<'_>, value: &mut Value<'_>, path: &Path<'_>) {
    let Value::Object(image) = value else {
        if !value.is_null() {
            conform.reject(value, path, "expected debugimage");
        }
        return;
    };
    let schema = match image.str("type").unwrap_or_default() {
        "apple" => {
            image.insert("type", "macho");
            &NATIVE
        }
        "macho" | "elf" | "pe" | "pe_dotnet" | "symbolic" | "wasm" => &NATIVE,
        "sourcemap" => &SOURCE_MAP,
        "proguard" => &PROGUARD,
        "jvm" => &JVM,
        _ => return conform.reject(value, path, "unsupported debug image type"),
    };
    for (old, new) in [("name", "code_file"), ("id", "debug_id"), ("uuid", "debug_id")] {
        if schema.find(old).is_none()
            && schema.find(new).is_some()
            && image.get(new).is_none()
            && let Some(moved) = image.remove(old)
        {
            conform.rename(&path.name(old), &path.name(new));
            image.insert(new, moved);
        }
    }
    conform.object(image, schema, path);
}
