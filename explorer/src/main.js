// The frame: which page is shown, the search field, and what is told of the node.

import { h, tell } from "./dom.js";
import { attempt, call, follow } from "./rpc.js";
import { find } from "./search.js";
import { overview } from "./pages/overview.js";
import { block } from "./pages/block.js";
import { transaction } from "./pages/transaction.js";
import { pool } from "./pages/pool.js";
import { account } from "./pages/account.js";
import { contract } from "./pages/contract.js";
import { hotKeys } from "./pages/hot-keys.js";

/** Each gives `{title, element, onHead?}`. */
const PAGES = { "": overview, block, tx: transaction, pool, address: account, contract, hot: hotKeys };

const main = document.getElementById("main");
const busy = document.getElementById("busy");
const query = document.getElementById("query");
let shown = null;
let turn = 0;

/** Makes the page that the address names; the one before stays until it is ready. */
async function route() {
  const mine = ++turn;
  const [name = "", ...rest] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  const page = PAGES[name] ?? notFound;
  const timer = setTimeout(() => (busy.hidden = false), 150);
  let made;
  try {
    made = await page(...rest);
  } catch (error) {
    made = failed(error);
  }
  clearTimeout(timer);
  if (mine !== turn) return;
  busy.hidden = true;
  const isMove = shown !== null;
  shown = made;
  main.replaceChildren(made.element);
  document.title = `${made.title} · Parallax`;
  for (const link of document.querySelectorAll("nav a")) {
    const here = link.getAttribute("href") === `#/${name}`;
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (isMove) {
    scrollTo(0, 0);
    if (!isSearching()) main.focus({ preventScroll: true });
    tell(made.title);
  }
}

/** A page that comes late does not take the keyboard from who types the next search. */
function isSearching() {
  return document.activeElement === query && query.value !== "";
}

function notFound() {
  return message("Not found", "There is no such page.");
}

function failed(error) {
  return message("That did not work", error.message);
}

function message(title, text) {
  const again = h("button", { type: "button", onclick: route }, "Try again");
  return { title, element: h("section", { class: "card message" }, h("h1", null, title), h("p", null, text), again) };
}

document.getElementById("search").addEventListener("submit", async (event) => {
  event.preventDefault();
  const asked = query.value;
  const place = await attempt(find(asked));
  if (query.value !== asked) return;
  if (place) {
    query.setCustomValidity("");
    query.value = "";
    location.hash = place;
  } else {
    query.setCustomValidity("Nothing of that name: a block's number, a hash or an address is looked for.");
    query.reportValidity();
  }
});
query.addEventListener("input", () => query.setCustomValidity(""));
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});

const link = document.getElementById("link");
const words = { live: "● live", polling: "◌ asking every 2 s", lost: "✕ the node cannot be reached" };
addEventListener("hashchange", route);
await route();
follow((number) => shown?.onHead?.(number), (how) => {
  link.textContent = words[how];
  link.dataset.link = how;
});
const version = await attempt(call("web3_clientVersion"));
document.getElementById("client").textContent = version ?? " ";
