// JSON-RPC: calls of one tick travel as one batch; heads come over WebSocket, or by asking where that is not to be had.

/** What the node answered with, where that was an error. */
export class RpcError extends Error {
  constructor({ code, message, data }) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

const BATCH_MAX = 500;
let waiting = [];
let identifier = 0;

/** Calls a method; calls made together are sent together. */
export function call(method, ...params) {
  return new Promise((resolve, reject) => {
    if (waiting.length === 0) queueMicrotask(flush);
    waiting.push({ request: { jsonrpc: "2.0", id: ++identifier, method, params }, resolve, reject });
  });
}

/** The result, or what stands for it where there is an error. */
export async function attempt(promise, otherwise = null) {
  try {
    return await promise;
  } catch {
    return otherwise;
  }
}

function flush() {
  const all = waiting;
  waiting = [];
  for (let at = 0; at < all.length; at += BATCH_MAX) send(all.slice(at, at + BATCH_MAX));
}

async function send(calls) {
  try {
    const body = JSON.stringify(calls.length === 1 ? calls[0].request : calls.map((one) => one.request));
    const response = await fetch("/", { method: "POST", headers: { "content-type": "application/json" }, body });
    if (!response.ok) throw new Error(`the node answered with status ${response.status}`);
    const answer = await response.json();
    const answers = new Map((Array.isArray(answer) ? answer : [answer]).map((one) => [one.id, one]));
    for (const { request, resolve, reject } of calls) {
      const one = answers.get(request.id);
      if (!one) reject(new Error("the node left a call without an answer"));
      else if (one.error) reject(new RpcError(one.error));
      else resolve(one.result);
    }
  } catch (error) {
    const reason = error instanceof TypeError ? new Error("The node cannot be reached.") : error;
    for (const { reject } of calls) reject(reason);
  }
}

const POLL_MS = 2000;
const RETRY_MS = 10_000;

/** Calls `onHead` with the number of each new head, and `onLink` with how they come: live, polling or lost. */
export function follow(onHead, onLink) {
  let last = -1;
  let timer = null;
  let live = false;
  const arrived = (value) => {
    if (value === last) return;
    last = value;
    onHead(value);
  };
  const poll = async () => {
    try {
      arrived(Number(await call("eth_blockNumber")));
      if (!live) onLink("polling");
    } catch {
      if (!live) onLink("lost");
    }
  };
  const connect = () => {
    const socket = new WebSocket(location.origin.replace(/^http/, "ws"));
    socket.onopen = () => socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_subscribe", params: ["newHeads"] }));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.id === 1 && message.result) {
        clearInterval(timer);
        timer = null;
        live = true;
        onLink("live");
      }
      if (message.method === "eth_subscription") arrived(Number(message.params.result.number));
    };
    socket.onclose = () => {
      live = false;
      timer ??= setInterval(poll, POLL_MS);
      poll();
      setTimeout(connect, RETRY_MS);
    };
  };
  poll();
  connect();
}
