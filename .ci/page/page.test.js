// What the page does in Chromium, with a mock of the server.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test, { after, afterEach, before, beforeEach } from "node:test";

import { article, sentences, translations } from "./article.js";
import { contrasts, Visit } from "./visit.js";
import { Mock, status } from "./mock.js";

const french = sentences.map((sentence) => translations.fr[sentence].text);
let browser;
let mock;
let visit;
let page;

before(async () => (browser = await Visit.browser()));
after(() => browser.close());
beforeEach(async () => {
  mock = await Mock.start(new URL("site", import.meta.url).pathname);
  visit = await Visit.start(browser, mock.origin);
  page = visit.page;
});
afterEach(async () => {
  mock.release();
  await visit.end();
  mock.server.close();
});

const body = (path = "/v1/translate") => mock.calls(path).at(-1).body;
const lit = (selector) => page.locator(`${selector}.lit`).allTextContents();

async function translated(text = article) {
  await page.locator("#to").selectOption("fr");
  await visit.write(text);
  await visit.done();
}

test("sentences are there before the end of the stream", async () => {
  mock.hold();
  await page.locator("#to").selectOption("fr");
  await visit.write(article);
  await page.locator("#translation[aria-busy=true]").waitFor();
  mock.release(3);
  await page.locator(".sentence").nth(1).waitFor();
  assert.deepEqual(await page.locator(".sentence").allTextContents(), french.slice(0, 2));
  assert.equal(await page.locator("#status").textContent(), "Translating…");
  mock.release();
  await visit.done();
  const [title, ...rest] = french;
  const whole = `${title}\n\n${rest.slice(0, 3).join(" ")}\n\n${rest.slice(3).join(" ")}\n`;
  assert.equal(await page.locator("#translation").textContent(), whole);
  assert.match(await page.locator("#status").textContent(), /^6 sentences · 3 to check · model example-model$/);
  assert.equal(await page.locator("#detected").textContent(), "Detected: English");
  await visit.shoot("translation");
});

test("a sentence under the pointer lights its source, also after characters of four bytes", async () => {
  await translated(`😀 ${article}`);
  for (const at of [2, 4]) {
    await page.locator(".sentence").nth(at).hover();
    assert.deepEqual(await lit("mark"), [sentences[at]]);
    assert.deepEqual(await lit(".sentence"), [french[at]]);
  }
});

test("the source under the pointer and at the cursor lights its sentence", async () => {
  await translated();
  // It begins in the middle of a line.
  const { x, y } = await page.locator("mark").nth(3).evaluate((mark) => mark.getClientRects()[0].toJSON());
  await page.mouse.move(x + 20, y + 5);
  assert.deepEqual(await lit(".sentence"), [french[3]]);
  await page.mouse.move(2, 2);
  await page.locator("#source").focus();
  await page.keyboard.press("Control+Home");
  await page.waitForFunction(() => document.querySelector(".sentence.lit"));
  assert.deepEqual(await lit(".sentence"), [french[0]]);
});

test("the keyboard goes through the sentences, lights their sources, and opens one", async () => {
  await translated();
  await page.locator("#translation-go").focus();
  await page.keyboard.press("Tab");
  assert.deepEqual(await lit("mark"), [sentences[0]]);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  assert.deepEqual(await lit("mark"), [sentences[2]]);
  await page.keyboard.press("End");
  assert.deepEqual(await lit("mark"), [sentences[5]]);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Sentence" }).waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), french[5]);
  // The next stop is no other sentence.
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.closest(".checks") !== null), true);
});

test("warnings are underlined, and say what was expected and found", async () => {
  await translated();
  assert.deepEqual(await page.locator(".sentence .doubt").allTextContents(), ["24", "60 millions de dollars"]);
  assert.deepEqual(await page.locator(".sentence.doubt").allTextContents(), [french[5]]);
  const checks = page.getByRole("region", { name: "To check" });
  await checks.getByRole("button", { name: "A number is missing expected 42 found 24" }).waitFor();
  const tree = await visit.accessibility();
  const sentence = tree.find(({ role, name }) => role === "button" && name === french[1]);
  assert.match(sentence.description, /^A number is missing expected .42. found .24.$/);
  await checks.getByRole("button", { name: /Another currency/ }).click();
  assert.deepEqual(await lit("mark"), [sentences[3]]);
});

test("another translation takes the place of a sentence on a click", async () => {
  await translated();
  await page.locator(".sentence").nth(1).click();
  const card = page.getByRole("dialog", { name: "Sentence" });
  await card.getByText(sentences[1]).waitFor();
  const [first, second] = translations.fr[sentences[1]].alternatives;
  await card.getByRole("button", { name: second }).waitFor();
  await visit.shoot("card");
  await visit.axe("card");
  const { text, sourceLanguage, options } = body();
  assert.deepEqual([text, sourceLanguage, options.alternatives], [sentences[1], "en", 4]);
  await card.getByRole("button", { name: first }).click();
  await card.waitFor({ state: "hidden" });
  assert.equal(await page.locator(".sentence").nth(1).textContent(), first);
  assert.equal(await page.locator("#status").textContent(), "The sentence is replaced.");
  assert.deepEqual(await page.locator(".sentence .doubt").allTextContents(), ["60 millions de dollars"]);
  assert.equal(await page.getByRole("button", { name: /A number is missing/ }).count(), 0);
  // The first translation can come back, with its warning.
  await page.locator(".sentence").nth(1).press("Enter");
  await card.getByRole("button", { name: french[1] }).click();
  await page.getByRole("button", { name: /A number is missing/ }).waitFor();
});

test("the card shows a sentence in the text", async () => {
  await translated();
  await page.locator(".sentence").nth(2).click();
  await page.getByRole("button", { name: "Show in the text" }).click();
  const selected = () => {
    const { value, selectionStart, selectionEnd } = document.activeElement;
    return value.slice(selectionStart, selectionEnd);
  };
  assert.equal(await page.evaluate(selected), sentences[2]);
  assert.deepEqual(await lit("mark"), [sentences[2]]);
});

test("the terms of the glossary are sent, and stay for the next visit", async () => {
  await page.locator("#glossary summary").click();
  await page.getByLabel("Term 1: words of the text").fill("key rate");
  await page.getByLabel("Term 1: words of the translation").fill("taux directeur");
  await page.getByLabel("Term 2: words of the text").fill("Port-Vallis");
  await translated();
  const terms = [{ source: "key rate", target: "taux directeur" }, { source: "Port-Vallis", target: "" }];
  assert.deepEqual(body().options.terms, terms);
  await visit.shoot("glossary");
  await visit.axe("glossary");
  await page.reload();
  await page.locator("#glossary summary").click();
  await page.getByRole("button", { name: "Remove term 1" }).click();
  await translated();
  assert.deepEqual(body().options.terms, [terms[1]]);
});

test("the summary marks its sentences in the text", async () => {
  await translated();
  await page.getByRole("tab", { name: "Summary" }).click();
  await visit.done("summary");
  assert.deepEqual(await page.locator("#marks.cites mark").allTextContents(), [sentences[1], sentences[4]]);
  await page.locator("#summary .sentence").nth(1).hover();
  assert.deepEqual(await lit("mark"), [sentences[4]]);
  assert.deepEqual(body("/v1/summarize").length, { sentences: 3 });
  await visit.shoot("summary");
  await page.locator("#summary-to").selectOption("fr");
  await page.locator("#summary-length").selectOption("2");
  await page.locator("#summary .sentence", { hasText: french[4] }).waitFor();
  await page.getByRole("region", { name: "To check" }).getByRole("button", { name: "A number is missing" }).click();
  assert.deepEqual(await lit("mark"), [sentences[1]]);
  assert.equal(body("/v1/summarize").length.sentences, 2);
  // The translation is still there, and no second call was made for it.
  await page.getByRole("tab", { name: "Translation" }).click();
  assert.deepEqual(await page.locator("#translation .sentence").allTextContents(), french);
  assert.equal(mock.calls("/v1/translate").length, 1);
});

test("a summary shows how far the text is read", async () => {
  await page.getByRole("tab", { name: "Translation" }).press("ArrowRight");
  mock.hold();
  await visit.write(article);
  await page.locator("#summary[aria-busy=true]").waitFor();
  mock.release(1);
  await page.getByText("Sentences read: 2").waitFor();
  assert.match(await page.locator("#summary").textContent(), /^The harbour/);
  assert.equal(await page.locator("#summary .sentence").count(), 0);
  mock.release();
  await visit.done("summary");
});

const files = {
  "news.html": "FORMAT_HTML",
  "feed.RSS": "FORMAT_XML",
  "notes.md": "FORMAT_MARKDOWN",
  "film.srt": "FORMAT_SUBTITLES",
  plain: "FORMAT_AUTO",
};
for (const [name, format] of Object.entries(files)) {
  test(`a dropped file ${name} is read as ${format}`, async () => {
    await page.locator("#to").selectOption("fr");
    await visit.drop(name, Buffer.from(article));
    await visit.done();
    assert.equal(body().format, format);
    assert.equal(body().text, article);
    assert.equal(await page.locator("#file-name").textContent(), name);
    await page.getByRole("button", { name: "Clear" }).click();
    assert.equal(await page.locator("#format").inputValue(), "FORMAT_AUTO");
    assert.equal(await page.locator("#translation").textContent(), "");
  });
}

test("a file that is no text is refused in words", async () => {
  await visit.drop("photo.txt", Buffer.from([0xff, 0xd8, 0xff, 0xe0]));
  await page.getByRole("alert").getByText("The file photo.txt is no text in UTF-8.").waitFor();
  assert.equal(mock.calls("/v1/translate").length, 0);
});

test("a translated file is saved under its name and language", async () => {
  await page.locator("#to").selectOption("fr");
  await visit.drop("news.html", Buffer.from(article));
  await visit.done();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save" }).click()]);
  assert.equal(download.suggestedFilename(), "news.fr.html");
  assert.equal(await readFile(await download.path(), "utf8"), await page.locator("#translation").textContent());
});

test("an error of the server is said in words, and the call can be repeated", async () => {
  mock.errors.push({ status: status(8, "QUEUE_FULL", "the queue is full"), headers: { "retry-after": "7" } });
  await page.locator("#to").selectOption("fr");
  await visit.write(article);
  const alert = page.getByRole("alert");
  await alert.getByText("The server is busy. Try again in 7 s.").waitFor();
  await alert.getByText("The server says: the queue is full").waitFor();
  await visit.shoot("error");
  await visit.axe("error");
  await alert.getByRole("button", { name: "Try again" }).click();
  await visit.done();
  assert.equal(await alert.textContent(), "");
});

test("a stream that ends with an error keeps what has arrived", async () => {
  mock.breaks = status(13, "", "the worker failed");
  await page.locator("#to").selectOption("fr");
  await visit.write(article);
  await page.getByRole("alert").getByText("The server failed.").waitFor();
  assert.deepEqual(await page.locator(".sentence").allTextContents(), french.slice(0, 2));
});

test("a server that is gone is said in words", async () => {
  await translated();
  mock.server.close();
  mock.server.closeAllConnections();
  await page.getByRole("button", { name: "Translate" }).click();
  await page.getByRole("alert").getByText("The server cannot be reached. Check the connection.").waitFor();
  visit.forgive(/ERR_CONNECTION_REFUSED/);
});

test("a text that is already in the reader's language goes into another one", async () => {
  mock.errors.push({ status: status(3, "SAME_LANGUAGE", "the text is in English") });
  await visit.write(article);
  await visit.done();
  assert.equal(body().targetLanguage, "fr");
  assert.equal(await page.getByRole("alert").textContent(), "");
  // Who has chosen the language is told.
  mock.errors.push({ status: status(3, "SAME_LANGUAGE", "the text is in English") });
  await page.locator("#to").selectOption("en");
  await page.getByRole("alert").getByText("The text is already in this language. Choose another one.").waitFor();
});

test("a new input cancels the call that runs", async () => {
  mock.hold();
  await page.locator("#to").selectOption("fr");
  await visit.write(article);
  await page.locator("#translation[aria-busy=true]").waitFor();
  mock.release(1);
  await page.locator(".sentence").first().waitFor();
  const [first] = mock.calls("/v1/translate");
  await visit.write(sentences[4]);
  await first.closed;
  assert.equal(first.cancelled, true);
  assert.equal(mock.calls("/v1/translate").length, 1, "it is cancelled at once, and not by the next call");
  mock.release();
  await visit.done();
  assert.equal(mock.calls("/v1/translate")[1].cancelled, false);
  assert.deepEqual(await page.locator(".sentence").allTextContents(), [french[4]]);
});

test("a call can be stopped", async () => {
  mock.hold();
  await page.locator("#to").selectOption("fr");
  await visit.write(article);
  await page.locator("#translation[aria-busy=true]").waitFor();
  mock.release(1);
  await page.locator(".sentence").first().waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped.").waitFor();
  await page.getByRole("button", { name: "Translate" }).waitFor();
  const [call] = mock.calls("/v1/translate");
  await call.closed;
  assert.equal(call.cancelled, true);
  assert.deepEqual(await page.locator(".sentence").allTextContents(), french.slice(0, 1));
});

test("a server with keys asks for one, and the page keeps it in memory only", async () => {
  mock.key = "secret";
  await page.reload();
  const field = page.getByLabel("Key", { exact: true });
  await field.waitFor();
  await visit.shoot("key");
  await visit.axe("key");
  await field.fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByText("The server does not know this key.").waitFor();
  await field.fill("secret");
  await page.getByRole("button", { name: "Use the key" }).click();
  await translated();
  assert.equal(mock.calls("/v1/translate")[0].headers.authorization, "Bearer secret");
  assert.doesNotMatch(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])), /secret/);
  await page.reload();
  await field.waitFor();
  visit.forgive(/401/);
});

test("texts of the server are never read as HTML", async () => {
  await translated('<img src="x" alt="y"> <script>throw 1</script> A text.');
  assert.equal(await page.locator("#translation img, #translation script").count(), 0);
  assert.match(await page.locator("#translation").textContent(), /<img src="x" alt="y">/);
});

test("the interface is in the browser's language, and can be changed", async () => {
  const russian = await Visit.start(browser, mock.origin, { locale: "ru-RU" });
  await russian.page.getByRole("button", { name: "Перевести" }).waitFor();
  assert.equal(await russian.page.locator("html").getAttribute("lang"), "ru");
  await russian.write(article);
  await russian.done();
  assert.match(await russian.page.locator("#status").textContent(), /^6 предложений · стоит проверить: 1/);
  await russian.shoot("russian");
  await russian.page.getByLabel("Язык страницы").selectOption("fr");
  await russian.page.getByRole("button", { name: "Traduire" }).waitFor();
  assert.equal(await russian.page.locator("#to option:checked").textContent(), "Russe");
  await russian.page.getByText("Une autre date").waitFor();
  await russian.page.reload();
  await russian.page.getByRole("button", { name: "Traduire" }).waitFor();
  await russian.end();
});

test("no language of the interface is too wide for a small window", async () => {
  await page.setViewportSize({ width: 320, height: 700 });
  await translated();
  for (const code of ["en", "fr", "ru"]) {
    await page.locator("#interface").selectOption(code);
    for (const tab of ["translation", "summary"]) {
      await page.locator(`#${tab}-tab`).click();
      await visit.done(tab);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, `${code} ${tab}`);
    }
    await visit.shoot(`small-${code}`);
  }
});

for (const scheme of ["light", "dark"]) {
  for (const width of [1280, 375]) {
    test(`axe finds nothing in ${scheme} at ${width} px, and nothing is wider than the window`, async () => {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 900 });
      await visit.axe("empty page");
      await translated();
      await page.locator(".sentence").nth(1).hover();
      await visit.axe("translation");
      assert.deepEqual(await contrasts(page), []);
      await visit.shoot(`translation-${scheme}-${width}`);
      await page.getByRole("tab", { name: "Summary" }).click();
      await visit.done("summary");
      await page.locator("#summary .sentence").first().hover();
      await visit.axe("summary");
      await visit.shoot(`summary-${scheme}-${width}`);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
    });
  }
}

test("motion is off for readers who want less of it", async () => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await translated();
  const moving = () => [...document.querySelectorAll("*")].filter((element) => {
    const { animationName, transitionDuration } = getComputedStyle(element);
    return animationName !== "none" || transitionDuration !== "0s";
  }).length;
  assert.equal(await page.evaluate(moving), 0);
  await page.emulateMedia({ reducedMotion: "no-preference" });
  assert.notEqual(await page.evaluate(moving), 0);
});
