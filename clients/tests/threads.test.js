// What `parallax solc` makes of Solidity with threads, deployed and called by viem, ethers and cast on a chain that has them.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ContractFactory, JsonRpcProvider, Wallet } from "ethers";
import { createPublicClient, createWalletClient, http, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { foundry as chain } from "viem/chains";
import { foundry, run } from "../command.js";
import { folder as contracts } from "../contracts.js";
import { binary, start } from "../node.js";

const text = toHex("one fish two fish red fish blue fish");
const words = ["one", "fish", "two", "red", "blue"];
const frequencies = [1n, 4n, 1n, 1n, 1n];

let node, folder, artefact;

before(async () => {
  node = await start("--threads");
  folder = mkdtempSync(join(tmpdir(), "parallax-threads-"));
  const compiler = fileURLToPath(new URL("../node_modules/solc", import.meta.url));
  await run(binary, ["solc", join(contracts, "threads/WordCount.sol"), "--solc", compiler, "-o", folder]);
  artefact = JSON.parse(readFileSync(join(folder, "WordCount.sol/WordCount.json"), "utf8"));
});
after(async () => {
  await node?.stop();
  if (folder) rmSync(folder, { recursive: true });
});

/** Asserts what the text has. */
function counted(counts) {
  const word = (hex) => Buffer.from(hex.slice(2), "hex").toString().replace(/\0+$/, "");
  assert.deepEqual(counts.map((count) => word(count.word ?? count[0])), words);
  assert.deepEqual(counts.map((count) => count.frequency ?? count[1]), frequencies);
}

/** Deploys with viem; gives what reads and writes on a node, and the contract's address. */
async function deployed(on) {
  const { abi, bytecode } = artefact;
  const transport = http(on.http);
  const open = createPublicClient({ chain, transport, pollingInterval: 50, cacheTime: 0 });
  const wallet = createWalletClient({ chain, transport, account: privateKeyToAccount(on.keys[0]) });
  const hash = await wallet.deployContract({ abi, bytecode: bytecode.object });
  const { contractAddress: address, status } = await open.waitForTransactionReceipt({ hash });
  assert.equal(status, "success");
  return { abi, address, open, wallet };
}

test("viem deploys, calls and sends", async () => {
  const { abi, address, open, wallet } = await deployed(node);
  for (const functionName of ["main", "mainSerial"]) {
    const { result } = await open.simulateContract({ address, abi, functionName, args: [text] });
    counted(result);
  }
  const hash = await wallet.writeContract({ address, abi, functionName: "main", args: [text] });
  assert.equal((await open.waitForTransactionReceipt({ hash })).status, "success");
  // Two threads, each seen as a call of the contract to itself.
  const trace = await node.ask("debug_traceTransaction", hash, { tracer: "callTracer" });
  assert.deepEqual(trace.calls.map(({ from, to }) => [from, to]), Array(2).fill([address, address]));
});

test("a chain without threads runs only what has none", async () => {
  const other = await start();
  try {
    const { abi, address, open } = await deployed(other);
    const call = (functionName) => open.simulateContract({ address, abi, functionName, args: [text] });
    counted((await call("mainSerial")).result);
    await assert.rejects(call("main"));
  } finally {
    await other.stop();
  }
});

test("ethers takes the artefact as Foundry's", async () => {
  const provider = new JsonRpcProvider(node.http, undefined, { cacheTimeout: -1 });
  const factory = ContractFactory.fromSolidity(artefact, new Wallet(node.keys[1], provider));
  const contract = await (await factory.deploy()).waitForDeployment();
  counted(await contract.main.staticCall(text));
  assert.equal((await (await contract.main(text)).wait()).status, 1);
  provider.destroy();
});

test("cast deploys and calls", async () => {
  const cast = (...args) => run(foundry("cast"), args);
  const sent = ["--rpc-url", node.http, "--private-key", node.keys[2], "--json"];
  const { contractAddress, status } = JSON.parse(await cast("send", ...sent, "--create", artefact.bytecode.object));
  assert.equal(status, "0x1");
  assert.equal(JSON.parse(await cast("send", ...sent, contractAddress, "main(bytes)", text)).status, "0x1");
  const call = (name) => cast("call", "--rpc-url", node.http, contractAddress, `${name}(bytes)`, text);
  const output = await call("main");
  assert.equal(output, await call("mainSerial"));
  assert.ok(output.length > 2 + 64 * 2 * words.length);
});
