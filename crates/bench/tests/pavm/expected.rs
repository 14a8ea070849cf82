//! The computations of the contracts, once more, in Rust.

use bench::workload::{Threaded, ThreadedContract, ValidatedCall};
use primitives::{B256, U256, keccak256};

/// What the functions of a contract with threads return, in words.
pub(crate) fn threaded(call: &Threaded) -> Vec<U256> {
    let text = call.text();
    let array = |items: Vec<U256>| [vec![U256::from(32), U256::from(items.len())], items].concat();
    match call.contract {
        ThreadedContract::Histogram => {
            (0..=255).map(|byte| U256::from(text.iter().filter(|other| **other == byte).count())).collect()
        }
        ThreadedContract::Substring => {
            let pattern = Threaded::pattern();
            vec![U256::from(text.windows(pattern.len()).filter(|window| *window == pattern).count())]
        }
        ThreadedContract::MatrixAdd => array((0..call.parts).map(|pair| sum(7 + pair, call.size)).collect()),
        ThreadedContract::MatrixMul => array((0..call.parts).map(|pair| product(7 + pair, call.size)).collect()),
        ThreadedContract::Genes => {
            let [mother, father, seed] = call.words()[..] else { panic!("three words") };
            array((0..call.size).map(|child| mixed(mother, father, seed + U256::from(child))).collect())
        }
        ThreadedContract::WordCount => array_of_pairs(&counted(&text)),
    }
}

/// What a call leaves under its key.
pub(crate) fn keyed(call: ValidatedCall, key: U256, before: U256) -> U256 {
    match call {
        ValidatedCall::Fibonacci(length) => {
            let step = |(current, next): (U256, U256), _| (next, current.wrapping_add(next));
            (0..length).fold((before, U256::ONE), step).0
        }
        ValidatedCall::Sort(size) => {
            let mut seed = before ^ key;
            let mut items: Vec<U256> = (0..size)
                .map(|_| {
                    let factor = U256::from(6_364_136_223_846_793_005_u64);
                    seed = seed.wrapping_mul(factor).wrapping_add(U256::from(1_442_695_040_888_963_407_u64));
                    seed >> 32
                })
                .collect();
            items.sort_unstable();
            (items[0] ^ items[items.len() / 2] ^ items[items.len() - 1]) | U256::ONE
        }
        ValidatedCall::Write(times) => before + U256::from(times),
        _ => before,
    }
}

fn packed(cells: &[U256]) -> U256 {
    let bytes: Vec<u8> = cells.iter().flat_map(|cell| cell.to_be_bytes::<32>()).collect();
    keccak256(bytes).into()
}

fn sum(seed: u64, size: u64) -> U256 {
    let matrix = |mut seed: U256| -> Vec<U256> {
        (0..size * size)
            .map(|cell| {
                seed = seed.wrapping_add(U256::from(0x9e37_79b9_7f4a_7c15_u64));
                seed.wrapping_mul(U256::from(cell + 1))
            })
            .collect()
    };
    let (a, b) = (matrix(U256::from(seed)), matrix(!U256::from(seed)));
    packed(&a.iter().zip(b).map(|(a, b)| a.wrapping_add(b)).collect::<Vec<_>>())
}

fn product(seed: u64, size: u64) -> U256 {
    let matrix = |seed: U256| -> Vec<u64> {
        (0..size * size)
            .map(|cell| {
                let hash = keccak256([seed.to_be_bytes::<32>(), U256::from(cell).to_be_bytes::<32>()].concat());
                u64::from_be_bytes(hash[24..].try_into().expect("eight bytes"))
            })
            .collect()
    };
    let (a, b) = (matrix(U256::from(seed)), matrix(!U256::from(seed)));
    let size = size as usize;
    let cell = |at: usize| {
        let (row, column) = (at / size, at % size);
        let terms = (0..size).map(|i| U256::from(a[row * size + i]) * U256::from(b[i * size + column]));
        terms.fold(U256::ZERO, U256::wrapping_add)
    };
    packed(&(0..size * size).map(cell).collect::<Vec<_>>())
}

/// Genes as numbers of five bits, by trait and place.
fn genes(word: U256) -> [[u8; 4]; 12] {
    std::array::from_fn(|of| std::array::from_fn(|place| (word >> (20 * of + 5 * place)).as_limbs()[0] as u8 & 31))
}

fn mixed(mother: U256, father: U256, seed: U256) -> U256 {
    let (mother, father) = (genes(mother), genes(father));
    let mut child = U256::ZERO;
    for (of, (mut m, mut f)) in mother.into_iter().zip(father).enumerate() {
        let die: B256 = keccak256([seed.to_be_bytes::<32>(), U256::from(of).to_be_bytes::<32>()].concat());
        // The lowest bits first.
        let bit = |at: usize| die[31 - at / 8] >> (at % 8) & 1;
        let pair = |at: usize| bit(at) | bit(at + 1) << 1;
        for place in (1..4).rev() {
            if pair(2 * place) == 0 {
                m.swap(place, place - 1);
            }
            if pair(8 + 2 * place) == 0 {
                f.swap(place, place - 1);
            }
        }
        let mut own: [u8; 4] = std::array::from_fn(|place| if bit(16 + place) == 0 { m[place] } else { f[place] });
        if m[0] == f[0] && pair(20) == 0 {
            own[0] = (7 * u16::from(m[0]) + 3) as u8 & 31;
        }
        for (place, gene) in own.into_iter().enumerate() {
            child |= U256::from(gene) << (20 * of + 5 * place);
        }
    }
    child
}

/// Words with how often they stand in a text, by order of appearance in its first half and then in its second.
fn counted(text: &[u8]) -> Vec<(Vec<u8>, u64)> {
    let mut counts: Vec<(Vec<u8>, u64)> = Vec::new();
    for word in text.split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
        // A word is cut to what a word of the machine holds.
        let word = &word[..word.len().min(32)];
        match counts.iter_mut().find(|(known, _)| known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word.to_vec(), 1)),
        }
    }
    counts
}

fn array_of_pairs(counts: &[(Vec<u8>, u64)]) -> Vec<U256> {
    let pairs = counts.iter().flat_map(|(word, count)| {
        let mut padded = word.clone();
        padded.resize(32, 0);
        [U256::from_be_slice(&padded), U256::from(*count)]
    });
    [U256::from(32), U256::from(counts.len())].into_iter().chain(pairs).collect()
}
