// What no library above asks for: every subscription, traces, and the socket file.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { id } from "ethers";
import WebSocket from "ws";
import { counter } from "../contracts.js";
import { start } from "../node.js";

let node, path, contract;

before(async () => {
  path = join(mkdtempSync(join(tmpdir(), "parallax-ipc-")), "node.ipc");
  node = await start("--ipc", path);
  const hash = await node.ask("eth_sendTransaction", { from: node.accounts[0], input: counter.bytecode });
  contract = (await receipt(hash)).contractAddress;
});
after(() => node.stop());

async function receipt(hash) {
  for (;;) {
    const found = await node.ask("eth_getTransactionReceipt", hash);
    if (found !== null) return found;
  }
}

const selector = id("bump()").slice(0, 10);
const bump = () => node.ask("eth_sendTransaction", { from: node.accounts[0], to: contract, input: selector });

/** A connection on which requests are answered and notices are kept by subscription. */
function conversation(write) {
  const answers = new Map(), notices = new Map();
  let last = 0;
  return {
    notices,
    take(text) {
      const message = JSON.parse(text);
      if (message.id !== undefined) return answers.get(message.id)(message);
      const { subscription, result } = message.params;
      notices.set(subscription, [...(notices.get(subscription) ?? []), result]);
    },
    ask(method, ...params) {
      const id = ++last;
      write(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
      return new Promise((resolve, reject) =>
        answers.set(id, ({ result, error }) => (error ? reject(new Error(error.message)) : resolve(result))),
      );
    },
    async heard(subscription, count = 1) {
      const end = Date.now() + 20_000;
      while ((notices.get(subscription) ?? []).length < count) {
        assert.ok(Date.now() < end, "nothing was told");
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return notices.get(subscription);
    },
  };
}

async function subscriptions(talk) {
  const heads = await talk.ask("eth_subscribe", "newHeads");
  const logs = await talk.ask("eth_subscribe", "logs", { address: contract });
  const hashes = await talk.ask("eth_subscribe", "newPendingTransactions");
  const whole = await talk.ask("eth_subscribe", "newPendingTransactions", true);
  const receipts = await talk.ask("eth_subscribe", "transactionReceipts");
  const syncing = await talk.ask("eth_subscribe", "syncing");
  const hash = await bump();
  const { blockHash } = await receipt(hash);
  assert.equal((await talk.heard(heads))[0].hash, blockHash);
  assert.equal((await talk.heard(logs))[0].transactionHash, hash);
  assert.equal((await talk.heard(hashes))[0], hash);
  assert.equal((await talk.heard(whole))[0].hash, hash);
  assert.equal((await talk.heard(receipts))[0][0].transactionHash, hash);
  assert.equal(talk.notices.get(syncing), undefined, "it was never behind");
  // Blocks that leave the chain take their logs back.
  await node.ask("anvil_rollback", "0x1");
  const told = await talk.heard(logs, 2);
  assert.deepEqual([told[1].transactionHash, told[1].removed], [hash, true]);
  for (const each of [heads, logs, hashes, whole, receipts, syncing]) assert.equal(await talk.ask("eth_unsubscribe", each), true);
}

test("every subscription over a WebSocket", async () => {
  const socket = new WebSocket(node.ws);
  await once(socket, "open");
  const talk = conversation((text) => socket.send(text));
  socket.on("message", (data) => talk.take(data.toString()));
  await subscriptions(talk);
  socket.close();
});

test("every subscription over the socket file", async () => {
  const socket = connect(path);
  await once(socket, "connect");
  const talk = conversation((text) => socket.write(text));
  let rest = "";
  socket.on("data", (data) => {
    const lines = (rest + data).split("\n");
    rest = lines.pop();
    lines.forEach((line) => talk.take(line));
  });
  assert.equal(await talk.ask("eth_chainId"), "0x7a69");
  // The machine's owner may ask for more than strangers.
  assert.match((await talk.ask("admin_nodeInfo")).name, /parallax/);
  assert.deepEqual(await talk.ask("admin_peers"), []);
  assert.equal((await node.refusal("admin_nodeInfo")).code, -32601);
  await subscriptions(talk);
  socket.end();
});

test("filters are polled", async () => {
  const [logs, blocks, pending] = [
    await node.ask("eth_newFilter", { address: contract }),
    await node.ask("eth_newBlockFilter"),
    await node.ask("eth_newPendingTransactionFilter"),
  ];
  const hash = await bump();
  const { blockHash } = await receipt(hash);
  assert.equal((await node.ask("eth_getFilterChanges", logs))[0].transactionHash, hash);
  assert.deepEqual(await node.ask("eth_getFilterChanges", blocks), [blockHash]);
  assert.deepEqual(await node.ask("eth_getFilterChanges", pending), [hash]);
  assert.deepEqual(await node.ask("eth_getFilterChanges", logs), []);
  assert.ok((await node.ask("eth_getFilterLogs", logs)).some(({ transactionHash }) => transactionHash === hash));
  for (const filter of [logs, blocks, pending]) assert.equal(await node.ask("eth_uninstallFilter", filter), true);
});

test("every tracer on a transaction, a call and a block", async () => {
  const hash = await bump();
  const { blockNumber, gasUsed } = await receipt(hash);
  const trace = (options) => node.ask("debug_traceTransaction", hash, options);
  const plain = await trace({});
  assert.equal(BigInt(plain.gas), BigInt(gasUsed));
  assert.ok(plain.structLogs.some(({ op }) => op === "SSTORE"));
  const calls = await trace({ tracer: "callTracer", tracerConfig: { withLog: true } });
  assert.equal(calls.logs.length, 1);
  const diff = await trace({ tracer: "prestateTracer", tracerConfig: { diffMode: true } });
  assert.ok(Object.keys(diff.post).includes(contract.toLowerCase()));
  assert.ok((await trace({ tracer: "prestateTracer" }))[contract.toLowerCase()].storage);
  assert.ok(Object.keys(await trace({ tracer: "4byteTracer" })).some((key) => key.startsWith(selector)));
  const mux = await trace({ tracer: "muxTracer", tracerConfig: { callTracer: {}, "4byteTracer": {} } });
  assert.deepEqual(Object.keys(mux).sort(), ["4byteTracer", "callTracer"]);
  assert.equal((await trace({ tracer: "flatCallTracer" }))[0].action.to, contract.toLowerCase());
  const block = await node.ask("debug_traceBlockByNumber", blockNumber, { tracer: "callTracer" });
  assert.equal(block[0].txHash, hash);
  const call = await node.ask("debug_traceCall", { to: contract, input: selector }, "latest", { tracer: "callTracer" });
  assert.equal(call.to, contract.toLowerCase());
  assert.equal((await node.ask("trace_block", blockNumber))[0].transactionHash, hash);
});

test("a reorganisation that is asked for", async () => {
  const first = await bump();
  const { blockNumber, blockHash } = await receipt(first);
  const other = { from: node.accounts[1], to: node.accounts[2], value: "0x1" };
  await node.ask("anvil_reorg", 1, [[other, 0]]);
  const block = await node.ask("eth_getBlockByNumber", blockNumber, true);
  assert.notEqual(block.hash, blockHash);
  assert.equal(block.transactions[0].from, node.accounts[1].toLowerCase());
  assert.equal(await node.ask("eth_getTransactionReceipt", first), null);
});
