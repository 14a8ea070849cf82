//! A whole store in one file: made while the store is in use, checked by itself, restored into a new directory.
//!
//! ```text
//! "PLXSTATE" | format u32 | chain u64 | genesis 32 | head 88 | sum           head as in the keyspace meta
//! frame...     keyspace u8 | entries u32 | bytes u32 | (key u16, value u32, key, value)... | sum
//! end          255         | frames u32  | 0         | sum
//! ```
//!
//! Numbers are little-endian. A sum is the xxh3 of all before it in its frame and the number of the frame. The order is
//! state, code, blocks, index, meta, history, undo; the nodes of the tries are left out and made anew.

use super::{
    Disk, DiskError, Head, Options,
    directory::{FORMAT, check_chain, sync_directory},
    error::at,
    flat::{FlatVisitor, read_flat},
    import::{self, Imported},
    record::AccountRecord,
    space::Space,
    view::View,
};
use alloy_trie::Nibbles;
use primitives::{B256, keccak256};
use std::{
    fs::{self, File},
    io::{BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
};
use xxhash_rust::xxh3::Xxh3;

const MAGIC: &[u8; 8] = b"PLXSTATE";
const END: u8 = 255;
const HEADER: usize = 8 + 4 + 8 + 32 + 88;
/// A frame is closed when it has this many bytes.
const FRAME_BYTES: usize = 1 << 18;
const ORDER: [Space; 7] =
    [Space::State, Space::Code, Space::Blocks, Space::Index, Space::Meta, Space::History, Space::Undo];

impl Disk {
    /// Writes the store as it is now into a file that is not there yet. Commits go on meanwhile, and are not in it. The
    /// file appears under its name when it is whole and on stable storage.
    ///
    /// [`DiskError::NoBlock`] if the store has no block yet.
    pub fn snapshot(&self, file: impl AsRef<Path>) -> Result<Head, DiskError> {
        let view = self.view();
        let head = view.head.ok_or(DiskError::NoBlock { number: 0, range: None })?;
        let path = file.as_ref();
        if path.exists() {
            return Err(DiskError::Exists { path: path.to_owned() });
        }
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        let new = PathBuf::from(new);
        let written = write(&view, head, self.options(), &new);
        if written.is_err() {
            fs::remove_file(&new).ok();
        }
        written?;
        fs::rename(&new, path).map_err(at("rename", &new))?;
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            sync_directory(parent)?;
        }
        Ok(head)
    }

    /// Makes a new store in `dir` from a snapshot, and opens it. The tries are made anew from the accounts, and their
    /// root has to be the snapshot's. On an error nothing is left in `dir` that a later open would take for a store.
    pub fn restore(file: impl AsRef<Path>, dir: impl AsRef<Path>, options: Options) -> Result<Self, DiskError> {
        let mut reader = Reader::open(file.as_ref(), &options)?;
        let head = reader.head;
        let imported = Imported { head, oldest_state: head.oldest_state };
        import::into_new(dir.as_ref(), &options, &mut reader, imported)?;
        Self::open(dir, options)
    }

    /// The identifier and the genesis hash of the chain that a snapshot is of, by its first bytes.
    pub fn snapshot_chain(file: impl AsRef<Path>) -> Result<(u64, B256), DiskError> {
        Reader::of_any_chain(file.as_ref()).map(|reader| reader.chain)
    }

    /// Checks a snapshot without restoring it: every sum, the hash of every code, and the state root against the one
    /// that the accounts make. Gives the head that a store restored from it has.
    pub fn verify_snapshot(file: impl AsRef<Path>, options: &Options) -> Result<Head, DiskError> {
        let mut reader = Reader::open(file.as_ref(), options)?;
        let place = reader.place.clone();
        let mut after_state = None;
        let entries = std::iter::from_fn(|| match reader.next()? {
            Ok((Space::State, key, value)) => Some(Ok((key, value))),
            Ok(entry) => {
                after_state = Some(entry);
                None
            }
            Err(error) => Some(Err(error)),
        });
        let root = read_flat(entries, &mut Nothing)?;
        if root != reader.head.state_root {
            let reason = format!("the accounts make the root {root}, the head has {}", reader.head.state_root);
            return Err(DiskError::damaged(place, reason));
        }
        for entry in after_state.map(Ok).into_iter().chain(reader.by_ref()) {
            let (space, key, value) = entry?;
            if space == Space::Code && keccak256(value) != *key {
                return Err(DiskError::damaged(place, "a code has another hash"));
            }
        }
        Ok(reader.head)
    }
}

/// Wants to know nothing but the root.
struct Nothing;

impl FlatVisitor for Nothing {
    fn account(&mut self, _: &B256, _: &AccountRecord) -> Result<(), DiskError> {
        Ok(())
    }

    fn node(&mut self, _: Option<&B256>, _: &Nibbles, _: &[u8]) -> Result<(), DiskError> {
        Ok(())
    }
}

fn write(view: &View, head: Head, options: &Options, path: &Path) -> Result<(), DiskError> {
    let file = File::create_new(path).map_err(at("create", path))?;
    let mut writer = Writer { file: BufWriter::new(file), frames: 0, path };
    let mut header = MAGIC.to_vec();
    header.extend_from_slice(&FORMAT.to_le_bytes());
    header.extend_from_slice(&options.chain_id.to_le_bytes());
    header.extend_from_slice(options.genesis.as_slice());
    header.extend_from_slice(&head.encode());
    writer.write(&header)?;
    for space in ORDER {
        let (mut count, mut payload) = (0, Vec::with_capacity(FRAME_BYTES));
        for entry in view.frozen.all(space) {
            let (key, value) = entry?;
            payload.extend_from_slice(&(key.len() as u16).to_le_bytes());
            payload.extend_from_slice(&(value.len() as u32).to_le_bytes());
            payload.extend_from_slice(&key);
            payload.extend_from_slice(&value);
            count += 1;
            if payload.len() >= FRAME_BYTES {
                writer.frame(space as u8, count, &payload)?;
                (count, payload) = (0, Vec::with_capacity(FRAME_BYTES));
            }
        }
        if count > 0 {
            writer.frame(space as u8, count, &payload)?;
        }
    }
    let frames = writer.frames;
    writer.frame(END, frames, &[])?;
    let file = writer.file.into_inner().map_err(|error| at("write", path)(error.into_error()))?;
    file.sync_all().map_err(at("sync", path))
}

struct Writer<'a> {
    file: BufWriter<File>,
    frames: u32,
    path: &'a Path,
}

impl Writer<'_> {
    fn frame(&mut self, space: u8, count: u32, payload: &[u8]) -> Result<(), DiskError> {
        let mut bytes = vec![space];
        bytes.extend_from_slice(&count.to_le_bytes());
        bytes.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        bytes.extend_from_slice(payload);
        self.write(&bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), DiskError> {
        let sum = sum(self.frames, bytes);
        self.frames += 1;
        self.file
            .write_all(bytes)
            .and_then(|()| self.file.write_all(&sum.to_le_bytes()))
            .map_err(at("write", self.path))
    }
}

fn sum(frame: u32, bytes: &[u8]) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.update(&frame.to_le_bytes());
    hasher.update(bytes);
    hasher.digest()
}

/// Reads the entries of a snapshot, and fails if it is not whole.
pub(super) struct Reader {
    file: BufReader<File>,
    place: String,
    /// The identifier and the genesis hash of its chain.
    chain: (u64, B256),
    head: Head,
    frames: u32,
    /// The entries of the present frame, the last first.
    entries: Vec<import::Entry>,
    is_done: bool,
}

impl Reader {
    fn open(path: &Path, options: &Options) -> Result<Self, DiskError> {
        let reader = Self::of_any_chain(path)?;
        check_chain(&reader.place, reader.chain, options)?;
        Ok(reader)
    }

    fn of_any_chain(path: &Path) -> Result<Self, DiskError> {
        let file = BufReader::new(File::open(path).map_err(at("open", path))?);
        let place = path.display().to_string();
        let head = Head { number: 0, hash: B256::ZERO, state_root: B256::ZERO, first_block: 0, oldest_state: 0 };
        let chain = (0, B256::ZERO);
        let mut reader = Self { file, place, chain, head, frames: 0, entries: Vec::new(), is_done: false };
        let header = reader.bytes(HEADER)?;
        let number = |at: usize| header.get(at..).and_then(|bytes| bytes.first_chunk().copied());
        if !header.starts_with(MAGIC) {
            return Err(reader.damaged("not a snapshot of parallax"));
        }
        let found = number(8).map_or(0, u32::from_le_bytes);
        if found > FORMAT {
            return Err(DiskError::NewerFormat { place: reader.place, found, known: FORMAT });
        }
        reader.check_sum(&header)?;
        let chain_id = header[12..20].try_into().map(u64::from_le_bytes).unwrap_or_default();
        reader.chain = (chain_id, B256::from_slice(&header[20..52]));
        reader.head = Head::decode(&header[52..]).ok_or_else(|| reader.damaged("no head"))?;
        Ok(reader)
    }

    /// Reads the next frame that has entries; `false` at the end of the file.
    fn frame(&mut self) -> Result<bool, DiskError> {
        let frames = self.frames;
        let mut frame = self.bytes(9)?;
        let number = |at: usize| frame[at..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let (count, length) = (number(1), number(5));
        frame.extend(self.bytes(length as usize)?);
        self.check_sum(&frame)?;
        if frame[0] == END {
            let is_whole = count == frames && self.file.read(&mut [0]).is_ok_and(|more| more == 0);
            return if is_whole { Ok(false) } else { Err(self.damaged("frames are missing or too many")) };
        }
        let space = ORDER.into_iter().find(|space| *space as u8 == frame[0]);
        let space = space.ok_or_else(|| self.damaged("an unknown keyspace"))?;
        let entries = parse(space, &frame[9..]).filter(|entries| entries.len() == count as usize);
        self.entries = entries.ok_or_else(|| self.damaged("a frame is not what it says"))?;
        self.entries.reverse();
        Ok(true)
    }

    fn bytes(&mut self, length: usize) -> Result<Vec<u8>, DiskError> {
        let mut bytes = Vec::new();
        let read = self.file.by_ref().take(length as u64).read_to_end(&mut bytes);
        match read {
            Ok(read) if read == length => Ok(bytes),
            Ok(_) => Err(self.damaged("it is cut short")),
            Err(error) => Err(DiskError::io(format!("read {}", self.place), error)),
        }
    }

    fn check_sum(&mut self, bytes: &[u8]) -> Result<(), DiskError> {
        let expected = sum(self.frames, bytes).to_le_bytes();
        self.frames += 1;
        if self.bytes(8)? == expected { Ok(()) } else { Err(self.damaged("the checksum is wrong")) }
    }

    fn damaged(&self, reason: &str) -> DiskError {
        DiskError::damaged(format!("{}, frame {}", self.place, self.frames), reason)
    }
}

impl Iterator for Reader {
    type Item = Result<import::Entry, DiskError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.entries.pop() {
                return Some(Ok(entry));
            }
            if self.is_done {
                return None;
            }
            match self.frame() {
                Ok(more) => self.is_done = !more,
                Err(error) => {
                    self.is_done = true;
                    return Some(Err(error));
                }
            }
        }
    }
}

fn parse(space: Space, mut from: &[u8]) -> Option<Vec<import::Entry>> {
    let mut entries = Vec::new();
    while !from.is_empty() {
        let key = u16::from_le_bytes(from.split_off(..2)?.try_into().ok()?);
        let value = u32::from_le_bytes(from.split_off(..4)?.try_into().ok()?);
        let key = from.split_off(..usize::from(key)).filter(|key| !key.is_empty())?;
        entries.push((space, key.to_vec(), from.split_off(..value as usize)?.to_vec()));
    }
    Some(entries)
}
