// Bundles the browser's part into one folder.
//
// Promise: the output holds every file that the server hands out, each with a hash of its
// content in its name, and `manifest.tsv`, which the Rust build reads:
//   file <name> <hashed name>   and   icon <name> <inner SVG>
// Limit: it fetches nothing; `npm ci` must have run before.
//
// Usage: node build.mjs OUT_DIR

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
if (!out) throw new Error("usage: node build.mjs OUT_DIR");
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const shared = {
  bundle: true,
  minify: true,
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  metafile: true,
  logLevel: "warning",
  target: ["chrome111", "firefox115", "safari16.4"],
};

const results = await Promise.all([
  build({
    ...shared,
    entryPoints: [join(here, "src/app.js"), join(here, "src/app.css")],
    format: "esm",
    splitting: true,
  }),
  // The theme must be set before the first paint: a classic script, not a deferred module.
  build({ ...shared, entryPoints: [join(here, "src/theme.js")], format: "iife" }),
]);

const lines = [];
for (const { metafile } of results) {
  for (const [path, info] of Object.entries(metafile.outputs)) {
    const hashed = basename(path);
    const name = info.entryPoint ? basename(info.entryPoint) : hashed;
    lines.push(["file", name, hashed]);
  }
}

for (const name of readdirSync(join(here, "static")).sort()) {
  const bytes = readFileSync(join(here, "static", name));
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
  const hashed = `${basename(name, extname(name))}-${hash}${extname(name)}`;
  writeFileSync(join(out, hashed), bytes);
  lines.push(["file", name, hashed]);
}

const icons = readFileSync(join(here, "icons.txt"), "utf8").split("\n").filter(Boolean);
for (const name of icons) {
  const svg = readFileSync(join(here, "node_modules/@tabler/icons/icons/outline", `${name}.svg`), "utf8");
  const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  lines.push(["icon", name, inner.replace(/\s+/g, " ").trim()]);
}

writeFileSync(join(out, "manifest.tsv"), lines.map((line) => line.join("\t") + "\n").join(""));
