//! A transaction in the form that machines execute.

use primitives::{
    Address, Transaction, U256,
    alloy_consensus::{Transaction as _, Typed2718},
    alloy_eips::eip7702::SignedAuthorization,
};
use revm::{context::TxEnv, context_interface::either::Either, primitives::TxKind};
use std::sync::Arc;

/// A transaction with its sender, converted once and executed as often as needed.
#[derive(Clone, Debug)]
pub struct PreparedTransaction {
    pub(crate) env: Arc<TxEnv>,
    pub(crate) is_plain: bool,
    pub(crate) spending_max: Option<U256>,
    class: u64,
    /// What schedulers ask for lies here, beside its neighbours', and not behind a pointer.
    sender: Address,
    nonce: u64,
    gas_limit: u64,
    to: Option<Address>,
}

impl PreparedTransaction {
    /// Converts a transaction whose sender is known.
    pub fn new(transaction: &Transaction, sender: Address) -> Self {
        let env = TxEnv {
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
            authorization_list: authorizations(transaction.authorization_list().unwrap_or_default()),
        };
        Self::from_env(env)
    }

    /// Takes a transaction in the interpreter's form (official state tests describe unsigned ones).
    pub fn from_env(env: TxEnv) -> Self {
        use revm::context_interface::Transaction as _;
        let is_plain =
            env.tx_type <= 2 && env.data.is_empty() && matches!(env.kind, TxKind::Call(to) if to != env.caller);
        let spending_max = env.max_balance_spending().ok();
        let class = class(&env);
        let (sender, nonce, gas_limit, to) = (env.caller, env.nonce, env.gas_limit, env.kind.to().copied());
        Self { env: Arc::new(env), is_plain, spending_max, class, sender, nonce, gas_limit, to }
    }

    /// Contract and selector as one number: transactions of one class run the same code path. Zero for those that call
    /// nothing. Two classes may share a number; that costs a badly placed wait and nothing else.
    pub fn class(&self) -> u64 {
        self.class
    }

    /// Adds a number for each party of the call: the sender, and every argument that looks like an address, each together
    /// with the contract. Contracts keep most of their state by party, so calls without a common one rarely conflict.
    pub fn meetings(&self, meetings: &mut Vec<u64>) {
        let Some(to) = self.to else { return };
        let contract = mixed(&to, 0);
        meetings.push(mixed(&self.sender, contract));
        let (words, _) = self.env.data.get(4..).unwrap_or_default().as_chunks::<32>();
        for word in words.iter().take(ARGUMENTS_MAX) {
            let (padding, address) = word.split_at(12);
            // Small numbers are no addresses.
            if padding == [0; 12] && address[..4] != [0; 4] {
                meetings.push(mixed(&Address::from_slice(address), contract));
            }
        }
    }

    /// Whether it is a plain transfer, if its recipient has no code.
    pub fn is_transfer(&self) -> bool {
        self.is_plain
    }

    /// Who sends it.
    pub fn sender(&self) -> Address {
        self.sender
    }

    /// The nonce it is valid with.
    pub fn nonce(&self) -> u64 {
        self.nonce
    }

    /// Gas it may use.
    pub fn gas_limit(&self) -> u64 {
        self.gas_limit
    }

    /// Whom it calls; `None` when it creates a contract.
    pub fn to(&self) -> Option<Address> {
        self.to
    }

    /// Call data or init code.
    pub fn input(&self) -> &[u8] {
        &self.env.data
    }

    /// Number of blobs it carries.
    pub fn blobs(&self) -> usize {
        self.env.blob_hashes.len()
    }

    /// The interpreter's form, for comparisons with plain revm.
    pub fn revm_env(&self) -> &TxEnv {
        &self.env
    }
}

/// Recovers each authority once, so that executing again does not.
fn authorizations(
    list: &[SignedAuthorization],
) -> Vec<Either<SignedAuthorization, revm::context::transaction::RecoveredAuthorization>> {
    list.iter().map(|signed| Either::Right(signed.clone().into_recovered())).collect()
}

/// Words of call data that are looked through for parties.
const ARGUMENTS_MAX: usize = 8;

fn class(env: &TxEnv) -> u64 {
    let (Some(to), Some(selector)) = (env.kind.to(), env.data.first_chunk::<4>()) else { return 0 };
    mixed(to, u64::from(u32::from_le_bytes(*selector))) | 1
}

/// An address and a number as one number.
fn mixed(address: &Address, number: u64) -> u64 {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let word = |at: usize| u64::from_le_bytes(*address[at..].first_chunk().expect("an address has 20 bytes"));
    ((word(0) ^ word(12).rotate_left(32)).wrapping_mul(MIX) ^ number).wrapping_mul(MIX)
}
