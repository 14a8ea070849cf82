//! A small state, and calls on it.

use crate::assembly::{assemble, reverting};
use access_list::StateDiff;
use alloy_rpc_types_eth::TransactionRequest;
use evm::CodeCache;
use node::{
    console::Console,
    execution::{self, Base},
};
use primitives::{
    Account, Address, B256, Bytes, ChainSpec, Fork, Header, U256,
    alloy_eips::{
        eip4788::BEACON_ROOTS_ADDRESS, eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
        eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
    },
    alloy_primitives::{TxKind, hex},
    keccak256,
};
use rpc::{
    RpcError,
    backend::{Budget, CallOutcome, CallRequest, Cancellation},
};
use state::{MemoryState, StateWriter, state_root};
use std::time::Duration;

pub(crate) const ALICE: Address = Address::repeat_byte(0xa1);
pub(crate) const BOB: Address = Address::repeat_byte(0xb0);
pub(crate) const MINER: Address = Address::repeat_byte(0xcb);
pub(crate) const TOKEN: Address = Address::repeat_byte(0x70);
pub(crate) const LOOP: Address = Address::repeat_byte(0x10);
pub(crate) const REVERTER: Address = Address::repeat_byte(0x11);
/// Returns slot 0.
pub(crate) const GETTER: Address = Address::repeat_byte(0x12);
/// Sets slot 1 to zero.
pub(crate) const CLEARER: Address = Address::repeat_byte(0x13);
/// Burns gas in a loop.
pub(crate) const BURNER: Address = Address::repeat_byte(0x14);
/// Calls [`BURNER`] and insists on its success.
pub(crate) const CALLER: Address = Address::repeat_byte(0x15);
/// Sends [`REVERTER`] 1 wei, ignores the failure, and sends its value on to [`BOB`].
pub(crate) const FORWARDER: Address = Address::repeat_byte(0x16);

/// Asks the contract of beacon roots and keeps the answer.
pub(crate) const READER: Address = Address::repeat_byte(0x17);

pub(crate) const ETHER: u64 = 1_000_000_000_000_000_000;

pub(crate) struct World {
    pub(crate) chain: ChainSpec,
    pub(crate) header: Header,
    pub(crate) state: MemoryState,
    pub(crate) codes: CodeCache,
}

impl World {
    pub(crate) fn new(fork: Fork) -> Self {
        let mut world = Self {
            chain: ChainSpec::at_fork(fork),
            header: Header {
                number: 100,
                timestamp: 1_000_000,
                gas_limit: 30_000_000,
                beneficiary: MINER,
                base_fee_per_gas: Some(7),
                mix_hash: B256::repeat_byte(0x5a),
                excess_blob_gas: (fork >= Fork::Cancun).then_some(0),
                parent_beacon_block_root: (fork >= Fork::Cancun).then(|| B256::repeat_byte(0xbe)),
                ..Header::default()
            },
            state: MemoryState::new(),
            codes: CodeCache::default(),
        };
        for sender in [ALICE, BOB] {
            world.state.set_account(sender, Account::with_balance(U256::from(ETHER)));
        }
        world.deploy(TOKEN, artefact(include_str!("../../../../contracts/artefacts/Token.json")));
        world.state.set_storage(TOKEN, balance_slot(ALICE), U256::from(1000));
        world.deploy(LOOP, assemble("top: @top JUMP"));
        world.deploy(REVERTER, reverting(&reason("no luck")));
        world.deploy(GETTER, assemble("0 SLOAD 0 MSTORE 32 0 RETURN"));
        world.state.set_storage(GETTER, U256::ZERO, U256::from(42));
        world.deploy(CLEARER, assemble("0 1 SSTORE"));
        world.state.set_storage(CLEARER, U256::ONE, U256::from(9));
        world.deploy(BURNER, assemble("5000 top: 1 SWAP1 SUB DUP1 @top JUMPI"));
        let call = |to: Address| format!("0 0 0 0 0 {to} GAS CALL");
        world.deploy(CALLER, assemble(&format!("{} @ok JUMPI 0 0 REVERT ok: STOP", call(BURNER))));
        for contract in [WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS, CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS] {
            world.deploy(contract, assemble("STOP"));
        }
        let system = "0xfffffffffffffffffffffffffffffffffffffffe";
        let keep = format!("{system} CALLER EQ @keep JUMPI 0 SLOAD 0 MSTORE 32 0 RETURN keep: 0 CALLDATALOAD 0 SSTORE");
        world.deploy(BEACON_ROOTS_ADDRESS, assemble(&keep));
        let read = format!("32 0 0 0 0 {BEACON_ROOTS_ADDRESS} GAS CALL POP 0 MLOAD 0 SSTORE");
        world.deploy(READER, assemble(&read));
        let forward = format!("0 0 0 0 1 {REVERTER} GAS CALL POP 0 0 0 0 CALLVALUE {BOB} GAS CALL POP");
        world.deploy(FORWARDER, assemble(&forward));
        world
    }

    pub(crate) fn deploy(&mut self, address: Address, code: impl Into<Bytes>) {
        let code_hash = self.state.insert_code(code.into());
        self.state.set_account(address, Account { code_hash, nonce: 1, ..Account::EMPTY });
    }

    pub(crate) fn base(&self) -> Base<'_> {
        Base { chain: &self.chain, header: &self.header, state: &self.state, codes: &self.codes }
    }

    /// The root of the state with changes on it.
    pub(crate) fn root_after(&self, diff: &StateDiff) -> B256 {
        let mut state = self.state.clone();
        state.commit(diff).expect("a sound diff");
        state_root(&state)
    }

    pub(crate) fn call(&self, request: &CallRequest) -> Result<CallOutcome, RpcError> {
        execution::call(&self.base(), request, &budget().0, &mut Console::deaf())
    }

    pub(crate) fn estimate(&self, request: &CallRequest) -> Result<u64, RpcError> {
        execution::estimate_gas(&self.base(), request, &budget().0, &mut Console::deaf())
    }
}

pub(crate) fn budget() -> (Budget, Cancellation) {
    Budget::new(50_000_000, Duration::from_secs(60))
}

pub(crate) fn transaction(to: Address, input: impl Into<Bytes>) -> TransactionRequest {
    TransactionRequest {
        from: Some(ALICE),
        to: Some(TxKind::Call(to)),
        input: input.into().into(),
        ..TransactionRequest::default()
    }
}

pub(crate) fn request(transaction: TransactionRequest) -> CallRequest {
    CallRequest { transaction, at: B256::ZERO, state: None, block: None }
}

pub(crate) fn to(address: Address) -> CallRequest {
    request(transaction(address, Bytes::new()))
}

/// `transfer(address,uint256)`.
pub(crate) fn transfer(to: Address, amount: u64) -> Bytes {
    let mut input = keccak256("transfer(address,uint256)")[..4].to_vec();
    input.extend(to.into_word());
    input.extend(B256::from(U256::from(amount)));
    input.into()
}

/// The slot of a balance in [`TOKEN`].
pub(crate) fn balance_slot(holder: Address) -> U256 {
    keccak256([holder.into_word().0, [0; 32]].concat()).into()
}

/// `Error(string)`.
pub(crate) fn reason(text: &str) -> Vec<u8> {
    let mut output = keccak256("Error(string)")[..4].to_vec();
    output.extend(B256::from(U256::from(32)));
    output.extend(B256::from(U256::from(text.len())));
    let mut word = [0; 32];
    word[..text.len()].copy_from_slice(text.as_bytes());
    output.extend(word);
    output
}

pub(crate) fn word(value: u64) -> Bytes {
    B256::from(U256::from(value)).into()
}

/// The code that an artefact has on chain.
fn artefact(json: &str) -> Vec<u8> {
    let artefact: serde_json::Value = serde_json::from_str(json).unwrap();
    hex::decode(artefact["deployedBytecode"].as_str().unwrap()).unwrap()
}
