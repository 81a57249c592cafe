// What the console takes from the engine, made anew by `npm run types`: types of the service from its OpenAPI description, and the
// names and limits of `skyrack.api.names`.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import openapi, { astToString } from "openapi-typescript";

const python = process.env.PYTHON ?? join(import.meta.dirname, "../../.venv/bin/python");
const source = join(import.meta.dirname, "../src");
const ask = (...words) => JSON.parse(execFileSync(python, words, { maxBuffer: 1 << 26 }).toString());

const description = ask("-m", "skyrack.web.openapi");
for (const verbs of Object.values(description.paths)) {
  for (const { responses } of Object.values(verbs)) {
    for (const status of Object.keys(responses)) if (status >= "400") delete responses[status]; // all alike: a Problem
  }
}
const ast = await openapi(description);
const head = "// Made by `npm run types` from the service's OpenAPI description; not to be written by hand.\n";
writeFileSync(join(source, "openapi.d.ts"), head + astToString(ast));

const names = ask("-c", "import json; from skyrack.api.names import names; print(json.dumps(names()))");
const row = (inside, [open, close]) => `${open}\n${inside.map((text) => `  ${text},\n`).join("")}${close}`;
const written = (value) => (Array.isArray(value) ? row(value.map((one) => JSON.stringify(one)), "[]") : row(Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${JSON.stringify(one)}`), "{}"));
const constants = Object.entries(names).map(([name, value]) => `export const ${name.toUpperCase()} = ${written(value)} as const;\n`);
writeFileSync(join(source, "facts.ts"), "// Made by `npm run types` from skyrack.api.names; not to be written by hand.\n" + constants.join("\n"));
