// Types of the service from its OpenAPI description: `npm run types`.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import openapi, { astToString } from "openapi-typescript";

const python = process.env.PYTHON ?? join(import.meta.dirname, "../../.venv/bin/python");
const described = execFileSync(python, ["-m", "skyrack.web.openapi"], { maxBuffer: 1 << 26 });
const description = JSON.parse(described.toString());
for (const verbs of Object.values(description.paths)) {
  for (const { responses } of Object.values(verbs)) {
    for (const status of Object.keys(responses)) if (status >= "400") delete responses[status]; // all alike: a Problem
  }
}
const ast = await openapi(description);
const head = "// Made by `npm run types` from the service's OpenAPI description; not to be written by hand.\n";
writeFileSync(join(import.meta.dirname, "../src/openapi.d.ts"), head + astToString(ast));
