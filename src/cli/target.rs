//! What a command writes with `--out`.

use std::fs::{self, File};
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
    /// Refuses early what could not be written in the end: an input of the command in any case, and another existing file without `force`.
    pub fn new(path: &Path, inputs: &[&Path], force: bool) -> Result<Self, Failure> {
        let existing = if force { Existing::Replace } else { Existing::Keep };
        let target = Self { path: path.to_owned(), inputs: Vec::new(), existing };
        target.with_inputs(inputs.iter().map(|input| (*input).to_owned()))
    }

    /// The same target with inputs that became known later.
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

    /// A file of the same name with another ending, on the same terms. It is for a file that the target cannot do without.
    pub fn beside(&self, ending: &str) -> Result<Self, Failure> {
        let path = self.path.with_extension(ending);
        let is_file = !self.is_standard_output() && fs::metadata(&self.path).map_or(true, |found| found.is_file());
        if !is_file || path == self.path {
            return Err(Failure::Input(format!(
                "--out {}: the table comes through a pipe and would be kept beside the scenario, which is not possible here: \
                 name a file such as log.toml",
                self.path.display()
            )));
        }
        let beside = Self { path, inputs: self.inputs.clone(), existing: self.existing };
        beside.with_inputs([])
    }

    /// Whether the path is one of the names of this process's standard output, which may lead to an existing file.
    fn is_standard_output(&self) -> bool {
        ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| self.path.as_os_str() == *name)
    }

    /// Writes `text`. The command then prints what `said` makes of the sentence about it. To standard output only the text goes.
    pub fn write(self, text: &str, said: impl FnOnce(&str) -> Result<String, Failure>) -> Result<String, Failure> {
        if self.is_standard_output() {
            return super::print_as_it_is(text).map(|()| String::new());
        }
        let awaited = super::until_read(&self.path);
        let written = disk::write_awaiting(&self.path, text.as_bytes(), &self.inputs(), self.existing, &awaited);
        if written.is_err() && super::is_stopped() {
            return Err(Failure::Cancelled);
        }
        written?;
        said(&format!("Wrote {}", self.path.display()))
    }

    /// Writes the contents of an open file, and returns the name of the file written.
    pub fn write_copy(self, of: &File) -> Result<String, Failure> {
        disk::write_copy(&self.path, of, &self.inputs(), self.existing)?;
        Ok(self.path.display().to_string())
    }
}
