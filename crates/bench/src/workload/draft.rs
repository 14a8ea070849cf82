//! A block under construction, with the state under it.

use super::{
    Actor, CHAIN_ID, Contract, Settings, Signing, SplitMix, TRANSACTION_GAS_MAX, Variable, Workload,
    actor::{address_of, dummy_signature},
    header::{BASE_FEE, HeaderValues, block_hash, era, header},
    predeploys,
};
use primitives::{
    Account, Address, Block, Bytes, Fork, Transaction, U256,
    alloy_consensus::{BlockBody, SignableTransaction, Signed, TxEip1559, TxLegacy},
    alloy_eips::eip4895::{Withdrawal, Withdrawals},
    alloy_primitives::{Signature, TxKind},
};
use state::MemoryState;
use std::collections::BTreeMap;

/// What every funded account holds: a million ether.
pub(super) const FUNDS: U256 = U256::from_limbs([0x1bce_cced_a100_0000, 0xd3c2, 0, 0]);

/// The most that a transaction of [`Draft::send`] pays for one gas, in wei.
pub(super) const GAS_PRICE_MAX: u64 = 2 * BASE_FEE;

/// Number of ancestors whose hash a contract can ask for.
const ANCESTORS: u64 = 256;

/// One message that a workload wants sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Message {
    pub(super) to: Address,
    pub(super) value: U256,
    pub(super) input: Bytes,
    pub(super) gas_limit: u64,
}

/// Collects state and transactions, keeps nonces right, and becomes a [`Workload`].
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) settings: Settings,
    pub(super) random: SplitMix,
    pub(super) state: MemoryState,
    pub(super) beneficiary: Address,
    pub(super) withdrawals: Vec<Withdrawal>,
    /// Nonce of the next transaction or authorization of each account.
    pub(super) nonces: BTreeMap<Address, u64>,
    invalid: Vec<usize>,
    transactions: Vec<Transaction>,
    senders: Vec<Address>,
    touches: Vec<Vec<Variable>>,
    gas: u64,
    blob_gas: u64,
}

impl Draft {
    pub(super) fn new(settings: Settings) -> Self {
        let mut state = MemoryState::new();
        predeploys::install(&mut state, settings.fork);
        let (number, _) = era(settings.fork);
        for ancestor in number - ANCESTORS..number {
            state.insert_block_hash(ancestor, block_hash(ancestor));
        }
        let beneficiary = address_of("parallax beneficiary", settings.seed, 0);
        state.set_account(beneficiary, Account::with_balance(U256::ONE));
        Self {
            settings,
            random: SplitMix::new(settings.seed),
            state,
            beneficiary,
            withdrawals: Vec::new(),
            nonces: BTreeMap::new(),
            invalid: Vec::new(),
            transactions: Vec::new(),
            senders: Vec::new(),
            touches: Vec::new(),
            gas: 0,
            blob_gas: 0,
        }
    }

    /// Sender number `index`, with funds.
    pub(super) fn actor(&mut self, index: usize) -> Actor {
        let actor = Actor::new(self.settings.signing, self.settings.seed, index as u64);
        self.state.set_account(actor.address, Account::with_balance(FUNDS));
        actor
    }

    /// So many senders, with funds.
    pub(super) fn actors(&mut self, count: usize) -> Vec<Actor> {
        (0..count).map(|index| self.actor(index)).collect()
    }

    /// An account that exists and sends nothing.
    pub(super) fn bystander(&mut self, index: usize) -> Address {
        let address = address_of("parallax bystander", self.settings.seed, index as u64);
        self.state.set_account(address, Account::with_balance(U256::ONE));
        address
    }

    /// Puts a contract in place, number `index` of its kind.
    pub(super) fn deploy(&mut self, contract: Contract, index: usize) -> Address {
        let address = address_of(&format!("parallax contract {contract:?}"), self.settings.seed, index as u64);
        self.install(address, contract.runtime());
        address
    }

    /// Puts code in place, at an address that belongs to a name.
    pub(super) fn deploy_code(&mut self, name: &str, code: Bytes) -> Address {
        let address = address_of(&format!("parallax contract {name}"), self.settings.seed, 0);
        self.install(address, code);
        address
    }

    /// Puts code in place.
    pub(super) fn install(&mut self, address: Address, code: Bytes) {
        let code_hash = self.state.insert_code(code);
        self.state.set_account(address, Account { balance: U256::ZERO, nonce: 1, code_hash });
    }

    /// The nonce of an account's next transaction, counted up.
    pub(super) fn take_nonce(&mut self, address: Address) -> u64 {
        let nonce = self.nonces.entry(address).or_default();
        *nonce += 1;
        *nonce - 1
    }

    /// Adds a transaction with dynamic fees, or a legacy one under rules without a base fee.
    pub(super) fn send(&mut self, actor: &Actor, message: Message, touches: Vec<Variable>) {
        let nonce = self.take_nonce(actor.address);
        let Message { to, value, input, gas_limit } = message;
        // As decoded from the network: calls that say the same do not count references to the same bytes.
        let input = Bytes::copy_from_slice(&input);
        let to = TxKind::Call(to);
        let is_within = gas_limit < TRANSACTION_GAS_MAX || self.settings.fork < Fork::Osaka;
        debug_assert!(is_within, "Osaka refuses {gas_limit} gas");
        let transaction = if self.settings.fork >= Fork::London {
            let transaction = TxEip1559 {
                chain_id: CHAIN_ID,
                nonce,
                gas_limit,
                max_fee_per_gas: u128::from(GAS_PRICE_MAX),
                max_priority_fee_per_gas: u128::from(BASE_FEE / 10),
                to,
                value,
                input,
                ..TxEip1559::default()
            };
            self.sign(actor, transaction).into()
        } else {
            let chain_id = (self.settings.fork >= Fork::SpuriousDragon).then_some(CHAIN_ID);
            let gas_price = u128::from(GAS_PRICE_MAX);
            self.sign(actor, TxLegacy { chain_id, nonce, gas_price, gas_limit, to, value, input }).into()
        };
        self.push(transaction, actor.address, touches);
    }

    /// Signs as the settings say.
    pub(super) fn sign<T: SignableTransaction<Signature>>(&self, actor: &Actor, transaction: T) -> Signed<T> {
        let signature = match self.settings.signing {
            Signing::Dummy => None,
            Signing::Real => actor.sign(transaction.signature_hash()),
        };
        transaction.into_signed(signature.unwrap_or_else(|| dummy_signature(self.transactions.len())))
    }

    /// Adds a transaction as it is.
    pub(super) fn push(&mut self, transaction: Transaction, sender: Address, touches: Vec<Variable>) {
        use primitives::alloy_consensus::Transaction as _;
        self.gas = self.gas.saturating_add(transaction.gas_limit());
        self.blob_gas += transaction.blob_gas_used().unwrap_or_default();
        self.transactions.push(transaction);
        self.senders.push(sender);
        self.touches.push(touches);
    }

    /// Adds a transaction that is invalid where it stands, and so uses no gas and no nonce.
    pub(super) fn push_invalid(&mut self, transaction: Transaction, sender: Address) {
        self.invalid.push(self.transactions.len());
        self.transactions.push(transaction);
        self.senders.push(sender);
        self.touches.push(Vec::new());
    }

    /// Number of transactions so far.
    pub(super) fn len(&self) -> usize {
        self.transactions.len()
    }

    /// Blob gas of all transactions so far.
    pub(super) fn blob_gas(&self) -> u64 {
        self.blob_gas
    }

    pub(super) fn finish(self, name: String) -> Workload {
        let Settings { seed, fork, .. } = self.settings;
        let Self { beneficiary, gas, blob_gas, .. } = self;
        let withdrawals = (fork >= Fork::Shanghai).then(|| Withdrawals::new(self.withdrawals));
        let body = BlockBody { transactions: self.transactions, ommers: Vec::new(), withdrawals };
        let header = header(&HeaderValues { fork, beneficiary, gas, blob_gas, seed }, &body);
        Workload {
            name,
            fork,
            state: self.state,
            block: Block { header, body },
            senders: self.senders,
            touches: self.touches,
            invalid: self.invalid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn funds_are_a_million_ether() {
        assert_eq!(FUNDS, U256::from(10).pow(U256::from(24)));
    }
}
