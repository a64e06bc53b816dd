//! What a file was when it was read, so that nobody else's work in it is written over unseen.

use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A file as it was when it was read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Where its path led to.
    target: PathBuf,
    /// When it was last written; `None`: to be told by its contents alone.
    modified: Option<SystemTime>,
    /// Its size.
    bytes: u64,
    hash: blake3::Hash,
}

/// What became of a file since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is not there.
    Gone,
    /// It is a folder, a pipe or a device.
    Irregular,
    /// Its path leads to another file.
    Link(PathBuf),
    /// Something else stands in it.
    Contents,
    /// It cannot be looked at.
    Unreadable(String),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => f.write_str("has been deleted or moved"),
            Self::Irregular => f.write_str("is no regular file any more"),
            Self::Link(target) => write!(f, "is a link to {} now", target.display()),
            Self::Contents => f.write_str("was changed by another program"),
            Self::Unreadable(why) => write!(f, "cannot be read any more: {why}"),
        }
    }
}

impl Change {
    /// Whether there is something to read in its place.
    pub fn can_be_read(&self) -> bool {
        matches!(self, Self::Link(_) | Self::Contents)
    }
}

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Contents only where size or time differ.
    Quick,
    /// Contents in any case.
    Close,
}

impl Stamp {
    /// Of a file in which these bytes stand; `None` where that cannot be told.
    pub fn of(path: &Path, bytes: &[u8]) -> Option<Self> {
        let found = fs::metadata(path).ok()?;
        Some(Self {
            target: fs::canonicalize(path).ok()?,
            // One that was written again since it was read has another size or other contents, which is found out.
            modified: found.modified().ok().filter(|_| found.len() == bytes.len() as u64),
            bytes: bytes.len() as u64,
            hash: blake3::hash(bytes),
        })
    }

    /// Of a file as it is now; `None` where it cannot be read. This may block.
    pub fn now(path: &Path) -> Option<Self> {
        let found = fs::metadata(path).ok().filter(Metadata::is_file)?;
        let mut hasher = blake3::Hasher::new();
        let bytes = io::copy(&mut File::open(path).ok()?.take(found.len().saturating_add(1)), &mut hasher).ok()?;
        let modified = found.modified().ok().filter(|_| bytes == found.len());
        Some(Self { target: fs::canonicalize(path).ok()?, modified, bytes, hash: hasher.finalize() })
    }

    /// Of what stood in the file when unsaved work was kept, by the hash in hexadecimal digits.
    #[must_use]
    pub fn with_hash(&self, hex: &str) -> Option<Self> {
        let hash = blake3::Hash::from_hex(hex).ok()?;
        Some(if hash == self.hash { self.clone() } else { Self { modified: None, hash, ..self.clone() } })
    }

    /// BLAKE3 hash of the contents, in hexadecimal digits.
    pub fn hash(&self) -> String {
        self.hash.to_hex().to_string()
    }

    /// What became of the file; `None`: nothing. This may block.
    pub fn change(&self, path: &Path, look: Look) -> Option<Change> {
        match self.look(path, look) {
            Ok(change) => change,
            Err(e) if e.kind() == io::ErrorKind::NotFound => Some(Change::Gone),
            Err(e) => Some(Change::Unreadable(e.to_string())),
        }
    }

    fn look(&self, path: &Path, look: Look) -> io::Result<Option<Change>> {
        let found = fs::metadata(path)?;
        if !found.is_file() {
            return Ok(Some(Change::Irregular));
        }
        let target = fs::canonicalize(path)?;
        if target != self.target {
            return Ok(Some(Change::Link(target)));
        }
        if look == Look::Quick && self.looks_the_same(&found) {
            return Ok(None);
        }
        if self.modified.is_some() && found.len() != self.bytes {
            return Ok(Some(Change::Contents));
        }
        // Not more than was read before: one byte further on it is another file.
        let mut hasher = blake3::Hasher::new();
        let mut file = File::open(path)?.take(found.len().saturating_add(1));
        io::copy(&mut file, &mut hasher)?;
        Ok((hasher.finalize() != self.hash).then_some(Change::Contents))
    }

    fn looks_the_same(&self, found: &Metadata) -> bool {
        self.modified.is_some() && found.modified().ok() == self.modified && found.len() == self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_a_file_is_told() -> io::Result<()> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("a.toml");
        fs::write(&path, "one")?;
        let stamp = Stamp::of(&path, b"one");
        assert!(stamp.is_some());
        let Some(stamp) = stamp else { return Ok(()) };
        assert_eq!(stamp.change(&path, Look::Close), None);
        // The same size at the same time, as a quick editor leaves it.
        fs::write(&path, "two")?;
        File::options().write(true).open(&path)?.set_modified(stamp.modified.unwrap_or(SystemTime::UNIX_EPOCH))?;
        assert_eq!(stamp.change(&path, Look::Quick), None);
        assert_eq!(stamp.change(&path, Look::Close), Some(Change::Contents));
        // Touched and not changed.
        fs::write(&path, "one")?;
        File::options().write(true).open(&path)?.set_modified(SystemTime::UNIX_EPOCH)?;
        assert_eq!(stamp.change(&path, Look::Quick), None);
        let older = stamp.with_hash(&blake3::hash(b"older").to_hex());
        assert_eq!(older.and_then(|s| s.change(&path, Look::Quick)), Some(Change::Contents));
        fs::remove_file(&path)?;
        assert_eq!(stamp.change(&path, Look::Quick), Some(Change::Gone));
        fs::create_dir(&path)?;
        assert_eq!(stamp.change(&path, Look::Quick), Some(Change::Irregular));
        fs::remove_dir(&path)?;
        #[cfg(unix)]
        {
            let other = dir.path().join("b.toml");
            fs::write(&other, "one")?;
            std::os::unix::fs::symlink(&other, &path)?;
            assert!(matches!(stamp.change(&path, Look::Quick), Some(Change::Link(_))));
        }
        Ok(())
    }
}
