//! The data directory of a node.
//!
//! ```text
//! genesis-time   seconds since 1970 of the first block, as text: part of the genesis, so it is kept before all else
//! store/         blocks and state (spec 0004); its lock is the lock of the whole directory
//! ```

use crate::{NodeError, clock};
use state::disk::Disk;
use std::{
    fs,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};
use tempfile::{NamedTempFile, TempDir};

const GENESIS_TIME: &str = "genesis-time";
/// The store inside a data directory.
pub(crate) const STORE: &str = "store";
/// Where Linux has a file system in memory.
const MEMORY: &str = "/dev/shm";

/// Where the parts of a chain lie.
pub(crate) struct Place {
    pub(crate) store: PathBuf,
    pub(crate) genesis_time: u64,
}

/// Finds the parts of a chain, and makes what is missing. Without a directory, one is made that goes with the node.
///
/// The time is the one at which a new chain begins; `None` for now. One that is there keeps its own.
pub(crate) fn prepare(datadir: Option<&Path>, time: Option<u64>) -> Result<(Place, Option<TempDir>), NodeError> {
    let Some(dir) = datadir else {
        let made = tempfile::Builder::new().prefix("parallax-dev-").tempdir();
        let temporary = made.map_err(failed("make a directory in", &std::env::temp_dir()))?;
        let genesis_time = time.unwrap_or_else(clock::now_s);
        let place = Place { store: temporary.path().join(STORE), genesis_time };
        return Ok((place, Some(temporary)));
    };
    fs::create_dir_all(dir).map_err(failed("make", dir))?;
    let genesis_time = genesis_time(dir, time)?;
    Ok((Place { store: dir.join(STORE), genesis_time }, None))
}

/// Says of a directory with a store in it when its chain began.
pub(crate) fn mark(dir: &Path, time: u64) -> Result<(), NodeError> {
    write_time(dir, &dir.join(GENESIS_TIME), time)
}

/// Makes the empty store of a chain that goes with the node.
///
/// The engine waits for the disk after each of its first hundred steps, which is most of what a start takes and keeps
/// nothing that anybody wants kept. In a file system in memory the same costs nothing; what was made there is copied.
/// Where there is no such file system the store is made in its place, as any other.
pub(crate) fn make_store(store: &Path, options: &state::disk::Options) {
    let Ok(made) = tempfile::Builder::new().prefix("parallax-dev-").tempdir_in(MEMORY) else { return };
    let is_whole = Disk::open(made.path(), options.clone()).is_ok();
    if !is_whole || copy(made.path(), store).is_err() {
        // What is there in part would be taken for a damaged store.
        let _ = fs::remove_dir_all(store);
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (entry, target) = (entry.path(), to.join(entry.file_name()));
        if entry.is_dir() {
            copy(&entry, &target)?;
        } else {
            fs::copy(&entry, &target)?;
        }
    }
    Ok(())
}

/// The time that the directory's chain began. Written whole or not at all, and by one process only.
fn genesis_time(dir: &Path, time: Option<u64>) -> Result<u64, NodeError> {
    let path = dir.join(GENESIS_TIME);
    if !path.exists() {
        refuse_foreign(dir)?;
        write_time(dir, &path, time.unwrap_or_else(clock::now_s))?;
    }
    let text = fs::read_to_string(&path).map_err(failed("read", &path))?;
    text.trim().parse().map_err(|_| failed("read", &path)(io::Error::new(ErrorKind::InvalidData, "it holds no time")))
}

fn write_time(dir: &Path, path: &Path, time: u64) -> Result<(), NodeError> {
    let mut file = NamedTempFile::new_in(dir).map_err(failed("write in", dir))?;
    let written = writeln!(file, "{time}").and_then(|()| file.as_file().sync_all());
    written.map_err(failed("write", path))?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed("write", path)(error.error)),
    }
}

/// A directory with anything in it that no chain began in belongs to somebody else. What a node that was killed while it
/// began has left is no reason: its file has a temporary name.
fn refuse_foreign(dir: &Path) -> Result<(), NodeError> {
    let entries = fs::read_dir(dir).map_err(failed("read", dir))?;
    for entry in entries {
        let name = entry.map_err(failed("read", dir))?.file_name();
        if !name.to_string_lossy().starts_with(".tmp") && name != GENESIS_TIME {
            let reason = format!("it holds `{}` and no chain", name.to_string_lossy());
            return Err(failed("begin a chain in", dir)(io::Error::other(reason)));
        }
    }
    Ok(())
}

fn failed<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> NodeError + 'a {
    move |error| NodeError::Io { what, path: path.to_owned(), error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_of_somebody_else_is_left_alone() {
        let dir = TempDir::new().expect("a directory");
        fs::write(dir.path().join("letters"), "dear").expect("it can be written");
        let refused = prepare(Some(dir.path()), None).map(|_| ()).expect_err("it is not ours").to_string();
        assert!(refused.contains("letters"), "{refused}");
        assert_eq!(fs::read_dir(dir.path()).expect("it is there").count(), 1, "nothing was added");
    }

    #[test]
    fn a_chain_goes_on_where_it_began() {
        let dir = TempDir::new().expect("a directory");
        fs::write(dir.path().join(".tmpKILLED"), "").expect("it can be written");
        let began = prepare(Some(dir.path()), None).expect("empty but for what was left").0.genesis_time;
        assert_eq!(prepare(Some(dir.path()), None).expect("it is ours").0.genesis_time, began);
    }
}
