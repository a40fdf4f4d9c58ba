// What a page does: it makes a client from the contract, and calls. The test calls its functions.
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema, anyUnpack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import contract from "./contract.binpb";

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, contract));
const client = (baseUrl) =>
  createClient(registry.getService("triglot.v1.TranslationService"), createGrpcWebTransport({ baseUrl }));

window.translate = async (server, request) => {
  try {
    const answer = await client(server).translate(request);
    return { translation: answer.translation, segments: answer.segments.length };
  } catch (failure) {
    const error = ConnectError.from(failure);
    const details = error.details.map((detail) => detail.type);
    return { code: Code[error.code], details };
  }
};

// The messages of a stream are sent at once, in one body; a browser cannot do more.
window.health = async (server) => {
  const answer = await fetch(`${server}/grpc.health.v1.Health/Watch`, {
    method: "POST",
    headers: { "content-type": "application/grpc-web+proto", "x-grpc-web": "1" },
    body: new Uint8Array(5),
  });
  const reader = answer.body.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return [...value];
};
