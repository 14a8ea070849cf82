//! What the start of a development node prints.

use super::{Arguments, Output};
use crate::exit::Failure;
use node::{Chain, Mining};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// What standard output is told. Also writes the file that was asked for.
pub(super) fn text(arguments: &Arguments, address: SocketAddr, chain: &Chain) -> Result<Option<String>, Failure> {
    let document = document(arguments, address, chain);
    if let Some(path) = &arguments.output.config_out {
        crate::json::write(path, &format!("{document:#}\n"))?;
    }
    Ok(match &arguments.output {
        Output { quiet: true, .. } => None,
        Output { json: true, .. } => Some(document.to_string()),
        _ => Some(page(arguments, address, chain)),
    })
}

fn document(arguments: &Arguments, address: SocketAddr, chain: &Chain) -> Value {
    let accounts = chain.keys().all().iter().map(|key| json!({ "address": key.address, "privateKey": key.secret() }));
    json!({
        "http": format!("http://{address}"),
        "webSocket": format!("ws://{address}"),
        "ipc": arguments.server.ipc,
        "chainId": chain.spec().chain_id,
        "genesis": chain.genesis(),
        "fork": chain.fork().name(),
        "datadir": arguments.chain.datadir,
        "mnemonic": arguments.accounts.mnemonic,
        "derivationPath": arguments.accounts.derivation_path,
        "accounts": accounts.collect::<Vec<_>>(),
    })
}

fn page(arguments: &Arguments, address: SocketAddr, chain: &Chain) -> String {
    let keys = chain.keys();
    let mut lines = vec![format!("parallax {}", env!("CARGO_PKG_VERSION")), String::new()];
    lines.push(format!("Accounts, with {} ether each at the start; their keys are public", arguments.accounts.balance));
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
        Mining::Mixed(seconds) => format!("at once, for whatever comes, and every {seconds} s"),
        Mining::Manual => "when evm_mine asks".to_owned(),
    };
    let kept =
        arguments.chain.datadir.as_ref().map_or("until the end".to_owned(), |dir| format!("in {}", dir.display()));
    lines.extend([
        String::new(),
        format!("Mnemonic  {}", arguments.accounts.mnemonic),
        format!("Chain     {}, rules of {}", chain.spec().chain_id, chain.fork().name()),
        format!("Genesis   {}", chain.genesis()),
        format!("Gas limit {}", chain.gas_limit()),
        format!("Blocks    {blocks}"),
        format!("Kept      {kept}"),
    ]);
    lines.extend(arguments.server.ipc.as_ref().map(|path| format!("Socket    {}", path.display())));
    lines.extend([String::new(), format!("Listening on {address}")]);
    lines.join("\n")
}
