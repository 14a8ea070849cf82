//! One block of a blockchain test: is it refused, and if not, what comes of it under the policy.

use super::block_tree::{BlockTree, Node, check_merge};
use access_list::{BlockAccessList, ListIndex};
use bench::vectors::FixtureBlock;
use executor::{
    BlockExecution, Engine, Known, Plan, Policy, PreparedBlock, Validation,
    rules::{Ancestor, check_body, check_header, check_ommers},
};
use primitives::{Block, ChainSpec, Fork, Header};
use state::{MemoryState, StateTrie, StateWriter};
use std::error::Error;

/// Why a block did not become part of the chain.
#[derive(Debug)]
pub(super) enum Rejected {
    /// It is invalid.
    Refused(String),
    /// The engine contradicts itself, or failed.
    Broken(String),
}

/// How blocks of one chain are imported.
pub(super) struct Importer<'a> {
    pub(super) engine: &'a Engine,
    pub(super) policy: Policy,
    /// The chain's own rules, by which headers and lists are judged.
    pub(super) chain: &'a ChainSpec,
    /// The rules to execute by.
    pub(super) rules: &'a ChainSpec,
}

/// A block in its place, ready to be executed.
struct Candidate<'a> {
    fixture: &'a FixtureBlock,
    prepared: PreparedBlock<'a>,
    parent: &'a Node,
    ancestors: Vec<Ancestor<'a>>,
}

/// How many ancestors the rules for ommers look at.
const ANCESTORS: usize = 7;

fn refused(reason: impl Into<Box<dyn Error>>) -> Rejected {
    Rejected::Refused(reason.into().to_string())
}

fn broken(reason: impl Into<Box<dyn Error>>) -> Rejected {
    Rejected::Broken(reason.into().to_string())
}

impl Importer<'_> {
    /// Imports a block.
    pub(super) fn import(&self, tree: &mut BlockTree, fixture: &FixtureBlock) -> Result<(), Rejected> {
        let block = fixture.decode().map_err(refused)?;
        let parent = tree.get(block.header.parent_hash).ok_or_else(|| refused("the parent is not known"))?;
        check_merge(self.chain, parent, &block).map_err(refused)?;
        let fork = self.rules.fork_of(&block.header);
        let senders = self.engine.recover_senders(fork, &block.body.transactions).map_err(refused)?;
        let prepared = PreparedBlock::new(self.rules, &block, &senders);
        let ancestors = match block.body.ommers.is_empty() {
            true => Vec::new(),
            false => tree.ancestors(block.header.parent_hash, ANCESTORS),
        };
        let ancestors = ancestors.into_iter().map(|node| Ancestor::from(&node.block)).collect();
        let (state, trie) = self.execute(&Candidate { fixture, prepared, parent, ancestors })?;
        let total_difficulty = parent.total_difficulty + block.header.difficulty;
        check_fixture(fixture, &block).map_err(broken)?;
        tree.insert(Node { block, total_difficulty, state, trie });
        Ok(())
    }

    /// Judges and executes a block, and gives the state after it.
    ///
    /// A list that came with the block drives its execution under a policy that needs one. What else a policy has to
    /// know comes from a serial execution, with which its result is then compared.
    fn execute(&self, candidate: &Candidate<'_>) -> Result<(MemoryState, StateTrie), Rejected> {
        let given = candidate.given_list()?;
        let list = given.as_ref().filter(|_| self.policy.needs_list()).map(ListIndex::new);
        let is_known = list.is_some() || !(self.policy.needs_list() || self.policy.needs_sets());
        let plan = Plan {
            policy: if is_known { self.policy } else { Policy::Serial },
            known: Known { list: list.as_ref(), sets: None },
            record_list: self.policy.needs_list() || candidate.header().block_access_list_hash.is_some(),
            ..Plan::default()
        };
        let mut trie = candidate.parent.trie.clone();
        let mut execution = if self.is_exact(candidate) {
            self.validate(candidate, &plan, &mut trie)?
        } else {
            self.validate_in_part(candidate, &plan, &mut trie)?
        };
        if !is_known {
            execution = self.again(candidate, &execution)?;
        }
        let mut state = candidate.parent.state.clone();
        state.commit(&execution.diff).map_err(broken)?;
        Ok((state, trie))
    }

    /// Whether the block is executed by its own rules, so that all its results can be compared.
    fn is_exact(&self, candidate: &Candidate<'_>) -> bool {
        self.chain.fork_of(candidate.header()) == candidate.prepared.fork
    }

    /// Judges a block as a node would, and before Byzantium its receipts too.
    fn validate(
        &self,
        candidate: &Candidate<'_>,
        plan: &Plan<'_>,
        trie: &mut StateTrie,
    ) -> Result<BlockExecution, Rejected> {
        let Candidate { prepared, parent, ancestors, .. } = candidate;
        let validation = Validation { parent: &parent.block.header, ancestors, list: None, plan: *plan };
        let mut state_root = |diff: &access_list::StateDiff| trie.apply(diff);
        let judged = self.engine.validate(prepared, &parent.state, &validation, Some(&mut state_root));
        let execution = judged.map_err(rejected)?;
        check_receipts(candidate, &execution)?;
        Ok(execution)
    }

    /// Judges a block that is executed by older rules than its own: headers, lists, requests, access list and state
    /// root are compared; what the newer rules change in gas and receipts is not.
    fn validate_in_part(
        &self,
        candidate: &Candidate<'_>,
        plan: &Plan<'_>,
        trie: &mut StateTrie,
    ) -> Result<BlockExecution, Rejected> {
        let Candidate { prepared, parent, ancestors, .. } = candidate;
        let (header, ommers) = (candidate.header(), &prepared.block.body.ommers);
        check_header(self.chain, &parent.block.header, header).map_err(refused)?;
        check_body(self.chain, prepared.block).map_err(refused)?;
        check_ommers(self.chain, header, ommers, ancestors).map_err(refused)?;
        let execution = self.engine.execute(prepared, &parent.state, plan).map_err(rejected)?;
        execution.check_commitments(prepared).map_err(refused)?;
        let root = trie.apply(&execution.diff).map_err(broken)?;
        if root != header.state_root {
            return Err(refused(format!("state root is {root}, the header says {}", header.state_root)));
        }
        Ok(execution)
    }

    /// Executes a block once more under the policy, which knows what the serial execution touched, and compares.
    fn again(&self, candidate: &Candidate<'_>, serial: &BlockExecution) -> Result<BlockExecution, Rejected> {
        let sets = serial.access_sets();
        let list = serial.list.as_ref().map(ListIndex::new);
        let known = Known { list: list.as_ref(), sets: Some(&sets) };
        let plan = Plan { policy: self.policy, known, record_list: serial.list.is_some(), ..Plan::default() };
        let Candidate { prepared, parent, .. } = candidate;
        let execution = self.engine.execute(prepared, &parent.state, &plan).map_err(rejected)?;
        let differs = if execution.receipts != serial.receipts {
            Some("receipts")
        } else if execution.requests != serial.requests {
            Some("requests")
        } else if execution.list != serial.list {
            Some("the access list")
        } else {
            None
        };
        if let Some(what) = differs {
            return Err(broken(format!("{what} differ from serial execution")));
        }
        let root = parent.trie.clone().apply(&execution.diff).map_err(broken)?;
        if root != candidate.header().state_root {
            return Err(broken("the state root differs from serial execution"));
        }
        if self.is_exact(candidate) {
            check_receipts(candidate, &execution)?;
        }
        Ok(execution)
    }
}

impl Candidate<'_> {
    fn header(&self) -> &Header {
        &self.prepared.block.header
    }

    /// The list that came with the block, if it is one.
    fn given_list(&self) -> Result<Option<BlockAccessList>, Rejected> {
        let Some(accounts) = self.fixture.access_list() else { return Ok(None) };
        let list = BlockAccessList::from_accounts(accounts.clone()).map_err(refused)?;
        list.check_indices(self.prepared.transactions().len()).map_err(refused)?;
        Ok(Some(list))
    }
}

/// Before Byzantium a receipt holds the state root after its transaction.
fn check_receipts(candidate: &Candidate<'_>, execution: &BlockExecution) -> Result<(), Rejected> {
    let Candidate { prepared, parent, .. } = candidate;
    if prepared.fork >= Fork::Byzantium {
        return Ok(());
    }
    let roots = execution.roots_after_each(prepared, &mut parent.trie.clone()).map_err(broken)?;
    let (root, header) = (execution.receipts_root_with(prepared, &roots), candidate.header().receipts_root);
    if root == header { Ok(()) } else { Err(refused(format!("receipts root is {root}, the header says {header}"))) }
}

/// Compares a block that was taken with the rest of what the fixture tells of it.
fn check_fixture(fixture: &FixtureBlock, block: &Block) -> Result<(), String> {
    let Some(header) = &fixture.block_header else { return Ok(()) };
    let hash = block.header.hash_slow();
    if hash == header.hash { Ok(()) } else { Err(format!("its hash is {hash}, expected {}", header.hash)) }
}

/// A verdict refuses the block; anything else says nothing of it.
fn rejected(error: executor::Error) -> Rejected {
    match error {
        executor::Error::Invalid(invalid) => refused(invalid),
        error => broken(error),
    }
}
