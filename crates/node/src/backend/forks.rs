//! What `eth_config` tells of the one fork of a development chain (EIP-7910).

use crate::FORK;
use primitives::{
    Address, B256, Bytes, ChainSpec, MAINNET_DEPOSIT_CONTRACT,
    alloy_eips::{
        eip2124::ForkHash,
        eip2935, eip4788, eip7002, eip7251,
        eip7840::BlobParams,
        eip7910::{EthForkConfig, SystemContract},
    },
};

/// The precompiles of Osaka with the names that their proposals give them.
const PRECOMPILES: [(&str, u16); 18] = [
    ("ECREC", 0x01),
    ("SHA256", 0x02),
    ("RIPEMD160", 0x03),
    ("ID", 0x04),
    ("MODEXP", 0x05),
    ("BN254_ADD", 0x06),
    ("BN254_MUL", 0x07),
    ("BN254_PAIRING", 0x08),
    ("BLAKE2F", 0x09),
    ("KZG_POINT_EVALUATION", 0x0a),
    ("BLS12_G1ADD", 0x0b),
    ("BLS12_G1MSM", 0x0c),
    ("BLS12_G2ADD", 0x0d),
    ("BLS12_G2MSM", 0x0e),
    ("BLS12_PAIRING_CHECK", 0x0f),
    ("BLS12_MAP_FP_TO_G1", 0x10),
    ("BLS12_MAP_FP2_TO_G2", 0x11),
    ("P256VERIFY", 0x0100),
];

/// The fork that holds from the first block on.
pub(super) fn config(spec: &ChainSpec, genesis: B256) -> EthForkConfig {
    debug_assert_eq!(FORK, primitives::Fork::Osaka, "the precompiles are Osaka's");
    let address = |number: u16| Address::left_padding_from(&number.to_be_bytes());
    let system = [
        (SystemContract::BeaconRoots, eip4788::BEACON_ROOTS_ADDRESS),
        (SystemContract::ConsolidationRequestPredeploy, eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS),
        (SystemContract::DepositContract, MAINNET_DEPOSIT_CONTRACT),
        (SystemContract::HistoryStorage, eip2935::HISTORY_STORAGE_ADDRESS),
        (SystemContract::WithdrawalRequestPredeploy, eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS),
    ];
    EthForkConfig {
        activation_time: 0,
        blob_schedule: spec.blob_params_at(0).unwrap_or_else(BlobParams::osaka),
        chain_id: spec.chain_id,
        fork_id: Bytes::copy_from_slice(&ForkHash::from(genesis).0),
        precompiles: PRECOMPILES.into_iter().map(|(name, number)| (name.to_owned(), address(number))).collect(),
        system_contracts: system.into_iter().collect(),
    }
}
