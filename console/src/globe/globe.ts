// The globe: the Earth with day and night, the shadow, every satellite, what is picked. Drawn only when something moves.
import {
  AddEquation,
  BufferAttribute,
  BufferGeometry,
  CanvasTexture,
  Color,
  ConeGeometry,
  CustomBlending,
  DataTexture,
  FloatType,
  GLSL3,
  HalfFloatType,
  LineBasicMaterial,
  LineSegments,
  LineLoop,
  Mesh,
  MeshBasicMaterial,
  NearestFilter,
  OneFactor,
  PerspectiveCamera,
  PlaneGeometry,
  Points,
  PointsMaterial,
  RawShaderMaterial,
  RGBAFormat,
  RGFormat,
  RedFormat,
  Scene,
  SphereGeometry,
  Vector2,
  Vector3,
  WebGLRenderer,
  WebGLRenderTarget,
} from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import { ramp } from "../colours";
import { groundPlace, layerTurns, pick, placeOf, siderealAt, sunAt, trackOf, type Vector } from "../sky";
import { LOST, type Elements } from "../wire";
import { drawLand } from "./land";
import { discFragment, earthFragment, earthVertex, meanFragment, meanVertex, satelliteVertex, sumFragment } from "./shaders";

export const SAMPLE = 50_000;
const DENSE = 150_000;
const FEW = 500;
const BEHIND = 0.25; // the cone of the shadow begins inside the Earth, so that it does not flicker along the edge of day

export interface Palette {
  ocean: string;
  ground: string;
  line: string;
  night: number;
  sky: string;
}

export class Globe {
  readonly isSoftware: boolean;
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly fleetScene = new Scene();
  private readonly meanScene = new Scene();
  private readonly camera = new PerspectiveCamera(40, 1, 0.02, 60);
  private readonly controls: OrbitControls;
  private readonly earth: Mesh<SphereGeometry, RawShaderMaterial>;
  private readonly hollowEarth: Mesh;
  private readonly shadow: Mesh;
  private readonly places = new Points(new BufferGeometry(), new PointsMaterial({ size: 5, sizeAttenuation: false, color: 0x4ade80 }));
  private readonly cities = new Points(new BufferGeometry(), new PointsMaterial({ size: 2.5, sizeAttenuation: false, color: 0xffe9b0 }));
  private readonly track = new LineLoop(new BufferGeometry(), new LineBasicMaterial({ color: 0xffffff, transparent: true, opacity: 0.75 }));
  private readonly links = new LineSegments(new BufferGeometry(), new LineBasicMaterial({ color: 0xff7ad9 }));
  private readonly marker = new Points(new BufferGeometry(), new PointsMaterial({ size: 17, sizeAttenuation: false, color: 0xff7ad9, map: ring(), transparent: true, depthWrite: false }));
  private readonly flown = new Points(new BufferGeometry(), new PointsMaterial({ size: 15, sizeAttenuation: false, color: 0x5be7ff, map: ring(), transparent: true, depthWrite: false }));
  private readonly ramp = new DataTexture(ramp(), 256, 1, RGBAFormat);
  private readonly grey = new DataTexture(new Uint8Array([148, 160, 176, 255]), 1, 1, RGBAFormat); // until values are there
  private readonly rampNow: { value: DataTexture } = { value: this.ramp };
  private discs: Points<BufferGeometry, RawShaderMaterial> | null = null;
  private sums: Points<BufferGeometry, RawShaderMaterial> | null = null;
  private target: WebGLRenderTarget | null = null;
  private turns: Float32Array<ArrayBuffer> = new Float32Array(2);
  private turnsTexture: DataTexture | null = null;
  private elements: Elements | null = null;
  private drawn: Uint32Array | null = null; // numbers of the satellites that are drawn, where not all are
  private values: Uint8Array | null = null;
  private isAskedFor = true;
  private lastTime = NaN;
  private picked: { number: number; partners: number[] } | null = null;
  private flownNumbers: number[] = [];
  private frames = 0;
  private sky = "#000";

  constructor(
    private readonly host: HTMLElement,
    private readonly timeNow: () => number,
    private readonly onPick: (number: number | null) => void,
    palette: Palette,
  ) {
    this.renderer = new WebGLRenderer({ antialias: false, powerPreference: "high-performance" });
    this.isSoftware = isSoftware(this.renderer.getContext());
    this.renderer.setPixelRatio(this.isSoftware ? 1 : Math.min(devicePixelRatio, 2));
    this.renderer.autoClear = false;
    host.append(this.renderer.domElement);
    this.renderer.domElement.setAttribute("aria-hidden", "true");
    this.camera.up.set(0, 0, 1);
    this.camera.position.set(2.6, -2.6, 1.5);
    this.controls = new OrbitControls(this.camera, this.renderer.domElement);
    this.controls.minDistance = 1.12;
    this.controls.maxDistance = 20;
    this.controls.enablePan = false;
    this.controls.addEventListener("change", () => this.ask());
    this.ramp.needsUpdate = this.grey.needsUpdate = true;

    const canvas = document.createElement("canvas");
    drawLand(canvas, this.isSoftware ? 1024 : 2048, "#000", "#fff");
    const land = new CanvasTexture(canvas);
    const seen = { sun: { value: new Vector3(1, 0, 0) }, land: { value: land }, ocean: { value: new Color() }, ground: { value: new Color() }, line: { value: new Color() }, night: { value: 0.3 } };
    const sphere = new SphereGeometry(1, 96, 64).rotateX(Math.PI / 2);
    this.earth = new Mesh(sphere, new RawShaderMaterial({ glslVersion: GLSL3, vertexShader: earthVertex, fragmentShader: earthFragment, uniforms: seen }));
    this.hollowEarth = new Mesh(sphere, new MeshBasicMaterial({ colorWrite: false }));
    this.shadow = new Mesh(
      new ConeGeometry(1 - BEHIND / 216, 216 - BEHIND, 64, 1, true).translate(0, (216 - BEHIND) / 2 + BEHIND, 0),
      new MeshBasicMaterial({ color: 0x6b7fa8, transparent: true, opacity: 0.1, side: 2, depthWrite: false }),
    );
    for (const thing of [this.marker, this.track, this.links, this.flown]) thing.visible = false;
    this.earth.add(this.places, this.cities);
    this.scene.add(this.earth, this.shadow, this.track, this.links, this.flown, this.marker);
    this.fleetScene.add(this.hollowEarth);
    this.setPalette(palette);
    this.watchPointer();
    new ResizeObserver(() => this.resize()).observe(host);
    this.resize();
    const loop = () => {
      requestAnimationFrame(loop);
      this.frame();
    };
    requestAnimationFrame(loop);
  }

  setPalette(palette: Palette): void {
    const seen = this.earth.material.uniforms;
    (seen["ocean"]!.value as Color).set(palette.ocean).convertLinearToSRGB();
    (seen["ground"]!.value as Color).set(palette.ground).convertLinearToSRGB();
    (seen["line"]!.value as Color).set(palette.line).convertLinearToSRGB();
    seen["night"]!.value = palette.night;
    this.sky = palette.sky;
    this.renderer.setClearColor(palette.sky);
    this.ask();
  }

  // Draw a fleet: all of it, or an even sample.
  setFleet(elements: Elements, draws_all: boolean): void {
    for (const old of [this.discs, this.sums]) {
      old?.geometry.dispose();
      old?.material.dispose();
      old?.removeFromParent();
    }
    this.elements = elements;
    this.values = null;
    this.picked = null;
    const n = elements.head.n_sats;
    this.drawn = !draws_all && n > SAMPLE ? sample(n, SAMPLE) : null;
    const layers = elements.head.layers;
    const orbits = new Float32Array(4 * layers.length);
    const shells = new Float32Array(layers.length);
    layers.forEach((layer, k) => {
      orbits.set([layer.radius_m / elements.head.earth_radius_m, Math.cos(layer.inclination_rad), Math.sin(layer.inclination_rad), 0], 4 * k);
      shells[k] = layer.shell;
    });
    this.turns = new Float32Array(2 * layers.length);
    this.turnsTexture?.dispose();
    this.turnsTexture = texture(this.turns, layers.length, RGFormat);
    const geometry = new BufferGeometry();
    geometry.setAttribute("raan", new BufferAttribute(this.chosen(elements.raan), 1));
    geometry.setAttribute("phase", new BufferAttribute(this.chosen(elements.phase), 1));
    geometry.setAttribute("layer", new BufferAttribute(this.chosen(elements.layerOf), 1));
    geometry.setAttribute("byte", new BufferAttribute(new Uint8Array(this.drawn?.length ?? n), 1, true));
    geometry.setDrawRange(0, this.drawn?.length ?? n);
    const seen = {
      orbits: { value: texture(orbits, layers.length, RGBAFormat) },
      orbitShells: { value: texture(shells, layers.length, RedFormat) },
      turns: { value: this.turnsTexture },
      sun: { value: new Vector3() },
      size: { value: 2 },
      showsLight: { value: 1 },
      onlyShell: { value: -1 },
      ramp: this.rampNow,
    };
    const shared = { glslVersion: GLSL3, vertexShader: satelliteVertex, uniforms: seen } as const;
    this.discs = new Points(geometry, new RawShaderMaterial({ ...shared, fragmentShader: discFragment }));
    this.sums = new Points(
      geometry,
      new RawShaderMaterial({
        ...shared,
        fragmentShader: sumFragment,
        blending: CustomBlending,
        blendEquation: AddEquation,
        blendSrc: OneFactor,
        blendDst: OneFactor,
        depthWrite: false,
      }),
    );
    for (const points of [this.discs, this.sums]) points.frustumCulled = false;
    this.scene.add(this.discs);
    this.fleetScene.add(this.sums);
    this.setGround(elements);
    this.faceDay(elements);
    this.lastTime = NaN;
    this.ask();
  }

  get nDrawn(): number {
    return this.drawn?.length ?? this.elements?.head.n_sats ?? 0;
  }

  // Bytes of a signal; null colours by sunlight, found where each satellite is.
  setValues(values: Uint8Array | null, showsLight: boolean): void {
    if (this.discs === null) return;
    this.values = values;
    const held = this.discs.geometry.getAttribute("byte") as BufferAttribute;
    if (values === null) (held.array as Uint8Array).fill(0);
    else if (this.drawn === null) (held.array as Uint8Array).set(values);
    else this.drawn.forEach((number, k) => ((held.array as Uint8Array)[k] = values[number]!));
    held.needsUpdate = true;
    this.discs.material.uniforms["showsLight"]!.value = showsLight ? 1 : 0;
    this.rampNow.value = values === null && !showsLight ? this.grey : this.ramp;
    this.ask();
  }

  setShell(shell: number | null): void {
    if (this.discs !== null) this.discs.material.uniforms["onlyShell"]!.value = shell ?? -1;
    this.ask();
  }

  setPicked(number: number | null, partners: number[] = []): void {
    this.picked = number === null ? null : { number, partners };
    for (const thing of [this.marker, this.track, this.links]) thing.visible = number !== null;
    this.lastTime = NaN;
    this.ask();
  }

  // Marks the satellites of a flight.
  setFlown(numbers: number[]): void {
    const isNew = this.flownNumbers.length === 0 && numbers.length > 0;
    this.flownNumbers = numbers;
    if (isNew && this.elements !== null && numbers[0]! < this.elements.head.n_sats) this.face(placeOf(this.elements, numbers[0]!, this.timeNow()));
    this.flown.visible = numbers.length > 0;
    this.lastTime = NaN;
    this.ask();
  }

  ask(): void {
    this.isAskedFor = true;
  }

  get frameCount(): number {
    return this.frames;
  }

  // A picture of what is seen now.
  picture(): Promise<Blob | null> {
    this.draw();
    return new Promise((give) => this.renderer.domElement.toBlob(give));
  }

  turn(horizontal: number, vertical: number): void {
    const offset = this.camera.position.clone();
    offset.applyAxisAngle(new Vector3(0, 0, 1), horizontal);
    const aside = new Vector3().crossVectors(new Vector3(0, 0, 1), offset).normalize();
    const tilted = offset.clone().applyAxisAngle(aside, vertical);
    this.camera.position.copy(Math.abs(tilted.z) < 0.985 * tilted.length() ? tilted : offset);
    this.controls.update();
    this.ask();
  }

  zoom(factor: number): void {
    const length = Math.min(Math.max(this.camera.position.length() * factor, this.controls.minDistance), this.controls.maxDistance);
    this.camera.position.setLength(length);
    this.controls.update();
    this.ask();
  }

  private chosen<T extends Float32Array | Uint16Array>(all: T): T {
    if (this.drawn === null) return all;
    const some = new (all.constructor as new (n: number) => T)(this.drawn.length);
    this.drawn.forEach((number, k) => (some[k] = all[number]!));
    return some;
  }

  // Look at a few satellites from above them; at many, from where most of the Earth lies in light.
  private faceDay(elements: Elements): void {
    const time = this.timeNow();
    const far = this.camera.position.length();
    if (elements.head.n_sats <= FEW) {
      const [x, y, z] = placeOf(elements, 0, time);
      const flat = Math.hypot(x, y) || 1;
      const low = Math.min(Math.max(z, -0.75), 0.75) / Math.hypot(x, y, z);
      this.camera.position.set(x / flat, y / flat, low).applyAxisAngle(new Vector3(0, 0, 1), 0.5);
    } else {
      const [x, y] = sunAt(elements.head, time);
      const around = Math.atan2(y, x) - 0.9;
      this.camera.position.set(Math.cos(around), Math.sin(around), 0.42);
    }
    this.camera.position.setLength(far);
    this.controls.update();
  }

  // Look from above a place.
  private face([x, y, z]: Vector): void {
    const far = this.camera.position.length();
    const flat = Math.hypot(x, y) || 1;
    this.camera.position.set(x / flat, y / flat, Math.min(Math.max(z / Math.hypot(x, y, z), -0.75), 0.75)).applyAxisAngle(new Vector3(0, 0, 1), 0.35);
    this.camera.position.setLength(far);
    this.controls.update();
  }

  private setGround(elements: Elements): void {
    const at = (places: Elements["head"]["sites"]) => new Float32Array(places.flatMap((place) => groundPlace(place).map((x) => 1.004 * x)));
    this.places.geometry.setAttribute("position", new BufferAttribute(at(elements.head.sites), 3));
    this.cities.geometry.setAttribute("position", new BufferAttribute(at(elements.head.cities), 3));
    for (const points of [this.places, this.cities]) points.geometry.computeBoundingSphere();
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.host;
    if (clientWidth === 0 || clientHeight === 0) return;
    this.renderer.setSize(clientWidth, clientHeight);
    this.camera.aspect = clientWidth / clientHeight;
    this.camera.fov = clientWidth < clientHeight ? 55 : 40;
    this.camera.updateProjectionMatrix();
    this.target?.dispose();
    this.target = null;
    this.ask();
  }

  private frame(): void {
    const time = this.timeNow();
    if ((time === this.lastTime && !this.isAskedFor) || this.host.clientWidth === 0 || document.hidden) return;
    this.lastTime = time;
    this.isAskedFor = false;
    this.draw();
  }

  private draw(): void {
    this.frames += 1;
    if (this.elements !== null) this.move(this.elements, this.timeNow());
    const isDense = this.discs !== null && this.nDrawn > DENSE && this.camera.position.length() > 1.6;
    if (this.discs !== null) {
      this.discs.visible = !isDense;
      this.discs.material.uniforms["size"]!.value = isDense ? 1 : this.discSize();
    }
    if (isDense) this.addUp();
    this.renderer.setRenderTarget(null);
    this.renderer.clear();
    this.renderer.render(this.scene, this.camera);
    if (isDense) this.renderer.render(this.meanScene, this.camera);
  }

  private discSize(): number {
    const base = this.nDrawn > 20_000 ? 2 : this.nDrawn > 2000 ? 3 : this.nDrawn > 200 ? 6 : 9;
    return base * this.renderer.getPixelRatio() * (this.camera.position.length() < 1.6 ? 1.7 : 1);
  }

  // Values and counts of all satellites before the Earth, pixel by pixel.
  private addUp(): void {
    if (this.target === null) {
      const size = this.renderer.getDrawingBufferSize(new Vector2());
      this.target = new WebGLRenderTarget(size.x, size.y, { type: HalfFloatType, minFilter: NearestFilter, magFilter: NearestFilter });
      this.meanScene.clear();
      const seen = { sums: { value: this.target.texture }, ramp: this.rampNow };
      const screen = new Mesh(
        new PlaneGeometry(2, 2),
        new RawShaderMaterial({ glslVersion: GLSL3, vertexShader: meanVertex, fragmentShader: meanFragment, uniforms: seen, transparent: true, depthTest: false }),
      );
      screen.frustumCulled = false;
      this.meanScene.add(screen);
    }
    this.renderer.setRenderTarget(this.target);
    this.renderer.setClearColor(0x000000, 0);
    this.renderer.clear();
    this.renderer.render(this.fleetScene, this.camera);
    this.renderer.setRenderTarget(null); // first: a colour is taken in the space of the target that is set
    this.renderer.setClearColor(this.sky, 1);
  }

  private move(elements: Elements, time: number): void {
    layerTurns(elements.head, time, this.turns);
    if (this.turnsTexture !== null) this.turnsTexture.needsUpdate = true;
    const sun = sunAt(elements.head, time);
    (this.earth.material.uniforms["sun"]!.value as Vector3).set(...sun);
    if (this.discs !== null) (this.discs.material.uniforms["sun"]!.value as Vector3).set(...sun);
    this.earth.rotation.z = siderealAt(elements.head, time);
    this.shadow.quaternion.setFromUnitVectors(new Vector3(0, 1, 0), new Vector3(...sun).negate());
    if (this.flownNumbers.length > 0) {
      const there = this.flownNumbers.filter((number) => number < elements.head.n_sats);
      setPoints(this.flown.geometry, new Float32Array(there.flatMap((number) => placeOf(elements, number, time))));
    }
    if (this.picked !== null) this.showPicked(elements, time, this.picked.number, this.picked.partners);
  }

  private showPicked(elements: Elements, time: number, number: number, partners: number[]): void {
    const here = placeOf(elements, number, time);
    setPoints(this.marker.geometry, new Float32Array(here));
    setPoints(this.track.geometry, trackOf(elements, number, time));
    const ends = partners.filter((partner) => partner < elements.head.n_sats).flatMap((partner) => [...here, ...placeOf(elements, partner, time)]);
    setPoints(this.links.geometry, new Float32Array(ends));
  }

  private watchPointer(): void {
    const canvas = this.renderer.domElement;
    let down: [number, number] = [0, 0];
    canvas.addEventListener("pointerdown", (event) => (down = [event.clientX, event.clientY]));
    canvas.addEventListener("pointerup", (event) => {
      if (Math.hypot(event.clientX - down[0], event.clientY - down[1]) > 4 || this.elements === null) return;
      const box = canvas.getBoundingClientRect();
      const at = new Vector2(((event.clientX - box.left) / box.width) * 2 - 1, 1 - ((event.clientY - box.top) / box.height) * 2);
      const ray = new Vector3(at.x, at.y, 0.5).unproject(this.camera).sub(this.camera.position).normalize();
      const origin = this.camera.position.toArray() as Vector;
      const shell = this.discs?.material.uniforms["onlyShell"]!.value as number;
      const layers = this.elements.head.layers;
      const isShown = (number: number): boolean =>
        (shell < 0 || layers[this.elements!.layerOf[number]!]!.shell === shell) && this.values?.[number] !== LOST;
      const reach = ((this.camera.fov * Math.PI) / 180) * (10 / box.height);
      this.onPick(pick(this.elements, this.timeNow(), origin, ray.toArray() as Vector, reach, isShown));
    });
  }
}

function ring(): CanvasTexture {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 32;
  const pen = canvas.getContext("2d");
  if (pen !== null) {
    pen.strokeStyle = "#fff";
    pen.lineWidth = 5;
    pen.arc(16, 16, 12, 0, 2 * Math.PI);
    pen.stroke();
  }
  return new CanvasTexture(canvas);
}

export function hasWebGL(): boolean {
  try {
    const probe = document.createElement("canvas").getContext("webgl2");
    probe?.getExtension("WEBGL_lose_context")?.loseContext();
    return probe !== null;
  } catch {
    return false;
  }
}

function isSoftware(gl: WebGLRenderingContext | WebGL2RenderingContext): boolean {
  const told = gl.getExtension("WEBGL_debug_renderer_info");
  const name = String(gl.getParameter(told ? told.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}

function texture(data: Float32Array<ArrayBuffer>, width: number, format: typeof RGBAFormat | typeof RGFormat | typeof RedFormat): DataTexture {
  const made = new DataTexture(data, width, 1, format, FloatType);
  made.minFilter = made.magFilter = NearestFilter;
  made.needsUpdate = true;
  return made;
}

function setPoints(geometry: BufferGeometry, points: Float32Array): void {
  const held = geometry.getAttribute("position") as BufferAttribute | undefined;
  if (held?.array.length === points.length) {
    (held.array as Float32Array).set(points);
    held.needsUpdate = true;
  } else {
    geometry.setAttribute("position", new BufferAttribute(points, 3));
  }
  geometry.computeBoundingSphere();
}

// An even sample: one of each stretch of the list, each time another one of it, so that no pattern shows.
function sample(n: number, count: number): Uint32Array {
  const numbers = new Uint32Array(count);
  for (let k = 0; k < count; k++) {
    const within = ((Math.imul(k + 1, 2654435761) >>> 0) % 997) / 997;
    numbers[k] = Math.min(Math.floor(((k + within) * n) / count), n - 1);
  }
  return numbers;
}
