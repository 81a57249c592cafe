// Colours of values: viridis, which is as readable without colour vision (CC0, van der Walt and Smith, 2015), without its darkest fifth,
// which would be lost before the night.
const STOPS = [0x414487, 0x355f8d, 0x2a788e, 0x21918c, 0x22a884, 0x44bf70, 0x7ad151, 0xbddf26, 0xfde725];

export function colourAt(share: number): [number, number, number] {
  const place = Math.min(Math.max(share, 0), 1) * (STOPS.length - 1);
  const k = Math.min(Math.floor(place), STOPS.length - 2);
  const mix = (shift: number): number => {
    const before = (STOPS[k]! >> shift) & 255;
    const after = (STOPS[k + 1]! >> shift) & 255;
    return before + (after - before) * (place - k);
  };
  return [mix(16), mix(8), mix(0)];
}

export function ramp(size = 256): Uint8Array {
  const data = new Uint8Array(4 * size);
  for (let i = 0; i < size; i++) data.set([...colourAt(i / (size - 1)), 255], 4 * i);
  return data;
}

export const GRADIENT = `linear-gradient(90deg, ${STOPS.map((stop) => `#${stop.toString(16).padStart(6, "0")}`).join(",")})`;
