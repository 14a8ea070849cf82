//! Feed what strangers send to whatever reads it first.
//!
//! One module a target, each with a `check` that any bytes must pass: it panics where something is wrong. A fuzzer calls
//! it with what it thinks of (`fuzz_targets`); a test of the binary calls it with what is kept in `corpus`, and with what
//! becomes of that by cuts and flipped bits, on any compiler.

pub mod genesis;
pub mod keystore;
pub mod rpc_body;
pub mod snapshot;
pub mod transaction;
