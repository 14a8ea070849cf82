// What a text in the search field means.

import { attempt, call } from "./rpc.js";

/** The place that the text names, or null. */
export async function find(text) {
  const query = text.trim().replace(/[,_\s]/g, "");
  if (/^\d{1,15}$/.test(query)) return `#/block/${query}`;
  if (/^0x[0-9a-fA-F]{40}$/.test(query)) return `#/address/${query}`;
  if (/^(latest|pending|earliest|safe|finalized)$/.test(query)) return query === "pending" ? "#/pool" : `#/block/${query}`;
  if (/^0x[0-9a-fA-F]{64}$/.test(query)) {
    const [transaction, block] = await Promise.all([
      attempt(call("eth_getTransactionByHash", query)),
      attempt(call("eth_getBlockByHash", query, false)),
    ]);
    if (transaction) return `#/tx/${query}`;
    if (block) return `#/block/${query}`;
  }
  if (/^0x[0-9a-fA-F]{1,12}$/.test(query)) return `#/block/${Number(query)}`;
  return null;
}
