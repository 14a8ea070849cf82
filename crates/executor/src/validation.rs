//! Judging a block: everything that its header claims, in one call.
//!
//! ```text
//!  header against parent ─▶ body against header ─▶ ommers ─▶ execution ─▶ gas, bloom, receipts, requests, list ─▶ state root
//! ```
//!
//! With the list that the header commits to, execution is list-driven: nothing is speculated. Without, any other policy
//! does, and the list is rebuilt for its hash. Law: the verdict is the same either way.
//!
//! Limits: before Byzantium the receipts root is not compared, as receipts hold state roots there.

use crate::{
    BlockExecution, Engine, Error, InvalidBlock, Plan, PreparedBlock,
    execution::check_items,
    rules::{Ancestor, check_body, check_header, check_ommers},
};
use access_list::{BlockAccessList, ListIndex, StateDiff};
use primitives::{B256, Header};
use scheduler::{Known, Policy};
use state::{StateError, StateReader};

/// What a block is judged by, beside itself and the state before it.
#[derive(Clone, Copy)]
pub struct Validation<'a> {
    /// The header of the block before it.
    pub parent: &'a Header,
    /// The blocks before it, its parent first: seven, or all there are. Needed only where there are ommers.
    pub ancestors: &'a [Ancestor<'a>],
    /// The access list that came with the block. It is used only if the header commits to it.
    pub list: Option<&'a BlockAccessList>,
    /// How to execute a block without a list. A policy that needs one gives way to `optimistic`.
    pub plan: Plan<'a>,
}

/// The root of the state before the block with a diff committed. Failing is not a verdict.
pub type StateRoot<'a> = &'a mut dyn FnMut(&StateDiff) -> Result<B256, StateError>;

impl Engine {
    /// Judges a block. `state_root` is for where the whole state is known; without it, nothing is said of the root.
    ///
    /// Nothing is committed: on success the result has the diff to commit.
    pub fn validate(
        &self,
        block: &PreparedBlock<'_>,
        state: &(dyn StateReader + Sync),
        validation: &Validation<'_>,
        state_root: Option<StateRoot<'_>>,
    ) -> Result<BlockExecution, Error> {
        let header = &block.block.header;
        let ommers = &block.block.body.ommers;
        check_header(block.chain, validation.parent, header).map_err(InvalidBlock::Header)?;
        check_body(block.chain, block.block).map_err(InvalidBlock::Body)?;
        check_ommers(block.chain, header, ommers, validation.ancestors).map_err(InvalidBlock::Ommers)?;
        let index = index(self, block, validation.list)?;
        let plan = plan(header, &validation.plan, index.as_ref());
        self.replay(block, state, &plan, state_root)
    }
}

/// The list made ready for reading, if the header commits to one.
fn index(
    engine: &Engine,
    block: &PreparedBlock<'_>,
    list: Option<&BlockAccessList>,
) -> Result<Option<ListIndex>, Error> {
    let (Some(list), Some(header)) = (list, block.block.header.block_access_list_hash) else { return Ok(None) };
    let given = list.hash();
    if given != header {
        return Err(Error::ForeignList { given, header });
    }
    check_items(list, block.block.header.gas_limit)?;
    let transactions = block.block.body.transactions.len();
    list.check_indices(transactions).map_err(|error| InvalidBlock::ListForm(error.to_string()))?;
    Ok(Some(engine.index(list)))
}

fn plan<'a>(header: &Header, plan: &Plan<'a>, index: Option<&'a ListIndex>) -> Plan<'a> {
    match index {
        Some(list) => Plan {
            policy: Policy::ListDriven,
            known: Known { list: Some(list), sets: None },
            // The comparison with the list is complete; there is nothing to rebuild.
            record_list: plan.record_list,
            ..*plan
        },
        None => Plan {
            policy: if plan.policy.needs_list() { Policy::Optimistic } else { plan.policy },
            known: Known { list: None, sets: plan.known.sets },
            record_list: plan.record_list || header.block_access_list_hash.is_some(),
            ..*plan
        },
    }
}
