//! Headers that lie, one field at a time: a lie that anything contradicts is refused by name.
//!
//! ```text
//!  the hash left as it is   it is not that of the header                every field
//!  the hash made to fit     the block's own content, its fork           FOLDER, OLD_FOLDER
//!                           its parent and the state as well            WITNESS, OLD_WITNESS
//! ```
//!
//! What nothing in a recording contradicts stands in the tables with the reason, and is held to be so: whoever finds
//! a way to tell changes the line.

#[path = "support/command.rs"]
mod command;
#[path = "support/header_text.rs"]
mod header_text;
#[path = "support/recorded.rs"]
mod recorded;

use command::{Ran, data, parallax, scratch};
use header_text::HeaderText;
use primitives::{Address, B256, Bloom, Bytes, Header, U256, alloy_primitives::B64};
use recorded::Recorded;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::{self, File},
    io::Read,
    path::PathBuf,
};

const VERDICT: i32 = 1;
const INPUT: i32 = 3;

/// What comes of a lie whose hash fits.
#[derive(Clone, Copy, Debug)]
enum Told {
    /// A verdict with these words.
    Verdict(&'static str),
    /// The recording contradicts itself, in these words.
    Input(&'static str),
    /// Nothing, because of this.
    Nothing(&'static str),
}
use Told::{Input, Nothing, Verdict};

/// A field, its value in JSON, and what comes of it.
type Lie = (&'static str, &'static str, Told);

/// The value with its last digit changed.
const OTHER: &str = "other";
/// The field taken away.
const GONE: &str = "null";
const HASH: &str = "\"0x1111111111111111111111111111111111111111111111111111111111111111\"";
const LONG: &str = "\"0x000000000000000000000000000000000000000000000000000000000000000000\"";

const NO_PARENT: Told = Nothing("no header of an ancestor is recorded");
const NO_PROOFS: Told = Nothing("no root of the state is proven");
const FREE: Told = Nothing("whoever makes the block chooses it");
const UNREAD: Told = Nothing("no transaction reads it, and whoever makes the block chooses it");
const NO_ETHASH: Told = Nothing("the seal of proof of work is not checked");

/// A block of Cancun without its parent and without proofs.
const FOLDER: &[Lie] = &[
    ("parentHash", OTHER, NO_PARENT),
    ("sha3Uncles", OTHER, Input("the uncles' hash is")),
    ("miner", OTHER, NO_PROOFS),
    ("stateRoot", OTHER, NO_PROOFS),
    ("transactionsRoot", OTHER, Input("the transactions root is")),
    ("receiptsRoot", OTHER, Verdict("receipts root is")),
    ("logsBloom", OTHER, Verdict("logs bloom differs")),
    ("difficulty", OTHER, Verdict("difficulty 1, expected 0")),
    ("number", OTHER, NO_PARENT),
    ("gasLimit", OTHER, NO_PARENT),
    ("gasLimit", "\"0x1387\"", Verdict("gas limit 4999 is out of range")),
    ("gasLimit", "\"0x8000000000000000\"", Verdict("gas limit 9223372036854775808 is out of range")),
    ("gasLimit", "\"0x5208\"", Verdict("exceeds the gas limit 21000")),
    ("gasUsed", OTHER, Verdict("gas used is")),
    ("timestamp", "\"0x65f1b063\"", Verdict("receipts root is")),
    ("timestamp", "\"0x65f1b056\"", Verdict("blob gas used, which a block of Shanghai does not have")),
    ("timestamp", "\"0x1\"", Verdict("withdrawals root, which a block of Paris does not have")),
    ("extraData", OTHER, FREE),
    ("extraData", LONG, Verdict("33 bytes of extra data")),
    ("mixHash", OTHER, UNREAD),
    ("nonce", OTHER, Verdict("nonce of proof of work after the Merge")),
    ("baseFeePerGas", OTHER, NO_PARENT),
    ("baseFeePerGas", "\"0xffffffffffff\"", Verdict("gas price is less than basefee")),
    ("baseFeePerGas", GONE, Verdict("no base fee")),
    ("withdrawalsRoot", OTHER, Input("the withdrawals root is")),
    ("withdrawalsRoot", GONE, Input("the block has withdrawals, its header has none")),
    ("blobGasUsed", OTHER, Verdict("blob gas used 1,")),
    ("blobGasUsed", "\"0x20000\"", Verdict("0 blobs, the header says 131072 blob gas")),
    ("blobGasUsed", GONE, Verdict("no blob gas used")),
    ("excessBlobGas", OTHER, NO_PARENT),
    ("excessBlobGas", GONE, Verdict("no excess blob gas")),
    ("parentBeaconBlockRoot", OTHER, NO_PROOFS),
    ("parentBeaconBlockRoot", GONE, Verdict("no parent beacon block root")),
    ("requestsHash", HASH, Verdict("requests hash, which a block of Cancun does not have")),
    ("blockAccessListHash", HASH, Verdict("block access list hash is")),
    ("slotNumber", "\"0x1\"", Verdict("slot number, which a block of Cancun does not have")),
];

/// A block of Spurious Dragon, where receipts hold state roots and work is proven.
const OLD_FOLDER: &[Lie] = &[
    ("parentHash", OTHER, NO_PARENT),
    ("sha3Uncles", OTHER, Input("the uncles' hash is")),
    ("miner", OTHER, NO_PROOFS),
    ("stateRoot", OTHER, NO_PROOFS),
    ("transactionsRoot", OTHER, Input("the transactions root is")),
    ("receiptsRoot", OTHER, NO_PROOFS),
    ("logsBloom", OTHER, Verdict("logs bloom differs")),
    ("difficulty", OTHER, NO_PARENT),
    ("number", "\"0x28d139\"", NO_PARENT),
    ("number", OTHER, Verdict("gas used is")),
    ("gasLimit", OTHER, NO_PARENT),
    ("gasLimit", "\"0x5208\"", Verdict("exceeds the gas limit 21000")),
    ("gasUsed", OTHER, Verdict("gas used is")),
    ("timestamp", OTHER, NO_PARENT),
    ("extraData", OTHER, FREE),
    ("extraData", LONG, Verdict("33 bytes of extra data")),
    ("mixHash", OTHER, NO_ETHASH),
    ("nonce", OTHER, NO_ETHASH),
    ("baseFeePerGas", "\"0x1\"", Verdict("base fee, which a block of SpuriousDragon does not have")),
    ("withdrawalsRoot", HASH, Input("the block has no withdrawals, its header has")),
    ("blobGasUsed", "\"0x0\"", Verdict("blob gas used, which a block of SpuriousDragon does not have")),
    ("excessBlobGas", "\"0x0\"", Verdict("excess blob gas, which a block of SpuriousDragon does not have")),
    ("parentBeaconBlockRoot", HASH, Verdict("parent beacon block root, which a block of SpuriousDragon does not")),
    ("requestsHash", HASH, Verdict("requests hash, which a block of SpuriousDragon does not have")),
    ("blockAccessListHash", HASH, Verdict("block access list hash is")),
    ("slotNumber", "\"0x1\"", Verdict("slot number, which a block of SpuriousDragon does not have")),
];

/// A block of Prague with its parent and the state's proofs.
const WITNESS: &[Lie] = &[
    ("parentHash", OTHER, Input("the hash of block 22615246 is")),
    ("sha3Uncles", OTHER, Input("the uncles' hash is")),
    ("miner", OTHER, Input("the state does not hold account")),
    ("miner", "\"0x80a64c6d7f12c47b7c66c5b4e20e72bc1fcd5d9e\"", Verdict("the state root after the block is")),
    ("stateRoot", OTHER, Verdict("the state root after the block is")),
    ("transactionsRoot", OTHER, Input("the transactions root is")),
    ("receiptsRoot", OTHER, Verdict("receipts root is")),
    ("logsBloom", OTHER, Verdict("logs bloom differs")),
    ("difficulty", OTHER, Verdict("difficulty 1, expected 0")),
    ("number", OTHER, Input("ancestor 22615246 is not the parent of block")),
    ("gasLimit", OTHER, UNREAD),
    ("gasLimit", "\"0x7fffffff\"", Verdict("is 1/1024 or more away from")),
    ("gasUsed", OTHER, Verdict("gas used is")),
    ("timestamp", OTHER, Input("the state does not hold slot")),
    ("timestamp", "\"0x1\"", Verdict("timestamp 1 after")),
    ("extraData", OTHER, FREE),
    ("extraData", LONG, Verdict("33 bytes of extra data")),
    ("mixHash", OTHER, UNREAD),
    ("nonce", OTHER, Verdict("nonce of proof of work after the Merge")),
    ("baseFeePerGas", OTHER, Verdict("base fee 1008507649, expected")),
    ("baseFeePerGas", GONE, Verdict("no base fee")),
    ("withdrawalsRoot", OTHER, Input("the withdrawals root is")),
    ("withdrawalsRoot", GONE, Input("the block has withdrawals, its header has none")),
    ("blobGasUsed", OTHER, Verdict("blob gas used 393217,")),
    ("blobGasUsed", "\"0x40000\"", Verdict("3 blobs, the header says 262144 blob gas")),
    ("blobGasUsed", GONE, Verdict("no blob gas used")),
    ("excessBlobGas", OTHER, Verdict("excess blob gas 131073, expected 131072")),
    ("excessBlobGas", GONE, Verdict("no excess blob gas")),
    ("parentBeaconBlockRoot", OTHER, Verdict("the state root after the block is")),
    ("parentBeaconBlockRoot", GONE, Verdict("no parent beacon block root")),
    ("requestsHash", OTHER, Verdict("requests hash is")),
    ("requestsHash", GONE, Verdict("no requests hash")),
    ("blockAccessListHash", HASH, Verdict("block access list hash is")),
    ("slotNumber", "\"0x1\"", Verdict("slot number, which a block of Prague does not have")),
];

/// A block of Spurious Dragon with its parent and the state's proofs.
const OLD_WITNESS: &[Lie] = &[
    ("parentHash", OTHER, Input("the hash of block 2674999 is")),
    ("sha3Uncles", OTHER, Input("the uncles' hash is")),
    ("miner", OTHER, Input("the state does not hold account")),
    ("stateRoot", OTHER, Verdict("the state root after the block is")),
    ("transactionsRoot", OTHER, Input("the transactions root is")),
    ("receiptsRoot", OTHER, Verdict("the receipts root is")),
    ("logsBloom", OTHER, Verdict("logs bloom differs")),
    ("difficulty", OTHER, Verdict("difficulty")),
    ("number", OTHER, Input("ancestor 2674999 is not the parent of block")),
    ("gasLimit", OTHER, UNREAD),
    ("gasLimit", "\"0x7fffffff\"", Verdict("is 1/1024 or more away from")),
    ("gasUsed", OTHER, Verdict("gas used is")),
    ("timestamp", OTHER, UNREAD),
    ("timestamp", "\"0x1\"", Verdict("timestamp 1 after")),
    ("timestamp", "\"0x59000000\"", Verdict("difficulty")),
    // The first block of London may have twice its parent's limit; this one would be that and Osaka's at once.
    ("timestamp", "\"0x7fffffff\"", Verdict("is 1/1024 or more away from")),
    ("extraData", OTHER, FREE),
    ("extraData", LONG, Verdict("33 bytes of extra data")),
    ("mixHash", OTHER, NO_ETHASH),
    ("nonce", OTHER, NO_ETHASH),
    ("baseFeePerGas", "\"0x1\"", Verdict("base fee, which a block of SpuriousDragon does not have")),
    ("withdrawalsRoot", HASH, Input("the block has no withdrawals, its header has")),
    ("blobGasUsed", "\"0x0\"", Verdict("blob gas used, which a block of SpuriousDragon does not have")),
    ("excessBlobGas", "\"0x0\"", Verdict("excess blob gas, which a block of SpuriousDragon does not have")),
    ("parentBeaconBlockRoot", HASH, Verdict("parent beacon block root, which a block of SpuriousDragon does not")),
    ("requestsHash", HASH, Verdict("requests hash, which a block of SpuriousDragon does not have")),
    ("blockAccessListHash", HASH, Verdict("block access list hash is")),
    ("slotNumber", "\"0x1\"", Verdict("slot number, which a block of SpuriousDragon does not have")),
];

/// Every field that a header can have, as JSON calls it. One that the type gains is missing here until it is named.
fn all_fields() -> BTreeSet<String> {
    let header = Header {
        parent_hash: B256::ZERO,
        ommers_hash: B256::ZERO,
        beneficiary: Address::ZERO,
        state_root: B256::ZERO,
        transactions_root: B256::ZERO,
        receipts_root: B256::ZERO,
        logs_bloom: Bloom::ZERO,
        difficulty: U256::ZERO,
        number: 0,
        gas_limit: 0,
        gas_used: 0,
        timestamp: 0,
        extra_data: Bytes::new(),
        mix_hash: B256::ZERO,
        nonce: B64::ZERO,
        base_fee_per_gas: Some(0),
        withdrawals_root: Some(B256::ZERO),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(B256::ZERO),
        requests_hash: Some(B256::ZERO),
        block_access_list_hash: Some(B256::ZERO),
        slot_number: Some(0),
    };
    let Value::Object(fields) = serde_json::to_value(header).expect("JSON") else { panic!("a header is an object") };
    fields.into_iter().map(|(name, _)| name).collect()
}

/// A recorded block, to be written with another header.
struct Recording {
    header: HeaderText,
    /// The file that has the header.
    file: PathBuf,
    /// What is given to the command.
    path: PathBuf,
}

impl Recording {
    /// A block of `mainnet-blocks`, its state and codes laid down in a folder of this name.
    fn folder(name: &str, number: u64) -> Option<Self> {
        let blocks = data("mainnet-blocks")?;
        let path = scratch(name);
        let Recorded { block, pre_state } = Recorded::read(&blocks, number);
        fs::write(path.join("pre_state.json"), Value::Object(pre_state).to_string()).expect("a file can be written");
        let header = HeaderText::of_block(block.to_string());
        Some(Self { header, file: path.join("block.json"), path })
    }

    /// A witness of the form of proofs.
    fn proofs(name: &str) -> Option<Self> {
        let mut text = String::new();
        let original = File::open(data("mainnet-witness/1-2675000.json.gz")?).expect("the file is there");
        flate2::read::GzDecoder::new(original).read_to_string(&mut text).expect("gzip");
        let file = scratch(name).join("1-2675000.json");
        Some(Self { header: HeaderText::of_proofs(text), path: file.clone(), file })
    }

    /// A witness of the form of trie nodes.
    fn nodes(name: &str) -> Option<Self> {
        let original = data("mainnet-witness/prover-input-22615247.json.zst")?;
        let text = zstd::decode_all(File::open(original).expect("the file is there")).expect("zstd");
        let file = scratch(name).join("prover-input-22615247.json");
        let header = HeaderText::of_nodes(String::from_utf8(text).expect("text"));
        Some(Self { header, path: file.clone(), file })
    }

    /// Writes the recording with this header and replays it.
    fn replay(&self, header: &HeaderText) -> Ran {
        fs::write(&self.file, header.text()).expect("a file can be written");
        let arguments = ["--policy", "optimistic", "--workers", "2", "--repeat", "1"].map(OsStr::new);
        let ran = parallax([OsStr::new("replay"), self.path.as_os_str()].into_iter().chain(arguments));
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        ran
    }

    /// The header with a lie.
    fn lying(&self, field: &str, value: &str) -> HeaderText {
        let other = || {
            let value = self.header.value(field).unwrap_or_else(|| panic!("there is no {field}"));
            let digits = value.strip_suffix('"').expect("text");
            let (digits, last) = digits.split_at(digits.len() - 1);
            format!("{digits}{}\"", if last == "1" { '2' } else { '1' })
        };
        self.header.with(field, &if value == OTHER { other() } else { value.to_owned() })
    }

    /// Tells every lie of the table with a hash that fits, after the truth.
    fn check(&self, lies: &[Lie]) {
        self.replay(&self.header).succeeds().prints("valid");
        let told_of: BTreeSet<String> = lies.iter().map(|(field, ..)| (*field).to_owned()).collect();
        assert_eq!(told_of, all_fields(), "the table has every field");
        let mut wrong = Vec::new();
        for (field, value, told) in lies {
            let ran = self.replay(&self.lying(field, value).rehashed());
            let (code, words, output) = match told {
                Verdict(words) => (VERDICT, *words, &ran.out),
                Input(words) => (INPUT, *words, &ran.err),
                Nothing(why) => {
                    eprintln!("{field} {value}: {why}");
                    (0, "valid", &ran.out)
                }
            };
            if ran.code != code || !output.contains(words) {
                wrong.push(format!("{field} {value}: {told:?}, not {}\n{}{}", ran.code, ran.out, ran.err));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// Tells a lie about every field, there or not, and leaves the hash as it is.
    fn check_unhashed(&self) {
        let there = self.header.fields(&all_fields());
        for field in all_fields() {
            let value = match (there.contains(&field), field.as_str()) {
                (true, _) => OTHER,
                (false, "baseFeePerGas" | "blobGasUsed" | "excessBlobGas" | "slotNumber") => "\"0x1\"",
                (false, _) => HASH,
            };
            self.replay(&self.lying(&field, value)).fails(INPUT, "the block's hash is");
        }
    }
}

#[test]
fn lies_of_a_block_alone() {
    if let Some(recording) = Recording::folder("header-lies", 19_426_587) {
        recording.check(FOLDER);
    }
}

#[test]
fn lies_of_an_old_block_alone() {
    if let Some(recording) = Recording::folder("header-lies-old", 2_675_000) {
        recording.check(OLD_FOLDER);
    }
}

#[test]
fn lies_of_a_witnessed_block() {
    if let Some(recording) = Recording::nodes("header-lies-witness") {
        recording.check(WITNESS);
    }
}

#[test]
fn lies_of_an_old_witnessed_block() {
    if let Some(recording) = Recording::proofs("header-lies-old-witness") {
        recording.check(OLD_WITNESS);
    }
}

#[test]
fn no_lie_fits_the_hash_of_the_true_header() {
    let recordings = [
        Recording::folder("header-unhashed", 19_426_587),
        Recording::folder("header-unhashed-old", 2_675_000),
        Recording::nodes("header-unhashed-witness"),
        Recording::proofs("header-unhashed-old-witness"),
    ];
    for recording in recordings.into_iter().flatten() {
        recording.check_unhashed();
    }
}

/// Values at the ends of their range, and some of another form.
#[test]
fn extreme_values_end_with_a_code_of_the_table() {
    let Some(recording) = Recording::folder("header-extremes", 19_426_587) else { return };
    let ones = format!("\"0x{}\"", "ff".repeat(32));
    for field in all_fields() {
        for value in ["\"0x0\"", "\"0xffffffffffffffff\"", "\"0x8000000000000000\"", ones.as_str(), "[]", "\"\"", "-1"]
        {
            let lying = recording.lying(&field, value);
            let is_header = serde_json::from_str::<Header>(lying.header()).is_ok();
            let ran = recording.replay(&if is_header { lying.rehashed() } else { lying });
            if is_header {
                assert!([0, VERDICT, INPUT].contains(&ran.code), "{field} {value}: {}\n{}", ran.code, ran.err);
            } else {
                ran.fails(INPUT, "block.json");
            }
        }
    }
}

/// The folder knows some ancestors' hashes beside the header's own.
#[test]
fn a_parent_of_another_hash_than_the_recorded_one_is_refused() {
    let Some(recording) = Recording::folder("header-ancestors", 2_675_000) else { return };
    let hashes = |parent: &str| {
        let hashes = format!("{{\"2674998\":{HASH},\"2674999\":{parent}}}");
        fs::write(recording.path.join("block_hashes.json"), hashes).expect("a file can be written");
        recording.replay(&recording.header)
    };
    hashes(recording.header.value("parentHash").expect("it has one")).succeeds();
    hashes(HASH).fails(INPUT, "the recorded hash of block 2674999");
}
