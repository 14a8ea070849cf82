//! A small assembler: `name:` is a label, `@name` pushes it, numbers are pushed, opcodes go by name.

use evm::FrameThreads;
use revm::bytecode::opcode::OpCode;
use std::collections::BTreeMap;

pub(crate) fn assemble(source: &str) -> Vec<u8> {
    let (mut code, mut labels, mut uses) = (Vec::new(), BTreeMap::new(), Vec::new());
    for token in source.split_whitespace() {
        if let Some(label) = token.strip_suffix(':') {
            labels.insert(label, code.len());
            code.push(0x5b);
        } else if let Some(label) = token.strip_prefix('@') {
            code.push(0x61);
            uses.push((code.len(), label));
            code.extend([0, 0]);
        } else if let Some(hex) = token.strip_prefix("0x") {
            let hex = if hex.len() % 2 == 1 { format!("0{hex}") } else { hex.to_owned() };
            let bytes = primitives::alloy_primitives::hex::decode(hex).unwrap();
            code.push(0x5f + bytes.len() as u8);
            code.extend(bytes);
        } else if let Ok(number) = token.parse::<u64>() {
            let bytes = number.to_be_bytes();
            let bytes = &bytes[(number.leading_zeros() as usize / 8).min(7)..];
            code.push(0x5f + bytes.len() as u8);
            code.extend(bytes);
        } else {
            let name = |byte: u8| FrameThreads::instruction_name(byte).or(OpCode::new(byte).map(OpCode::as_str));
            let named = (0..=u8::MAX).find(|byte| name(*byte) == Some(token));
            code.push(named.unwrap_or_else(|| panic!("no opcode {token}")));
        }
    }
    for (at, label) in uses {
        code[at..at + 2].copy_from_slice(&(labels[label] as u16).to_be_bytes());
    }
    code
}

/// Code that reverts with these bytes.
pub(crate) fn reverting(output: &[u8]) -> Vec<u8> {
    let length = output.len();
    let head = |at: usize| assemble(&format!("{length} {at} 0 CODECOPY {length} 0 REVERT"));
    let mut code = head(head(0).len());
    code.extend(output);
    code
}
