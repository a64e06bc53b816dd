//! What the pages of a Parquet file take in memory, read off their headers before anything is decompressed.
//!
//! A page is decompressed in one piece, and its header alone says how large that is: a few kilobytes can unpack to gigabytes. The parquet
//! crate keeps the headers to itself, so the little that is needed of them is read here.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use flate2::bufread::MultiGzDecoder;
use parquet::basic::Compression;
use parquet::file::metadata::ColumnChunkMetaData;

/// What the pages of a column chunk take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pages {
    /// The dictionary and the largest page of values, bytes.
    pub resident: u64,
    /// Most bytes of a value, on the average of its page.
    pub value: u64,
}

/// Encoding in which each value may repeat all of the one before.
const DELTA_BYTE_ARRAY: i64 = 7;
/// Bytes that a value of a dictionary takes beside its own.
const DICTIONARY_VALUE: u64 = 32;
/// Structures of a header lie no deeper.
const DEEPEST: u32 = 8;

#[derive(Clone, Copy, Debug, Default)]
struct Header {
    is_dictionary: bool,
    unpacked: u64,
    packed: u64,
    values: u64,
    encoding: i64,
    /// Bytes of a second-version page that are never compressed.
    levels: u64,
    is_compressed: bool,
}

/// Goes over the headers of a chunk.
///
/// # Errors
/// When a header is broken, or a page would unpack to more than its header says.
pub(super) fn of_chunk(file: &File, chunk: &ColumnChunkMetaData) -> io::Result<Pages> {
    let whole = |bytes: i64| u64::try_from(bytes).map_err(|_| broken());
    let start = whole(chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset()))?;
    let end = start.checked_add(whole(chunk.compressed_size())?).ok_or_else(broken)?;
    if end > file.metadata()?.len() {
        return Err(broken());
    }
    let mut input = BufReader::new(file);
    input.seek(SeekFrom::Start(start))?;
    let mut headers = Headers { input, at: start, end };
    let (mut dictionary, mut largest, mut value) = (0, 0, 0);
    while headers.at < end {
        let header = headers.next()?;
        if header.is_dictionary {
            // Every value of it takes some bytes in the page, and more when it is at hand.
            if header.values > header.unpacked {
                return Err(broken());
            }
            dictionary = dictionary.max(header.unpacked + DICTIONARY_VALUE * header.values);
        } else {
            largest = largest.max(header.unpacked);
            let of_value = if header.encoding == DELTA_BYTE_ARRAY { 1 } else { header.values.max(1) };
            value = value.max(header.unpacked / of_value);
        }
        // What unpacks the other codecs stops where the header says.
        if matches!(chunk.compression(), Compression::GZIP(_)) && header.is_compressed {
            headers.unpack(header)?;
        } else {
            headers.skip(header.packed)?;
        }
    }
    Ok(Pages { resident: dictionary + largest, value })
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the header of a page is broken")
}

/// Reads what is needed of Thrift's compact protocol.
struct Headers<'f> {
    input: BufReader<&'f File>,
    at: u64,
    end: u64,
}

impl Headers<'_> {
    fn next(&mut self) -> io::Result<Header> {
        let mut header = Header { is_compressed: true, ..Header::default() };
        let (mut unpacked, mut packed) = (None, None);
        let mut field = 0;
        while let Some(kind) = self.field(&mut field)? {
            match (field, kind) {
                (1, 5) => header.is_dictionary = self.number()? == 2,
                (2, 5) => unpacked = Some(self.size()?),
                (3, 5) => packed = Some(self.size()?),
                (5 | 8, 12) => self.data_header(&mut header, field == 8)?,
                (7, 12) => self.dictionary_header(&mut header)?,
                (1 | 2 | 3 | 5 | 7 | 8, _) => return Err(broken()),
                _ => self.pass(kind, 0)?,
            }
        }
        header.unpacked = unpacked.ok_or_else(broken)?;
        header.packed = packed.ok_or_else(broken)?;
        Ok(header)
    }

    fn dictionary_header(&mut self, header: &mut Header) -> io::Result<()> {
        let mut field = 0;
        while let Some(kind) = self.field(&mut field)? {
            match (field, kind) {
                (1, 5) => header.values = self.size()?,
                (1, _) => return Err(broken()),
                _ => self.pass(kind, 0)?,
            }
        }
        Ok(())
    }

    /// Of a page of values, in its first or second version.
    fn data_header(&mut self, header: &mut Header, is_second: bool) -> io::Result<()> {
        let mut field = 0;
        while let Some(kind) = self.field(&mut field)? {
            match (field, kind, is_second) {
                (1, 5, _) => header.values = self.size()?,
                (2, 5, false) | (4, 5, true) => header.encoding = self.number()?,
                (5 | 6, 5, true) => header.levels += self.size()?,
                // A yes or no is its own kind.
                (7, 1 | 2, true) => header.is_compressed = kind == 1,
                (1..=4, 5, false) | (1..=6, 5, true) => self.number().map(|_| ())?,
                (1..=4, _, false) | (1..=7, _, true) => return Err(broken()),
                _ => self.pass(kind, 0)?,
            }
        }
        Ok(())
    }

    /// Kind of the next field, whose number replaces the last one's; `None`: there is no further one.
    fn field(&mut self, number: &mut i64) -> io::Result<Option<u8>> {
        let byte = self.byte()?;
        let (step, kind) = (byte >> 4, byte & 0x0F);
        if kind == 0 {
            return Ok(None);
        }
        *number = if step == 0 { self.number()? } else { number.checked_add(i64::from(step)).ok_or_else(broken)? };
        Ok(Some(kind))
    }

    fn pass(&mut self, kind: u8, depth: u32) -> io::Result<()> {
        if depth > DEEPEST {
            return Err(broken());
        }
        match kind {
            1 | 2 => Ok(()),
            3 => self.skip(1),
            4..=6 => self.number().map(|_| ()),
            7 => self.skip(8),
            8 => {
                let length = self.varint()?;
                self.skip(length)
            }
            9 | 10 => {
                let byte = self.byte()?;
                let count = if byte >> 4 == 15 { self.varint()? } else { u64::from(byte >> 4) };
                for _ in 0..count {
                    // In a list a yes or no takes a byte.
                    if matches!(byte & 0x0F, 1 | 2) { self.skip(1)? } else { self.pass(byte & 0x0F, depth + 1)? }
                }
                Ok(())
            }
            12 => {
                let mut field = 0;
                while let Some(kind) = self.field(&mut field)? {
                    self.pass(kind, depth + 1)?;
                }
                Ok(())
            }
            _ => Err(broken()),
        }
    }

    fn size(&mut self) -> io::Result<u64> {
        u64::try_from(self.number()?).map_err(|_| broken())
    }

    fn number(&mut self) -> io::Result<i64> {
        let folded = self.varint()?;
        Ok((folded >> 1).cast_signed() ^ -((folded & 1).cast_signed()))
    }

    fn varint(&mut self) -> io::Result<u64> {
        let mut sum = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            sum |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(sum);
            }
        }
        Err(broken())
    }

    fn byte(&mut self) -> io::Result<u8> {
        self.advance(1)?;
        let mut byte = [0];
        self.input.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        self.advance(bytes)?;
        self.input.seek_relative(i64::try_from(bytes).map_err(|_| broken())?)
    }

    fn advance(&mut self, bytes: u64) -> io::Result<()> {
        self.at = self.at.checked_add(bytes).filter(|at| *at <= self.end).ok_or_else(broken)?;
        Ok(())
    }

    /// Goes over a page that gzip has packed, and refuses one that unpacks to more than it says.
    fn unpack(&mut self, header: Header) -> io::Result<()> {
        self.skip(header.levels)?;
        let packed = header.packed.checked_sub(header.levels).ok_or_else(broken)?;
        let unpacked = header.unpacked.checked_sub(header.levels).ok_or_else(broken)?;
        self.advance(packed)?;
        let mut page = Read::by_ref(&mut self.input).take(packed);
        let mut found = MultiGzDecoder::new(&mut page).take(unpacked.saturating_add(1));
        if io::copy(&mut found, &mut io::sink())? > unpacked {
            return Err(broken());
        }
        // The rest, if the packed bytes say more than they need.
        let rest = page.limit();
        self.input.seek_relative(i64::try_from(rest).map_err(|_| broken())?)
    }
}
