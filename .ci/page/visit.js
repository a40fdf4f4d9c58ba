// A visit of the page: it watches for faults, and no request may leave the origin.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { chromium } from "playwright-core";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export class Visit {
  /** Everything that went wrong in the page. */
  faults = [];

  static browser() {
    return chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
  }

  static async start(browser, origin, { locale = "en-GB" } = {}) {
    const visit = new Visit();
    const context = await browser.newContext({ locale, viewport: { width: 1280, height: 900 } });
    context.setDefaultTimeout(60_000);
    visit.page = await context.newPage();
    visit.page.on("pageerror", (error) => visit.faults.push(error.stack));
    visit.page.on("console", (message) => {
      // Chromium reports a policy that is broken as an error here, and so each HTTP status of an error.
      if (message.type() === "error") visit.faults.push(message.text());
    });
    visit.page.on("request", (request) => {
      if (!/^(blob|data):/.test(request.url()) && new URL(request.url()).origin !== origin) visit.faults.push(request.url());
    });
    await visit.page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => console.error("CSP", event.violatedDirective));
    });
    await visit.page.goto(origin);
    return visit;
  }

  /** Takes faults that a test has made itself off the list. */
  forgive(pattern) {
    this.faults = this.faults.filter((fault) => !pattern.test(fault));
  }

  async end() {
    this.forgive(/Failed to load resource: the server responded with a status of (400|429|503) /);
    await this.page.context().close();
    assert.deepEqual(this.faults, []);
  }

  write(text) {
    return this.page.locator("#source").fill(text);
  }

  /** Waits for the end of a translation or a summary, after the pause that follows a change. */
  async done(view = "translation") {
    await this.page.waitForFunction((view) => {
      const box = document.getElementById(view);
      return box.getAttribute("aria-busy") === "false" && !box.inert && box.querySelector(".sentence");
    }, view);
  }

  async drop(name, bytes) {
    const transfer = await this.page.evaluateHandle(
      ([name, bytes]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], name));
        return transfer;
      },
      [name, [...bytes]],
    );
    for (const event of ["dragover", "drop"]) await this.page.dispatchEvent("#source", event, { dataTransfer: transfer });
  }

  async shoot(name) {
    await this.page.screenshot({ path: `${name}.png`, fullPage: true, animations: "disabled" });
  }

  /** Fails if axe-core finds a violation of any of its rules. */
  async axe(where) {
    await this.page.evaluate(axe);
    const { violations } = await this.page.evaluate(() => window.axe.run());
    const found = violations.map(({ id, nodes }) => [id, ...nodes.map((node) => `${node.html} ${node.failureSummary}`)]);
    assert.deepEqual(found, [], where);
  }

  /** The nodes of the browser's accessibility tree: { role, name, description }. */
  async accessibility() {
    const session = await this.page.context().newCDPSession(this.page);
    const { nodes } = await session.send("Accessibility.getFullAXTree");
    return nodes.map(({ role, name, description }) => ({ role: role?.value, name: name?.value, description: description?.value }));
  }
}

/** Texts of the page whose contrast with the ground that axe-core cannot see is below 4.5: those above marks. */
export function contrasts(page) {
  return page.evaluate(() => {
    const numbers = (color) => color.match(/[\d.]+/g).slice(0, 3).map((part) => Number(part) / 255);
    const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const luminance = (color) => numbers(color).map(linear).reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
    const [ink, ground] = [document.getElementById("source"), document.querySelector("mark.lit")].map(getComputedStyle);
    const [a, b] = [luminance(ink.color), luminance(ground.backgroundColor)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05) < 4.5 ? [ink.color, ground.backgroundColor] : [];
  });
}
