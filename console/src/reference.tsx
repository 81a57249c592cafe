// The service's addresses, from its own description: works without any network.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";

interface Schema {
  $ref?: string;
  description?: string;
  type?: string;
  examples?: unknown[];
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
}
interface Operation {
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { description: string; content?: Record<string, { schema?: Schema }> }>;
}
interface Described {
  info: { title: string; version: string; description: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

function example(schema: Schema | undefined, all: Record<string, Schema>, depth = 0): unknown {
  if (schema === undefined || depth > 5) return null;
  if (schema.$ref !== undefined) return example(all[schema.$ref.split("/").pop()!], all, depth + 1);
  if (schema.examples?.length) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined && schema.default !== null) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return example(schema.anyOf[0], all, depth + 1);
  if (schema.properties) {
    const shown = Object.entries(schema.properties).filter(([name, inner]) => depth === 0 ? (schema.required?.includes(name) ?? false) || inner.examples?.length : true);
    return Object.fromEntries(shown.map(([name, inner]) => [name, example(inner, all, depth + 1)]));
  }
  if (schema.type === "array") return [example(schema.items, all, depth + 1)];
  return { string: "…", number: 0, integer: 0, boolean: true, object: {} }[schema.type ?? ""] ?? null;
}

function Reference() {
  const [found, setFound] = useState<Described | null>(null);
  const [trouble, setTrouble] = useState("");
  useEffect(() => {
    const known = sessionStorage.getItem("skyrack-token");
    fetch("/openapi.json", known === null ? {} : { headers: { authorization: `Bearer ${known}` } })
      .then(async (answer) => (answer.ok ? setFound((await answer.json()) as Described) : setTrouble(`The service answered ${answer.status}; open the console first and give it the token.`)))
      .catch(() => setTrouble("The service does not answer."));
  }, []);
  if (found === null) return <div class="page">{trouble === "" ? "Reading …" : trouble}</div>;
  const all = found.components.schemas;
  const operations = Object.entries(found.paths).flatMap(([path, verbs]) => Object.entries(verbs).map(([verb, operation]) => ({ path, verb, operation })));
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? "service"))];
  return (
    <div class="page reference">
      <h1>{found.info.title} {found.info.version}: the service</h1>
      <p>{found.info.description} The description itself is at <a href="/openapi.json">/openapi.json</a>; the console is at <a href="/">/</a>. The live twin's stream is a WebSocket at <code>/api/twin/stream</code>: views as JSON about once a second, and, after {'{"channel": "charge"}'}, one byte of every satellite.</p>
      {tags.map((tag) => (
        <section key={tag}>
          <h2>{tag}</h2>
          {operations.filter(({ operation }) => (operation.tags?.[0] ?? "service") === tag).map(({ path, verb, operation }) => (
            <details key={verb + path}>
              <summary><span class="verb">{verb.toUpperCase()}</span> <code>{path}</code> <small>{operation.description ?? operation.summary}</small></summary>
              {(operation.parameters ?? []).map((parameter) => (
                <p key={parameter.name}><code>{parameter.name}</code> ({parameter.in}{parameter.required ? "" : ", optional"}): {parameter.description ?? ""} {JSON.stringify(example(parameter.schema, all))}</p>
              ))}
              {operation.requestBody && <pre>{JSON.stringify(example(Object.values(operation.requestBody.content)[0]?.schema, all), null, 1)}</pre>}
              <p>{Object.keys(operation.responses).join(", ")}: {Object.values(operation.responses)[0]?.description}</p>
            </details>
          ))}
        </section>
      ))}
    </div>
  );
}

render(<Reference />, document.getElementById("app")!);
