// The explorer as people see it: every page, at both widths, in light and in dark.
//
// PARALLAX is the binary; CHROMIUM the browser; with SCREENSHOTS a folder is filled with pictures.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BINARY, SCHEMES, SIZES, faint, launch, shoot } from "./browser.mjs";
import { artefact, fill, start } from "./chain.mjs";

const WEIGHT_MAX = 300_000;

let node;
let chain;
let browser;

before(async () => {
  node = await start(BINARY);
  chain = await fill(node);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await node?.stop();
});

/** A page that notes every complaint, every request and every shift of the layout. */
async function open(size = "desktop", colorScheme = "light") {
  const context = await browser.newContext({ viewport: SIZES[size], colorScheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  const seen = { complaints: [], hosts: new Set(), bodies: [] };
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && seen.complaints.push(message.text()));
  page.on("pageerror", (error) => seen.complaints.push(String(error)));
  page.on("request", (request) => seen.hosts.add(new URL(request.url()).host));
  page.on("websocket", (socket) => seen.hosts.add(new URL(socket.url()).host));
  page.on("response", (response) => {
    if (response.request().method() === "GET" && response.status() === 200) seen.bodies.push(response.body());
  });
  await page.addInitScript(() => {
    window.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  const go = async (hash) => {
    // The page before stays until the new one is ready, and must not be taken for it.
    await page.evaluate(() => document.querySelector("main")?.firstElementChild?.setAttribute("data-old", ""));
    await page.goto(`${node.url}/${hash}`);
    await page.locator("main > :not([data-old])").first().waitFor({ state: "attached" });
  };
  const end = async () => {
    const host = new URL(node.url).host;
    assert.deepEqual(seen.complaints, [], "the console is silent");
    assert.deepEqual([...seen.hosts], [host], "nobody else is asked");
    await context.close();
  };
  return { page, go, end, seen };
}

const text = (page, selector) => page.locator(selector).first().innerText();

test("the page is light and asks this server only", async () => {
  const { page, go, end, seen } = await open();
  await go("#/");
  await page.locator("#link[data-link=live]").waitFor();
  const weight = (await Promise.all(seen.bodies)).reduce((sum, body) => sum + body.length, 0);
  assert.ok(weight > 50_000 && weight <= WEIGHT_MAX, `${weight} bytes`);
  await end();
});

test("new blocks come in as they are made, and nothing moves", async () => {
  const { page, go, end } = await open();
  await go("#/");
  await page.locator("#link[data-link=live]").waitFor();
  const head = Number(await node.ask("eth_blockNumber"));
  assert.equal(await text(page, ".tile .figure"), String(head));
  await page.evaluate(() => (window.shift = 0));
  await node.ask("evm_mine");
  await page.locator("tbody tr").first().getByText(String(head + 1), { exact: true }).waitFor();
  assert.ok((await page.evaluate(() => window.shift)) < 0.01, "the layout stays");
  assert.ok((await page.locator(".chart .fill").count()) >= 2 * 8, "there are bars");
  await end();
});

test("a browser without WebSocket still follows the head", async () => {
  const { page, go, end } = await open();
  await page.addInitScript(() => {
    window.WebSocket = class {
      constructor() {
        setTimeout(() => this.onclose?.(), 0);
      }
    };
  });
  await go("#/");
  await page.locator("#link[data-link=polling]").waitFor();
  const head = Number(await node.ask("eth_blockNumber"));
  await node.ask("evm_mine");
  await page.locator("tbody tr").first().getByText(String(head + 1), { exact: true }).waitFor();
  await end();
});

test("a block shows lanes, arrows, hot keys and the longest chain, as the node tells them", async () => {
  const { page, go, end } = await open();
  const tag = `0x${chain.crowded.toString(16)}`;
  const [report, schedule] = [await node.ask("parallax_getConflicts", tag), await node.ask("parallax_getSchedule", tag)];
  assert.equal(report.transactions, 60);
  await go(`#/block/${chain.crowded}`);
  assert.equal(await page.locator(".lanes .lane").count(), schedule.workers);
  assert.equal(await page.locator(".lanes .bar").count(), schedule.runs.length);
  assert.equal(await page.locator(".lanes .bar.stale").count(), schedule.runs.filter(({ stale }) => stale).length);
  assert.equal(await page.locator(".lanes .bar.critical").count(), report.criticalPath.length);
  assert.equal(await page.locator(".lanes .arrow.critical").count(), report.criticalPath.length - 1);
  await page.locator("#lanes-arrows").selectOption("all");
  const pairs = new Set(report.conflicts.map(({ before, after }) => `${before}-${after}`));
  assert.equal(await page.locator(".lanes .arrow").count(), pairs.size);
  const keys = page.locator("table.list:has(.strip) tbody tr");
  assert.equal(await keys.count(), Math.min(20, report.hotKeys.length));
  assert.ok((await keys.first().locator(".key").getAttribute("title")) === report.hotKeys[0].key);
  assert.ok((await keys.first().locator(".heat-5").count()) > 0, "the hottest is darkest");

  await page.locator("#lanes-mode").selectOption("8");
  assert.equal(await page.locator(".lanes .lane").count(), 8);
  assert.equal(await page.locator(".lanes .bar").count(), 60);
  await end();
});

test("a bar can be reached with the keyboard and tells what it waited for", async () => {
  const { page, go, end } = await open();
  await go(`#/block/${chain.crowded}`);
  await page.locator("#lanes-mode").selectOption("4");
  await page.locator('.lanes .bar[tabindex="0"]').focus();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  const picked = await page.locator(".lanes .bar.picked").getAttribute("data-transaction");
  assert.match(await text(page, ".detail h3"), new RegExp(`Transaction ${picked}`));
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".lanes .bar.picked").count(), 0);
  await end();
});

test("what-if gives the bound that the node gives", async () => {
  const { page, go, end } = await open();
  await go(`#/block/${chain.crowded}`);
  const tag = `0x${chain.crowded.toString(16)}`;
  const [{ key }] = (await node.ask("parallax_getConflicts", tag)).hotKeys;
  const { after: gained } = await node.ask("parallax_whatIf", tag, { ignore: [key] });
  await page.getByLabel(`Not there: ${key}`).check();
  await page.locator("#what-if-bound").waitFor();
  const shown = parseFloat(await text(page, "#what-if-bound"));
  assert.ok(Math.abs(shown - gained.bound) <= gained.bound * 0.01, `${shown} and ${gained.bound}`);
  await page.getByLabel(`Not there: ${key}`).uncheck();
  await page.locator("#what-if-bound").waitFor({ state: "detached" });
  await page.locator(".mark").first().click();
  assert.ok((await page.locator(".lanes .bar.touched").count()) > 1);
  await end();
});

test("a transaction shows receipt, logs and calls; a failed one says why", async () => {
  const { page, go, end } = await open();
  const block = await node.ask("eth_getBlockByNumber", `0x${chain.crowded.toString(16)}`, true);
  const bump = block.transactions.find(({ to }) => to === chain.contracts.counter.toLowerCase());
  await go(`#/tx/${bump.hash}`);
  assert.match(await text(page, "main"), /✓ done/);
  assert.equal(await page.locator(".log").count(), 1);
  assert.equal(await page.locator(".tree > li").count(), 1);
  await go(`#/tx/${chain.failed}`);
  assert.match(await text(page, "main"), /✕ failed/);
  assert.match(await text(page, ".tree"), /revert/);
  await end();
});

test("the pool shows what waits", async () => {
  const { page, go, end } = await open();
  const waiting = await node.ask("eth_sendTransaction", { from: node.accounts[2], to: node.accounts[3], value: "0x7", gas: "0x5208" });
  await go("#/pool");
  assert.equal(await page.locator(`a[href="#/tx/${waiting}"]`).count(), 1);
  await end();
});

test("an account shows balance, nonce and its transactions", async () => {
  const { page, go, end } = await open();
  await go(`#/address/${node.accounts[9]}`);
  const balance = BigInt(await node.ask("eth_getBalance", node.accounts[9], "latest"));
  assert.match(await text(page, "main"), new RegExp(`${(balance / 10n ** 18n).toLocaleString("en")}\\.\\d* ETH`));
  assert.ok((await page.locator("tbody tr").count()) >= 6);
  await end();
});

test("a contract is read and written through its ABI", async () => {
  const { page, go, end } = await open();
  await go(`#/contract/${chain.contracts.token}`);
  await page.locator("#contract-abi").fill(JSON.stringify(artefact("Token")));
  await page.getByRole("button", { name: "Use it" }).click();
  const balance = page.locator("details.function", { hasText: "balanceOf(address)" });
  await balance.locator("summary").click();
  await balance.locator("input").fill(node.accounts[7]);
  await balance.getByRole("button").click();
  await balance.locator("output code").waitFor();
  const before = BigInt((await balance.locator("output").innerText()).trim());
  assert.ok(before > 0n);
  const transfer = page.locator("details.function", { hasText: /^transfer\(address,uint256\)/ });
  await transfer.locator("summary").click();
  await transfer.locator("input").nth(0).fill(node.accounts[7]);
  await transfer.locator("input").nth(1).fill("12345");
  await transfer.getByRole("button").click();
  await transfer.locator("output a").waitFor();
  await node.ask("evm_mine");
  await balance.getByRole("button").click();
  await page.waitForFunction((old) => [...document.querySelectorAll("output code")].some((one) => BigInt(one.textContent) === BigInt(old) + 12345n), String(before));
  await transfer.locator("input").nth(1).fill("-1");
  await transfer.getByRole("button").click();
  assert.match(await transfer.locator("output").innerText(), /does not fit/);
  await end();
});

test("a storage layout gives hot keys the names of variables", async () => {
  const { page, go, end } = await open();
  for (const [contract, name] of [[chain.contracts.token, "Token"], [chain.contracts.counter, "Counter"]]) {
    await go(`#/contract/${contract}`);
    await page.locator("#contract-abi").fill(JSON.stringify(artefact(name)));
    await page.getByRole("button", { name: "Use it" }).click();
    await page.getByText("the storage layout", { exact: false }).first().waitFor();
  }
  await go(`#/block/${chain.crowded}`);
  await page.locator(".variable").first().waitFor();
  const names = await page.locator("table.list:has(.strip) .variable").allInnerTexts();
  assert.ok(names.includes("value"), names.join());
  assert.ok(names.some((name) => /^balanceOf\[0x[0-9a-fA-F]{40}\]$/.test(name)), names.join());
  await end();
});

test("the search field finds blocks, transactions and accounts", async () => {
  const { page, go, end } = await open();
  await go("#/");
  const block = await node.ask("eth_getBlockByNumber", `0x${chain.crowded.toString(16)}`, false);
  const places = { [chain.crowded]: "block", [block.hash]: "block", [chain.failed]: "tx", [node.accounts[1]]: "address" };
  for (const [query, kind] of Object.entries(places)) {
    await page.locator("#query").fill(query);
    await page.keyboard.press("Enter");
    await page.waitForFunction((place) => location.hash === place, `#/${kind}/${query}`);
  }
  await page.locator("#query").fill("no such thing");
  await page.keyboard.press("Enter");
  await page.locator("#query:invalid").waitFor();
  await end();
});

test("a page that comes late leaves the keyboard to the next search", async () => {
  const { page, go, end } = await open();
  await go("#/");
  let answer;
  const asked = new Promise((resolve) => {
    page.route("**/*", (route) => {
      answer = () => route.continue();
      resolve();
    }, { times: 1 });
  });
  await page.locator("#query").fill(String(chain.crowded));
  await page.keyboard.press("Enter");
  await asked;
  await page.locator("#query").fill(node.accounts[1]);
  await answer();
  await page.locator("main h1").filter({ hasText: `${chain.crowded}` }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForFunction((place) => location.hash === place, `#/address/${node.accounts[1]}`);
  await end();
});

test("hot keys over many blocks are listed", async () => {
  const { page, go, end } = await open();
  await go("#/hot");
  const [first] = await node.ask("parallax_getHotKeys", "0x0", "latest", 100);
  assert.equal(await page.locator(".key").first().getAttribute("title"), first.key);
  await end();
});

test("the switch goes from the system's colours to light to dark, and stays", async () => {
  const { page, go, end } = await open("desktop", "dark");
  await go("#/");
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await paper();
  await page.locator("#theme").click();
  const light = await paper();
  assert.notEqual(light, dark);
  await page.reload();
  await page.locator("main h1").first().waitFor({ state: "attached" });
  assert.equal(await paper(), light);
  await page.locator("#theme").click();
  assert.equal(await paper(), dark);
  await end();
});

for (const size of Object.keys(SIZES)) {
  for (const scheme of SCHEMES) {
    test(`every page fits and can be read: ${size}, ${scheme}`, async () => {
      const { page, go, end } = await open(size, scheme);
      const block = await node.ask("eth_getBlockByNumber", `0x${chain.crowded.toString(16)}`, true);
      const pages = {
        overview: "#/",
        block: `#/block/${chain.crowded}`,
        transaction: `#/tx/${block.transactions.find(({ to }) => to === chain.contracts.token.toLowerCase()).hash}`,
        failed: `#/tx/${chain.failed}`,
        pool: "#/pool",
        account: `#/address/${node.accounts[9]}`,
        contract: `#/contract/${chain.contracts.token}`,
        hot: "#/hot",
        nothing: "#/block/123456789",
      };
      for (const [name, hash] of Object.entries(pages)) {
        await go(hash);
        await page.waitForTimeout(name === "overview" ? 300 : 50);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= SIZES[size].width, `${name} is ${width} wide`);
        assert.deepEqual(await page.evaluate(faint), [], `${name}: faint text`);
        const nameless = await page.evaluate(() => [...document.querySelectorAll("button, input, select, textarea, a[href]")]
          .filter((one) => !(one.getAttribute("aria-label") || one.labels?.length || one.textContent.trim() || one.closest("svg") || one.title))
          .map((one) => one.outerHTML));
        assert.deepEqual(nameless, [], `${name}: controls without a name`);
        await shoot(page, `${name}-${size}-${scheme}`);
      }
      await end();
    });
  }
}
