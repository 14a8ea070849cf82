//! A contract whose threads meet.

use primitives::Bytes;

/// Code that spawns four threads, two at each of two slots, which each of them adds one to. Needs a chain with threads.
pub fn meeting_threads() -> Bytes {
    // One word of call data: a thread.
    let mut code = vec![0x36, 0x60, 32, 0x14, 0x60, 0, 0x57];
    for number in 1..=4 {
        // Spawn the thread of this number, which is its call data, with 100,000 gas.
        code.extend([0x60, number, 0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0x62, 1, 0x86, 0xa0, 0x60, number, 0xb0, 0x50]);
    }
    code.push(0x00);
    code[5] = code.len() as u8;
    // The slot is the last bit of the number.
    code.extend([0x5b, 0x60, 0, 0x35, 0x60, 1, 0x16, 0x80, 0x54, 0x60, 1, 0x01, 0x90, 0x55, 0x00]);
    code.into()
}
