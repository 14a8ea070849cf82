// The page that `parallax explain --html` writes, as people see it: at both widths, in light and in dark.
//
// The block is one that a development node made, taken from it with `parallax fetch-block`; so the test needs no data.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { BINARY, SCHEMES, SIZES, faint, launch, shoot } from "./browser.mjs";
import { fill, start } from "./chain.mjs";

const folder = mkdtempSync(join(tmpdir(), "parallax-explain-"));
const page = join(folder, "block.html");
let browser;
let told;

const parallax = (...words) => execFileSync(BINARY, words, { encoding: "utf8", maxBuffer: 1 << 28 });

before(async () => {
  const node = await start(BINARY);
  try {
    const { crowded } = await fill(node);
    const chain = Number(await node.ask("eth_chainId"));
    const [genesis, block] = [join(folder, "genesis.json"), join(folder, String(crowded))];
    writeFileSync(genesis, parallax("genesis", "new", "--chain-id", String(chain)));
    parallax("fetch-block", "--rpc", node.url, "--genesis", genesis, "--out", block, String(crowded));
    told = JSON.parse(parallax("explain", block, "--workers", "4", "--json", "--html", page));
  } finally {
    await node.stop();
  }
  browser = await launch();
});

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the page, shows it to `look`, and sees that it complained of nothing and asked nobody. */
async function open(size, colorScheme, look) {
  const context = await browser.newContext({ viewport: SIZES[size], colorScheme });
  const shown = await context.newPage();
  const [complaints, asked] = [[], []];
  shown.on("console", (message) => complaints.push(message.text()));
  shown.on("pageerror", (error) => complaints.push(String(error)));
  shown.on("requestfailed", (request) => complaints.push(request.url()));
  shown.on("request", (request) => asked.push(request.url()));
  const { href } = pathToFileURL(page);
  await shown.goto(href);
  await look(shown);
  assert.deepEqual(complaints, [], "the console is silent");
  assert.deepEqual(asked, [href], "nothing else is loaded");
  await context.close();
}

/** Elements that stick out of the window or of what clips them; what scrolls on its own may. Runs in the page. */
function overflowing() {
  const width = document.documentElement.clientWidth;
  const found = [];
  for (const element of document.querySelectorAll("body *:not(svg *)")) {
    const scroller = element.closest(".scroll");
    if (element.getClientRects().length === 0) continue;
    const { left, right } = element.getBoundingClientRect();
    const sticksOut = (!scroller || scroller === element) && (left < -0.5 || right > width + 0.5);
    const isCut = !scroller && element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1;
    if (sticksOut || isCut) found.push(`${element.tagName}.${element.className}: ${left}..${right} of ${width}`);
  }
  return found;
}

/** Bars and lanes of the picture that lie outside of it. Runs in the page. */
function outside() {
  const frame = document.querySelector("svg").getBoundingClientRect();
  const inside = ({ left, right, top, bottom }) =>
    left >= frame.left - 1 && right <= frame.right + 1 && top >= frame.top - 1 && bottom <= frame.bottom + 1;
  const drawn = [...document.querySelectorAll("svg rect, svg line, svg text")];
  return drawn.filter((one) => !inside(one.getBoundingClientRect())).map((one) => one.outerHTML);
}

for (const size of Object.keys(SIZES)) {
  for (const scheme of SCHEMES) {
    test(`the page of a block has its picture and fits: ${size}, ${scheme}`, async () => {
      await open(size, scheme, async (shown) => {
        await shoot(shown, `explain-${size}-${scheme}`);
        const width = await shown.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= SIZES[size].width, `it is ${width} wide`);
        assert.deepEqual(await shown.evaluate(overflowing), []);
        assert.deepEqual(await shown.evaluate(faint), [], "faint text");
        assert.equal(told.transactions.length, 60);
        assert.equal(await shown.locator("svg .bar").count(), 60, "a bar for each transaction");
        const lanes = Math.max(...told.schedule.bars.map(({ worker }) => worker)) + 1;
        assert.equal(await shown.locator("svg .lane").count(), lanes);
        assert.equal(await shown.locator("svg .under").count(), told.critical_path.length, "the critical path is marked");
        assert.deepEqual(await shown.evaluate(outside), []);
        const picture = await shown.locator("svg").boundingBox();
        assert.ok(picture.width >= 300 && picture.height >= 80, `${picture.width} by ${picture.height}`);
      });
    });
  }
}

test("what is hidden opens, and still fits", async () => {
  await open("phone", "light", async (shown) => {
    const hidden = shown.locator("details");
    assert.ok((await hidden.count()) > 0);
    for (const one of await hidden.all()) await one.locator("summary").click();
    assert.deepEqual(await shown.evaluate(overflowing), []);
    const waiting = await hidden.first().innerText();
    const { waiting: expected } = told.hot_keys[0];
    assert.match(waiting, new RegExp(`^${expected.length} waiting\\s+${expected[0]}\\b`));
  });
});

test("a bar says which transaction it is and why it waits", async () => {
  await open("desktop", "light", async (shown) => {
    const titles = await shown.locator("svg .bar title").allTextContents();
    assert.equal(new Set(titles.map((title) => /^transaction (\d+),/.exec(title)?.[1])).size, 60);
    assert.ok(titles.some((title) => /waits for \d+: /.test(title)));
  });
});
