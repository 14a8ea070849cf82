//! The second execution of a block, as another node would do it: driven by the access list, on the state before.

use crate::{Chain, NodeError, overlay::StateView};
use executor::{BuiltBlock, Known, Plan, Policy, PreparedBlock, Validation};
use primitives::{ChainSpec, Header};

impl Chain {
    /// Judges a built block. The state root is compared too, though from the same store.
    ///
    /// `is_free`: a developer chose the base fee or the gas limit, so the header breaks the rules that tie it to its
    /// parent; then everything but those is compared.
    pub(super) fn check_shadow(
        &self,
        spec: &ChainSpec,
        built: &BuiltBlock,
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
            let execution = self.engine.execute(&block, view, &plan).map_err(wrong)?;
            execution.check(&block).map_err(|error| wrong(error.into()))?;
            execution
        } else {
            let validation = Validation { parent, ancestors: &[], list: Some(&built.list), plan: Plan::default() };
            self.engine.validate(&block, view, &validation, None).map_err(wrong)?
        };
        let root = self.store.disk.root_of(&view.overlay.under(execution.diff))?.root();
        let header = built.block.header.state_root;
        if root == header {
            return Ok(());
        }
        Err(NodeError::Shadow { number, what: format!("the state root is {root}, the header says {header}") })
    }
}
