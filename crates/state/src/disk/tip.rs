//! The last block that was synced, beside the engine.
//!
//! The engine cuts its journal where it cannot read on: right for a torn end, wrong for a damaged middle, which would
//! take back blocks that were acknowledged without a word. This file remembers them. It is written after the sync of a
//! block and never synced itself, so it can be behind the store and not ahead of it.
//!
//! ```text
//! two places of 64 bytes, written in turn; the one with the higher turn counts
//!   turn 8 | number 8 | hash 32 | whether there is a block 8 | xxh3 of these 8        numbers little-endian
//! ```

use super::{DiskError, directory::write_synced, error::at};
use primitives::B256;
use std::{
    fs::{self, File},
    io::{Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};
use xxhash_rust::xxh3::xxh3_64;

const PLACE: usize = 64;

/// Number and hash of a block.
pub(super) type Tip = (u64, B256);

/// The open file.
#[derive(Debug)]
pub(super) struct TipFile {
    path: PathBuf,
    file: File,
    turn: u64,
    tip: Option<Tip>,
}

impl TipFile {
    /// Opens a file that must be there and have a whole place.
    pub(super) fn open(path: &Path) -> Result<Self, DiskError> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(DiskError::damaged(path.display().to_string(), "the file is missing"));
            }
            Err(error) => return Err(at("read", path)(error)),
        };
        let newest = bytes.chunks(PLACE).filter_map(decode).max_by_key(|(turn, _)| *turn);
        let (turn, tip) =
            newest.ok_or_else(|| DiskError::damaged(path.display().to_string(), "the checksums are wrong"))?;
        let file = File::options().write(true).open(path).map_err(at("open", path))?;
        Ok(Self { path: path.to_owned(), file, turn, tip })
    }

    pub(super) fn tip(&self) -> Option<Tip> {
        self.tip
    }

    /// Moves the tip; `sync` where the old one must not come back.
    pub(super) fn set(&mut self, tip: Option<Tip>, sync: bool) -> Result<(), DiskError> {
        self.turn += 1;
        let place = (self.turn % 2) * PLACE as u64;
        let bytes = encode(self.turn, tip);
        let path = &self.path;
        self.file.seek(SeekFrom::Start(place)).and_then(|_| self.file.write_all(&bytes)).map_err(at("write", path))?;
        if sync {
            self.file.sync_all().map_err(at("sync", path))?;
        }
        self.tip = tip;
        Ok(())
    }
}

/// Writes a new file, synced.
pub(super) fn create(path: &Path, tip: Option<Tip>) -> Result<(), DiskError> {
    let new = path.with_extension("new");
    write_synced(&new, &[encode(0, tip), encode(1, tip)].concat())?;
    fs::rename(&new, path).map_err(at("rename", &new))
}

fn encode(turn: u64, tip: Option<Tip>) -> [u8; PLACE] {
    let mut bytes = [0; PLACE];
    let (number, hash) = tip.unwrap_or_default();
    bytes[..8].copy_from_slice(&turn.to_le_bytes());
    bytes[8..16].copy_from_slice(&number.to_le_bytes());
    bytes[16..48].copy_from_slice(hash.as_slice());
    bytes[48] = u8::from(tip.is_some());
    let sum = xxh3_64(&bytes[..56]);
    bytes[56..].copy_from_slice(&sum.to_le_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> Option<(u64, Option<Tip>)> {
    let number = |at: usize| Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    if bytes.len() != PLACE || xxh3_64(&bytes[..56]) != number(56)? {
        return None;
    }
    let tip = (number(8)?, B256::from_slice(&bytes[16..48]));
    Some((number(0)?, (bytes[48] == 1).then_some(tip)))
}
