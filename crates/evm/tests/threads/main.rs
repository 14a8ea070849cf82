//! Threads inside one contract (spec 0005).

mod programs;
mod rules;
mod support;
