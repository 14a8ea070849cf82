//! What the start of a development node prints.

use super::Arguments;
use crate::exit::Failure;
use node::{Chain, Mining};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// What standard output is told first. Also writes the file that was asked for.
pub(super) fn text(arguments: &Arguments, phrase: &str, address: SocketAddr, chain: &Chain) -> Result<String, Failure> {
    let document = document(arguments, phrase, address, chain);
    if let Some(path) = &arguments.output.config_out {
        crate::json::write(path, &format!("{document:#}\n"))?;
    }
    Ok(if arguments.output.json { document.to_string() } else { page(arguments, phrase, address, chain) })
}

fn document(arguments: &Arguments, phrase: &str, address: SocketAddr, chain: &Chain) -> Value {
    let accounts = chain.keys().all().iter().map(|key| json!({ "address": key.address, "privateKey": key.secret() }));
    json!({
        "http": format!("http://{address}"),
        "webSocket": format!("ws://{address}"),
        "ipc": arguments.server.ipc,
        "chainId": chain.spec().chain_id,
        "genesis": chain.genesis(),
        "fork": chain.fork().name(),
        "datadir": arguments.chain.datadir,
        "mnemonic": phrase,
        "workers": chain.workers(),
        "derivationPath": arguments.accounts.derivation_path,
        "accounts": accounts.collect::<Vec<_>>(),
    })
}

fn page(arguments: &Arguments, phrase: &str, address: SocketAddr, chain: &Chain) -> String {
    let keys = chain.keys();
    let mut lines = vec![format!("parallax {}", env!("CARGO_PKG_VERSION")), String::new()];
    let whose = if arguments.accounts.mnemonic_random.is_some() { "" } else { "; their keys are public" };
    lines.push(format!("Accounts, with {} ether each at the start{whose}", arguments.accounts.balance));
    for (index, key) in keys.all().iter().enumerate() {
        lines.push(format!("({index}) {}", key.address));
    }
    lines.extend([String::new(), "Private keys".to_owned()]);
    for (index, key) in keys.all().iter().enumerate() {
        lines.push(format!("({index}) {}", key.secret()));
    }
    let blocks = match chain.mining() {
        Mining::Instant => "at once, for whatever comes".to_owned(),
        Mining::Interval(time) => format!("every {} s", time.as_secs_f64()),
        Mining::Mixed(time) => format!("at once, for whatever comes, and every {} s", time.as_secs_f64()),
        Mining::Manual => "when evm_mine asks".to_owned(),
    };
    let kept =
        arguments.chain.datadir.as_ref().map_or("until the end".to_owned(), |dir| format!("in {}", dir.display()));
    lines.extend([
        String::new(),
        format!("Mnemonic  {phrase}"),
        format!("Chain     {}, rules of {}", chain.spec().chain_id, chain.fork().name()),
        format!("Genesis   {}", chain.genesis()),
        format!("Gas limit {}", chain.gas_limit()),
        format!("Workers   {}", chain.workers()),
        format!("Blocks    {blocks}"),
        format!("Kept      {kept}"),
    ]);
    lines.extend(arguments.server.ipc.as_ref().map(|path| format!("Socket    {}", path.display())));
    lines.extend([String::new(), format!("Listening on {address}")]);
    lines.join("\n")
}
