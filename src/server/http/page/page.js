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
/** The choices that the browser keeps for the next visit. */
const KEPT = ["from", "to", "summary-to"];
const LENGTHS = [1, 2, 3, 4, 5, 7, 10, 15];

const $ = (id) => document.getElementById(id);
const tell = (words) => ($("status").textContent = words);
const chosen = (id) => $(id).value;

const source = new Source($("source"), $("marks"));
const card = new Card($("card"), source);
const trouble = new Trouble($("trouble"));
const glossary = new Glossary($("terms"), $("term-count"), () => changed(TYPING, [views.translation]));
const views = {
  translation: new Translation({ box: $("translation"), checks: $("translation-checks"), source, card, tell }),
  summary: new Summary({ box: $("summary"), checks: $("summary-checks"), card, tell }),
};
for (const [name, view] of Object.entries(views)) Object.assign(view, { name, state: "empty" });
let current = views.translation;
let pairs = [];
let about = {};
let triedKey = false;
let guessed = !recall("to"); // whether the page chose the language of the translation
let timer;

// --- calls

function settings() {
  const summary = { to: chosen("summary-to"), sentences: Number(chosen("summary-length")), style: chosen("summary-style") };
  return { text: source.text, from: chosen("from"), to: chosen("to"), format: chosen("format"), terms: glossary.terms, summary };
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
  if (view === current) source.unmark();
  if (!request.text.trim()) {
    view.clear();
    view.state = "empty";
    paint();
    return;
  }
  const control = (view.control = new AbortController());
  view.state = "running";
  tell(say(view.running));
  paint();
  try {
    await view.run(request, control.signal, (sentence) => {
      if (view === current) source.add(sentence);
    });
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
  if (error.needsKey) {
    askKey();
  } else if (error.reason === "SAME_LANGUAGE" && guessed && otherTarget()) {
    again();
  } else {
    trouble.call(error, again);
  }
}

/** Chooses another language, once; whether there is one. */
function otherTarget() {
  guessed = false;
  const other = [...$("to").options].find(({ selected }) => !selected);
  if (other) other.selected = true;
  return other;
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
  fill("from", pairs.map((pair) => pair.sourceLanguage), recall("from"));
  fill("summary-to", pairs.map((pair) => pair.targetLanguage), recall("summary-to"));
  offerTargets();
  const written = $("summary-style").options[1];
  written.hidden = written.disabled = !about.models?.some(({ summarizes }) => summarizes?.length);
  speakAll();
  if (source.text.trim()) run(current);
}

/** The languages into which the server translates from the chosen one. */
function offerTargets() {
  const from = chosen("from");
  const offered = pairs.filter((pair) => !from || pair.sourceLanguage === from).map((pair) => pair.targetLanguage);
  const wanted = [chosen("to"), recall("to"), spoken()].find((code) => offered.includes(code));
  $("to").replaceChildren();
  fill("to", offered, wanted);
}

/** Adds languages to a choice that has not got them. */
function fill(id, codes, wanted) {
  const has = (code) => [...$(id).options].some(({ value }) => value === code);
  for (const code of codes) {
    if (has(code)) continue;
    const option = new Option(code, code);
    option.dataset.language = "";
    $(id).add(option);
  }
  if (has(wanted)) $(id).value = wanted;
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
    const { name, state } = view;
    const [shown, running] = [view === current, state === "running"];
    $(`${name}-panel`).hidden = !shown;
    $(`${name}-tab`).ariaSelected = String(shown);
    $(`${name}-tab`).tabIndex = shown ? 0 : -1;
    $(name).ariaBusy = String(running);
    $(name).inert = state === "stale"; // Its places are those of another text.
    $(`${name}-go`).dataset.word = running ? "stop" : view.verb;
    $(`${name}-go`).classList.toggle("stops", running);
    apply($(`${name}-panel`));
  }
  const { state } = current;
  if (state !== "running") tell({ done: current.report, stopped: say("stopped") }[state] ?? "");
  $("copy").disabled = $("save").disabled = !["done", "stopped", "failed"].includes(state) || !current.text;
  $("summary-length").disabled = chosen("summary-style") === "SUMMARY_STYLE_HEADLINE";
  const detected = chosen("from") ? "" : current.detected;
  $("detected").textContent = detected ? say("detected", { language: nameOf(detected) }) : "";
  source.language = chosen("from") || detected || "";
  $("size").textContent = source.text && say("characters", { n: [...source.text].length });
  $("clear").hidden = !source.text;
}

function speakAll() {
  document.documentElement.lang = spoken();
  apply();
  for (const option of $("summary-length").options) option.textContent = say("sentences", { n: Number(option.value) });
  glossary.speak();
  trouble.speak();
  for (const view of Object.values(views)) view.speak();
  const models = (about.models ?? []).map(({ name, licence }) => (licence ? `${name} (${licence})` : name));
  $("about").textContent = about.version ? [`triglot ${about.version}`, ...models].join(" · ") : "";
  paint();
}

function show(view) {
  if (view === current) return;
  card.close();
  current = view;
  tell(view.state === "running" ? say(view.running) : "");
  const old = ["empty", "stale"].includes(view.state);
  if (old) source.unmark();
  else source.show(view.sentences.all);
  $("marks").classList.toggle("cites", view === views.summary);
  paint();
  if (old && source.text.trim() && pairs.length) run(view);
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

const [both, translation, summary] = [Object.values(views), [views.translation], [views.summary]];
const choices = { from: both, format: both, to: translation, "summary-to": summary, "summary-length": summary, "summary-style": summary };
for (const [id, concerned] of Object.entries(choices)) {
  $(id).addEventListener("change", () => {
    if (KEPT.includes(id)) keep(id, chosen(id));
    if (id === "to") guessed = false;
    if (id === "from") offerTargets();
    changed(CHOOSING, concerned);
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
