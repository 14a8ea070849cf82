//! What a transaction sees of the block around it.

use crate::{QueuePolicy, net_metering};
use access_list::Preimages;
use parking_lot::Mutex;
use primitives::{Address, B256, Fork, ThreadGas, U256, alloy_eips::eip4844::fake_exponential};
use revm::{
    context::{BlockEnv, CfgEnv},
    context_interface::block::BlobExcessGasAndPrice,
    primitives::hardfork::SpecId,
};
use std::sync::Arc;

/// The values of a block that its transactions can see or that bound them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockValues {
    /// Block number.
    pub number: u64,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// Who receives the fees.
    pub beneficiary: Address,
    /// Gas that all transactions together may use.
    pub gas_limit: u64,
    /// Base fee in wei per gas (EIP-1559); zero before London.
    pub base_fee: u64,
    /// Proof-of-work difficulty; zero from the Merge on.
    pub difficulty: U256,
    /// The beacon's randomness (EIP-4399), from the Merge on.
    pub prevrandao: Option<B256>,
    /// Blob market (EIP-4844), from Cancun on.
    pub blobs: Option<BlobValues>,
}

/// The blob market as one block sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobValues {
    /// Excess blob gas from the header.
    pub excess_gas: u64,
    /// How slowly the price moves, in blob gas (EIP-7840).
    pub update_fraction: u64,
    /// Blobs that one block, and so one transaction, may carry.
    pub blobs_max: u64,
    /// Blobs that one transaction may carry where that is fewer (EIP-7594: six).
    pub blobs_per_transaction_max: u64,
}

/// Rules and block values, in the interpreter's form. Made once for a block and shared by all machines.
#[derive(Clone, Debug)]
pub struct Environment {
    pub(crate) block: BlockEnv,
    pub(crate) cfg: CfgEnv,
    /// `SSTORE` is metered as in Constantinople, which revm does not know.
    pub(crate) is_net_metered: bool,
    /// Operations are written down.
    pub(crate) records_operations: bool,
    /// What threads cost, where a contract may have them.
    pub(crate) threads: Option<ThreadGas>,
    /// In which order threads that can run are begun.
    pub(crate) thread_queue: QueuePolicy,
    /// How threads were run is noted.
    pub(crate) notes_threads: bool,
    /// Where inputs of Keccak-256 are noted, if somebody wants to know.
    pub(crate) preimages: Option<Arc<Mutex<Preimages>>>,
}

impl Environment {
    /// The rules of `fork` on chain `chain_id`, inside the given block.
    pub fn new(fork: Fork, chain_id: u64, values: &BlockValues) -> Self {
        let mut cfg = CfgEnv::new_with_spec(spec_id(fork)).with_spec_and_mainnet_gas_params(spec_id(fork));
        cfg.chain_id = chain_id;
        cfg.tx_chain_id_check = true;
        cfg.max_blobs_per_tx = values.blobs.map(|blobs| blobs.blobs_max.min(blobs.blobs_per_transaction_max));
        cfg.blob_base_fee_update_fraction = values.blobs.map(|blobs| blobs.update_fraction);
        let is_net_metered = fork == Fork::Constantinople;
        if is_net_metered {
            net_metering::set_prices(&mut cfg.gas_params);
        }
        let block = BlockEnv {
            number: U256::from(values.number),
            beneficiary: values.beneficiary,
            timestamp: U256::from(values.timestamp),
            gas_limit: values.gas_limit,
            basefee: values.base_fee,
            difficulty: values.difficulty,
            prevrandao: values.prevrandao,
            blob_excess_gas_and_price: values.blobs.as_ref().map(blob_price),
            ..BlockEnv::default()
        };
        Self {
            block,
            cfg,
            is_net_metered,
            records_operations: false,
            threads: None,
            thread_queue: QueuePolicy::default(),
            notes_threads: false,
            preimages: None,
        }
    }

    /// Has machines write down every operation of a transaction, or not, as they do at first.
    pub fn record_operations(&mut self, wanted: bool) {
        self.records_operations = wanted;
    }

    /// Lets contracts have threads (spec 0005) at these prices. Their rules rest on those of Cancun, Prague and Osaka;
    /// under other forks there are none.
    pub fn enable_threads(&mut self, gas: ThreadGas) {
        let spec = self.cfg.spec;
        let has_rules = spec.is_enabled_in(SpecId::CANCUN) && !spec.is_enabled_in(SpecId::AMSTERDAM);
        self.threads = has_rules.then_some(gas);
    }

    /// What threads cost, where contracts may have them.
    pub fn thread_gas(&self) -> Option<ThreadGas> {
        self.threads
    }

    /// Has threads that can run begun in this order. It changes no result.
    pub fn queue_threads(&mut self, policy: QueuePolicy) {
        self.thread_queue = policy;
    }

    /// Has machines note how threads were run: [`Machine::take_threads`](crate::Machine::take_threads).
    pub fn note_threads(&mut self, wanted: bool) {
        self.notes_threads = wanted;
    }

    /// Has machines note what contracts hash, so that storage slots can be named.
    pub fn note_preimages(&mut self) {
        self.preimages = Some(Arc::default());
    }

    /// What contracts have hashed since this was last asked; nothing where no notes are taken.
    pub fn take_preimages(&self) -> Preimages {
        self.preimages.as_ref().map(|notes| std::mem::take(&mut *notes.lock())).unwrap_or_default()
    }

    /// Lets accounts with code send, against EIP-3607, or not, as at first.
    pub fn let_contracts_send(&mut self, wanted: bool) {
        self.cfg.disable_eip3607 = wanted;
    }

    /// Who receives the fees.
    pub fn beneficiary(&self) -> Address {
        self.block.beneficiary
    }

    /// Base fee in wei per gas.
    pub fn base_fee(&self) -> u64 {
        self.block.basefee
    }

    /// Gas that all transactions together may use.
    pub fn gas_limit(&self) -> u64 {
        self.block.gas_limit
    }

    /// Whether empty accounts vanish when they are touched (EIP-161).
    pub fn clears_empty_accounts(&self) -> bool {
        self.cfg.spec.is_enabled_in(SpecId::SPURIOUS_DRAGON)
    }

    /// The interpreter's block environment, for comparisons with plain revm.
    pub fn revm_block(&self) -> &BlockEnv {
        &self.block
    }

    /// The interpreter's configuration, for comparisons with plain revm.
    pub fn revm_cfg(&self) -> &CfgEnv {
        &self.cfg
    }
}

/// The price of blob gas in wei. Where no parent's header is known any excess can be claimed, and revm's own formula
/// overflows; here a price that its type cannot hold is the greatest that it can, which no transaction pays.
fn blob_price(blobs: &BlobValues) -> BlobExcessGasAndPrice {
    const PRICE_MIN: u128 = 1;
    let BlobValues { excess_gas, update_fraction, .. } = *blobs;
    let blob_gasprice = match update_fraction {
        // Parameters without a fraction state no price; the formula divides by it.
        0 => u128::MAX,
        fraction => fake_exponential(PRICE_MIN, excess_gas.into(), fraction.into()),
    };
    BlobExcessGasAndPrice { excess_blob_gas: excess_gas, blob_gasprice }
}

/// revm's name for a fork's rules. It has none for Constantinople: Petersburg's are closest.
pub fn spec_id(fork: Fork) -> SpecId {
    match fork {
        Fork::Frontier => SpecId::FRONTIER,
        Fork::Homestead => SpecId::HOMESTEAD,
        Fork::Tangerine => SpecId::TANGERINE,
        Fork::SpuriousDragon => SpecId::SPURIOUS_DRAGON,
        Fork::Byzantium => SpecId::BYZANTIUM,
        Fork::Constantinople | Fork::Petersburg => SpecId::PETERSBURG,
        Fork::Istanbul => SpecId::ISTANBUL,
        Fork::Berlin => SpecId::BERLIN,
        Fork::London => SpecId::LONDON,
        Fork::Paris => SpecId::MERGE,
        Fork::Shanghai => SpecId::SHANGHAI,
        Fork::Cancun => SpecId::CANCUN,
        Fork::Prague => SpecId::PRAGUE,
        Fork::Osaka => SpecId::OSAKA,
        Fork::Amsterdam => SpecId::AMSTERDAM,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::alloy_eips::eip7840::BlobParams;

    fn price(excess_gas: u64, update_fraction: u64) -> u128 {
        let blobs = BlobValues { excess_gas, update_fraction, blobs_max: 6, blobs_per_transaction_max: 6 };
        blob_price(&blobs).blob_gasprice
    }

    #[test]
    fn the_price_of_blobs_is_that_of_revm_and_has_a_greatest_value() {
        for params in [BlobParams::cancun(), BlobParams::prague(), BlobParams::osaka()] {
            let fraction = u64::try_from(params.update_fraction).unwrap();
            for excess in [0, 1, 131_072, 655_360, 10 << 20, 100 << 20] {
                let revm = BlobExcessGasAndPrice::new(excess, fraction).blob_gasprice;
                assert_eq!(price(excess, fraction), revm, "{excess} {fraction}");
            }
            for excess in [1 << 40, u64::MAX] {
                assert_eq!(price(excess, fraction), u128::MAX);
            }
        }
        assert_eq!(price(0, 0), u128::MAX);
        assert_eq!(price(u64::MAX, u64::MAX), 2);
    }
}
