import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv2020 from "ajv/dist/2020";
import { describe, expect, test } from "vitest";
import { readServerFrame } from "./frames";
import { readPayload } from "./payloads";

const protocol = join(import.meta.dirname, "../../../protocol");
const schema = JSON.parse(readFileSync(join(protocol, "schema.json"), "utf8"));
const ajv = new Ajv2020({ schemas: { frame: schema }, strictTypes: false });

function validate(definition: string, value: unknown): boolean {
  const validator = ajv.getSchema(`frame#/$defs/${definition}`);
  if (!validator) throw new Error(`no definition ${definition}`);
  return validator(value) === true;
}

interface Invalid {
  frame?: string;
  code: string;
  beyondSchema?: boolean;
}

function golden<T>(kind: "valid" | "invalid", direction: string): [string, T][] {
  const folder = join(protocol, "frames", kind, direction);
  const files = readdirSync(folder).sort();
  expect(files.length).toBeGreaterThan(0);
  return files.map((file) => [
    file.replace(".json", ""),
    JSON.parse(readFileSync(join(folder, file), "utf8")),
  ]);
}

test("the frame types are what the schema says", () => {
  const script = join(import.meta.dirname, "../../scripts/gen-protocol.mjs");
  expect(() => execFileSync(process.execPath, [script, "--check"], { stdio: "pipe" })).not.toThrow();
});

describe("golden frames", () => {
  test.each(golden<unknown>("valid", "client"))("valid client frame %s", (_name, frame) => {
    expect(validate("ClientFrame", frame)).toBe(true);
  });

  test.each(golden<unknown>("valid", "server"))("valid server frame %s", (_name, frame) => {
    expect(validate("ServerFrame", frame)).toBe(true);
    expect(readServerFrame(JSON.stringify(frame))).toEqual({ frame });
  });

  test.each(golden<unknown>("valid", "payload"))("valid payload %s", (_name, payload) => {
    expect(validate("Payload", payload)).toBe(true);
    expect(readPayload(payload)).toEqual(payload);
  });

  const invalidClient = golden<Invalid>("invalid", "client").filter(([, example]) => !example.beyondSchema);
  test.each(invalidClient)("invalid client frame %s", (_name, { frame }) => {
    const value = parsed(frame);
    expect(value !== undefined && validate("ClientFrame", value)).toBe(false);
  });

  test.each(golden<Invalid>("invalid", "server"))("invalid server frame %s", (_name, { frame, code }) => {
    const value = parsed(frame);
    expect(value !== undefined && validate("ServerFrame", value)).toBe(false);
    expect(readServerFrame(frame)).toEqual({ code });
  });

  test.each(golden<Invalid>("invalid", "payload"))("invalid payload %s", (_name, { frame }) => {
    expect(validate("Payload", parsed(frame))).toBe(false);
    expect(readPayload(parsed(frame))).toBeNull();
  });
});

test("every action of the server and every payload has a golden frame", () => {
  const shown = golden<{ action: string }>("valid", "server").map(([, frame]) => frame.action);
  expect(new Set(shown)).toEqual(discriminators("ServerFrame", "action"));
  const payloads = golden<{ type: string }>("valid", "payload").map(([, payload]) => payload.type);
  expect(new Set(payloads)).toEqual(discriminators("Payload", "type"));
});

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

function discriminators(definition: string, field: string): Set<string> {
  const refs: { $ref: string }[] = schema.$defs[definition].anyOf;
  return new Set(
    refs.map(({ $ref }) => schema.$defs[$ref.slice("#/$defs/".length)].properties[field].const as string),
  );
}
