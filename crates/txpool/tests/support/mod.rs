//! Transactions, accounts and pools for tests.
#![allow(dead_code, reason = "each test file uses some of it")]

use primitives::{
    Account, Address, Bytes, Fork, Transaction, U256,
    alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxLegacy},
    alloy_eips::{
        eip2930::{AccessList, AccessListItem},
        eip7702::{Authorization, SignedAuthorization},
        eip7840::BlobParams,
    },
    alloy_primitives::{B256, Signature, TxKind},
};
use state::MemoryState;
use txpool::{AddError, Added, Head, Incoming, Limits, Origin, Pool};

pub(crate) const ETHER: u128 = 1_000_000_000_000_000_000;
pub(crate) const GWEI: u128 = 1_000_000_000;

/// One transaction, of whatever type `kind` says.
#[derive(Clone, Debug)]
pub(crate) struct Build {
    pub(crate) kind: u8,
    pub(crate) signer: Address,
    pub(crate) chain_id: Option<u64>,
    pub(crate) nonce: u64,
    pub(crate) cap: u128,
    pub(crate) tip: u128,
    pub(crate) gas: u64,
    pub(crate) to: Option<Address>,
    pub(crate) value: U256,
    pub(crate) input: Bytes,
    pub(crate) blob_hashes: Vec<B256>,
    pub(crate) blob_cap: u128,
    pub(crate) authorizations: Vec<SignedAuthorization>,
    pub(crate) access_list: Vec<AccessListItem>,
    pub(crate) s: U256,
}

pub(crate) fn signer(number: u64) -> Address {
    Address::left_padding_from(&(number + 0x1_0000).to_be_bytes())
}

pub(crate) fn transfer(from: u64, nonce: u64, tip: u128) -> Build {
    Build {
        kind: 2,
        signer: signer(from),
        chain_id: Some(1),
        nonce,
        cap: 100 * GWEI,
        tip,
        gas: 21_000,
        to: Some(Address::repeat_byte(0x77)),
        value: U256::ONE,
        input: Bytes::new(),
        blob_hashes: Vec::new(),
        blob_cap: 10,
        authorizations: Vec::new(),
        access_list: Vec::new(),
        s: U256::ONE,
    }
}

/// A valid transfer of this type.
pub(crate) fn of_kind(kind: u8) -> Build {
    let mut build = Build { kind, gas: 100_000, ..transfer(1, 0, GWEI) };
    if kind == 3 {
        build.blob_hashes = vec![B256::with_last_byte(1)];
    }
    if kind == 4 {
        build.authorizations = vec![authorization()];
    }
    build
}

/// An authorization that some key signed.
pub(crate) fn authorization() -> SignedAuthorization {
    let inner = Authorization { chain_id: U256::ONE, address: Address::repeat_byte(9), nonce: 0 };
    inner.into_signed(Signature::new(U256::from(3), U256::from(5), false))
}

impl Build {
    pub(crate) fn transaction(&self) -> Transaction {
        let signature = Signature::new(U256::from_be_slice(self.signer.as_slice()), self.s, false);
        let to = self.to.map_or(TxKind::Create, TxKind::Call);
        let (nonce, gas_limit, value, input) = (self.nonce, self.gas, self.value, self.input.clone());
        let chain_id = self.chain_id.unwrap_or_default();
        let (max_fee_per_gas, max_priority_fee_per_gas) = (self.cap, self.tip);
        let access_list = AccessList(self.access_list.clone());
        match self.kind {
            0 => {
                let (chain_id, gas_price) = (self.chain_id, self.cap);
                TxLegacy { chain_id, nonce, gas_price, gas_limit, to, value, input }.into_signed(signature).into()
            }
            1 => {
                let gas_price = self.cap;
                let tx = TxEip2930 { chain_id, nonce, gas_price, gas_limit, to, value, access_list, input };
                tx.into_signed(signature).into()
            }
            2 => TxEip1559 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas,
                max_priority_fee_per_gas,
                to,
                value,
                access_list,
                input,
            }
            .into_signed(signature)
            .into(),
            3 => TxEip4844 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas,
                max_priority_fee_per_gas,
                to: self.to.unwrap_or_default(),
                value,
                access_list,
                blob_versioned_hashes: self.blob_hashes.clone(),
                max_fee_per_blob_gas: self.blob_cap,
                input,
            }
            .into_signed(signature)
            .into(),
            _ => TxEip7702 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas,
                max_priority_fee_per_gas,
                to: self.to.unwrap_or_default(),
                value,
                access_list,
                authorization_list: self.authorizations.clone(),
                input,
            }
            .into_signed(signature)
            .into(),
        }
    }

    pub(crate) fn incoming(&self) -> Incoming {
        Incoming::signed_by(self.signer, self.transaction(), None)
    }

    pub(crate) fn hash(&self) -> B256 {
        *self.transaction().tx_hash()
    }

    pub(crate) fn add(&self, pool: &mut Pool, state: &MemoryState) -> Result<Added, AddError> {
        pool.add(self.incoming(), Origin::Remote, state, 0)
    }
}

pub(crate) fn head(fork: Fork) -> Head {
    let blob_params = (fork >= Fork::Cancun).then(BlobParams::osaka);
    Head { chain_id: 1, fork, gas_limit: 36_000_000, base_fee: 7, blob_fee: 1, blob_params, min_tip: 1 }
}

/// Bounds of a node; blobs need not be brought along.
pub(crate) fn limits() -> Limits {
    Limits { sidecar_required: false, ..Limits::node() }
}

pub(crate) fn pool(limits: Limits) -> Pool {
    Pool::new(limits, head(Fork::Osaka))
}

/// The first signers with an ether each.
pub(crate) fn rich(signers: u64) -> MemoryState {
    let mut state = MemoryState::new();
    for number in 0..signers {
        state.set_account(signer(number), Account::with_balance(U256::from(ETHER)));
    }
    state
}
