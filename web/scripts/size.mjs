// Tells how much JavaScript a first visit transfers, and fails when it is more than the product allows itself.
// Usage: npm run build && npm run size
import { readdir, readFile, stat } from "node:fs/promises";

const limit = 150 * 1024;
const dist = new URL("../dist/", import.meta.url);

const html = await readFile(new URL("index.html", dist), "utf8");
const scripts = (await readdir(new URL("assets/", dist))).filter((name) => name.endsWith(".js"));
let everything = 0;
let welcome = 0;
for (const name of scripts) {
  const { size } = await stat(new URL(`assets/${name}.br`, dist));
  everything += size;
  if (html.includes(`assets/${name}`)) welcome += size;
  console.log(`${name}: ${size} bytes`);
}
console.log(
  `Welcome page: ${welcome} bytes of JavaScript (Brotli). Signed in: ${everything}. Limit: ${limit}.`,
);
if (everything > limit) process.exitCode = 1;
