// A development node with something to look at: the real binary, contracts, and a block in which transactions collide.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const ARTEFACTS = new URL("../../contracts/artefacts/", import.meta.url);

/** What a contract's source became. */
export function artefact(name) {
  return JSON.parse(readFileSync(new URL(`${name}.json`, ARTEFACTS)));
}

/** Starts the binary; gives its address, its accounts and `stop`. */
export async function start(binary) {
  const child = spawn(binary, ["dev", "--port", "0", "--json", "--workers", "3"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the node ended with ${code}`)));
    child.once("error", reject);
  });
  const told = JSON.parse(line);
  const node = {
    url: told.http,
    accounts: told.accounts.map(({ address }) => address),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
  node.ask = (method, ...params) => ask(node.url, method, params);
  return node;
}

async function ask(url, method, params) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  const answer = await response.json();
  if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
  return answer.result;
}

const word = (value) => (typeof value === "string" ? value.slice(2) : BigInt(value).toString(16)).padStart(64, "0");

/** Call data. */
async function call(node, signature, ...values) {
  const hash = await node.ask("web3_sha3", `0x${Buffer.from(signature).toString("hex")}`);
  return hash.slice(0, 10) + values.map(word).join("");
}

async function deploy(node, name, ...values) {
  const data = artefact(name).bytecode.replace(/^(0x)?/, "0x") + values.map(word).join("");
  const hash = await node.ask("eth_sendTransaction", { from: node.accounts[0], data, gas: "0x4c4b40" });
  await node.ask("evm_mine");
  return (await node.ask("eth_getTransactionReceipt", hash)).contractAddress;
}

/** Contracts and blocks: quiet ones, and one where everybody wants the same counter. */
export async function fill(node) {
  await node.ask("evm_setAutomine", false);
  const contracts = {
    counter: await deploy(node, "Counter"),
    token: await deploy(node, "Token", node.accounts[0], 10n ** 24n),
    cpu: await deploy(node, "Cpu"),
  };
  const { counter, token, cpu } = contracts;
  const send = (from, to, data, value = 0, gas = 100_000) =>
    node.ask("eth_sendTransaction", { from: node.accounts[from], to, data, value: `0x${value.toString(16)}`, gas: `0x${gas.toString(16)}` });
  for (let account = 1; account < 10; account++) await send(0, token, await call(node, "transfer(address,uint256)", node.accounts[account], 10n ** 21n));
  await node.ask("evm_mine");
  for (let block = 0; block < 6; block++) {
    for (let account = 0; account <= block; account++) await send(account, node.accounts[9], "0x", 10 ** 15 * (account + 1));
    await node.ask("evm_mine");
  }
  for (let round = 0; round < 6; round++) {
    for (let account = 0; account < 10; account++) {
      if ((account + round) % 3 === 0) await send(account, counter, await call(node, "bump()"));
      else if ((account + round) % 3 === 1) await send(account, cpu, await call(node, "sort(uint256,uint256)", account * 10 + round, 120 + 40 * ((account * 7 + round) % 5)), 0, 1_500_000);
      else await send(account, token, await call(node, "transfer(address,uint256)", node.accounts[(account + 3) % 10], 1000 + round));
    }
  }
  await node.ask("evm_mine");
  const crowded = Number(await node.ask("eth_blockNumber"));
  const failed = await send(4, token, await call(node, "transferFrom(address,address,uint256)", node.accounts[5], node.accounts[4], 1));
  await node.ask("evm_mine");
  return { contracts, crowded, failed };
}
