//! The gas that a transaction costs before anything of it runs.

use revm::{
    context::{CfgEnv, TxEnv},
    context_interface::Cfg,
    interpreter::InitialAndFloorGas,
};

/// As revm has it, for what is most frequent: a call that carries data and nothing else, with enough gas. `None` for all
/// others, which are left to revm. That counts the zeros of call data twice and one by one, which is more work than many
/// calls are.
pub(crate) fn of_plain_call(tx: &TxEnv, cfg: &CfgEnv) -> Option<InitialAndFloorGas> {
    let is_plain = tx.kind.is_call() && tx.access_list.is_empty() && tx.authorization_list.is_empty();
    if !is_plain || cfg.is_amsterdam_eip2780_enabled() || cfg.is_amsterdam_eip8037_enabled() {
        return None;
    }
    let params = cfg.gas_params();
    let (bytes, zeros) = (tx.data.len() as u64, zeros(&tx.data));
    let tokens_of_byte = params.tx_token_non_zero_byte_multiplier();
    let tokens = zeros + (bytes - zeros) * tokens_of_byte;
    let initial = params.tx_base_stipend() + tokens * params.tx_token_cost();
    let floor_tokens =
        if params.tx_floor_token_zero_byte_multiplier() == tokens_of_byte { bytes * tokens_of_byte } else { tokens };
    let floor = if cfg.is_eip7623_disabled() { 0 } else { params.tx_floor_cost_with_tokens(floor_tokens) };
    (initial.max(floor) <= tx.gas_limit).then(|| InitialAndFloorGas::new(initial, floor))
}

/// How many bytes are zero. Sums of bytes, since many of those are added at a time.
fn zeros(data: &[u8]) -> u64 {
    let some = data.chunks(usize::from(u8::MAX));
    some.map(|some| u64::from(some.iter().map(|byte| u8::from(*byte == 0)).sum::<u8>())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::Address;
    use revm::{
        handler::validation::validate_initial_tx_gas_with_gas_params,
        primitives::{TxKind, hardfork::SpecId},
    };

    #[test]
    fn is_what_revm_asks_for_under_all_rules() {
        let data: Vec<u8> = (0..2_000_u32).map(|at| (at * at % 7) as u8).collect();
        let specs =
            [SpecId::FRONTIER, SpecId::HOMESTEAD, SpecId::ISTANBUL, SpecId::SHANGHAI, SpecId::PRAGUE, SpecId::OSAKA];
        let mut found = 0;
        for spec in specs {
            for len in [0, 1, 4, 68, 254, 255, 256, 511, 2_000] {
                for gas_limit in [20_000, 21_000, 22_000, 30_000, 200_000] {
                    let cfg = CfgEnv::new_with_spec_and_gas_params(
                        spec,
                        revm::context_interface::cfg::GasParams::new_spec(spec),
                    );
                    let tx = TxEnv {
                        kind: TxKind::Call(Address::ZERO),
                        data: data[..len].to_vec().into(),
                        gas_limit,
                        ..TxEnv::default()
                    };
                    let theirs = validate_initial_tx_gas_with_gas_params(
                        &tx,
                        spec,
                        cfg.gas_params(),
                        cfg.is_eip7623_disabled(),
                        cfg.is_amsterdam_eip8037_enabled(),
                        cfg.tx_gas_limit_cap(),
                        None,
                    );
                    if let Some(ours) = of_plain_call(&tx, &cfg) {
                        assert_eq!(Ok(ours), theirs, "{spec:?} {len} {gas_limit}");
                        found += 1;
                    }
                }
            }
        }
        assert!(found > 100, "most have enough gas: {found}");
    }
}
