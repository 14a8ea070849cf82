//! The end of the engine's journal after a power cut.
//!
//! ```text
//!  batch  1 | count 4 | sequence 8 | so many items | 3 | xxh3-64 of the items 8 | "FJL" 3          numbers little-endian
//!  item   2 | kind 1 | compression 1 | keyspace 8 | key length 2 | length 4 | stored length 4 | key | stored value
//!         4 | keyspace 8                                                                     the keyspace is emptied
//! ```
//!
//! Any part of what was not synced may be lost. The engine cuts its journal where an item makes no sense; but where a part
//! of a long value is gone, only the sum tells, and then it does not open. So the last journal is cut here after its last
//! whole batch; what is cut off stays in a file beside `db` until the next time. Whether anything is lost by that which had been synced is found out when the store is open, as ever.

use super::{DiskError, error::at};
use std::{
    fs::{self, File},
    io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};
use xxhash_rust::xxh3::Xxh3;

const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const CLEAR: u8 = 4;
const TRAILER: [u8; 4] = *b"FJL\x03";

/// The file beside `db` with what was cut off last: should it have been more than the end of a block that was being written,
/// nothing of it is gone.
const CUT: &str = "journal.cut";

/// Cuts the last journal in `db` after its last whole batch. Gives whether there was anything to cut.
pub(super) fn cut_torn_end(db: &Path) -> Result<bool, DiskError> {
    let Some(path) = last_journal(db)? else { return Ok(false) };
    let mut file = File::options().read(true).write(true).open(&path).map_err(at("open", &path))?;
    let whole = whole_length(&mut BufReader::new(&file)).map_err(at("read", &path))?;
    if whole >= file.metadata().map_err(at("read", &path))?.len() {
        return Ok(false);
    }
    keep(&mut file, whole, &db.with_file_name(CUT))?;
    file.set_len(whole).and_then(|()| file.sync_all()).map_err(at("cut", &path))?;
    Ok(true)
}

/// Copies a file from an offset on.
fn keep(file: &mut File, from: u64, path: &Path) -> Result<(), DiskError> {
    let mut copy = || {
        file.seek(SeekFrom::Start(from))?;
        let mut copy = File::create(path)?;
        io::copy(file, &mut copy)?;
        copy.sync_all()
    };
    copy().map_err(at("write", path))
}

/// The journal with the greatest number.
fn last_journal(db: &Path) -> Result<Option<PathBuf>, DiskError> {
    let mut last = None;
    for entry in fs::read_dir(db).map_err(at("read", db))? {
        let path = entry.map_err(at("read", db))?.path();
        let is_journal = path.extension().is_some_and(|extension| extension == "jnl");
        let number = path.file_stem().and_then(|stem| stem.to_str()?.parse::<u64>().ok()).filter(|_| is_journal);
        last = last.max(number.map(|number| (number, path)));
    }
    Ok(last.map(|(_, path)| path))
}

/// The bytes up to the end of the last batch before which all are whole.
fn whole_length(reader: &mut impl Read) -> io::Result<u64> {
    let mut whole = 0;
    loop {
        match batch(reader) {
            Ok(Some(length)) => whole += length,
            Ok(None) => return Ok(whole),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(whole),
            Err(error) => return Err(error),
        }
    }
}

/// The length of the next batch; `None` if it is not whole.
fn batch(reader: &mut impl Read) -> io::Result<Option<u64>> {
    let [start, count @ .., _, _, _, _, _, _, _, _]: [u8; 13] = array(reader)?;
    if start != START {
        return Ok(None);
    }
    let (mut sum, mut length) = (Xxh3::new(), 13 + 13);
    for _ in 0..u32::from_le_bytes(count) {
        let [tag] = array(reader)?;
        sum.update(&[tag]);
        let head: &[u8] = match tag {
            ITEM => &array::<20>(reader)?,
            CLEAR => &array::<8>(reader)?,
            _ => return Ok(None),
        };
        sum.update(head);
        length += 1 + head.len() as u64;
        if let [_, _, _, _, _, _, _, _, _, _, k0, k1, _, _, _, _, v0, v1, v2, v3] = *head {
            let stored = u64::from(u16::from_le_bytes([k0, k1])) + u64::from(u32::from_le_bytes([v0, v1, v2, v3]));
            pass(reader, stored, &mut sum)?;
            length += stored;
        }
    }
    let [end, told @ .., t0, t1, t2, t3]: [u8; 13] = array(reader)?;
    let is_whole = end == END && told == sum.digest().to_le_bytes() && [t0, t1, t2, t3] == TRAILER;
    Ok(is_whole.then_some(length))
}

fn array<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Reads so many bytes, which may be more than there are.
fn pass(reader: &mut impl Read, mut length: u64, sum: &mut Xxh3) -> io::Result<()> {
    let mut buffer = [0; 1 << 12];
    while length > 0 {
        let part = usize::try_from(length).unwrap_or(usize::MAX).min(buffer.len());
        reader.read_exact(&mut buffer[..part])?;
        sum.update(&buffer[..part]);
        length -= part as u64;
    }
    Ok(())
}
