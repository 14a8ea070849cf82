// Hardhat's network helpers, as its users call them.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { start } from "../node.js";

let node, helpers, hre;
const somebody = "0x00000000000000000000000000000000000c0ffe";
const ask = (method, ...params) => hre.network.provider.request({ method, params });

before(async () => {
  node = await start();
  process.env.PARALLAX_URL = node.http;
  process.env.HARDHAT_CONFIG = fileURLToPath(new URL("../hardhat.config.cjs", import.meta.url));
  process.env.HARDHAT_DISABLE_TELEMETRY_PROMPT = "true";
  const require = createRequire(import.meta.url);
  hre = require("hardhat");
  helpers = require("@nomicfoundation/hardhat-network-helpers");
});
after(() => node.stop());

test("mine, mineUpTo", async () => {
  const before = await helpers.time.latestBlock();
  await helpers.mine();
  await helpers.mine(3, { interval: 60 });
  assert.equal(await helpers.time.latestBlock(), before + 4);
  await helpers.mineUpTo(before + 10);
  assert.equal(await helpers.time.latestBlock(), before + 10);
});

test("a thousand blocks in one call", async () => {
  const before = await helpers.time.latestBlock();
  await helpers.mine(1000);
  assert.equal(await helpers.time.latestBlock(), before + 1000);
});

test("time", async () => {
  const now = await helpers.time.latest();
  await helpers.time.increase(3600);
  assert.ok((await helpers.time.latest()) >= now + 3600);
  await helpers.time.increaseTo(now + 10_000);
  assert.equal(await helpers.time.latest(), now + 10_000);
  await helpers.time.setNextBlockTimestamp(now + 20_000);
  await helpers.mine();
  assert.equal(await helpers.time.latest(), now + 20_000);
});

test("snapshots and fixtures", async () => {
  const snapshot = await helpers.takeSnapshot();
  await helpers.setBalance(somebody, 7n);
  await helpers.mine();
  await snapshot.restore();
  assert.equal(BigInt(await ask("eth_getBalance", somebody, "latest")), 0n);
  await helpers.mine();
  await snapshot.restore();
  let runs = 0;
  const fixture = async () => {
    runs += 1;
    await helpers.setBalance(somebody, 9n);
    return runs;
  };
  const balance = async () => BigInt(await ask("eth_getBalance", somebody, "latest"));
  assert.equal(await helpers.loadFixture(fixture), 1);
  await helpers.setBalance(somebody, 10n);
  assert.equal(await helpers.loadFixture(fixture), 1);
  assert.equal(await balance(), 9n);
});

test("set everything", async () => {
  await helpers.setBalance(somebody, 1000n);
  await helpers.setNonce(somebody, 5);
  await helpers.setCode(somebody, "0x6001600155");
  await helpers.setStorageAt(somebody, 1, 42);
  assert.equal(BigInt(await helpers.getStorageAt(somebody, 1)), 42n);
  assert.equal(await ask("eth_getCode", somebody, "latest"), "0x6001600155");
  assert.equal(BigInt(await ask("eth_getTransactionCount", somebody, "latest")), 5n);
  await helpers.setCoinbase(somebody);
  await helpers.setNextBlockBaseFeePerGas(12345);
  await helpers.setPrevRandao(77);
  await helpers.setBlockGasLimit(20_000_000);
  await helpers.mine();
  const block = await ask("eth_getBlockByNumber", "latest", false);
  assert.equal(BigInt(block.miner), BigInt(somebody));
  assert.equal(BigInt(block.baseFeePerGas), 12345n);
  assert.equal(BigInt(block.mixHash), 77n);
  assert.equal(BigInt(block.gasLimit), 20_000_000n);
});

test("impersonation, of a contract too", async () => {
  await helpers.setCode(somebody, "0x00");
  await helpers.setBalance(somebody, 10n ** 18n);
  await helpers.impersonateAccount(somebody);
  const hash = await ask("eth_sendTransaction", { from: somebody, to: node.accounts[1], value: "0x1" });
  let receipt = null;
  while (receipt === null) receipt = await ask("eth_getTransactionReceipt", hash);
  assert.equal(receipt.status, "0x1");
  await helpers.stopImpersonatingAccount(somebody);
  await assert.rejects(ask("eth_sendTransaction", { from: somebody, to: node.accounts[1], value: "0x1" }));
});

test("a transaction is taken out of the pool", async () => {
  await ask("evm_setAutomine", false);
  const hash = await ask("eth_sendTransaction", { from: node.accounts[0], to: node.accounts[1], value: "0x1" });
  assert.equal(await helpers.dropTransaction(hash), true);
  await ask("evm_setAutomine", true);
  assert.equal(await ask("eth_getTransactionByHash", hash), null);
});

test("reset", async () => {
  await helpers.reset();
  assert.equal(await helpers.time.latestBlock(), 0);
});
