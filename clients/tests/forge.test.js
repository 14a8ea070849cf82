// forge: contracts compiled, deployed and scripted.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { JsonRpcProvider, Contract } from "ethers";
import { foundry, run } from "../command.js";
import { start } from "../node.js";

const solc = fileURLToPath(new URL("../solc.js", import.meta.url));
const project = fileURLToPath(new URL("../foundry", import.meta.url));
const abi = ["function greeting() view returns (string)", "function changes() view returns (uint256)"];

let node, provider, root;
// What takes several values comes last.
const forge = (name, ...args) =>
  run(foundry("forge"), [name, "--use", solc, "--root", root, "--rpc-url", node.http, ...args], { cwd: root });

before(async () => {
  node = await start();
  provider = new JsonRpcProvider(node.http);
  root = mkdtempSync(join(tmpdir(), "parallax-forge-"));
  cpSync(project, root, { recursive: true });
});
after(async () => {
  provider.destroy();
  rmSync(root, { recursive: true });
  await node.stop();
});

test("forge create", async () => {
  const said = await forge("create", "src/Greeter.sol:Greeter", "--broadcast", "--json", "--private-key", node.keys[0], "--constructor-args", "good morning");
  const { deployedTo } = JSON.parse(said.slice(said.indexOf("{")));
  assert.equal(await new Contract(deployedTo, abi, provider).greeting(), "good morning");
});

test("forge script --broadcast, with a contract at an address that its salt decides", async () => {
  const said = await forge("script", "script/Deploy.s.sol:Deploy", "--broadcast", "--private-key", node.keys[1], "--non-interactive");
  assert.match(said, /ONCHAIN EXECUTION COMPLETE & SUCCESSFUL/);
  const [plain, salted] = [.../address (0x[0-9a-fA-F]{40})/g[Symbol.matchAll](said)].map(([, address]) => address);
  assert.equal(await new Contract(plain, abi, provider).greeting(), "changed");
  assert.equal(await new Contract(plain, abi, provider).changes(), 1n);
  assert.equal(await new Contract(salted, abi, provider).greeting(), "salted");
});
