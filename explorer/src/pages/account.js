// One account: what it has, its code, and the transactions that touched it.

import { card, facts, h, table } from "../dom.js";
import { addressLink, blockLink, bytes, ether, grouped, number, time, transactionLink } from "../format.js";
import { attempt, call } from "../rpc.js";
import { status } from "./block.js";

const PAGE = 25;

export async function account(address) {
  if (!/^0x[0-9a-fA-F]{40}$/.test(address ?? "")) throw new Error("That is no address.");
  const load = () => Promise.all([
    call("eth_getBalance", address, "latest"),
    call("eth_getTransactionCount", address, "latest"),
    call("eth_getCode", address, "latest"),
  ]);
  const [[balance, nonce, code], creator] = await Promise.all([load(), attempt(call("ots_getContractCreator", address))]);
  const isContract = code !== "0x";
  const delegate = /^0xef0100([0-9a-f]{40})$/i.exec(code)?.[1];
  const amount = h("span", null, ether(balance));
  const count = h("span", null, grouped(number(nonce)));
  const list = h("div");
  await history(address, list, 0);
  const element = h("div", { class: "page" },
    h("h1", null, isContract && !delegate ? "Contract" : "Account"),
    card(null, facts([
      ["Address", addressLink(address, true)],
      ["Balance", amount],
      ["Nonce", count],
      delegate && ["Delegates to", addressLink(`0x${delegate}`, true)],
      creator && ["Made by", h("span", null, addressLink(creator.creator), " in ", transactionLink(creator.hash))],
      isContract && ["Code", bytes(code)],
    ]), isContract && h("p", null, h("a", { class: "button", href: `#/contract/${address}` }, "Call this contract"))),
    card("Transactions", list));
  const onHead = async () => {
    const now = element.isConnected && (await attempt(load()));
    if (now) [amount.textContent, count.textContent] = [ether(now[0]), grouped(number(now[1]))];
  };
  return { title: `${isContract ? "Contract" : "Account"} ${address.slice(0, 10)}…`, element, onHead };
}

/** Transactions before a block, the youngest first; 0 stands for the head. */
async function history(address, holder, before) {
  const found = await attempt(call("ots_searchTransactionsBefore", address, before, PAGE));
  if (!found) return holder.replaceChildren(h("p", { class: "quiet" }, "This node does not tell."));
  const rows = found.txs.map((one, at) => {
    const receipt = found.receipts[at];
    return [transactionLink(one.hash), blockLink(number(one.blockNumber)), receipt?.timestamp ? time(number(receipt.timestamp)) : "", addressLink(one.from), addressLink(one.to), ether(one.value), receipt ? status(receipt) : ""];
  });
  const columns = [["Transaction", "first"], ["Block", "num"], ["Made", "wide"], ["From"], ["To"], ["Value", "num"], ["Result", "first"]];
  const oldest = found.txs.length > 0 ? number(found.txs.at(-1).blockNumber) : 0;
  const turn = (to, text) => h("button", { type: "button", onclick: () => history(address, holder, to) }, text);
  holder.replaceChildren(table("Transactions", columns, rows, "None yet."),
    h("p", { class: "pages" }, !found.firstPage && turn(0, "newest"), " ", !found.lastPage && turn(oldest, "older →")));
  return undefined;
}
