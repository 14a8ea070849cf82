// A program and what it prints.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Where the package of one tool of Foundry for this machine keeps its program. */
export function foundry(tool) {
  const { platform, arch } = process;
  const machine = arch === "x64" ? "amd64" : arch;
  return fileURLToPath(new URL(`node_modules/@foundry-rs/${tool}-${platform}-${machine}/bin/${tool}`, import.meta.url));
}

/** Runs a program to its end; gives its output, and fails with everything that it said. */
export function run(program, args, options = {}) {
  const env = { ...process.env, FOUNDRY_DISABLE_NIGHTLY_WARNING: "1", NO_COLOR: "1", ...options.env };
  return new Promise((resolve, reject) => {
    const limits = { timeout: 120_000, maxBuffer: 1 << 26 };
    execFile(program, args, { ...limits, ...options, env }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(" ")}\n${error.message}\n${stdout}\n${stderr}`));
      else resolve(stdout.trim());
    });
  });
}
