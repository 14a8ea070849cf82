//! What the start of a development node prints.

use super::Arguments;
use crate::exit::Failure;
use node::{Chain, Keys, Mining};
use serde_json::json;
use std::{
    io::{self, Write},
    net::SocketAddr,
};

/// Prints it. A standard output that nobody reads is no failure.
pub(super) fn print(
    arguments: &Arguments,
    address: Option<SocketAddr>,
    keys: &Keys,
    chain: &Chain,
) -> Result<(), Failure> {
    let address = address.ok_or_else(|| Failure::Machine("the server has no address".to_owned()))?;
    if arguments.quiet {
        return Ok(());
    }
    let text =
        if arguments.json { line(arguments, address, keys, chain) } else { page(arguments, address, keys, chain) };
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    Ok(())
}

fn line(arguments: &Arguments, address: SocketAddr, keys: &Keys, chain: &Chain) -> String {
    let accounts = keys.all().iter().map(|key| json!({ "address": key.address, "privateKey": key.secret() }));
    json!({
        "http": format!("http://{address}"),
        "webSocket": format!("ws://{address}"),
        "ipc": arguments.ipc,
        "chainId": arguments.chain_id,
        "genesis": chain.genesis(),
        "fork": node::FORK.name(),
        "datadir": arguments.datadir,
        "mnemonic": arguments.mnemonic,
        "accounts": accounts.collect::<Vec<_>>(),
    })
    .to_string()
}

fn page(arguments: &Arguments, address: SocketAddr, keys: &Keys, chain: &Chain) -> String {
    let mut lines = vec![format!("parallax {}", env!("CARGO_PKG_VERSION")), String::new()];
    lines.push(format!("Accounts, with {} ether each at the start; their keys are public", arguments.balance));
    for (index, key) in keys.all().iter().enumerate() {
        lines.push(format!("({index}) {}", key.address));
    }
    lines.extend([String::new(), "Private keys".to_owned()]);
    for (index, key) in keys.all().iter().enumerate() {
        lines.push(format!("({index}) {}", key.secret()));
    }
    let blocks = match chain.mining() {
        Mining::Instant => "at once, for whatever comes".to_owned(),
        Mining::Interval(seconds) => format!("every {seconds} s"),
        Mining::Manual => "when evm_mine asks".to_owned(),
    };
    let kept = arguments.datadir.as_ref().map_or("until the end".to_owned(), |dir| format!("in {}", dir.display()));
    lines.extend([
        String::new(),
        format!("Mnemonic  {}", arguments.mnemonic),
        format!("Chain     {}, rules of {}", arguments.chain_id, node::FORK.name()),
        format!("Genesis   {}", chain.genesis()),
        format!("Gas limit {}", arguments.gas_limit),
        format!("Blocks    {blocks}"),
        format!("Kept      {kept}"),
    ]);
    lines.extend(arguments.ipc.as_ref().map(|path| format!("Socket    {}", path.display())));
    lines.extend([String::new(), format!("Listening on {address}")]);
    lines.join("\n")
}
