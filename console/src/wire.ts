// The service's binary formats; described in skyrack/web/encoding.py.

export interface Shell {
  name: string;
  kind: string;
  n_sats: number;
  altitude_m: number;
  inclination_rad: number;
}

export interface Layer {
  shell: number;
  first: number;
  n_sats: number;
  radius_m: number;
  inclination_rad: number;
  raan_rate_rad_per_s: number;
  phase_rate_rad_per_s: number;
}

export interface Place {
  name: string;
  latitude_rad: number;
  longitude_rad: number;
}

export interface Head {
  epoch: string;
  n_sats: number;
  span_s: number;
  step_s: number;
  earth_radius_m: number;
  sidereal_rad: number;
  sidereal_rate_rad_per_s: number;
  sun_every_s: number;
  sun: number[];
  shells: Shell[];
  layers: Layer[];
  cities: Place[];
  sites: Place[];
}

export interface Elements {
  head: Head;
  raan: Float32Array;
  phase: Float32Array;
  layerOf: Uint16Array;
}

export interface Frame {
  sequence: number;
  signal: number;
  values: Uint8Array;
}

const MAGIC = 0x31594b53; // "SKY1"
export const DOWN = 254;
export const LOST = 255;

export function decodeElements(buffer: ArrayBuffer): Elements {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))) as Head;
  const raan = new Float32Array(buffer, 4 + length, head.n_sats);
  const phase = new Float32Array(buffer, 4 + length + 4 * head.n_sats, head.n_sats);
  const layerOf = new Uint16Array(head.n_sats);
  head.layers.forEach((layer, number) => layerOf.fill(number, layer.first, layer.first + layer.n_sats));
  return { head, raan, phase, layerOf };
}

export async function decodeFrame(buffer: ArrayBuffer): Promise<Frame> {
  const view = new DataView(buffer);
  if (view.getUint32(0, true) !== MAGIC) throw new Error("not a frame");
  const n = view.getUint32(12, true);
  const stream = new Blob([new Uint8Array(buffer, 16)]).stream().pipeThrough(new DecompressionStream("deflate"));
  const values = new Uint8Array(await new Response(stream).arrayBuffer());
  if (values.length !== n) throw new Error("a frame is torn");
  for (let i = 1; i < n; i++) values[i] = (values[i]! + values[i - 1]!) & 255;
  return { sequence: view.getUint32(4, true), signal: view.getUint32(8, true), values };
}
