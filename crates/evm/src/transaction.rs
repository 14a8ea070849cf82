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
        Self { env: Arc::new(env), is_plain, spending_max, class }
    }

    /// Contract and selector as one number: transactions of one class run the same code path. Zero for those that call
    /// nothing. Two classes may share a number; that costs a badly placed wait and nothing else.
    pub fn class(&self) -> u64 {
        self.class
    }

    /// Whether it is a plain transfer, if its recipient has no code.
    pub fn is_transfer(&self) -> bool {
        self.is_plain
    }

    /// Who sends it.
    pub fn sender(&self) -> Address {
        self.env.caller
    }

    /// The nonce it is valid with.
    pub fn nonce(&self) -> u64 {
        self.env.nonce
    }

    /// Gas it may use.
    pub fn gas_limit(&self) -> u64 {
        self.env.gas_limit
    }

    /// Whom it calls; `None` when it creates a contract.
    pub fn to(&self) -> Option<Address> {
        self.env.kind.to().copied()
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

fn class(env: &TxEnv) -> u64 {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let (Some(to), Some(selector)) = (env.kind.to(), env.data.first_chunk::<4>()) else { return 0 };
    let word = |at: usize| u64::from_le_bytes(*to[at..].first_chunk().expect("an address has 20 bytes"));
    let mixed = (word(0) ^ word(12).rotate_left(32)).wrapping_mul(MIX) ^ u64::from(u32::from_le_bytes(*selector));
    mixed.wrapping_mul(MIX) | 1
}
