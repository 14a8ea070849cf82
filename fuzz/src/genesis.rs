//! A genesis file in geth's form.

use primitives::ChainSpec;

/// What is taken for a genesis gives the same rules each time, at any height and time.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(spec) = ChainSpec::from_genesis_json(text) else { return };
    for (number, timestamp) in [(0, 0), (1, 1), (u64::MAX, 0), (0, u64::MAX), (u64::MAX, u64::MAX)] {
        let fork = spec.fork_at(number, timestamp);
        let params = spec.blob_params_at(timestamp);
        let again = ChainSpec::from_genesis_json(text).expect("it was read before");
        assert_eq!((fork, params), (again.fork_at(number, timestamp), again.blob_params_at(timestamp)));
    }
}
