// ethers: deploy, batches, events, errors by name.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ContractFactory, JsonRpcProvider, Transaction, Wallet, WebSocketProvider, parseEther, parseUnits } from "ethers";
import { zeros } from "../blob.js";
import { counter, token } from "../contracts.js";
import { start } from "../node.js";

let node, provider, wallet;

before(async () => {
  node = await start();
  // Without its cache: on a node that makes a block at once, what was read 250 ms ago is old.
  provider = new JsonRpcProvider(node.http, undefined, { cacheTimeout: -1, pollingInterval: 50 });
  wallet = new Wallet(node.keys[0], provider);
});
after(async () => {
  provider.destroy();
  await node.stop();
});

const deploy = async ({ abi, bytecode }, ...args) =>
  (await new ContractFactory(abi, bytecode, wallet).deploy(...args)).waitForDeployment();

test("deploy, send, read", async () => {
  const contract = await deploy(counter);
  const receipt = await (await contract.bump()).wait();
  assert.equal(receipt.status, 1);
  assert.equal(await contract.value(), 1n);
  assert.equal(receipt.logs[0].fragment.name, "Bumped");
});

test("many at once go in batches, and none is lost", async () => {
  const contract = await deploy(counter);
  const nonce = await wallet.getNonce();
  const sent = await Promise.all(Array.from({ length: 40 }, (_, at) => contract.bump({ nonce: nonce + at, gasLimit: 100_000 })));
  const receipts = await Promise.all(sent.map((each) => each.wait()));
  assert.ok(receipts.every(({ status }) => status === 1));
  assert.equal(await contract.value(), 40n);
  const answers = await Promise.all([provider.getBlockNumber(), provider.getBalance(wallet.address), provider.getFeeData()]);
  assert.ok(answers[2].maxFeePerGas > 0n);
});

test("events: live, and of the past", async () => {
  const contract = await deploy(counter);
  const seen = [];
  await contract.on("Bumped", (value) => seen.push(value));
  const receipt = await (await contract.bump()).wait();
  const end = Date.now() + 20_000;
  while (seen.length === 0) {
    assert.ok(Date.now() < end, "no event");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(seen, [1n]);
  await contract.off("Bumped");
  const past = await contract.queryFilter("Bumped", 0, "latest");
  assert.equal(past[0].transactionHash, receipt.hash);
});

test("events by WebSocket", async () => {
  const contract = await deploy(counter);
  const live = new WebSocketProvider(node.ws);
  const [blocks, events, pending] = [[], [], []];
  await live.on("block", (number) => blocks.push(number));
  await contract.connect(live).on("Bumped", (value) => events.push(value));
  await live.on("pending", (hash) => pending.push(hash));
  // A first answer says that the subscriptions before it are made.
  await live.getBlockNumber();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { hash } = await contract.bump();
  const end = Date.now() + 20_000;
  while (blocks.length === 0 || events.length === 0 || !pending.includes(hash)) {
    assert.ok(Date.now() < end, "it does not come");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await live.destroy();
});

test("refusals come under the names that ethers gives them", async () => {
  const poor = Wallet.createRandom().connect(provider);
  await assert.rejects(poor.sendTransaction({ to: wallet.address, value: 1n, gasLimit: 21_000 }), { code: "INSUFFICIENT_FUNDS" });
  await (await wallet.sendTransaction({ to: wallet.address })).wait();
  await assert.rejects(wallet.sendTransaction({ to: wallet.address, nonce: 0 }), { code: "NONCE_EXPIRED" });
  await provider.send("evm_setAutomine", [false]);
  const nonce = await wallet.getNonce("pending");
  const fee = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n };
  await wallet.sendTransaction({ to: wallet.address, nonce, ...fee });
  await assert.rejects(wallet.sendTransaction({ to: wallet.address, nonce, value: 1n, ...fee }), { code: "REPLACEMENT_UNDERPRICED" });
  await provider.send("evm_mine", []);
  await provider.send("evm_setAutomine", [true]);
  const contract = await deploy(token, wallet.address, 10n);
  await assert.rejects(contract.transfer.staticCall(node.accounts[1], 11n), (error) => {
    assert.equal(error.code, "CALL_EXCEPTION");
    assert.equal(error.revert.name, "InsufficientBalance");
    return true;
  });
});

test("keys of the node, and its signatures", async () => {
  const signer = await provider.getSigner(1);
  const receipt = await (await signer.sendTransaction({ to: wallet.address, value: parseEther("1") })).wait();
  assert.equal(receipt.status, 1);
  const signed = await signer.signMessage("hello");
  assert.equal(signed.length, 132);
  const typed = await signer.signTypedData({ name: "parallax" }, { Greeting: [{ name: "text", type: "string" }] }, { text: "hello" });
  assert.equal(typed.length, 132);
});

test("a block with its transactions, and the one that is being made", async () => {
  const block = await provider.getBlock("latest", true);
  assert.ok(block.prefetchedTransactions.length >= 1);
  await provider.send("evm_setAutomine", [false]);
  const { hash } = await wallet.sendTransaction({ to: node.accounts[8], value: 5n });
  const before = await provider.getBalance(node.accounts[8]);
  const pending = await provider.send("eth_getBlockByNumber", ["pending", false]);
  assert.equal(BigInt(pending.number), BigInt(block.number) + 1n);
  assert.deepEqual(pending.transactions, [hash]);
  assert.equal(await provider.getBalance(node.accounts[8], "pending"), before + 5n);
  assert.equal(await provider.getBalance(node.accounts[8], "latest"), before);
  await provider.send("evm_mine", []);
  await provider.send("evm_setAutomine", [true]);
  assert.equal((await provider.getTransactionReceipt(hash)).status, 1);
});

test("every type of transaction", async () => {
  const contract = await deploy(counter);
  const address = await contract.getAddress();
  const data = contract.interface.encodeFunctionData("bump");
  const accessList = [{ address, storageKeys: [`0x${"0".repeat(64)}`] }];
  const { blob, commitment, cellProofs, hash } = zeros;
  const blobs = [{ data: blob, commitment, proof: cellProofs }];
  const types = [
    [0, {}],
    [1, { accessList }],
    [2, { accessList }],
    [3, { blobVersionedHashes: [hash], blobs, blobWrapperVersion: 1, maxFeePerBlobGas: parseUnits("10", "gwei") }],
    [4, { authorizationList: [await new Wallet(node.keys[3], provider).authorize({ address })] }],
  ];
  for (const [type, fields] of types) {
    const sent = await wallet.sendTransaction({ type, to: address, data, gasLimit: 200_000, ...fields });
    const receipt = await sent.wait();
    assert.equal(receipt.status, 1, `${type}`);
    assert.equal(receipt.type, type);
    const told = await provider.getTransaction(sent.hash);
    assert.equal(told.type, type);
    if (type === 3) assert.equal(receipt.blobGasUsed, 131_072n);
  }
  assert.equal(await contract.value(), BigInt(types.length));
  const authority = new Wallet(node.keys[3]).address;
  assert.equal(await provider.getCode(authority), `0xef0100${address.slice(2).toLowerCase()}`);
});

test("a transaction is what was signed", async () => {
  const sent = await wallet.sendTransaction({ to: node.accounts[1], value: 1n, type: 2 });
  await sent.wait();
  const raw = await provider.send("eth_getRawTransactionByHash", [sent.hash]);
  assert.equal(Transaction.from(raw).hash, sent.hash);
});
