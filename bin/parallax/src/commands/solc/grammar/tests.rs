use super::*;

/// The only complaint about a source, with what it is about.
fn complaint(source: &str) -> (String, String) {
    let script = Script::new(source).expect("it is whole");
    let complaints = phrases(&script).expect_err(source);
    let [complaint] = complaints.as_slice() else { panic!("{source}: {complaints:?}") };
    (complaint.message.clone(), source[complaint.span.clone()].to_owned())
}

fn about(body: &str) -> (String, String) {
    complaint(&format!("contract C {{ function m() external {{ {body} }} }}"))
}

#[test]
fn every_misuse_is_told_where_it_is() {
    for (body, message, place) in [
        ("subsol [1];", "expected the function that the thread runs", ";"),
        ("subsol [1] 5;", "expected the function that the thread runs", "5"),
        ("subsol [] f();", "expected the name of the thread between the brackets", "[]"),
        ("subsol [1] a.f();", "a thread runs a function of its own contract", "a"),
        ("subsol [1] this.a.f();", "a thread runs a function of its own contract", "a"),
        ("subsol [1] super.f();", "a thread runs a function of its own contract", "super"),
        ("subsol [1] new C();", "a thread runs a function of its own contract", "new"),
        ("subsol [1] f;", "expected the arguments of `f` in parentheses", ";"),
        ("subsol f(1), g(2);", "expected the end of the statement", ","),
        ("subsol [1] f(1)", "expected a semicolon before this", "}"),
        ("subsol [1] f({x: 1});", "the arguments of a thread are given by their order, not by their names", "{"),
        ("subsol [1] f{value: 1}(x);", "a thread carries no value", "value"),
        ("subsol [1] f{salt: 1}(x);", "a thread is given `gas: ..` and nothing else", "salt"),
        ("subsol [1] f{gas: 1, gas: 2}(x);", "a thread is given `gas: ..` and nothing else", "gas"),
        ("subsol [1] f{gas: }(x);", "a thread is given `gas: ..` and nothing else", "gas"),
        ("subsol [1] f{}(x);", "expected `gas: ..` between the braces", "{}"),
        ("subsol [1] aftera [2] f();", "`aftera` stands before `subsol`", "aftera"),
        ("for (;;) subsol [1] f();", "a thread that is spawned in a loop is told its gas", "f"),
        ("while (a) { if (b) subsol f(); }", "a thread that is spawned in a loop is told its gas", "f"),
        ("do aftera [1] f(); while (a);", "a thread that is spawned in a loop is told its gas", "f"),
        ("sleep [1];", "`sleep` says no time", ";"),
        ("sleep [] 5;", "expected the name of a thread between the brackets", "[]"),
        ("revertt [1] f();", "expected the end of the statement", "f"),
        ("aftera [1] [x] f();", "`aftera` waits for all variables, and takes none", "["),
        ("afterw [1] f();", "expected the variable that is waited for in brackets", "f"),
        ("afterw [1] [a.b] f();", "`afterw` waits for a state variable, by its name", "a.b"),
        ("afterr [1] [5] f();", "`afterr` waits for a state variable, by its name", "5"),
        ("afterr [1] [] f();", "expected the variable that is waited for between the brackets", "[]"),
        ("x = subsol [1] f();", "`subsol` is a statement, and has no value", "subsol"),
        ("g(subsol f(1));", "`subsol` is a statement, and has no value", "subsol"),
        ("return aftera [1] f();", "`aftera` is a statement, and has no value", "aftera"),
        ("x = sleep [1] 5;", "`sleep` is a statement, and has no value", "sleep"),
        ("x = join [];", "expected the name of a thread between the brackets", "[]"),
        ("x = join [1] ();", "expected the types of the results between the parentheses", "()"),
        ("x = join [1] uint;", "nothing follows `join [name]` but types in parentheses", "uint"),
        ("x = tryjoin [1] (uint);", "`tryjoin` gives the status and the output as bytes, and takes no types", "uint"),
        ("assembly { subsol [1] f() }", "`subsol` has no place in assembly", "subsol"),
        ("assembly (\"memory-safe\") { x := join [1] }", "`join` has no place in assembly", "join"),
        ("g(f(x) rr);", "`rr` has no place here: what is recorded is a statement of its own", "rr"),
        ("return f(x) [rwr];", "`rwr` has no place here: what is recorded is a statement of its own", "rwr"),
        ("uint y = f(x) rr;", "`rr` has no place here: what is recorded is a statement of its own", "rr"),
        (
            "subsol [1] f(x) rphash;",
            "`rphash` has no place here: a thread records where its function says so",
            "rphash",
        ),
        ("subsol [1] f(x) [rr];", "`rr` has no place here: a thread records where its function says so", "rr"),
        ("uint __parallax_x;", "names that begin with `__parallax` are taken", "__parallax_x"),
    ] {
        assert_eq!(about(body), (message.to_owned(), place.to_owned()), "{body}");
    }
}

#[test]
fn keywords_outside_of_functions_are_told() {
    for (source, message, place) in [
        ("contract C { uint x = join [1] (uint); }", "`join` stands outside a function", "join"),
        ("contract C { subsol [1] f(); }", "`subsol` stands outside a function", "subsol"),
        (
            "contract C { function m() external returns (uint) rphash; }",
            "`rphash` has no place here: a function without a body records nothing",
            "rphash",
        ),
        (
            "contract C { modifier m() rr { _; } }",
            "`rr` has no place here: a constructor and a modifier record nothing",
            "rr",
        ),
    ] {
        assert_eq!(complaint(source), (message.to_owned(), place.to_owned()), "{source}");
    }
}

#[test]
fn all_mistakes_are_told_in_their_order() {
    let source = "contract C { function m() public { f(g() rr); sleep [1]; subsol [2] 3; if (a) { revertt []; } } }";
    let complaints = phrases(&Script::new(source).expect("it is whole")).expect_err("four mistakes");
    let places: Vec<_> = complaints.iter().map(|complaint| &source[complaint.span.clone()]).collect();
    assert_eq!(places, ["rr", ";", "3", "[]"]);
}

#[test]
fn statements_are_found_wherever_they_stand() {
    for body in [
        "{{ subsol [1] f(); }}",
        "unchecked { subsol [1] f(); }",
        "if (a) subsol [1] f(); else g();",
        "if (a) {} else if (b) subsol [1] f();",
        "if (a) { x = y{gas: 1}(z); } else { subsol [1] f(); }",
        "for (uint i = 0; i < 3; ++i) { subsol [i] f{gas: g}(); }",
        "do subsol [1] f{gas: g}(); while (a);",
        "try this.g{gas: 5}(x) returns (uint y) { subsol [1] f(); } catch Error(string memory) {} catch { }",
        "try this.g() {} catch (bytes memory) { subsol [1] f(); }",
        "assembly (\"memory-safe\") { let x := 1 } subsol [1] f();",
        "bytes memory b = hex\"00\"; /* ; */ subsol [1] f();",
    ] {
        let source = format!("contract C {{ function m() external {{ {body} }} }}");
        let found = phrases(&Script::new(&source).expect("it is whole"));
        assert!(found.as_ref().is_ok_and(|found| found.len() == 1), "{body}: {found:?}");
    }
}

#[test]
fn nesting_without_end_is_refused_and_not_followed() {
    let source = format!("function m() {{ {} x; }}", "if (a) ".repeat(100_000));
    let complaints = phrases(&Script::new(&source).expect("it is whole")).expect_err("it is too deep");
    assert!(complaints.iter().all(|complaint| complaint.message == "statements are nested too deep"));
}

/// Whatever the bytes, an answer comes, and no place of it is outside of the source.
#[test]
fn no_arrangement_of_words_stops_the_reader() {
    const WORDS: [&str; 24] = [
        "subsol", "join", "tryjoin", "sleep", "revertt", "afterw", "aftera", "rr", "[", "]", "(", ")", "{", "}", ";",
        "f", "1", "this", ".", "function", "assembly", "if", "for", "=",
    ];
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..20_000 {
        let mut source = String::from("function m() { ");
        for _ in 0..14 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            source.push_str(WORDS[(seed % WORDS.len() as u64) as usize]);
            source.push(' ');
        }
        let Ok(script) = Script::new(&source) else { continue };
        match phrases(&script) {
            Ok(found) => assert!(found.iter().all(|phrase| phrase.places.end <= script.len()), "{source}"),
            Err(complaints) => assert!(complaints.iter().all(|told| told.span.end <= source.len()), "{source}"),
        }
        let _ = crate::commands::solc::rewrite::rewrite(&script);
    }
}
