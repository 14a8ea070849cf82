//! A transaction before it has a type, a price and a signature.

use super::{
    super::{Actor, CHAIN_ID, header::BASE_FEE},
    World,
    intrinsic::gas_min,
};
use primitives::{
    Address, Bytes, Fork, Transaction, U256,
    alloy_consensus::{TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxLegacy},
    alloy_eips::{
        eip2930::{AccessList, AccessListItem},
        eip7702::SignedAuthorization,
    },
    alloy_primitives::TxKind,
};

/// Blob gas that all transactions of a block may use: six blobs, Cancun's limit.
const BLOB_GAS_MAX: u64 = 6 * GAS_PER_BLOB;

const GAS_PER_BLOB: u64 = 131_072;

/// Who wants what called. The nonce is taken when the intent is made, so that addresses of new contracts and the
/// nonces of authorizations can be known.
#[derive(Clone, Debug)]
pub(super) struct Intent {
    pub(super) sender: Actor,
    pub(super) nonce: u64,
    pub(super) to: TxKind,
    pub(super) value: U256,
    pub(super) input: Bytes,
    pub(super) gas: u64,
    pub(super) authorizations: Vec<SignedAuthorization>,
    is_certain: bool,
}

impl Intent {
    /// An intent of a rich account: a creation without code until more is said.
    pub(super) fn new(world: &mut World) -> Self {
        let sender = world.actor();
        Self::from(world, sender)
    }

    /// An intent of this account.
    pub(super) fn from(world: &mut World, sender: Actor) -> Self {
        let nonce = world.draft.take_nonce(sender.address);
        Self {
            sender,
            nonce,
            to: TxKind::Create,
            value: U256::ZERO,
            input: Bytes::new(),
            gas: 400_000,
            authorizations: Vec::new(),
            is_certain: false,
        }
    }

    pub(super) fn to(self, to: Address) -> Self {
        Self { to: TxKind::Call(to), ..self }
    }

    pub(super) fn value(self, value: U256) -> Self {
        Self { value, ..self }
    }

    pub(super) fn input(self, input: impl Into<Bytes>) -> Self {
        Self { input: input.into(), ..self }
    }

    pub(super) fn gas(self, gas: u64) -> Self {
        Self { gas, ..self }
    }

    pub(super) fn authorize(self, authorizations: Vec<SignedAuthorization>) -> Self {
        Self { authorizations, ..self }
    }

    /// Later transactions count on this one: it gets the gas it asks for.
    pub(super) fn certain(self) -> Self {
        Self { is_certain: true, ..self }
    }

    /// Adds the transaction to the block.
    pub(super) fn push(self, world: &mut World) {
        let transaction = self.envelope(world);
        world.draft.push(transaction, self.sender.address, Vec::new());
    }

    /// The transaction, in one of the types that the fork has.
    fn envelope(&self, world: &mut World) -> Transaction {
        let fork = world.fork();
        if !self.authorizations.is_empty() {
            return self.set_code(world);
        }
        let has_blob_room = world.draft.blob_gas() + 2 * GAS_PER_BLOB <= BLOB_GAS_MAX;
        match world.random().below(20) {
            0..5 if fork >= Fork::Berlin => self.access_list(world),
            5..14 if fork >= Fork::London => self.dynamic_fee(world),
            14 if fork >= Fork::Cancun && has_blob_room && self.to != TxKind::Create => self.blob(world),
            _ => self.legacy(world),
        }
    }

    fn legacy(&self, world: &mut World) -> Transaction {
        let Self { nonce, to, value, .. } = *self;
        let has_chain = world.fork() >= Fork::SpuriousDragon && world.random().percent(80);
        let gas_price = price(world);
        let transaction = TxLegacy {
            chain_id: has_chain.then_some(CHAIN_ID),
            nonce,
            gas_price,
            gas_limit: self.gas_limit(world, &AccessList::default()),
            to,
            value,
            input: self.input.clone(),
        };
        world.draft.sign(&self.sender, transaction).into()
    }

    fn access_list(&self, world: &mut World) -> Transaction {
        let Self { nonce, to, value, .. } = *self;
        let (access_list, gas_price) = (access_list(world), price(world));
        let transaction = TxEip2930 {
            chain_id: CHAIN_ID,
            nonce,
            gas_price,
            gas_limit: self.gas_limit(world, &access_list),
            to,
            value,
            access_list,
            input: self.input.clone(),
        };
        world.draft.sign(&self.sender, transaction).into()
    }

    fn dynamic_fee(&self, world: &mut World) -> Transaction {
        let Self { nonce, to, value, .. } = *self;
        let (access_list, max_fee_per_gas) = (access_list(world), price(world));
        let transaction = TxEip1559 {
            chain_id: CHAIN_ID,
            nonce,
            gas_limit: self.gas_limit(world, &access_list),
            max_fee_per_gas,
            max_priority_fee_per_gas: tip(world, max_fee_per_gas),
            to,
            value,
            access_list,
            input: self.input.clone(),
        };
        world.draft.sign(&self.sender, transaction).into()
    }

    fn blob(&self, world: &mut World) -> Transaction {
        let (access_list, max_fee_per_gas) = (access_list(world), price(world));
        let count = 1 + world.random().below(2);
        let mut hashes: Vec<_> = (0..count).map(|_| world.random().word()).collect();
        hashes.iter_mut().for_each(|hash| hash.0[0] = 1);
        let transaction = TxEip4844 {
            chain_id: CHAIN_ID,
            nonce: self.nonce,
            gas_limit: self.gas_limit(world, &access_list),
            max_fee_per_gas,
            max_priority_fee_per_gas: tip(world, max_fee_per_gas),
            to: self.callee(),
            value: self.value,
            access_list,
            blob_versioned_hashes: hashes,
            max_fee_per_blob_gas: 10,
            input: self.input.clone(),
        };
        world.draft.sign(&self.sender, transaction).into()
    }

    fn set_code(&self, world: &mut World) -> Transaction {
        let (access_list, max_fee_per_gas) = (access_list(world), price(world));
        let transaction = TxEip7702 {
            chain_id: CHAIN_ID,
            nonce: self.nonce,
            gas_limit: self.gas_limit(world, &access_list),
            max_fee_per_gas,
            max_priority_fee_per_gas: tip(world, max_fee_per_gas),
            to: self.callee(),
            value: self.value,
            access_list,
            authorization_list: self.authorizations.clone(),
            input: self.input.clone(),
        };
        world.draft.sign(&self.sender, transaction).into()
    }

    /// At least what the protocol asks for up front; now and then hardly more than that.
    fn gas_limit(&self, world: &mut World, access_list: &AccessList) -> u64 {
        let least = gas_min(world.fork(), self, access_list);
        if !self.is_certain && world.random().percent(12) {
            least + world.random().below(30_000)
        } else {
            self.gas.max(least)
        }
    }

    fn callee(&self) -> Address {
        self.to.to().copied().expect("a creation never gets a type that only calls")
    }
}

/// A price per gas that is high enough, in wei; free now and then where there is no base fee.
fn price(world: &mut World) -> u128 {
    let is_free = world.fork() < Fork::London && world.random().percent(20);
    let above = world.random().below(5 * BASE_FEE);
    if is_free { 0 } else { u128::from(BASE_FEE + above) }
}

fn tip(world: &mut World, max_fee: u128) -> u128 {
    u128::from(world.random().below(3 * BASE_FEE / 2)).saturating_sub(u128::from(BASE_FEE / 2)).min(max_fee)
}

fn access_list(world: &mut World) -> AccessList {
    let count = world.random().below(6).saturating_sub(3);
    let items = (0..count).map(|_| AccessListItem {
        address: world.anybody(),
        storage_keys: (0..world.random().below(3)).map(|slot| U256::from(slot).into()).collect(),
    });
    AccessList(items.collect())
}
