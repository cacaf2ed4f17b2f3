/** Writes src/protocol/frames.gen.ts from ../protocol/schema.json; with `--check` it only compares. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const schemaFile = new URL("../../protocol/schema.json", import.meta.url);
const typesFile = new URL("../src/protocol/frames.gen.ts", import.meta.url);
const biome = fileURLToPath(new URL("../node_modules/@biomejs/biome/bin/biome", import.meta.url));

const schema = JSON.parse(readFileSync(schemaFile, "utf8"));
// A schema without a type allows anything; the generator would make an object of it.
for (const { properties } of Object.values(schema.$defs)) {
  if (properties?.payload) properties.payload.tsType = "unknown";
}

// Only what the root reaches becomes a type.
schema.title = "Message";
schema.description = "Every frame and payload.";
schema.anyOf.push({ $ref: "#/$defs/Payload" });

const generated = await compile(schema, "Message", {
  additionalProperties: false,
  maxItems: -1,
  bannerComment: "/** Generated from protocol/schema.json by `npm run gen:protocol`: do not edit. */",
});
const types = execFileSync(process.execPath, [biome, "format", "--stdin-file-path=frames.gen.ts"], {
  cwd: fileURLToPath(new URL("..", import.meta.url)),
  input: generated,
  encoding: "utf8",
});

if (!process.argv.includes("--check")) {
  writeFileSync(typesFile, types);
} else if (readFileSync(typesFile, "utf8") !== types) {
  console.error("src/protocol/frames.gen.ts is out of date: run `npm run gen:protocol`.");
  process.exitCode = 1;
}
