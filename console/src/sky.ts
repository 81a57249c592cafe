// Where things are at a time: exact enough to draw and to pick; numbers that are shown come from the service.
import type { Elements, Head, Place } from "./wire";

export type Vector = [number, number, number];
const TURN = 2 * Math.PI;

const fraction = (x: number): number => x - Math.floor(x);

// The Sun's direction: that of the two days around, and after a year that of the same day of the year.
export function sunAt(head: Head, time_s: number): Vector {
  const days = head.sun.length / 3 - 1;
  const place = ((time_s / head.sun_every_s) % 365.2422 + 365.2422) % 365.2422;
  const day = Math.min(Math.floor(place), days - 1);
  const share = place - day;
  const at = (k: number): number => (1 - share) * head.sun[3 * day + k]! + share * head.sun[3 * day + 3 + k]!;
  const [x, y, z] = [at(0), at(1), at(2)];
  const size = Math.hypot(x, y, z);
  return [x / size, y / size, z / size];
}

export function siderealAt(head: Head, time_s: number): number {
  return (head.sidereal_rad + head.sidereal_rate_rad_per_s * time_s) % TURN;
}

// Turns of node and phase that each layer has come since the epoch, in double precision, less the whole ones.
export function layerTurns(head: Head, time_s: number, into: Float32Array): void {
  head.layers.forEach((layer, k) => {
    into[2 * k] = fraction((layer.raan_rate_rad_per_s * time_s) / TURN);
    into[2 * k + 1] = fraction((layer.phase_rate_rad_per_s * time_s) / TURN);
  });
}

export function placeOf(elements: Elements, number: number, time_s: number): Vector {
  const layer = elements.head.layers[elements.layerOf[number]!]!;
  const node = TURN * elements.raan[number]! + layer.raan_rate_rad_per_s * time_s;
  const u = TURN * elements.phase[number]! + layer.phase_rate_rad_per_s * time_s;
  return onOrbit(layer.radius_m / elements.head.earth_radius_m, layer.inclination_rad, node, u);
}

export function onOrbit(radius: number, inclination: number, node: number, u: number): Vector {
  const [cosO, sinO, cosU, sinU] = [Math.cos(node), Math.sin(node), Math.cos(u), Math.sin(u)];
  const cosI = Math.cos(inclination);
  return [
    radius * (cosO * cosU - sinO * sinU * cosI),
    radius * (sinO * cosU + cosO * sinU * cosI),
    radius * sinU * Math.sin(inclination),
  ];
}

export function trackOf(elements: Elements, number: number, time_s: number, points = 256): Float32Array {
  const layer = elements.head.layers[elements.layerOf[number]!]!;
  const node = TURN * elements.raan[number]! + layer.raan_rate_rad_per_s * time_s;
  const radius = layer.radius_m / elements.head.earth_radius_m;
  const track = new Float32Array(3 * (points + 1));
  for (let k = 0; k <= points; k++) track.set(onOrbit(radius, layer.inclination_rad, node, (TURN * k) / points), 3 * k);
  return track;
}

export function groundPlace(place: Place): Vector {
  const cos = Math.cos(place.latitude_rad);
  return [cos * Math.cos(place.longitude_rad), cos * Math.sin(place.longitude_rad), Math.sin(place.latitude_rad)];
}

export function latitudeLongitude(head: Head, place: Vector, time_s: number): [number, number] {
  const size = Math.hypot(...place);
  const turned = Math.atan2(place[1], place[0]) - siderealAt(head, time_s);
  const longitude = turned - TURN * Math.round(turned / TURN);
  return [(Math.asin(place[2] / size) * 180) / Math.PI, (longitude * 180) / Math.PI];
}

// Share of the Sun that is seen: 1 in light, 0 in the Earth's shadow, between them in penumbra.
export function lightAt(place: Vector, sun: Vector): number {
  const along = place[0] * sun[0] + place[1] * sun[1] + place[2] * sun[2];
  if (along > 0) return 1;
  const across = Math.sqrt(Math.max(place[0] ** 2 + place[1] ** 2 + place[2] ** 2 - along * along, 0));
  const half = 0.00465 * -along;
  return Math.min(Math.max((across - 1 + half) / (2 * half), 0), 1);
}

// The satellite nearest to a ray (from `origin` along unit `ray`), before the Earth; within `reach` of it, as an angle.
export function pick(
  elements: Elements,
  time_s: number,
  origin: Vector,
  ray: Vector,
  reach: number,
  isShown: (number: number) => boolean,
): number | null {
  const toCentre = -(origin[0] * ray[0] + origin[1] * ray[1] + origin[2] * ray[2]);
  const missed = origin[0] ** 2 + origin[1] ** 2 + origin[2] ** 2 - toCentre * toCentre;
  const wall = missed < 1 && toCentre > 0 ? toCentre - Math.sqrt(1 - missed) : Infinity;
  let [best, least] = [-1, Math.tan(reach)];
  for (let number = 0; number < elements.head.n_sats; number++) {
    const place = placeOf(elements, number, time_s);
    const x = place[0] - origin[0];
    const y = place[1] - origin[1];
    const z = place[2] - origin[2];
    const ahead = x * ray[0] + y * ray[1] + z * ray[2];
    if (ahead <= 0 || ahead > wall) continue;
    const beside = Math.sqrt(Math.max(x * x + y * y + z * z - ahead * ahead, 0)) / ahead;
    if (beside < least && isShown(number)) [best, least] = [number, beside];
  }
  return best < 0 ? null : best;
}
