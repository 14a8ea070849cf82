use super::*;

fn rewritten(source: &str) -> Rewritten {
    let script = Script::new(source).expect("it is whole");
    rewrite(&script).unwrap_or_else(|complaints| panic!("{source}: {complaints:?}"))
}

/// What becomes of the body of a function; the import is taken off.
fn body(body: &str) -> String {
    let text = rewritten(&format!("contract C {{ function m() external {{ {body} }} }}")).text;
    let text = text.strip_suffix(RECORDS_IMPORT).unwrap_or(&text);
    let text = text.strip_suffix(IMPORT).unwrap_or(text);
    let inner = text.strip_prefix("contract C { function m() external { ").and_then(|text| text.strip_suffix(" } }"));
    inner.expect("what is around it stays").to_owned()
}

#[test]
fn each_form_becomes_calls() {
    for (written, expected) in [
        ("subsol [1] f(x);", "__parallax_subsol(1, gasleft() / 2, abi.encodeCall(this.f, (x)));"),
        ("subsol[i++]this.f();", "__parallax_subsol(i++, gasleft() / 2, abi.encodeCall(this.f, ()));"),
        ("subsol [1] f{gas: g}(x, y[2]);", "__parallax_subsol(1, g, abi.encodeCall(this.f, (x, y[2])));"),
        ("subsol f(x);", "__parallax_unnamed(gasleft() / 2, abi.encodeCall(this.f, (x)));"),
        ("sleep [1] 1000;", "__parallax_sleep(1, 1000);"),
        ("sleep [a[1]] (b + 1);", "__parallax_sleep(a[1], (b + 1));"),
        ("revertt [2];", "__parallax_revertt(2);"),
        ("uint y = join [1] (uint256);", "uint y = abi.decode(__parallax_join(1), (uint256));"),
        ("join [1];", "__parallax_join(1);"),
        ("(uint8 s, bytes memory o) = tryjoin [1];", "(uint8 s, bytes memory o) = __parallax_tryjoin(1);"),
        (
            "aftera [1] subsol [2] f();",
            "__parallax_aftera(__parallax_subsol(2, gasleft() / 2, abi.encodeCall(this.f, ())), 1);",
        ),
        (
            "if (a) f(x) rr;",
            "if (a) { bool __parallax_recorded = __parallax_rr(true); f(x) ; __parallax_rr(__parallax_recorded); }",
        ),
        (
            "y = f(join [1] (uint))[rphash];",
            "{ bool __parallax_hashed = __parallax_rphash(true); y = f(abi.decode(__parallax_join(1), (uint))); \
             __parallax_rphash(__parallax_hashed); }",
        ),
        ("aftera [1] f();", "__parallax_aftera(__parallax_unnamed(gasleft() / 2, abi.encodeCall(this.f, ())), 1);"),
        (
            "if (a) afterw [1] [x] aftera [3] afterr [2] [y] subsol [4] f();",
            "if (a) { uint256 __parallax_slot0; assembly (\"memory-safe\") { __parallax_slot0 := x.slot } \
             uint256 __parallax_slot1; assembly (\"memory-safe\") { __parallax_slot1 := y.slot } \
             __parallax_afterr(__parallax_aftera(__parallax_afterw(__parallax_subsol(4, gasleft() / 2, \
             abi.encodeCall(this.f, ())), 1, __parallax_slot0), 3), 2, __parallax_slot1); }",
        ),
    ] {
        assert_eq!(body(written), expected);
    }
}

#[test]
fn a_function_that_records_says_so_when_it_begins() {
    for (written, expected) in [
        ("function m() rr public {}", "function m()  public { __parallax_rr(true);}"),
        (
            "function rr rphash m() public { f(); }",
            "function   m() public { __parallax_rr(true); __parallax_rphash(true); f(); }",
        ),
        ("receive() external payable rphash {}", "receive() external payable  { __parallax_rphash(true);}"),
    ] {
        let text = rewritten(&format!("contract C {{ {written} }}")).text;
        assert_eq!(text, format!("contract C {{ {expected} }}{IMPORT}{RECORDS_IMPORT}"));
    }
    // A function may have the name.
    for written in ["function rr(uint x) public {}", "function f() public { rr(1); }"] {
        assert_eq!(rewritten(written).text, written);
    }
}

#[test]
fn joins_stand_anywhere_in_what_is_rewritten() {
    assert_eq!(
        body("subsol [join [1] (uint)] f{gas: join [2] (uint)}(join [join [3] (uint)] (uint), 4);"),
        "__parallax_subsol(abi.decode(__parallax_join(1), (uint)), abi.decode(__parallax_join(2), (uint)), \
         abi.encodeCall(this.f, (abi.decode(__parallax_join(abi.decode(__parallax_join(3), (uint))), (uint)), 4)));"
    );
}

#[test]
fn threads_of_a_function_share_its_gas() {
    let shares = |text: &str| {
        let text = body(text);
        let parts: Vec<&str> = text.split("gasleft() / ").skip(1).map(|rest| &rest[..1]).collect();
        parts.join(" ")
    };
    assert_eq!(shares("subsol [1] f(); subsol [2] f(); if (a) subsol [3] f();"), "4 3 2");
    assert_eq!(shares("subsol [1] f(); subsol [2] f{gas: 7}(); subsol [3] f();"), "3 2");
    let two = "contract C { function a() public { subsol f(); } function b() public { subsol g(); } }";
    assert_eq!(rewritten(two).text.matches("gasleft() / 2").count(), 2, "each function by itself");
}

#[test]
fn a_source_without_keywords_is_left_alone() {
    for source in [
        "",
        "// subsol [1] f();\ncontract C { string s = \"subsol [1] f();\"; /* sleep [1] 2; */ }",
        "contract C { uint[] sleep; function m() public { sleep[1] = 2; sleep[0]; } }",
        "contract C { mapping(uint => uint) public join; function m() public { x = join[1]; } }",
        "contract C is D { function m() public { sleep[1] = 2; aftera[1][2].x += 3; revertt[0]++; } }",
        "contract C { function sleep(uint a) public { sleep(a); a.subsol[1]; subsolid(); mysubsol[1] = 2; } }",
        "contract C { modifier rr() { _; } function m() public rr {} }",
        "contract C { function m() public { assembly { let sleep := 1 } subsol = 1; subsol(2); } }",
        "contract C { function (uint) external join; event E(uint revertt); }",
    ] {
        assert_eq!(rewritten(source).text, source);
    }
}

#[test]
fn every_byte_of_the_author_s_is_found_again() {
    let source = "contract C {\n  function m() external {\n    afterw [1] [slot$] subsol [2] f{gas: g}(xx, join [3] (T));\n\
                  sleep /* c */ [4] 1000; }\n}\n";
    let rewritten = rewritten(source);
    for text in ["contract C", "slot$", "2", "f", "g", "xx", "3", "T", "4", "1000", "}\n}\n"] {
        for (at, _) in rewritten.text.match_indices(text) {
            let origin = rewritten.origin(&(at..at + text.len()));
            let is_whole_copy = rewritten.piece(at).is_some_and(|(piece, _)| {
                let end = rewritten.piece(at + text.len() - 1).map(|(last, _)| last.start);
                piece.is_copy && end == Some(piece.start)
            });
            if is_whole_copy {
                assert_eq!(&source[origin], text);
            }
        }
        assert!(source.contains(text));
    }
    let at = rewritten.text.find("this.f").expect("it is called");
    assert_eq!(&source[rewritten.origin(&(at..at + 6))], "f");
    let at = rewritten.text.find("__parallax_sleep(4, 1000)").expect("it is called");
    assert_eq!(&source[rewritten.origin(&(at..at + 26))], "sleep /* c */ [4] 1000;");
}

#[test]
fn any_place_of_what_the_compiler_is_given_has_an_origin_in_bounds() {
    let source = "contract C { function m() external { aftera [1] subsol [2] f(join [3] (T)); revertt [2]; } }";
    let rewritten = rewritten(source);
    for start in 0..rewritten.text.len() + 2 {
        for end in start..rewritten.text.len() + 2 {
            let origin = rewritten.origin(&(start..end));
            assert!(origin.start <= origin.end && origin.end <= source.len(), "{start}..{end}: {origin:?}");
        }
    }
}
