// A module of the console's source, for tests that need no browser.
import { build } from "esbuild";
import { join } from "node:path";

export async function load(name) {
  const made = await build({ entryPoints: [join(import.meta.dirname, "../src", name)], bundle: true, format: "esm", write: false });
  return import(`data:text/javascript;base64,${Buffer.from(made.outputFiles[0].contents).toString("base64")}`);
}
