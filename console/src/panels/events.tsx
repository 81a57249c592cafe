// What may happen to the twin, and what has happened.
import { useState } from "preact/hooks";
import { Choice } from "../inputs";
import { complain, elements, refreshTwin, scene, twin } from "../scene";
import { post, remove } from "../service";
import { useStore } from "../store";
import { duration } from "../units";

const KINDS: Record<string, string> = {
  "lose-shell": "Lose a shell",
  "lose-batch": "Lose a launch batch",
  "lose-satellite": "Lose a satellite",
  "solar-storm": "Solar storm",
  "site-down": "Ground site down",
};

export function Events() {
  const now = useStore(twin);
  useStore(scene); // the shells are known once it is shown
  const [kind, setKind] = useState("lose-shell");
  const [target, setTarget] = useState("");
  const [trouble, setTrouble] = useState("");
  if (now === null) return null;
  const choices: Record<string, string[]> = {
    "lose-shell": elements?.head.shells.map((shell) => shell.name) ?? [],
    "solar-storm": now.storm_levels,
    "site-down": now.sites,
  };
  const listed = choices[kind];
  const chosen = listed === undefined ? target : listed.includes(target) ? target : (listed[0] ?? "");
  const happen = (event: Event) => {
    event.preventDefault();
    setTrouble("");
    post("/api/twin/events", { kind, target: chosen })
      .then(refreshTwin)
      .catch((error: unknown) => setTrouble(error instanceof Error ? error.message : String(error)));
  };
  return (
    <details class="events">
      <summary>What if …{now.events.length > 0 ? ` (${now.events.length} so far)` : ""}</summary>
      <form onSubmit={happen}>
        <Choice aria-label="What happens" value={kind} onChoose={setKind}>
          {Object.entries(KINDS).map(([key, label]) => <option key={key} value={key}>{label}</option>)}
        </Choice>
        {listed ? (
          <Choice aria-label="To what" value={chosen} onChoose={setTarget}>
            {listed.map((name) => <option key={name}>{name}</option>)}
          </Choice>
        ) : (
          <input aria-label="Which" required inputMode="numeric" placeholder={kind === "lose-batch" ? `0 to ${now.n_batches - 1}` : `0 to ${now.n_sats - 1}`} value={target} onInput={(event) => setTarget(event.currentTarget.value)} />
        )}
        <button class="danger">Let it happen</button>
        {trouble !== "" && <span role="alert">{trouble}</span>}
      </form>
      <ol>
        {now.events.map((event, k) => (
          <li key={k}>
            {KINDS[event.kind] ?? event.kind}: {event.target}, at {duration(event.begins_s)}
            {event.ends_s !== null && ` for ${duration(event.ends_s - event.begins_s)}`}
            <button onClick={() => void remove(`/api/twin/events/${k}`).then(refreshTwin).catch(complain)}>take back</button>
          </li>
        ))}
      </ol>
    </details>
  );
}
