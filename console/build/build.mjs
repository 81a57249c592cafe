// Builds the console into src/skyrack/web/static: hashed names, gzipped twins, two pages. The same input gives the same
// bytes, so that CI can tell whether the committed build is that of the committed source.
import { build } from "esbuild";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = process.argv[2] ?? join(root, "../src/skyrack/web/static");

const made = await build({
  absWorkingDir: root,
  entryPoints: { console: "src/main.tsx", api: "src/reference.tsx" },
  bundle: true,
  splitting: true,
  format: "esm",
  minify: true,
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  outdir: "out",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".json": "json" },
  legalComments: "none",
  metafile: true,
  write: false,
});

await rm(out, { recursive: true, force: true });
await mkdir(join(out, "assets"), { recursive: true });
const names = {};
let scripts = 0;
for (const file of made.outputFiles) {
  const name = file.path.split("/").pop();
  const squeezed = gzipSync(file.contents, { level: 9 });
  squeezed[9] = 255; // the byte that tells the operating system, so that all machines make the same file
  await writeFile(join(out, "assets", name), file.contents);
  await writeFile(join(out, "assets", `${name}.gz`), squeezed);
  const [stem] = name.split("-");
  names[`${stem}.${name.split(".").pop()}`] = name;
  if (name.endsWith(".js") && stem !== "api") scripts += squeezed.length;
}

const icon = await readFile(join(root, "src/icon.svg"), "utf8");
const page = (title, entry) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon.trim())}">
<link rel="stylesheet" href="/assets/${names["console.css"]}">
<script type="module" src="/assets/${names[`${entry}.js`]}"></script>
</head>
<body><div id="app"></div><noscript>The console needs JavaScript; every number is also at <a href="/api/docs">/api/docs</a> and in the report of each run.</noscript></body>
</html>
`;
await writeFile(join(out, "index.html"), page("Skyrack", "console"));
await writeFile(join(out, "api.html"), page("Skyrack API", "api"));
const licences = [];
for (const name of ["three", "preact", "uplot"]) {
  const folder = join(root, "node_modules", name);
  const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  licences.push(`${name} ${version}\n\n${(await readFile(join(folder, "LICENSE"), "utf8")).trim()}\n`);
}
licences.push("Outlines of land: Natural Earth, public domain.\n");
await writeFile(join(out, "licences.txt"), licences.join(`\n${"-".repeat(72)}\n\n`));
console.log(`${made.outputFiles.length} files, scripts of the console ${(scripts / 1024).toFixed(1)} KB gzipped`);
