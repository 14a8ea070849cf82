//! Ethereum's precompiles, some of them moved to other addresses by overrides.

use super::stage::StageContext;
use primitives::{
    Address,
    map::{AddressMap, AddressSet},
};
use revm::{
    handler::{EthPrecompiles, PrecompileProvider},
    interpreter::{CallInputs, InterpreterResult},
    primitives::hardfork::SpecId,
};

/// Which precompile answers at which address.
#[derive(Clone)]
pub(crate) struct Precompiles {
    native: EthPrecompiles,
    /// Addresses whose meaning an override changed: the precompile that now answers there, if any.
    changed: AddressMap<Option<Address>>,
    /// Where one answers now.
    addresses: AddressSet,
}

impl Precompiles {
    pub(crate) fn new(spec: SpecId) -> Self {
        let native = EthPrecompiles::new(spec);
        let addresses = native.warm_addresses().clone();
        Self { native, changed: AddressMap::default(), addresses }
    }

    pub(crate) fn contains(&self, address: Address) -> bool {
        self.addresses.contains(&address)
    }

    /// Has no precompile answer at an address any more.
    pub(crate) fn remove(&mut self, address: Address) {
        self.changed.insert(address, None);
        self.addresses.remove(&address);
    }

    /// Has the precompile at `from` answer at `to` too.
    pub(crate) fn copy(&mut self, from: Address, to: Address) {
        let native = self.answering(from);
        self.changed.insert(to, native);
        self.addresses.insert(to);
    }

    fn answering(&self, address: Address) -> Option<Address> {
        match self.changed.get(&address) {
            Some(changed) => *changed,
            None => self.native.contains(&address).then_some(address),
        }
    }
}

impl<'s> PrecompileProvider<StageContext<'s>> for Precompiles {
    type Output = InterpreterResult;

    /// The rules are those that it was made for.
    fn set_spec(&mut self, _: SpecId) -> bool {
        false
    }

    fn run(
        &mut self,
        context: &mut StageContext<'s>,
        inputs: &CallInputs,
    ) -> Result<Option<InterpreterResult>, String> {
        if self.changed.is_empty() {
            return self.native.run(context, inputs);
        }
        let Some(native) = self.answering(inputs.bytecode_address) else { return Ok(None) };
        self.native.run(context, &CallInputs { bytecode_address: native, ..inputs.clone() })
    }

    /// Those of the fork, wherever overrides moved them: what is warm is a matter of the rules, not of the state.
    fn warm_addresses(&self) -> &AddressSet {
        self.native.warm_addresses()
    }
}
