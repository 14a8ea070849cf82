//! What the machine's owner asks of the node itself. Over the socket file only, whatever the namespaces of HTTP say.

use std::path::Path;

use serde_json::{Value, json};

use super::methods;
use crate::{
    RpcError,
    backend::Snapshot,
    context::Call,
    error::NOT_SUPPORTED,
    params::{Json, Params},
};

methods!(Admin {
    "admin_nodeInfo" => Now(0) node_info;
    "admin_peers" => Now(0) peers;
    "admin_addPeer" => Now(1) change_peer;
    "admin_removePeer" => Now(1) change_peer;
    "admin_createSnapshot" => Pool(1) create_snapshot;
});

/// geth's form, without what belongs to its network: there is none here.
fn node_info(call: &Call<'_>, _: &mut Params<'_>) -> Result<Value, RpcError> {
    let (backend, head) = (call.backend(), call.backend().head());
    let genesis = call.block_at(0)?.map(|block| block.hash);
    Ok(json!({
        "name": backend.client_version(),
        "ports": { "discovery": 0, "listener": 0 },
        "protocols": { "eth": { "network": backend.chain_id(), "genesis": genesis, "head": head.hash } },
    }))
}

fn peers(_: &Call<'_>, _: &mut Params<'_>) -> Result<[(); 0], RpcError> {
    Ok([])
}

fn change_peer(_: &Call<'_>, params: &mut Params<'_>) -> Result<bool, RpcError> {
    params.required::<Json<String>>()?;
    Err(RpcError::new(NOT_SUPPORTED, "method not supported: this node has no network"))
}

/// All of the chain in one file on this machine, made while blocks go on. The path is absolute: the caller does not know
/// in which folder this process works.
fn create_snapshot(call: &Call<'_>, params: &mut Params<'_>) -> Result<Snapshot, RpcError> {
    let Json(file) = params.required::<Json<String>>()?;
    let file = Path::new(&file);
    if !file.is_absolute() {
        return Err(RpcError::invalid_params("the path of a snapshot has to be absolute"));
    }
    call.backend().create_snapshot(file)
}
