//! The node itself, and the list of what it offers.

use std::collections::BTreeMap;

use primitives::{B256, Bytes, alloy_primitives::U64, keccak256};

use super::{is_offered, methods};
use crate::{RpcError, context::Call, params::Params};

methods!(NET: Net {
    "net_version" => Now(0) version;
    "net_listening" => Now(0) listening;
    "net_peerCount" => Now(0) peer_count;
});

methods!(WEB3: Web3 {
    "web3_clientVersion" => Now(0) client_version;
    "web3_sha3" => Now(1) sha3;
});

methods!(RPC: Rpc {
    "rpc_modules" => Now(0) modules;
});

/// The identifier of the network, which is the chain's.
pub(super) fn version(call: &Call<'_>, _: &mut Params<'_>) -> Result<String, RpcError> {
    Ok(call.backend().chain_id().to_string())
}

fn listening(call: &Call<'_>, _: &mut Params<'_>) -> Result<bool, RpcError> {
    Ok(call.backend().listening())
}

fn peer_count(call: &Call<'_>, _: &mut Params<'_>) -> Result<U64, RpcError> {
    Ok(U64::from(call.backend().peer_count()))
}

/// Tools tell development nodes by the name before the first slash, and refuse their help to names that they do not know.
fn client_version(call: &Call<'_>, _: &mut Params<'_>) -> Result<String, RpcError> {
    let version = call.backend().client_version();
    Ok(if call.shared.dev { format!("anvil/{version}") } else { version })
}

fn sha3(_: &Call<'_>, params: &mut Params<'_>) -> Result<B256, RpcError> {
    params.required::<Bytes>().map(keccak256)
}

/// The parts of method names before the underscore, of what this transport offers.
fn modules(call: &Call<'_>, _: &mut Params<'_>) -> Result<BTreeMap<&'static str, &'static str>, RpcError> {
    let offered = super::all().filter(|it| is_offered(it, call.backend(), call.namespaces, call.shared.dev));
    let names = offered.flat_map(|method| method.names).filter_map(|name| name.split_once('_'));
    Ok(names.map(|(module, _)| (module, "1.0")).collect())
}
