// Files that the reader opens or drops: their text, and the format that their names tell.

const FORMATS = {
  FORMAT_PLAIN: ["txt", "text"],
  FORMAT_HTML: ["html", "htm", "xhtml"],
  FORMAT_XML: ["xml", "rss", "atom", "xlf", "xliff"],
  FORMAT_MARKDOWN: ["md", "markdown", "mkd"],
  FORMAT_SUBTITLES: ["srt", "vtt"],
};
/** With a larger text, the page is slow. */
const MEGABYTES = 1;

/** The format that a file's name tells. */
export function formatOf(name) {
  const extension = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return Object.keys(FORMATS).find((format) => FORMATS[format].includes(extension)) ?? "FORMAT_AUTO";
}

/** The name of the file with a translation of the file `name`, or of a text without a file. */
export function nameFor(name, format, language) {
  const stem = name.replace(/\.[^.]*$/, "") || "triglot";
  const extension = name.includes(".") ? name.slice(name.lastIndexOf(".") + 1) : (FORMATS[format]?.[0] ?? "txt");
  return [stem, language, extension].filter((part) => part).join(".");
}

/** Reads a file. Throws an error whose message is a name of words.js, and whose cause has the values for it. */
export async function read(file) {
  const { name } = file;
  if (file.size > MEGABYTES << 20) throw new Error("fileLarge", { cause: { name, n: MEGABYTES } });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    throw new Error("fileEncoding", { cause: { name } });
  }
}

/** Calls `taken` with a file that is dropped anywhere on the page; `sign` is shown while one is above it. */
export function takeDrops(sign, taken) {
  const hasFile = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    sign.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) sign.hidden = true;
  });
  addEventListener("drop", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    sign.hidden = true;
    if (event.dataTransfer.files.length) taken(event.dataTransfer.files[0]);
  });
}

/** Hands a text to the browser as a download. */
export function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
