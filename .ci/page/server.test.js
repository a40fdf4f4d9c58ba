// The page with a server whose model copies, where there is a binary of it: what counts is that both speak the same contract.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import test, { after, before } from "node:test";

import { article, sentences } from "./article.js";
import { Visit } from "./visit.js";

const { TRIGLOT } = process.env;
const FLAGS = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--log-format", "json"];

test("a server", { skip: !TRIGLOT && "no binary is given" }, async (context) => {
  let browser;
  let service;
  let visit;
  before(async () => {
    service = spawn(TRIGLOT, ["serve", "--model", "copy", ...FLAGS], { stdio: ["ignore", "ignore", "pipe"] });
    let address;
    for await (const line of createInterface(service.stderr)) {
      address = JSON.parse(line).fields.http;
      if (address) break;
    }
    service.stderr.resume();
    browser = await Visit.browser();
    visit = await Visit.start(browser, `http://${address}`);
  });
  after(async () => {
    await browser.close();
    service.kill();
  });

  await context.test("translates, and its segments have their places in the text", async () => {
    const { page } = visit;
    await page.locator("#to").selectOption("fr");
    await visit.write(`😀 ${article}`);
    await visit.done();
    assert.equal(await page.locator("#translation").textContent(), `😀 ${article}`);
    assert.equal(await page.locator("#detected").textContent(), "Detected: English");
    const [title, , , , rate] = sentences;
    for (const sentence of [title, rate]) {
      await page.locator("#translation .sentence", { hasText: sentence }).hover();
      const marked = await page.locator("mark.lit").textContent();
      assert.ok(marked.endsWith(sentence), marked);
    }
    await page.locator("#translation .sentence", { hasText: rate }).click();
    await page.getByRole("dialog").getByText("There are no other translations.").waitFor();
    await page.keyboard.press("Escape");
    await visit.shoot("server-translation");
    await visit.axe("translation");
  });

  await context.test("summarises, and cites the text", async () => {
    const { page } = visit;
    await page.getByRole("tab", { name: "Summary" }).click();
    await page.locator("#summary-length").selectOption("2");
    await page.waitForFunction(() => document.querySelectorAll("#summary .sentence").length === 2);
    const cited = await page.locator("#marks mark").allTextContents();
    assert.deepEqual(await page.locator("#summary .sentence").allTextContents(), cited);
    await page.locator("#summary-style").selectOption("SUMMARY_STYLE_HEADLINE");
    await page.locator("#summary .sentence").getByText(sentences[0]).waitFor();
    await visit.shoot("server-summary");
  });

  await context.test("reads files in their formats and keeps terms", async () => {
    const { page } = visit;
    await page.getByRole("tab", { name: "Translation" }).click();
    await page.locator("#glossary summary").click();
    await page.getByLabel("Term 1: words of the text").fill("key rate");
    await page.getByLabel("Term 1: words of the translation").fill("taux directeur");
    const html = `<p title="A ship.">${sentences[4]}</p>\n`;
    await visit.drop("news.html", Buffer.from(html));
    await page.locator("#translation .markup").first().waitFor();
    await visit.done();
    assert.equal(await page.locator("#translation").textContent(), html.replace("key rate", "taux directeur"));
    await visit.shoot("server-file");
  });

  await context.test("says in words what it refuses", async () => {
    const { page } = visit;
    await page.locator("#from").selectOption("en");
    await page.locator("#from").selectOption("");
    await visit.write("123 456");
    await page.getByRole("alert").getByText(/language of the text cannot be detected/).waitFor();
    await visit.end();
  });
});
