//! TOML parsed on a stack of its own: the parser goes deeper with each table that is opened and never closed, and a thread of a window has
//! little room.

use toml_edit::{Document, DocumentMut, TomlError};

/// What is set aside, bytes. A text within the limits of [`too_dense`](super::read::too_dense) opens at most some 12,000 tables, each of which
/// takes about a kilobyte where the program is not optimised.
const STACK: usize = 64 << 20;

/// A text with the places of its values.
///
/// # Errors
/// When it is no TOML.
pub fn document<S: AsRef<str>>(text: S) -> Result<Document<S>, TomlError> {
    stacker::grow(STACK, || Document::parse(text))
}

/// A text to be changed.
///
/// # Errors
/// When it is no TOML.
pub fn document_mut(text: &str) -> Result<DocumentMut, TomlError> {
    stacker::grow(STACK, || text.parse())
}
