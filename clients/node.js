// A development node of its own for each file of tests: started on a free port, stopped at the end.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The binary: what the environment names, else what `cargo build` leaves. */
export const binary = process.env.PARALLAX_BIN ?? fileURLToPath(new URL("../target/debug/parallax", import.meta.url));

/** Starts `parallax dev` with further arguments; gives its addresses, its accounts, and a way to ask and to end it. */
export async function start(...further) {
  if (!existsSync(binary)) throw new Error(`no binary at ${binary}: run \`cargo build\`, or set PARALLAX_BIN`);
  const child = spawn(binary, ["dev", "--port", "0", "--json", ...further], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    ended.then((code) => reject(new Error(`the node ended with ${code}`)));
  });
  const told = JSON.parse(line);
  const http = told.http;
  return {
    http,
    ws: http.replace("http:", "ws:"),
    accounts: told.accounts.map(({ address }) => address),
    keys,
    ask: (method, ...params) => ask(http, method, params),
    refusal: (method, ...params) => refusal(http, method, params),
    async stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

/** Secrets of the first accounts of the mnemonic that everybody knows, "test test ... junk". */
const keys = [
  "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
  "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
  "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
  "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
];

async function post(url, body) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return answer.json();
}

async function ask(url, method, params) {
  const { result, error } = await post(url, { jsonrpc: "2.0", id: 1, method, params });
  if (error) throw new Error(`${method}: ${error.code} ${error.message}`);
  return result;
}

async function refusal(url, method, params) {
  const { result, error } = await post(url, { jsonrpc: "2.0", id: 1, method, params });
  if (!error) throw new Error(`${method} is not refused: ${JSON.stringify(result)}`);
  return error;
}
