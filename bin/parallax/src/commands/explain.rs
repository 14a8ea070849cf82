//! `explain`: why a block does not run in parallel any better than it does.
//!
//! ```text
//!  block ──▶ serial run ──▶ access sets + costs ──▶ ConflictGraph ──▶ Explanation ──▶ text | JSON | HTML
//!                 ├──▶ records ──▶ reason of each contested key ──┤
//!                 └──▶ threads of contracts ──▶ lanes ────────────┘
//! ```
//!
//! Nothing here looks at an engine: the figures hold for any schedule that respects the conflicts.

mod analysis;
mod dependencies;
mod explanation;
mod functions;
mod lanes;
mod layouts;
mod page;
mod picture;
mod reason;
mod schedule;
mod text;
mod threads;

use crate::{
    exit::Failure,
    json,
    workload::{Workload, failure},
};
use access_list::{StateKey, WhatIf};
use bench::{RecordedBlock, recorded};
use clap::Args;
use executor::{Engine, Plan};
use explanation::{Explanation, Question};
use layouts::Layouts;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  parallax explain data/mainnet-blocks/17666333
  parallax explain data/mainnet-blocks/17666333 --workers 16 --html block.html
  parallax explain data/mainnet-blocks/4864590 --json > block.json
  parallax explain data/mainnet-blocks/4864590 --dot block.dot && dot -Tsvg block.dot > block.svg
  parallax explain data/mainnet-blocks/12244000 --layout out/ --layout 0x0123456789abcdef0123456789abcdef01234567=Token.json
  parallax explain data/mainnet-blocks/6137495 --ignore 0x0123456789abcdef0123456789abcdef01234567:balance
  parallax explain data/mainnet-blocks/6137495 --commutative '0x0123456789abcdef0123456789abcdef01234567[0x5]'

A KEY is ADDRESS:balance, ADDRESS:nonce, ADDRESS:code, ADDRESS:existence or ADDRESS[SLOT]. With --ignore it counts as
if nobody touched it, with --commutative as if every update of it only added something. Both can be repeated.

Reasons for which transactions wait, by the key that they share:
  nonce      they have the same sender
  code       one creates, destroys or delegates what the other calls
  existence  one makes an account exist or vanish, the other calls it
  pool       a slot that several functions use, such as the reserves of a pool
  slot       a slot that one function alone uses, such as a balance inside a token
  balance    one looks at the exact balance of an account that the other pays; mere payments do not wait
  counter    a slot to which every transaction that changes it adds the same number
A transaction that waits on several keys counts for the reason that stands first in this list.

On a chain whose genesis.json turns threads on, the threads of each contract call follow, in lanes as long as the gas that
they use: which ran beside each other, which ran again, and where they had met an earlier one.";

/// Shows which transactions of a block wait for which, on what, and what that costs.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// One recorded block: a folder with block.json, or a witness file.
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Workers of the schedule that is drawn, and of the bounds of single keys.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: u16,
    /// Key to be taken as if nobody touched it.
    #[arg(long, value_name = "KEY")]
    ignore: Vec<StateKey>,
    /// Key whose updates are to be taken as additions, which need not wait for each other.
    #[arg(long, value_name = "KEY")]
    commutative: Vec<StateKey>,
    /// Storage layout that gives slots the names of variables: solc's, an artefact, a build-info, or a folder of them; by
    /// its code it finds its contracts, as ADDRESS=FILE it belongs to that one. Can be repeated.
    #[arg(long, value_name = "FILE")]
    layout: Vec<crate::layouts::Source>,
    /// How many keys, steps of the critical path and transactions of the graph to show; JSON has them all.
    #[arg(long, value_name = "COUNT", default_value_t = 12)]
    top: usize,
    /// Print one JSON document instead of text.
    #[arg(long)]
    json: bool,
    /// Also write a page with a picture, which needs no other file.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Also write the dependency graph, for Graphviz.
    #[arg(long, value_name = "FILE")]
    dot: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let recorded = RecordedBlock::load(one(&arguments.path)?)?;
    let workload = Workload::new(&recorded);
    let refused = |error: &executor::Error| failure(&recorded.name, error);
    let execution = workload.execute(&Engine::new(1)?, &Plan::default()).map_err(|error| refused(&error))?;
    if let Some(whole) = execution.whole() {
        whole.check(&workload.prepared).map_err(|error| refused(&error.into()))?;
    }
    let costs = workload.costs(&execution)?;
    let question = Question {
        workers: arguments.workers.into(),
        top: arguments.top,
        what_if: WhatIf {
            ignore: arguments.ignore.iter().copied().collect(),
            commutative: arguments.commutative.iter().copied().collect(),
        },
    };
    let mut explanation = Explanation::new(&workload, &execution, &costs, &question);
    explanation.threads = threads::threads(&workload, &execution)?;
    let hot = explanation.hot_keys.iter().map(|hot| hot.key);
    let keys: Vec<StateKey> = hot.chain(explanation.threads.iter().flat_map(threads::Threads::keys)).collect();
    explanation.name_variables(&Layouts::new(&arguments.layout, &workload, &keys)?);
    if let Some(path) = &arguments.html {
        json::write(path, &page::html(&explanation, arguments.top))?;
    }
    if let Some(path) = &arguments.dot {
        let path_of_block: Vec<u32> = explanation.critical_path.iter().map(|link| link.transaction).collect();
        json::write(path, &dependencies::dot(&explanation.name, &explanation.dependencies, &path_of_block))?;
    }
    if arguments.json {
        return json::print(&explanation);
    }
    print!("{}", text::text(&explanation, arguments.top));
    Ok(())
}

/// The one block at a path.
fn one(path: &Path) -> Result<PathBuf, Failure> {
    let mut found = recorded::find(path)?;
    match (found.pop(), found.len()) {
        (Some(block), 0) => Ok(block),
        (_, others) => {
            let what = format!("{} holds {} blocks: name one of them", path.display(), others + 1);
            Err(Failure::Usage(what))
        }
    }
}
