//! A header against its parent, and against its fork alone.

use super::{HeaderError, base_fee, base_fee::ELASTICITY, blob_gas, difficulty, excess_blob_gas};
use primitives::{
    Activation, ChainSpec, Fork, Header, U256,
    alloy_consensus::EMPTY_OMMER_ROOT_HASH,
    alloy_eips::{eip4844::DATA_GAS_PER_BLOB, eip7840::BlobParams},
};

const EXTRA_DATA_MAX: usize = 32;
const DAO_EXTRA_DATA: &[u8] = b"dao-hard-fork";
const GAS_LIMIT_MIN: u64 = 5000;
/// EIP-1985.
const GAS_LIMIT_MAX: u64 = i64::MAX as u64;
const GAS_LIMIT_BOUND: u64 = 1024;

/// Checks all that a header owes to its parent and to the rules of its fork. See [`super`] for what is left out.
pub fn check_header(chain: &ChainSpec, parent: &Header, header: &Header) -> Result<(), HeaderError> {
    let fork = chain.fork_of(header);
    check_place(parent, header)?;
    // A limit that does not follow is named before the fields of a fork that began elsewhere, as clients do.
    check_gas_limit(header)?;
    check_gas_of_parent(chain, fork, parent, header)?;
    check_header_form(chain, header)?;
    check_difficulty(chain, fork, parent, header)?;
    if fork >= Fork::Cancun {
        check_excess_blob_gas(chain, parent, header)?;
    }
    Ok(())
}

/// Checks the part of [`check_header`] for which no parent is needed: what holds of every header of the fork.
pub fn check_header_form(chain: &ChainSpec, header: &Header) -> Result<(), HeaderError> {
    let fork = chain.fork_of(header);
    check_gas_limit(header)?;
    check_gas_used(header)?;
    check_extra_data(chain, header)?;
    check_fields(fork, header)?;
    if fork >= Fork::Paris {
        check_no_work(header)?;
    }
    if fork >= Fork::Cancun {
        check_blob_gas_used(chain, header)?;
    }
    Ok(())
}

/// Checks, on a chain that merges by total difficulty, that the block has work exactly if its ancestors' work does not
/// suffice yet; on other chains there is nothing to check.
///
/// `total_difficulty`: of the parent, that is the sum of the difficulties of all blocks up to it.
pub fn check_merge(chain: &ChainSpec, total_difficulty: U256, header: &Header) -> Result<(), HeaderError> {
    let Activation::TotalDifficulty(terminal) = chain.activation(Fork::Paris) else { return Ok(()) };
    let fork = chain.fork_of(header);
    if (fork >= Fork::Paris) == (total_difficulty >= terminal) {
        Ok(())
    } else {
        Err(HeaderError::Merge { fork, total: total_difficulty, terminal })
    }
}

fn check_place(parent: &Header, header: &Header) -> Result<(), HeaderError> {
    if parent.number.checked_add(1) != Some(header.number) {
        return Err(HeaderError::Number { parent: parent.number, header: header.number });
    }
    if header.timestamp <= parent.timestamp {
        return Err(HeaderError::Timestamp { parent: parent.timestamp, header: header.timestamp });
    }
    let hash = parent.hash_slow();
    if header.parent_hash != hash {
        return Err(HeaderError::ParentHash { parent: hash, header: header.parent_hash });
    }
    Ok(())
}

fn check_gas_limit(header: &Header) -> Result<(), HeaderError> {
    let limit = header.gas_limit;
    if (GAS_LIMIT_MIN..=GAS_LIMIT_MAX).contains(&limit) { Ok(()) } else { Err(HeaderError::GasLimitRange(limit)) }
}

fn check_gas_used(header: &Header) -> Result<(), HeaderError> {
    let (used, limit) = (header.gas_used, header.gas_limit);
    if used <= limit { Ok(()) } else { Err(HeaderError::GasUsed { used, limit }) }
}

fn check_gas_of_parent(chain: &ChainSpec, fork: Fork, parent: &Header, header: &Header) -> Result<(), HeaderError> {
    let first_of_london = fork >= Fork::London && chain.fork_of(parent) < Fork::London;
    let start = parent.gas_limit.saturating_mul(if first_of_london { ELASTICITY } else { 1 });
    if header.gas_limit.abs_diff(start) >= start / GAS_LIMIT_BOUND {
        return Err(HeaderError::GasLimitStep { parent: start, header: header.gas_limit });
    }
    match header.base_fee_per_gas {
        Some(fee) if fork >= Fork::London => {
            let expected = base_fee(chain, parent);
            if fee == expected { Ok(()) } else { Err(HeaderError::BaseFee { expected, header: fee }) }
        }
        _ => Ok(()),
    }
}

fn check_extra_data(chain: &ChainSpec, header: &Header) -> Result<(), HeaderError> {
    if header.extra_data.len() > EXTRA_DATA_MAX {
        return Err(HeaderError::ExtraDataLength(header.extra_data.len()));
    }
    if chain.requires_dao_extra_data(header.number) && header.extra_data.as_ref() != DAO_EXTRA_DATA {
        return Err(HeaderError::DaoExtraData);
    }
    Ok(())
}

/// Each field is there from its fork on and not before.
fn check_fields(fork: Fork, header: &Header) -> Result<(), HeaderError> {
    let fields = [
        ("base fee", Fork::London, header.base_fee_per_gas.is_some()),
        ("withdrawals root", Fork::Shanghai, header.withdrawals_root.is_some()),
        ("blob gas used", Fork::Cancun, header.blob_gas_used.is_some()),
        ("excess blob gas", Fork::Cancun, header.excess_blob_gas.is_some()),
        ("parent beacon block root", Fork::Cancun, header.parent_beacon_block_root.is_some()),
        ("requests hash", Fork::Prague, header.requests_hash.is_some()),
    ];
    for (field, since, present) in fields {
        match (fork >= since, present) {
            (true, false) => return Err(HeaderError::Missing { field, fork }),
            (false, true) => return Err(HeaderError::Unexpected { field, fork }),
            _ => {}
        }
    }
    if fork < Fork::Amsterdam && header.slot_number.is_some() {
        return Err(HeaderError::Unexpected { field: "slot number", fork });
    }
    Ok(())
}

fn check_difficulty(chain: &ChainSpec, fork: Fork, parent: &Header, header: &Header) -> Result<(), HeaderError> {
    // A chain that merged by total difficulty would take a header with work for one before the Merge.
    if fork >= Fork::Paris || chain.fork_of(parent) >= Fork::Paris {
        return check_no_work(header);
    }
    let expected = difficulty(chain, parent, header);
    if header.difficulty == expected {
        Ok(())
    } else {
        Err(HeaderError::Difficulty { expected, header: header.difficulty })
    }
}

/// What is left of proof of work after the Merge (EIP-3675).
fn check_no_work(header: &Header) -> Result<(), HeaderError> {
    if !header.difficulty.is_zero() {
        return Err(HeaderError::Difficulty { expected: U256::ZERO, header: header.difficulty });
    }
    if !header.nonce.is_zero() {
        return Err(HeaderError::Work("nonce"));
    }
    if header.ommers_hash != EMPTY_OMMER_ROOT_HASH {
        return Err(HeaderError::Work("ommers"));
    }
    Ok(())
}

fn blob_params(chain: &ChainSpec, header: &Header) -> Result<BlobParams, HeaderError> {
    chain.blob_params_at(header.timestamp).ok_or(HeaderError::NoBlobParams(header.timestamp))
}

fn check_blob_gas_used(chain: &ChainSpec, header: &Header) -> Result<(), HeaderError> {
    let params = blob_params(chain, header)?;
    let used = header.blob_gas_used.unwrap_or_default();
    if blob_gas::blobs(used).is_none_or(|blobs| blobs > params.max_blob_count) {
        let max = params.max_blob_count.saturating_mul(DATA_GAS_PER_BLOB);
        return Err(HeaderError::BlobGasUsed { used, max });
    }
    Ok(())
}

fn check_excess_blob_gas(chain: &ChainSpec, parent: &Header, header: &Header) -> Result<(), HeaderError> {
    let expected = excess_blob_gas(&blob_params(chain, header)?, parent);
    let claimed = header.excess_blob_gas.unwrap_or_default();
    if claimed == expected { Ok(()) } else { Err(HeaderError::ExcessBlobGas { expected, header: claimed }) }
}

#[cfg(test)]
mod tests;
