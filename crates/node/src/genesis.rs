//! The first block of a development chain: funded accounts, and the contracts that the protocol itself calls.

use access_list::{AccountChange, StateDiff};
use primitives::{
    Account, Address, B256, Block, Bytes, ChainSpec, Fork, Header, U256,
    alloy_consensus::{BlockBody, EMPTY_OMMER_ROOT_HASH},
    alloy_eips::{eip2935, eip4788, eip4895::Withdrawals, eip7002, eip7251, eip7685::EMPTY_REQUESTS_HASH},
    alloy_primitives::{address, bytes},
    keccak256,
};
use state::{EMPTY_ROOT_HASH, MemoryState, state_root};

/// The newest fork whose rules are settled and held in full here.
pub const FORK: Fork = Fork::Osaka;

/// What a development chain starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenesisOptions {
    /// The chain's identifier.
    pub chain_id: u64,
    /// Accounts with money.
    pub accounts: Vec<Address>,
    /// What each of them has, in wei.
    pub balance: U256,
    /// Gas of a block.
    pub gas_limit: u64,
    /// Base fee of the first block, in wei per gas.
    pub base_fee: u64,
}

/// A genesis block with the state after it.
#[derive(Clone, Debug)]
pub struct Genesis {
    /// The rules of the chain.
    pub spec: ChainSpec,
    /// The block.
    pub block: Block,
    /// Its hash.
    pub hash: B256,
    /// Everything that is in the state.
    pub diff: StateDiff,
}

impl Genesis {
    /// The genesis at a time.
    pub fn new(options: &GenesisOptions, timestamp: u64) -> Self {
        let mut spec = ChainSpec::at_fork(FORK);
        spec.chain_id = options.chain_id;
        spec.contracts_send = true;
        let mut diff = StateDiff::default();
        let mut state = MemoryState::new();
        for address in &options.accounts {
            put(&mut state, &mut diff, *address, Account::with_balance(options.balance));
        }
        for (address, code) in predeploys() {
            let code_hash = keccak256(&code);
            put(&mut state, &mut diff, address, Account { balance: U256::ZERO, nonce: 1, code_hash });
            diff.code.push((code_hash, code));
        }
        let header = Header {
            ommers_hash: EMPTY_OMMER_ROOT_HASH,
            state_root: state_root(&state),
            transactions_root: EMPTY_ROOT_HASH,
            receipts_root: EMPTY_ROOT_HASH,
            timestamp,
            gas_limit: options.gas_limit,
            base_fee_per_gas: Some(options.base_fee),
            withdrawals_root: Some(EMPTY_ROOT_HASH),
            blob_gas_used: Some(0),
            excess_blob_gas: Some(0),
            parent_beacon_block_root: Some(B256::ZERO),
            requests_hash: Some(EMPTY_REQUESTS_HASH),
            ..Header::default()
        };
        let hash = header.hash_slow();
        let body = BlockBody { withdrawals: Some(Withdrawals::default()), ..BlockBody::default() };
        Self { spec, block: Block { header, body }, hash, diff }
    }
}

fn put(state: &mut MemoryState, diff: &mut StateDiff, address: Address, account: Account) {
    if diff.accounts.iter().any(|change| change.address == address) || account.is_empty() {
        return;
    }
    state.set_account(address, account);
    diff.accounts.push(AccountChange { address, account: Some(account), wiped: false });
}

/// Makes contracts at addresses that depend on their code and a salt alone; tools expect it on every chain.
const CREATE2_DEPLOYER: Address = address!("4e59b44847b379578588920ca78fbf26c0b4956c");
/// Takes a salt and init code, answers the address.
const CREATE2_DEPLOYER_CODE: Bytes = bytes!(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
);

fn predeploys() -> [(Address, Bytes); 5] {
    [
        (CREATE2_DEPLOYER, CREATE2_DEPLOYER_CODE),
        (eip4788::BEACON_ROOTS_ADDRESS, eip4788::BEACON_ROOTS_CODE.clone()),
        (eip2935::HISTORY_STORAGE_ADDRESS, eip2935::HISTORY_STORAGE_CODE.clone()),
        (eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS, eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_CODE.clone()),
        (eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS, eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_CODE.clone()),
    ]
}
