//! What a command writes with `--out`.

use std::path::{Path, PathBuf};

use super::Failure;
use crate::disk::{self, Existing, WriteError};

/// Where a command writes: a file, or with `-` standard output.
pub(super) struct Target {
    path: PathBuf,
    inputs: Vec<PathBuf>,
    existing: Existing,
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        let message = format!("--out: {error}");
        if error.is_refusal() { Self::Input(message) } else { Self::Other(message) }
    }
}

impl Target {
    /// Refuses early what could not be written in the end: an input of the command always, another file that is there without `force`.
    pub fn new(path: &Path, inputs: &[&Path], force: bool) -> Result<Self, Failure> {
        let existing = if force { Existing::Replace } else { Existing::Keep };
        let target = Self { path: path.to_owned(), inputs: Vec::new(), existing };
        target.with_inputs(inputs.iter().map(|input| (*input).to_owned()))
    }

    /// With inputs that became known since.
    pub fn with_inputs(mut self, inputs: impl IntoIterator<Item = PathBuf>) -> Result<Self, Failure> {
        self.inputs.extend(inputs);
        if !self.is_standard_output() {
            disk::may_write(&self.path, &self.inputs(), self.existing)?;
        }
        Ok(self)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn inputs(&self) -> Vec<&Path> {
        self.inputs.iter().map(PathBuf::as_path).collect()
    }

    fn is_standard_output(&self) -> bool {
        self.path.as_os_str() == "-"
    }

    /// Writes `text`. What the command prints is what `said` makes of the sentence about that; to standard output the text alone goes.
    pub fn write(self, text: &str, said: impl FnOnce(&str) -> Result<String, Failure>) -> Result<String, Failure> {
        if self.is_standard_output() {
            return super::print_as_it_is(text).map(|()| String::new());
        }
        disk::write(&self.path, text.as_bytes(), &self.inputs(), self.existing)?;
        said(&format!("Wrote {}", self.path.display()))
    }
}
