//! Analysed code (jump destinations found), kept from block to block.

use parking_lot::Mutex;
use primitives::{B256, Bytes, map::B256Map};
use revm::state::Bytecode;
use state::StateError;

/// Bytes of code that one machine keeps, and that all together keep while no machine uses them, at most. Each analysed
/// code costs about an eighth more.
const CODE_BYTES_MAX: usize = 16 << 20;
const SPARE_BYTES_MAX: usize = 64 << 20;

/// Sets of code by Keccak-256 hash. Content-addressed, so an entry is never stale, whatever a contract does.
///
/// A machine takes a set for its life and gives it back. So no lock lies on the way of a call, and no two machines count
/// references to the same code, which would have their processors wait for each other's cache lines several times in
/// every call of a contract that is in fashion. It costs one analysis per code and machine that runs at the same time.
#[derive(Debug, Default)]
pub struct CodeCache {
    /// Sets that no machine uses, the one used last at the end.
    spares: Mutex<Vec<Codes>>,
}

/// The codes of one machine.
#[derive(Debug, Default)]
pub(crate) struct Codes {
    by_hash: B256Map<Bytecode>,
    bytes: usize,
}

impl CodeCache {
    /// The analysed code with this hash, from a set that no machine uses or else from `load`.
    pub fn get_or_analyse(
        &self,
        hash: B256,
        load: impl FnOnce() -> Result<Bytes, StateError>,
    ) -> Result<Bytecode, StateError> {
        let mut codes = self.take();
        let code = codes.get_or_analyse(hash, load);
        self.put(codes);
        code
    }

    /// A set for one machine.
    pub(crate) fn take(&self) -> Codes {
        self.spares.lock().pop().unwrap_or_default()
    }

    /// Takes a set back, unless there are enough.
    pub(crate) fn put(&self, codes: Codes) {
        let mut spares = self.spares.lock();
        if codes.bytes + spares.iter().map(|spare| spare.bytes).sum::<usize>() <= SPARE_BYTES_MAX {
            spares.push(codes);
        }
    }
}

impl Codes {
    /// The analysed code with this hash, from the set or else from `load`. A full set starts afresh.
    pub(crate) fn get_or_analyse(
        &mut self,
        hash: B256,
        load: impl FnOnce() -> Result<Bytes, StateError>,
    ) -> Result<Bytecode, StateError> {
        if let Some(code) = self.by_hash.get(&hash) {
            return Ok(code.clone());
        }
        let raw = load()?;
        let size = raw.len();
        // What begins like a delegation and is none could be deployed before EIP-3541, and a lying block access list can
        // put it anywhere: it runs into its first byte, which is no instruction.
        let code = Bytecode::new_raw_checked(raw.clone()).unwrap_or_else(|_| Bytecode::new_legacy(raw));
        if self.bytes + size > CODE_BYTES_MAX {
            *self = Self::default();
        }
        if self.by_hash.insert(hash, code.clone()).is_none() {
            self.bytes += size;
        }
        Ok(code)
    }
}
