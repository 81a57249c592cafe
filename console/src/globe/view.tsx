// The globe, or the map, with what can be chosen about it.
import { useEffect, useRef, useState } from "preact/hooks";
import { GRADIENT } from "../colours";
import { chooseSignal, elements, onArrays, scene, signalNow, SUNLIGHT, timeNow, values, valuesOf } from "../scene";
import { get } from "../service";
import { useStore } from "../store";
import { look } from "../url";
import { duration, number, quantity } from "../units";
import { flights, refreshFlights, shownFlight } from "../views/flights";
import type { Globe, Palette } from "./globe";
import type { FlatMap } from "./map";

type Drawing = { globe: Globe; map?: never } | { map: FlatMap; globe?: never };
export let drawing: Drawing | null = null;

// For tests and for the curious: how many frames were drawn.
(window as unknown as { __skyrack: object }).__skyrack = { frames: () => drawing?.globe?.frameCount ?? 0 };

function palette(): Palette {
  const said = getComputedStyle(document.documentElement);
  const of = (name: string) => said.getPropertyValue(name).trim();
  return { ocean: of("--ocean"), ground: of("--ground"), line: of("--grid"), night: Number(of("--night")), sky: of("--space") };
}

async function begin(host: HTMLElement, onPick: (number: number | null) => void): Promise<Drawing> {
  const { Globe: GlobeClass, hasWebGL } = await import("./globe");
  if (hasWebGL()) {
    try {
      return { globe: new GlobeClass(host, timeNow, onPick, palette()) };
    } catch {
      // a browser that says it has WebGL and then refuses: the map
    }
  }
  const { FlatMap: MapClass } = await import("./map");
  return { map: new MapClass(host, timeNow, onPick) };
}

function redraw(what: "elements" | "values", drawsAll: boolean): void {
  if (drawing === null || elements === null) return;
  const showsLight = look.get().signal === "sunlight";
  if (drawing.globe) {
    if (what === "elements") {
      drawing.globe.setFleet(elements, drawsAll || !drawing.globe.isSoftware);
      requestAnimationFrame(() => performance.mark("skyrack-fleet"));
    }
    drawing.globe.setValues(valuesOf === look.get().signal ? values : null, showsLight);
  } else {
    if (what === "elements") drawing.map.setFleet(elements);
    drawing.map.setValues(valuesOf === look.get().signal ? values : null, showsLight);
  }
}

export function GlobeView({ shell }: { shell: number | null }) {
  const host = useRef<HTMLDivElement>(null);
  const [isReady, setReady] = useState(false);
  const [drawsAll, setDrawsAll] = useState(false);
  const now = useStore(scene);
  const looked = useStore(look);

  useEffect(() => {
    let isGone = false;
    void begin(host.current!, (picked) => look.update({ pick: picked })).then((made) => {
      if (isGone) return;
      drawing = made;
      setReady(true);
      redraw("elements", false);
      performance.mark("skyrack-globe");
    });
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const repaint = () => drawing?.globe?.setPalette(palette());
    dark.addEventListener("change", repaint);
    addEventListener("skyrack-theme", repaint);
    return () => {
      isGone = true;
      dark.removeEventListener("change", repaint);
      removeEventListener("skyrack-theme", repaint);
    };
  }, []);
  useEffect(() => onArrays((what) => redraw(what, drawsAll)), [drawsAll]);
  useEffect(() => redraw("values", drawsAll), [looked.signal, isReady]);
  useEffect(() => drawing?.globe?.setShell(shell), [shell, isReady, now.id]);
  useFlight(isReady);
  useEffect(() => {
    drawing?.globe?.setPicked(looked.pick);
    drawing?.map?.setPicked(looked.pick);
    if (looked.pick === null || now.kind !== "twin" || !drawing?.globe) return;
    const picked = looked.pick;
    get("/api/twin/satellites/{number}/links", `/api/twin/satellites/${picked}/links`)
      .then((links) => {
        if (look.get().pick === picked) drawing?.globe?.setPicked(picked, links.filter((link) => link.is_compute && link.is_up).map((link) => link.number));
      })
      .catch(() => undefined);
  }, [looked.pick, isReady, now.id, now.kind]);

  const sampled = isReady && drawing?.globe && now.n_sats > drawing.globe.nDrawn && drawing.globe.nDrawn > 0;
  return (
    <div class="globe" ref={host} tabIndex={0} aria-label="Globe: arrow keys turn it, plus and minus zoom" onKeyDown={steer}>
      <Legend />
      <FlightNote />
      {isReady && drawing?.map && <p class="notice" role="status">This browser has no WebGL: a flat map stands in, and every number is in the panels.</p>}
      {sampled && (
        <p class="notice" role="status">
          No graphics processor: {number(drawing!.globe!.nDrawn)} of {number(now.n_sats, 7)} satellites are drawn.{" "}
          <button
            onClick={() => {
              setDrawsAll(true);
              redraw("elements", true);
            }}
          >
            Draw all
          </button>
        </p>
      )}
    </div>
  );
}

// Marks the satellites of the flight in the address, and follows it while the globe is open.
function useFlight(isReady: boolean): void {
  const { flight, tab } = useStore(look);
  const listed = useStore(flights);
  const now = useStore(scene);
  useEffect(() => {
    if (flight === null || tab !== "globe") return;
    void refreshFlights();
    const timer = setInterval(() => void refreshFlights(), 2000);
    return () => clearInterval(timer);
  }, [flight, tab]);
  const numbers = shownFlight()?.satellites ?? [];
  useEffect(() => drawing?.globe?.setFlown(numbers), [isReady, now.id, listed, numbers.join()]);
}

function FlightNote() {
  useStore(look);
  useStore(flights);
  useStore(scene);
  const row = shownFlight();
  if (row === null) return null;
  return (
    <p class="notice flight" role="status">
      <b>◯</b> {number(row.satellites.length)} satellites of flight {row.id}: {row.state}, virtual time {row.virtual_s > 0 ? duration(row.virtual_s) : "0 s"}, step {number(row.step)}, loss {number(row.loss, 4)}{" "}
      <button aria-label="Hide the flight" onClick={() => look.update({ flight: null })}>×</button>
    </p>
  );
}

function steer(event: KeyboardEvent): void {
  const globe = drawing?.globe;
  if (!globe || event.target !== event.currentTarget) return;
  const moves: Record<string, () => void> = {
    ArrowLeft: () => globe.turn(-0.12, 0),
    ArrowRight: () => globe.turn(0.12, 0),
    ArrowUp: () => globe.turn(0, -0.1),
    ArrowDown: () => globe.turn(0, 0.1),
    "+": () => globe.zoom(0.88),
    "=": () => globe.zoom(0.88),
    "-": () => globe.zoom(1.14),
  };
  const move = moves[event.key];
  if (!move) return;
  event.preventDefault();
  event.stopPropagation();
  move();
}

function Legend() {
  const now = useStore(scene);
  useStore(look);
  const shown = signalNow();
  if (now.kind !== "twin" && now.kind !== "run") return null;
  const ends = shown.name === SUNLIGHT.name ? ["shadow", "light"] : [shown.low, shown.high].map((end) => quantity(end, shown.unit, 3));
  return (
    <div class="legend">
      <div class="signals" role="radiogroup" aria-label="Colour by">
        {now.signals.map((signal) => (
          <button key={signal.name} role="radio" aria-checked={signal.name === shown.name} title={signal.sentence} onClick={() => chooseSignal(signal.name)}>
            {signal.title}
          </button>
        ))}
      </div>
      <div class="scale" title={shown.sentence}>
        <span>{ends[0]}</span>
        <i style={{ background: GRADIENT }} />
        <span>{ends[1]}</span>
        {now.kind === "twin" && <span class="states"><b class="down">■</b> computers down <b class="lost">✕</b> lost</span>}
      </div>
    </div>
  );
}
