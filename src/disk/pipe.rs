//! Pipes, waited for in steps, so that whoever waits can be told and can give up.
//!
//! A plain `open` of a named pipe sleeps until somebody is at its other end, and cannot be called off.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::time::Duration;

/// Asked while nothing happens at a pipe, with the time since something did, whether to go on.
pub(super) type GoOn<'a> = &'a dyn Fn(Duration) -> bool;

#[cfg(unix)]
pub(super) use unix::{Paced, is_pipe, open, open_for_writing, read, wait_when_reading};

#[cfg(unix)]
mod unix {
    use std::fs::OpenOptions;
    use std::io::{Read, Write};
    use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
    use std::time::Instant;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    use rustix::io::Errno;

    use super::{Duration, File, GoOn, Metadata, Path, io};

    /// Between two questions whether to go on.
    const STEP: Duration = Duration::from_millis(50);

    pub(in crate::disk) fn is_pipe(looked_at: &Metadata) -> bool {
        looked_at.file_type().is_fifo()
    }

    fn without_waiting() -> i32 {
        OFlags::NONBLOCK.bits().cast_signed()
    }

    /// Opens for reading, without waiting for anybody.
    pub(in crate::disk) fn open(path: &Path) -> io::Result<File> {
        OpenOptions::new().read(true).custom_flags(without_waiting()).open(path)
    }

    /// From here on a read waits, as it does in a file that was opened as usual.
    pub(in crate::disk) fn wait_when_reading(file: &File) -> io::Result<()> {
        Ok(fcntl_setfl(file, fcntl_getfl(file)?.difference(OFlags::NONBLOCK))?)
    }

    /// Opens a pipe for writing as soon as somebody reads from it.
    pub(in crate::disk) fn open_for_writing(path: &Path, go_on: GoOn<'_>) -> io::Result<File> {
        let since = Instant::now();
        loop {
            match OpenOptions::new().write(true).custom_flags(without_waiting()).open(path) {
                Err(e) if e.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => {}
                opened => return opened,
            }
            if !go_on(since.elapsed()) {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "nobody reads from this pipe"));
            }
            std::thread::sleep(STEP);
        }
    }

    /// Waits until something can be done at a pipe, and tells whether it is more than its other end being closed.
    fn ready(file: &File, wanted: PollFlags, go_on: GoOn<'_>) -> io::Result<bool> {
        let since = Instant::now();
        let step = Timespec { tv_sec: 0, tv_nsec: STEP.subsec_nanos().into() };
        loop {
            let mut polled = [PollFd::new(file, wanted)];
            match poll(&mut polled, Some(&step)) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return Ok(polled.iter().any(|p| p.revents().intersects(wanted))),
                Err(e) => return Err(e.into()),
            }
            if !go_on(since.elapsed()) {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "nothing happens at the other end of this pipe"));
            }
        }
    }

    /// Reads what is there, or waits for it; nothing: whoever wrote is done.
    pub(in crate::disk) fn read(file: &mut File, buffer: &mut [u8], go_on: GoOn<'_>) -> io::Result<usize> {
        loop {
            // Before the first writer a read would say that all is over.
            if !ready(file, PollFlags::IN, go_on)? {
                return Ok(0);
            }
            match file.read(buffer) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    }

    /// Writes as fast as is read at the other end.
    pub(in crate::disk) struct Paced<'a> {
        pub file: File,
        pub go_on: GoOn<'a>,
    }

    impl Write for Paced<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            loop {
                // A closed end is told by the write itself.
                ready(&self.file, PollFlags::OUT, self.go_on)?;
                match self.file.write(bytes) {
                    Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                    written => return written,
                }
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            self.file.flush()
        }
    }
}

#[cfg(not(unix))]
pub(super) fn is_pipe(_looked_at: &Metadata) -> bool {
    false
}

#[cfg(not(unix))]
pub(super) fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(not(unix))]
pub(super) fn wait_when_reading(_file: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn open_for_writing(path: &Path, _go_on: GoOn<'_>) -> io::Result<File> {
    File::options().write(true).open(path)
}

#[cfg(not(unix))]
pub(super) fn read(file: &mut File, buffer: &mut [u8], _go_on: GoOn<'_>) -> io::Result<usize> {
    io::Read::read(file, buffer)
}

#[cfg(not(unix))]
pub(super) struct Paced<'a> {
    pub file: File,
    pub go_on: GoOn<'a>,
}

#[cfg(not(unix))]
impl io::Write for Paced<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
