// Our own contracts, as the compiler left them.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder `contracts/`. */
export const folder = process.env.PARALLAX_CONTRACTS ?? fileURLToPath(new URL("../contracts", import.meta.url));

const read = (name) => JSON.parse(readFileSync(join(folder, "artefacts", `${name}.json`), "utf8"));

export const counter = read("Counter");
export const token = read("Token");
