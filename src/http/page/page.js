// The page: a text on one side, its translation or its summary on the other. A change of the text or of a setting cancels the call that
// runs, and starts a new one after a pause.
import { call, useKey } from "./calls.js";
import { Card } from "./card.js";
import { formatOf, nameFor, read, save, takeDrops } from "./files.js";
import { Glossary } from "./glossary.js";
import { apply, keep, nameOf, recall, say, speak, spoken } from "./say.js";
import { Source } from "./source.js";
import { Summary } from "./summary.js";
import { Translation } from "./translation.js";
import { Trouble } from "./trouble.js";

/** How long the page waits after a change, in milliseconds: while somebody types, and after any other change. */
const TYPING = 900;
const CHOOSING = 150;
const LENGTHS = [1, 2, 3, 4, 5, 7, 10, 15];

const $ = (id) => document.getElementById(id);
const tell = (words) => ($("status").textContent = words);

const source = new Source($("source"), $("marks"));
const card = new Card($("card"), source);
const trouble = new Trouble($("trouble"));
const glossary = new Glossary($("terms"), $("term-count"), () => changed(TYPING, [views.translation]));
const views = {
  translation: new Translation({ box: $("translation"), checks: $("checks"), source, card, tell }),
  summary: new Summary({ box: $("summary"), card, tell }),
};
for (const [name, view] of Object.entries(views)) Object.assign(view, { name, state: "empty" });
let current = views.translation;
let pairs = [];
let about = {};
let triedKey = false;
let timer;

// --- calls

function settings() {
  const summary = { to: $("summary-to").value, sentences: Number($("summary-length").value), style: $("summary-style").value };
  const [from, to, format] = ["from", "to", "format"].map((id) => $(id).value);
  return { text: source.text, from, to, format, terms: glossary.terms, summary };
}

/** Cancels the calls of these views, and runs the view that is shown after a pause, if it is one of them. */
function changed(pause, which = Object.values(views)) {
  for (const view of which) {
    view.control?.abort();
    if (view.state !== "empty") view.state = "stale";
  }
  if (!which.includes(current)) return;
  clearTimeout(timer);
  if (pairs.length) timer = setTimeout(() => run(current), pause);
  paint();
}

async function run(view) {
  clearTimeout(timer);
  view.control?.abort();
  trouble.clear();
  card.close();
  const request = view.request(settings());
  if (!request.text.trim()) {
    view.clear();
    view.state = "empty";
    if (view === current) source.unmark();
    tell("");
    paint();
    return;
  }
  const control = (view.control = new AbortController());
  view.state = "running";
  if (view === current) source.unmark();
  tell(say(view.running));
  paint();
  try {
    await view.run(request, control.signal, (sentence) => {
      // A change can come between two parts of an answer.
      if (view === current && !control.signal.aborted) source.add(sentence);
      paint();
    });
    if (control.signal.aborted) return;
    view.state = "done";
    if (view === current) source.show(view.sentences.all);
  } catch (error) {
    if (control.signal.aborted) return;
    view.state = "failed";
    failed(error, () => run(view));
  }
  paint();
}

function failed(error, again) {
  if (error.code === undefined) throw error; // A fault of the page is for the console.
  tell("");
  if (error.needsKey) {
    askKey();
  } else if (error.reason === "SAME_LANGUAGE" && !recall("to") && otherTarget()) {
    again();
  } else {
    trouble.call(error, again);
  }
}

/** Chooses another language, for a reader who has not chosen any; whether there is one. */
function otherTarget() {
  const other = [...$("to").options].find(({ value }) => value !== $("to").value);
  if (other) $("to").value = other.value;
  keep("to", $("to").value);
  return Boolean(other);
}

function stop(view) {
  view.control?.abort();
  view.state = "stopped";
  paint();
}

// --- the server

async function load() {
  trouble.clear();
  try {
    const [info, languages] = await Promise.all([call("v1/info"), call("v1/languages")]);
    about = info;
    pairs = languages.pairs ?? [];
  } catch (error) {
    failed(error, load);
    return;
  }
  const sources = [...new Set(pairs.map((pair) => pair.sourceLanguage))];
  const targets = [...new Set(pairs.map((pair) => pair.targetLanguage))];
  fill($("from"), sources, recall("from"));
  fill($("summary-to"), targets, recall("summary-to"));
  offerTargets();
  const writes = about.models?.some((model) => model.summarizes?.length);
  const written = $("summary-style").querySelector("[value=SUMMARY_STYLE_ABSTRACTIVE]");
  written.hidden = written.disabled = !writes;
  speakAll();
  if (source.text.trim()) run(current);
}

/** The languages into which the server translates from the chosen one. */
function offerTargets() {
  const from = $("from").value;
  const offered = pairs.filter((pair) => !from || pair.sourceLanguage === from).map((pair) => pair.targetLanguage);
  const wanted = [$("to").value, recall("to"), spoken()].find((code) => offered.includes(code));
  $("to").replaceChildren();
  fill($("to"), [...new Set(offered)], wanted);
}

function fill(select, codes, wanted) {
  for (const code of codes) {
    const option = new Option(nameOf(code), code);
    option.dataset.language = code;
    if (![...select.options].some(({ value }) => value === code)) select.add(option);
  }
  if ([...select.options].some(({ value }) => value === wanted)) select.value = wanted;
}

function askKey() {
  $("key-why").dataset.word = triedKey ? "keyWrong" : "keyWhy";
  $("key").hidden = false;
  apply($("key"));
  $("key-value").focus();
}

// --- what the page shows

function paint() {
  for (const view of Object.values(views)) {
    const [shown, running] = [view === current, view.state === "running"];
    $(`${view.name}-panel`).hidden = !shown;
    const tab = $(`${view.name}-tab`);
    tab.setAttribute("aria-selected", String(shown));
    tab.tabIndex = shown ? 0 : -1;
    const box = $(view.name);
    box.setAttribute("aria-busy", String(running));
    box.classList.toggle("stale", view.state === "stale");
    const go = $(`${view.name}-go`);
    go.dataset.word = running ? "stop" : { translation: "translate", summary: "summarise" }[view.name];
    go.classList.toggle("stops", running);
    apply(go.parentElement);
  }
  if (current.state === "done") tell(current.report);
  if (current.state === "stopped") tell(say("stopped"));
  if (["empty", "stale"].includes(current.state)) tell("");
  const ready = ["done", "stopped", "failed"].includes(current.state) && current.text !== "";
  $("copy").disabled = $("save").disabled = !ready;
  const detected = $("from").value ? "" : current.detected;
  $("detected").textContent = detected ? say("detected", { language: nameOf(detected) }) : "";
  source.language = $("from").value || detected || "";
  $("size").textContent = source.text ? say("characters", { n: [...source.text].length }) : "";
  $("clear").hidden = !source.text;
}

function speakAll() {
  document.documentElement.lang = spoken();
  apply();
  for (const option of $("summary-length").options) option.textContent = say("sentences", { n: Number(option.value) });
  glossary.speak();
  trouble.speak();
  views.translation.speak();
  const models = (about.models ?? []).map(({ name, licence }) => (licence ? `${name} (${licence})` : name));
  $("about").textContent = about.version ? [`triglot ${about.version}`, ...models].join(" · ") : "";
  paint();
}

function show(view) {
  if (view === current) return;
  card.close();
  current = view;
  tell(view.state === "running" ? say(view.running) : "");
  if (["running", "done", "stopped"].includes(view.state)) source.show(view.sentences.all);
  else source.unmark();
  $("marks").classList.toggle("cites", view === views.summary);
  paint();
  if (["empty", "stale"].includes(view.state) && source.text.trim() && pairs.length) run(view);
}

// --- what the reader does

function named(name) {
  $("file-name").textContent = name;
  $("format").value = name ? formatOf(name) : "FORMAT_AUTO";
}

async function take(file) {
  let text;
  try {
    text = await read(file);
  } catch (error) {
    trouble.file(error.message, error.cause);
    return;
  }
  source.text = text;
  named(file.name);
  changed(0);
}

$("source").addEventListener("input", () => {
  source.unmark();
  if (!source.text) named("");
  changed(source.text ? TYPING : 0);
});
$("clear").addEventListener("click", () => {
  source.text = "";
  named("");
  changed(0);
  $("source").focus();
});
$("open").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", ({ target }) => {
  if (target.files.length) take(target.files[0]);
  target.value = ""; // The same file may be opened again.
});
takeDrops($("drop"), take);

for (const id of ["from", "to", "format", "summary-to", "summary-length", "summary-style"]) {
  $(id).addEventListener("change", ({ target }) => {
    if (["from", "to", "summary-to"].includes(id)) keep(id, target.value);
    if (id === "from") offerTargets();
    const only = id === "to" ? [views.translation] : id.startsWith("summary") ? [views.summary] : undefined;
    changed(CHOOSING, only);
  });
}
for (const view of Object.values(views)) {
  $(`${view.name}-go`).addEventListener("click", () => (view.state === "running" ? stop(view) : run(view)));
  $(`${view.name}-tab`).addEventListener("click", () => show(view));
}
document.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
  if (!["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
  event.preventDefault();
  const other = { Home: views.translation, End: views.summary }[event.key];
  show(other ?? (current === views.translation ? views.summary : views.translation));
  $(`${current.name}-tab`).focus();
});
addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(current);
});
$("copy").hidden = !navigator.clipboard;
$("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(current.text);
  tell(say("copied"));
});
$("save").addEventListener("click", () => {
  const name = current === views.summary ? "" : $("file-name").textContent;
  save(nameFor(name, current.format, current.languages.to), current.text);
});
$("interface").addEventListener("change", ({ target }) => {
  speak(target.value);
  card.close();
  speakAll();
});
$("key").addEventListener("submit", (event) => {
  event.preventDefault();
  triedKey = true;
  useKey($("key-value").value.trim());
  $("key-value").value = "";
  $("key").hidden = true;
  if (pairs.length) run(current);
  else load();
});

for (const n of LENGTHS) $("summary-length").add(new Option("", n, n === 3, n === 3));
$("interface").value = spoken();
speakAll();
load();
