// One transaction: what it says, how it ended, what it logged, and whom it called.

import { eventOf, functionOf, reasonOf, textOf } from "../abi.js";
import { card, facts, h } from "../dom.js";
import { addressLink, blockLink, bytes, cut, ether, grouped, gwei, number, share, transactionLink } from "../format.js";
import { artefact } from "../names.js";
import { attempt, call } from "../rpc.js";
import { status } from "./block.js";

const TYPES = ["legacy", "with access list (EIP-2930)", "dynamic fee (EIP-1559)", "blob (EIP-4844)", "set code (EIP-7702)"];

export async function transaction(hash) {
  const [found, receipt, trace] = await Promise.all([
    call("eth_getTransactionByHash", hash),
    attempt(call("eth_getTransactionReceipt", hash)),
    attempt(call("debug_traceTransaction", hash, { tracer: "callTracer" })),
  ]);
  if (!found) throw new Error(`There is no transaction ${hash}.`);
  const abi = found.to ? artefact(found.to)?.abi : undefined;
  const [called, logs, tree] = await Promise.all([
    attempt(functionOf(found.input, abi)),
    Promise.all((receipt?.logs ?? []).map(async (log) => ({ log, event: await attempt(eventOf(log, artefact(log.address)?.abi)) }))),
    trace && node(trace, 0),
  ]);
  const title = `Transaction ${hash.slice(0, 10)}…`;
  const element = h("div", { class: "page" },
    h("h1", null, "Transaction"),
    card(null, facts([
      ["Hash", transactionLink(found.hash, true)],
      ["Result", receipt ? status(receipt) : "waits in the pool"],
      receipt && ["Block", h("span", null, blockLink(number(receipt.blockNumber)), `, position ${number(receipt.transactionIndex)}`)],
      ["From", addressLink(found.from, true)],
      ["To", receipt?.contractAddress ? h("span", null, "new contract ", addressLink(receipt.contractAddress, true)) : addressLink(found.to, true)],
      ["Value", ether(found.value)],
      receipt && ["Gas", `${grouped(number(receipt.gasUsed))} of ${grouped(number(found.gas))}, ${share(number(receipt.gasUsed), number(found.gas))}`],
      receipt && ["Price", `${gwei(receipt.effectiveGasPrice)} per gas; ${ether(BigInt(receipt.effectiveGasPrice) * BigInt(receipt.gasUsed))} in all`],
      ["Nonce", grouped(number(found.nonce))],
      ["Type", TYPES[number(found.type)] ?? found.type],
      called && ["Calls", values(called)],
      ["Input", bytes(found.input)],
    ])),
    card("Calls", tree ? h("ul", { class: "tree" }, tree) : h("p", { class: "quiet" }, "There is no trace of it.")),
    card(`Logs: ${grouped(logs.length)}`, logs.length > 0 ? logs.map(entry) : h("p", { class: "quiet" }, "It logged nothing.")));
  return { title, element };
}

function values({ name, values: all }) {
  return h("code", { class: "hash whole" }, `${name}(${all.map(([title, value]) => `${title ? `${title}: ` : ""}${textOf(value)}`).join(", ")})`);
}

function entry({ log, event }) {
  return h("div", { class: "log" }, facts([
    ["Contract", addressLink(log.address, true)],
    event && ["Event", values(event)],
    ...log.topics.map((topic, at) => [`Topic ${at}`, h("code", { class: "hash whole" }, topic)]),
    ["Data", bytes(log.data)],
  ]));
}

/** One call of the trace, with those that it made. */
async function node(trace, depth) {
  const abi = trace.to ? artefact(trace.to)?.abi : undefined;
  const called = trace.input?.length >= 10 && (await attempt(functionOf(trace.input, abi)));
  const reason = trace.error && (trace.revertReason ?? (await attempt(reasonOf(trace.output, abi))));
  const inner = await Promise.all((trace.calls ?? []).map((one) => node(one, depth + 1)));
  const what = called ? called.name : trace.input?.length >= 10 ? trace.input.slice(0, 10) : "";
  const line = [
    h("span", { class: `badge ${trace.error ? "bad" : ""}` }, trace.type.toLowerCase()), " ", addressLink(trace.to), " ", h("code", null, what), " ",
    trace.value && BigInt(trace.value) > 0n && h("span", null, ether(trace.value), " "),
    h("span", { class: "quiet" }, `${grouped(number(trace.gasUsed))} gas`),
    trace.error && h("span", { class: "bad" }, ` ✕ ${trace.error}${reason && reason !== "0x" ? `: ${reason.startsWith("0x") ? cut(reason, 10) : reason}` : ""}`),
  ];
  const more = [trace.input && trace.input !== "0x" && ["Input", bytes(trace.input)], trace.output && trace.output !== "0x" && ["Output", bytes(trace.output)]].filter(Boolean);
  return h("li", null,
    more.length > 0 ? h("details", null, h("summary", null, line), facts(more)) : h("div", { class: "leaf" }, line),
    inner.length > 0 && h("ul", null, inner));
}
