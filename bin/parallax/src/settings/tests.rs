//! The laws of the settings, on the real command.

use super::{origin::Origin, *};
use std::path::Path;

/// Every command with its path in words.
fn all(command: &Command, path: &str) -> Vec<(String, Command)> {
    let own = (path.to_owned(), command.clone());
    let subs = command.get_subcommands().flat_map(|sub| all(sub, &format!("{path} {}", sub.get_name())));
    std::iter::once(own).chain(subs).collect()
}

fn parse(text: &str) -> Result<ConfigFile, FileError> {
    ConfigFile::parse(Path::new("node.toml"), text, &node_of(&command()))
}

#[test]
fn every_flag_has_a_name_in_the_environment_and_a_line_of_help() {
    let mut seen = 0;
    for (path, command) in all(&command(), "parallax") {
        for arg in command.get_arguments().filter(|arg| arg.get_long().is_some_and(|long| !is_clap_s(long))) {
            let long = arg.get_long().unwrap_or_default();
            let name = arg.get_env().unwrap_or_else(|| panic!("{path} --{long} has no environment")).to_string_lossy();
            let shared = path.starts_with("parallax config show") && name.starts_with("PARALLAX_NODE_");
            let own = name == format!("{}_{}", capitals(&path.replace(' ', "-")), capitals(long));
            assert!(own || shared, "{path} --{long} is {name}");
            assert!(arg.get_help().is_some_and(|help| help.to_string().len() > 10), "{path} --{long} has no help");
            seen += 1;
        }
    }
    assert!(seen > 60, "{seen} flags");
}

#[test]
fn every_command_that_does_something_shows_examples() {
    for (path, command) in all(&command(), "parallax") {
        // The experiments of `bench` share the examples of their parent.
        if command.has_subcommands() || path.starts_with("parallax bench ") {
            continue;
        }
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(after.contains(&path) || after.contains("parallax"), "{path} --help has no example");
    }
}

#[test]
fn a_file_gives_values_with_their_lines() {
    let file =
        parse("# a node\nport = 1234\n\nno-shadow = true\nallow-origin = [\"http://a\", \"http://b\"]\n").unwrap();
    let command = with_file(command(), &file);
    let line = ["parallax", "node", "--host", "0.0.0.0"].map(OsString::from);
    let matches = command.clone().try_get_matches_from(line).unwrap();
    let (_, node) = matches.subcommand().unwrap();
    let settings = settings_of(&command, node, Some(&file));
    let find = |name: &str| settings.iter().find(|setting| setting.name == name).unwrap();
    let at = |line| Origin::File { file: "node.toml".to_owned(), line };
    assert_eq!((find("port").value.as_deref(), &find("port").origin), (Some("1234"), &at(2)));
    assert_eq!((find("no-shadow").value.as_deref(), &find("no-shadow").origin), (Some("true"), &at(4)));
    assert_eq!(find("allow-origin").value.as_deref(), Some("http://a,http://b"));
    assert_eq!((find("host").value.as_deref(), &find("host").origin), (Some("0.0.0.0"), &Origin::Flag));
    assert_eq!((find("datadir").value.as_deref(), &find("datadir").origin), (None, &Origin::Unset));
    assert_eq!(find("log").origin, Origin::Default);
    assert_eq!(find("port").environment, "PARALLAX_NODE_PORT");
}

#[test]
fn what_is_wrong_in_a_file_is_named_with_its_line() {
    for (text, line, complaint) in [
        ("port = 1\nprot = 2\n", 2, "unknown setting `prot`"),
        ("\n\nport = \"many\"\n", 3, "invalid value 'many' for '--port"),
        ("port = 70000\n", 1, "70000"),
        ("port = \n", 1, ""),
        ("no-shadow = 3\n", 1, "`no-shadow` is true or false"),
        ("[server]\nport = 1\n", 1, "table"),
        ("block-time = 1.5\n", 1, "whole number"),
        ("port = [1, 2]\n", 1, "--port"),
        ("config = \"other.toml\"\n", 1, "unknown setting `config`"),
    ] {
        let error = parse(text).map(drop).unwrap_err().to_string();
        assert!(error.starts_with(&format!("node.toml:{line}: ")) && error.contains(complaint), "{text:?}: {error}");
    }
}
