//! What a development node prints of blocks, transactions and the console: text for people, or a line of JSON for each.
//!
//! ```text
//! Block 3  0x5c..  2 transactions, 71234 gas
//!   0x9a..  0xf3.. to 0x70..  21000 gas
//!   0x1e..  0xf3.. creates 0x5f..  50234 gas  failed: execution reverted: no luck
//!     console.log  hello 5
//! ```

use primitives::{Address, B256, alloy_consensus::Transaction as _, alloy_primitives::TxKind};
use rpc::backend::ChainBlock;
use serde_json::{Value, json};
use std::sync::Arc;

/// Something to print.
pub(super) enum Event {
    /// A block with those of its transactions that are shown.
    Block(Arc<ChainBlock>, Vec<Transaction>),
    /// What a call wrote to the console, under the client's method.
    Console(&'static str, Vec<String>),
    /// So many events were dropped, since the reader is slow.
    Dropped(u64),
}

/// A transaction to print.
pub(super) struct Transaction {
    pub(super) hash: B256,
    sender: Address,
    to: Option<Address>,
    /// What it made, if it is to make a contract.
    contract: Option<Address>,
    gas_used: u64,
    pub(super) has_succeeded: bool,
    /// Why it has not, where that is known.
    pub(super) failure: Option<String>,
    /// What it wrote to the console.
    pub(super) console: Vec<String>,
}

/// What the output looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

impl Transaction {
    /// A transaction by its receipt's status and gas.
    pub(super) fn new(
        transaction: &primitives::Transaction,
        sender: Address,
        (has_succeeded, gas_used): (bool, u64),
    ) -> Self {
        let contract = || sender.create(transaction.nonce());
        Self {
            hash: *transaction.tx_hash(),
            sender,
            to: transaction.to(),
            contract: (transaction.kind() == TxKind::Create).then(contract),
            gas_used,
            has_succeeded,
            failure: None,
            console: Vec::new(),
        }
    }
}

impl Form {
    /// An event without the last end of line.
    pub(super) fn text(self, event: &Event) -> String {
        let lines = match self {
            Self::Text => text(event),
            Self::Json => documents(event).iter().map(Value::to_string).collect(),
        };
        lines.join("\n")
    }
}

fn text(event: &Event) -> Vec<String> {
    match event {
        Event::Dropped(count) => vec![format!("({count} blocks or calls are not shown: the reader is too slow)")],
        Event::Console(method, lines) => lines.iter().map(|line| console_line(method, line)).collect(),
        Event::Block(block, shown) => {
            let (header, count) = (&block.block.header, block.senders.len());
            let transactions = match count {
                0 => "empty".to_owned(),
                1 => format!("1 transaction, {} gas", header.gas_used),
                count => format!("{count} transactions, {} gas", header.gas_used),
            };
            let mut lines = vec![format!("Block {}  {}  {transactions}", header.number, block.hash)];
            for transaction in shown {
                lines.push(transaction_line(transaction));
                lines.extend(transaction.console.iter().map(|line| console_line("   ", line)));
            }
            if shown.len() < count {
                lines.push(format!("  and {} more", count - shown.len()));
            }
            lines
        }
    }
}

fn transaction_line(transaction: &Transaction) -> String {
    let Transaction { hash, sender, gas_used, .. } = transaction;
    let what = match (transaction.contract, transaction.to) {
        (Some(contract), _) => format!("creates {contract}"),
        (None, to) => format!("to {}", to.unwrap_or_default()),
    };
    let failure = match (transaction.has_succeeded, &transaction.failure) {
        (true, _) => String::new(),
        (false, Some(reason)) => format!("  failed: {}", harmless(reason)),
        (false, None) => "  failed".to_owned(),
    };
    format!("  {hash}  {sender} {what}  {gas_used} gas{failure}")
}

fn console_line(before: &str, line: &str) -> String {
    format!("{before} console.log  {}", harmless(line))
}

/// A text of a contract without what a terminal would obey. Line ends and tabs stay.
fn harmless(text: &str) -> String {
    let obeyed = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
    if !text.contains(obeyed) {
        return text.to_owned();
    }
    let shown = |letter: char| if obeyed(letter) { letter.escape_default().to_string() } else { letter.to_string() };
    text.chars().map(shown).collect()
}

fn documents(event: &Event) -> Vec<Value> {
    match event {
        Event::Dropped(count) => vec![json!({ "event": "dropped", "count": count })],
        Event::Console(method, lines) => lines.iter().map(|line| console_document("method", method, line)).collect(),
        Event::Block(block, shown) => {
            let header = &block.block.header;
            let mut documents = vec![json!({
                "event": "block",
                "number": header.number,
                "hash": block.hash,
                "timestamp": header.timestamp,
                "transactions": block.senders.len(),
                "shown": shown.len(),
                "gasUsed": header.gas_used,
            })];
            for transaction in shown {
                documents.push(json!({
                    "event": "transaction",
                    "hash": transaction.hash,
                    "block": header.number,
                    "from": transaction.sender,
                    "to": transaction.to,
                    "contract": transaction.contract,
                    "gasUsed": transaction.gas_used,
                    "success": transaction.has_succeeded,
                    "failure": transaction.failure,
                }));
                let hash = transaction.hash.to_string();
                let console = transaction.console.iter();
                documents.extend(console.map(|line| console_document("transaction", &hash, line)));
            }
            documents
        }
    }
}

fn console_document(whose: &str, name: &str, line: &str) -> Value {
    json!({ "event": "console", whose: name, "line": line })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        let transaction = |failure: Option<&str>| Transaction {
            hash: B256::ZERO,
            sender: Address::ZERO,
            to: None,
            contract: Some(Address::ZERO),
            gas_used: 21_000,
            has_succeeded: false,
            failure: failure.map(str::to_owned),
            console: vec!["one\ttwo\u{1b}[2J".to_owned()],
        };
        let mut block = ChainBlock { hash: B256::ZERO, block: Default::default(), senders: vec![Address::ZERO; 3] };
        block.block.header.number = 7;
        Event::Block(Arc::new(block), vec![transaction(Some("why")), transaction(None)])
    }

    #[test]
    fn text_tells_of_failures_and_is_harmless_to_a_terminal() {
        let text = Form::Text.text(&event());
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("Block 7  0x") && lines[0].ends_with("3 transactions, 0 gas"), "{text}");
        assert!(lines[1].contains(" creates 0x") && lines[1].ends_with("21000 gas  failed: why"), "{text}");
        assert_eq!(lines[2], "    console.log  one\ttwo\\u{1b}[2J");
        assert!(lines[3].ends_with("21000 gas  failed"), "{text}");
        assert_eq!(lines[5], "  and 1 more");
        assert!(Form::Text.text(&Event::Dropped(5)).contains("5 blocks or calls"));
    }

    #[test]
    fn json_is_an_object_a_line() {
        let text = Form::Json.text(&event());
        let documents: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
        let events: Vec<_> = documents.iter().map(|document| document["event"].as_str().expect("a name")).collect();
        assert_eq!(events, ["block", "transaction", "console", "transaction", "console"]);
        assert_eq!((&documents[1]["failure"], &documents[3]["failure"]), (&json!("why"), &Value::Null));
        assert_eq!(documents[2]["line"], "one\ttwo\u{1b}[2J");
    }
}
