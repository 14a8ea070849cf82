//! The first block of a chain: from a genesis file, or made up for a development node.

use crate::{GenesisFile, ThreadPrices};
use access_list::{AccountChange, SlotChange, StateDiff};
use primitives::{
    Account, Address, B256, Block, Bytes, ChainSpec, Fork, Header, ThreadActivation, U256,
    alloy_consensus::{BlockBody, EMPTY_OMMER_ROOT_HASH},
    alloy_eips::{eip2935, eip4788, eip4895::Withdrawals, eip7002, eip7251, eip7685::EMPTY_REQUESTS_HASH},
    alloy_primitives::{address, bytes},
    keccak256,
    map::AddressSet,
};
use state::{EMPTY_ROOT_HASH, MemoryState, state_root};

/// The newest fork whose rules are settled and held in full here.
pub const FORK: Fork = Fork::Osaka;

/// Where a chain's first block comes from.
#[derive(Clone, Debug)]
pub enum Start {
    /// Funded accounts, and the contracts that the protocol itself calls.
    Funded(Box<GenesisOptions>),
    /// A genesis file.
    File(Box<GenesisFile>),
}

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
    /// The rules, from the first block on.
    pub fork: Fork,
    /// Seconds since 1970 of the first block; `None` for the time at which it is made.
    pub timestamp: Option<u64>,
    /// What threads cost, if contracts may have them: from the first block on.
    pub threads: Option<ThreadPrices>,
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

impl Default for GenesisOptions {
    /// Nobody has anything.
    fn default() -> Self {
        Self {
            chain_id: 31337,
            accounts: Vec::new(),
            balance: U256::ZERO,
            gas_limit: 60_000_000,
            base_fee: 1_000_000_000,
            fork: FORK,
            timestamp: None,
            threads: None,
        }
    }
}

impl From<GenesisOptions> for Start {
    fn from(options: GenesisOptions) -> Self {
        Self::Funded(Box::new(options))
    }
}

impl From<GenesisFile> for Start {
    fn from(file: GenesisFile) -> Self {
        Self::File(Box::new(file))
    }
}

impl Start {
    /// The time of the first block, if it is settled.
    pub(crate) fn timestamp(&self) -> Option<u64> {
        match self {
            Self::Funded(options) => options.timestamp,
            Self::File(file) => Some(file.timestamp()),
        }
    }

    /// The first block, at this time where none is settled.
    pub(crate) fn genesis(&self, timestamp: u64) -> Genesis {
        match self {
            Self::Funded(options) => Genesis::new(options, timestamp),
            Self::File(file) => file.genesis(),
        }
    }
}

impl Genesis {
    /// The genesis of a development chain at a time.
    pub fn new(options: &GenesisOptions, timestamp: u64) -> Self {
        let mut spec = ChainSpec::at_fork(options.fork);
        spec.chain_id = options.chain_id;
        spec.contracts_send = true;
        spec.threads = options.threads.map(|prices| ThreadActivation { timestamp: 0, gas: prices.gas });
        let mut content = Content::default();
        if !options.balance.is_zero() {
            for address in &options.accounts {
                content.put(*address, Account::with_balance(options.balance));
            }
        }
        let code_hash = content.code(CREATE2_DEPLOYER_CODE);
        content.put(CREATE2_DEPLOYER, Account { balance: U256::ZERO, nonce: 1, code_hash });
        for contract in system_contracts().into_iter().filter(|contract| contract.since <= options.fork) {
            let code_hash = content.code(contract.code);
            content.put(contract.address, Account { balance: U256::ZERO, nonce: 1, code_hash });
        }
        let header = Header {
            timestamp,
            gas_limit: options.gas_limit,
            base_fee_per_gas: Some(options.base_fee),
            // Other prices are another chain, with another first block.
            extra_data: options.threads.map(|prices| Bytes::from(prices.hash)).unwrap_or_default(),
            ..Header::default()
        };
        Self::of(spec, header, content)
    }

    /// Completes a header by the fields that its fork has.
    pub(crate) fn of(spec: ChainSpec, header: Header, content: Content) -> Self {
        let fork = spec.fork_at(0, header.timestamp);
        let since = |first: Fork, root: B256| (fork >= first).then_some(root);
        let header = Header {
            ommers_hash: EMPTY_OMMER_ROOT_HASH,
            state_root: state_root(&content.state),
            transactions_root: EMPTY_ROOT_HASH,
            receipts_root: EMPTY_ROOT_HASH,
            base_fee_per_gas: header.base_fee_per_gas.filter(|_| fork >= Fork::London),
            withdrawals_root: since(Fork::Shanghai, EMPTY_ROOT_HASH),
            blob_gas_used: (fork >= Fork::Cancun).then(|| header.blob_gas_used.unwrap_or_default()),
            excess_blob_gas: (fork >= Fork::Cancun).then(|| header.excess_blob_gas.unwrap_or_default()),
            parent_beacon_block_root: since(Fork::Cancun, B256::ZERO),
            requests_hash: since(Fork::Prague, EMPTY_REQUESTS_HASH),
            ..header
        };
        let hash = header.hash_slow();
        let withdrawals = (fork >= Fork::Shanghai).then(Withdrawals::default);
        let body = BlockBody { withdrawals, ..BlockBody::default() };
        Self { spec, block: Block { header, body }, hash, diff: content.diff }
    }
}

/// The state after the first block.
#[derive(Default)]
pub(crate) struct Content {
    state: MemoryState,
    diff: StateDiff,
    known: AddressSet,
}

impl Content {
    /// Adds an account, unless it is there.
    pub(crate) fn put(&mut self, address: Address, account: Account) {
        if self.known.insert(address) {
            self.state.set_account(address, account);
            self.diff.accounts.push(AccountChange { address, account: Some(account), wiped: false });
        }
    }

    /// Adds code; gives its hash.
    pub(crate) fn code(&mut self, code: Bytes) -> B256 {
        let hash = keccak256(&code);
        self.diff.code.push((hash, code));
        hash
    }

    /// Sets a slot.
    pub(crate) fn slot(&mut self, address: Address, slot: U256, value: U256) {
        self.state.set_storage(address, slot, value);
        self.diff.slots.push(SlotChange { address, slot, value });
    }
}

/// Makes contracts at addresses that depend on their code and a salt alone; tools expect it on every chain.
const CREATE2_DEPLOYER: Address = address!("4e59b44847b379578588920ca78fbf26c0b4956c");
/// Takes a salt and init code, answers the address.
const CREATE2_DEPLOYER_CODE: Bytes = bytes!(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
);

/// A contract that the protocol itself calls.
pub(crate) struct SystemContract {
    pub(crate) name: &'static str,
    /// The first fork that calls it.
    pub(crate) since: Fork,
    pub(crate) address: Address,
    pub(crate) code: Bytes,
    /// Whether blocks are invalid without it.
    pub(crate) is_required: bool,
}

/// All of them.
pub(crate) fn system_contracts() -> [SystemContract; 4] {
    let contract = |name, since, address, code: &Bytes, is_required| SystemContract {
        name,
        since,
        address,
        code: code.clone(),
        is_required,
    };
    [
        contract("EIP-4788", Fork::Cancun, eip4788::BEACON_ROOTS_ADDRESS, &eip4788::BEACON_ROOTS_CODE, false),
        contract("EIP-2935", Fork::Prague, eip2935::HISTORY_STORAGE_ADDRESS, &eip2935::HISTORY_STORAGE_CODE, false),
        contract(
            "EIP-7002",
            Fork::Prague,
            eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
            &eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_CODE,
            true,
        ),
        contract(
            "EIP-7251",
            Fork::Prague,
            eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
            &eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_CODE,
            true,
        ),
    ]
}
