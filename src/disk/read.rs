//! The one way in which the program reads files: opened first, then looked at, then read up to a limit.
//!
//! What is looked at is what was opened, so nothing can be put in its place in between. No pipe keeps anybody waiting unasked.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use super::pipe;

/// Bytes taken from a pipe at a time.
const PIECE: usize = 1 << 16;

/// Why a file was not read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// It is not there.
    #[error("{}: there is no such file", .0.display())]
    Missing(PathBuf),
    /// It is a folder.
    #[error("{}: this is a folder: name a file in it", .0.display())]
    Folder(PathBuf),
    /// It is a pipe or a device.
    #[error("{}: this is a pipe or a device: save what it gives to a file, and name that", .0.display())]
    Irregular(PathBuf),
    /// There is more of it than can be used.
    #[error("{}: there are more than {} bytes in it", .0.display(), .1)]
    TooLarge(PathBuf, u64),
    /// The system refuses.
    #[error("{}: cannot be read: {}", .0.display(), .1)]
    System(PathBuf, io::Error),
}

/// What becomes of a path that leads to a pipe.
#[derive(Clone, Copy)]
pub enum Pipes<'a> {
    /// It is refused.
    Refused,
    /// It is read until nobody writes into it any more. While nothing comes, this is asked again and again, with the time since
    /// something came, whether to go on.
    Awaited(&'a dyn Fn(Duration) -> bool),
}

/// An open file, or a pipe.
pub struct Stream<'a> {
    file: File,
    looked_at: Metadata,
    pipes: Pipes<'a>,
}

/// Opens a file.
///
/// # Errors
/// When it is missing, a folder, or a pipe or a device that is not wanted, or when the system refuses.
pub fn open<'a>(path: &Path, pipes: Pipes<'a>) -> Result<Stream<'a>, ReadError> {
    let refused = |e: io::Error| match e.kind() {
        io::ErrorKind::NotFound => ReadError::Missing(path.to_owned()),
        io::ErrorKind::IsADirectory => ReadError::Folder(path.to_owned()),
        _ => ReadError::System(path.to_owned(), e),
    };
    let file = pipe::open(path).map_err(|e| match std::fs::metadata(path) {
        // Some systems open no folders and say that this is not permitted.
        Ok(found) if found.is_dir() => ReadError::Folder(path.to_owned()),
        _ => refused(e),
    })?;
    let looked_at = file.metadata().map_err(refused)?;
    if looked_at.is_dir() {
        return Err(ReadError::Folder(path.to_owned()));
    }
    if !looked_at.is_file() && matches!(pipes, Pipes::Refused) {
        return Err(ReadError::Irregular(path.to_owned()));
    }
    if !pipe::is_pipe(&looked_at) {
        pipe::wait_when_reading(&file).map_err(refused)?;
    }
    Ok(Stream { file, looked_at, pipes })
}

/// All the bytes of a file.
///
/// # Errors
/// As [`open`], and when there are more than `most`.
pub fn bytes(path: &Path, most: u64, pipes: Pipes<'_>) -> Result<Vec<u8>, ReadError> {
    let stream = open(path, pipes)?;
    if stream.looked_at.is_file() && stream.looked_at.len() > most {
        return Err(ReadError::TooLarge(path.to_owned(), most));
    }
    let mut bytes = Vec::new();
    // It may have grown since it was looked at.
    let read = stream.take(most.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|e| ReadError::System(path.to_owned(), e))?;
    if bytes.len() as u64 > most {
        return Err(ReadError::TooLarge(path.to_owned(), most));
    }
    Ok(bytes)
}

/// A file that can be gone over more than once.
#[derive(Debug)]
pub struct Whole {
    /// At its beginning.
    pub file: File,
    /// It holds what came through a pipe, and is gone when it is closed.
    pub is_copy: bool,
}

/// Opens a file that is gone over more than once; what comes through a pipe is copied, up to `most` bytes, to a file without a name.
///
/// # Errors
/// As [`open`], for a device, and when more than `most` bytes come through a pipe.
pub fn whole(path: &Path, most: u64, pipes: Pipes<'_>) -> Result<Whole, ReadError> {
    let mut stream = open(path, pipes)?;
    if stream.looked_at.is_file() {
        return Ok(Whole { file: stream.file, is_copy: false });
    }
    // A device such as /dev/zero has no end.
    if !pipe::is_pipe(&stream.looked_at) {
        return Err(ReadError::Irregular(path.to_owned()));
    }
    let refused = |e: io::Error| ReadError::System(path.to_owned(), e);
    let mut file = tempfile::tempfile().map_err(refused)?;
    let mut piece = vec![0; PIECE];
    let mut copied = 0;
    loop {
        let n = stream.read(&mut piece).map_err(refused)?;
        if n == 0 {
            break;
        }
        copied += n as u64;
        if copied > most {
            return Err(ReadError::TooLarge(path.to_owned(), most));
        }
        file.write_all(piece.get(..n).unwrap_or_default()).map_err(refused)?;
        stream.may_go_on().map_err(refused)?;
    }
    file.rewind().map_err(refused)?;
    Ok(Whole { file, is_copy: true })
}

/// Where a file is, links followed, if it is there and outside `folder` (`None`: the working directory).
pub fn outside(folder: Option<&Path>, path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok()?;
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A folder that is not there holds nothing.
    let is_inside = folder.canonicalize().is_ok_and(|folder| path.starts_with(folder));
    (!is_inside).then_some(path)
}

impl Stream<'_> {
    /// Whether what comes without end is still wanted.
    fn may_go_on(&self) -> io::Result<()> {
        match self.pipes {
            Pipes::Awaited(go_on) if !go_on(Duration::ZERO) => Err(io::Error::other("stopped")),
            _ => Ok(()),
        }
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if pipe::is_pipe(&self.looked_at) {
            match self.pipes {
                Pipes::Awaited(go_on) => pipe::read(&mut self.file, buffer, go_on),
                Pipes::Refused => Ok(0),
            }
        } else {
            self.file.read(buffer)
        }
    }
}
