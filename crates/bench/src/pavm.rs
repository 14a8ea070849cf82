//! The evaluation of paper P, run again on this machine: threads inside a call, validation of blocks, recording.
//!
//! ```text
//!  Setting ──▶ measure ──▶ Samples ──▶ raw CSV, one file an experiment
//!                             └──▶ page: table, findings, pictures, with the paper's figures beside ours
//! ```
//!
//! Law: pages are made from samples alone, so what was written can be drawn again without measuring.
//!
//! | | figure | shows |
//! |---|---|---|
//! | X-P1 | 14 | a block, serial, grouped, in sequence, ours |
//! | X-P2 | 15 | one call, serial and in threads |
//! | X-P3 | 16 | a block of one kind of call over its size |
//! | X-P4 | 17a, b | a block over the number of transactions, and over the size of groups |
//! | X-P5 | 17c | a block over workers |
//! | X-P6 | 17d | recording and grouping |
//! | X-P7 | 7, 19, 20 | how busy the cores are |
//! | X-P8 | 18 | transactions a second |
//! | X-P9 | 13 | operation roots under many schedules and alterations |
//! | speed | | what a thread, recording, grouping and the extension cost |
//!
//! What this machine cannot give is projected, and every sample of that kind says so.

mod contest;
mod experiment;
mod measure;
mod pages;
mod paper;
mod sample;
mod setting;

pub use experiment::{Experiment, UnknownExperiment};
pub use measure::measure;
pub use pages::{Page, page};
pub use sample::{BadRow, Kind, Sample, from_csv, to_csv};
pub use setting::Setting;
