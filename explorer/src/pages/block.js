// One block: what it says, what ran beside what in it and why not, and its transactions.

import { card, facts, h, table } from "../dom.js";
import { picture } from "../picture.js";
import { addressLink, blockHash, blockLink, cut, ether, grouped, gwei, number, share, short, time, transactionLink } from "../format.js";
import { attempt, call } from "../rpc.js";

const PAGE = 25;

export async function block(id = "latest") {
  const isHash = /^0x[0-9a-fA-F]{64}$/.test(id);
  const tag = /^\d+$/.test(id) ? `0x${Number(id).toString(16)}` : id;
  const found = await call(isHash ? "eth_getBlockByHash" : "eth_getBlockByNumber", tag, true);
  if (!found) throw new Error(`There is no block ${id}.`);
  const [receipts, report, schedule] = await Promise.all([
    attempt(call("eth_getBlockReceipts", found.hash), []),
    attempt(call("parallax_getConflicts", found.hash)),
    attempt(call("parallax_getSchedule", found.hash)),
  ]);
  const at = number(found.number);
  const title = `Block ${grouped(at)}`;
  const shown = found.transactions.length > 0 && report ? await picture({ block: found, receipts, report, schedule }) : null;
  const element = h("div", { class: "page" },
    h("div", { class: "title" }, h("h1", null, title), h("nav", { class: "beside", "aria-label": "Blocks beside" },
      at > 0 && h("a", { href: `#/block/${at - 1}`, rel: "prev" }, "← ", grouped(at - 1)),
      h("a", { href: `#/block/${at + 1}`, rel: "next" }, grouped(at + 1), " →"))),
    shown ?? (found.transactions.length > 0 && h("p", { class: "quiet" }, "What its transactions touched is not known.")),
    card("Transactions", transactions(found, receipts)),
    card("Header", header(found)));
  return { title, element };
}

function transactions(found, receipts) {
  const holder = h("div");
  const pages = Math.ceil(found.transactions.length / PAGE);
  const columns = [["", "num"], ["Transaction", "first"], ["From"], ["To"], ["Calls", "wide"], ["Value", "num wide"], ["Gas", "num"], ["Result", "first"]];
  const show = (page) => {
    const rows = found.transactions.slice(page * PAGE, (page + 1) * PAGE).map((one, position) => {
      const index = page * PAGE + position;
      const receipt = receipts?.[index];
      const calls = one.to === null ? "creation" : one.input.length >= 10 ? one.input.slice(0, 10) : "transfer";
      return [grouped(index), transactionLink(one.hash), addressLink(one.from), one.to ? addressLink(one.to) : addressLink(receipt?.contractAddress), h("code", null, calls), ether(one.value), receipt ? short(number(receipt.gasUsed)) : "", receipt ? status(receipt) : ""];
    });
    const turn = (to, text) => h("button", { type: "button", disabled: to < 0 || to >= pages, onclick: () => show(to) }, text);
    holder.replaceChildren(
      table("Transactions", columns, rows, "None."),
      pages > 1 && h("p", { class: "pages" }, turn(page - 1, "← before"), ` ${page + 1} of ${pages} `, turn(page + 1, "after →")) || "");
  };
  show(0);
  return holder;
}

/** How a transaction ended: a sign, and the word. */
export function status(receipt) {
  return number(receipt.status) === 1 ? h("span", { class: "good" }, "✓ done") : h("span", { class: "bad" }, "✕ failed");
}

function header(found) {
  return facts([
    ["Hash", blockHash(found.hash, true)],
    ["Parent", blockHash(found.parentHash, true)],
    ["Made", time(number(found.timestamp))],
    ["Beneficiary", addressLink(found.miner, true)],
    ["Gas", `${grouped(number(found.gasUsed))} of ${grouped(number(found.gasLimit))}, ${share(number(found.gasUsed), number(found.gasLimit))}`],
    found.baseFeePerGas && ["Base fee", gwei(found.baseFeePerGas)],
    ["Size", `${grouped(number(found.size))} bytes`],
    ["State root", h("code", { class: "hash whole" }, found.stateRoot)],
    ["Receipts root", h("code", { class: "hash whole" }, found.receiptsRoot)],
    found.blockAccessListHash && ["Access list hash", h("code", { class: "hash whole" }, found.blockAccessListHash)],
  ]);
}
