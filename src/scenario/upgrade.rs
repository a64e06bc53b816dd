//! Schema versions, and the way from an old one to the newest.

/// The schema that this version writes.
pub const CURRENT: i64 = 1;

/// Steps from schema `i + 1` to `i + 2`, applied to the parsed document one after the other. Schema 1 is the first, so there
/// are none yet; each step that is added brings a file of the old schema into `tests/`.
pub const STEPS: &[fn(&mut toml_edit::DocumentMut)] = &[];
