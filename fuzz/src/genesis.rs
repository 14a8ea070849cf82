//! A genesis file in geth's form.

use node::GenesisFile;
use primitives::ChainSpec;

/// What is taken for a genesis gives the same rules each time, at any height and time, and the same first block.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    check_file(text);
    let Ok(spec) = ChainSpec::from_genesis_json(text) else { return };
    for (number, timestamp) in [(0, 0), (1, 1), (u64::MAX, 0), (0, u64::MAX), (u64::MAX, u64::MAX)] {
        let fork = spec.fork_at(number, timestamp);
        let params = spec.blob_params_at(timestamp);
        let again = ChainSpec::from_genesis_json(text).expect("it was read before");
        assert_eq!((fork, params), (again.fork_at(number, timestamp), again.blob_params_at(timestamp)));
    }
}

/// The whole file, as a node reads it: whatever it says, there is a first block of it and something to be said of it.
fn check_file(text: &str) {
    let Ok(file) = GenesisFile::read(text) else { return };
    let genesis = file.genesis();
    assert_eq!(Ok(&genesis.spec), ChainSpec::from_genesis_json(text).as_ref().map_err(ToString::to_string));
    assert_eq!(genesis.hash, genesis.block.header.hash_slow());
    assert_eq!((genesis.block.header.number, genesis.block.header.timestamp), (0, file.timestamp()));
    let again = GenesisFile::read(text).expect("it was read before");
    assert_eq!(again.genesis().hash, genesis.hash);
    assert_eq!(again.findings(), file.findings());
}
