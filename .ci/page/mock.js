// A server of the page and of its API whose answers a test decides: they come when the test lets them, in parts that are cut anywhere.
import { readFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";

import { article, translations } from "./article.js";

const TYPES = { html: "text/html; charset=utf-8", css: "text/css", js: "text/javascript", svg: "image/svg+xml" };
const POLICY = [
  "default-src 'none'",
  ...["script-src", "style-src", "connect-src", "img-src"].map((kind) => `${kind} 'self'`),
  ...["base-uri", "form-action", "frame-ancestors"].map((kind) => `${kind} 'none'`),
].join("; ");
const STATUS = { 3: 400, 8: 429, 13: 500, 14: 503, 16: 401 };
const LANGUAGES = ["en", "fr", "ru"];
const MODEL = "example-model";

const size = (text) => Buffer.byteLength(text);
const range = (start, end) => ({ start: String(start), end: String(end) });

/** A google.rpc.Status with a reason. */
export const status = (code, reason, message, more = []) => ({
  code,
  message,
  details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain: "triglot" }, ...more],
});

/** Sentences and what is between them, with their places in bytes. */
function split(text) {
  let at = 0;
  return text.match(/\s+|\S[^\n]*?[.!?](?=\s|$)|\S[^\n]*/gu)?.map((part) => {
    const start = at;
    at += size(part);
    return { part, start, end: at, words: /\S/.test(part) };
  }) ?? [];
}

function pieces({ text, targetLanguage, options }) {
  let at = 0;
  return split(text).map(({ part, start, end, words }) => {
    const known = translations[targetLanguage]?.[part] ?? {};
    const translation = words ? (known.text ?? `[${targetLanguage}] ${part}`) : part;
    const target = range(at, (at += size(translation)));
    const findings = known.findings ?? [];
    const alternatives = (known.alternatives ?? []).slice(0, options?.alternatives ?? 0).map((text) => ({ text, score: -1 }));
    const warnings = findings.map(({ warning }) => warning);
    const segment = { source: range(start, end), target, score: -0.3, warnings, alternatives, alignments: [], findings };
    const more = { copied: false, terms: [], matches: [] };
    const place = { source: String(end), target: target.end };
    return { text: translation, segment: words ? { ...segment, ...more } : null, end: place };
  });
}

const detected = ({ sourceLanguage, text }) =>
  sourceLanguage ? null : { language: /[а-я]/i.test(text) ? "ru" : "en", confidence: 0.98 };
const usage = { sourceTokens: "90", targetTokens: "100", queued: "0s", computing: "1.5s", remembered: "0", matched: "0" };

function summary(request) {
  const sentences = split(request.text).filter(({ words }) => words);
  const chosen = [sentences[1], sentences[4] ?? sentences[2]].filter((one) => one);
  let text = "";
  const cited = chosen.map(({ part, start, end }) => {
    const known = translations[request.targetLanguage]?.[part] ?? {};
    const words = known.text ?? part;
    const warnings = (known.findings ?? []).map(({ warning }) => warning);
    if (text) text += " ";
    const target = range(size(text), size(text) + size(words));
    text += words;
    return { source: range(start, end), target, warnings, origin: "ORIGIN_EXTRACTED", also: [] };
  });
  const more = { detectedLanguage: detected(request), sentencesRead: String(sentences.length), sourceBytes: String(size(request.text)) };
  return { text, sentences: cited, ...more, model: "", usage, route: [], writer: "" };
}

export class Mock {
  /** The requests so far: { path, headers, body, closed, cancelled }. */
  requests = [];
  /** The key that calls need; none. */
  key = "";
  /** Errors for the next calls, in order: { status, headers }. */
  errors = [];
  /** The status with which the next stream ends after its third event. */
  breaks = null;
  /** How many events the streams may send before they wait. */
  #free = Infinity;
  #wake = [];

  static async start(folder) {
    const mock = new Mock();
    mock.server = createServer((request, response) => {
      mock.answer(folder, request, response).catch((error) => response.destroy(error));
    });
    mock.server.listen(0, "127.0.0.1");
    await once(mock.server, "listening");
    mock.server.unref();
    mock.origin = `http://127.0.0.1:${mock.server.address().port}`;
    return mock;
  }

  /** From now on, streams wait before their next event. */
  hold() {
    this.#free = 0;
  }

  /** Lets streams send this number of events. */
  release(events = Infinity) {
    this.#free += events;
    for (const go of this.#wake.splice(0)) go();
  }

  calls(path) {
    return this.requests.filter((request) => request.path === path);
  }

  async answer(folder, request, response) {
    const path = request.url;
    if (!path.startsWith("/v1/")) {
      const name = path === "/" ? "index.html" : path.slice(1);
      const file = await readFile(join(folder, name)).catch(() => null);
      if (!file) return response.writeHead(404).end();
      const type = TYPES[name.split(".").pop()];
      return response.writeHead(200, { "content-type": type, "content-security-policy": POLICY }).end(file);
    }
    let body = "";
    for await (const part of request) body += part;
    const call = { path, headers: request.headers, body: body && JSON.parse(body), cancelled: false };
    this.requests.push(call);
    call.closed = once(response, "close").then(() => (call.cancelled = !response.writableFinished));
    const json = (code, message, headers = {}) =>
      response.writeHead(code, { "content-type": "application/json", ...headers }).end(JSON.stringify(message));
    if (this.key && request.headers.authorization !== `Bearer ${this.key}`) {
      return json(401, status(16, "UNKNOWN_KEY", "this call needs a key in its metadata: authorization: Bearer KEY"));
    }
    if (path === "/v1/info") return json(200, this.#info());
    if (path === "/v1/languages") return json(200, { pairs: this.#pairs() });
    const error = this.errors.shift();
    if (error) return json(STATUS[error.status.code], error.status, error.headers);
    const streams = request.headers.accept.includes("text/event-stream");
    if (path === "/v1/translate") {
      const parts = pieces(call.body);
      const segments = parts.map(({ segment }) => segment).filter((segment) => segment);
      const end = { detectedLanguage: detected(call.body), model: MODEL, usage, route: [], format: "FORMAT_PLAIN" };
      if (!streams) return json(200, { translation: parts.map(({ text }) => text).join(""), segments, ...end });
      const events = parts.map((piece) => ["piece", piece]);
      return this.#stream(response, [...events, ["summary", { ...end, segments: String(segments.length) }]]);
    }
    const whole = summary(call.body);
    if (!streams) return json(200, { summary: whole });
    const progress = { sourceBytes: "90", sentencesRead: "2", provisionalSummary: whole.text.slice(0, 90) };
    return this.#stream(response, [["progress", progress], ["summary", whole]]);
  }

  async #stream(response, events) {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    const breaks = this.breaks;
    this.breaks = null;
    for (const [at, [name, data]] of events.entries()) {
      while (this.#free < 1) await new Promise((go) => this.#wake.push(go));
      this.#free--;
      const [sent, message] = breaks && at === 3 ? ["error", breaks] : [name, data];
      const bytes = Buffer.from(`event: ${sent}\r\ndata: ${JSON.stringify(message)}\r\n\r\n`);
      for (let from = 0, step = 1; from < bytes.length; from += step, step = (step * 5 + 3) % 97 || 1) {
        response.write(bytes.subarray(from, from + step));
        await setImmediate();
      }
      if (sent === "error") break;
    }
    response.end();
  }

  #pairs() {
    const others = (source) => LANGUAGES.filter((target) => target !== source);
    return LANGUAGES.flatMap((sourceLanguage) => others(sourceLanguage).map((targetLanguage) => ({ sourceLanguage, targetLanguage })));
  }

  #info() {
    const model = { name: MODEL, sha256: "", licence: "MPL-2.0", pairs: this.#pairs(), adapter: null, summarizes: ["en"] };
    const limits = { maxTextBytes: "1048576", maxSegmentChars: 2000, maxBeamSize: 8, maxOutputRatio: 10 };
    return { version: "0.0.0", models: [model], limits: { ...limits, queueTokens: "65536", maxBatchTexts: 128 } };
  }
}

// Run by hand, this serves the page with slow answers, for a look at it: node mock.js FOLDER
if (process.argv[1] === import.meta.filename) {
  const mock = await Mock.start(process.argv[2]);
  mock.server.ref();
  mock.hold();
  setInterval(() => mock.release(1), 400);
  console.log(`${mock.origin}\n\n${article}`);
}
