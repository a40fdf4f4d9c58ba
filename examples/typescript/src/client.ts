// Calls a server of triglot: npm start translate|stream|batch|summarize FILE LANGUAGE
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";

import type { MessageInitShape } from "@bufbuild/protobuf";
import { ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";

import { SummarizationService } from "./gen/triglot/v1/summarization_service_pb.js";
import { TranslationService, type TranslateStreamRequestSchema } from "./gen/triglot/v1/translation_service_pb.js";
import { Warning } from "./gen/triglot/v1/types_pb.js";

const transport = createGrpcTransport({
  baseUrl: process.env["TRIGLOT_SERVER"] ?? "http://127.0.0.1:50051",
  defaultTimeoutMs: 600_000,
});
const client = createClient(TranslationService, transport);

async function translate(file: string, targetLanguage: string): Promise<void> {
  const text = await readFile(file, "utf8");
  const answer = await client.translate({ text, targetLanguage });
  process.stdout.write(answer.translation);
  for (const { source, warnings } of answer.segments) {
    if (warnings.length > 0) {
      console.error(`bytes ${source?.start} to ${source?.end}: ${warnings.map((warning) => Warning[warning]).join(", ")}`);
    }
  }
}

/** Prints pieces while the text is still read, so a text of any length passes. */
async function stream(file: string, targetLanguage: string): Promise<void> {
  async function* requests(): AsyncGenerator<MessageInitShape<typeof TranslateStreamRequestSchema>> {
    yield { request: { case: "start", value: { targetLanguage } } };
    for await (const portion of createReadStream(file)) {
      yield { request: { case: "text", value: portion } }; // cut anywhere, also inside a character
    }
  }
  for await (const { response } of client.translateStream(requests())) {
    if (response.case === "piece") {
      process.stdout.write(response.value.text);
    }
  }
}

/** Translates the paragraphs as texts of their own. One that fails has its error in its place, and stays as it is here. */
async function batch(file: string, targetLanguage: string): Promise<void> {
  const paragraphs = (await readFile(file, "utf8")).split("\n\n");
  const requests = paragraphs.map((text) => ({ text, targetLanguage }));
  const { results } = await client.translateBatch({ requests });
  const translations = results.map(({ result }, at) => {
    if (result.case === "response") {
      return result.value.translation;
    }
    console.error(`paragraph ${at + 1}: ${result.value?.message}`);
    return paragraphs[at];
  });
  process.stdout.write(translations.join("\n\n"));
}

async function summarize(file: string, targetLanguage: string): Promise<void> {
  const text = await readFile(file, "utf8");
  const length = { length: { case: "sentences", value: 2 } } as const;
  const { summary } = await createClient(SummarizationService, transport).summarize({ text, targetLanguage, length });
  console.log(summary?.text);
}

const commands: Record<string, typeof translate> = { translate, stream, batch, summarize };
const [name = "", file, language] = process.argv.slice(2);
const command = commands[name];
if (!command || !file || !language) {
  console.error("usage: npm start translate|stream|batch|summarize FILE LANGUAGE");
  process.exit(2);
}
try {
  await command(file, language);
} catch (failure) {
  // The message names the field that is wrong. `findDetails` has the details of google.rpc.
  console.error(ConnectError.from(failure).message);
  process.exit(1);
}
