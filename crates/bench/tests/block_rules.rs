//! The rules that need no execution, over recorded blocks and the official blockchain tests: no valid block is refused,
//! and of the invalid ones all that these rules alone have to refuse.

#[path = "../src/test_data.rs"]
mod test_data;

use std::{
    collections::BTreeMap,
    io::{self, Read},
};

use bench::{
    RecordedBlock,
    vectors::{BlockchainTest, blockchain_tests},
};
use executor::rules::{Ancestor, check_body, check_header, check_merge, check_ommers};
use primitives::{
    B256, Block, ChainSpec, U256,
    alloy_rlp::{self, Decodable},
};

/// The blocks of a chain, or of several that compete, by hash.
struct Known {
    chain: ChainSpec,
    /// Each with its total difficulty.
    blocks: BTreeMap<B256, (Block, U256)>,
}

impl Known {
    /// Checks a block against those that came before it.
    fn check(&self, block: &Block) -> Result<(), String> {
        let (parent, total) = self.blocks.get(&block.header.parent_hash).ok_or("unknown parent")?;
        check_header(&self.chain, &parent.header, &block.header).map_err(|error| error.to_string())?;
        check_merge(&self.chain, *total, &block.header).map_err(|error| error.to_string())?;
        check_body(&self.chain, block).map_err(|error| error.to_string())?;
        let parent_of = |block: &&Block| Some(&self.blocks.get(&block.header.parent_hash)?.0);
        let ancestors = std::iter::successors(Some(parent), parent_of);
        let ancestors: Vec<Ancestor<'_>> = ancestors.take(7).map(Ancestor::from).collect();
        check_ommers(&self.chain, &block.header, &block.body.ommers, &ancestors).map_err(|error| error.to_string())
    }

    fn insert(&mut self, block: Block) {
        let before = self.blocks.get(&block.header.parent_hash).map_or(U256::ZERO, |(_, total)| *total);
        let total = before + block.header.difficulty;
        self.blocks.insert(block.header.hash_slow(), (block, total));
    }
}

/// What came of the blocks of one archive.
#[derive(Default)]
struct Tally {
    valid: usize,
    /// By the exceptions that a fixture expects: how many blocks, and how many of them are refused here.
    invalid: BTreeMap<String, (usize, usize)>,
    wrongly_refused: Vec<String>,
}

impl Tally {
    fn add(&mut self, at: &str, test: &BlockchainTest) {
        let genesis = test.genesis_rlp.as_ref().map_or_else(
            || Block::uncle(test.genesis_block_header.header()),
            |rlp| Block::decode(&mut rlp.as_ref()).unwrap_or_else(|error| panic!("{at}: {error}")),
        );
        let chain = test.chain_spec().unwrap_or_else(|error| panic!("{at}: {error}"));
        let mut known = Known { chain, blocks: BTreeMap::new() };
        known.insert(genesis);
        for (index, fixture) in test.blocks.iter().enumerate() {
            let decoded = fixture.decode().map_err(|error| error.to_string());
            let verdict = decoded.and_then(|block| known.check(&block).map(|()| block));
            match (&fixture.expect_exception, verdict) {
                (Some(exception), verdict) => {
                    let (all, refused) = self.invalid.entry(exception.clone()).or_default();
                    *all += 1;
                    *refused += usize::from(verdict.is_err());
                }
                (None, Ok(block)) => {
                    self.valid += 1;
                    known.insert(block);
                }
                (None, Err(error)) => self.wrongly_refused.push(format!("{at} block {index}: {error}")),
            }
        }
    }

    /// How many invalid blocks there are, and how many of them are refused.
    fn invalid(&self) -> (usize, usize) {
        self.invalid.values().fold((0, 0), |sum, (all, refused)| (sum.0 + all, sum.1 + refused))
    }

    fn print(&self, archive: &str) {
        let (all, refused) = self.invalid();
        println!("{archive}: {} valid blocks pass, {refused} of {all} invalid ones are refused", self.valid);
        for (exception, (all, refused)) in &self.invalid {
            println!("  {refused:>5} of {all:<5} {exception}");
        }
    }

    /// Exceptions that execution does not have to see, and yet not all blocks with them are refused.
    fn missed(&self) -> Vec<&str> {
        let needs_execution = |name: &str| NEEDS_EXECUTION.contains(&name);
        let missed = self
            .invalid
            .iter()
            .filter(|(names, (all, refused))| refused < all && !names.split('|').any(needs_execution));
        missed.map(|(names, _)| names.as_str()).collect()
    }
}

/// What shows only when a block is executed, or is judged there because it is a transaction's own affair.
const NEEDS_EXECUTION: [&str; 22] = [
    "BlockException.INVALID_DEPOSIT_EVENT_LAYOUT",
    "BlockException.INVALID_GAS_USED",
    "BlockException.INVALID_LOG_BLOOM",
    "BlockException.INVALID_RECEIPTS_ROOT",
    "BlockException.INVALID_REQUESTS",
    "BlockException.INVALID_STATE_ROOT",
    "BlockException.SYSTEM_CONTRACT_CALL_FAILED",
    "BlockException.SYSTEM_CONTRACT_EMPTY",
    "TransactionException.GAS_ALLOWANCE_EXCEEDED",
    "TransactionException.INITCODE_SIZE_EXCEEDED",
    "TransactionException.INSUFFICIENT_ACCOUNT_FUNDS",
    "TransactionException.INSUFFICIENT_MAX_FEE_PER_BLOB_GAS",
    "TransactionException.INSUFFICIENT_MAX_FEE_PER_GAS",
    "TransactionException.INTRINSIC_GAS_TOO_LOW",
    "TransactionException.NONCE_MISMATCH_TOO_HIGH",
    "TransactionException.NONCE_MISMATCH_TOO_LOW",
    "TransactionException.PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS",
    "TransactionException.SENDER_NOT_EOA",
    "TransactionException.TYPE_3_TX_BLOB_COUNT_EXCEEDED",
    "TransactionException.TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH",
    "TransactionException.TYPE_3_TX_ZERO_BLOBS",
    "TransactionException.TYPE_4_EMPTY_AUTHORIZATION_LIST",
];

/// Judges every block of an archive with this many valid blocks, of whose invalid ones this many are refused.
fn check_archive(name: &str, valid: usize, refused: usize) {
    let Some(path) = test_data::path(&format!("fixtures/{name}.tar.zst")) else { return };
    let mut tally = Tally::default();
    for case in blockchain_tests(path).unwrap_or_else(|error| panic!("{error}")) {
        let (file, name, test) = case.unwrap_or_else(|error| panic!("{error}"));
        tally.add(&format!("{file} {name}"), &test);
    }
    tally.print(name);
    let wrong = &tally.wrongly_refused;
    assert!(wrong.is_empty(), "{} valid blocks are refused, such as {:#?}", wrong.len(), &wrong[..wrong.len().min(20)]);
    assert_eq!(tally.missed(), [""; 0]);
    assert_eq!((tally.valid, tally.invalid().1), (valid, refused), "{name}");
}

#[test]
fn eest_blocks() {
    check_archive("eest-v5.4.0-blockchain-tests", 9177, 228);
}

#[test]
fn ethereum_tests_blocks() {
    check_archive("ethereum-tests", 425, 135);
}

#[test]
fn benchmark_blocks() {
    check_archive("eest-benchmark-v0.0.7", 168, 0);
}

#[test]
fn mainnet_blocks() {
    for folder in ["mainnet-blocks", "mainnet-witness"] {
        let Some(path) = test_data::path(folder) else { continue };
        let blocks = RecordedBlock::load_all(path).unwrap_or_else(|error| panic!("{error}"));
        let (mut headers, mut bodies) = (0, 0);
        for RecordedBlock { name, chain, block, ommers_known, parent, .. } in &blocks {
            if let Some(parent) = parent {
                check_header(chain, parent, &block.header).unwrap_or_else(|error| panic!("{name}: {error}"));
                headers += 1;
            }
            if *ommers_known {
                check_body(chain, block).unwrap_or_else(|error| panic!("{name}: {error}"));
                bodies += 1;
            }
        }
        println!("{folder}: {headers} headers and {bodies} bodies of {} blocks checked", blocks.len());
        assert!(bodies > 0);
    }
}

/// A chain that goes through every fork from Homestead to Prague.
#[test]
fn a_chain_through_all_forks() {
    check_chain("rpc/execution-apis-tests.tar.zst", 54);
}

#[test]
fn a_chain_of_cancun() {
    check_chain("chains/hive-sync.tar.zst", 3000);
}

/// Checks the blocks of `chain.rlp`, all but the first, whose parent is not in it.
fn check_chain(archive: &str, blocks_expected: usize) {
    let Some(path) = test_data::path(archive) else { return };
    let genesis = read_entry(&path, "genesis.json");
    let genesis = String::from_utf8(genesis).expect("a genesis file is text");
    let chain = ChainSpec::from_genesis_json(&genesis).unwrap_or_else(|error| panic!("{error}"));
    let chain_rlp = read_entry(&path, "chain.rlp");
    let mut rest = chain_rlp.as_slice();
    let mut known = Known { chain, blocks: BTreeMap::new() };
    let mut ommers = 0;
    while !rest.is_empty() {
        let block = Block::decode(&mut rest).unwrap_or_else(|error: alloy_rlp::Error| panic!("{archive}: {error}"));
        if !known.blocks.is_empty() {
            known.check(&block).unwrap_or_else(|error| panic!("{archive}, block {}: {error}", block.header.number));
        }
        ommers += block.body.ommers.len();
        known.insert(block);
    }
    println!("{archive}: {} blocks with {ommers} ommers", known.blocks.len());
    assert_eq!(known.blocks.len(), blocks_expected);
}

fn read_entry(path: &std::path::Path, name: &str) -> Vec<u8> {
    let read = || -> io::Result<Option<Vec<u8>>> {
        let mut archive = tar::Archive::new(zstd::Decoder::new(std::fs::File::open(path)?)?);
        for entry in archive.entries()? {
            let mut entry = entry?;
            if entry.path()?.ends_with(name) {
                let mut content = Vec::new();
                entry.read_to_end(&mut content)?;
                return Ok(Some(content));
            }
        }
        Ok(None)
    };
    read().unwrap_or_else(|error| panic!("{}: {error}", path.display())).unwrap_or_else(|| panic!("no {name}"))
}
