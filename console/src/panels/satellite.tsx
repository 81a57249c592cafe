// One satellite: found by number, shell or a press on the globe; exact values from the service.
import { useEffect, useState } from "preact/hooks";
import { clock, complain, elements, refreshTwin, scene } from "../scene";
import { EVENT_KINDS } from "../facts";
import { get, post, type Shapes } from "../service";
import { useStore } from "../store";
import { number, quantity, suffixOf } from "../units";
import { look } from "../url";

type EventKind = (typeof EVENT_KINDS)[number]["name"];
type Values = Record<string, number | string | boolean | null>;

export function Search({ onShell }: { onShell: (shell: number | null) => void }) {
  const [text, setText] = useState("");
  const [trouble, setTrouble] = useState("");
  const now = useStore(scene);
  const shells = now.kind === "twin" || now.kind === "run" ? (elements?.head.shells ?? []) : [];
  const find = (event: Event) => {
    event.preventDefault();
    const asked = text.trim();
    const found = target(asked);
    setTrouble(found === null && asked !== "" ? "no such satellite or shell" : "");
    if (found === null) return;
    if (found.shell !== null) onShell(found.shell);
    if (found.satellite !== null) look.update({ pick: found.satellite });
  };
  return (
    <form class="search" role="search" onSubmit={find}>
      <input id="search" list="shells" placeholder="Find a satellite or shell" aria-label="Find a satellite or a shell" value={text} onInput={(event) => setText(event.currentTarget.value)} />
      <datalist id="shells">{shells.map((shell) => <option key={shell.name} value={shell.name} />)}</datalist>
      {trouble !== "" && <span role="alert">{trouble}</span>}
    </form>
  );
}

function target(asked: string): { satellite: number | null; shell: number | null } | null {
  if (elements === null) return null;
  const { head } = elements;
  if (/^\d+$/.test(asked)) return Number(asked) < head.n_sats ? { satellite: Number(asked), shell: null } : null;
  const [name, own] = asked.split("/");
  const shell = head.shells.findIndex((one) => one.name === name);
  if (shell < 0) return null;
  if (own === undefined) return { satellite: null, shell };
  const first = head.layers.find((layer) => layer.shell === shell)!.first;
  return /^\d+$/.test(own) && Number(own) < head.shells[shell]!.n_sats ? { satellite: first + Number(own), shell: null } : null;
}

export function Picked() {
  const { pick } = useStore(look);
  const now = useStore(scene);
  const [values, setValues] = useState<Values | null>(null);
  useEffect(() => {
    if (pick === null || (now.kind !== "twin" && now.kind !== "run")) {
      setValues(null);
      return;
    }
    let isGone = false;
    const follow = async () => {
      while (!isGone) {
        const found =
          now.kind === "twin"
            ? await get("/api/twin/satellites/{number}", `/api/twin/satellites/${pick}`)
            : await get("/api/runs/{id}/satellites/{number}", `/api/runs/${now.id}/satellites/${pick}`);
        if (!isGone) setValues(found as Values);
        if (now.kind === "run") return;
        await new Promise((go) => setTimeout(go, 1000));
      }
    };
    follow().catch((error: unknown) => {
      if (isGone) return;
      look.update({ pick: null });
      complain(error);
    });
    return () => {
      isGone = true;
    };
  }, [pick, now.id, now.kind]);
  if (pick === null || values === null) return null;
  const rows = Object.entries(values).filter(([name]) => name !== "number");
  return (
    <section class="picked" aria-label="Picked satellite">
      <header>
        <b>Satellite {number(pick, 7)}</b>
        <button aria-label="Close" onClick={() => look.update({ pick: null })}>×</button>
      </header>
      <Near number={pick} />
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{titleOf(name)}</dt>
            <dd data-value={name} title={String(value)}>{shown(name, value)}</dd>
          </div>
        ))}
      </dl>
      {now.kind === "run" && <p class="aside">Of the whole run; node and phase at its epoch.</p>}
      {now.kind === "twin" && values["is_alive"] === true && (
        <footer>
          {EVENT_KINDS.flatMap(({ name, label, target }) =>
            target === "satellite" ? [<Happen key={name} kind={name} target={String(pick)} label={label} />]
            : target === "launch batch" ? [<Happen key={name} kind={name} target={String(values["launch_batch"])} label={`${label} (${values["launch_batch"]})`} />]
            : [],
          )}
        </footer>
      )}
    </section>
  );
}

// Who flies within some kilometres: seen along the orbit and up, as one flying beside would see them.
function Near({ number: picked }: { number: number }) {
  const now = useStore(scene);
  const time = useStore(clock);
  const [found, setFound] = useState<Shapes["Neighbour"][]>([]);
  const at = now.kind === "twin" ? "/api/twin" : `/api/runs/${now.id}`;
  const moment = now.kind === "twin" ? Math.floor(time.time_s / 60) : Math.floor(time.time_s / 10) * 10;
  useEffect(() => {
    let isGone = false;
    const asked =
      now.kind === "twin"
        ? get("/api/twin/satellites/{number}/neighbours", `${at}/satellites/${picked}/neighbours`)
        : get("/api/runs/{id}/satellites/{number}/neighbours", `${at}/satellites/${picked}/neighbours?time_s=${moment}`);
    asked.then((rows) => !isGone && setFound(rows)).catch(() => undefined);
    return () => {
      isGone = true;
    };
  }, [picked, now.id, now.kind, moment]);
  if (found.length < 2) return null;
  const reach = Math.max(...found.map((one) => Math.max(Math.abs(one.along_m), Math.abs(one.up_m), Math.abs(one.across_m)))) * 1.1;
  const at_ = (metres: number) => 120 + (112 * metres) / reach;
  return (
    <figure class="near">
      <figcaption>{found.length - 1} within {quantity(Math.max(...found.map((one) => one.range_m)), "m", 3)}; up is away from the Earth</figcaption>
      <svg viewBox="0 0 240 240" role="img" aria-label={`${found.length - 1} satellites near by, along the orbit and up`}>
        <path d="M0 120H240M120 0V240" stroke="#8884" />
        {found.map((one) => (
          <circle key={one.number} cx={at_(one.along_m)} cy={240 - at_(one.up_m)} r={one.number === picked ? 5 : 3.2} fill={one.number === picked ? "#ff7ad9" : "#e8b341"} onClick={() => look.update({ pick: one.number })}>
            <title>{`${one.number}: ${quantity(one.range_m, "m", 4)} away`}</title>
          </circle>
        ))}
      </svg>
    </figure>
  );
}

function Happen({ kind, target: what, label }: { kind: EventKind; target: string; label: string }) {
  return (
    <button
      class="danger"
      onClick={() => {
        post("/api/twin/events", { kind, target: what }).then(refreshTwin).catch(complain);
      }}
    >
      {label}
    </button>
  );
}

function titleOf(name: string): string {
  if (name === "charge_frac") return "charge, share";
  const suffix = suffixOf(name);
  return (suffix === "" ? name : name.slice(0, -suffix.length - 1)).replaceAll("_", " ");
}

function shown(name: string, value: number | string | boolean | null): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "number") return value ?? "–";
  const suffix = suffixOf(name);
  return suffix === "" ? number(value, 7) : quantity(value, suffix, 6);
}
