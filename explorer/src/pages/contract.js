// Calls of a contract: its functions as forms. Reading asks the node; writing lets the node sign, where it has keys.

import { decode, encode, parse, reasonOf, selector, signature, textOf, typeOf } from "../abi.js";
import { card, h, tell } from "../dom.js";
import { addressLink, grouped, transactionLink } from "../format.js";
import { artefact, readArtefact, remember } from "../names.js";
import { attempt, call } from "../rpc.js";

export async function contract(address) {
  const accounts = await attempt(call("eth_accounts"), []);
  const chosen = { address: address ?? "", known: address ? artefact(address) : null };
  const field = h("input", { id: "contract-address", class: "hash", value: chosen.address, placeholder: "0x…", spellcheck: "false", autocomplete: "off" });
  const text = h("textarea", { id: "contract-abi", rows: 6, spellcheck: "false", class: "hash", placeholder: "ABI, or an artefact of solc, forge or Hardhat, as JSON" });
  const file = h("input", { id: "contract-file", type: "file", accept: ".json,application/json" });
  const told = h("p", { role: "status", class: "quiet" });
  const functions = h("div", { class: "functions" });

  const use = (json) => {
    try {
      const known = readArtefact(json);
      const target = field.value.trim();
      if (!/^0x[0-9a-fA-F]{40}$/.test(target)) throw new Error("First give the contract's address.");
      const kept = remember(target, { ...artefact(target), ...known });
      Object.assign(chosen, { address: target, known: { ...chosen.known, ...known } });
      const parts = [known.abi && `${grouped(known.abi.length)} entries of the ABI`, known.storageLayout && "the storage layout"].filter(Boolean);
      told.textContent = `Took ${parts.join(" and ")}${kept ? ", kept in this browser" : ""}.`;
      show();
    } catch (error) {
      told.textContent = error instanceof SyntaxError ? `That is no JSON: ${error.message}` : error.message;
    }
  };
  const show = () => functions.replaceChildren(...forms(chosen, accounts));
  const load = async (from) => {
    if (!from) return;
    const json = await from.text();
    // A field of megabytes makes a browser slow; what was loaded need not be seen.
    text.value = json.length < 100_000 ? json : "";
    use(json);
  };
  file.addEventListener("change", () => load(file.files[0]));
  const given = card("Contract",
    h("div", { class: "form" },
      h("label", { for: "contract-address" }, "Address"), field,
      h("label", { for: "contract-abi" }, "ABI or artefact"), text,
      h("label", { for: "contract-file" }, "or a file, also dropped here"), file),
    h("p", null, h("button", { type: "button", class: "button", onclick: () => use(text.value) }, "Use it")), told,
    h("p", { class: "note" }, "A storage layout in the artefact gives hot keys the names of variables."));
  given.addEventListener("dragover", (event) => event.preventDefault());
  given.addEventListener("drop", (event) => {
    event.preventDefault();
    load(event.dataTransfer.files[0]);
  });
  field.addEventListener("change", () => {
    Object.assign(chosen, { address: field.value.trim(), known: artefact(field.value.trim()) });
    show();
  });
  show();
  return { title: "Contract", element: h("div", { class: "page" }, h("h1", null, "Contract calls"), given, functions) };
}

function forms({ address, known }, accounts) {
  const entries = (known?.abi ?? []).filter(({ type }) => type === "function");
  if (entries.length === 0) return [h("p", { class: "quiet" }, "No functions are known yet.")];
  const reads = ({ stateMutability }) => stateMutability === "view" || stateMutability === "pure";
  const list = (title, some, make) => card(title, some.length > 0 ? some.map(make) : h("p", { class: "quiet" }, "None."));
  return [
    h("p", { class: "lead" }, addressLink(address, true)),
    list("Read", entries.filter(reads), (entry) => form(address, known.abi, entry, null)),
    list("Write", entries.filter((entry) => !reads(entry)), (entry) => form(address, known.abi, entry, accounts)),
  ];
}

/** The form of one function; with `accounts` it sends a transaction, without it reads. */
function form(address, abi, entry, accounts) {
  const answer = h("output", { class: "answer" });
  const inputs = entry.inputs.map((type, at) => h("input", { name: `argument-${at}`, class: "hash", placeholder: typeOf(type), autocomplete: "off", spellcheck: "false" }));
  const sender = accounts && h("select", { name: "from" }, accounts.map((one) => h("option", { value: one }, one)));
  const value = accounts && entry.stateMutability === "payable" && h("input", { name: "value", placeholder: "wei", inputmode: "numeric" });
  const labelled = (text, input) => h("label", null, h("span", null, text), input);
  const run = async (event) => {
    event.preventDefault();
    answer.replaceChildren("…");
    try {
      const values = entry.inputs.map((type, at) => parse(type, inputs[at].value));
      const data = (await selector(entry)) + encode(entry.inputs, values);
      const request = { to: address, data };
      if (!accounts) answer.replaceChildren(result(entry, await call("eth_call", request, "latest")));
      else answer.replaceChildren(...await write({ ...request, from: sender.value, ...(value && value.value ? { value: `0x${BigInt(value.value).toString(16)}` } : {}) }));
    } catch (error) {
      const reason = typeof error.data === "string" ? await attempt(reasonOf(error.data, abi)) : null;
      answer.replaceChildren(h("span", { class: "bad" }, `✕ ${error.message}${reason && !error.message.includes(reason) ? `: ${reason}` : ""}`));
    }
    tell(answer.textContent);
  };
  const ready = !accounts || accounts.length > 0;
  return h("details", { class: "function" },
    h("summary", null, h("code", null, signature(entry)), accounts && entry.stateMutability === "payable" && h("span", { class: "badge" }, "payable")),
    h("form", { onsubmit: run },
      entry.inputs.map((type, at) => labelled(`${type.name || `argument ${at}`} `, inputs[at])),
      sender && ready && labelled("from ", sender), value && labelled("value ", value),
      ready ? h("button", { type: "submit", class: "button" }, accounts ? "Send" : "Ask") : h("p", { class: "quiet" }, "This node signs for nobody."),
      answer));
}

function result(entry, data) {
  if (data === "0x" && entry.outputs.length > 0) return h("span", { class: "bad" }, "✕ Nothing came back: is there a contract at this address?");
  const values = decode(entry.outputs, data.slice(2));
  return h("code", { class: "hash whole" }, entry.outputs.length === 0 ? "done" : values.map((value, at) => `${entry.outputs[at].name ? `${entry.outputs[at].name}: ` : ""}${textOf(value)}`).join("\n"));
}

async function write(request) {
  const hash = await call("eth_sendTransaction", request);
  return ["Sent: ", transactionLink(hash)];
}
