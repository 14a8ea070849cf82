//! Every method, declared once.
//!
//! Each module below holds one table, and [`all`] is the tables together. What a transport offers, what `rpc_modules`
//! answers and the list in the documentation are read off it. A line says: the names, how it runs, how many arguments
//! it takes at most, and what carries it out.
//!
//! ```text
//! "eth_call" => Pool(4) eth_call::call;      costly: on the pool of threads, with a budget
//! "eth_chainId" => Now(0) eth_chain::id;     cheap: at once, on the reactor
//! "eth_getCode" => Read(2) eth_state::code;  cheap, but for the pending block
//! ```

mod admin;
mod conflict_tracer;
mod debug;
mod dev;
mod dev_blob;
mod dev_mine;
mod dev_token;
mod eth_account;
mod eth_call;
mod eth_chain;
mod eth_fee;
mod eth_filter;
mod eth_pool;
mod eth_sign;
mod eth_state;
mod net;
mod ots;
mod parallax;
mod testing;
mod trace;
mod txpool;

use crate::{Backend, Namespace, Namespaces, RpcError, context::Call, dispatch::write, params::Params};

pub(crate) use eth_filter::LogFilter;
pub(crate) use eth_pool::submit_and_wait;

/// Carries out a request and appends its result.
pub(crate) type Handler = fn(&Call<'_>, &mut Params<'_>, &mut Vec<u8>) -> Result<(), RpcError>;

/// A method.
#[derive(Debug)]
pub struct Method {
    /// Its names; the first is the usual one.
    pub names: &'static [&'static str],
    /// Where it belongs.
    pub namespace: Namespace,
    /// The most arguments that it takes.
    pub arity: usize,
    pub(crate) run: Run,
}

/// How a method runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Run {
    /// At once.
    Now(Handler),
    /// At once; on the pool of threads where the pending block is named, for that may have to be built first.
    Read(Handler),
    /// On the pool of threads.
    Pool(Handler),
    /// Submits, then waits for the receipt.
    Submit,
    /// Changes the connection's subscriptions.
    Subscribe,
    /// Changes the connection's subscriptions.
    Unsubscribe,
}

impl Method {
    /// Whether it is costly and runs on the pool of threads.
    pub const fn is_costly(&self) -> bool {
        matches!(self.run, Run::Pool(_))
    }
}

/// A table of methods of one namespace.
macro_rules! methods {
    ($namespace:ident { $($line:tt)* }) => { $crate::methods::methods!(METHODS: $namespace { $($line)* }); };
    ($table:ident: $namespace:ident { $($($name:literal)|+ => $run:ident($arity:literal) $handler:path;)* }) => {
        pub(in crate::methods) const $table: &[$crate::methods::Method] = &[$(
            $crate::methods::Method {
                names: &[$($name),+],
                namespace: $crate::Namespace::$namespace,
                arity: $arity,
                run: $crate::methods::Run::$run(|call, params, out| {
                    $crate::methods::answer(out, $handler(call, params))
                }),
            },
        )*];
    };
}
use methods;

/// The end of every handler: what it gives back is written as the result.
fn answer<T: serde::Serialize>(out: &mut Vec<u8>, result: Result<T, RpcError>) -> Result<(), RpcError> {
    write(out, &result?)
}

/// The three methods that are more than a function of their arguments.
const CONNECTION: &[Method] = &[
    Method { names: &["eth_sendRawTransactionSync"], namespace: Namespace::Eth, arity: 2, run: Run::Submit },
    Method { names: &["eth_subscribe"], namespace: Namespace::Eth, arity: 2, run: Run::Subscribe },
    Method { names: &["eth_unsubscribe"], namespace: Namespace::Eth, arity: 1, run: Run::Unsubscribe },
];

const TABLES: &[&[Method]] = &[
    CONNECTION,
    eth_chain::METHODS,
    eth_state::METHODS,
    eth_call::METHODS,
    eth_fee::METHODS,
    eth_pool::METHODS,
    eth_filter::METHODS,
    eth_account::METHODS,
    eth_sign::METHODS,
    net::NET,
    net::WEB3,
    net::RPC,
    txpool::METHODS,
    admin::METHODS,
    debug::METHODS,
    trace::METHODS,
    ots::METHODS,
    ots::BY_NONCE,
    parallax::METHODS,
    dev::METHODS,
    dev_blob::METHODS,
    dev_mine::METHODS,
    dev_token::METHODS,
    testing::METHODS,
];

/// Every method there is.
pub fn all() -> impl Iterator<Item = &'static Method> {
    TABLES.iter().copied().flatten()
}

/// Whether a method exists on this node and over this transport.
pub(crate) fn is_offered(method: &Method, backend: &dyn Backend, namespaces: Namespaces, dev: bool) -> bool {
    let possible = match method.namespace {
        Namespace::Personal => dev && backend.accounts().is_some(),
        Namespace::Dev => dev && backend.dev().is_some(),
        _ => true,
    };
    possible && namespaces.contains(method.namespace)
}

/// A position in a list: a plain number, or a quantity in hexadecimal.
#[derive(Clone, Copy, Debug)]
struct Position(usize);

impl<'de> serde::Deserialize<'de> for Position {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = primitives::alloy_primitives::U64::deserialize(deserializer)?;
        usize::try_from(number.to::<u64>()).map(Self).map_err(serde::de::Error::custom)
    }
}
