//! How the document differs from what stands in its file, line by line.

use std::path::Path;
use std::time::{Duration, Instant};

use similar::algorithms::{Capture, Compact, IdentifyDistinct, Replace, myers};
use similar::{ChangeTag, DiffOp, DiffableStr, group_diff_ops};

use crate::scenario::file;
use crate::scenario::visible::{shortened, shown};

/// Lines around a difference that are shown with it.
const CONTEXT: usize = 2;
/// Most lines that are shown.
const MOST_LINES: usize = 1000;
/// Most characters of a line that are shown.
const MOST_CHARACTERS: usize = 200;
/// After this a shorter list of differences is no longer looked for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// In the file alone.
    File,
    /// In the window alone.
    Window,
    /// In both.
    Both,
    /// In neither: lines are left out here.
    Gap,
}

/// A line of the comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it stands.
    pub side: Side,
    /// Its text, such that it can be shown.
    pub text: String,
}

/// Compares a file with the text that would be saved to it. It may block.
///
/// # Errors
/// When the file cannot be read.
pub fn with_file(path: &Path, text: &str) -> Result<Vec<Line>, String> {
    let bytes = file::read_contents(path).map_err(|e| e.to_string())?.bytes;
    Ok(between(&String::from_utf8_lossy(&bytes), text))
}

fn between(in_file: &str, in_window: &str) -> Vec<Line> {
    let (old, new) = (in_file.tokenize_lines(), in_window.tokenize_lines());
    let mut lines = Vec::new();
    for (index, group) in group_diff_ops(operations(&old, &new), CONTEXT).iter().enumerate() {
        if index > 0 {
            lines.push(Line { side: Side::Gap, text: "…".to_owned() });
        }
        for change in group.iter().flat_map(|operation| operation.iter_changes(&old, &new)) {
            if lines.len() >= MOST_LINES {
                lines.push(Line { side: Side::Gap, text: "… and more".to_owned() });
                return lines;
            }
            let side = match change.tag() {
                ChangeTag::Delete => Side::File,
                ChangeTag::Insert => Side::Window,
                ChangeTag::Equal => Side::Both,
            };
            let line = change.value().trim_end_matches(['\n', '\r']);
            lines.push(Line { side, text: shown(&shortened(line, MOST_CHARACTERS)).into_owned() });
        }
    }
    lines
}

/// What turns one list of lines into the other. `similar::TextDiff` would do the same, and bring every algorithm it has into the binary.
fn operations(old: &Vec<&str>, new: &Vec<&str>) -> Vec<DiffOp> {
    let numbered = IdentifyDistinct::<u32>::new(old, 0..old.len(), new, 0..new.len());
    let (old, new) = (numbered.old_lookup(), numbered.new_lookup());
    let mut found = Compact::new(Replace::new(Capture::new()), old, new);
    let Ok(()) = myers::diff_deadline(
        &mut found,
        old,
        numbered.old_range(),
        new,
        numbered.new_range(),
        Some(Instant::now() + PATIENCE),
    );
    found.into_inner().into_inner().into_ops()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_where_they_are() {
        let lines = between("a\nb\nc\nd\ne\nf\ng\nh\n", "a\nB\nc\nd\ne\nf\ng\nh\u{1b}\n");
        let marks: Vec<_> = lines.iter().map(|l| (l.side, l.text.as_str())).collect();
        let (file, window, both) = (Side::File, Side::Window, Side::Both);
        assert_eq!(
            marks,
            [
                (both, "a"),
                (file, "b"),
                (window, "B"),
                (both, "c"),
                (both, "d"),
                (Side::Gap, "…"),
                (both, "f"),
                (both, "g"),
                (file, "h"),
                (window, "h\\u{1b}")
            ]
        );
        assert!(between("a\n", "a\n").is_empty());
        assert_eq!(between(&"a\n".repeat(5000), "").len(), MOST_LINES + 1);
    }
}
