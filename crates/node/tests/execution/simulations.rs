//! `eth_simulateV1`.

use crate::{assembly::assemble, world::*};
use access_list::StateDiff;
use alloy_rpc_types_eth::{
    BlockOverrides, BlockTransactions, TransactionRequest,
    simulate::{SimBlock, SimCallResult, SimulatePayload, SimulatedBlock},
    state::{AccountOverride, StateOverridesBuilder},
};
use executor::{Engine, Plan, PreparedBlock};
use node::execution;
use primitives::{
    Address, B256, Block, Bytes, Fork, Log, U256, alloy_consensus::BlockBody, alloy_eips::eip4895::Withdrawals,
};
use rpc::{RpcBlock, RpcError, backend::CallOutcome};

type Simulated = Result<Vec<SimulatedBlock<RpcBlock>>, RpcError>;

fn simulate(world: &World, payload: &SimulatePayload) -> Simulated {
    let root_after = |diff: &StateDiff| Ok(world.root_after(diff));
    execution::simulate(&world.base(), &root_after, payload, &budget().0)
}

fn one(world: &World, call: TransactionRequest, trace_transfers: bool) -> SimCallResult {
    let block = SimBlock::default().call(call);
    let payload = SimulatePayload { trace_transfers, ..SimulatePayload::default() }.extend(block);
    simulate(world, &payload).unwrap().remove(0).calls.remove(0)
}

fn numbered(number: u64) -> SimBlock {
    let overrides = BlockOverrides { number: Some(U256::from(number)), ..BlockOverrides::default() };
    SimBlock::default().with_block_overrides(overrides)
}

fn with_value(to: Address, value: u64) -> TransactionRequest {
    TransactionRequest { value: Some(U256::from(value)), ..transaction(to, Bytes::new()) }
}

#[test]
fn blocks_stand_on_each_other() {
    let world = World::new(Fork::Prague);
    let rich = Address::repeat_byte(0xcc);
    let balance = AccountOverride { balance: Some(U256::from(1000)), ..AccountOverride::default() };
    let pay = TransactionRequest { from: Some(rich), ..with_value(BOB, 400) };
    let hash_of_parent = Bytes::from(assemble("1 NUMBER SUB BLOCKHASH 0 MSTORE 32 0 RETURN"));
    let code = AccountOverride::default().with_code(hash_of_parent);
    let payload = SimulatePayload::default()
        .extend(
            SimBlock::default()
                .with_state_overrides(StateOverridesBuilder::default().append(rich, balance).build())
                .extend_calls([pay.clone(), pay.clone(), transaction(TOKEN, transfer(BOB, 10))]),
        )
        .extend(
            SimBlock::default()
                .with_state_overrides(StateOverridesBuilder::default().append(GETTER, code).build())
                .extend_calls([pay.clone(), to(GETTER).transaction]),
        );
    let error = simulate(&world, &payload).unwrap_err();
    assert_eq!(error.code, -38014);
    assert_eq!(error.message, format!("insufficient funds for gas * price + value: address {rich} have 200 want 400"));

    let mut payload = payload;
    payload.block_state_calls[1].calls.remove(0);
    let blocks = simulate(&world, &payload).unwrap();
    let [first, second] = &blocks[..] else { panic!("two blocks") };
    let headers = [&first.inner.header, &second.inner.header];
    assert_eq!(headers.map(|header| header.number), [101, 102]);
    assert_eq!(headers.map(|header| header.timestamp), [1_000_012, 1_000_024]);
    assert_eq!(headers.map(|header| header.base_fee_per_gas), [Some(0); 2]);
    assert_eq!(headers.map(|header| header.parent_hash), [world.header.hash_slow(), first.inner.header.hash]);
    assert_eq!(first.calls.iter().map(|call| call.gas_used).sum::<u64>(), first.inner.header.gas_used);
    assert!(first.calls.iter().all(|call| call.status));
    let log = &first.calls[2].logs[0];
    assert_eq!((log.inner.address, log.block_hash, log.log_index), (TOKEN, Some(first.inner.header.hash), Some(0)));
    assert_eq!(second.calls[0].return_data, Bytes::from(first.inner.header.hash));
}

#[test]
fn gaps_are_filled_and_order_is_kept() {
    let world = World::new(Fork::Prague);
    let numbers =
        |blocks: Simulated| -> Vec<u64> { blocks.unwrap().iter().map(|block| block.inner.header.number).collect() };
    let payload = SimulatePayload::default().extend(numbered(103)).extend(numbered(105));
    assert_eq!(numbers(simulate(&world, &payload)), [101, 102, 103, 104, 105]);

    let code = |blocks: &[SimBlock]| {
        let payload = SimulatePayload::default().extend_blocks(blocks.to_vec());
        simulate(&world, &payload).unwrap_err().code
    };
    assert_eq!(code(&[numbered(100)]), -38020);
    assert_eq!(code(&[numbered(102), numbered(102)]), -38020);
    for last in [355, 356] {
        let payload = SimulatePayload::default().extend(numbered(last));
        assert_eq!(simulate(&world, &payload).unwrap().len() as u64, last - 100, "255 and 256 blocks");
    }
    assert_eq!(code(&[numbered(357)]), -38026);
    let early = BlockOverrides { time: Some(1_000_000), ..BlockOverrides::default() };
    assert_eq!(code(&[SimBlock::default().with_block_overrides(early)]), -38021);
}

#[test]
fn failures_of_calls_are_results() {
    let world = World::new(Fork::Prague);
    let reverted = one(&world, with_value(REVERTER, 5), true);
    let error = reverted.error.unwrap();
    assert_eq!((reverted.status, error.code, error.message.as_str()), (false, 3, "execution reverted: no luck"));
    assert_eq!(
        (reverted.logs, reverted.return_data, error.data),
        (vec![], Bytes::new(), Some(reason("no luck").into()))
    );
    let endless = TransactionRequest { gas: Some(100_000), ..to(LOOP).transaction };
    let halted = one(&world, endless, false);
    let error = halted.error.unwrap();
    assert_eq!((error.code, error.message.as_str(), halted.gas_used), (-32015, "out of gas", 100_000));
    let refunded = one(&world, to(CLEARER).transaction, false);
    assert_eq!((refunded.gas_used, refunded.max_used_gas), (26_006 - 4_800, Some(26_006)));
}

#[test]
fn transfers_are_told_as_logs() {
    let world = World::new(Fork::Prague);
    let logs = one(&world, with_value(FORWARDER, 5), true).logs;
    let movement = |log: &Log| {
        let party = |at: usize| Address::from_word(log.topics()[at]);
        (party(1), party(2), U256::from_be_slice(&log.data.data))
    };
    let movements: Vec<_> = logs.iter().map(|log| movement(&log.inner)).collect();
    assert_eq!(movements, [(ALICE, FORWARDER, U256::from(5)), (FORWARDER, BOB, U256::from(5))]);
    assert_eq!(one(&world, with_value(FORWARDER, 5), false).logs, []);
}

#[test]
fn validation_asks_for_what_a_block_asks_for() {
    let world = World::new(Fork::Prague);
    let code = |call: TransactionRequest| {
        let payload = SimulatePayload::default().with_validation().extend(SimBlock::default().call(call));
        simulate(&world, &payload).unwrap_err().code
    };
    let priced = TransactionRequest { gas: Some(100_000), max_fee_per_gas: Some(1000), ..to(BOB).transaction };
    assert_eq!(code(TransactionRequest { nonce: Some(5), ..priced.clone() }), -38011);
    assert_eq!(code(TransactionRequest { max_fee_per_gas: None, ..priced.clone() }), -38012);
    assert_eq!(code(TransactionRequest { gas: Some(20_000), ..priced.clone() }), -38013);
    assert_eq!(code(TransactionRequest { gas: Some(30_000_001), ..priced.clone() }), -38015);
    assert_eq!(code(TransactionRequest { from: Some(TOKEN), nonce: Some(1), ..priced }), -38024);
}

/// The engine gives the simulated block the results that the simulation wrote into its header.
#[test]
fn a_validated_simulation_is_what_the_engine_makes_of_the_block() {
    let world = World::new(Fork::Prague);
    let priced =
        |call: TransactionRequest| TransactionRequest { gas: Some(300_000), max_fee_per_gas: Some(1000), ..call };
    let beacon = BlockOverrides { beacon_root: Some(B256::repeat_byte(0xbe)), ..BlockOverrides::default() };
    let block = SimBlock::default().with_block_overrides(beacon).extend_calls(
        [
            transaction(TOKEN, transfer(BOB, 10)),
            with_value(FORWARDER, 5),
            to(REVERTER).transaction,
            to(READER).transaction,
        ]
        .map(priced),
    );
    let payload = SimulatePayload::default().with_validation().with_full_transactions().extend(block);
    let simulated = simulate(&world, &payload).unwrap().remove(0);
    let header = simulated.inner.header.inner.clone();
    let BlockTransactions::Full(transactions) = simulated.inner.transactions else { panic!("full") };
    let senders: Vec<Address> = transactions.iter().map(|transaction| transaction.inner.signer()).collect();
    let transactions = transactions.into_iter().map(|transaction| transaction.inner.into_inner()).collect();
    let body = BlockBody { transactions, ommers: vec![], withdrawals: Some(Withdrawals::default()) };
    let block = Block { header, body };
    let prepared = PreparedBlock::new(&world.chain, &block, &senders);
    let execution = Engine::new(1).unwrap().execute(&prepared, &world.state, &Plan::default()).unwrap();
    execution.check(&prepared).unwrap();
    assert_eq!(execution.receipts.len(), 4);
    assert_eq!(block.header.state_root, world.root_after(&execution.diff));
}

#[test]
fn all_calls_together_are_bounded() {
    let world = World::new(Fork::Prague);
    let endless = TransactionRequest { gas: Some(25_000_000), ..to(LOOP).transaction };
    let block = || SimBlock::default().call(endless.clone());
    let payload = SimulatePayload::default().extend_blocks([block(), block(), block()]);
    let error = simulate(&world, &payload).unwrap_err();
    assert_eq!(error.code, -38013, "{error}");
    assert!(matches!(world.call(&to(GETTER)), Ok(CallOutcome::Success(_))));
}
