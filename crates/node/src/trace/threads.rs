//! Threads of contracts (spec 0005) among what a tracer has recorded of instructions.
//!
//! A thread is recorded as a call that its contract makes to itself. The instruction that ran it is any that settles
//! threads, and the tracers know Ethereum's alone: they lay a trace out by those that call, and know no names of others.
//! So the steps are told before what they are laid out by, and afterwards what they are called.

use alloy_rpc_types_trace::{geth::StructLog, parity::VmTrace};
use evm::FrameThreads;
use revm::bytecode::opcode::OpCode;
use revm_inspectors::tracing::types::{CallTraceNode, TraceMemberOrder};

/// The instructions of a transaction, in the order in which they were executed.
pub(super) struct Names(Vec<Step>);

struct Step {
    depth: usize,
    pc: usize,
    name: &'static str,
}

impl Names {
    /// Has each step that is followed by a call lay it out, and no other where `others` is set, and keeps the names.
    pub(super) fn tie(nodes: &mut [CallTraceNode], others: bool) -> Self {
        let mut names = Vec::new();
        let mut open = if nodes.is_empty() { Vec::new() } else { vec![(0, 0)] };
        while let Some((node, position)) = open.last_mut() {
            let CallTraceNode { ordering, children, trace, .. } = &mut nodes[*node];
            let Some(member) = ordering.get(*position) else {
                open.pop();
                continue;
            };
            *position += 1;
            match member {
                TraceMemberOrder::Log(_) => {}
                TraceMemberOrder::Call(child) => {
                    let child = children[*child];
                    open.push((child, 0));
                }
                TraceMemberOrder::Step(step) => {
                    let step = &mut trace.steps[*step];
                    names.push(Step { depth: trace.depth, pc: step.pc, name: name(step.op) });
                    let calls = matches!(ordering.get(*position), Some(TraceMemberOrder::Call(_)));
                    match (calls, is_call(step.op)) {
                        (true, false) => step.op = OpCode::CALL,
                        (false, true) if others => step.op = OpCode::JUMPDEST,
                        _ => {}
                    }
                }
            }
        }
        Self(names)
    }

    /// Names the instructions of a trace in geth's form, which has all of them up to a limit.
    pub(super) fn name_logs(&self, logs: &mut [StructLog]) {
        for (log, step) in logs.iter_mut().zip(&self.0) {
            log.op = step.name.into();
        }
    }

    /// Names those of a trace in OpenEthereum's form, which leaves out what was rejected before it was executed.
    pub(super) fn name_trace(&self, trace: &mut VmTrace) {
        name_trace(&mut self.0.iter(), trace, 0);
    }
}

fn name_trace(steps: &mut std::slice::Iter<'_, Step>, trace: &mut VmTrace, depth: usize) {
    for instruction in &mut trace.ops {
        let step = steps.find(|step| step.depth == depth && step.pc == instruction.pc);
        if let Some(step) = step {
            instruction.op = Some(step.name.to_owned());
        }
        if let Some(inner) = &mut instruction.sub {
            name_trace(steps, inner, depth + 1);
        }
    }
}

fn name(op: OpCode) -> &'static str {
    match FrameThreads::instruction_name(op.get()) {
        Some(name) => name,
        None if op.is_valid() => op.as_str(),
        None => "Unknown",
    }
}

fn is_call(op: OpCode) -> bool {
    matches!(
        op,
        OpCode::CALL | OpCode::CALLCODE | OpCode::DELEGATECALL | OpCode::STATICCALL | OpCode::CREATE | OpCode::CREATE2
    )
}
