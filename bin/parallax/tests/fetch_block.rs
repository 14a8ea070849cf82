//! `parallax fetch-block` against a node that was recorded.

#[path = "support/command.rs"]
mod command;
#[path = "support/node.rs"]
mod node;
#[path = "support/recorded.rs"]
mod recorded;

use command::{Ran, data, parallax, scratch};
use node::{Node, Reply};
use recorded::Recorded;
use std::{ffi::OsStr, fs, net::TcpListener, path::Path};

/// A node that knows a block of `mainnet-blocks`.
fn node(number: u64) -> Option<Node> {
    let blocks = data("mainnet-blocks")?;
    let mut node = Node::new(Recorded::read(&blocks, number));
    let hashes = fs::read(blocks.join("block_hashes.json")).expect("it is there");
    node.hashes = serde_json::from_slice(&hashes).expect("JSON");
    Some(node)
}

fn fetch(url: &str, number: u64, out: &Path, more: &[&str]) -> Ran {
    let number = number.to_string();
    let arguments = ["fetch-block", "--rpc", url, &number, "--out"].map(OsStr::new);
    parallax(arguments.into_iter().chain([out.as_os_str()]).chain(more.iter().map(OsStr::new)))
}

/// Fetches, and replays what was written.
fn check(node: &Node, number: u64, more: &[&str], name: &str) -> Ran {
    let out = scratch(name);
    let ran = node.serve(|url| fetch(url, number, &out, more));
    ran.succeeds().prints("agree with the header");
    let replayed = parallax(["replay".as_ref(), out.as_os_str(), "--repeat".as_ref(), "1".as_ref()]);
    replayed.succeeds().prints("1 of 1 block agree").prints("2 of 2 parallel results equal the serial one");
    ran
}

#[test]
fn a_block_is_fetched_and_replayed() {
    for number in [46_147, 2_675_000, 19_426_587] {
        let Some(node) = node(number) else { return };
        check(&node, number, &[], &format!("fetched-{number}"));
    }
}

#[test]
fn ancestors_are_asked_for_where_a_contract_asks() {
    let Some(node) = node(4_864_590) else { return };
    check(&node, 4_864_590, &[], "fetched-4864590").prints("2 block hashes");
}

#[test]
fn without_a_tracer_everything_is_asked_for() {
    let Some(mut node) = node(2_675_000) else { return };
    node.traces = false;
    let out = scratch("fetched-untraced");
    node.serve(|url| fetch(url, 2_675_000, &out, &[])).fails(3, "does not exist/is not available; without a tracer");
    check(&node, 2_675_000, &["--without-tracer"], "fetched-one-by-one");
}

#[test]
fn what_the_node_does_not_have_is_said() {
    let Some(node) = node(46_147) else { return };
    let out = scratch("fetched-nothing");
    node.serve(|url| fetch(url, 46_148, &out, &[])).fails(3, "the node has no block 46148");
    assert_eq!(fs::read_dir(&out).expect("it is there").count(), 0, "nothing is written");
}

#[test]
fn answers_that_are_none_are_refused() {
    let Some(mut node) = node(46_147) else { return };
    let replies = [
        (Reply::Fixed(200, "<html>hello</html>"), 3, "makes no sense"),
        (Reply::Fixed(200, "{\"jsonrpc\":\"2.0\",\"id\":0}"), 3, "neither a result nor an error"),
        (Reply::Fixed(200, "{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":\"0x1\"}"), 3, "block.json"),
        (Reply::Fixed(200, ""), 3, "makes no sense"),
        (Reply::Fixed(500, "out of memory"), 4, "HTTP 500"),
        (Reply::Fixed(429, "too many requests"), 4, "too many requests"),
        (Reply::Silence, 4, "timeout"),
    ];
    for (reply, code, complaint) in replies {
        node.reply = Some(reply);
        let out = scratch("fetched-garbage");
        node.serve(|url| fetch(url, 46_147, &out, &["--timeout", "1"])).fails(code, complaint);
    }
}

#[test]
fn a_node_that_is_not_there_is_a_failure_of_this_machine() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it has an address"));
    drop(listener);
    fetch(&url, 1, &scratch("fetched-refused"), &[]).fails(4, &url);
    fetch("localhost:8545", 1, &scratch("fetched-refused"), &[]).fails(2, "neither an http:// nor an https:// address");
}

#[test]
fn a_node_that_lies_is_found_out() {
    let Some(mut liar) = node(46_147) else { return };
    let sender = liar.recorded().block["transactions"][0]["from"].as_str().expect("text").to_owned();
    liar.recorded().pre_state.insert(sender, serde_json::json!({ "balance": "0x1", "nonce": 0, "storage": {} }));
    let out = scratch("fetched-lie");
    liar.serve(|url| fetch(url, 46_147, &out, &[])).fails(1, "the node told something else");

    let Some(mut liar) = node(46_147) else { return };
    liar.recorded().block["gasUsed"] = "0x5209".into();
    let out = scratch("fetched-lie");
    liar.serve(|url| fetch(url, 46_147, &out, &[])).fails(3, "the block's hash");

    let Some(liar) = node(1_796_867) else { return };
    let out = scratch("fetched-lie");
    liar.serve(|url| fetch(url, 1_796_867, &out, &[])).fails(3, "the uncles' hash");
}

#[test]
fn other_chains_need_their_rules_and_folders_must_be_empty() {
    let Some(mut node) = node(46_147) else { return };
    let out = scratch("fetched-full");
    fs::write(out.join("mine.txt"), "mine").expect("a file can be written");
    node.serve(|url| fetch(url, 46_147, &out, &[])).fails(2, "is not empty");
    node.chain = "0x2105";
    let out = scratch("fetched-other-chain");
    node.serve(|url| fetch(url, 46_147, &out, &[])).fails(2, "identifier 8453");
}
