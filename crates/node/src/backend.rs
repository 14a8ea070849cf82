//! What an RPC server asks of a node, one file for each concern.

mod access;
mod chain;
mod execution;
mod forks;
mod maintenance;
mod pool;
mod state;
mod trace;

use crate::Chain;
use rpc::{
    Backend,
    backend::{Accounts, Dev, EventHub},
};

impl Backend for Chain {
    fn events(&self) -> &EventHub {
        &self.events
    }

    fn client_version(&self) -> String {
        let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
        format!("parallax/v{}/{system}-{machine}", env!("CARGO_PKG_VERSION"))
    }

    fn accounts(&self) -> Option<&dyn Accounts> {
        Some(self)
    }

    fn dev(&self) -> Option<&dyn Dev> {
        Some(self)
    }
}
