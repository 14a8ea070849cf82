//! Blob gas: how much there may be, and the excess that prices it (EIP-4844, 7691, 7892, 7918).

use primitives::{
    Header, U256,
    alloy_eips::{eip4844::DATA_GAS_PER_BLOB, eip7840::BlobParams},
};

/// The excess blob gas of a block whose blobs follow `params`, after `parent`.
///
/// From Osaka on the excess does not fall while blobs cost less than the gas that carries them (EIP-7918); earlier
/// parameters have a carrying cost of nothing, so one formula serves both. The price is asked under the block's own
/// parameters, not the parent's.
pub fn excess_blob_gas(params: &BlobParams, parent: &Header) -> u64 {
    let excess = parent.excess_blob_gas.unwrap_or_default();
    let used = parent.blob_gas_used.unwrap_or_default();
    let sum = excess.saturating_add(used);
    let target = params.target_blob_count.saturating_mul(DATA_GAS_PER_BLOB);
    if sum < target {
        return 0;
    }
    let carrying = U256::from(params.blob_base_cost) * U256::from(parent.base_fee_per_gas.unwrap_or_default());
    // Parameters without a fraction state no price; the formula divides by it.
    let blob = if params.update_fraction == 0 { u128::MAX } else { params.calc_blob_fee(excess) };
    if carrying > U256::from(DATA_GAS_PER_BLOB) * U256::from(blob) {
        let above = params.max_blob_count.saturating_sub(params.target_blob_count);
        let scaled = (u128::from(used) * u128::from(above)).checked_div(u128::from(params.max_blob_count));
        return excess.saturating_add(scaled.and_then(|scaled| scaled.try_into().ok()).unwrap_or(u64::MAX));
    }
    sum - target
}

/// How many blobs make this blob gas; `None` if no number of blobs does.
pub(super) fn blobs(gas: u64) -> Option<u64> {
    gas.is_multiple_of(DATA_GAS_PER_BLOB).then_some(gas / DATA_GAS_PER_BLOB)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOB: u64 = DATA_GAS_PER_BLOB;

    fn check(params: BlobParams, base_fee: u64, (excess, used): (u64, u64), expected: u64) {
        let parent = Header {
            excess_blob_gas: Some(excess),
            blob_gas_used: Some(used),
            base_fee_per_gas: Some(base_fee),
            ..Header::default()
        };
        assert_eq!(excess_blob_gas(&params, &parent), expected, "{params:?} {base_fee} {excess} {used}");
    }

    #[test]
    fn excess_grows_above_the_target_and_falls_below() {
        for (excess, used, expected) in [
            (0, 0, 0),
            (0, 3 * BLOB, 0),
            (0, 4 * BLOB, BLOB),
            (BLOB, 2 * BLOB, 0),
            (BLOB, 3 * BLOB, BLOB),
            (5 * BLOB, 0, 2 * BLOB),
        ] {
            check(BlobParams::cancun(), u64::MAX, (excess, used), expected);
        }
        check(BlobParams::prague(), 7, (0, 9 * BLOB), 3 * BLOB);
    }

    #[test]
    fn from_osaka_on_cheap_blobs_do_not_lower_it() {
        // A blob costs 2^17 times 1 wei, carrying it 2^13 times the base fee: equal at 16 wei.
        check(BlobParams::osaka(), 16, (6 * BLOB, 0), 0);
        check(BlobParams::osaka(), 17, (6 * BLOB, 0), 6 * BLOB);
        check(BlobParams::osaka(), 17, (6 * BLOB, 6 * BLOB), 8 * BLOB);
        check(BlobParams::osaka(), 17, (0, 5 * BLOB), 0);
        check(BlobParams::bpo1(), 17, (10 * BLOB, 15 * BLOB), 15 * BLOB);
    }

    #[test]
    fn no_parent_makes_it_overflow() {
        check(BlobParams::cancun(), 0, (u64::MAX, u64::MAX), u64::MAX - 3 * BLOB);
        check(BlobParams::osaka(), u64::MAX, (1, u64::MAX), u64::MAX / 3 + 1);
        let none = BlobParams { max_blob_count: 0, target_blob_count: 0, update_fraction: 0, ..BlobParams::osaka() };
        check(none, u64::MAX, (5, 5), 10);
        let parent = Header::default();
        assert_eq!(excess_blob_gas(&BlobParams::cancun(), &parent), 0, "the first block with blobs");
    }
}
