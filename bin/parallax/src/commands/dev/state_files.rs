//! The state of a chain in a file: read at the start, written at the end and in between.
//!
//! The file is JSON in the form of `anvil_dumpState`: accounts with balance, nonce, code and storage. Blocks are not in
//! it; who wants to keep them has a data directory. It is written beside and then put in its place, so what is there is
//! whole at any moment.

use super::{Arguments, StateArguments};
use crate::exit::Failure;
use node::Chain;
use parking_lot::Mutex;
use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Weak,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// What is read and written, and when.
pub(super) struct StateFiles {
    load: Option<PathBuf>,
    /// Whether it is no error that there is nothing to read.
    is_made: bool,
    dump: Option<PathBuf>,
    every: Option<Duration>,
    writer: Mutex<Option<Writer>>,
}

/// The thread that writes now and then, until its end of the channel is dropped.
struct Writer {
    end: Sender<()>,
    thread: JoinHandle<()>,
}

impl StateFiles {
    /// Those that were asked for.
    pub(super) fn new(arguments: &Arguments) -> Self {
        let StateArguments { state, load_state, dump_state, state_interval } = &arguments.state;
        Self {
            load: state.as_ref().or(load_state.as_ref()).cloned(),
            is_made: state.is_some(),
            dump: state.as_ref().or(dump_state.as_ref()).cloned(),
            every: state_interval.map(Duration::from_secs),
            writer: Mutex::default(),
        }
    }

    /// Reads, and begins to write.
    pub(super) fn open(&self, chain: &Arc<Chain>) -> Result<(), Failure> {
        if let Some(path) = &self.load {
            self.read(path, chain)?;
        }
        let (Some(path), Some(every)) = (self.dump.clone(), self.every) else { return Ok(()) };
        let (end, ended) = mpsc::channel();
        let chain = Arc::downgrade(chain);
        let work = move || {
            while ended.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                write_now(&path, &chain);
            }
        };
        let spawned = thread::Builder::new().name("state-file".to_owned()).spawn(work);
        let thread = spawned.map_err(|error| Failure::Machine(format!("no threads: {error}")))?;
        *self.writer.lock() = Some(Writer { end, thread });
        Ok(())
    }

    /// Writes for the last time.
    pub(super) fn close(&self, chain: &Chain) -> Result<(), Failure> {
        if let Some(Writer { end, thread }) = self.writer.lock().take() {
            drop(end);
            // One that panicked has said so; what it did not write is written now.
            let _ = thread.join();
        }
        self.dump.as_deref().map_or(Ok(()), |path| write(path, chain))
    }

    fn read(&self, path: &Path, chain: &Chain) -> Result<(), Failure> {
        let wrong = |error: &dyn std::fmt::Display| Failure::Input(format!("{}: {error}", path.display()));
        match fs::read(path) {
            Ok(bytes) => chain.read_state(&bytes).map_err(|error| wrong(&error.message)),
            Err(error) if self.is_made && error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(wrong(&error)),
        }
    }
}

/// A failure is told in the log: the next time may go well.
fn write_now(path: &Path, chain: &Weak<Chain>) {
    let Some(chain) = chain.upgrade() else { return };
    if let Err(error) = write(path, &chain) {
        tracing::error!(target: "parallax", %error, "the state was not written");
    }
}

fn write(path: &Path, chain: &Chain) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::Machine(format!("{}: the state was not written: {error}", path.display()))
    };
    let json = chain.state_json().map_err(|error| failed(&error.message))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
    file.write_all(&json).and_then(|()| file.as_file().sync_all()).map_err(|error| failed(&error))?;
    file.persist(path).map(drop).map_err(|error| failed(&error.error))
}
