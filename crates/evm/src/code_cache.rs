//! Analysed code (jump destinations found), shared by all machines and kept from block to block.

use parking_lot::RwLock;
use primitives::{B256, Bytes, map::B256Map};
use revm::state::Bytecode;
use state::StateError;

/// Code by Keccak-256 hash. Content-addressed, so an entry is never stale, whatever a contract does.
///
/// Bounded by bytes of code; when the bound is passed the cache starts afresh, which costs one analysis per code.
#[derive(Debug, Default)]
pub struct CodeCache {
    codes: RwLock<Codes>,
}

#[derive(Debug, Default)]
struct Codes {
    by_hash: B256Map<Bytecode>,
    bytes: usize,
}

/// Bytes of code that are kept, at most. Each analysed code costs about an eighth more.
const CODE_BYTES_MAX: usize = 256 << 20;

impl CodeCache {
    /// The analysed code with this hash, from the cache or else from `load`.
    pub fn get_or_analyse(
        &self,
        hash: B256,
        load: impl FnOnce() -> Result<Bytes, StateError>,
    ) -> Result<Bytecode, StateError> {
        if let Some(code) = self.codes.read().by_hash.get(&hash) {
            return Ok(code.clone());
        }
        let raw = load()?;
        let size = raw.len();
        // What begins like a delegation and is none could be deployed before EIP-3541, and a lying block access list can
        // put it anywhere: it runs into its first byte, which is no instruction.
        let code = Bytecode::new_raw_checked(raw.clone()).unwrap_or_else(|_| Bytecode::new_legacy(raw));
        let mut codes = self.codes.write();
        if codes.bytes + size > CODE_BYTES_MAX {
            *codes = Codes::default();
        }
        if codes.by_hash.insert(hash, code.clone()).is_none() {
            codes.bytes += size;
        }
        Ok(code)
    }
}
