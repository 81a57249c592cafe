// What is shown: the live twin, or a run that is replayed. Clock and figures for components; arrays for those who draw.
import { Store } from "./store";
import { bytes, get, post, ServiceError, tableOf, token, type Figures, type Series, type Signal, type TwinNow, type TwinStatus } from "./service";
import { decodeElements, decodeFrame, type Elements } from "./wire";
import { look } from "./url";

export interface Scene {
  kind: "none" | "loading" | "twin" | "run";
  id: string;
  title: string;
  n_sats: number;
  span_s: number | null; // null: endless
  signals: Signal[];
  trouble: string | null;
}

export interface Clock {
  time_s: number;
  speed: number;
  held_speed: number;
  is_playing: boolean;
  seeks_s: number | null;
}

export interface View {
  figures: Figures;
  shells: (number | null)[];
  series: Series;
  outlook: Series;
}

const NONE: Scene = { kind: "none", id: "", title: "", n_sats: 0, span_s: null, signals: [], trouble: null };
export const scene = new Store<Scene>(NONE);
export const clock = new Store<Clock>({ time_s: 0, speed: 60, held_speed: 0, is_playing: false, seeks_s: null });
export const view = new Store<View>({ figures: {}, shells: [], series: {}, outlook: {} });
export const twin = new Store<TwinNow | null>(null);
export const notice = new Store<string | null>(null);
export const isSignedOut = new Store(false);

export let elements: Elements | null = null;
export let values: Uint8Array | null = null;
export let valuesOf = "";
const redraws = new Set<(what: "elements" | "values") => void>();

// Sunlight is drawn from where satellites are; all else comes from the service.
export const SUNLIGHT: Signal = { name: "sunlight", title: "Sunlight", unit: "frac", low: 0, high: 1, sentence: "Light or shadow now, from where each satellite is." };

export function onArrays(redraw: (what: "elements" | "values") => void): () => void {
  redraws.add(redraw);
  return () => redraws.delete(redraw);
}

function tell(what: "elements" | "values"): void {
  for (const redraw of redraws) redraw(what);
}

export function complain(error: unknown): void {
  if (error instanceof ServiceError && error.status === 401) isSignedOut.set(true);
  notice.set(error instanceof Error ? error.message : String(error));
}

// --- the clock between two words of the service

let heard = performance.now();

export function timeNow(): number {
  const { time_s, speed, held_speed, is_playing, seeks_s } = clock.get();
  if (!is_playing || seeks_s !== null) return time_s;
  const passed = (performance.now() - heard) / 1000;
  if (scene.get().kind === "twin") return time_s + Math.min(passed, 1.5) * Math.min(speed, Math.max(held_speed, 1));
  const span = scene.get().span_s ?? Infinity;
  return Math.min(time_s + passed * speed, span);
}

// Where the clock stands, or where a seek is taking it: what a step back or on starts from.
export function timeAimed(): number {
  return clock.get().seeks_s ?? timeNow();
}

function setClock(change: Partial<Clock>): void {
  heard = performance.now();
  clock.update(change);
}

// --- the live twin

let socket: WebSocket | null = null;
let wanted = 0;

export async function showTwin(): Promise<void> {
  const mine = ++wanted;
  try {
    const found = await get("/api/twin");
    if (mine !== wanted) return;
    if (found.twin === null) {
      leave();
      scene.set({ ...NONE, kind: found.is_loading ? "loading" : "none", trouble: found.trouble });
      if (found.is_loading) setTimeout(() => mine === wanted && void showTwin(), 700);
      return;
    }
    const twinNow = found.twin;
    const [buffer, history] = await Promise.all([bytes("/api/twin/elements"), get("/api/twin/history")]);
    if (mine !== wanted) return;
    leave();
    elements = decodeElements(buffer);
    twin.set(twinNow);
    newest = -1;
    hearStatus(twinNow.status);
    view.set({
      figures: twinNow.figures,
      shells: twinNow.sunlit_by_shell,
      series: columnsOf(history.fleet as Record<string, number>[]),
      outlook: columnsOf(history.ground as Record<string, number>[]),
    });
    scene.set({
      kind: "twin",
      id: twinNow.name,
      title: twinNow.title,
      n_sats: twinNow.n_sats,
      span_s: null,
      signals: [SUNLIGHT, ...twinNow.channels.filter((signal) => signal.name !== "sunlight")],
      trouble: null,
    });
    notice.set(null);
    keepPick(twinNow.n_sats);
    tell("elements");
    listen(mine);
  } catch (error) {
    if (mine !== wanted) return;
    complain(error);
    if (!(error instanceof ServiceError) || error.status !== 0) return;
    scene.update({ kind: "loading" });
    setTimeout(() => mine === wanted && void showTwin(), 2000);
  }
}

function listen(mine: number): void {
  const known = token();
  const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/twin/stream`;
  const live = new WebSocket(url, known === null ? ["skyrack"] : ["skyrack", `bearer.${known}`]);
  live.binaryType = "arraybuffer";
  socket = live;
  streamed = -1;
  live.onopen = () => askForSignal();
  live.onmessage = (message: MessageEvent<string | ArrayBuffer>) => {
    if (typeof message.data === "string") take(JSON.parse(message.data) as ViewMessage);
    else void hearFrame(message.data, mine);
  };
  live.onclose = (event) => {
    if (socket !== live) return;
    socket = null;
    if (mine !== wanted) return;
    if (event.reason !== "") notice.set(event.reason);
    setTimeout(() => mine === wanted && void showTwin(), 1500);
  };
}

interface ViewMessage {
  sequence: number;
  status: TwinStatus;
  figures: Figures;
  sunlit_by_shell: (number | null)[];
}

let waiting: ViewMessage[] = [];
let streamed = -1;

// Views that come in a burst are drawn once: one at a time, a slow machine would fall behind the service.
function take(message: ViewMessage): void {
  waiting.push(message);
  if (waiting.length > 1) return;
  setTimeout(() => {
    const views = waiting;
    waiting = [];
    if (views.length > 0) hearViews(views);
  }, 16);
}

function hearViews(views: ViewMessage[]): void {
  const message = views[views.length - 1]!;
  if (message.sequence < streamed) {
    void showTwin(); // somebody has loaded another fleet
    return;
  }
  streamed = message.sequence;
  hearStatus(message.status);
  const { series, outlook } = view.get();
  const longer = views.reduce((rows, { figures }) => withRow(rows, { ...figures }), series);
  view.set({ figures: message.figures, shells: message.sunlit_by_shell, series: longer, outlook });
  if (message.status.n_events !== twin.get()?.events.length) void refreshTwin();
  if (views.some(({ sequence }) => sequence % 15 === 0)) void refreshHistory();
  scene.update({ trouble: message.status.trouble });
}

let newest = -1; // answers to commands and the stream overtake each other

function hearStatus(status: TwinStatus): void {
  if (status.sequence < newest) return;
  const isFirst = newest < 0;
  newest = status.sequence;
  const before = clock.get();
  setClock({ time_s: status.time_s, speed: status.speed, held_speed: status.held_speed, is_playing: status.is_playing, seeks_s: status.seeks_s });
  // a seek is told of in leaps, and drops what lay after its goal: the service has all of it
  if (!isFirst && status.seeks_s === null && (before.seeks_s !== null || status.time_s < before.time_s)) void refreshHistory();
}

export async function refreshTwin(): Promise<void> {
  const found = await get("/api/twin").catch(() => null);
  if (found?.twin) twin.set(found.twin);
}

async function refreshHistory(): Promise<void> {
  const mine = wanted;
  const history = await get("/api/twin/history").catch(() => null);
  if (history === null || mine !== wanted) return;
  const series = columnsOf(history.fleet as Record<string, number>[]);
  const { figures } = view.get();
  const isLater = (figures["time_s"] ?? 0) > Number(series["time_s"]?.at(-1) ?? -1); // heard since it was asked for
  view.update({ series: isLater ? withRow(series, { ...figures }) : series, outlook: columnsOf(history.ground as Record<string, number>[]) });
}

async function hearFrame(buffer: ArrayBuffer, mine: number): Promise<void> {
  const frame = await decodeFrame(buffer);
  const name = twin.get()?.channels[frame.signal]?.name;
  if (mine !== wanted || name === undefined || name !== look.get().signal) return;
  values = frame.values;
  valuesOf = name;
  tell("values");
}

function askForSignal(): void {
  // sunlight is drawn from places, but who is lost or down is in its bytes
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ channel: look.get().signal }));
}

const MOST_POINTS = 3000;

// Appends a row; what lies at or after its time (the twin went back) is dropped, and a long series is thinned out.
export function withRow(series: Series, row: Record<string, number | null>): Series {
  const times = (series["time_s"] ?? []) as number[];
  const time = row["time_s"] ?? 0;
  let keep = times.length;
  while (keep > 0 && times[keep - 1]! >= time) keep--;
  const thin = keep > MOST_POINTS;
  const next: Series = {};
  for (const name of Object.keys(row)) {
    const kept = (series[name] ?? new Array<number | null>(keep).fill(null)).slice(0, keep);
    next[name] = [...(thin ? kept.filter((_, i) => i % 2 === 0) : kept), row[name] ?? null];
  }
  return next;
}

function columnsOf(rows: Record<string, number>[]): Series {
  const columns: Series = {};
  for (const name of Object.keys(rows[0] ?? {})) {
    if (typeof rows[0]![name] === "object" && rows[0]![name] !== null) continue;
    columns[name] = rows.map((row) => row[name] ?? null);
  }
  return columns;
}

// --- a run

export async function showRun(id: string): Promise<void> {
  const mine = ++wanted;
  const at = `/api/runs/${encodeURIComponent(id)}`;
  try {
    const [row, buffer, signals, fleet] = await Promise.all([
      get("/api/runs/{id}", at),
      bytes(`${at}/elements`),
      get("/api/runs/{id}/frames", `${at}/frames`),
      tableOf(id, "fleet"),
    ]);
    if (mine !== wanted) return;
    leave();
    elements = decodeElements(buffer);
    twin.set(null);
    view.set({ figures: {}, shells: [], series: fleet, outlook: {} });
    const span = elements.head.span_s;
    setClock({ time_s: Math.min(look.get().time_s ?? 0, span), speed: 600, held_speed: 600, is_playing: false, seeks_s: null });
    scene.set({ kind: "run", id, title: row.title, n_sats: elements.head.n_sats, span_s: span, signals: [SUNLIGHT, ...signals], trouble: null });
    keepPick(elements.head.n_sats);
    tell("elements");
    void loadRunSignal();
  } catch (error) {
    if (mine !== wanted) return;
    look.update({ run: null, time_s: null, pick: null });
    complain(error);
  }
}

function keepPick(n_sats: number): void {
  const { pick } = look.get();
  if (pick !== null && !(Number.isInteger(pick) && pick >= 0 && pick < n_sats)) look.update({ pick: null });
}

async function loadRunSignal(): Promise<void> {
  const { kind, id } = scene.get();
  const name = look.get().signal;
  if (kind !== "run" || name === "sunlight") return;
  try {
    const frame = await decodeFrame(await bytes(`/api/runs/${encodeURIComponent(id)}/frames/${name}`));
    if (scene.get().id !== id || look.get().signal !== name) return;
    values = frame.values;
    valuesOf = name;
    tell("values");
  } catch (error) {
    complain(error);
  }
}

function leave(): void {
  const old = socket;
  socket = null;
  old?.close();
  waiting = [];
  elements = null;
  values = null;
  valuesOf = "";
}

// --- what people do

export async function play(is_playing: boolean): Promise<void> {
  if (scene.get().kind === "run") {
    const span = scene.get().span_s ?? 0;
    const time = timeNow();
    setClock({ time_s: is_playing && time >= span ? 0 : time, is_playing });
    if (!is_playing) look.update({ time_s: clock.get().time_s });
    return;
  }
  await command(is_playing ? "play" : "pause");
}

export async function setSpeed(speed: number): Promise<void> {
  if (scene.get().kind === "run") setClock({ time_s: timeNow(), speed, held_speed: speed });
  else await command("speed", { speed });
}

export async function seek(time_s: number): Promise<void> {
  const target = Math.max(0, Math.min(time_s, scene.get().span_s ?? Infinity));
  if (scene.get().kind === "run") {
    setClock({ time_s: target });
    look.update({ time_s: target });
    return;
  }
  await command("seek", { time_s: target });
}

async function command(name: string, body: unknown = {}): Promise<void> {
  try {
    hearStatus(await post<TwinStatus>(`/api/twin/${name}`, body));
    notice.set(null);
  } catch (error) {
    complain(error);
  }
}

export function chooseSignal(name: string): void {
  values = null;
  valuesOf = "";
  look.update({ signal: name });
  tell("values");
}

let shownSignal = look.get().signal;
look.watch(() => {
  if (look.get().signal === shownSignal) return;
  shownSignal = look.get().signal;
  askForSignal();
  void loadRunSignal();
});

export function signalNow(): Signal {
  const known = scene.get().signals;
  return known.find((signal) => signal.name === look.get().signal) ?? SUNLIGHT;
}
