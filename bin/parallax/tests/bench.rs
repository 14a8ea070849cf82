//! The measuring commands give all that they promise. No test looks at a time: on a shared machine none means anything.

use serde_json::Value;
use std::{
    collections::BTreeSet,
    path::PathBuf,
    process::{Command, Output},
};

fn parallax(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_parallax")).arg("bench").args(arguments).output().expect("the program starts")
}

fn document(arguments: &[&str]) -> Value {
    let output = parallax(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

#[test]
fn every_block_has_a_row_for_every_policy_and_number_of_workers() {
    let arguments = ["engine", "--quick", "--json", "--transactions", "20", "--repeat", "2", "--workers", "1,2"];
    let document = document(&arguments);
    let rows = document["rows"].as_array().expect("rows");
    let text = |row: &Value, key: &str| row[key].as_str().expect("a text").to_owned();
    let blocks: BTreeSet<String> = rows.iter().map(|row| text(row, "block")).collect();
    let kinds: BTreeSet<&str> = blocks.iter().filter_map(|block| block.split('/').next()).collect();
    assert_eq!(kinds, BTreeSet::from(["counter", "cpu", "erc20", "mix", "pools", "storage", "transfers"]));
    for block in &blocks {
        let of_block = rows.iter().filter(|row| text(row, "block") == *block);
        let sides: BTreeSet<_> =
            of_block.map(|row| (text(row, "policy"), row["workers"].as_u64().expect("a number"))).collect();
        let policies = ["static_split", "disjoint_sets", "sequence", "optimistic", "list_driven"];
        let parallel = policies.into_iter().flat_map(|policy| [1, 2].map(|workers| (policy.to_owned(), workers)));
        assert_eq!(sides, parallel.chain([("serial".to_owned(), 1)]).collect(), "{block}");
    }
    for row in rows {
        let number = |key: &str| row[key].as_f64().expect("a number");
        assert!(number("bound") >= 1.0 && number("executions") >= number("transactions"), "{row}");
        for key in ["ns", "plain_ns", "ratio"] {
            let [low, median, high] = ["low", "median", "high"].map(|part| row[key][part].as_f64().expect("a number"));
            assert!(0.0 < low && low <= median && median <= high, "{row}");
        }
    }
    assert_eq!(document["probes"].as_array().map(Vec::len), Some(2));
    assert!(["commit", "compiler", "processor"].iter().all(|key| document["setting"][key].is_string()));
}

#[test]
fn projections_stand_beside_the_runs_that_check_them() {
    let arguments =
        ["engine", "--quick", "--json", "--transactions", "20", "--repeat", "2", "--workload", "erc20", "--policy"];
    let document = document(&[&arguments[..], &["optimistic,list_driven", "--project", "1,2,16"]].concat());
    let projected = document["projected"].as_array().expect("projections");
    assert_eq!(projected.len() % 6, 0);
    for one in projected {
        let is_checked = one["workers"].as_u64() <= Some(2);
        assert!(one["projected_ns"].as_f64() > Some(0.0) && one["error"].is_number() == is_checked, "{one}");
    }
}

#[test]
fn a_table_and_a_chart_are_written() {
    let folder = folder("bench-engine");
    std::fs::create_dir_all(&folder).expect("a folder");
    let csv = folder.join("rows.csv");
    let [csv_path, svg_path] = [&csv, &folder].map(|path| path.to_str().expect("a plain path"));
    let arguments = ["engine", "--quick", "--transactions", "10", "--repeat", "2", "--workload", "transfers"];
    let output = parallax(&[&arguments[..], &["--csv", csv_path, "--svg", svg_path, "--workers", "2"]].concat());
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success() && text.contains("probe before") && text.contains("probe after"), "{text}");
    let csv = std::fs::read_to_string(csv).expect("the table");
    assert_eq!(csv.lines().count(), 1 + 5 * 6, "a heading, and five blocks under six policies");
    let columns = |line: &str| line.split(',').count();
    assert!(csv.lines().all(|line| columns(line) == columns(csv.lines().next().unwrap_or_default())));
    assert!(std::fs::read_to_string(folder.join("engine-generated-2.svg")).expect("the chart").contains("</svg>"));
}

#[test]
fn experiments_write_their_tables_and_figures() {
    let folder = folder("bench-experiments");
    let out = folder.to_str().expect("a plain path");
    let files = [("m1", vec!["m1"]), ("m2", vec!["m2"]), ("m3", vec!["m3-time", "m3-saved"])];
    for (experiment, figures) in files {
        let output = parallax(&[experiment, "--quick", "--repeat", "1", "--out", out]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let table = std::fs::read_to_string(folder.join(format!("{experiment}.csv"))).expect("the table");
        assert!(table.lines().count() >= 5, "{table}");
        for figure in figures {
            let svg = std::fs::read_to_string(folder.join(format!("{figure}.svg"))).expect("the figure");
            assert!(svg.contains("</svg>") && !svg.contains("NaN"), "{figure}");
            assert!(!figure.starts_with("m3") || svg.contains("projected"), "{figure}: says what is projected");
        }
    }
}

#[test]
fn the_evaluation_of_threads_is_written_and_drawn_again() {
    let (folder, again) = (folder("bench-pavm"), folder("bench-pavm-again"));
    let [out, drawn] = [&folder, &again].map(|path| path.to_str().expect("a plain path"));
    let measured = document(&["pavm", "--quick", "--repeat", "2", "--json", "--out", out]);
    let names = |document: &Value| -> Vec<String> {
        let pages = document["pages"].as_array().expect("pages");
        pages.iter().map(|page| page["experiment"].as_str().expect("a name").to_owned()).collect()
    };
    let all = ["X-P1", "X-P2", "X-P3", "X-P4", "X-P5", "X-P6", "X-P7", "X-P8", "X-P9", "speed"];
    assert_eq!(names(&measured), all);
    assert_eq!(measured["probes"].as_array().map(Vec::len), Some(2));
    let second = document(&["pavm", "--from", out, "--out", drawn, "--json"]);
    assert_eq!(names(&second), all);
    let mut compared = 0;
    for entry in std::fs::read_dir(&again).expect("a folder") {
        let name = entry.expect("an entry").file_name();
        let [first, second] =
            [&folder, &again].map(|folder| std::fs::read_to_string(folder.join(&name)).expect("a file"));
        assert_eq!(first, second, "{}", name.display());
        compared += 1;
    }
    assert!(compared > 40, "{compared} files");
    let raw = std::fs::read_to_string(folder.join("pavm-p2-raw.csv")).expect("raw data");
    assert!(raw.starts_with("# parallax ") && raw.contains("# probe after") && raw.contains(",projected,"), "{raw}");
    let svg = std::fs::read_to_string(folder.join("pavm-p2-matrixmul-speed-up.svg")).expect("a picture");
    assert!(svg.contains("(projected)") && !svg.contains("NaN"), "says what is projected");
    let receipts = &measured["pages"][8]["findings"];
    assert!(receipts[0].as_str().is_some_and(|text| text.ends_with("(100.00 %)")), "{receipts}");
    assert!(receipts[1].as_str().is_some_and(|text| text.ends_with("(100.00 %)")), "{receipts}");
}

#[test]
fn raw_data_that_is_none_is_refused_with_its_line() {
    let folder = folder("bench-pavm-foreign");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.to_str().expect("a plain path");
    let told = |only: &str| {
        let output = parallax(&["pavm", "--from", path, "--out", path, "--only", only]);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, text) = told("X-P2");
    assert!(code == Some(3) && text.contains("pavm-p2-raw.csv"), "{text}");
    let none = parallax(&["pavm", "--from", path, "--out", path]);
    assert!(none.status.code() == Some(3), "{none:?}");
    let file = folder.join("pavm-p2-raw.csv");
    std::fs::write(file, "experiment,item,x,side,workers,kind,pass,value\nX-P2,a,b,c\n").expect("a file");
    let (code, text) = told("X-P2");
    assert!(code == Some(3) && text.contains("line 2: 4 cells instead of 8"), "{text}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    for arguments in [
        &["engine", "--workload", "nothing-of-this-name"][..],
        &["engine", "--policy", "fast"],
        &["engine", "--workers", "0", "--transactions", "5"],
        &["engine", "--workers", "100000", "--transactions", "5"],
        &["engine", "--transactions", "0"],
        &["m4"],
        &["pavm", "--only", "X-P10"],
        &["pavm", "--workers", "1"],
        &["pavm", "--repeat", "0"],
        &["pavm", "--quick", "--from", "."],
    ] {
        assert_eq!(parallax(arguments).status.code(), Some(2), "{arguments:?}");
    }
    assert_eq!(parallax(&["engine", "--blocks", "/nowhere"]).status.code(), Some(3));
}

#[test]
fn blocks_on_disk_are_made_and_timed_and_a_store_that_is_there_is_left_alone() {
    let dir = folder("bench-disk");
    let dir_text = dir.to_str().expect("a path of text");
    let sizes = ["disk", "--accounts", "500", "--transactions", "80", "--rounds", "2", "--datadir", dir_text];
    let document = document(&[&sizes[..], &["--json"]].concat());
    let rounds = document["rounds"].as_array().expect("rounds");
    assert_eq!(rounds.len(), 2);
    for round in rounds {
        for step in ["execute_ns", "root_ns", "commit_ns", "whole_ns", "gas"] {
            assert!(round[step].as_f64().is_some_and(|value| value > 0.0), "{step} of {round}");
        }
    }
    assert_eq!(document["probes"].as_array().map(Vec::len), Some(2));

    let again = parallax(&sizes);
    assert!(!again.status.success());
    assert!(
        String::from_utf8_lossy(&again.stderr).contains("is there already"),
        "{}",
        String::from_utf8_lossy(&again.stderr)
    );
    assert_eq!(parallax(&["disk", "--accounts", "1"]).status.code(), Some(2));
}
