//! Hold pending transactions and offer them with their access hints.
//!
//! ```text
//!  Incoming ──▶ Pool::add ──▶ pending   nonces without a gap that the balance pays for ──▶ Pool::best ──▶ builder
//!  (recovered)      │           ▲ │                                                            │
//!                   │           │ ▼                                                            │ ▲
//!                   └────────▶ queued    a gap, or not enough funds, until that changes        ▼ │ AccessHint
//!                               │                                                           HintTable
//!  Pool::on_block ──────────────┴──▶ Event values: added, promoted, demoted, replaced, dropped, mined
//! ```
//!
//! Law: a transaction is *pending* exactly if every nonce from its sender's next one up to its own is held and the
//! sender's balance covers the greatest cost of them all together; every pending transaction is offered by
//! [`Pool::best`] in nonce order as long as it pays the base fee; and nothing leaves without an [`Event`].
//!
//! A [`Pool`] has one owner, who wraps it in a lock. It has no clock (time is an argument), no thread, no randomness:
//! the same calls give the same answers. What costs much and needs no pool — recovering a signer, verifying blob
//! proofs — is done before, outside of the lock: see [`Incoming`]. What earlier calls of the same function touched is kept
//! beside it, in a [`HintTable`]. It knows no network and executes nothing.

mod best;
mod error;
mod event;
mod head;
mod hint_table;
mod incoming;
mod index;
mod intrinsic_gas;
mod limits;
mod pool;
mod pooled;
mod price_index;
mod sender;
mod validation;

pub use best::{Best, Offer};
pub use error::{AddError, Overdraft, SidecarError};
pub use event::{DropReason, Event, EventKind};
pub use head::Head;
pub use hint_table::HintTable;
pub use incoming::{Incoming, Origin, Sidecar, verify_sidecar};
pub use intrinsic_gas::{floor_data_gas, intrinsic_gas};
pub use limits::{Limits, Order};
pub use pool::{Added, BlockUpdate, Content, Pool, Status};
pub use pooled::Pooled;
