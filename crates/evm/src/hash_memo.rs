//! The hashes that a machine has computed last.
//!
//! Contracts hash the same few words again and again: a mapping's slot is where its key was hashed, and is looked up
//! before it is written, in one call and in the calls that follow in the block. A hash costs as much as some fifty other
//! instructions.

use crate::machine::RevmContext;
use primitives::{U256, keccak256};
use revm::{
    context_interface::Host,
    interpreter::{
        InstructionContext, InstructionExecResult, instructions::system, interpreter::EthInterpreter,
        interpreter_types::MemoryTr,
    },
};

/// Bytes of a preimage that is remembered: two words, a mapping's key and the slot of the mapping.
const PREIMAGE: usize = 64;

/// Places for preimages.
const PLACES: usize = 256;

/// Preimages with their Keccak-256 hashes, each at the one place that its content points to. Found by the whole preimage;
/// who crafts two for one place makes them push each other out, and nothing else.
#[derive(Debug, Default)]
pub(crate) struct HashMemo(Box<[Option<([u8; PREIMAGE], U256)>]>);

impl HashMemo {
    /// The hash of a preimage, remembered or computed.
    fn hash(&mut self, preimage: &[u8; PREIMAGE]) -> U256 {
        if self.0.is_empty() {
            self.0 = vec![None; PLACES].into_boxed_slice();
        }
        let place = &mut self.0[place(preimage)];
        match place {
            Some((known, hash)) if known == preimage => *hash,
            _ => place.insert((*preimage, keccak256(preimage).into())).1,
        }
    }
}

fn place(preimage: &[u8; PREIMAGE]) -> usize {
    /// Odd and without pattern, one for each word of the preimage.
    const MIX: [u64; PREIMAGE / 8] = [
        0x9e37_79b9_7f4a_7c15,
        0xbf58_476d_1ce4_e5b9,
        0x94d0_49bb_1331_11eb,
        0xd6e8_feb8_6659_fd93,
        0xa076_1d64_78bd_642f,
        0xe703_7ed1_a0b4_28db,
        0x8ebc_6af0_9c88_c6e3,
        0x5899_65cc_7537_4cc3,
    ];
    let words = preimage.as_chunks::<8>().0;
    let mixed = words.iter().zip(MIX).map(|(word, mix)| u64::from_le_bytes(*word).wrapping_mul(mix));
    (mixed.fold(0, u64::wrapping_add) >> 48) as usize % PLACES
}

/// `KECCAK256`, which looks first among the hashes that are remembered.
pub(crate) fn keccak256_remembered(
    at: InstructionContext<'_, RevmContext<'_>, EthInterpreter>,
) -> InstructionExecResult {
    let InstructionContext { interpreter, host } = at;
    // Whatever is out of the ordinary, gas that does not suffice included, is left to the instruction itself.
    if let [.., len, offset] = interpreter.stack.data()[..]
        && len == U256::from(PREIMAGE)
        && let Ok(start) = usize::try_from(offset)
        && start.checked_add(PREIMAGE).is_some_and(|end| end <= interpreter.memory.size())
        && interpreter.gas.record_regular_cost(host.gas_params().keccak256_cost(PREIMAGE))
    {
        let hash = {
            let bytes = interpreter.memory.slice_len(start, PREIMAGE);
            let preimage = bytes.first_chunk().expect("it was asked for so many bytes");
            host.journaled_state.hashes.hash(preimage)
        };
        if let Some(([_], top)) = interpreter.stack.popn_top::<1>() {
            *top = hash;
        }
        return Ok(());
    }
    system::keccak256(InstructionContext { interpreter, host })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remembered_hash_is_that_of_the_whole_preimage() {
        let mut memo = HashMemo::default();
        let preimages: Vec<[u8; PREIMAGE]> = (0..=255u8)
            .flat_map(|byte| {
                [0, 31, 63].map(|at| {
                    let mut preimage = [7; PREIMAGE];
                    preimage[at] = byte;
                    preimage
                })
            })
            .collect();
        for _ in 0..2 {
            for preimage in &preimages {
                assert_eq!(memo.hash(preimage), U256::from_be_bytes(keccak256(preimage).0));
                assert_eq!(memo.hash(preimage), U256::from_be_bytes(keccak256(preimage).0), "remembered");
            }
        }
    }
}
