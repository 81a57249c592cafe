// What is looked at, in the address: a link shows the same to whoever opens it.
import { Store } from "./store";

export type Tab = "globe" | "runs" | "compare" | "claims";

export interface Look {
  tab: Tab;
  run: string | null; // null: the live twin
  signal: string;
  time_s: number | null; // of a replay
  pick: number | null;
  first: string | null; // of a comparison, and whose claims are shown
  second: string | null;
  flight: string | null; // whose satellites are marked
}

const TABS: Tab[] = ["globe", "runs", "compare", "claims"];

function read(): Look {
  const given = new URLSearchParams(location.hash.slice(1));
  const tab = given.get("tab") as Tab | null;
  const whole = (name: string): number | null => {
    const value = given.get(name);
    return value !== null && Number.isFinite(Number(value)) ? Number(value) : null;
  };
  return {
    tab: tab !== null && TABS.includes(tab) ? tab : "globe",
    run: given.get("run"),
    signal: given.get("colour") ?? "sunlight",
    time_s: whole("t"),
    pick: whole("pick"),
    first: given.get("first"),
    second: given.get("second"),
    flight: given.get("flight"),
  };
}

export const look = new Store<Look>(read());

look.watch(() => {
  const { tab, run, signal, time_s, pick, first, second, flight } = look.get();
  const said = new URLSearchParams();
  if (tab !== "globe") said.set("tab", tab);
  if (run !== null) said.set("run", run);
  if (signal !== "sunlight") said.set("colour", signal);
  if (time_s !== null) said.set("t", String(Math.round(time_s)));
  if (pick !== null) said.set("pick", String(pick));
  if (first !== null) said.set("first", first);
  if (second !== null) said.set("second", second);
  if (flight !== null) said.set("flight", flight);
  const hash = said.toString();
  if (hash !== location.hash.slice(1)) history.replaceState(null, "", hash === "" ? location.pathname : `#${hash}`);
});
addEventListener("hashchange", () => look.set(read()));
