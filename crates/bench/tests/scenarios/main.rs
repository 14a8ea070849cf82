//! Bugs that parallel virtual machines really had, each as a block that this engine has to get right.
//!
//! Every scenario runs under all policies with all worker counts and again with some transactions held back, so that
//! others run ahead of them; results are compared with serial execution and with revm's own loop. A comment on each
//! says which idea keeps it right: without that line of code the scenario fails.

#[path = "../support/mod.rs"]
mod support;

mod beneficiary;
mod bounds;
mod delegation;
mod destruction;
mod existence;
mod failures;
mod funds;
mod order;
