//! Speak Ethereum JSON-RPC.
//!
//! ```text
//!  HTTP ┐                                                     ┌ at once, on the reactor ┐
//!  WebSocket ├─▶ body ─▶ requests ─▶ method table ─▶ arguments ─┤                         ├─▶ Backend
//!  socket file ┘   limits   JSON-RPC 2.0   what this transport has  └ on a bounded pool ──────┘
//! ```
//!
//! The node behind is a [`Backend`]; this room knows neither an executor nor a store. It owns the protocol: transports,
//! limits, errors, the forms of JSON, filters and subscriptions. [`Server::start`] puts it on the network.
//!
//! Read [`limits`] for every bound, [`RpcError`] for every code, [`methods::all`] for every method.

pub mod backend;
pub mod error;
pub mod limits;
pub mod methods;

mod config;
mod context;
mod convert;
mod dispatch;
mod filters;
mod observer;
mod params;
mod request;
mod server;
mod session;
mod subscription;

pub use backend::Backend;
pub use config::{Config, Namespace, Namespaces, UnknownNamespace};
pub use convert::{RpcBlock, RpcReceipt, RpcTransaction};
pub use dispatch::Dispatcher;
pub use error::RpcError;
pub use observer::Observer;
pub use server::{Places, Port, Server, ServerError};
pub use session::Session;
