// Compiles src/*.sol into artefacts/*.json, one file for each contract. With --check writes nothing and fails if an
// artefact differs from what its source gives. Each source is compiled by itself, so that a change in one file leaves
// the artefacts of the others as they are, byte for byte.

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import solc from "solc";

const here = fileURLToPath(new URL(".", import.meta.url));
const sources = join(here, "src");
const artefacts = join(here, "artefacts");
const settings = JSON.parse(readFileSync(join(here, "settings.json"), "utf8"));

// Numbers that depend on the whole compilation unit say nothing about the layout.
const layoutOf = ({ storage }) =>
  storage.map(({ label, slot, offset, type }) => ({ label, slot, offset, type: type.replace(/\)\d+/g, ")") }));

const artefactOf = (name, source, contract) => ({
  name,
  source,
  compiler: `solc ${solc.version()}`,
  evmVersion: settings.evmVersion,
  abi: contract.abi,
  bytecode: `0x${contract.evm.bytecode.object}`,
  deployedBytecode: `0x${contract.evm.deployedBytecode.object}`,
  storageLayout: layoutOf(contract.storageLayout),
});

const readSource = (path) => {
  try {
    return { contents: readFileSync(join(sources, path), "utf8") };
  } catch {
    return { error: `no such source: ${path}` };
  }
};

const compile = (file) => {
  const input = {
    language: "Solidity",
    sources: { [file]: { content: readFileSync(join(sources, file), "utf8") } },
    settings,
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readSource }));
  const failures = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (failures.length > 0) {
    throw new Error(failures.map(({ formattedMessage }) => formattedMessage).join("\n"));
  }
  return Object.entries(output.contracts[file]).map(([name, contract]) => artefactOf(name, `src/${file}`, contract));
};

const built = new Map();
for (const file of readdirSync(sources).filter((name) => name.endsWith(".sol")).sort()) {
  for (const artefact of compile(file)) {
    const path = `${artefact.name}.json`;
    if (built.has(path)) throw new Error(`two contracts are named ${artefact.name}`);
    built.set(path, `${JSON.stringify(artefact, null, 2)}\n`);
  }
}

const present = existsSync(artefacts) ? readdirSync(artefacts) : [];
const stale = present.filter((path) => !built.has(path));
const changed = [...built.keys()].filter(
  (path) => !present.includes(path) || readFileSync(join(artefacts, path), "utf8") !== built.get(path),
);

if (process.argv.includes("--check")) {
  for (const path of [...changed, ...stale]) console.error(`artefacts/${path} is not what its source gives`);
  process.exitCode = changed.length + stale.length > 0 ? 1 : 0;
} else {
  mkdirSync(artefacts, { recursive: true });
  for (const path of stale) rmSync(join(artefacts, path));
  for (const path of changed) writeFileSync(join(artefacts, path), built.get(path));
}
console.log(`${built.size} contracts, ${changed.length} changed, ${stale.length} stale`);
