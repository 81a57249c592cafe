// A run to be begun: a built-in scenario, and any of its keys changed. The keys come from the JSON Schema of scenarios, their
// values and sources from the scenario itself; what the service finds wrong stands beside its field.
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { Choice } from "../inputs";
import { complain, showTwin } from "../scene";
import { get, post, ServiceError, type Shapes } from "../service";
import { number } from "../units";
import { look } from "../url";

interface Part {
  type?: string | string[];
  description?: string;
  title?: string;
  default?: unknown;
  examples?: unknown[];
  enum?: unknown[];
  const?: unknown;
  $ref?: string;
  anyOf?: Part[];
  allOf?: Part[];
  oneOf?: Part[];
  items?: Part;
  properties?: Record<string, Part>;
}
interface Assumption {
  path: string;
  value: unknown;
  source: string | null;
  note: string | null;
  confidence: string | null;
}
interface Shown {
  title: string;
  description: string;
  n_sats: number;
  assumptions: Assumption[];
  shells: unknown[];
}
interface Field {
  path: string;
  part: Part;
  now: Assumption | null;
}

const FIRST = ["span", "step", "output", "epoch"];

export function RunForm({ onBegun }: { onBegun: () => void }) {
  const [names, setNames] = useState<Shapes["ScenarioRow"][]>([]);
  const [schema, setSchema] = useState<(Part & { $defs: Record<string, Part> }) | null>(null);
  const [name, setName] = useState("suncatcher-81");
  const [shown, setShown] = useState<Shown | null>(null);
  const [changes, setChanges] = useState<Record<string, string>>({});
  const [filter, setFilter] = useState("");
  const [trouble, setTrouble] = useState<{ text: string; field: string | null } | null>(null);
  const [told, setTold] = useState("");
  const [isBusy, setBusy] = useState(false);

  useEffect(() => {
    Promise.all([get("/api/scenarios"), get("/api/schema")])
      .then(([rows, found]) => {
        setNames(rows);
        setSchema(found as unknown as Part & { $defs: Record<string, Part> });
      })
      .catch(complain);
  }, []);
  useEffect(() => {
    setShown(null);
    get("/api/scenarios/{name}", `/api/scenarios/${name}`)
      .then((found) => setShown(found as unknown as Shown))
      .catch(complain);
  }, [name]);
  const fields = useMemo(() => (schema === null || shown === null ? [] : fieldsOf(schema, shown)), [schema, shown]);
  const groups = useMemo(() => grouped(fields, filter, trouble?.field ?? null), [fields, filter, trouble]);

  const overrides = Object.fromEntries(Object.entries(changes).filter(([, value]) => value.trim() !== ""));
  const send = async (path: string, body: unknown): Promise<unknown> => {
    setBusy(true);
    setTrouble(null);
    setTold("");
    try {
      return await post(path, body);
    } catch (error) {
      const field = error instanceof ServiceError ? error.field : null;
      setTrouble({ text: error instanceof Error ? error.message : String(error), field });
      return null;
    } finally {
      setBusy(false);
    }
  };
  const begin = async (event: Event) => {
    event.preventDefault();
    const row = (await send("/api/runs", { scenario: name, overrides })) as { id: string } | null;
    if (row === null) return;
    setTold(`${row.id} is begun.`);
    onBegun();
  };
  const check = async () => {
    const found = (await send("/api/scenarios/check", { scenario: name, overrides })) as Shapes["Checked"] | null;
    if (found !== null) setTold(`It can run: ${number(found.n_sats, 7)} satellites, ${number(found.n_steps, 7)} steps, ${number(found.memory_bytes / 1e6, 3)} MB.`);
  };
  const fly = async () => {
    if ((await send("/api/twin", { scenario: name, overrides })) === null) return;
    look.update({ tab: "globe", run: null, pick: null });
    void showTwin();
  };

  return (
    <section class="run-form">
      <h2>Begin a run</h2>
      <form onSubmit={(event) => void begin(event)}>
        <label>
          Scenario
          <Choice name="scenario" value={name} onChoose={(chosen) => { setName(chosen); setChanges({}); setTrouble(null); }}>
            {names.map((row) => <option key={row.name} value={row.name}>{row.name}: {row.title} ({number(row.n_sats, 7)})</option>)}
          </Choice>
        </label>
        {shown !== null && <p class="aside">{shown.description}</p>}
        <div class="row">
          {fields.filter((field) => FIRST.includes(field.path)).map((field) => (
            <Input key={field.path} field={field} value={changes[field.path] ?? ""} trouble={trouble?.field === field.path ? trouble.text : null} onChange={(value) => setChanges({ ...changes, [field.path]: value })} />
          ))}
        </div>
        <label>
          Other keys
          <input type="search" placeholder="Find a key: battery, launch, cities …" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
        </label>
        {groups.map(([group, inside]) => (
          <Group key={group} name={group} note={`${inside.length} keys${changed(inside, changes)}`} isWanted={filter !== "" || inside.some((field) => trouble?.field === field.path)}>
            {inside.map((field) => (
              <Input key={field.path} field={field} value={changes[field.path] ?? ""} trouble={trouble?.field === field.path ? trouble.text : null} onChange={(value) => setChanges({ ...changes, [field.path]: value })} />
            ))}
          </Group>
        ))}
        {trouble !== null && !fields.some((field) => field.path === trouble.field) && <p role="alert" class="trouble">{trouble.text}</p>}
        {told !== "" && <p role="status" class="told">{told}</p>}
        <div class="buttons">
          <button type="submit" class="main" disabled={isBusy}>Begin the run</button>
          <button type="button" disabled={isBusy} onClick={() => void check()}>Check</button>
          <button type="button" disabled={isBusy} onClick={() => void fly()}>Fly it live</button>
        </div>
      </form>
    </section>
  );
}

// Opens where something in it is looked for or is wrong; whoever opens or closes it has the last word.
function Group({ name, note, isWanted, children }: { name: string; note: string; isWanted: boolean; children: ComponentChildren }) {
  const [isOpen, setOpen] = useState(isWanted);
  useEffect(() => {
    if (isWanted) setOpen(true);
  }, [isWanted]);
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{name} <small>{note}</small></summary>
      {isOpen && <div class="row">{children}</div>}
    </details>
  );
}

function Input({ field, value, trouble, onChange }: { field: Field; value: string; trouble: string | null; onChange: (value: string) => void }) {
  const id = `key-${field.path}`;
  const now = field.now?.value ?? field.part.default;
  const options = field.part.enum;
  const title = [field.part.description, field.now?.source && `Now from: ${field.now.source}`, field.now?.note].filter(Boolean).join("\n");
  return (
    <label class={trouble === null ? "field" : "field wrong"} title={title} for={id}>
      <span>{field.path}</span>
      {options ? (
        <Choice id={id} value={value} aria-invalid={trouble !== null} onChoose={onChange}>
          <option value="">{text(now)}</option>
          {options.map((option) => <option key={String(option)}>{String(option)}</option>)}
        </Choice>
      ) : (
        <input id={id} value={value} placeholder={text(now ?? field.part.examples?.[0])} aria-invalid={trouble !== null} aria-describedby={trouble === null ? undefined : `${id}-wrong`} onInput={(event) => onChange(event.currentTarget.value)} />
      )}
      {trouble !== null && <em id={`${id}-wrong`} role="alert">{trouble}</em>}
    </label>
  );
}

const text = (value: unknown): string => (value === undefined || value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));

const changed = (inside: Field[], changes: Record<string, string>): string => {
  const count = inside.filter((field) => (changes[field.path] ?? "").trim() !== "").length;
  return count > 0 ? `, ${count} changed` : "";
};

// Fields that match every word of the filter, and the one that is wrong whether it does or not.
function grouped(fields: Field[], filter: string, wrong: string | null): [string, Field[]][] {
  const groups = new Map<string, Field[]>();
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  for (const field of fields) {
    if (FIRST.includes(field.path)) continue;
    const said = `${field.path} ${field.part.description ?? ""}`.toLowerCase();
    if (field.path !== wrong && !words.every((word) => said.includes(word))) continue;
    const steps = field.path.split(".");
    const group = steps.length > 1 ? (steps[0] === "shells" || steps[0] === "satellite" ? steps.slice(0, 2).join(".") : steps[0]!) : "scenario";
    groups.set(group, [...(groups.get(group) ?? []), field]);
  }
  return [...groups];
}

// Every key that holds a single value: those of the scenario as it is, and those that the schema knows beside.
function fieldsOf(schema: Part & { $defs: Record<string, Part> }, shown: Shown): Field[] {
  const found = new Map<string, Field>();
  for (const now of shown.assumptions) {
    const part = partAt(schema, now.path.split("."));
    found.set(now.path, { path: now.path, part: part ?? {}, now });
  }
  const walk = (part: Part, path: string, depth: number): void => {
    for (const [key, inner] of Object.entries(part.properties ?? {})) {
      const at = path === "" ? key : `${path}.${key}`;
      const whole = resolved(schema, inner);
      if (whole.properties && depth < 4) walk(whole, at, depth + 1);
      else if (isLeaf(whole) && !found.has(at) && !HIDDEN.has(key)) found.set(at, { path: at, part: whole, now: null });
    }
  };
  walk(schema, "", 0);
  return [...found.values()];
}

const HIDDEN = new Set(["name", "title", "description", "extends", "sources", "claims", "ground_baseline"]);
const isLeaf = (part: Part): boolean => part.enum !== undefined || ["string", "number", "integer", "boolean"].some((kind) => part.type === kind || (Array.isArray(part.type) && part.type.includes(kind)));

function resolved(schema: { $defs: Record<string, Part> }, part: Part): Part {
  if (part.$ref !== undefined) return resolved(schema, { ...schema.$defs[part.$ref.split("/").pop()!], ...(part.description ? { description: part.description } : {}) });
  const choice = (part.anyOf ?? part.oneOf ?? part.allOf)?.find((one) => one.type !== "null");
  if (choice === undefined) return part;
  const { anyOf: _a, oneOf: _o, allOf: _l, ...rest } = part;
  return resolved(schema, { ...choice, ...rest });
}

function partAt(schema: Part & { $defs: Record<string, Part> }, steps: string[]): Part | null {
  let part: Part = schema;
  for (const step of steps) {
    const whole = resolved(schema, part);
    const next = whole.properties?.[step] ?? (whole.items !== undefined ? whole.items : undefined);
    if (next === undefined) return null;
    part = next;
  }
  return resolved(schema, part);
}
