//! The second execution of a block, as another node would do it: driven by the access list, on the state before.
//!
//! The state root is a function of the state before and of what changes, so the changes of both executions are compared
//! and the root is not worked out twice. An entry that one of them has and the other lacks has to leave its place as it
//! was: a builder names an account that it wrote and wrote back, a list does not. Where storage is wiped the entries do
//! not tell all, and the root is worked out after all.

mod changes;

use crate::{Chain, NodeError, overlay::StateView};
use access_list::StateDiff;
use changes::differing;
use executor::{BuiltBlock, Known, Plan, Policy, PreparedBlock, Validation};
use primitives::{ChainSpec, Header};
use state::StateError;

impl Chain {
    /// Judges a built block, whose changes are `diff`.
    ///
    /// `is_free`: a developer chose the base fee or the gas limit, so the header breaks the rules that tie it to its
    /// parent; then everything but those is compared.
    pub(super) fn check_shadow(
        &self,
        spec: &ChainSpec,
        (built, diff): (&BuiltBlock, &StateDiff),
        parent: &Header,
        view: &StateView,
        is_free: bool,
    ) -> Result<(), NodeError> {
        let number = built.block.header.number;
        let wrong = |error: executor::Error| match error {
            executor::Error::Invalid(what) => NodeError::Shadow { number, what: what.to_string() },
            executor::Error::ForeignList { .. } => NodeError::Shadow { number, what: error.to_string() },
            error => NodeError::Execution { number, error },
        };
        let block = PreparedBlock::new(spec, &built.block, &built.senders);
        let execution = if is_free {
            let index = self.engine.index(&built.list);
            let known = Known { list: Some(&index), sets: None };
            let plan = Plan { policy: Policy::ListDriven, known, ..Plan::default() };
            self.engine.replay(&block, view, &plan, None).map_err(wrong)?
        } else {
            let validation = Validation { parent, ancestors: &[], list: Some(&built.list), plan: Plan::default() };
            self.engine.validate(&block, view, &validation, None).map_err(wrong)?
        };
        let found = view.overlay.under(execution.diff);
        let has_wiped = |diff: &StateDiff| diff.accounts.iter().any(|change| change.wiped);
        if has_wiped(diff) || has_wiped(&found) {
            let (root, header) = (self.store.disk.root_of(&found)?.root(), built.block.header.state_root);
            return if root == header { Ok(()) } else { Err(differs(number, &format!("state root {root}"))) };
        }
        match differing(diff, &found, &view.disk).map_err(|error| state_failed(number, error))? {
            None => Ok(()),
            Some(place) => Err(differs(number, &place)),
        }
    }
}

fn differs(number: u64, what: &str) -> NodeError {
    NodeError::Shadow { number, what: format!("{what} differs") }
}

fn state_failed(number: u64, error: StateError) -> NodeError {
    NodeError::Execution { number, error: executor::Error::State(error) }
}
