//! Blocks of mainnet: from the nodes of a witness and what the block changed, the state root after the block.

mod data;

use access_list::{AccountChange, SlotChange, StateDiff};
use primitives::{Account, Address, B256, Bytes, U256};
use serde_json::Value;
use state::{NodeSet, StateReader, WitnessState};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
};

/// The form `zeth-rpc-cache`: proofs of the same accounts and slots before and after the block. What they prove
/// differently is the diff.
#[test]
fn proofs_before_and_after_a_block_lead_from_root_to_root() {
    for block in index("zeth-rpc-cache") {
        let Some(file) = data::open(&format!("mainnet-witness/{}", text(&block["file"]))) else { return };
        let mut json = String::new();
        flate2::read::GzDecoder::new(file).read_to_string(&mut json).expect("gzip");
        let cache: Value = serde_json::from_str(&json).expect("JSON");
        let number = block["number"].as_u64().expect("a number");
        let proofs: Vec<_> = list(&cache["proofs"]).iter().map(|pair| (&pair[0], &pair[1])).collect();
        let mut nodes: NodeSet = proofs.iter().flat_map(|(_, proof)| nodes_of(proof)).collect();
        for (_, proof) in proofs.iter().filter(|(query, _)| query["block_no"] == number) {
            nodes_of(proof).iter().for_each(|node| nodes.insert_pulled_up(node));
        }
        let mut before = WitnessState::new(hash(&block["parent_state_root"]), &nodes).expect("nodes of a state");
        let mut after = WitnessState::new(hash(&block["state_root"]), &nodes).expect("nodes of a state");
        for (query, proof) in &proofs {
            check_proof(if query["block_no"] == number { &after } else { &before }, proof);
        }
        let diff = difference(&before, &after, proofs.iter().map(|(_, proof)| *proof));
        println!("{number}: {} accounts and {} slots change", diff.accounts.len(), diff.slots.len());
        assert!(!diff.accounts.is_empty());
        assert_eq!(before.apply(&diff), Ok(after.root()), "block {number}");
        assert_eq!(after.root(), hash(&block["state_root"]));
    }
}

/// The form `prover-input`: nodes before the block, and a list of what the block changed.
#[test]
fn a_prover_input_leads_from_root_to_root() {
    for block in index("prover-input") {
        let Some(file) = data::open(&format!("mainnet-witness/{}", text(&block["file"]))) else { return };
        let input: Value = serde_json::from_reader(zstd::Decoder::new(file).expect("zstd")).expect("JSON");
        let nodes = list(&input["witness"]["state"]).iter().chain(list(&input["extra"]["committed"]));
        let nodes: NodeSet = nodes.map(bytes).collect();
        let mut state = WitnessState::new(hash(&block["parent_state_root"]), &nodes).expect("nodes of a state");
        let mut diff = StateDiff::default();
        for change in list(&input["extra"]["stateDiffs"]) {
            let address = address(change);
            assert_eq!(state.account(address), Ok(account(&change["preAccount"])), "{address}");
            diff.accounts.push(AccountChange { address, account: account(&change["postAccount"]), wiped: false });
            for write in change["storage"].as_array().into_iter().flatten() {
                let slot = number(&write["storageKey"]);
                assert_eq!(state.storage(address, slot), Ok(number(&write["preValue"])), "{address}, slot {slot}");
                diff.slots.push(SlotChange { address, slot, value: number(&write["postValue"]) });
            }
        }
        assert_eq!(state.apply(&diff), Ok(hash(&block["state_root"])), "block {}", block["number"]);
    }
}

/// What an answer of `eth_getProof` says is what the state says.
fn check_proof(state: &WitnessState, proof: &Value) {
    let address = address(proof);
    let told = state.account(address).expect("is proven").unwrap_or_default();
    assert_eq!(
        (told.balance, U256::from(told.nonce)),
        (number(&proof["balance"]), number(&proof["nonce"])),
        "{address}"
    );
    for slot in list(&proof["storageProof"]) {
        assert_eq!(state.storage(address, number(&slot["key"])), Ok(number(&slot["value"])), "{address}");
    }
}

/// What differs in the accounts and slots that the proofs name.
fn difference<'a>(before: &WitnessState, after: &WitnessState, proofs: impl Iterator<Item = &'a Value>) -> StateDiff {
    let mut keys = BTreeMap::<Address, BTreeSet<U256>>::new();
    for proof in proofs {
        let slots = list(&proof["storageProof"]).iter().map(|slot| number(&slot["key"]));
        keys.entry(address(proof)).or_default().extend(slots);
    }
    let mut diff = StateDiff::default();
    for (address, slots) in keys {
        let account = after.account(address).expect("is proven");
        if before.account(address) != Ok(account) {
            diff.accounts.push(AccountChange { address, account, wiped: account.is_none() });
        }
        for slot in slots {
            let (old, new) = (before.storage(address, slot), after.storage(address, slot));
            if let (Ok(old), Ok(value)) = (old, new)
                && old != value
            {
                diff.slots.push(SlotChange { address, slot, value });
            }
        }
    }
    diff
}

fn nodes_of(proof: &Value) -> Vec<Bytes> {
    let slots = list(&proof["storageProof"]).iter().flat_map(|slot| list(&slot["proof"]));
    list(&proof["accountProof"]).iter().chain(slots).map(bytes).collect()
}

fn index(form: &str) -> Vec<Value> {
    let Some(file) = data::open("mainnet-witness/index.json") else { return Vec::new() };
    let index: Vec<Value> = serde_json::from_reader(file).expect("JSON");
    let blocks: Vec<_> = index.into_iter().filter(|block| block["form"] == form).collect();
    assert!(!blocks.is_empty(), "no block of the form {form}");
    blocks
}

fn account(value: &Value) -> Option<Account> {
    let nonce = || number(&value["nonce"]).to();
    (!value.is_null()).then(|| Account {
        balance: number(&value["balance"]),
        nonce: nonce(),
        code_hash: hash(&value["codeHash"]),
    })
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn bytes(value: &Value) -> Bytes {
    text(value).parse().expect("hex")
}

fn hash(value: &Value) -> B256 {
    text(value).parse().expect("a hash")
}

fn address(value: &Value) -> Address {
    text(&value["address"]).parse().expect("an address")
}

fn number(value: &Value) -> U256 {
    text(value).parse().expect("a number")
}
