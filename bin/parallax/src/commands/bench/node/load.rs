//! The load: who sends what, and how it is measured.

use super::{
    Arguments, Kind, Mining,
    client::{Client, request},
    contender::{Contender, Running},
};
use crate::exit::Failure;
use bench::workload::Contract;
use node::{Key, Keys, TEST_MNEMONIC};
use primitives::{
    Address, Bytes, Transaction, U256,
    alloy_consensus::{SignableTransaction, TxEip1559},
    alloy_eips::Encodable2718,
    alloy_primitives::{TxKind, hex},
    keccak256,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    thread,
    time::{Duration, Instant},
};

/// How often it is looked whether everything is in blocks.
const LOOK: Duration = Duration::from_millis(20);
/// The first bytes of a call to `transfer(address,uint256)`.
const TRANSFER: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];
/// Tokens of each sender.
const TOKENS: u64 = 1 << 40;

/// What is sent to each node.
pub(super) struct Load<'a> {
    arguments: &'a Arguments,
    /// The first key has the money, the others send.
    keys: Keys,
}

/// What one round gave.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Measured {
    /// From the start of the process to its first answer.
    pub(super) start_ms: f64,
    pub(super) idle_mb: f64,
    /// Transactions in blocks, by the time from the first request to the block of the last of them.
    pub(super) per_second: f64,
    pub(super) cpu_us: f64,
    /// Transactions that were taken and are in no block.
    pub(super) stranded: u64,
    /// From a request to its answer.
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) after_mb: f64,
}

impl<'a> Load<'a> {
    pub(super) fn new(arguments: &'a Arguments) -> Result<Self, Failure> {
        let keys = Keys::from_mnemonic(TEST_MNEMONIC, arguments.senders as usize + 1);
        Ok(Self { arguments, keys: keys.map_err(|error| Failure::Usage(error.to_string()))? })
    }

    /// One round with one node.
    pub(super) fn measure(&self, contender: &Contender) -> Result<Measured, Failure> {
        let node = contender.start()?;
        let idle_mb = node.resident_mb();
        let mut client = node.client()?;
        let chain_id = client.number("eth_chainId", &json!([]))?;
        let token = self.prepare(&mut client, chain_id)?;
        let requests = self.requests(&mut client, chain_id, token)?;
        let block = client.number("eth_blockNumber", &json!([]))?;
        let (cpu, start) = (node.cpu_s(), Instant::now());
        let (included, last, mut waits) = thread::scope(|scope| {
            let senders: Vec<_> = requests.iter().map(|requests| scope.spawn(|| send_all(&node, requests))).collect();
            let watched = self.watch(&mut client, block, start);
            let sent: Result<Vec<Vec<f64>>, Failure> =
                senders.into_iter().map(|sender| sender.join().expect("a sender does not panic")).collect();
            let (included, last) = watched?;
            Ok::<_, Failure>((included, last, sent?.concat()))
        })?;
        let cpu_us = (node.cpu_s() - cpu) * 1e6 / included.max(1) as f64;
        waits.sort_by(f64::total_cmp);
        let quantile = |share: f64| waits.get(((waits.len() - 1) as f64 * share) as usize).copied().unwrap_or_default();
        Ok(Measured {
            start_ms: node.start.as_secs_f64() * 1e3,
            idle_mb,
            per_second: included as f64 / last.as_secs_f64().max(1e-9),
            cpu_us,
            stranded: u64::from(self.arguments.transactions).saturating_sub(included),
            p50_ms: quantile(0.5),
            p99_ms: quantile(0.99),
            after_mb: node.resident_mb(),
        })
    }

    /// Gives each sender money, and tokens where they are sent. Gives the token's address.
    fn prepare(&self, client: &mut Client, chain_id: u64) -> Result<Address, Failure> {
        let (rich, senders) = self.keys.all().split_first().expect("there is a first key");
        let mut nonce = client.number("eth_getTransactionCount", &json!([rich.address, "pending"]))?;
        // A node that makes blocks by itself is not hurried: some lose what comes faster.
        let waits = self.arguments.mining == Mining::Instant;
        let mut pay = |client: &mut Client, to: TxKind, value: U256, gas: u64, input: Bytes| {
            let raw = sign(rich, chain_id, nonce, to, (value, gas, input));
            nonce += 1;
            let hash = client.ask("eth_sendRawTransaction", &json!([raw]))?;
            if waits {
                receipt(client, &hash)?;
            }
            Ok::<_, Failure>(hash)
        };
        let ether = U256::from(10_u64).pow(U256::from(18));
        let mut paid = Value::Null;
        for sender in senders {
            paid = pay(client, TxKind::Call(sender.address), ether * U256::from(20), 21_000, Bytes::new())?;
        }
        if self.arguments.kind == Kind::Transfer {
            receipt(client, &paid)?;
            return Ok(Address::ZERO);
        }
        let supply = U256::from(TOKENS) * U256::from(senders.len() + 1);
        let holder = rich.address.into_word();
        let code = [&Contract::Token.creation()[..], holder.as_slice(), &supply.to_be_bytes::<32>()].concat();
        let made = pay(client, TxKind::Create, U256::ZERO, 3_000_000, code.into())?;
        let made = receipt(client, &made)?;
        let token = made["contractAddress"].as_str().and_then(|text| text.parse::<Address>().ok());
        let token = token.ok_or_else(|| Failure::Machine("the token was not deployed".to_owned()))?;
        for sender in senders {
            let tokens = token_call(sender.address, U256::from(TOKENS));
            paid = pay(client, TxKind::Call(token), U256::ZERO, 100_000, tokens)?;
        }
        if receipt(client, &paid)?["status"] != "0x1" {
            return Err(Failure::Machine("the tokens were not handed out".to_owned()));
        }
        Ok(token)
    }

    /// Everything that is sent, signed and written, for each connection. The nonces of a sender go over one connection,
    /// in order.
    fn requests(&self, client: &mut Client, chain_id: u64, token: Address) -> Result<Vec<Vec<Vec<u8>>>, Failure> {
        let senders = &self.keys.all()[1..];
        let mut first = Vec::with_capacity(senders.len());
        for sender in senders {
            first.push(client.number("eth_getTransactionCount", &json!([sender.address, "latest"]))?);
        }
        let raw = |index: usize| {
            let (sender, turn) = (index % senders.len(), index / senders.len());
            let to = Address::from_slice(&keccak256(index.to_be_bytes())[12..]);
            let what = match self.arguments.kind {
                Kind::Transfer => (TxKind::Call(to), (U256::ONE, 21_000, Bytes::new())),
                Kind::Erc20 => (TxKind::Call(token), (U256::ZERO, 70_000, token_call(to, U256::ONE))),
            };
            sign(&senders[sender], chain_id, first[sender] + turn as u64, what.0, what.1)
        };
        let connections = self.arguments.connections as usize;
        let of_connection = |connection: usize| {
            let all = 0..self.arguments.transactions as usize;
            let mine: Vec<usize> = all.filter(|index| index % senders.len() % connections == connection).collect();
            let batches = mine.chunks(self.arguments.batch as usize);
            batches.map(|batch| request(&body(&batch.iter().map(|&index| raw(index)).collect::<Vec<_>>()))).collect()
        };
        Ok(thread::scope(|scope| {
            let parts: Vec<_> =
                (0..connections).map(|connection| scope.spawn(move || of_connection(connection))).collect();
            parts.into_iter().map(|part| part.join().expect("signing does not panic")).collect()
        }))
    }

    /// Counts what comes into blocks until it is all there, or time is up. Gives how many, and when the last came.
    #[expect(clippy::disallowed_methods, reason = "asking without a pause would be a load of its own")]
    fn watch(&self, client: &mut Client, mut block: u64, start: Instant) -> Result<(u64, Duration), Failure> {
        let (mut included, mut last) = (0, Duration::ZERO);
        while included < u64::from(self.arguments.transactions)
            && start.elapsed() < Duration::from_secs(self.arguments.limit.into())
        {
            let head = client.number("eth_blockNumber", &json!([]))?;
            while block < head {
                block += 1;
                let number = json!([format!("{block:#x}")]);
                included += client.number("eth_getBlockTransactionCountByNumber", &number)?;
                last = start.elapsed();
            }
            thread::sleep(LOOK);
        }
        Ok((included, last))
    }
}

/// Sends everything of one connection, and gives how long each answer took.
fn send_all(node: &Running, requests: &[Vec<u8>]) -> Result<Vec<f64>, Failure> {
    let mut client = node.client()?;
    let mut waits = Vec::with_capacity(requests.len());
    for request in requests {
        let start = Instant::now();
        let answer = client.send(request).map_err(|error| Failure::Machine(format!("the load: {error}")))?;
        waits.push(start.elapsed().as_secs_f64() * 1e3);
        if answer.windows(9).any(|part| part == b"\"error\":{") {
            let text = String::from_utf8_lossy(answer).into_owned();
            return Err(Failure::Machine(format!("the load was refused: {text}")));
        }
    }
    Ok(waits)
}

#[expect(clippy::disallowed_methods, reason = "asking without a pause would be a load of its own")]
fn receipt(client: &mut Client, hash: &Value) -> Result<Value, Failure> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(30) {
        let receipt = client.ask("eth_getTransactionReceipt", &json!([hash]))?;
        if !receipt.is_null() {
            return Ok(receipt);
        }
        thread::sleep(Duration::from_millis(1));
    }
    Err(Failure::Machine(format!("no receipt of {hash}")))
}

fn sign(key: &Key, chain_id: u64, nonce: u64, to: TxKind, (value, gas, input): (U256, u64, Bytes)) -> String {
    let transaction = TxEip1559 {
        chain_id,
        nonce,
        gas_limit: gas,
        max_fee_per_gas: 100_000_000_000,
        max_priority_fee_per_gas: 1_000_000_000,
        to,
        value,
        input,
        ..TxEip1559::default()
    };
    let signature = key.sign(transaction.signature_hash()).expect("a digest can be signed");
    hex::encode_prefixed(Transaction::from(transaction.into_signed(signature)).encoded_2718())
}

fn token_call(to: Address, value: U256) -> Bytes {
    [&TRANSFER[..], to.into_word().as_slice(), &value.to_be_bytes::<32>()].concat().into()
}

/// One call, or a batch of several.
fn body(raw: &[String]) -> String {
    let call = |(id, raw): (usize, &String)| {
        format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"eth_sendRawTransaction\",\"params\":[\"{raw}\"]}}")
    };
    let calls: Vec<String> = raw.iter().enumerate().map(call).collect();
    if let [only] = &calls[..] { only.clone() } else { format!("[{}]", calls.join(",")) }
}
