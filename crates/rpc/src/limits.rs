//! Every bound of this room, in one place.
//!
//! A bound is the largest value that is still accepted; one more is refused with the answer named beside it.

use std::time::Duration;

/// Bytes of one request body or WebSocket message. Above: 413 on HTTP, close code 1009 on WebSocket, and on a socket
/// file -32600 before the connection closes.
pub const BODY_BYTES_MAX: usize = 5 * 1024 * 1024;

/// Requests in one batch. Above: one error -32005 for the whole batch; nothing of it is carried out.
pub const BATCH_LENGTH_MAX: usize = 1000;

/// Bytes of the answer to one body. Requests whose answers would pass it get -32005; a batch stops there.
pub const RESPONSE_BYTES_MAX: usize = 25_000_000;

/// Levels of arrays and objects in one body, the outermost counted. Above: -32700. It is the bound of the JSON reader
/// for parameters too, so that nothing passes the one and fails the other.
pub const NESTING_MAX: usize = 127;

/// Open connections of all transports together, unless the configuration says less. Above: closed at once, without an
/// answer.
pub const CONNECTIONS_MAX: usize = 500;

/// Live subscriptions of one connection. Above: -32005.
pub const SUBSCRIPTIONS_MAX: usize = 1024;

/// Events that may wait for one subscriber. Above: the connection is closed, for it has lost events.
pub const SUBSCRIBER_QUEUE_MAX: usize = 10_000;

/// Requests of one WebSocket or socket-file connection that may be under way together. Above: the connection is read
/// no further until one has been answered.
pub const IN_FLIGHT_MAX: usize = 64;

/// Time in which a client has to send the head of a request, counted from the connection or from its first byte.
pub const HEADER_TIME_MAX: Duration = Duration::from_secs(10);

/// Time between two requests after which a connection is closed.
pub const IDLE_TIME_MAX: Duration = Duration::from_secs(120);

/// Time in which a client has to send a request's body.
pub const BODY_TIME_MAX: Duration = Duration::from_secs(10);

/// Time in which a subscriber has to take a message. Above: the connection is closed.
pub const SEND_TIME_MAX: Duration = Duration::from_secs(10);

/// Silence after which a WebSocket client is pinged; twice that, and it is taken for gone.
pub const PING_TIME: Duration = Duration::from_secs(30);

/// Time given to open requests when the server shuts down.
pub const SHUTDOWN_TIME_MAX: Duration = Duration::from_secs(5);

/// Gas of one simulated call, whatever the request asks for.
pub const CALL_GAS_MAX: u64 = 50_000_000;

/// Time of one call, estimate, simulation, search or trace. Above: -32002.
pub const CALL_TIME_MAX: Duration = Duration::from_secs(5);

/// Blocks in one `eth_simulateV1`. Above: -38026.
pub const SIMULATE_BLOCKS_MAX: usize = 256;

/// Blocks that one search for logs or traces may span. Above: -32005.
pub const LOG_BLOCKS_MAX: u64 = 100_000;

/// Logs in one answer. Above: -32005.
pub const LOGS_MAX: usize = 20_000;

/// Addresses, or alternatives for one topic, in a filter. Above: -32602.
pub const FILTER_ALTERNATIVES_MAX: usize = 1000;

/// Installed filters of all clients. Above: -32005.
pub const FILTERS_MAX: usize = 10_000;

/// Time for which a filter lives without being asked for.
pub const FILTER_TIME_MAX: Duration = Duration::from_secs(300);

/// Slots in one `eth_getProof` or `eth_getStorageValues`. Above: -32602.
pub const STORAGE_KEYS_MAX: usize = 1024;

/// Blocks in one `eth_feeHistory`. More are asked for, this many are given, as Ethereum's clients do.
pub const FEE_HISTORY_BLOCKS_MAX: u64 = 1024;

/// Percentiles in one `eth_feeHistory`. Above: -32602.
pub const FEE_HISTORY_PERCENTILES_MAX: usize = 100;

/// Time for which `eth_sendRawTransactionSync` waits at most, and if the request names none (EIP-7966).
pub const SUBMIT_WAIT_MAX: Duration = Duration::from_secs(60);

/// Time for which `eth_sendRawTransactionSync` waits if the request names none (EIP-7966).
pub const SUBMIT_WAIT_DEFAULT: Duration = Duration::from_secs(2);

/// Blocks that one `parallax_getHotKeys` may span. Above: -32005.
pub const HOT_KEY_BLOCKS_MAX: u64 = 256;

/// Conflicts listed in one report; the rest is counted only.
pub const CONFLICTS_MAX: usize = 10_000;

/// Answers shorter than this are not compressed: the work would cost more than the bytes.
pub const GZIP_BYTES_MIN: usize = 4096;

/// Blocks that one development call may mine. Above: -32602.
pub const MINE_BLOCKS_MAX: u64 = 100_000;

/// Blocks that one development call may mine and be told of with their transactions. Above: -32602.
pub const MINE_DETAILED_MAX: u64 = 256;

/// Time that one development call may mine. Above: -32002, and what was made stays.
pub const MINE_TIME_MAX: Duration = Duration::from_secs(60);

/// Times that a read is tried while blocks leave the chain under it. Above: -32000, `header not found`.
pub const REORG_TRIES_MAX: usize = 100;

/// Transactions in one page of an address search. Above: this many are given.
pub const SEARCH_PAGE_MAX: usize = 25;
