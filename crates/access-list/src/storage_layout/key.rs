//! Keys of mappings as their types write them.

use primitives::{Address, U256, alloy_primitives::hex};

/// Characters of a text key that are shown, at most.
const TEXT_MAX: usize = 64;

/// What was hashed before the slot, as the type of the key has it. `None` if it cannot be such a key.
pub(super) fn text(kind: &str, bytes: &[u8]) -> Option<String> {
    if kind.starts_with("t_string") {
        return Some(quoted(std::str::from_utf8(bytes).ok()?));
    }
    if kind.starts_with("t_bytes_") {
        return Some(hex::encode_prefixed(bytes));
    }
    let word: [u8; 32] = bytes.try_into().ok()?;
    let number = U256::from_be_bytes(word);
    if kind.starts_with("t_address") || kind.starts_with("t_contract(") {
        let is_short = word.iter().take(12).all(|byte| *byte == 0);
        return is_short.then(|| Address::from_slice(&word[12..]).to_string());
    }
    if kind == "t_bool" {
        return [(U256::ZERO, "false"), (U256::ONE, "true")]
            .into_iter()
            .find(|(value, _)| *value == number)
            .map(|(_, text)| text.to_owned());
    }
    if let Some(bits) = bits(kind, "t_uint") {
        return (number.bit_len() <= bits).then(|| number.to_string());
    }
    if bits(kind, "t_int").is_some() {
        let negative = number.bit(255);
        return Some(if negative { format!("-{}", number.wrapping_neg()) } else { number.to_string() });
    }
    if let Some(length) = kind.strip_prefix("t_bytes").and_then(|digits| digits.parse::<usize>().ok()) {
        let (shown, rest) = word.split_at(length.min(32));
        return rest.iter().all(|byte| *byte == 0).then(|| hex::encode_prefixed(shown));
    }
    if kind.starts_with("t_enum(") {
        return (number.bit_len() <= 8).then(|| number.to_string());
    }
    Some(format!("{number:#x}"))
}

fn bits(kind: &str, prefix: &str) -> Option<usize> {
    kind.strip_prefix(prefix)?.parse().ok()
}

fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(TEXT_MAX).flat_map(char::escape_debug).collect();
    let more = if text.chars().count() > TEXT_MAX { "…" } else { "" };
    format!("\"{shown}{more}\"")
}
