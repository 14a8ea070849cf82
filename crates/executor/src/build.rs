//! Proposing a block: candidates in, a block with its access list out.
//!
//! ```text
//!  Proposal: header template, candidates in order
//!     │ form, size                     what no state is needed for
//!     ▼
//!  steps before ─▶ candidates under a policy ─▶ steps after ─▶ diff ─▶ what the caller makes of it: the state root
//!     │                  │ not valid where it would            │ beside it
//!     ▼                  ▼ stand: left out, with the reason    ▼
//!  BuiltBlock: header filled in, body of the included, receipts, list, diff
//! ```
//!
//! Law: the block is the one that `serial` builds, whatever the policy; and executing it anew, without the candidates that
//! were left out, gives the same receipts, list and diff. So [`Engine::validate`](crate::Engine::validate) accepts it.
//!
//! Limits: the state root is for the caller to put in ([`BuiltBlock::seal`]), since only it knows the whole state. Blocks
//! before Byzantium, whose receipts hold a state root each, are replayed and not built. Proof of work is not done here.

mod template;

pub use template::{Attributes, template};

use crate::{
    BlockExecution, Engine, Error, Plan, PreparedBlock, Rejection, engine::Ran, gate::OnRejection, rules,
    steps::requests_hash, transactions_root,
};
use access_list::{BlockAccessList, StateDiff};
use primitives::{
    Address, B256, Block, ChainSpec, Fork, Header, Transaction,
    alloy_consensus::{BlockBody, Transaction as _},
    alloy_eips::{eip4844::DATA_GAS_PER_BLOB, eip4895::Withdrawals},
    alloy_rlp::{self, Encodable},
    keccak256,
};
use state::StateReader;

/// What a new block is made from.
#[derive(Clone, Debug)]
pub struct Proposal<'a> {
    /// The rules.
    pub chain: &'a ChainSpec,
    /// What of the header does not depend on the transactions: see [`template`]. The rest is overwritten.
    pub header: Header,
    /// Transactions that may come into the block, in the order in which they are to stand.
    pub transactions: &'a [Transaction],
    /// Who sent each of them.
    pub senders: &'a [Address],
    /// Uncles, in proof of work.
    pub ommers: Vec<Header>,
    /// Withdrawals, from Shanghai on.
    pub withdrawals: Option<Withdrawals>,
    /// Whether the result is to have an operation root.
    pub record_operations: bool,
}

/// A block that was built, with everything that was found out on the way.
#[derive(Clone, Debug)]
pub struct BuiltBlock {
    /// The block. Its state root is zero until [`Self::seal`].
    pub block: Block,
    /// Who sent each of its transactions.
    pub senders: Vec<Address>,
    /// Its result, as executing it gives it; candidates that were left out do not appear.
    pub execution: BlockExecution,
    /// Its access list, which travels beside it.
    pub list: BlockAccessList,
    /// The candidates that were left out, by their position in the proposal, and why.
    pub rejected: Vec<(usize, Rejection)>,
}

impl BuiltBlock {
    /// Puts the state root in, which is that of the state before with [`BlockExecution::diff`] committed.
    pub fn seal(&mut self, state_root: B256) {
        self.block.header.state_root = state_root;
    }
}

impl Engine {
    /// Builds a block on the state before it. Candidates that cannot stand where they would are left out.
    ///
    /// There is no access list to be driven by: a policy that needs one is refused.
    ///
    /// # Panics
    ///
    /// If there is not one sender for each transaction.
    pub fn build(
        &self,
        proposal: &Proposal<'_>,
        state: &(dyn StateReader + Sync),
        plan: &Plan<'_>,
    ) -> Result<BuiltBlock, Error> {
        self.build_beside(proposal, state, plan, |_| ()).map(|(built, ())| built)
    }

    /// As [`Self::build`], and gives what `on_diff` makes of everything that the block changes. It is run as soon as that
    /// is known, on another worker, while receipts, access list and their roots are made: the state root, for one, need not
    /// wait for them. It is not run if execution fails.
    pub fn build_beside<D: Send>(
        &self,
        proposal: &Proposal<'_>,
        state: &(dyn StateReader + Sync),
        plan: &Plan<'_>,
        on_diff: impl FnOnce(&StateDiff) -> D + Send,
    ) -> Result<(BuiltBlock, D), Error> {
        assert_eq!(proposal.transactions.len(), proposal.senders.len(), "one sender for each transaction");
        let fork = proposal.chain.fork_of(&proposal.header);
        if fork < Fork::Byzantium {
            return Err(Error::TooOld(fork));
        }
        let (candidates, mut rejected) = Candidates::select(proposal, fork);
        let Candidates { places, block, senders } = candidates;
        let mut prepared = PreparedBlock::new(proposal.chain, &block, &senders);
        if proposal.record_operations {
            prepared = prepared.recording_operations();
        }
        let mut plan = Plan { record_list: true, ..*plan };
        plan.known.list = None;
        plan.known.sets = plan.known.sets.filter(|sets| sets.len() == senders.len());
        let Ran { diff, rest, rejected: excluded } = self.run(&prepared, state, &plan, OnRejection::Exclude)?;
        let is_short = senders.len() < BESIDE_MIN;
        let own = || on_diff(&diff);
        let finish_rest = || {
            let execution = rest.finish(&prepared, &plan)?;
            let roots = Roots::of(&block, &execution);
            Ok::<_, Error>((execution, roots))
        };
        let (of_diff, finished) = if is_short { (own(), finish_rest()) } else { self.pool().join(own, finish_rest) };
        let (mut execution, roots) = finished?;
        execution.diff = diff;
        drop(prepared);
        rejected.extend(excluded.into_iter().map(|(index, rejection)| (places[index], rejection)));
        rejected.sort_by_key(|(place, _)| *place);

        let included: Vec<bool> = execution.executed.iter().map(Option::is_some).collect();
        execution.executed.retain(Option::is_some);
        if let Some(timeline) = plan.timeline {
            timeline.retain(&included);
        }
        let list = execution.list.clone().unwrap_or_default();
        let block = finish(block, &included, &execution, &roots, fork);
        let senders = only(senders, &included);
        Ok((BuiltBlock { block, senders, execution, list, rejected }, of_diff))
    }
}

/// With fewer transactions, waking a worker for what comes after them costs more than it saves.
const BESIDE_MIN: usize = 64;

/// The roots and hashes of a header that cost something.
struct Roots {
    transactions: B256,
    receipts: B256,
    list: B256,
}

impl Roots {
    /// Of what of the candidates of `block` is included.
    fn of(block: &Block, execution: &BlockExecution) -> Self {
        let candidates = block.body.transactions.iter().zip(&execution.executed);
        let included = candidates.filter_map(|(transaction, executed)| executed.as_ref().map(|_| transaction));
        Self {
            transactions: transactions_root(included),
            receipts: execution.receipts_root(),
            list: execution.list.as_ref().map_or_else(|| BlockAccessList::default().hash(), BlockAccessList::hash),
        }
    }
}

/// The candidates that may stand in a block of the fork by their form, as one block.
struct Candidates {
    /// Where each of them stands in the proposal.
    places: Vec<usize>,
    block: Block,
    senders: Vec<Address>,
}

impl Candidates {
    /// Sorts out those whose form is not one of the fork, and those for which there is no room in bytes. The room is
    /// counted as if all before it were included; only a proposal of more bytes than a block may have can tell.
    fn select(proposal: &Proposal<'_>, fork: Fork) -> (Self, Vec<(usize, Rejection)>) {
        let body = BlockBody {
            transactions: Vec::with_capacity(proposal.transactions.len()),
            ommers: proposal.ommers.clone(),
            withdrawals: proposal.withdrawals.clone(),
        };
        let block = Block { header: proposal.header.clone(), body };
        let mut selected = Self { places: Vec::new(), senders: Vec::new(), block };
        let mut room = rules::block_bytes_max(fork).saturating_sub(selected.block.length() + HEADER_GROWTH_BYTES_MAX);
        let mut rejected = Vec::new();
        for (place, (transaction, sender)) in proposal.transactions.iter().zip(proposal.senders).enumerate() {
            let size = transaction.length();
            if let Err(error) = rules::check_transaction(fork, transaction) {
                rejected.push((place, Rejection::Form(error)));
            } else if size > room {
                rejected.push((place, Rejection::Size { bytes: size, left: room }));
            } else {
                room -= size;
                selected.places.push(place);
                selected.senders.push(*sender);
                selected.block.body.transactions.push(transaction.clone());
            }
        }
        (selected, rejected)
    }
}

/// By how much filling in the header, and longer length prefixes, may lengthen a block.
const HEADER_GROWTH_BYTES_MAX: usize = 1024;

/// The final block: the included transactions, and the header that commits to what they gave.
fn finish(block: Block, included: &[bool], execution: &BlockExecution, roots: &Roots, fork: Fork) -> Block {
    let Block { mut header, mut body } = block;
    body.transactions = only(body.transactions, included);
    header.transactions_root = roots.transactions;
    header.ommers_hash = keccak256(alloy_rlp::encode(&body.ommers));
    header.withdrawals_root = body.withdrawals.as_ref().map(|list| rules::withdrawals_root(list));
    header.gas_used = execution.gas_used;
    header.logs_bloom = execution.logs_bloom;
    header.receipts_root = roots.receipts;
    header.state_root = B256::ZERO;
    let blobs = body.transactions.iter().filter_map(|transaction| transaction.blob_versioned_hashes());
    let blobs: u64 = blobs.map(|hashes| hashes.len() as u64).sum();
    header.blob_gas_used = (fork >= Fork::Cancun).then_some(blobs * DATA_GAS_PER_BLOB);
    header.requests_hash = (fork >= Fork::Prague).then(|| requests_hash(&execution.requests));
    // A header's fields are told apart by their place only; before Prague this one has none.
    header.block_access_list_hash = (fork >= Fork::Prague).then_some(roots.list);
    Block { header, body }
}

/// Those items whose flag is set.
fn only<T>(items: Vec<T>, flags: &[bool]) -> Vec<T> {
    items.into_iter().zip(flags).filter_map(|(item, flag)| flag.then_some(item)).collect()
}
