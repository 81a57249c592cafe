// The flat map, where there is no WebGL: land, day and night, satellites as pixels, what is picked.
import { colourAt } from "../colours";
import { groundPlace, latitudeLongitude, lightAt, placeOf, siderealAt, sunAt, trackOf, type Vector } from "../sky";
import { LOST, type Elements } from "../wire";
import { drawLand } from "./land";

const MOST = 50_000;

export class FlatMap {
  private readonly canvas = document.createElement("canvas");
  private readonly land = document.createElement("canvas");
  private elements: Elements | null = null;
  private values: Uint8Array | null = null;
  private showsLight = true;
  private picked: number | null = null;
  private lastTime = NaN;
  private lastDrawn = 0;

  constructor(
    private readonly host: HTMLElement,
    private readonly timeNow: () => number,
    private readonly onPick: (number: number | null) => void,
  ) {
    this.canvas.className = "map";
    host.append(this.canvas);
    drawLand(this.land, 1024, "#12324f", "#4d6a80");
    this.canvas.addEventListener("click", (event) => this.pickAt(event));
    const loop = () => {
      requestAnimationFrame(loop);
      const now = performance.now();
      if (this.timeNow() !== this.lastTime && now - this.lastDrawn > 250) this.draw();
    };
    requestAnimationFrame(loop);
    new ResizeObserver(() => (this.lastTime = NaN)).observe(host);
  }

  setFleet(elements: Elements): void {
    this.elements = elements;
    this.values = null;
    this.lastTime = NaN;
  }

  setValues(values: Uint8Array | null, showsLight: boolean): void {
    this.values = values;
    this.showsLight = showsLight;
    this.lastTime = NaN;
  }

  setPicked(number: number | null): void {
    this.picked = number;
    this.lastTime = NaN;
  }

  private draw(): void {
    const width = Math.max(this.host.clientWidth, 200);
    const height = Math.round(width / 2);
    this.canvas.width = width;
    this.canvas.height = height;
    const pen = this.canvas.getContext("2d");
    const { elements } = this;
    if (pen === null) return;
    pen.drawImage(this.land, 0, 0, width, height);
    if (elements === null) return;
    this.lastTime = this.timeNow();
    this.lastDrawn = performance.now();
    const time = this.lastTime;
    const sun = sunAt(elements.head, time);
    this.shade(pen, sun, siderealAt(elements.head, time), width, height);
    const stride = Math.max(1, Math.ceil(elements.head.n_sats / MOST));
    const size = elements.head.n_sats > 5000 ? 1.5 : 4;
    for (let number = 0; number < elements.head.n_sats; number += stride) {
      const coded = this.values?.[number] ?? 0;
      const place = placeOf(elements, number, time);
      const share = this.showsLight ? lightAt(place, sun) : coded / 253;
      const [r, g, b] = coded === LOST ? [220, 60, 60] : colourAt(share);
      pen.fillStyle = `rgb(${r},${g},${b})`;
      const [x, y] = this.at(place, time, width, height);
      pen.fillRect(x - size / 2, y - size / 2, size, size);
    }
    if (this.picked !== null) this.showPicked(pen, elements, this.picked, time, width, height);
  }

  private shade(pen: CanvasRenderingContext2D, sun: Vector, turned: number, width: number, height: number): void {
    pen.fillStyle = "rgba(0,0,0,0.45)";
    const cell = 8;
    for (let x = 0; x < width; x += cell) {
      for (let y = 0; y < height; y += cell) {
        const [a, b, c] = groundPlace({ name: "", latitude_rad: Math.PI * (0.5 - y / height), longitude_rad: 2 * Math.PI * (x / width - 0.5) + turned });
        if (a * sun[0] + b * sun[1] + c * sun[2] < 0) pen.fillRect(x, y, cell, cell);
      }
    }
  }

  private showPicked(pen: CanvasRenderingContext2D, elements: Elements, number: number, time: number, width: number, height: number): void {
    const track = trackOf(elements, number, time);
    pen.fillStyle = "#fff";
    for (let k = 0; k < track.length; k += 3) {
      const [x, y] = this.at([track[k]!, track[k + 1]!, track[k + 2]!], time, width, height);
      pen.fillRect(x, y, 1, 1);
    }
    const [x, y] = this.at(placeOf(elements, number, time), time, width, height);
    pen.strokeStyle = "#ff7ad9";
    pen.lineWidth = 2;
    pen.strokeRect(x - 6, y - 6, 12, 12);
  }

  private at(place: Vector, time: number, width: number, height: number): [number, number] {
    const [latitude, longitude] = latitudeLongitude(this.elements!.head, place, time);
    return [((longitude + 180) / 360) * width, ((90 - latitude) / 180) * height];
  }

  private pickAt(event: MouseEvent): void {
    const { elements } = this;
    if (elements === null) return;
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const time = this.timeNow();
    let [best, least] = [-1, 12];
    for (let number = 0; number < elements.head.n_sats; number++) {
      const [px, py] = this.at(placeOf(elements, number, time), time, box.width, box.height);
      const apart = Math.hypot(px - x, py - y);
      if (apart < least) [best, least] = [number, apart];
    }
    this.onPick(best < 0 ? null : best);
  }
}
