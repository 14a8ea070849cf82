// viem: deploy, write, simulate, watch, blocks of calls, and its own test client.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  createPublicClient, createTestClient, createWalletClient, decodeErrorResult, defineChain, encodeFunctionData, http,
  parseEther, parseGwei, webSocket,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { zeros } from "../blob.js";
import { counter, token } from "../contracts.js";
import { start } from "../node.js";

let node, open, wallet, control, chain, account;

before(async () => {
  node = await start();
  chain = defineChain({
    id: 31337,
    name: "parallax",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [node.http], webSocket: [node.ws] } },
  });
  account = privateKeyToAccount(node.keys[0]);
  const transport = http(node.http);
  open = createPublicClient({ chain, transport, pollingInterval: 50, cacheTime: 0 });
  wallet = createWalletClient({ chain, transport, account });
  control = createTestClient({ chain, transport, mode: "anvil" });
});
after(() => node.stop());

async function deploy({ abi, bytecode }, args = []) {
  const hash = await wallet.deployContract({ abi, bytecode, args });
  const { contractAddress, status } = await open.waitForTransactionReceipt({ hash });
  assert.equal(status, "success");
  return contractAddress;
}

/** Waits until something holds. */
async function until(holds) {
  const end = Date.now() + 20_000;
  while (!(await holds())) {
    assert.ok(Date.now() < end, "it does not come");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("deploy, write, read", async () => {
  const address = await deploy(counter);
  const hash = await wallet.writeContract({ address, abi: counter.abi, functionName: "bump" });
  const receipt = await open.waitForTransactionReceipt({ hash });
  assert.equal(receipt.status, "success");
  assert.equal(receipt.type, "eip1559");
  assert.equal(await open.readContract({ address, abi: counter.abi, functionName: "value" }), 1n);
});

test("fill lacks nothing but a signature", async () => {
  const { transaction, raw } = await wallet.fillTransaction({ account: account.address, to: node.accounts[1], value: 1n });
  assert.ok(raw.startsWith("0x02"));
  assert.equal(transaction.gas, 21_000n);
  const hash = await wallet.sendRawTransaction({ serializedTransaction: await account.signTransaction({ ...transaction, chainId: 31337 }) });
  assert.equal((await open.waitForTransactionReceipt({ hash })).status, "success");
});

test("a simulation tells the contract's own error", async () => {
  const address = await deploy(token, [account.address, 1000n]);
  const ok = await open.simulateContract({ account, address, abi: token.abi, functionName: "transfer", args: [node.accounts[1], 7n] });
  assert.equal(ok.result, true);
  const refused = open.simulateContract({ account, address, abi: token.abi, functionName: "transfer", args: [node.accounts[1], 5000n] });
  await assert.rejects(refused, (error) => {
    const { raw } = error.walk((each) => each.raw !== undefined);
    const { errorName, args } = decodeErrorResult({ abi: token.abi, data: raw });
    assert.equal(errorName, "InsufficientBalance");
    assert.equal(args[2], 5000n);
    return true;
  });
});

test("watch by filters: blocks, events, pending transactions", async () => {
  const address = await deploy(counter);
  const events = [], blocks = [], pending = [];
  const stop = [
    open.watchContractEvent({ address, abi: counter.abi, eventName: "Bumped", onLogs: (logs) => events.push(...logs) }),
    open.watchBlockNumber({ onBlockNumber: (number) => blocks.push(number) }),
    open.watchPendingTransactions({ onTransactions: (hashes) => pending.push(...hashes) }),
  ];
  // The filters are made by requests of their own; what is sent before is not theirs.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const hash = await wallet.writeContract({ address, abi: counter.abi, functionName: "bump" });
  await until(() => events.length > 0 && blocks.length > 0 && pending.includes(hash));
  assert.equal(events[0].args.value, 1n);
  stop.forEach((each) => each());
});

test("watch by WebSocket", async () => {
  const address = await deploy(counter);
  const live = createPublicClient({ chain, transport: webSocket(node.ws) });
  const events = [], blocks = [], pending = [];
  const stop = [
    live.watchContractEvent({ address, abi: counter.abi, eventName: "Bumped", onLogs: (logs) => events.push(...logs) }),
    live.watchBlocks({ onBlock: (block) => blocks.push(block) }),
    live.watchPendingTransactions({ onTransactions: (hashes) => pending.push(...hashes) }),
  ];
  await new Promise((resolve) => setTimeout(resolve, 500));
  const hash = await wallet.writeContract({ address, abi: counter.abi, functionName: "bump" });
  await until(() => events.length > 0 && blocks.length > 0 && pending.includes(hash));
  assert.equal(events[0].transactionHash, hash);
  stop.forEach((each) => each());
  (await live.transport.getRpcClient()).close();
});

test("blocks of calls that change nothing", async () => {
  const address = await deploy(counter);
  const call = { account: account.address, to: address, abi: counter.abi, functionName: "bump" };
  const read = { ...call, functionName: "value" };
  const blocks = await open.simulateBlocks({
    blocks: [
      { calls: [call, call] },
      { blockOverrides: { gasLimit: 30_000_000n }, stateOverrides: [{ address: node.accounts[3], balance: 5n }], calls: [call, read] },
    ],
  });
  assert.equal(blocks.length, 2);
  assert.equal(blocks[1].calls[1].result, 3n);
  assert.equal(blocks[0].calls[0].logs.length, 1);
  assert.equal(await open.readContract({ address, abi: counter.abi, functionName: "value" }), 0n);
  const calls = await open.simulateCalls({ account: account.address, calls: [call, read], traceAssetChanges: false });
  assert.equal(calls.results[1].result, 1n);
});

test("fees, access lists, proofs, the state of other blocks", async () => {
  const history = await open.getFeeHistory({ blockCount: 4, rewardPercentiles: [25, 75] });
  assert.equal(history.baseFeePerGas.length, history.gasUsedRatio.length + 1);
  const { maxFeePerGas, maxPriorityFeePerGas } = await open.estimateFeesPerGas();
  assert.ok(maxFeePerGas > maxPriorityFeePerGas);
  const address = await deploy(counter);
  const { accessList } = await open.createAccessList({ to: address, data: "0x3fa4f245" });
  assert.equal(accessList[0].storageKeys.length, 1);
  const proof = await open.getProof({ address, storageKeys: [`0x${"0".repeat(64)}`] });
  assert.equal(proof.storageProof.length, 1);
  assert.equal(await open.getCode({ address, blockNumber: 0n }), undefined);
});

test("types 0, 1 and 2", async () => {
  const address = await deploy(counter);
  const accessList = [{ address, storageKeys: [`0x${"0".repeat(64)}`] }];
  for (const [type, fields] of [["legacy", {}], ["eip2930", { accessList }], ["eip1559", { accessList }]]) {
    const hash = await wallet.writeContract({ address, abi: counter.abi, functionName: "bump", type, ...fields });
    assert.equal((await open.waitForTransactionReceipt({ hash })).type, type);
    const told = await open.getTransaction({ hash });
    assert.equal(told.type, type);
    assert.equal(told.accessList?.length ?? 0, type === "legacy" ? 0 : 1);
  }
  assert.equal(await open.readContract({ address, abi: counter.abi, functionName: "value" }), 3n);
});

test("type 3, in the form that viem writes: before Osaka", async () => {
  const older = await start("--hardfork", "prague");
  // The first blob of a process waits for the tables of KZG.
  const transport = http(older.http, { timeout: 120_000 });
  const sender = createWalletClient({ chain, transport, account });
  const { blob, commitment, proof, hash: named } = zeros;
  const hash = await sender.sendTransaction({
    type: "eip4844", to: node.accounts[1], maxFeePerBlobGas: parseGwei("10"), blobs: [blob],
    blobVersionedHashes: [named], sidecars: [{ blob, commitment, proof }],
  });
  const receipt = await createPublicClient({ chain, transport, pollingInterval: 50 }).waitForTransactionReceipt({ hash });
  assert.equal(receipt.type, "eip4844");
  assert.equal(receipt.blobGasUsed, 131_072n);
  await older.stop();
});

test("type 4, and a raw transaction with its receipt at once", async () => {
  const address = await deploy(counter);
  const authority = privateKeyToAccount(node.keys[2]);
  const authorization = await wallet.signAuthorization({ account: authority, contractAddress: address });
  const data = encodeFunctionData({ abi: counter.abi, functionName: "bump" });
  const hash = await wallet.sendTransaction({ authorizationList: [authorization], to: authority.address, data });
  const receipt = await open.waitForTransactionReceipt({ hash });
  assert.equal(receipt.type, "eip7702");
  assert.equal(await open.getCode({ address: authority.address }), `0xef0100${address.slice(2)}`);
  const request = await wallet.prepareTransactionRequest({ to: node.accounts[1], value: 1n });
  const sync = await open.sendRawTransactionSync({ serializedTransaction: await wallet.signTransaction(request) });
  assert.equal(sync.status, "success");
});

test("its test client", async () => {
  const [somebody] = [node.accounts[9]];
  await control.setBalance({ address: somebody, value: parseEther("3") });
  assert.equal(await open.getBalance({ address: somebody }), parseEther("3"));
  await control.setNonce({ address: somebody, nonce: 42 });
  assert.equal(await open.getTransactionCount({ address: somebody }), 42);
  const snapshot = await control.snapshot();
  const before = await open.getBlockNumber();
  await control.mine({ blocks: 3, interval: 12 });
  assert.equal(await open.getBlockNumber(), before + 3n);
  await control.revert({ id: snapshot });
  assert.equal(await open.getBlockNumber(), before);
  const { timestamp } = await open.getBlock();
  await control.setNextBlockTimestamp({ timestamp: timestamp + 1000n });
  await control.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei("3") });
  await control.mine({ blocks: 1 });
  const block = await open.getBlock();
  assert.equal(block.timestamp, timestamp + 1000n);
  assert.equal(block.baseFeePerGas, parseGwei("3"));
  await control.setAutomine(false);
  assert.equal(await control.getAutomine(), false);
  const hash = await wallet.sendTransaction({ to: somebody, value: 1n });
  assert.equal((await control.getTxpoolStatus()).pending, 1);
  assert.ok(Object.keys((await control.getTxpoolContent()).pending).length === 1);
  assert.ok(Object.keys((await control.inspectTxpool()).pending).length === 1);
  await control.dropTransaction({ hash });
  assert.equal((await control.getTxpoolStatus()).pending, 0);
  await control.setAutomine(true);
  await control.setStorageAt({ address: somebody, index: 1, value: `0x${"7".padStart(64, "0")}` });
  assert.equal(BigInt(await open.getStorageAt({ address: somebody, slot: "0x1" })), 7n);
  await control.setCoinbase({ address: somebody });
  await control.mine({ blocks: 1 });
  assert.equal((await open.getBlock()).miner.toLowerCase(), somebody.toLowerCase());
});

test("an impersonated contract sends what it is told to", async () => {
  const address = await deploy(token, [node.accounts[0], 1000n]);
  await control.impersonateAccount({ address });
  await control.setBalance({ address, value: parseEther("1") });
  const sender = createWalletClient({ chain, transport: http(node.http), account: address });
  const hash = await sender.sendTransaction({ to: node.accounts[1], value: 5n });
  const receipt = await open.waitForTransactionReceipt({ hash });
  assert.equal(receipt.status, "success");
  assert.equal(receipt.from.toLowerCase(), address.toLowerCase());
  const traced = await control.request({ method: "debug_traceTransaction", params: [hash, { tracer: "callTracer" }] });
  assert.equal(traced.from.toLowerCase(), address.toLowerCase());
  await control.stopImpersonatingAccount({ address });
});

test("a state that is carried to another node", async () => {
  const address = await deploy(token, [node.accounts[0], 1000n]);
  const state = await control.dumpState();
  const other = await start();
  const there = createTestClient({ chain, transport: http(other.http), mode: "anvil" });
  await there.loadState({ state });
  const reader = createPublicClient({ chain, transport: http(other.http) });
  const balance = { address, abi: token.abi, functionName: "balanceOf", args: [node.accounts[0]] };
  assert.equal(await reader.readContract(balance), 1000n);
  assert.equal(await reader.getTransactionCount(account), await open.getTransactionCount(account));
  await other.stop();
});
