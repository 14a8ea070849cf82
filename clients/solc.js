#!/usr/bin/env node
// The compiler of the npm package `solc` with the few options that forge calls a native one with.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import solc from "solc";

// forge accepts one platform's name only.
const version = solc.version().replace(".Emscripten.clang", ".Linux.g++");

if (process.argv.includes("--version")) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${version}`);
} else if (process.argv.includes("--standard-json")) {
  const missing = (path) => ({ error: `${path} is not in the input of ${fileURLToPath(import.meta.url)}` });
  process.stdout.write(solc.compile(readFileSync(0, "utf8"), { import: missing }));
} else {
  console.error("only --version and --standard-json are understood");
  process.exitCode = 2;
}
