//! A genesis file in geth's form, with the names of EIP-7949.
//!
//! Law: the block has the hash that every other client gives it. A file that can be read is not yet one that this node
//! can run: [`GenesisFile::findings`] says why not, all reasons at once.

use crate::genesis::{Content, FORK, Genesis, system_contracts};
use primitives::{
    Account, Activation, Address, B256, Bytes, ChainSpec, ChainSpecError, Fork, Header, KECCAK256_EMPTY, ThreadGas,
    U256, alloy_primitives::U64,
};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;
use std::collections::BTreeMap;

/// The least gas of a block that the rules allow.
const GAS_LIMIT_MIN: u64 = 5_000;
/// The base fee of the first block of a chain that starts with one and names none, as in geth.
const BASE_FEE: u64 = 1_000_000_000;
/// Keys of a file; others mean nothing to anybody.
const KEYS: [&str; 16] = [
    "config",
    "nonce",
    "timestamp",
    "extraData",
    "gasLimit",
    "difficulty",
    "mixHash",
    "mixhash",
    "coinbase",
    "alloc",
    "number",
    "gasUsed",
    "parentHash",
    "baseFeePerGas",
    "excessBlobGas",
    "blobGasUsed",
];

/// What a genesis file says.
#[derive(Clone, Debug)]
pub struct GenesisFile {
    spec: ChainSpec,
    file: File,
    unknown: Vec<String>,
    /// The hash of the file with the prices of threads, if there are threads.
    prices: Option<B256>,
}

/// The fields of the first block, and what is in the state after it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(default)]
    nonce: U64,
    #[serde(default)]
    timestamp: U64,
    #[serde(default)]
    extra_data: Bytes,
    gas_limit: U64,
    #[serde(default)]
    difficulty: U256,
    #[serde(default, alias = "mixhash")]
    mix_hash: B256,
    #[serde(default)]
    coinbase: Address,
    alloc: BTreeMap<Address, Entry>,
    number: Option<U64>,
    parent_hash: Option<B256>,
    base_fee_per_gas: Option<U256>,
    excess_blob_gas: Option<U64>,
    blob_gas_used: Option<U64>,
}

/// An account of the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    balance: U256,
    nonce: Option<U64>,
    code: Option<Bytes>,
    #[serde(default)]
    storage: BTreeMap<Word, Word>,
    secret_key: Option<Value>,
}

/// A slot or its value: hexadecimal digits, with `0x` or without, and as many as it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Word(U256);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text.strip_prefix("0x").unwrap_or(&text);
        U256::from_str_radix(digits, 16).map(Self).map_err(|_| D::Error::custom(format!("{text:?} is no word")))
    }
}

/// A file that is no genesis.
#[derive(Debug, thiserror::Error)]
pub enum GenesisError {
    /// Not JSON, or not of the form.
    #[error("{0}")]
    Form(#[from] serde_json::Error),
    /// The chain's rules cannot be made out.
    #[error(transparent)]
    Rules(#[from] ChainSpecError),
    /// There are no rules.
    #[error("there is no `config`")]
    NoConfig,
    /// Prices of threads are given, and there are no threads.
    #[error("there is no `threads` in `config`, so nothing has the prices of threads that are given")]
    NoThreads,
}

/// What is to be said of a genesis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Why this node cannot run the chain.
    pub problems: Vec<String>,
    /// What is probably not meant.
    pub warnings: Vec<String>,
}

impl GenesisFile {
    /// Reads a file's text. Where it turns threads on, their prices are the public ones.
    pub fn read(json: &str) -> Result<Self, GenesisError> {
        Self::read_with(json, None)
    }

    /// The same, with the text of a file of prices for threads, which the genesis names by its hash.
    pub fn read_with(json: &str, thread_gas: Option<&str>) -> Result<Self, GenesisError> {
        let value: Value = serde_json::from_str(json)?;
        let keys = value.as_object().into_iter().flat_map(|object| object.keys());
        let unknown = keys.filter(|key| !KEYS.contains(&key.as_str())).cloned().collect();
        if value.get("config").is_none() {
            return Err(GenesisError::NoConfig);
        }
        let spec = ChainSpec::from_genesis_json_with(json, thread_gas)?;
        if thread_gas.is_some() && spec.threads.is_none() {
            return Err(GenesisError::NoThreads);
        }
        let prices = spec.threads.map(|_| thread_gas.map_or_else(ThreadGas::default_hash, ThreadGas::hash_of));
        Ok(Self { spec, file: serde_json::from_str(json)?, unknown, prices })
    }

    /// The rules of the chain.
    pub fn spec(&self) -> &ChainSpec {
        &self.spec
    }

    /// Seconds since 1970 of the first block.
    pub fn timestamp(&self) -> u64 {
        self.file.timestamp.to()
    }

    /// Gives money to accounts that the file does not name.
    pub fn fund(&mut self, accounts: &[Address], balance: U256) {
        for account in accounts {
            self.file.alloc.entry(*account).or_insert_with(|| Entry { balance, ..Entry::default() });
        }
    }

    /// The first block and the state after it.
    pub fn genesis(&self) -> Genesis {
        let file = &self.file;
        let mut content = Content::default();
        for (address, account) in &file.alloc {
            let code = account.code.clone().filter(|code| !code.is_empty());
            let code_hash = code.map_or(KECCAK256_EMPTY, |code| content.code(code));
            let nonce = account.nonce.unwrap_or_default().to();
            content.put(*address, Account { balance: account.balance, nonce, code_hash });
            for (slot, value) in account.storage.iter().filter(|(_, value)| !value.0.is_zero()) {
                content.slot(*address, slot.0, value.0);
            }
        }
        let base_fee = file.base_fee_per_gas.and_then(|fee| u64::try_from(fee).ok()).unwrap_or(BASE_FEE);
        let header = Header {
            parent_hash: file.parent_hash.unwrap_or_default(),
            beneficiary: file.coinbase,
            difficulty: file.difficulty,
            number: 0,
            gas_limit: file.gas_limit.to(),
            timestamp: self.timestamp(),
            extra_data: file.extra_data.clone(),
            mix_hash: file.mix_hash,
            nonce: file.nonce.to_be_bytes::<8>().into(),
            base_fee_per_gas: Some(base_fee),
            blob_gas_used: file.blob_gas_used.map(|gas| gas.to()),
            excess_blob_gas: file.excess_blob_gas.map(|gas| gas.to()),
            ..Header::default()
        };
        Genesis::of(self.spec.clone(), header, content)
    }

    /// What is to be said of it. Without problems, a node can run the chain.
    pub fn findings(&self) -> Findings {
        let mut findings = Findings::default();
        self.check_forks(&mut findings.problems);
        self.check_header(&mut findings.problems);
        self.check_contracts(&mut findings);
        findings.warnings.extend(self.unknown.iter().map(|key| format!("`{key}` means nothing in a genesis")));
        if let Some(threads) = self.spec.threads
            && self.spec.fork_at(0, threads.timestamp.max(self.timestamp())) < Fork::Cancun
        {
            findings.warnings.push("`threads` mean nothing before the rules of Cancun".to_owned());
        }
        if self.prices.is_some_and(|hash| self.file.extra_data[..] != hash[..]) {
            findings.warnings.push(
                "the first block has the same hash whatever `threads` cost: `extraData` is not their `gasHash`"
                    .to_owned(),
            );
        }
        let keyed = self.file.alloc.iter().filter(|(_, account)| account.secret_key.is_some());
        findings.warnings.extend(keyed.map(|(address, _)| format!("the secret key of {address} stands in the file")));
        findings
    }

    /// The rules from the first block on, and after them only what comes by time, each fork after the one before it.
    fn check_forks(&self, problems: &mut Vec<String>) {
        if self.spec.chain_id == 0 {
            problems.push("`chainId` is 0".to_owned());
        }
        let is_there = |fork: &Fork| match self.spec.activation(*fork) {
            Activation::Block(number) => number == 0,
            Activation::Timestamp(time) => time <= self.timestamp(),
            Activation::Never | Activation::TotalDifficulty(_) => false,
        };
        let first = Fork::ALL.into_iter().skip(1).take_while(is_there).last().unwrap_or(Fork::Frontier);
        if first < Fork::Paris {
            problems.push(format!(
                "the chain begins with the rules of {first}, before the end of proof of work: set \
                 `terminalTotalDifficulty` to 0 and the forks before it to block 0"
            ));
        }
        let mut last = Some(0);
        for fork in Fork::ALL.into_iter().skip(1) {
            let at = match self.spec.activation(fork) {
                Activation::Block(number) => Some(number),
                Activation::Timestamp(time) if time <= self.timestamp() => Some(0),
                Activation::Timestamp(time) => Some(time),
                Activation::Never | Activation::TotalDifficulty(_) => None,
            };
            match (last, at) {
                (None, Some(_)) => problems.push(format!("{fork} comes into force and the fork before it never does")),
                (Some(before), Some(at)) if at < before => {
                    problems.push(format!("{fork} comes into force before the fork before it"));
                }
                _ => {}
            }
            last = at;
            if at.is_some() && fork > FORK {
                problems.push(format!("{fork} is scheduled; this node knows the rules up to {FORK}"));
            }
        }
    }

    fn check_header(&self, problems: &mut Vec<String>) {
        let file = &self.file;
        if !(GAS_LIMIT_MIN..=i64::MAX as u64).contains(&file.gas_limit.to::<u64>()) {
            problems.push(format!("`gasLimit` is {}, the least is {GAS_LIMIT_MIN}", file.gas_limit));
        }
        if file.extra_data.len() > 32 {
            problems.push(format!("`extraData` has {} bytes, the most is 32", file.extra_data.len()));
        }
        if file.base_fee_per_gas.is_some_and(|fee| u64::try_from(fee).is_err()) {
            problems.push("`baseFeePerGas` is no number of 64 bits".to_owned());
        }
        if file.number.is_some_and(|number| !number.is_zero()) {
            problems.push("`number` is not 0".to_owned());
        }
    }

    fn check_contracts(&self, findings: &mut Findings) {
        let scheduled = |fork| self.spec.activation(fork) != Activation::Never;
        for contract in system_contracts().into_iter().filter(|contract| scheduled(contract.since)) {
            let code = self.file.alloc.get(&contract.address).and_then(|account| account.code.as_ref());
            let text = format!("{} has no code at {}, which {} calls", contract.name, contract.address, contract.since);
            match code {
                None => findings.of(contract.is_required).push(text),
                Some(code) if *code != contract.code => {
                    findings.warnings.push(format!("{} has code of its own at {}", contract.name, contract.address));
                }
                Some(_) => {}
            }
        }
    }
}

impl Findings {
    fn of(&mut self, is_problem: bool) -> &mut Vec<String> {
        if is_problem { &mut self.problems } else { &mut self.warnings }
    }
}

/// The form that a genesis file has for code and storage, for those who write one. `threads`: the hash of the file with
/// the prices of threads, if contracts may have them.
pub fn template(chain_id: u64, accounts: &[Address], balance: U256, threads: Option<B256>) -> Value {
    let mut alloc = serde_json::Map::new();
    for account in accounts {
        alloc.insert(account.to_string(), serde_json::json!({ "balance": balance }));
    }
    for contract in system_contracts() {
        let entry = serde_json::json!({ "balance": "0x0", "nonce": "0x1", "code": contract.code });
        alloc.insert(contract.address.to_string(), entry);
    }
    let zero = 0;
    let mut file = serde_json::json!({
        "config": {
            "chainId": chain_id,
            "homesteadBlock": zero, "eip150Block": zero, "eip155Block": zero, "eip158Block": zero,
            "byzantiumBlock": zero, "constantinopleBlock": zero, "petersburgBlock": zero, "istanbulBlock": zero,
            "berlinBlock": zero, "londonBlock": zero, "mergeNetsplitBlock": zero, "terminalTotalDifficulty": zero,
            "shanghaiTime": zero, "cancunTime": zero, "pragueTime": zero, "osakaTime": zero,
        },
        "nonce": "0x0",
        "timestamp": "0x0",
        "extraData": Bytes::new(),
        "gasLimit": "0x3938700",
        "difficulty": "0x0",
        "mixHash": B256::ZERO,
        "coinbase": Address::ZERO,
        "baseFeePerGas": "0x3b9aca00",
        "alloc": alloc,
    });
    if let Some(hash) = threads {
        file["config"]["threads"] = serde_json::json!({ "time": zero, "gasHash": hash });
        // So that the first block's hash covers the prices: it does not cover `config`.
        file["extraData"] = serde_json::json!(hash);
    }
    file
}

#[cfg(test)]
mod tests;
