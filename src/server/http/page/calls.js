// Calls the server: JSON calls, and streams of server-sent events. EventSource cannot POST, so the events are read here.

let key = "";

/** The key of all further calls. Only this variable has it. */
export function useKey(value) {
  key = value;
}

/** Why a call failed: a google.rpc.Status, the HTTP status, and the seconds to wait, if the server says so. */
export class CallError extends Error {
  constructor(status, http = 200, retryAfter = null) {
    super(status.message ?? "");
    const detail = (type) => status.details?.find((detail) => detail["@type"]?.endsWith(`google.rpc.${type}`));
    this.code = status.code ?? 2;
    this.http = http;
    this.reason = detail("ErrorInfo")?.reason ?? "";
    this.seconds = Math.ceil(parseFloat(retryAfter ?? detail("RetryInfo")?.retryDelay)) || 0;
  }

  get needsKey() {
    return this.http === 401 || this.code === 16;
  }
}

async function request(path, body, signal, accept) {
  const headers = { accept };
  if (body) headers["content-type"] = "application/json";
  if (key) headers.authorization = `Bearer ${key}`;
  const init = { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), signal, cache: "no-store" };
  const answer = await fetch(path, init).catch((error) => {
    throw signal?.aborted ? error : new CallError({ code: 14, details: [info("UNREACHABLE")] });
  });
  if (!answer.ok) {
    const status = await answer.json().catch(() => ({ message: `${answer.status} ${answer.statusText}` }));
    throw new CallError(status, answer.status, answer.headers.get("retry-after"));
  }
  return answer;
}

const info = (reason) => ({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason });
const broken = () => new CallError({ code: 14, details: [info("BROKEN")] });

/** A call with a JSON answer; a GET without a body. */
export async function call(path, body, signal) {
  const answer = await request(path, body, signal, "application/json");
  return answer.json().catch((error) => {
    throw signal?.aborted ? error : broken();
  });
}

/** A call with a stream of events. Yields [name, data] up to the event `last`; an `error` event is thrown. */
export async function* stream(path, body, last, signal) {
  const answer = await request(path, body, signal, "text/event-stream");
  try {
    for await (const [name, data] of events(answer.body)) {
      const message = JSON.parse(data);
      if (name === "error") throw new CallError(message);
      yield [name, message];
      if (name === last) return;
    }
  } catch (error) {
    throw signal?.aborted || error instanceof CallError ? error : broken();
  }
  throw broken();
}

/** The events of a body that is cut anywhere. Lines end with LF, CR LF or CR. */
export async function* events(body) {
  let name = "message";
  let data = [];
  for await (const line of lines(body)) {
    if (line === "") {
      if (data.length) yield [name, data.join("\n")];
      name = "message";
      data = [];
      continue;
    }
    const [, field, value = ""] = line.match(/^([^:]*)(?:: ?(.*))?$/s);
    if (field === "event") name = value;
    if (field === "data") data.push(value);
  }
}

async function* lines(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return; // A line without its end belongs to no event.
      rest += decoder.decode(value, { stream: true });
      // A CR at the very end may be half of a CR LF.
      const ready = rest.match(/^.*(?:\n|\r\n|\r(?!$))/s)?.[0] ?? "";
      rest = rest.slice(ready.length);
      if (ready) yield* ready.split(/\r\n|\n|\r/).slice(0, -1);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
