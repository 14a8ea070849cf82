//! What the long tests of the engine share: blocks with their states, and every way of executing them compared.

#![allow(dead_code, unused_imports, reason = "each test uses a part")]

mod case;
mod code;
mod compare;
mod content;
mod data;
mod held;
mod plain;
mod scene;
mod trace;

pub(crate) use case::Case;
pub(crate) use code::{Code, op};
pub(crate) use compare::{Engines, Serial, WORKERS, access_sets, assert_same};
pub(crate) use content::{Content, content};
pub(crate) use data::data;
pub(crate) use held::Held;
pub(crate) use plain::assert_like_plain;
pub(crate) use scene::{Checked, Message, Scene, authorization, ether};
pub(crate) use trace::{Trace, trace};
