//! The name of one piece of state that transactions can share.

use std::{cmp::Ordering, fmt, str::FromStr};

use primitives::{Address, U256};

/// One piece of state, by its full key and never by a hash of it.
///
/// Keys are ordered by address, so that what belongs to one account stands together. In text:
/// `0x…:balance`, `0x…:nonce`, `0x…:code`, `0x…:existence`, `0x…[0x1]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StateKey {
    /// The balance of an account.
    Balance(Address),
    /// The nonce of an account.
    Nonce(Address),
    /// The code of an account, a delegation (EIP-7702) included.
    Code(Address),
    /// Whether the account exists and whether it is empty (EIP-161). A call sees it; creating or removing the account
    /// changes it, and so does wiping its storage.
    Existence(Address),
    /// One storage slot of an account.
    Slot(Address, U256),
}

/// Why a text is not a state key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseStateKeyError {
    /// Neither `:field` nor `[slot]` follows the address.
    #[error("expected ADDRESS:balance, ADDRESS:nonce, ADDRESS:code, ADDRESS:existence or ADDRESS[SLOT], got {0:?}")]
    Form(String),
    /// The part before is not an address.
    #[error("not an address: {0:?}")]
    Address(String),
    /// The name after the colon is unknown.
    #[error("unknown field {0:?}: expected balance, nonce, code or existence")]
    Field(String),
    /// The part in brackets is not a number of 256 bits.
    #[error("not a slot: {0:?}")]
    Slot(String),
}

impl StateKey {
    /// The account that the key belongs to.
    pub const fn address(&self) -> Address {
        match *self {
            Self::Balance(address)
            | Self::Nonce(address)
            | Self::Code(address)
            | Self::Existence(address)
            | Self::Slot(address, _) => address,
        }
    }

    /// What of the account it is: the kind's rank and the slot.
    const fn field(&self) -> (u8, U256) {
        match *self {
            Self::Balance(_) => (0, U256::ZERO),
            Self::Nonce(_) => (1, U256::ZERO),
            Self::Code(_) => (2, U256::ZERO),
            Self::Existence(_) => (3, U256::ZERO),
            Self::Slot(_, slot) => (4, slot),
        }
    }
}

impl Ord for StateKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.address().cmp(&other.address()).then_with(|| self.field().cmp(&other.field()))
    }
}

impl PartialOrd for StateKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for StateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Balance(address) => write!(f, "{address}:balance"),
            Self::Nonce(address) => write!(f, "{address}:nonce"),
            Self::Code(address) => write!(f, "{address}:code"),
            Self::Existence(address) => write!(f, "{address}:existence"),
            Self::Slot(address, slot) => write!(f, "{address}[{slot:#x}]"),
        }
    }
}

impl FromStr for StateKey {
    type Err = ParseStateKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Some((address, slot)) = text.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
            return Ok(Self::Slot(parse_address(address)?, parse_slot(slot)?));
        }
        let (address, field) = text.split_once(':').ok_or_else(|| ParseStateKeyError::Form(text.to_owned()))?;
        let address = parse_address(address)?;
        match field {
            "balance" => Ok(Self::Balance(address)),
            "nonce" => Ok(Self::Nonce(address)),
            "code" => Ok(Self::Code(address)),
            "existence" => Ok(Self::Existence(address)),
            _ => Err(ParseStateKeyError::Field(field.to_owned())),
        }
    }
}

fn parse_address(text: &str) -> Result<Address, ParseStateKeyError> {
    text.parse().map_err(|_| ParseStateKeyError::Address(text.to_owned()))
}

fn parse_slot(text: &str) -> Result<U256, ParseStateKeyError> {
    let digits = text.strip_prefix("0x").map_or((text, 10), |digits| (digits, 16));
    if digits.0.is_empty() || !digits.0.chars().all(|digit| digit.is_digit(digits.1)) {
        return Err(ParseStateKeyError::Slot(text.to_owned()));
    }
    U256::from_str_radix(digits.0, u64::from(digits.1)).map_err(|_| ParseStateKeyError::Slot(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &Result<StateKey, ParseStateKeyError>) {
        assert_eq!(&text.parse(), expected);
        if let Ok(key) = expected {
            assert_eq!(&key.to_string().parse(), expected, "Display and FromStr are inverse");
        }
    }

    #[test]
    fn texts_name_keys() {
        let address = Address::repeat_byte(0xab);
        let hex = "0xabababababababababababababababababababab";
        check(&format!("{hex}:balance"), &Ok(StateKey::Balance(address)));
        check(&format!("{hex}:nonce"), &Ok(StateKey::Nonce(address)));
        check(&format!(" {hex}:code\n"), &Ok(StateKey::Code(address)));
        check(&format!("{hex}:existence"), &Ok(StateKey::Existence(address)));
        check(&format!("{hex}[0x1]"), &Ok(StateKey::Slot(address, U256::ONE)));
        check(&format!("{hex}[17]"), &Ok(StateKey::Slot(address, U256::from(17))));
        check(&format!("{hex}[0x{}]", "f".repeat(64)), &Ok(StateKey::Slot(address, U256::MAX)));
    }

    #[test]
    fn other_texts_are_refused() {
        let hex = "0xabababababababababababababababababababab";
        let slot = |text: &str| Err(ParseStateKeyError::Slot(text.to_owned()));
        check("", &Err(ParseStateKeyError::Form(String::new())));
        check(hex, &Err(ParseStateKeyError::Form(hex.to_owned())));
        check("0xab:code", &Err(ParseStateKeyError::Address("0xab".to_owned())));
        check(&format!("{hex}:storage"), &Err(ParseStateKeyError::Field("storage".to_owned())));
        check(&format!("{hex}[]"), &slot(""));
        check(&format!("{hex}[0x]"), &slot("0x"));
        check(&format!("{hex}[1_0]"), &slot("1_0"));
        let long = format!("0x1{}", "0".repeat(64));
        check(&format!("{hex}[{long}]"), &slot(&long));
    }

    #[test]
    fn keys_of_one_account_stand_together() {
        let (one, two) = (Address::with_last_byte(1), Address::with_last_byte(2));
        let mut keys = [
            StateKey::Balance(two),
            StateKey::Slot(one, U256::MAX),
            StateKey::Slot(one, U256::ZERO),
            StateKey::Nonce(one),
        ];
        keys.sort();
        assert_eq!(keys.map(|key| key.address()), [one, one, one, two]);
        assert_eq!(keys[1], StateKey::Slot(one, U256::ZERO));
    }
}
