// Serves two pages of two origins, opens them in Chromium, and calls a server from them: node test.js CHROMIUM TRIGLOT
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";

import { build } from "esbuild";
import { chromium } from "playwright-core";

const [executablePath, triglot] = process.argv.slice(2);

const bundle = await build({
  entryPoints: [new URL("page.js", import.meta.url).pathname],
  bundle: true,
  format: "esm",
  loader: { ".binpb": "binary" },
  write: false,
});
const script = bundle.outputFiles[0].text;

const site = async () => {
  const server = createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : '<!doctype html><title>page</title><script type="module" src="/page.js"></script>');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  return `http://127.0.0.1:${server.address().port}`;
};
const [allowed, other] = [await site(), await site()];

const command = ["serve", "--model", "copy", "--listen", "127.0.0.1:0", "--web-origin", allowed, "--log-format", "json"];
const service = spawn(triglot, command, { stdio: ["ignore", "ignore", "pipe"] });
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  let address;
  for await (const line of createInterface(service.stderr)) {
    address = JSON.parse(line).fields.address;
    if (address) break;
  }
  service.stderr.resume();
  const server = `http://${address}`;
  const open = async (origin) => {
    const page = await browser.newPage();
    await page.goto(origin);
    await page.waitForFunction(() => window.translate);
    return page;
  };
  const request = { text: "The harbour was closed. The mayor spoke.", sourceLanguage: "en", targetLanguage: "fr" };
  const call = ([server, request]) => window.translate(server, request);

  const page = await open(allowed);
  assert.deepEqual(await page.evaluate(call, [server, request]), { translation: request.text, segments: 2 });
  const wrong = { ...request, targetLanguage: "xx" };
  assert.deepEqual(await page.evaluate(call, [server, wrong]), {
    code: "InvalidArgument",
    details: ["google.rpc.BadRequest"],
  });
  // One message of two bytes: the status 1, SERVING.
  assert.deepEqual(await page.evaluate((server) => window.health(server), server), [0, 0, 0, 0, 2, 8, 1]);

  const stranger = await open(other);
  const { code } = await stranger.evaluate(call, [server, request]);
  assert.equal(code, "Unknown", "the browser keeps the call of another origin back");
  console.log(`a page in Chromium ${browser.version()} translates, reads errors and streams; another origin may not`);
} finally {
  await browser.close();
  service.kill();
}
