//! `parallax solc`: what authors are told, and what the machine does with what comes out.
//!
//! The compiler is the npm package that `contracts/package.json` names. What needs it is left out where node and npm are
//! missing; what runs the committed artefact, and what the grammar of the keywords tells, needs neither.

#[path = "support/npm.rs"]
mod npm;
#[path = "support/threads.rs"]
mod threads;

use bench::workload::{Call, Contract};
use evm::{Inline, TransactionResult};
use npm::ROOT;
use primitives::{Bytes, U256, keccak256};
use serde_json::Value;
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use threads::{Workers, call, instructions};

const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/solc");
const TEXT: &[u8] = b"one fish two fish red fish blue fish  one more and then the very last fish";

/// Runs the command in a folder.
fn solc<S: AsRef<OsStr>>(folder: &str, arguments: impl IntoIterator<Item = S>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parallax"));
    // No test passes or fails by the load of the machine; one that is about time says its own.
    command.env("PARALLAX_SOLC_SECONDS_MAX", "3600");
    command.arg("solc").args(arguments).current_dir(folder).output().expect("the binary runs")
}

/// The folder of the compiler's package; `None` without node.
fn package(test: &str) -> Option<PathBuf> {
    npm::is_there(test).then(|| npm::installed("contracts").join("node_modules/solc"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Compiles a file, which must go well, and gives what the command says in JSON.
fn compiled(folder: &str, file: &str, package: &Path) -> Value {
    let ran = solc(folder, [OsStr::new(file), "--json".as_ref(), "--solc".as_ref(), package.as_os_str()]);
    assert!(ran.status.success(), "{}{}", text(&ran.stdout), text(&ran.stderr));
    serde_json::from_slice(&ran.stdout).expect("one document")
}

fn runtime(artefact: &Value) -> Bytes {
    artefact["deployedBytecode"]["object"].as_str().and_then(|code| code.parse().ok()).expect("code")
}

/// Compares what is told about each source of a folder with the file of the same name that ends with `txt`.
fn check_messages(folder: &str, package: Option<&Path>) {
    let folder = format!("{HERE}/{folder}");
    let mut checked = 0;
    for entry in fs::read_dir(&folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension() != Some("sol".as_ref()) {
            continue;
        }
        let mut arguments = vec![path.file_name().expect("a name")];
        arguments.extend(package.iter().flat_map(|package| [OsStr::new("--solc"), package.as_os_str()]));
        let ran = solc(&folder, arguments);
        let expected = fs::read_to_string(path.with_extension("txt")).expect("what is to be told");
        assert_eq!(text(&ran.stderr), expected, "{}", path.display());
        assert_eq!((ran.status.code(), text(&ran.stdout).as_str()), (Some(1), ""), "{}", path.display());
        checked += 1;
    }
    assert!(checked >= 5, "{checked} sources");
}

#[test]
fn misused_keywords_are_told_in_the_author_s_lines() {
    check_messages("keywords", None);
}

#[test]
fn mistakes_that_the_compiler_finds_are_told_in_the_author_s_lines() {
    if let Some(package) = package("messages of the compiler") {
        check_messages("compiler", Some(&package));
    }
}

fn committed(contract: &str) -> Value {
    let path = format!("{ROOT}/contracts/threads/artefacts/{contract}.sol/{contract}.json");
    serde_json::from_slice(&fs::read(path).expect("it is committed")).expect("an artefact")
}

/// The contracts of `contracts/threads`.
fn contracts() -> Vec<String> {
    let files = fs::read_dir(format!("{ROOT}/contracts/threads")).expect("a folder");
    let names = files.filter_map(|file| {
        let name = file.expect("a file").file_name().into_string().expect("text");
        name.strip_suffix(".sol").map(str::to_owned)
    });
    names.collect()
}

#[test]
fn the_committed_artefacts_are_what_their_sources_give() {
    let Some(package) = package("the committed artefacts") else { return };
    let names = contracts();
    assert!(names.len() >= 5, "{names:?}");
    for name in names {
        let made = compiled(&format!("{ROOT}/contracts"), &format!("threads/{name}.sol"), &package);
        assert_eq!(made["diagnostics"], serde_json::json!([]), "{name}");
        assert_eq!(made["artefacts"][&name], committed(&name), "{name}: contracts/README.md says how to make it anew");
    }
}

#[test]
fn artefacts_are_written_where_foundry_looks_for_them() {
    let Some(package) = package("artefacts") else { return };
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("solc-out");
    let _ = fs::remove_dir_all(&out);
    let flags =
        ["threads/WordCount.sol".as_ref(), "-o".as_ref(), out.as_os_str(), "--solc".as_ref(), package.as_os_str()];
    let ran = solc(&format!("{ROOT}/contracts"), flags);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    assert!(text(&ran.stdout).contains("WordCount"), "{}", text(&ran.stdout));
    let written = fs::read(out.join("WordCount.sol/WordCount.json")).expect("it was written");
    let committed = format!("{ROOT}/contracts/threads/artefacts/WordCount.sol/WordCount.json");
    assert!(written == fs::read(committed).expect("it is committed"), "byte for byte");
}

/// Keywords, library and plain calls: one answer; and the keywords are the instructions, and the threads are run.
#[test]
fn words_are_counted_alike_in_every_form() {
    let keywords = runtime(&committed("WordCount"));
    let library = Contract::WordCount.runtime();
    let input = |signature: &str| Call::new(signature).bytes(TEXT).encode();
    let run = |code: &Bytes, signature: &str| {
        let workers = Workers::default();
        let serial = call(code, input(signature), &Inline);
        let parallel = call(code, input(signature), &workers);
        assert!(serial.is_success() && parallel == serial, "{signature}: {serial:?} {parallel:?}");
        (serial.output, workers.ran())
    };
    let (plain, none) = run(&keywords, "mainSerial(bytes)");
    assert!(none == 0 && plain.len() > 500, "{none} {}", plain.len());
    assert_eq!(run(&keywords, "main(bytes)"), (plain.clone(), 2), "two threads by keywords");
    assert_eq!(run(&library, "main(bytes)"), (plain.clone(), 2), "two threads by the library");
    assert_eq!(run(&library, "mainSerial(bytes)").0, plain);
    let (half, _) = run(&keywords, "mainWithdrawn(bytes)");
    assert_eq!(run(&library, "mainWithdrawn(bytes)").0, half);
    assert!(half != plain, "the second half is withdrawn");

    let found = instructions(&keywords);
    for (byte, name) in [(0xb0, "SUBSOL"), (0xb1, "SLEEP"), (0xb2, "REVERTT"), (0xbd, "JOIN")] {
        assert!(found.contains(&byte), "{name}");
        assert!(!instructions(&library).contains(&byte), "{name} in what the stock compiler makes");
    }
}

/// The workloads of the paper: threads give what plain calls give, and every one of them is run ahead.
#[test]
fn workloads_give_the_same_with_threads_and_without() {
    let text: Vec<u8> = (0..3000_u32).map(|i| b"abcab cabbage "[(i * i / 7 + i) as usize % 14]).collect();
    let number = |number: u64| U256::from(number);
    let matrices = |call: Call| call.word(number(7)).word(number(6));
    let search = |call: Call| call.bytes(&text).bytes(b"ab");
    let slices = |call: Call| call.bytes(&text);
    let cases: [(&str, &str, &dyn Fn(Call) -> Call); 4] = [
        ("MatrixMul", "(uint256,uint256,uint256)", &matrices),
        ("MatrixAdd", "(uint256,uint256,uint256)", &matrices),
        ("Substring", "(bytes,bytes,uint256)", &search),
        ("Histogram", "(bytes,uint256)", &slices),
    ];
    for ((contract, types, arguments), parts) in
        cases.into_iter().flat_map(|case| [1, 2, 7, 40].map(|parts| (case, parts)))
    {
        let code = runtime(&committed(contract));
        let input = |name: &str| arguments(Call::new(&format!("{name}{types}"))).word(number(parts)).encode();
        let plain = call(&code, input("mainSerial"), &Inline);
        assert!(plain.is_success() && plain.output.len() >= 32, "{contract} {parts}: {plain:?}");
        let workers = Workers::default();
        let inline = call(&code, input("main"), &Inline);
        assert_eq!(call(&code, input("main"), &workers), inline, "{contract} {parts}");
        assert!(inline.is_success() && inline.output == plain.output, "{contract} {parts}: {inline:?}");
        // A single thread is not worth handing over.
        assert_eq!(workers.ran() as u64, if parts == 1 { 0 } else { parts }, "{contract}");
    }
    let counted = |contract: &str, call_of: &dyn Fn(Call) -> Call, signature: &str| {
        let output = call(&runtime(&committed(contract)), call_of(Call::new(signature)).encode(), &Inline).output;
        output.chunks(32).map(|word| U256::from_be_slice(word).to::<usize>()).collect::<Vec<_>>()
    };
    let found = counted("Substring", &|call| search(call).word(number(7)), "main(bytes,bytes,uint256)");
    assert_eq!(found, [text.windows(2).filter(|pair| pair == b"ab").count()]);
    let histogram = counted("Histogram", &|call| slices(call).word(number(7)), "main(bytes,uint256)");
    let expected: Vec<usize> = (0..=255).map(|byte| text.iter().filter(|other| **other == byte).count()).collect();
    assert_eq!(histogram, expected);
}

fn selector(signature: &str) -> Vec<u8> {
    keccak256(signature)[..4].to_vec()
}

fn error(signature: &str, words: &[u64]) -> Vec<u8> {
    let words = words.iter().flat_map(|word| U256::from(*word).to_be_bytes::<32>());
    selector(signature).into_iter().chain(words).collect()
}

#[test]
fn every_keyword_does_on_the_machine_what_it_says() {
    let Some(package) = package("keywords on the machine") else { return };
    let made = compiled(HERE, "Keywords.sol", &package);
    assert_eq!(made["diagnostics"], serde_json::json!([]));
    let code = runtime(&made["artefacts"]["Keywords"]);
    let found = instructions(&code);
    assert!(
        [0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xbd].iter().all(|byte| found.contains(byte)),
        "every instruction"
    );

    let run = |name: &str, n: u64| -> TransactionResult {
        let input = Call::new(&format!("{name}(uint256)")).word(U256::from(n)).encode();
        let serial = call(&code, input.clone(), &Inline);
        let parallel = call(&code, input, &Workers::default());
        assert_eq!(serial, parallel, "{name}");
        serial
    };
    for n in [0, 1, 5] {
        for name in ["inLoop", "ordered", "nested", "inherited"] {
            let (threads, plain) = (run(name, n), run(&format!("{name}Plain"), n));
            assert!(threads.is_success() && plain.is_success(), "{name} {n}: {threads:?}");
            assert_eq!(threads.output, plain.output, "{name} {n}");
        }
    }
    let statuses: Vec<u8> =
        [0_u64, 1, 2, 3].into_iter().flat_map(|word| U256::from(word).to_be_bytes::<32>()).collect();
    assert_eq!(run("statuses", 9).output.to_vec(), statuses);
    assert_eq!(run("words", 9).output.to_vec(), U256::from(9).to_be_bytes::<32>());

    let words = |name: &str| {
        let result = run(name, 5);
        assert!(result.is_success(), "{name}: {result:?}");
        result.output[64..].chunks(32).map(U256::from_be_slice).collect::<Vec<_>>()
    };
    let [head, count, database, _, _, first, reads, writes] = words("recorded")[..] else { panic!("one location") };
    assert_eq!([head, count, database, first, reads, writes].map(|word| word.to::<u64>()), [32, 1, 0, 0, 1, 1]);
    assert!(words("hashed").iter().all(|hash| !hash.is_zero()) && words("hashed").len() == 2);
    assert_eq!(words("recordedThread"), [U256::ZERO]);

    let odd = error("Odd(uint256)", &[5]);
    let mut failed = error("ThreadFailed(uint256,uint8,bytes)", &[1, 0, 96, odd.len() as u64]);
    failed.extend(&odd);
    failed.resize(4 + 32 * 4 + 64, 0);
    for (name, output) in [
        ("failing", failed),
        ("unjoined", odd),
        ("stranger", error("ThreadRefused(uint256)", &[5])),
        ("twice", error("ThreadRefused(uint256)", &[5])),
        ("circle", error("WaitNeverEnds(uint256)", &[6])),
    ] {
        let result = run(name, 5);
        assert!(!result.is_success(), "{name}");
        assert_eq!(result.output.to_vec(), output, "{name}");
    }
}

#[test]
fn what_cannot_be_compiled_at_all_has_an_exit_code() {
    let scratch = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("solc-input");
    let _ = fs::remove_dir_all(&scratch);
    fs::create_dir_all(scratch.join("in/side")).expect("a folder");
    let folder = scratch.to_str().expect("text");
    let write = |name: &str, content: &[u8]| fs::write(scratch.join(name), content).expect("a file");
    write("large.sol", &vec![b' '; (1 << 20) + 1]);
    write("latin.sol", b"contract \xe9 {}");
    write("fine.sol", b"contract C {}");
    write("import.sol", b"import \"./none.sol\";");
    write("in/out.sol", b"import \"../fine.sol\";");
    write("in/absolute.sol", b"import \"/etc/hostname\";");
    for (arguments, code, told) in [
        (vec!["none.sol"], 3, "none.sol"),
        (vec!["in"], 3, "in"),
        (vec!["large.sol"], 3, "more than 1048576 bytes"),
        (vec!["latin.sol"], 3, "UTF-8"),
        (vec!["import.sol"], 1, "cannot read ./none.sol"),
        (vec!["in/out.sol", "--root", "in"], 1, "outside of the root folder"),
        (vec!["in/absolute.sol", "--root", "in"], 1, "outside of the root folder"),
        (vec!["fine.sol", "--root", "in"], 2, "does not lie below the root folder"),
        (vec!["fine.sol"], 4, "npm install"),
        (vec!["fine.sol", "--solc", "in"], 3, "no package.json"),
        (vec!["fine.sol", "--remap", "x"], 2, "PREFIX=TARGET"),
        (vec!["fine.sol", "--seconds-max", "0"], 2, "--seconds-max"),
    ] {
        let ran = solc(folder, &arguments);
        assert_eq!(ran.status.code(), Some(code), "{arguments:?}: {}", text(&ran.stderr));
        assert!(text(&ran.stderr).contains(told), "{arguments:?}: {}", text(&ran.stderr));
    }
}

#[test]
fn a_compiler_that_is_none_or_never_ends_is_a_failure_of_this_machine() {
    if !npm::is_there("foreign compilers") {
        return;
    }
    let scratch = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("solc-foreign");
    let _ = fs::remove_dir_all(&scratch);
    fs::create_dir_all(&scratch).expect("a folder");
    fs::write(scratch.join("fine.sol"), "contract C {}").expect("a file");
    for (name, script, told) in [
        ("none", "module.exports = {};", "it is no solc"),
        ("thrown", "throw new Error('broken');", "broken"),
        ("old", "module.exports = { version: () => '0.4.20+commit.1', compile: () => '{}' };", "too old"),
        ("late", "module.exports = { version: () => '0.8.35', compile: () => { for (;;); } };", "within 1 s"),
        ("mute", "process.exit(7);", "without an answer"),
        ("babble", "module.exports = { version: () => '0.8.35', compile: () => 'x' };", "expected value"),
    ] {
        let package = scratch.join(name);
        fs::create_dir_all(&package).expect("a folder");
        fs::write(package.join("package.json"), r#"{ "main": "index.js" }"#).expect("a file");
        fs::write(package.join("index.js"), script).expect("a file");
        let ran = solc(scratch.to_str().expect("text"), ["fine.sol", "--solc", name, "--seconds-max", "1"]);
        assert_eq!(ran.status.code(), Some(4), "{name}: {}", text(&ran.stderr));
        assert!(text(&ran.stderr).contains(told), "{name}: {}", text(&ran.stderr));
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_parallax"));
    let ran = command.args(["solc", "fine.sol", "--solc", "none"]).env("PATH", &scratch).current_dir(&scratch).output();
    let ran = ran.expect("the binary runs");
    assert!(ran.status.code() == Some(4) && text(&ran.stderr).contains("there is no node"), "{}", text(&ran.stderr));
}
