//! What `eth_config` tells of a chain's forks (EIP-7910).

use crate::genesis::system_contracts;
use primitives::{
    Activation, Address, B256, Bytes, ChainSpec, Fork,
    alloy_eips::{
        eip2124::ForkHash,
        eip2935, eip4788, eip7002,
        eip7840::BlobParams,
        eip7910::{EthConfig, EthForkConfig, SystemContract},
    },
};

/// The precompiles with the names that their proposals give them, and the fork that brought them.
const PRECOMPILES: [(&str, u16, Fork); 18] = [
    ("ECREC", 0x01, Fork::Frontier),
    ("SHA256", 0x02, Fork::Frontier),
    ("RIPEMD160", 0x03, Fork::Frontier),
    ("ID", 0x04, Fork::Frontier),
    ("MODEXP", 0x05, Fork::Byzantium),
    ("BN254_ADD", 0x06, Fork::Byzantium),
    ("BN254_MUL", 0x07, Fork::Byzantium),
    ("BN254_PAIRING", 0x08, Fork::Byzantium),
    ("BLAKE2F", 0x09, Fork::Istanbul),
    ("KZG_POINT_EVALUATION", 0x0a, Fork::Cancun),
    ("BLS12_G1ADD", 0x0b, Fork::Prague),
    ("BLS12_G1MSM", 0x0c, Fork::Prague),
    ("BLS12_G2ADD", 0x0d, Fork::Prague),
    ("BLS12_G2MSM", 0x0e, Fork::Prague),
    ("BLS12_PAIRING_CHECK", 0x0f, Fork::Prague),
    ("BLS12_MAP_FP_TO_G1", 0x10, Fork::Prague),
    ("BLS12_MAP_FP2_TO_G2", 0x11, Fork::Prague),
    ("P256VERIFY", 0x0100, Fork::Osaka),
];

/// What holds after the head, what comes next, and what comes last.
pub(super) fn config(spec: &ChainSpec, genesis: (B256, u64), head_time: u64) -> EthConfig {
    let times = times(spec, genesis.1);
    let of = |time: u64| config_at(spec, genesis, &times, time);
    let current = times.iter().copied().rfind(|time| *time <= head_time).unwrap_or_default();
    let next = times.iter().copied().find(|time| *time > head_time);
    let last = times.last().copied().filter(|time| *time > head_time);
    EthConfig { current: of(current), next: next.map(of), last: last.map(of) }
}

/// When anything comes into force, ascending; what holds from the first block on, at 0.
fn times(spec: &ChainSpec, genesis_time: u64) -> Vec<u64> {
    let forks = Fork::ALL.into_iter().filter_map(|fork| match spec.activation(fork) {
        Activation::Timestamp(time) => Some(time),
        _ => None,
    });
    let blobs = spec.blob_schedule().iter().map(|entry| entry.timestamp);
    let from_first = |time: u64| if time <= genesis_time { 0 } else { time };
    let mut times: Vec<u64> = forks.chain(blobs).map(from_first).chain([0]).collect();
    times.sort_unstable();
    times.dedup();
    times
}

fn config_at(spec: &ChainSpec, genesis: (B256, u64), times: &[u64], time: u64) -> EthForkConfig {
    let at = time.max(genesis.1);
    let fork = spec.fork_at(0, at);
    let mut id = ForkHash::from(genesis.0);
    spec.fork_id_blocks.iter().for_each(|block| id += *block);
    times.iter().filter(|passed| **passed > 0 && **passed <= time).for_each(|passed| id += *passed);
    let address = |number: u16| Address::left_padding_from(&number.to_be_bytes());
    let precompiles = PRECOMPILES.into_iter().filter(|(_, _, since)| *since <= fork);
    let system = system_contracts().into_iter().filter(|contract| contract.since <= fork).map(|contract| {
        let name = match contract.address {
            eip4788::BEACON_ROOTS_ADDRESS => SystemContract::BeaconRoots,
            eip2935::HISTORY_STORAGE_ADDRESS => SystemContract::HistoryStorage,
            eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS => SystemContract::WithdrawalRequestPredeploy,
            _ => SystemContract::ConsolidationRequestPredeploy,
        };
        (name, contract.address)
    });
    let deposits = (fork >= Fork::Prague).then_some((SystemContract::DepositContract, spec.deposit_contract));
    EthForkConfig {
        activation_time: time,
        blob_schedule: spec.blob_params_at(at).unwrap_or_else(BlobParams::cancun),
        chain_id: spec.chain_id,
        fork_id: Bytes::copy_from_slice(&id.0),
        precompiles: precompiles.map(|(name, number, _)| (name.to_owned(), address(number))).collect(),
        system_contracts: system.chain(deposits).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::alloy_primitives::b256;

    /// The identifiers of mainnet that EIP-2124 and EIP-7910 give.
    #[test]
    fn mainnet_has_its_known_fork_identifiers() {
        let genesis = (b256!("d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"), 0);
        let spec = ChainSpec::mainnet();
        for (time, id) in [
            (1_681_338_455, [0xdc, 0xe9, 0x6c, 0x2d]),
            (1_710_338_135, [0x9f, 0x3d, 0x22, 0x54]),
            (1_746_612_311, [0xc3, 0x76, 0xcf, 0x8b]),
        ] {
            assert_eq!(config(&spec, genesis, time).current.fork_id, Bytes::from(id));
        }
    }
}
