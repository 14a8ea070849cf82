//! What the form of a signature must keep.

use alloy_primitives::{U256, uint};

/// Half the order of secp256k1: the greatest `s` of a signature from Homestead on (EIP-2). Above it stands the other one
/// of two signatures with the same meaning.
pub const SIGNATURE_S_MAX: U256 = uint!(0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0_U256);
