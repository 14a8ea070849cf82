//! `key`: keys of value, encrypted in files.

use crate::{exit::Failure, json};
use clap::{Args, Subcommand};
use node::keystore::{self, KeystoreError, StoredKey};
use serde_json::json;
use std::{fs, io, io::IsTerminal, path::PathBuf};

const EXAMPLES: &str = "\
Examples:
  parallax key new --keystore keys                                   asks for a password, twice
  parallax key new --keystore keys --password-file password.txt
  parallax key import --keystore keys --secret-file secret.txt       the secret as 64 hexadecimal digits
  parallax key list --keystore keys --json

No secret and no password is taken from the command line or the environment: other users of the machine see both. The
files are those of geth's keystore, version 3.";

/// Makes, imports and lists keys in a keystore of version 3.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a key.
    #[command(after_help = EXAMPLES)]
    New(Store),
    /// Takes over a key that is there.
    #[command(after_help = EXAMPLES)]
    Import(Import),
    /// Lists the accounts of all keys.
    #[command(after_help = EXAMPLES)]
    List(List),
}

#[derive(Debug, Args)]
struct Store {
    /// Directory of the keys.
    #[arg(long, value_name = "DIR", default_value = "keystore")]
    keystore: PathBuf,
    /// File with the password in its first line; without it, one is asked for on the terminal.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Import {
    #[command(flatten)]
    store: Store,
    /// File with the secret in its first line; without it, it is asked for on the terminal.
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct List {
    /// Directory of the keys.
    #[arg(long, value_name = "DIR", default_value = "keystore")]
    keystore: PathBuf,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::New(store) => {
            let password = password(store)?;
            print(&[keystore::create(&store.keystore, password.as_bytes())?], store.json)
        }
        Command::Import(import) => {
            let store = &import.store;
            let secret = secret("Secret", import.secret_file.as_ref())?;
            let password = password(store)?;
            print(&[keystore::import(&store.keystore, &secret, password.as_bytes())?], store.json)
        }
        Command::List(list) => print(&keystore::list(&list.keystore)?, list.json),
    }
}

fn print(keys: &[StoredKey], as_json: bool) -> Result<(), Failure> {
    if as_json {
        let keys: Vec<_> = keys.iter().map(|key| json!({ "address": key.address, "file": key.path })).collect();
        return json::print(&keys);
    }
    keys.iter().for_each(|key| println!("{}  {}", key.address, key.path.display()));
    Ok(())
}

/// A new password. One that is typed is typed twice.
fn password(store: &Store) -> Result<String, Failure> {
    let password = secret("Password", store.password_file.as_ref())?;
    if store.password_file.is_none() && prompt("Password again")? != password {
        return Err(Failure::Usage("the two passwords differ".to_owned()));
    }
    Ok(password)
}

/// The first line of a file, or what is typed.
fn secret(what: &str, file: Option<&PathBuf>) -> Result<String, Failure> {
    let Some(path) = file else { return prompt(what) };
    let text = fs::read_to_string(path).map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn prompt(what: &str) -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        let flag = if what == "Secret" { "--secret-file" } else { "--password-file" };
        return Err(Failure::Usage(format!("there is no terminal to type on: use {flag}")));
    }
    rpassword::prompt_password(format!("{what}: ")).map_err(|error| Failure::Machine(error.to_string()))
}

impl From<KeystoreError> for Failure {
    fn from(error: KeystoreError) -> Self {
        Self::Input(error.to_string())
    }
}
