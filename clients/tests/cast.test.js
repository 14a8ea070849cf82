// cast: every type of transaction, every kind of question.

import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Transaction, Wallet, parseEther } from "ethers";
import { foundry, run } from "../command.js";
import { counter } from "../contracts.js";
import { start } from "../node.js";

let node, contract;
const cast = (...args) => run(foundry("cast"), [...args, "--rpc-url", node.http]);
const json = async (...args) => JSON.parse(await cast(...args, "--json"));
const send = (...args) => json("send", ...args, "--private-key", node.keys[0]);
const somebody = "0x00000000000000000000000000000000000c0ffe";

before(async () => {
  node = await start();
  // Options of `send` come before `--create`, which takes what follows.
  const created = await run(foundry("cast"), [
    "send", "--rpc-url", node.http, "--private-key", node.keys[0], "--json", "--create", counter.bytecode,
  ]);
  contract = JSON.parse(created).contractAddress;
});
after(() => node.stop());

/** Asserts success and the type of the transaction, in the receipt and as the node tells it. */
async function mined(receipt, type) {
  assert.equal(receipt.status, "0x1");
  assert.equal(receipt.type, type);
  const told = await json("tx", receipt.transactionHash);
  assert.equal(told.type, type);
  assert.equal(told.blockNumber, receipt.blockNumber);
  return told;
}

test("type 0, signed for this chain", async () => {
  const told = await mined(await send(somebody, "--value", "1", "--legacy"), "0x0");
  assert.equal(BigInt(told.chainId), 31337n);
});

test("type 0, signed for any chain (before EIP-155)", async () => {
  const wallet = new Wallet(node.keys[1]);
  const unsigned = Transaction.from({ type: 0, chainId: 0, nonce: 0, gasLimit: 21_000, gasPrice: 10n ** 10n, to: somebody, value: 1n });
  unsigned.signature = wallet.signingKey.sign(unsigned.unsignedHash);
  const receipt = JSON.parse(await cast("publish", unsigned.serialized));
  const told = await mined(receipt, "0x0");
  assert.ok(told.v === "0x1b" || told.v === "0x1c", told.v);
});

test("type 1, with an access list that the node made", async () => {
  const told = await mined(await send(contract, "bump()", "--access-list", "--legacy"), "0x1");
  assert.equal(told.accessList[0].address.toLowerCase(), contract.toLowerCase());
});

test("type 2", async () => {
  await mined(await send(contract, "bump()"), "0x2");
});

test("type 3, with a blob", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "parallax-blob-")), "blob");
  writeFileSync(path, "a few words in a large envelope");
  const receipt = await send(somebody, "--blob", "--path", path);
  const told = await mined(receipt, "0x3");
  assert.equal(told.blobVersionedHashes.length, 1);
  assert.equal(BigInt(receipt.blobGasUsed), 131072n);
  const block = await json("block", receipt.blockNumber);
  assert.equal(BigInt(block.blobGasUsed ?? block.header?.blobGasUsed), 131072n);
});

test("type 4, a delegation that is used at once", async () => {
  const receipt = await send(node.accounts[0], "bump()", "--auth", contract);
  await mined(receipt, "0x4");
  assert.equal((await cast("code", node.accounts[0])).toLowerCase(), `0xef0100${contract.slice(2).toLowerCase()}`);
  assert.equal(await cast("call", node.accounts[0], "value()(uint256)"), "1");
});

test("a transaction that a key of the node signs, and the answer when it is in a block", async () => {
  const receipt = await json("send", somebody, "--value", "1", "--unlocked", "--from", node.accounts[2]);
  await mined(receipt, "0x2");
  const signed = await cast("mktx", somebody, "--value", "1", "--private-key", node.keys[3]);
  const sync = JSON.parse(await cast("rpc", "eth_sendRawTransactionSync", signed));
  assert.equal(sync.status, "0x1");
});

test("call, estimate, access-list", async () => {
  const value = BigInt(await cast("call", contract, "value()(uint256)"));
  assert.ok(value >= 1n, `${value}`);
  const gas = BigInt(await cast("estimate", contract, "bump()"));
  assert.ok(gas > 21_000n && gas < 100_000n, `${gas}`);
  const list = await json("access-list", contract, "bump()");
  assert.equal(list.accessList[0].storageKeys.length, 1);
});

test("call --trace and run execute here what the node tells", async () => {
  const trace = await cast("call", contract, "bump()", "--trace");
  assert.match(trace, /bump\(\)|0x0cb1c49c|::/);
  assert.match(trace, /Transaction successfully executed/);
  const { transactionHash, gasUsed } = await send(contract, "bump()");
  const ran = await cast("run", transactionHash);
  assert.match(ran, /Transaction successfully executed/);
  assert.match(ran, new RegExp(`Gas used: ${Number(gasUsed)}\\b`));
  assert.match(await cast("run", transactionHash, "--quick"), /Transaction successfully executed/);
});

test("proof and storage agree", async () => {
  const slot = BigInt(await cast("storage", contract, "0"));
  const proof = await json("proof", contract, "0");
  assert.equal(BigInt(proof.storageProof[0].value), slot);
  assert.equal(proof.address.toLowerCase(), contract.toLowerCase());
});

test("logs, tx, receipt, block", async () => {
  const { transactionHash, blockHash, blockNumber } = await send(contract, "bump()");
  const logs = await json("logs", "--from-block", "0", "--address", contract, "Bumped(uint256)");
  assert.ok(logs.some((log) => log.transactionHash === transactionHash));
  assert.equal((await json("receipt", transactionHash)).blockHash, blockHash);
  assert.equal((await json("tx", transactionHash)).hash, transactionHash);
  const block = await json("block", blockNumber, "--full");
  assert.equal(block.hash, blockHash);
  assert.equal(block.transactions[0].hash, transactionHash);
  for (const tag of ["earliest", "latest", "safe", "finalized", "pending"]) {
    assert.ok(await json("block", tag), tag);
  }
});

test("what is asked of chains in general", async () => {
  assert.equal(await cast("chain-id"), "31337");
  assert.match(await cast("client"), /parallax/);
  assert.ok(BigInt(await cast("gas-price")) > 0n);
  assert.ok(BigInt(await cast("base-fee")) > 0n);
  assert.ok(BigInt(await cast("balance", node.accounts[5])) === parseEther("10000"));
  assert.equal(await cast("nonce", node.accounts[5]), "0");
  assert.equal(await cast("codesize", contract), String((counter.deployedBytecode.length - 2) / 2));
  assert.ok(Number(await cast("block-number")) > 0);
});

test("tx-pool shows what waits", async () => {
  await node.ask("evm_setAutomine", false);
  const waiting = await cast("send", somebody, "--value", "1", "--private-key", node.keys[0], "--async");
  const { pending } = await json("tx-pool", "status");
  assert.equal(BigInt(pending), 1n);
  const content = await json("tx-pool", "content");
  const own = Object.entries(content.pending).find(([from]) => from.toLowerCase() === node.accounts[0].toLowerCase())[1];
  assert.ok(Object.values(own).some(({ hash }) => hash === waiting));
  assert.ok((await json("tx-pool", "inspect")).pending);
  assert.ok((await json("tx-pool", "content-from", "--from", node.accounts[0])).pending);
  await node.ask("evm_mine");
  assert.equal((await json("receipt", waiting)).status, "0x1");
  await node.ask("evm_setAutomine", true);
});

test("trace tells calls in Parity's form", async () => {
  const { transactionHash } = await send(contract, "bump()");
  const traces = JSON.parse(await cast("trace", transactionHash));
  assert.equal(traces[0].transactionHash, transactionHash);
  assert.equal(traces[0].type, "call");
});
