//! The engine inside another program: a block is built in parallel on a state in memory, then validated from its list.
//!
//! ```text
//! cargo run --package parallax-executor --example embed
//! ```

use executor::{Attributes, Engine, Plan, Policy, PreparedBlock, Proposal, Validation, template};
use primitives::{
    Account, Address, B256, Bytes, ChainSpec, Fork, Header, Transaction, U256,
    alloy_consensus::{SignableTransaction, TxLegacy},
    alloy_eips::eip4895::Withdrawals,
    alloy_primitives::{Signature, TxKind},
};
use state::{MemoryState, StateTrie, StateWriter};

/// Code that adds one to its first slot.
const COUNTER: &[u8] = &[0x60, 0x00, 0x54, 0x60, 0x01, 0x01, 0x60, 0x00, 0x55];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let chain = ChainSpec::at_fork(Fork::Shanghai);
    let counter = Address::repeat_byte(0xc0);
    let senders: Vec<Address> = (1..=8).map(Address::repeat_byte).collect();

    // The state before the block: eight people with an ether each, and a contract.
    let mut state = MemoryState::new();
    for sender in &senders {
        state.set_account(*sender, Account::with_balance(U256::from(1_000_000_000_000_000_000_u64)));
    }
    let code_hash = state.insert_code(Bytes::from_static(COUNTER));
    state.set_account(counter, Account { nonce: 1, code_hash, ..Account::EMPTY });
    let mut trie = StateTrie::from(&state);

    // Half of them call the counter, the others pay a stranger. Who sent what is known, so the signatures mean nothing.
    let transactions: Vec<Transaction> = (0..senders.len()).map(|at| transaction(at, counter)).collect();

    let parent = Header { gas_limit: 30_000_000, gas_used: 15_000_000, base_fee_per_gas: Some(7), ..Header::default() };
    let attributes = Attributes {
        timestamp: 12,
        beneficiary: Address::repeat_byte(0xbe),
        gas_limit: parent.gas_limit,
        prevrandao: B256::ZERO,
        parent_beacon_block_root: None,
        extra_data: Bytes::new(),
    };
    let proposal = Proposal {
        chain: &chain,
        header: template(&chain, &parent, &attributes),
        transactions: &transactions,
        senders: &senders,
        ommers: Vec::new(),
        withdrawals: Some(Withdrawals::default()),
        record_operations: false,
    };

    // A proposer knows nothing beforehand and runs ahead; what was read too early is run again.
    let engine = Engine::new(2)?;
    let plan = Plan { policy: Policy::Optimistic, ..Plan::default() };
    let mut built = engine.build(&proposal, &state, &plan)?;
    let root = trie.apply(&built.execution.diff)?;
    built.seal(root);

    // A validator executes the block on the state before it and compares everything with the header.
    let block = PreparedBlock::new(&chain, &built.block, &built.senders);
    let validation = Validation { parent: &parent, ancestors: &[], list: Some(&built.list), plan: Plan::default() };
    let validated = engine.validate(&block, &state, &validation, None)?;
    assert_eq!(validated.receipts, built.execution.receipts);

    state.commit(&validated.diff)?;
    println!("{} transactions, {} gas, state root {root}", built.senders.len(), validated.gas_used);
    Ok(())
}

fn transaction(at: usize, counter: Address) -> Transaction {
    let (to, gas_limit) = if at.is_multiple_of(2) { (counter, 100_000) } else { (Address::repeat_byte(0xee), 21_000) };
    let body = TxLegacy {
        chain_id: Some(1),
        nonce: 0,
        gas_price: 10,
        gas_limit,
        to: TxKind::Call(to),
        value: U256::from(u64::from(!at.is_multiple_of(2))),
        input: Bytes::new(),
    };
    body.into_signed(Signature::new(U256::ONE, U256::ONE, false)).into()
}
