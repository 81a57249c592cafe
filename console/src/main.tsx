// The console: one page, four tabs, one bar of time.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import "uplot/dist/uPlot.min.css";
import "./style.css";
import { GlobeView } from "./globe/view";
import { Events } from "./panels/events";
import { Panels } from "./panels/panels";
import { Picked, Search } from "./panels/satellite";
import { chooseSignal, clock, complain, isSignedOut, notice, play, scene, seek, setSpeed, showRun, showTwin, timeAimed } from "./scene";
import { get, post, setToken, type Shapes } from "./service";
import { useStore } from "./store";
import { SPEEDS, stepOf, stepOn, TimeBar } from "./timebar";
import { number } from "./units";
import { look, type Tab } from "./url";
import { Claims } from "./views/claims";
import { Compare } from "./views/compare";
import { Runs } from "./views/runs";

const TABS: [Tab, string][] = [
  ["globe", "Globe"],
  ["runs", "Runs"],
  ["compare", "Compare"],
  ["claims", "Claims"],
];

function show(): void {
  const { run } = look.get();
  void (run === null ? showTwin() : showRun(run));
}

function App() {
  const { tab, run } = useStore(look);
  const now = useStore(scene);
  const said = useStore(notice);
  const [shell, setShell] = useState<number | null>(null);
  const [showsHelp, setHelp] = useState(false);
  useEffect(() => setShell(null), [now.id]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key === "Escape") setHelp(false);
      steer(event, () => setHelp((open) => !open));
    };
    // a button that was pressed with the mouse gives the keys back, so that Space plays
    const release = (event: MouseEvent) => event.detail > 0 && (event.target as HTMLElement).closest("button")?.blur();
    addEventListener("keydown", press);
    addEventListener("click", release);
    return () => {
      removeEventListener("keydown", press);
      removeEventListener("click", release);
    };
  }, []);
  return (
    <>
      <header class="top">
        <b class="brand">Skyrack</b>
        <nav aria-label="Views">
          {TABS.map(([name, label]) => (
            <button key={name} aria-current={tab === name ? "page" : undefined} onClick={() => look.update({ tab: name })}>{label}</button>
          ))}
        </nav>
        <span class="what">
          {now.kind === "twin" && <><i class="live" /> live: {now.title}, {number(now.n_sats, 7)} satellites</>}
          {now.kind === "run" && <>replay of {now.id}, {number(now.n_sats, 7)} satellites <button onClick={() => look.update({ run: null, time_s: null, pick: null })}>Back to the live twin</button></>}
        </span>
        <Search onShell={setShell} />
        <button aria-label="Keys" title="Keys (?)" onClick={() => setHelp(!showsHelp)}>?</button>
        <button aria-label="Dark or light" title="Dark or light" onClick={turnTheme}>◐</button>
      </header>
      {said !== null && <p class="notice banner" role="alert">{said} <button aria-label="Dismiss" onClick={() => notice.set(null)}>×</button></p>}
      {now.trouble !== null && <p class="notice banner" role="alert">{now.trouble}</p>}
      <SignIn />
      <main class={`tab-${tab}`}>
        <div class="stage" hidden={tab !== "globe"}>
          <div class="view">
            <GlobeView shell={shell} />
            {(now.kind === "none" || now.kind === "loading") && run === null && <Welcome isLoading={now.kind === "loading"} />}
            <Picked />
          </div>
          <aside aria-label="Panels">
            <Events />
            <Panels shell={shell} onShell={setShell} />
          </aside>
        </div>
        {tab === "runs" && <Runs />}
        {tab === "compare" && <Compare />}
        {tab === "claims" && <Claims />}
      </main>
      {tab === "globe" && <TimeBar />}
      {showsHelp && <Help onClose={() => setHelp(false)} />}
    </>
  );
}

function Welcome({ isLoading }: { isLoading: boolean }) {
  const [names, setNames] = useState<Shapes["ScenarioRow"][]>([]);
  const [busy, setBusy] = useState<string | null>(null);
  useEffect(() => void get("/api/scenarios").then(setNames).catch(complain), []);
  const load = (name: string) => {
    setBusy(name);
    post("/api/twin", { scenario: name })
      .then(() => showTwin())
      .catch(complain)
      .finally(() => setBusy(null));
  };
  if (isLoading) return <div class="welcome"><p role="status">The twin is being loaded …</p></div>;
  return (
    <div class="welcome">
      <h2>Fly a fleet</h2>
      <ul>
        {names.map((row) => (
          <li key={row.name}>
            <button disabled={busy !== null} onClick={() => load(row.name)}>
              <b>{busy === row.name ? "loading …" : row.name}</b>
              <span>{row.title}</span>
              <em>{number(row.n_sats, 7)} satellites</em>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function SignIn() {
  const isOut = useStore(isSignedOut);
  const [value, setValue] = useState("");
  if (!isOut) return null;
  const enter = (event: Event) => {
    event.preventDefault();
    setToken(value.trim());
    isSignedOut.set(false);
    notice.set(null);
    show();
  };
  return (
    <form class="notice banner" onSubmit={enter}>
      <label>Token <input type="password" autocomplete="off" value={value} onInput={(event) => setValue(event.currentTarget.value)} /></label>
      <button>Enter</button>
    </form>
  );
}

const KEYS: [string, string][] = [
  ["Space", "play or pause"],
  [", and .", "a step back, a step on"],
  ["[ and ]", "slower, faster"],
  ["1 to 9", "colour by the first, second, … quantity"],
  ["/", "find a satellite or a shell"],
  ["g, r, c, l", "globe, runs, compare, claims"],
  ["arrows, + and -", "turn and zoom the globe, while it has the focus"],
  ["Escape", "close, or let the picked satellite go"],
  ["?", "these keys"],
];

function Help({ onClose }: { onClose: () => void }) {
  return (
    <div class="help" role="dialog" aria-label="Keys">
      <header><b>Keys</b><button aria-label="Close" onClick={onClose}>×</button></header>
      <dl>{KEYS.map(([key, what]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>)}</dl>
      <p><a href="/api/docs">The service's addresses</a></p>
    </div>
  );
}

function steer(event: KeyboardEvent, help: () => void): void {
  const target = event.target as HTMLElement;
  if (event.key === "Escape") {
    if (target instanceof HTMLInputElement) target.blur();
    else look.update({ pick: null });
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input:not([type=range]), select, textarea")) return;
  const isButton = target.closest("button, summary, a") !== null;
  const { speed, is_playing } = clock.get();
  const faster = SPEEDS.find((one) => one > speed);
  const slower = [...SPEEDS].reverse().find((one) => one < speed);
  const acts: Record<string, () => void> = {
    " ": () => void play(!is_playing),
    ",": () => void seek(timeAimed() - stepOf()),
    ".": () => void stepOn(),
    "]": () => faster !== undefined && void setSpeed(faster),
    "[": () => slower !== undefined && void setSpeed(slower),
    "/": () => document.getElementById("search")?.focus(),
    "?": help,
    g: () => look.update({ tab: "globe" }),
    r: () => look.update({ tab: "runs" }),
    c: () => look.update({ tab: "compare" }),
    l: () => look.update({ tab: "claims" }),
  };
  const signal = /^[1-9]$/.test(event.key) ? scene.get().signals[Number(event.key) - 1] : undefined;
  const act = signal ? () => chooseSignal(signal.name) : acts[event.key];
  if (act === undefined || (isButton && event.key === " ")) return;
  event.preventDefault();
  act();
}

function turnTheme(): void {
  const root = document.documentElement;
  const dark = root.dataset["theme"] ?? (matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark");
  root.dataset["theme"] = dark === "dark" ? "light" : "dark";
  localStorage.setItem("skyrack-theme", root.dataset["theme"]);
  dispatchEvent(new Event("skyrack-theme"));
}

const kept = localStorage.getItem("skyrack-theme");
if (kept !== null) document.documentElement.dataset["theme"] = kept;
let shown = look.get().run;
look.watch(() => {
  if (look.get().run === shown) return;
  shown = look.get().run;
  show();
});
render(<App />, document.getElementById("app")!);
show();
