//! The `crypto` object of a keystore, version 3.
//!
//! ```text
//!  password, salt ──scrypt──▶ 32 bytes ─┬─ first 16: AES-128-CTR over the secret ──▶ ciphertext
//!                                       └─ last 16, ciphertext ──Keccak-256──▶ mac
//! ```
//!
//! What is opened may come from anybody: the work that a file may ask for is bounded. Files whose key comes from PBKDF2
//! are not opened; no client writes them any more.

use aes::cipher::{KeyIvInit, StreamCipher};
use primitives::{alloy_primitives::hex, keccak256};
use scrypt::Params;
use serde_json::{Value, json};

/// The base-2 logarithm of the work: 2^17 times 1 KiB, half a second or so.
const WORK_LOG: u8 = 17;
const BLOCK: u32 = 8;
/// The most memory that a file may ask for: 1 GiB.
const MEMORY_MAX: u64 = 1 << 30;

type Aes128Ctr = ctr::Ctr128BE<aes::Aes128>;

/// Encrypts a secret.
pub(super) fn seal(secret: &[u8], password: &[u8], salt: [u8; 32], iv: [u8; 16]) -> Result<Value, String> {
    let key = derive(password, &salt, WORK_LOG, BLOCK, 1)?;
    let ciphertext = encrypt(&key, &iv, secret);
    Ok(json!({
        "cipher": "aes-128-ctr",
        "cipherparams": { "iv": hex::encode(iv) },
        "ciphertext": hex::encode(&ciphertext),
        "kdf": "scrypt",
        "kdfparams": { "dklen": 32, "n": 1_u64 << WORK_LOG, "p": 1, "r": BLOCK, "salt": hex::encode(salt) },
        "mac": hex::encode(mac(&key, &ciphertext)),
    }))
}

/// Decrypts it again.
pub(super) fn open(crypto: &Value, password: &[u8]) -> Result<Vec<u8>, String> {
    if crypto["cipher"] != "aes-128-ctr" || crypto["kdf"] != "scrypt" {
        return Err("expected aes-128-ctr and scrypt".to_owned());
    }
    let bytes = |value: &Value, name: &str| {
        value[name].as_str().and_then(|digits| hex::decode(digits).ok()).ok_or_else(|| format!("`{name}` is no hex"))
    };
    let params = &crypto["kdfparams"];
    let number = |name: &str| params[name].as_u64().ok_or_else(|| format!("`{name}` is no number"));
    let (n, r, p) = (number("n")?, number("r")?, number("p")?);
    let memory = n.saturating_mul(r).saturating_mul(128).saturating_mul(p);
    if !n.is_power_of_two() || memory > MEMORY_MAX || number("dklen")? != 32 {
        return Err("the parameters of scrypt are out of bounds".to_owned());
    }
    let small = |number: u64| u32::try_from(number).map_err(|_| "a parameter of scrypt is out of bounds".to_owned());
    let log = u8::try_from(n.ilog2()).unwrap_or(u8::MAX);
    let key = derive(password, &bytes(params, "salt")?, log, small(r)?, small(p)?)?;
    let ciphertext = bytes(crypto, "ciphertext")?;
    if bytes(crypto, "mac")? != mac(&key, &ciphertext) {
        return Err("wrong password".to_owned());
    }
    let iv: [u8; 16] = bytes(&crypto["cipherparams"], "iv")?.try_into().map_err(|_| "`iv` has not 16 bytes")?;
    Ok(encrypt(&key, &iv, &ciphertext))
}

fn derive(password: &[u8], salt: &[u8], log_n: u8, r: u32, p: u32) -> Result<[u8; 32], String> {
    let params = Params::new(log_n, r, p, 32).map_err(|_| "the parameters of scrypt are out of bounds".to_owned())?;
    let mut key = [0; 32];
    scrypt::scrypt(password, salt, &params, &mut key).map_err(|error| error.to_string())?;
    Ok(key)
}

/// The stream is added, so this decrypts as well.
fn encrypt(key: &[u8; 32], iv: &[u8; 16], text: &[u8]) -> Vec<u8> {
    let mut key16 = [0; 16];
    key16.copy_from_slice(&key[..16]);
    let mut out = text.to_vec();
    Aes128Ctr::new(&key16.into(), iv.into()).apply_keystream(&mut out);
    out
}

fn mac(key: &[u8; 32], ciphertext: &[u8]) -> Vec<u8> {
    keccak256([&key[16..], ciphertext].concat()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by cast 1.7.1.
    #[test]
    fn what_another_program_wrote_opens() {
        let crypto = json!({
            "cipher": "aes-128-ctr",
            "cipherparams": { "iv": "b36a820fd83785fbcf041fd938887e51" },
            "ciphertext": "aa55767287ab27367854b75b415bf14cfa049d337619adefa6b805be99235d79",
            "kdf": "scrypt",
            "kdfparams": { "dklen": 32, "n": 8192, "p": 1, "r": 8,
                "salt": "c48d2a5f580e6dc2c0365076e7f491d713b23930ce3a48a8151efa57180c8517" },
            "mac": "44c966ffb42a7649830ad6ef1b90459719bfc0c445c5dde4d16e74608dbeb348",
        });
        let secret = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";
        assert_eq!(hex::encode(open(&crypto, b"testpassword").unwrap()), secret);
        assert_eq!(open(&crypto, b"another").unwrap_err(), "wrong password");
    }

    /// RFC 7914 wants N below 2^(16 r). The example in the format's description has N = 2^18 with r = 1.
    #[test]
    fn more_work_than_the_block_size_allows_is_refused() {
        let mut crypto = seal(&[1; 32], b"p", [2; 32], [3; 16]).unwrap();
        crypto["kdfparams"]["r"] = 1.into();
        assert!(open(&crypto, b"p").unwrap_err().contains("out of bounds"));
    }

    #[test]
    fn what_asks_for_too_much_is_refused_before_any_work() {
        let sealed = seal(&[1; 32], b"p", [2; 32], [3; 16]).unwrap();
        assert_eq!(open(&sealed, b"p").unwrap(), [1; 32]);
        for (name, value) in [("n", 1_u64 << 60), ("r", 1 << 40), ("p", u64::MAX), ("n", 3), ("n", 0), ("dklen", 64)] {
            let mut greedy = sealed.clone();
            greedy["kdfparams"][name] = value.into();
            assert!(open(&greedy, b"p").unwrap_err().contains("out of bounds"), "{name} {value}");
        }
        for name in ["cipher", "kdf", "mac", "ciphertext", "cipherparams", "kdfparams"] {
            let mut broken = sealed.clone();
            broken[name] = Value::Null;
            assert!(open(&broken, b"p").is_err(), "{name}");
        }
    }
}
