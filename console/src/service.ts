// The service: typed requests, the token, and errors as one sentence.
import type { DOCUMENTS, TABLES } from "./facts";
import type { components, paths } from "./openapi";

export type Shapes = components["schemas"];
export type Row = Shapes["Row"];
export type FlightRow = Shapes["FlightRow"];
export type Signal = Shapes["FrameChannel"];
export type TwinNow = Shapes["Twin"];
export type TwinStatus = Shapes["TwinStatus"];
export type Figures = Record<string, number | null>;
export type Series = Record<string, (number | string | null)[]>;

type Gets = { [P in keyof paths]: paths[P] extends { get: { responses: infer R } } ? R : never };
type Json<R> = R extends { 200: { content: { "application/json": infer T } } } ? T : unknown;

export class ServiceError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly field: string | null,
  ) {
    super(message);
  }
}

const TOKEN = "skyrack-token";

// A token in the address is kept for this tab and taken out at once: addresses are shared.
const said = new URLSearchParams(location.hash.slice(1));
const given = said.get("token");
if (given !== null) {
  sessionStorage.setItem(TOKEN, given);
  said.delete("token");
  history.replaceState(null, "", `${location.pathname}#${said.toString()}`);
}

export function token(): string | null {
  return sessionStorage.getItem(TOKEN);
}

export function setToken(value: string): void {
  sessionStorage.setItem(TOKEN, value);
}

async function send(method: string, path: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = {};
  const known = token();
  if (known !== null) headers["authorization"] = `Bearer ${known}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  let answer: Response;
  try {
    answer = await fetch(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  } catch {
    throw new ServiceError("the service does not answer; is 'skyrack up' still running?", 0, null);
  }
  if (!answer.ok) {
    const problem = (await answer.json().catch(() => ({}))) as { error?: string; field?: string | null };
    throw new ServiceError(problem.error ?? `the service answered ${answer.status}`, answer.status, problem.field ?? null);
  }
  return answer;
}

// GET a path of the service; the type of the answer follows from the path's pattern.
export async function get<P extends keyof paths & string>(pattern: P, path: string = pattern): Promise<Json<Gets[P]>> {
  return (await (await send("GET", path)).json()) as Json<Gets[P]>;
}

// A whole table of a run, column by column, and one of its documents.
export function tableOf(id: string, name: (typeof TABLES)[number]): Promise<Series> {
  return get("/api/runs/{id}/tables/{name}", `/api/runs/${encodeURIComponent(id)}/tables/${name}`) as Promise<Series>;
}

export function documentOf(id: string, name: (typeof DOCUMENTS)[number]): Promise<Record<string, unknown>> {
  return get("/api/runs/{id}/documents/{name}", `/api/runs/${encodeURIComponent(id)}/documents/${name}`) as Promise<Record<string, unknown>>;
}

export async function post<T>(path: string, body: unknown = {}): Promise<T> {
  return (await (await send("POST", path, body)).json()) as T;
}

export async function remove(path: string): Promise<void> {
  await send("DELETE", path);
}

export async function bytes(path: string): Promise<ArrayBuffer> {
  return (await send("GET", path)).arrayBuffer();
}

// Download with the token, which a plain link could not carry.
export async function download(path: string, name: string): Promise<void> {
  save(await (await send("GET", path)).blob(), name);
}

export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export async function openPage(path: string): Promise<void> {
  if (token() === null) {
    window.open(path, "_blank", "noopener");
    return;
  }
  const page = URL.createObjectURL(await (await send("GET", path)).blob());
  window.open(page, "_blank", "noopener");
}
