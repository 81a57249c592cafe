// What may happen to the twin, and what has happened.
import { useState } from "preact/hooks";
import { EVENT_KINDS } from "../facts";
import { Choice } from "../inputs";
import { complain, elements, refreshTwin, scene, twin } from "../scene";
import { post, remove, type TwinNow } from "../service";
import { useStore } from "../store";
import { duration } from "../units";

type Target = (typeof EVENT_KINDS)[number]["target"];

// What an event may happen to: names to choose from, or how many there are, counted from 0.
function targetsOf(now: TwinNow): Record<Target, string[] | number> {
  return {
    satellite: now.n_sats,
    "launch batch": now.n_batches,
    shell: elements?.head.shells.map((shell) => shell.name) ?? [],
    "storm level": now.storm_levels,
    "ground site": now.sites,
  };
}

const FIRST = EVENT_KINDS.find(({ target }) => target === "shell") ?? EVENT_KINDS[0];
const labelOf = (kind: string): string => EVENT_KINDS.find((one) => one.name === kind)?.label ?? kind;

export function Events() {
  const now = useStore(twin);
  useStore(scene); // the shells are known once it is shown
  const [name, setName] = useState<string>(FIRST.name);
  const [target, setTarget] = useState("");
  const [trouble, setTrouble] = useState("");
  if (now === null) return null;
  const kind = EVENT_KINDS.find((one) => one.name === name) ?? FIRST;
  const targets = targetsOf(now)[kind.target];
  const chosen = typeof targets === "number" || targets.includes(target) ? target : (targets[0] ?? "");
  const happen = (event: Event) => {
    event.preventDefault();
    setTrouble("");
    post("/api/twin/events", { kind: kind.name, target: chosen })
      .then(refreshTwin)
      .catch((error: unknown) => setTrouble(error instanceof Error ? error.message : String(error)));
  };
  return (
    <details class="events">
      <summary>What if …{now.events.length > 0 ? ` (${now.events.length} so far)` : ""}</summary>
      <form onSubmit={happen}>
        <Choice aria-label="What happens" value={kind.name} onChoose={setName}>
          {EVENT_KINDS.map((one) => <option key={one.name} value={one.name}>{one.label}</option>)}
        </Choice>
        {typeof targets === "number" ? (
          <input aria-label="Which" required inputMode="numeric" placeholder={`0 to ${targets - 1}`} value={target} onInput={(event) => setTarget(event.currentTarget.value)} />
        ) : (
          <Choice aria-label="To what" value={chosen} onChoose={setTarget}>
            {targets.map((name) => <option key={name}>{name}</option>)}
          </Choice>
        )}
        <button class="danger">Let it happen</button>
        {trouble !== "" && <span role="alert">{trouble}</span>}
      </form>
      <ol>
        {now.events.map((event, k) => (
          <li key={k}>
            {labelOf(event.kind)}: {event.target}, at {duration(event.begins_s)}
            {event.ends_s !== null && ` for ${duration(event.ends_s - event.begins_s)}`}
            <button onClick={() => void remove(`/api/twin/events/${k}`).then(refreshTwin).catch(complain)}>take back</button>
          </li>
        ))}
      </ol>
    </details>
  );
}
