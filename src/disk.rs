//! The one way in which the program reads (`read`) and writes files: scenarios, tables, reports, pictures, settings, unsaved work.
//!
//! Whoever looks finds the old file or the new one, whole. An input is never written over, another file only when that was asked for, and
//! what is no regular file is written into, not replaced.

mod pipe;
pub mod read;

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use thiserror::Error;

/// Begin and end of the names of files that are being written.
const TEMPORARY: (&str, &str) = (".paretoscope-", ".tmp");
/// Files of that kind are left over from a program that was killed when they are older than this.
const LEFT_OVER: Duration = Duration::from_secs(3600);
/// How long a pipe may stand still before it is said, or given up.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// What becomes of a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and the write is refused.
    Keep,
    /// It is replaced.
    Replace,
}

/// Why a file was not written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// It is what the work was done from.
    #[error("{}: this is an input of the command: name another file", .0.display())]
    Input(PathBuf),
    /// It is there, and nobody said that it may go.
    #[error("{}: is there already: name another file, or write over it with --force", .0.display())]
    Exists(PathBuf),
    /// It is a folder.
    #[error("{}: this is a folder: name a file in it", .0.display())]
    Folder(PathBuf),
    /// Its folder is not there.
    #[error("{}: there is no folder {} to write it to", .0.display(), .1.display())]
    NoFolder(PathBuf, PathBuf),
    /// It is a link that leads nowhere.
    #[error("{}: this is a link to a file that is not there: name the file itself", .0.display())]
    LooseLink(PathBuf),
    /// It is something that nothing can be written into.
    #[error("{}: this is no regular file: name another one", .0.display())]
    Irregular(PathBuf),
    /// It is write-protected.
    #[error("{}: the file is write-protected: name another one, or take the protection off", .0.display())]
    ReadOnly(PathBuf),
    /// The system refuses; the old file is as it was.
    #[error("{}: cannot be saved: {}; the file is as it was", .0.display(), .1)]
    System(PathBuf, io::Error),
    /// The system refused half way, and what stood there is in another place.
    #[error("{}: cannot be saved: {}; what stood there is kept in {}", .0.display(), .1, .2.display())]
    Interrupted(PathBuf, io::Error, PathBuf),
}

impl WriteError {
    /// Whether another name or `--force` would do.
    pub fn is_refusal(&self) -> bool {
        !matches!(self, Self::System(..) | Self::Interrupted(..))
    }
}

/// Refuses what [`write`] would refuse, before the work is done. Writing looks again.
///
/// # Errors
/// As [`write`].
pub fn may_write(path: &Path, inputs: &[&Path], existing: Existing) -> Result<(), WriteError> {
    look(path, inputs, existing).map(|_| ())
}

/// Writes a file in one step.
///
/// Links are followed. Of a file that is replaced the mode, the owner and other names (hard links) are kept: where a rename would
/// lose them, or the folder cannot be written, the file is written in place, with a copy of the old one kept until that is done. A device or
/// a pipe is written into.
///
/// # Errors
/// When the file is one of `inputs`, is there and to be kept, is a folder, a loose link, write-protected or nothing that can be written
/// into, or when the system refuses; the old file is then untouched. Into a pipe at whose other end nothing happens for two seconds nothing more
/// is written.
pub fn write(path: &Path, bytes: &[u8], inputs: &[&Path], existing: Existing) -> Result<(), WriteError> {
    write_awaiting(path, bytes, inputs, existing, &|waited| waited < PATIENCE)
}

/// As [`write`], but while nothing happens at the other end of a pipe, `go_on` is asked again and again, with the time since something did,
/// whether to wait.
///
/// # Errors
/// As [`write`].
pub fn write_awaiting(
    path: &Path,
    bytes: &[u8],
    inputs: &[&Path],
    existing: Existing,
    go_on: &dyn Fn(Duration) -> bool,
) -> Result<(), WriteError> {
    put(path, &|out| out.write_all(bytes), inputs, existing, go_on)
}

/// As [`write`], with what stands in an open file.
///
/// # Errors
/// As [`write`].
pub fn write_copy(path: &Path, of: &File, inputs: &[&Path], existing: Existing) -> Result<(), WriteError> {
    let content = |out: &mut dyn Write| {
        let mut of = of;
        of.rewind()?;
        io::copy(&mut of, out).map(|_| ())
    };
    put(path, &content, inputs, existing, &|waited| waited < PATIENCE)
}

/// As [`write()`], with what `content` writes, piece by piece; it is called again where a first try has failed.
///
/// # Errors
/// As [`write()`].
pub fn write_by(
    path: &Path,
    content: &dyn Fn(&mut dyn Write) -> io::Result<()>,
    inputs: &[&Path],
    existing: Existing,
) -> Result<(), WriteError> {
    put(path, content, inputs, existing, &|waited| waited < PATIENCE)
}

/// Writes one of very many files of a folder in one step. A program that is killed in it leaves a file of which [`left_over_of`] tells what it
/// was to become. That the name is there lasts only when the folder is on disk, too ([`sync_folder`]).
///
/// # Errors
/// When the system refuses; what stood there is then untouched.
pub fn write_one_of_many(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut tries = 0;
    loop {
        let mut builder = tempfile::Builder::new();
        let prefix = format!("{}{name}-", TEMPORARY.0);
        builder.prefix(&prefix).suffix(TEMPORARY.1);
        let permissions = as_usual();
        if let Some(permissions) = permissions {
            builder.permissions(permissions);
        }
        let mut file = builder.tempfile_in(folder_of(path))?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        tries += 1;
        match file.persist(path) {
            Ok(_) => return Ok(()),
            // Somebody who does the same work took it for left over.
            Err(e) if e.error.kind() == io::ErrorKind::NotFound && tries < 3 => {}
            Err(e) => return Err(e.error),
        }
    }
}

/// What a file that was being written when its program was killed was to become, by its name; `None`: it is no such file. Of one that was not
/// [`write_one_of_many`]'s that is nothing.
pub fn left_over_of(name: &str) -> Option<&str> {
    let name = name.strip_prefix(TEMPORARY.0)?.strip_suffix(TEMPORARY.1)?;
    Some(name.rsplit_once('-').map_or("", |(of, _)| of))
}

/// Brings the names in a folder onto the disk.
///
/// # Errors
/// When the system refuses.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    sync(folder)
}

/// Writes a file's content; called again where a first try has failed.
type Content<'a> = &'a dyn Fn(&mut dyn Write) -> io::Result<()>;

fn put(
    path: &Path,
    content: Content<'_>,
    inputs: &[&Path],
    existing: Existing,
    go_on: &dyn Fn(Duration) -> bool,
) -> Result<(), WriteError> {
    let system = |e: io::Error| match e.kind() {
        io::ErrorKind::AlreadyExists => WriteError::Exists(path.to_owned()),
        _ => WriteError::System(path.to_owned(), e),
    };
    let Some(old) = look(path, inputs, existing)? else {
        return create(path, content, existing).map_err(system);
    };
    if pipe::is_pipe(&old) {
        // By its own name: what /dev/stderr leads to may have no other.
        let opened = pipe::open_for_writing(path, go_on);
        return opened.and_then(|file| content(&mut pipe::Paced { file, go_on })).map_err(system);
    }
    if !old.is_file() {
        return OpenOptions::new().write(true).open(path).and_then(|mut file| content(&mut file)).map_err(system);
    }
    let target = fs::canonicalize(path).map_err(system)?;
    if has_other_names(&old) {
        return in_place(path, &target, content);
    }
    match replace(&target, &old, content) {
        Ok(()) => Ok(()),
        // Somebody else's file in a folder of somebody else's can still be writable itself.
        Err(e) if e.kind() == io::ErrorKind::PermissionDenied || e.kind() == io::ErrorKind::ReadOnlyFilesystem => {
            in_place(path, &target, content)
        }
        Err(e) => Err(system(e)),
    }
}

/// What is at a path; `None`: nothing.
fn look(path: &Path, inputs: &[&Path], existing: Existing) -> Result<Option<Metadata>, WriteError> {
    let own = || path.to_owned();
    let old = match fs::metadata(path) {
        Ok(old) => old,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            if fs::symlink_metadata(path).is_ok_and(|m| m.is_symlink()) {
                return Err(WriteError::LooseLink(own()));
            }
            let folder = folder_of(path);
            return if folder.is_dir() { Ok(None) } else { Err(WriteError::NoFolder(own(), folder.to_owned())) };
        }
        Err(e) => return Err(WriteError::System(own(), e)),
    };
    if old.is_dir() {
        return Err(WriteError::Folder(own()));
    }
    if !old.is_file() {
        return if can_be_written_into(&old) { Ok(Some(old)) } else { Err(WriteError::Irregular(own())) };
    }
    if inputs.iter().any(|input| is_same(path, &old, input)) {
        return Err(WriteError::Input(own()));
    }
    if existing == Existing::Keep {
        return Err(WriteError::Exists(own()));
    }
    if old.permissions().readonly() {
        return Err(WriteError::ReadOnly(own()));
    }
    Ok(Some(old))
}

#[cfg(unix)]
fn is_same(_path: &Path, old: &Metadata, input: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(input).is_ok_and(|input| (input.dev(), input.ino()) == (old.dev(), old.ino()))
}

#[cfg(not(unix))]
fn is_same(path: &Path, _old: &Metadata, input: &Path) -> bool {
    matches!((fs::canonicalize(path), fs::canonicalize(input)), (Ok(a), Ok(b)) if a == b)
}

#[cfg(unix)]
fn can_be_written_into(old: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    old.file_type().is_char_device() || old.file_type().is_fifo()
}

#[cfg(not(unix))]
fn can_be_written_into(_old: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn has_other_names(old: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    old.nlink() > 1
}

#[cfg(not(unix))]
fn has_other_names(_old: &Metadata) -> bool {
    false
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn temporary(folder: &Path, permissions: Option<fs::Permissions>) -> io::Result<tempfile::NamedTempFile> {
    clear_left_over(folder);
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY.0).suffix(TEMPORARY.1);
    if let Some(permissions) = permissions {
        builder.permissions(permissions);
    }
    builder.tempfile_in(folder)
}

/// Files of writes that were killed do not pile up. One that cannot be removed is in nobody's way.
fn clear_left_over(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_ours = name.to_str().is_some_and(|n| n.starts_with(TEMPORARY.0) && n.ends_with(TEMPORARY.1));
        if !is_ours {
            continue;
        }
        let age = entry.metadata().and_then(|m| m.modified()).map(|then| SystemTime::now().duration_since(then));
        if matches!(age, Ok(Ok(age)) if age > LEFT_OVER) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn create(path: &Path, content: Content<'_>, existing: Existing) -> io::Result<()> {
    let folder = folder_of(path);
    let mut file = temporary(folder, as_usual())?;
    content(&mut file)?;
    file.as_file().sync_all()?;
    match existing {
        // Of two writers at once one is first, and the other is told.
        Existing::Keep => file.persist_noclobber(path),
        Existing::Replace => file.persist(path),
    }
    .map_err(|e| e.error)?;
    sync(folder)
}

/// A new file gets what any program's new file would get.
#[cfg(unix)]
fn as_usual() -> Option<fs::Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn as_usual() -> Option<fs::Permissions> {
    None
}

fn replace(target: &Path, old: &Metadata, content: Content<'_>) -> io::Result<()> {
    let folder = folder_of(target);
    let mut file = temporary(folder, None)?;
    content(&mut file)?;
    keep_owner(file.as_file(), old)?;
    file.as_file().set_permissions(old.permissions())?;
    file.as_file().sync_all()?;
    file.persist(target).map_err(|e| e.error)?;
    sync(folder)
}

#[cfg(unix)]
fn keep_owner(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let new = file.metadata()?;
    if (new.uid(), new.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    fchown(file, Some(old.uid()), Some(old.gid()))
}

#[cfg(not(unix))]
fn keep_owner(_file: &File, _old: &Metadata) -> io::Result<()> {
    Ok(())
}

/// The rename itself is safe only when the folder is on disk, too.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Writes over the bytes of a file, with a copy of the old ones elsewhere until that is done.
fn in_place(path: &Path, target: &Path, content: Content<'_>) -> Result<(), WriteError> {
    let system = |e: io::Error| WriteError::System(path.to_owned(), e);
    let mut old = File::open(target).map_err(system)?;
    let mut file = OpenOptions::new().write(true).open(target).map_err(system)?;
    let mut copy = temporary(&std::env::temp_dir(), None).map_err(system)?;
    io::copy(&mut old, &mut copy).and_then(|_| copy.as_file().sync_all()).map_err(system)?;
    let Err(refused) = overwrite(&mut file, content) else { return Ok(()) };
    let back = |out: &mut dyn Write| {
        let mut kept = copy.as_file();
        kept.rewind()?;
        io::copy(&mut kept, out).map(|_| ())
    };
    match overwrite(&mut file, &back) {
        Ok(()) => Err(system(refused)),
        Err(_) => match copy.keep() {
            Ok((_, kept)) => Err(WriteError::Interrupted(path.to_owned(), refused, kept)),
            Err(_) => Err(system(refused)),
        },
    }
}

fn overwrite(file: &mut File, content: Content<'_>) -> io::Result<()> {
    file.rewind()?;
    content(file)?;
    let length = file.stream_position()?;
    file.set_len(length)?;
    file.sync_all()
}
