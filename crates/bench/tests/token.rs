//! The three functions of ERC-20 with which paper P measures validation (Table III): what a block of them leaves, compared
//! with a token of this page. They have no threads, there as here: each reads and writes a few slots. What is parallel are
//! the transactions, in groups.

use access_list::AccessSet;
use bench::workload::{
    Contract, Generator as _, Settings, Validated, ValidatedCall, Workload, mapping_slot, nested_mapping_slot,
};
use executor::{Engine, Known, Plan, Policy, PreparedBlock};
use primitives::{Address, ChainSpec, U256, alloy_consensus::Transaction as _, keccak256};
use state::{MemoryState, StateReader as _, StateWriter as _};
use std::collections::BTreeMap;

/// Balances and allowances, each found in the state when it is first asked for.
struct Token<'s> {
    address: Address,
    state: &'s MemoryState,
    slots: BTreeMap<U256, U256>,
}

impl Token<'_> {
    fn slot(&mut self, slot: U256) -> &mut U256 {
        let before = self.state.storage(self.address, slot).expect("in memory");
        self.slots.entry(slot).or_insert(before)
    }

    fn balance(&mut self, of: Address) -> &mut U256 {
        self.slot(mapping_slot(of.into_word().into(), Contract::Token.slot("balanceOf")))
    }

    fn allowance(&mut self, owner: Address, spender: Address) -> &mut U256 {
        self.slot(nested_mapping_slot(owner, spender, Contract::Token.slot("allowance")))
    }

    fn transfer(&mut self, from: Address, to: Address, value: U256) {
        *self.balance(from) -= value;
        *self.balance(to) += value;
    }

    /// Carries out a call.
    fn call(&mut self, sender: Address, input: &[u8]) {
        let (selector, arguments) = input.split_at(4);
        let words: Vec<U256> = arguments.chunks(32).map(U256::from_be_slice).collect();
        let address = |word: U256| Address::from_word(word.into());
        let is = |signature: &str| selector == &keccak256(signature)[..4];
        match *words.as_slice() {
            [spender, value] if is("approve(address,uint256)") => {
                *self.allowance(sender, address(spender)) = value;
            }
            [to, value] if is("transfer(address,uint256)") => self.transfer(sender, address(to), value),
            [from, to, value] if is("transferFrom(address,address,uint256)") => {
                *self.allowance(address(from), sender) -= value;
                self.transfer(address(from), address(to), value);
            }
            _ => panic!("no function of a token: {input:02x?}"),
        }
    }
}

/// The slots of the token that are to be found after the block.
fn expected(workload: &Workload, token: Address) -> BTreeMap<U256, U256> {
    let mut model = Token { address: token, state: &workload.state, slots: BTreeMap::new() };
    for (transaction, sender) in workload.block.body.transactions.iter().zip(&workload.senders) {
        assert_eq!(transaction.to(), Some(token));
        model.call(*sender, transaction.input());
    }
    model.slots
}

#[test]
fn the_three_functions_leave_what_a_token_leaves() {
    let engines = [1, 3].map(|workers| Engine::sharing_all(workers).expect("threads can be had"));
    for call in [ValidatedCall::Approve, ValidatedCall::Transfer, ValidatedCall::TransferFrom] {
        for group in [1, 4, 30] {
            let workload = Validated { call, transactions: 30, group }.build(Settings::new(9));
            let token = workload.block.body.transactions[0].to().expect("a call");
            let expected = expected(&workload, token);
            assert!(expected.len() >= 30 / group, "{call}");
            let chain = ChainSpec::at_fork(workload.fork);
            let block = PreparedBlock::new(&chain, &workload.block, &workload.senders);
            let serial = engines[0].execute(&block, &workload.state, &Plan { record_list: true, ..Plan::default() });
            let serial = serial.expect("a valid block");
            let index = engines[0].index(serial.list.as_ref().expect("recorded"));
            let sets: Vec<AccessSet> = serial.access_sets();
            for (engine, policy) in engines.iter().flat_map(|engine| Policy::ALL.map(|policy| (engine, policy))) {
                let known = Known { list: Some(&index), sets: Some(&sets) };
                let execution = engine.execute(&block, &workload.state, &Plan { policy, known, ..Plan::default() });
                let execution = execution.expect("a valid block");
                let what = format!("{call}, groups of {group}, {policy} x{}", engine.workers());
                assert!(execution.receipts.iter().all(|receipt| receipt.status()), "{what}");
                assert!(execution.receipts.iter().all(|receipt| receipt.logs().len() == 1), "{what}");
                let mut after = workload.state.clone();
                after.commit(&execution.diff).expect("a sound diff");
                for (slot, value) in &expected {
                    assert_eq!(after.storage(token, *slot), Ok(*value), "{what}: {slot}");
                }
            }
        }
    }
}
