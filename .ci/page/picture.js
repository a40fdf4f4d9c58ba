// Makes docs/page.png, the picture of docs/http.md, from a real run: in target/page, node picture.js TRIGLOT ARTICLE PICTURE. The
// server has the default model.
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";

import { Visit } from "./visit.js";

const [triglot, article, picture] = process.argv.slice(2);
const flags = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--log-format", "json"];
const service = spawn(triglot, ["serve", ...flags], { stdio: ["ignore", "ignore", "pipe"] });
let address;
for await (const line of createInterface(service.stderr)) {
  address = JSON.parse(line).fields.http;
  if (address) break;
}
service.stderr.resume();
const browser = await Visit.browser();
const visit = await Visit.start(browser, `http://${address}`);
const { page } = visit;
await page.setViewportSize({ width: 1120, height: 720 });
await page.locator("#to").selectOption("fr");
await visit.write(await readFile(article, "utf8"));
await visit.done();
// A sentence that is to be checked, or else the first one.
const sentences = page.locator("#translation .sentence");
const doubtful = page.locator("#translation .doubt");
await ((await doubtful.count()) ? doubtful : sentences).first().click();
const card = page.getByRole("dialog");
await card.getByText("Looking for other translations").waitFor({ state: "detached" });
await page.screenshot({ path: picture });
await browser.close();
service.kill();
