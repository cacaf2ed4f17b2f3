// Tells how much JavaScript a first visit transfers, and fails when it is more than the product allows itself.
// Usage: npm run build && npm run size [DIST]
import { readdir, readFile, stat } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const limit = 150 * 1024;
const dist = process.argv[2] ? pathToFileURL(`${process.argv[2]}/`) : new URL("../dist/", import.meta.url);

const html = await readFile(new URL("index.html", dist), "utf8");
const scripts = (await readdir(new URL("assets/", dist))).filter((name) => name.endsWith(".js"));

/** These and all that they import at once; `import()` is for later. */
async function withImports(names, found = new Set()) {
  for (const name of names) {
    if (found.has(name)) continue;
    found.add(name);
    const code = await readFile(new URL(`assets/${name}`, dist), "utf8");
    await withImports(
      [...code.matchAll(/\b(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)].map(([, imported]) => imported),
      found,
    );
  }
  return found;
}

const sizes = new Map();
for (const name of scripts) {
  const { size } = await stat(new URL(`assets/${name}.br`, dist));
  sizes.set(name, size);
  console.log(`${name}: ${size} bytes`);
}
const sum = (names) => [...names].reduce((total, name) => total + sizes.get(name), 0);
const entry = scripts.filter((name) => html.includes(`assets/${name}`));
const app = scripts.filter((name) => name.startsWith("signed-in-"));
if (entry.length === 0 || app.length !== 1) throw new Error("The build does not look as expected");
const welcome = sum(await withImports(entry));
const signedIn = sum(await withImports([...entry, ...app]));
console.log(
  `JavaScript, Brotli: welcome page ${welcome} bytes, signed in ${signedIn}, later ${sum(scripts) - signedIn}. Limit: ${limit}.`,
);
if (signedIn > limit) process.exitCode = 1;
