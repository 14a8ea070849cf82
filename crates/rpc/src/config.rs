//! What is offered where, and to whom.

use crate::Observer;
use std::{fmt, net::SocketAddr, path::PathBuf, str::FromStr, sync::Arc};

/// A group of methods, as in the part of their names before the underscore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Namespace {
    /// `eth_`.
    Eth,
    /// `net_`.
    Net,
    /// `web3_`.
    Web3,
    /// `rpc_`.
    Rpc,
    /// `txpool_`.
    Txpool,
    /// `debug_`.
    Debug,
    /// `trace_`.
    Trace,
    /// `ots_` and `erigon_`.
    Ots,
    /// `parallax_`.
    Parallax,
    /// `personal_`, and the methods of `eth_` that sign with keys of the node.
    Personal,
    /// `evm_`, `anvil_`, `hardhat_`, `testing_`.
    Dev,
    /// `admin_`; over the socket file only.
    Admin,
}

/// A set of namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Namespaces(u16);

/// A name that is no namespace's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown namespace {0:?}: expected one of eth, net, web3, rpc, txpool, debug, trace, ots, parallax, personal, dev, admin"
)]
pub struct UnknownNamespace(String);

/// How the server is set up. Everything else is a constant of [`crate::limits`].
#[derive(Clone, Debug)]
pub struct Config {
    /// Where HTTP and WebSocket listen, both on this one port. Port 0 takes a free one.
    pub http: Option<SocketAddr>,
    /// What HTTP and WebSocket offer; [`Namespace::Admin`] never.
    pub http_namespaces: Namespaces,
    /// The socket file, made with permission for its owner only. A file that is there and no socket is an error.
    pub ipc: Option<PathBuf>,
    /// What the socket file offers.
    pub ipc_namespaces: Namespaces,
    /// Names by which a browser may reach the server, besides `localhost` and every IP address: others answer 403,
    /// so that no page can rebind its own name to this machine. `*` allows all.
    pub hosts: Vec<String>,
    /// Origins whose pages may talk to the server, besides the server's own. `*` allows all.
    pub origins: Vec<String>,
    /// Open connections of all transports together; others are closed at once, without an answer.
    pub connections_max: usize,
    /// Costly calls that run together; others wait for them.
    pub costly_calls_max: usize,
    /// Whether this is a development node: without it the methods of [`Namespace::Personal`] and [`Namespace::Dev`]
    /// do not exist, whatever the namespaces say.
    pub dev: bool,
    /// Makes the identifiers of filters and subscriptions hard to guess. Take it from the machine's randomness.
    pub identifier_seed: u64,
    /// Who is told of each call.
    pub observer: Option<Arc<dyn Observer>>,
}

impl Default for Config {
    /// A public node's set, listening nowhere.
    fn default() -> Self {
        Self {
            http: None,
            http_namespaces: Namespaces::PUBLIC,
            ipc: None,
            ipc_namespaces: Namespaces::ALL,
            hosts: Vec::new(),
            origins: Vec::new(),
            connections_max: crate::limits::CONNECTIONS_MAX,
            costly_calls_max: 4,
            dev: false,
            identifier_seed: 0,
            observer: None,
        }
    }
}

impl Namespace {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Eth,
        Self::Net,
        Self::Web3,
        Self::Rpc,
        Self::Txpool,
        Self::Debug,
        Self::Trace,
        Self::Ots,
        Self::Parallax,
        Self::Personal,
        Self::Dev,
        Self::Admin,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eth => "eth",
            Self::Net => "net",
            Self::Web3 => "web3",
            Self::Rpc => "rpc",
            Self::Txpool => "txpool",
            Self::Debug => "debug",
            Self::Trace => "trace",
            Self::Ots => "ots",
            Self::Parallax => "parallax",
            Self::Personal => "personal",
            Self::Dev => "dev",
            Self::Admin => "admin",
        }
    }

    /// Whether it exists on development nodes only.
    pub const fn is_dev_only(self) -> bool {
        matches!(self, Self::Personal | Self::Dev)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl Namespaces {
    /// Everything. What is for development nodes only still needs one.
    pub const ALL: Self = Self((1 << Namespace::ALL.len()) - 1);

    /// What a stranger may use: `eth`, `net`, `web3`, `rpc`, `parallax`.
    pub const PUBLIC: Self = Self(
        Namespace::Eth.bit()
            | Namespace::Net.bit()
            | Namespace::Web3.bit()
            | Namespace::Rpc.bit()
            | Namespace::Parallax.bit(),
    );

    /// Whether a namespace is in it.
    pub const fn contains(self, namespace: Namespace) -> bool {
        self.0 & namespace.bit() != 0
    }

    /// The same set without one.
    #[must_use]
    pub const fn without(self, namespace: Namespace) -> Self {
        Self(self.0 & !namespace.bit())
    }

    /// The same set with one more.
    #[must_use]
    pub const fn with(self, namespace: Namespace) -> Self {
        Self(self.0 | namespace.bit())
    }
}

impl FromIterator<Namespace> for Namespaces {
    fn from_iter<I: IntoIterator<Item = Namespace>>(namespaces: I) -> Self {
        namespaces.into_iter().fold(Self(0), Self::with)
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Namespace {
    type Err = UnknownNamespace;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|it| it.name() == text).ok_or_else(|| UnknownNamespace(text.to_owned()))
    }
}
