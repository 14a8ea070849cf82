//! The cases that Ethereum's clients share for their JSON-RPC, asked of a node that took over their chain.
//!
//! An answer has to be the expected one and has to fit the description of its method. What does not is listed in
//! `unmet.txt`; a case that is listed and passes is an error, so the list only shrinks.

mod archive;
mod difference;
mod schema;

use archive::{Archive, Case};
use node::{Keys, Mining, Node, Options, TEST_MNEMONIC};
use rpc::{Config, Dispatcher, Namespaces};
use schema::Description;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};
use tokio::runtime::Runtime;

/// Cases in the archive.
const CASES: usize = 179;

#[test]
fn the_shared_cases_are_answered_as_expected() {
    let (Some(archive), Some(description)) = (Archive::open(), Description::open()) else { return };
    assert_eq!(archive.cases.len(), CASES);
    let keys = Keys::from_mnemonic(TEST_MNEMONIC, 1).expect("keys");
    let options = Options { mining: Mining::Manual, workers: 2, ..Options::new(archive.genesis) };
    let node = Node::start(&options, keys, Box::new(|error| panic!("the node fails: {error}"))).expect("a node");
    for block in archive.blocks {
        node.chain().import(block).expect("a block that every client takes");
    }
    let config = Config { dev: true, ..Config::default() };
    let dispatcher = Dispatcher::new(Arc::clone(node.chain()) as _, &config, Namespaces::ALL);
    let asked = Asked { dispatcher, description, runtime: Runtime::new().expect("a runtime") };
    let mut unmet = unmet();
    let (mut passed, mut listed, mut wrong) = (0, 0, Vec::new());
    for case in &archive.cases {
        let complaints = asked.complaints(case);
        match (complaints.kind(), unmet.remove(&*case.name)) {
            (Kind::Met, None) => passed += 1,
            (Kind::Met, Some(_)) => wrong.push(format!("{} passes and is listed", case.name)),
            (kind, Some(allowed)) if kind == allowed => listed += 1,
            _ => wrong.push(format!("{}\n    {}", case.name, complaints.all().join("\n    "))),
        }
    }
    wrong.extend(unmet.keys().map(|name| format!("{name} is listed and is no case")));
    println!("{passed} cases pass, {listed} are listed, {} are wrong", wrong.len());
    assert!(wrong.is_empty(), "{passed} cases pass, {listed} are listed, not so:\n{}", wrong.join("\n"));
    node.stop().expect("stopped");
}

/// How far a case is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Met,
    /// The answers are the expected ones, and do not fit the description.
    Unfit,
    Unmet,
}

/// What is wrong with the answers to a case.
#[derive(Default)]
struct Complaints {
    differences: Vec<String>,
    form: Vec<String>,
}

impl Complaints {
    fn kind(&self) -> Kind {
        match (self.differences.is_empty(), self.form.is_empty()) {
            (true, true) => Kind::Met,
            (true, false) => Kind::Unfit,
            (false, _) => Kind::Unmet,
        }
    }

    /// The first of them.
    fn all(&self) -> Vec<String> {
        self.differences.iter().chain(&self.form).take(8).cloned().collect()
    }
}

/// A node that answers.
struct Asked {
    dispatcher: Dispatcher,
    description: Description,
    runtime: Runtime,
}

impl Asked {
    fn complaints(&self, case: &Case) -> Complaints {
        let mut complaints = Complaints::default();
        for exchange in &case.exchanges {
            let answer = self.runtime.block_on(self.dispatcher.handle(exchange.request.clone().into(), None));
            let answer: Value = serde_json::from_slice(&answer.expect("an answer")).expect("JSON");
            let is_result = exchange.expected.get("result").is_some();
            if !case.form_only || answer.get("result").is_some() != is_result {
                complaints.differences.extend(difference::differences(&exchange.expected, &answer));
            }
            if let Some(result) = answer.get("result") {
                complaints.form.extend(self.description.complaints(&exchange.method, result));
            }
        }
        complaints
    }
}

/// The cases that need not be met, and how far they have to be.
fn unmet() -> BTreeMap<&'static str, Kind> {
    let lines = include_str!("unmet.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let read = |line: &'static str| {
        let (name, reason) = line.split_once(": ").unwrap_or_else(|| panic!("no reason: {line}"));
        (name, if reason.starts_with("form: ") { Kind::Unfit } else { Kind::Unmet })
    };
    lines.map(read).collect()
}
