//! What the long tests of the engine share: blocks with their states, and every way of executing them compared.

#![allow(dead_code, unused_imports, reason = "each test uses a part")]

mod case;
mod code;
mod compare;
mod content;
mod held;
mod plain;
mod scene;
#[path = "../../src/test_data.rs"]
mod test_data;
mod trace;

pub(crate) use case::Case;
pub(crate) use code::{Code, op};
pub(crate) use compare::{Engines, Serial, WORKERS, Way, access_sets, assert_same};
pub(crate) use content::{Content, content};
pub(crate) use held::Held;
pub(crate) use plain::assert_like_plain;
pub(crate) use scene::{Checked, Message, Scene, authorization, ether};
pub(crate) use test_data::path as data;
pub(crate) use trace::{Trace, trace};
