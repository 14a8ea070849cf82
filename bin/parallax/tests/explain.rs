//! `parallax explain` on recorded blocks.

#[path = "support/command.rs"]
mod command;

use bench::workload::meeting_threads;
use command::{data, parallax, scratch};
use serde_json::{Value, json};
use std::{ffi::OsStr, fs, path::Path};

fn explain(path: &Path, more: &[&str]) -> Value {
    let arguments = [OsStr::new("explain"), path.as_os_str(), OsStr::new("--json")];
    let ran = parallax(arguments.into_iter().chain(more.iter().map(OsStr::new)));
    serde_json::from_str(&ran.succeeds().out).expect("one JSON document")
}

fn list<'v>(value: &'v Value, name: &str) -> &'v Vec<Value> {
    value[name].as_array().unwrap_or_else(|| panic!("{name} is no list"))
}

fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("{name} is no number"))
}

#[test]
fn a_nonce_chain_is_named_as_what_it_is() {
    let Some(path) = data("mainnet-blocks/5891667") else { return };
    let explanation = explain(&path, &[]);
    assert_eq!(list(&explanation, "transactions").len(), 380);
    let chain = list(&explanation, "critical_path");
    assert_eq!(chain.len(), 379, "one sender has 379 of the 380 transactions");
    assert_eq!(chain[0]["reason"], Value::Null);
    assert!(chain[1..].iter().all(|link| link["reason"] == "nonce"));
    let first = &list(&explanation, "reasons")[0];
    assert_eq!(first["reason"], "nonce");
    let hot = &list(&explanation, "hot_keys")[0];
    assert!(hot["key"].as_str().is_some_and(|key| key.ends_with(":nonce")), "{hot}");
    assert_eq!(list(hot, "waiting").len(), 378);
    // Without the sender's nonce nothing is left to wait for.
    assert!(number(first, "span_without_ns") < number(&explanation["bounds"], "span_ns") / 4);
}

#[test]
fn bounds_schedule_and_path_fit_together() {
    let Some(path) = data("mainnet-blocks/8889776") else { return };
    let explanation = explain(&path, &["--workers", "4"]);
    let bounds = &explanation["bounds"];
    let (work, span) = (number(bounds, "work_ns"), number(bounds, "span_ns"));
    for bound in list(bounds, "bounds") {
        let workers = bound["workers"].as_f64().expect("a number");
        let expected = work as f64 / (span as f64).max(work as f64 / workers);
        assert!((bound["ratio"].as_f64().expect("a number") - expected).abs() < 1e-9, "{bound}");
    }
    let path = list(&explanation, "critical_path");
    assert_eq!(path.iter().map(|link| number(link, "cost_ns")).sum::<u64>(), span);
    // What the path waits for, reason by reason, is all of it but the last step.
    let waits = list(&explanation, "reasons").iter().map(|cost| number(cost, "critical_path_ns")).sum::<u64>();
    assert_eq!(waits + number(path.last().expect("not empty"), "cost_ns"), span);
    let schedule = &explanation["schedule"];
    assert_eq!(number(schedule, "workers"), 4);
    let length = number(schedule, "length_ns");
    assert!(length >= span.max(work / 4) && length <= work);
    let bars = list(schedule, "bars");
    for pair in path.windows(2) {
        let bar = |link: &Value| &bars[usize::try_from(number(link, "transaction")).expect("small")];
        assert!(number(bar(&pair[0]), "end_ns") <= number(bar(&pair[1]), "start_ns"));
    }
    let sets = list(&explanation, "disjoint_sets").iter().map(|len| len.as_u64().expect("a number"));
    assert_eq!(sets.sum::<u64>(), 330);
}

/// What a block loses is the time by which its longest chain outlasts its costliest transaction. Costs are measured, and a
/// test beside this one can make one transaction look longer than all chains.
#[test]
fn alone_the_keys_and_the_reasons_listed_tell_where_the_lost_time_went() {
    /// Keys that are listed when nobody asks for more.
    const LISTED: usize = 12;
    for block in [116_525, 2_179_522, 3_356_896, 4_864_590, 8_889_776, 9_069_000, 13_217_637, 15_538_827] {
        let Some(path) = data(&format!("mainnet-blocks/{block}")) else { return };
        let explanation = explain(&path, &[]);
        let transactions = list(&explanation, "transactions");
        let costliest = transactions.iter().map(|call| number(call, "cost_ns")).max().expect("there are some");
        let lost = number(&explanation["bounds"], "span_ns") - costliest;
        assert!(lost > 0, "{block} is one of those that lose something");
        let on_path = |costs: &[Value]| costs.iter().map(|cost| number(cost, "critical_path_ns")).sum::<u64>();
        let (keys, reasons) = (list(&explanation, "hot_keys"), list(&explanation, "reasons"));
        assert_eq!(on_path(keys), on_path(reasons), "{block}: no wait is left out or counted twice");
        let listed = &keys[..LISTED.min(keys.len())];
        assert!(on_path(listed) * 10 >= lost * 9, "{block}: {} of {lost} ns", on_path(listed));
        let alone = listed.iter().map(|key| number(key, "lost_ns")).sum::<u64>();
        assert!(alone * 10 >= lost * 9, "{block}: {alone} of {lost} ns, each key on its own");
    }
}

/// The graph is that of the summary, the schedule and the critical path, and Graphviz gets the same one.
#[test]
fn the_dependency_graph_has_every_edge() {
    let Some(path) = data("mainnet-blocks/4864590") else { return };
    let file = scratch("explain-dot").join("block.dot");
    let explanation = explain(&path, &["--dot", file.to_str().expect("it is text")]);
    let edges = list(&explanation, "dependencies");
    assert_eq!(edges.len() as u64, number(&explanation, "conflicts"));
    let ends: Vec<(u64, u64)> = edges.iter().map(|edge| (number(edge, "before"), number(edge, "after"))).collect();
    assert!(ends.iter().all(|(before, after)| before < after), "who waits comes later");
    assert!(edges.iter().all(|edge| !list(edge, "keys").is_empty()));
    for steps in list(&explanation, "critical_path").windows(2) {
        let [before, after] = [0, 1].map(|step| number(&steps[step], "transaction"));
        assert!(ends.contains(&(before, after)), "{before} to {after} is a step of the critical path");
    }
    let dot = fs::read_to_string(file).expect("it was written");
    assert!(dot.starts_with("digraph ") && dot.trim_end().ends_with('}'));
    assert_eq!(dot.matches(" -> ").count(), edges.len());
    assert_eq!(dot.matches("style=bold]").count(), 2 * list(&explanation, "critical_path").len() - 1);
}

#[test]
fn keys_can_be_thought_away() {
    let Some(path) = data("mainnet-blocks/8889776") else { return };
    let hot = explain(&path, &["--top", "1"]);
    let key = list(&hot, "hot_keys")[0]["key"].as_str().expect("text").to_owned();
    let nobody = "0x00000000000000000000000000000000000000aa:balance";
    for option in ["--ignore", "--commutative"] {
        let explanation = explain(&path, &[option, &key, option, nobody]);
        let what_if = &explanation["what_if"];
        let span = number(&explanation["bounds"], "span_ns");
        assert!(number(what_if, "span_ns") < span, "{option}: {what_if}");
        assert_eq!(list(what_if, &option[2..]).len(), 2);
        let without_effect = list(what_if, "without_effect");
        assert_eq!(without_effect.len(), 1, "{what_if}");
        assert!(without_effect[0].as_str().is_some_and(|key| key.to_lowercase() == nobody));
    }
}

#[test]
fn text_and_page_show_the_same_block() {
    let Some(path) = data("mainnet-blocks/4864590") else { return };
    let page = scratch("explain-page").join("block.html");
    let arguments = ["explain".as_ref(), path.as_os_str(), "--html".as_ref(), page.as_os_str()];
    let ran = parallax(arguments);
    ran.succeeds()
        .prints("195 transactions, 7,985,890 gas")
        .prints("T-infinity")
        .prints("Hottest keys")
        .prints("Dependency graph");
    let page = fs::read_to_string(page).expect("it was written");
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    assert_eq!(page.matches("<rect class=\"bar ").count(), 195, "a bar for each transaction");
    for outside in ["http://", "https://", "<script", "<link", "url(//", "@import", "src="] {
        assert!(!page.contains(outside), "{outside}: the page needs nothing else");
    }
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("name=\"viewport\""));
}

#[test]
fn a_block_without_header_and_one_with_one_transaction_are_explained() {
    if let Some(path) = data("mainnet-recent/22546209") {
        assert_eq!(list(&explain(&path, &[]), "transactions").len(), 180);
    }
    if let Some(path) = data("mainnet-blocks/46147") {
        let explanation = explain(&path, &["--workers", "256"]);
        assert_eq!(list(&explanation, "hot_keys").len(), 0);
        parallax(["explain".as_ref(), path.as_os_str()]).succeeds().prints("No transaction waits for another.");
    }
}

/// A block of one call that spawns four threads, two at each of two slots, and one that spawns none.
fn block_with_threads(name: &str, threads: bool) -> std::path::PathBuf {
    let code = meeting_threads();
    let folder = scratch(name);
    let write = |file: &str, json: Value| fs::write(folder.join(file), json.to_string()).expect("it can be written");
    let (sender, contract) = (format!("0x{:040x}", 1), format!("0x{:040x}", 0xc0de));
    write(
        "block.json",
        json!({
            "number": 1, "coinbase": format!("0x{:040x}", 2), "timestamp": 1, "gas_limit": 30_000_000, "basefee": 7,
            "prevrandao": format!("0x{:064x}", 3), "excess_blob_gas": 0, "chain_id": 7, "spec_id": "Osaka", "threads": threads,
        }),
    );
    let call = |nonce: u64, data: &str| {
        json!({
            "tx_type": 2, "caller": sender, "to": contract, "nonce": nonce, "value": "0x0", "data": data,
            "gas_limit": 2_000_000, "gas_price": 10, "gas_priority_fee": 1, "chain_id": 7,
        })
    };
    write("txs.json", json!([call(0, "0x"), call(1, &format!("0x{:064x}", 1))]));
    write(
        "pre_state.json",
        json!({ sender: { "balance": "0xffffffffffffffff" }, contract: { "balance": "0x0", "code": code } }),
    );
    folder
}

#[test]
fn the_threads_of_a_call_are_shown_as_lanes() {
    let folder = block_with_threads("explain-threads", true);
    let explanation = explain(&folder, &[]);
    let [threads] = list(&explanation, "threads").as_slice() else { panic!("{explanation:#}") };
    assert_eq!(number(threads, "transaction"), 0);
    let lanes = list(threads, "lanes");
    let paths: Vec<u64> = lanes.iter().map(|lane| list(lane, "path")[0].as_u64().expect("a number")).collect();
    assert_eq!(paths, [0, 1, 2, 3]);
    let met: Vec<Option<&str>> = lanes.iter().map(|lane| lane["vain"]["met"].as_str()).collect();
    assert!(met[0].is_none() && met[1].is_none(), "{met:?}");
    assert!(
        met[2].is_some_and(|key| key.ends_with("[0x1]")) && met[3].is_some_and(|key| key.ends_with("[0x0]")),
        "{met:?}"
    );
    assert!(number(threads, "parallel_gas") < number(threads, "serial_gas"));
    for lane in lanes {
        let [spawned, begun, ended, merged] = ["spawned", "begun", "ended", "merged"].map(|place| number(lane, place));
        assert!(spawned <= begun && begun < ended && ended <= merged && lane["end"] == "returned", "{lane}");
    }
    let page = folder.join("block.html");
    let arguments = ["explain".as_ref(), folder.as_os_str(), "--html".as_ref(), page.as_os_str()];
    let ran = parallax(arguments);
    ran.succeeds()
        .prints("Threads of transaction 0: 4 threads, 2 run again")
        .prints("ran again: met an earlier thread at");
    let page = fs::read_to_string(page).expect("it was written");
    assert_eq!(page.matches("class=\"thread-run\"").count(), 4);
    assert_eq!(page.matches("class=\"thread-vain\"").count(), 2);

    let without = explain(&block_with_threads("explain-no-threads", false), &[]);
    assert_eq!(list(&without, "threads").len(), 0);
}

#[test]
fn a_folder_of_many_blocks_is_refused() {
    let Some(path) = data("mainnet-blocks") else { return };
    parallax(["explain".as_ref(), path.as_os_str()]).fails(2, "holds 26 blocks");
}

#[test]
fn a_storage_layout_gives_slots_the_names_of_variables() {
    let Some(path) = data("mainnet-blocks/12244000") else { return };
    let folder = scratch("explain-layout");
    let layout = |address: &str, name: &str, json: &str| {
        let file = folder.join(name);
        fs::write(&file, json).expect("it can be written");
        format!("{address}={}", file.display())
    };
    let pair = "0xB4e16d0168e52d35CaCD2c6185b44281Ec28C9Dc";
    let token = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";
    let packed = r#"[{"label":"reserve0","slot":"8","offset":0,"type":"t_uint112"},{"label":"reserve1","slot":"8","offset":14,"type":"t_uint112"}]"#;
    let mapping = r#"{"storage":[{"label":"balances","slot":"9","offset":0,"type":"t_mapping(t_address,t_uint256)"}],"types":null}"#;
    let (packed, mapping) = (layout(pair, "pair.json", packed), layout(token, "token.json", mapping));
    let explanation = explain(&path, &["--layout", &packed, "--layout", &mapping]);
    let names: Vec<&str> = list(&explanation, "hot_keys").iter().filter_map(|key| key["variable"].as_str()).collect();
    assert!(names.contains(&"reserve0, reserve1"), "{names:?}");
    assert!(names.contains(&format!("balances[{pair}]").as_str()), "{names:?}");

    let none = layout(pair, "none.json", "{}");
    parallax(["explain".as_ref(), path.as_os_str(), "--layout".as_ref(), none.as_ref()]).fails(3, "no storage layout");
}
