//! What the system says when the window has to end: a session that closes, a terminal that goes, Ctrl+C.
//!
//! Unsaved work is written at once on the thread that hears the signal: a hidden window may paint no frame any more.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use eframe::egui;

use super::document::Document;
use super::files::Source;
use super::recovery::Own;
use crate::model::Scenario;

/// What would be lost if the window ended now, and the folder for recovery files.
type Kept = Option<(PathBuf, Vec<Unsaved>)>;

/// A document that would be lost if the window ended now.
struct Unsaved {
    own: Arc<Own>,
    scenario: Arc<Scenario>,
    source: Source,
}

impl Unsaved {
    fn is(&self, document: &Document) -> bool {
        Arc::ptr_eq(&self.own, &document.own) && Arc::ptr_eq(&self.scenario, &document.scenario)
    }
}

/// Whether the window has to end, and what has to be kept then.
#[derive(Clone, Default)]
pub struct Ending {
    is_wanted: Arc<AtomicBool>,
    unsaved: Arc<Mutex<Kept>>,
}

impl Ending {
    /// Takes note of the documents with unsaved changes as they are now; `dir` is for their recovery files.
    pub fn note(&self, dir: Option<&Path>, documents: &[&Document]) {
        let mut unsaved = self.unsaved.lock().unwrap_or_else(PoisonError::into_inner);
        let known = unsaved.as_ref().map_or(&[][..], |(_, known)| known);
        if known.len() != documents.len() || known.iter().zip(documents).any(|(known, document)| !known.is(document)) {
            let of = |document: &&Document| Unsaved {
                own: Arc::clone(&document.own),
                scenario: Arc::clone(&document.scenario),
                source: document.source.clone(),
            };
            *unsaved = dir.map(|dir| (dir.to_owned(), documents.iter().map(of).collect()));
        }
    }

    /// Whether the window has to end.
    pub fn is_wanted(&self) -> bool {
        self.is_wanted.load(Ordering::SeqCst)
    }

    /// Listens from now on. Without it, as where the system gives no thread, a signal ends the program as usual.
    pub fn listen(&self, ctx: &egui::Context) {
        let (ending, ctx) = (self.clone(), ctx.clone());
        listen(move || {
            let written = ending.keep();
            ending.is_wanted.store(true, Ordering::SeqCst);
            ctx.request_repaint();
            std::thread::sleep(GRACE);
            // Nothing is painted: the window is hidden, or its display is gone.
            std::process::exit(if written { 0 } else { 1 });
        });
    }

    /// Writes the recovery files. Says whether nothing is lost.
    fn keep(&self) -> bool {
        let Some((dir, unsaved)) = self.unsaved.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return true;
        };
        let write = |u: &Unsaved| super::recovery::write(&dir, &u.own, &u.scenario, &u.source).is_ok();
        // Each is written, whatever becomes of the others.
        unsaved.iter().filter(|unsaved| !write(unsaved)).count() == 0
    }
}

/// How long a window that has to end may take to close.
const GRACE: std::time::Duration = std::time::Duration::from_secs(2);

#[cfg(unix)]
fn listen(act: impl Fn() + Send + 'static) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut wanted = vec![SIGTERM];
    // A program started with nohup, or in the background, stays deaf to what it was made deaf to.
    wanted.extend([SIGHUP, SIGINT].into_iter().filter(|signal| !is_ignored(*signal)));
    let Ok(mut signals) = signal_hook::iterator::Signals::new(wanted) else { return };
    let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if signals.forever().next().is_some() {
            act();
        }
    });
}

/// Whether this process was told to ignore a signal when it was started, where the system says so.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(not(unix))]
fn listen(act: impl Fn() + Send + 'static) {
    let _ = ctrlc::set_handler(act);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unsaved_is_kept_and_what_is_saved_is_not() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        let mut document = Document::new(Scenario::default(), Source::default());
        let ending = Ending::default();
        ending.note(Some(dir.path()), &[]);
        assert!(ending.keep() && super::super::recovery::find(dir.path(), None).is_empty());
        document.edit(true, |scenario| "unsaved".clone_into(&mut scenario.name));
        ending.note(Some(dir.path()), &[&document]);
        document.edit(true, |scenario| "newer".clone_into(&mut scenario.name));
        let mut other = Document::new(Scenario::default(), Source::default());
        other.edit(true, |scenario| "other".clone_into(&mut scenario.name));
        ending.note(Some(dir.path()), &[&document, &other]);
        assert!(ending.keep());
        let found = super::super::recovery::find(dir.path(), None);
        let names: std::collections::BTreeSet<&str> = found.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["newer", "other"].into());
        Ok(())
    }
}
