// Names of storage variables, from the storage layouts that were given for contracts: to the node at its start, or in this
// browser, where they stay. The node decodes.

import { attempt, call } from "./rpc.js";
import { splitKey } from "./format.js";

const STORED = "artefact:";

/** What is known of a contract: `{abi, storageLayout}`, or null. */
export function artefact(address) {
  try {
    return JSON.parse(localStorage.getItem(STORED + address.toLowerCase()));
  } catch {
    return null;
  }
}

/** Remembers what is known of a contract. */
export function remember(address, known) {
  try {
    localStorage.setItem(STORED + address.toLowerCase(), JSON.stringify(known));
    return true;
  } catch {
    return false;
  }
}

/** Finds ABI and storage layout in what compilers and frameworks write. Throws if there is neither. */
export function readArtefact(text) {
  const json = JSON.parse(text);
  const found = Array.isArray(json) ? { abi: json } : { abi: json.abi, storageLayout: json.storageLayout };
  if (json.storage && json.types !== undefined) found.storageLayout = { storage: json.storage, types: json.types };
  if (!Array.isArray(found.abi) && !found.storageLayout) throw new Error("There is neither an ABI nor a storage layout in it.");
  return found;
}

/** The variables behind keys of a block, as a map from the key to the name. `reported` are keys that the node told of, with
 * `variable` where it knows it; what this browser was given goes before. */
export async function nameKeys(block, keys, reported = []) {
  const known = reported.filter(({ variable }) => variable).map(({ key, variable }) => [key, variable]);
  const layouts = {};
  for (const key of keys) {
    const { address, field } = splitKey(key);
    const layout = address && field.startsWith("[") && artefact(address)?.storageLayout;
    if (layout) layouts[address] = layout;
  }
  if (Object.keys(layouts).length === 0) return new Map(known);
  const names = await attempt(call("parallax_nameKeys", block, keys, layouts), {});
  return new Map([...known, ...Object.entries(names)]);
}
