//! Generate workloads and print the tables we publish.

pub mod disk;
mod dummy_signature;
mod error;
pub mod experiments;
pub mod figures;
mod files;
pub mod measure;
pub mod pavm;
pub mod plain_revm;
pub mod recorded;
pub mod vectors;
pub mod workload;

pub use error::LoadError;
pub use recorded::{RecordedBlock, RecordedState};

#[cfg(test)]
mod test_data;
