//! A block made ready for execution: senders known, transactions and values in the machine's form.

use evm::{BlobValues, BlockValues, Environment, PreparedTransaction};
use primitives::{Address, Block, ChainSpec, Fork, Header, U256};

/// A block with everything that does not depend on the state worked out.
#[derive(Clone, Debug)]
pub struct PreparedBlock<'b> {
    /// The block.
    pub block: &'b Block,
    /// The rules that hold in it.
    pub fork: Fork,
    /// The chain it belongs to.
    pub chain: &'b ChainSpec,
    pub(crate) environment: Environment,
    pub(crate) transactions: Vec<PreparedTransaction>,
}

impl<'b> PreparedBlock<'b> {
    /// Prepares a block whose senders are known, one for each transaction.
    pub fn new(chain: &'b ChainSpec, block: &'b Block, senders: &[Address]) -> Self {
        let transactions = block
            .body
            .transactions
            .iter()
            .zip(senders)
            .map(|(transaction, sender)| PreparedTransaction::new(transaction, *sender))
            .collect();
        Self::with_transactions(chain, block, transactions)
    }

    /// Prepares a block whose transactions are given in the machine's form.
    pub fn with_transactions(chain: &'b ChainSpec, block: &'b Block, transactions: Vec<PreparedTransaction>) -> Self {
        let fork = chain.fork_of(&block.header);
        let mut environment = Environment::new(fork, chain.chain_id, &values(chain, fork, &block.header));
        if let Some(gas) = chain.thread_gas_at(block.header.timestamp) {
            environment.enable_threads(gas);
        }
        environment.let_contracts_send(chain.contracts_send);
        Self { block, fork, chain, environment, transactions }
    }

    /// Has every operation of its transactions written down, as [`operation_root`](crate::operation_root) needs it.
    #[must_use]
    pub fn recording_operations(mut self) -> Self {
        self.environment.record_operations(true);
        self
    }

    /// Has what its transactions hash noted, so that their storage slots can be named.
    #[must_use]
    pub fn noting_preimages(mut self) -> Self {
        self.environment.note_preimages();
        self
    }

    /// The rules and values that its transactions see.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Its transactions.
    pub fn transactions(&self) -> &[PreparedTransaction] {
        &self.transactions
    }
}

fn values(chain: &ChainSpec, fork: Fork, header: &Header) -> BlockValues {
    /// Blobs that one transaction may carry from Osaka on (EIP-7594).
    const BLOBS_PER_TRANSACTION_MAX: u64 = 6;
    let blobs = chain.blob_params_at(header.timestamp).filter(|_| fork >= Fork::Cancun).map(|params| BlobValues {
        excess_gas: header.excess_blob_gas.unwrap_or_default(),
        update_fraction: u64::try_from(params.update_fraction).unwrap_or(u64::MAX),
        blobs_max: params.max_blob_count,
        blobs_per_transaction_max: if fork >= Fork::Osaka { BLOBS_PER_TRANSACTION_MAX } else { u64::MAX },
    });
    BlockValues {
        number: header.number,
        timestamp: header.timestamp,
        beneficiary: header.beneficiary,
        gas_limit: header.gas_limit,
        base_fee: header.base_fee_per_gas.unwrap_or_default(),
        difficulty: if fork >= Fork::Paris { U256::ZERO } else { header.difficulty },
        prevrandao: (fork >= Fork::Paris).then_some(header.mix_hash),
        blobs,
    }
}
