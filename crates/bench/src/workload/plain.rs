//! The judge of generated blocks in tests: a plain revm loop, with nothing of ours but the state it reads.

use super::{Generator, Settings, Signing, Variable, Workload, correlated_count};
use primitives::{
    Address, B256, Bytes, Fork, Transaction, U256,
    alloy_consensus::{Transaction as _, Typed2718, transaction::SignerRecoverable},
};
use revm::{
    Context, DatabaseCommit, DatabaseRef, ExecuteEvm, MainBuilder, MainContext,
    bytecode::Bytecode,
    context::{BlockEnv, CfgEnv, TxEnv, either::Either},
    context_interface::block::BlobExcessGasAndPrice,
    database::CacheDB,
    primitives::hardfork::SpecId,
    state::{AccountInfo, EvmState},
};
use state::{MemoryState, StateReader};
use std::{collections::BTreeMap, convert::Infallible};

/// What became of the transactions that were executed, in order.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) gas: Vec<u64>,
    pub(super) outputs: Vec<Bytes>,
    pub(super) successes: usize,
    /// Indices of those that were not executed, with the reason.
    pub(super) rejected: BTreeMap<usize, String>,
    /// What each executed transaction touched.
    pub(super) states: Vec<EvmState>,
}

/// Builds twice, compares, executes, and compares what was touched with what the workload says.
pub(super) fn check(generator: &dyn Generator, correlated: usize) -> Outcome {
    let name = generator.name();
    let workload = generator.build(Settings::new(9));
    assert_eq!(workload.block, generator.build(Settings::new(9)).block, "{name}: not a function of its seed");
    assert_ne!(workload.senders, generator.build(Settings::new(10)).senders, "{name}: the seed changes nothing");
    assert_eq!(correlated_count(&workload.touches), correlated, "{name}: correlation");
    check_nonces(&workload);
    check_signatures(generator);
    let outcome = run(&workload);
    for (index, touches) in workload.touches.iter().enumerate() {
        assert!(touches.iter().all(|touch| is_changed(&outcome.states[index], touch)), "{name}: {touches:?}");
    }
    outcome
}

/// Executes a workload whose transactions all succeed.
pub(super) fn run(workload: &Workload) -> Outcome {
    let outcome = execute(workload);
    assert!(outcome.rejected.is_empty(), "{}: {:?}", workload.name, outcome.rejected);
    assert_eq!(outcome.successes, workload.senders.len(), "{}: {:?}", workload.name, outcome.gas);
    outcome
}

/// Executes a workload.
pub(super) fn execute(workload: &Workload) -> Outcome {
    let spec = spec_id(workload.fork);
    let mut cfg = CfgEnv::new_with_spec(spec).with_spec_and_mainnet_gas_params(spec);
    cfg.chain_id = super::CHAIN_ID;
    cfg.max_blobs_per_tx = Some(6);
    let database = CacheDB::new(Plain(&workload.state));
    let mut evm = Context::mainnet().with_db(database).with_block(block_env(workload)).with_cfg(cfg).build_mainnet();
    let mut outcome = Outcome::default();
    for (index, (transaction, sender)) in workload.block.body.transactions.iter().zip(&workload.senders).enumerate() {
        match evm.transact(tx_env(transaction, *sender)) {
            Ok(executed) => {
                outcome.gas.push(executed.result.tx_gas_used());
                outcome.outputs.push(executed.result.output().cloned().unwrap_or_default());
                outcome.successes += usize::from(executed.result.is_success());
                outcome.states.push(executed.state.clone());
                evm.ctx.journaled_state.database.commit(executed.state);
            }
            Err(error) => {
                outcome.rejected.insert(index, error.to_string());
            }
        }
    }
    outcome
}

fn check_nonces(workload: &Workload) {
    let mut next: BTreeMap<Address, u64> = BTreeMap::new();
    for (transaction, sender) in workload.block.body.transactions.iter().zip(&workload.senders) {
        let nonce = next.entry(*sender).or_default();
        assert_eq!(transaction.nonce(), *nonce, "{}", workload.name);
        *nonce += 1;
    }
}

fn check_signatures(generator: &dyn Generator) {
    let workload = generator.build(Settings { signing: Signing::Real, ..Settings::new(9) });
    for (transaction, sender) in workload.block.body.transactions.iter().zip(&workload.senders) {
        assert_eq!(transaction.recover_signer().expect("a valid signature"), *sender, "{}", workload.name);
    }
}

fn is_changed(state: &EvmState, variable: &Variable) -> bool {
    match variable {
        Variable::Account(address) => state.get(address).is_some_and(|account| account.is_touched()),
        Variable::Slot(address, slot) => state
            .get(address)
            .and_then(|account| account.storage.get(slot))
            .is_some_and(|slot| slot.is_changed() || slot.present_value() == U256::ONE),
    }
}

fn block_env(workload: &Workload) -> BlockEnv {
    let header = &workload.block.header;
    let fraction = primitives::ChainSpec::at_fork(workload.fork).blob_params_at(header.timestamp);
    BlockEnv {
        number: U256::from(header.number),
        beneficiary: header.beneficiary,
        timestamp: U256::from(header.timestamp),
        gas_limit: header.gas_limit,
        basefee: header.base_fee_per_gas.unwrap_or_default(),
        difficulty: header.difficulty,
        prevrandao: (workload.fork >= Fork::Paris).then_some(header.mix_hash),
        blob_excess_gas_and_price: fraction.map(|params| {
            let fraction = u64::try_from(params.update_fraction).expect("fractions are small");
            BlobExcessGasAndPrice::new(header.excess_blob_gas.unwrap_or_default(), fraction)
        }),
        ..BlockEnv::default()
    }
}

fn tx_env(transaction: &Transaction, sender: Address) -> TxEnv {
    TxEnv {
        tx_type: transaction.ty(),
        caller: sender,
        gas_limit: transaction.gas_limit(),
        gas_price: transaction.max_fee_per_gas(),
        kind: transaction.kind(),
        value: transaction.value(),
        data: transaction.input().clone(),
        nonce: transaction.nonce(),
        chain_id: transaction.chain_id(),
        access_list: transaction.access_list().cloned().unwrap_or_default(),
        gas_priority_fee: transaction.max_priority_fee_per_gas(),
        blob_hashes: transaction.blob_versioned_hashes().unwrap_or_default().to_vec(),
        max_fee_per_blob_gas: transaction.max_fee_per_blob_gas().unwrap_or_default(),
        authorization_list: transaction
            .authorization_list()
            .unwrap_or_default()
            .iter()
            .map(|authorization| Either::Left(authorization.clone()))
            .collect(),
    }
}

fn spec_id(fork: Fork) -> SpecId {
    match fork {
        Fork::Frontier => SpecId::FRONTIER,
        Fork::Homestead => SpecId::HOMESTEAD,
        Fork::Tangerine => SpecId::TANGERINE,
        Fork::SpuriousDragon => SpecId::SPURIOUS_DRAGON,
        Fork::Byzantium => SpecId::BYZANTIUM,
        Fork::Constantinople | Fork::Petersburg => SpecId::PETERSBURG,
        Fork::Istanbul => SpecId::ISTANBUL,
        Fork::Berlin => SpecId::BERLIN,
        Fork::London => SpecId::LONDON,
        Fork::Paris => SpecId::MERGE,
        Fork::Shanghai => SpecId::SHANGHAI,
        Fork::Cancun => SpecId::CANCUN,
        Fork::Prague => SpecId::PRAGUE,
        Fork::Osaka => SpecId::OSAKA,
        Fork::Amsterdam => SpecId::AMSTERDAM,
    }
}

struct Plain<'a>(&'a MemoryState);

impl DatabaseRef for Plain<'_> {
    type Error = Infallible;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        let account = self.0.account(address).expect("the state is whole");
        Ok(account.map(|account| AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: account.code_hash,
            ..AccountInfo::default().without_code()
        }))
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, Infallible> {
        Ok(Bytecode::new_raw(self.0.code(hash).expect("the state is whole")))
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Infallible> {
        Ok(self.0.storage(address, slot).expect("the state is whole"))
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Infallible> {
        Ok(self.0.block_hash(number).expect("the state is whole"))
    }
}
