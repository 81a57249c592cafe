// The map of land and sea, drawn once from the outlines that the reports use too (Natural Earth, public domain).
import outlines from "../../../src/skyrack/catalogue/land.json";

export function drawLand(canvas: HTMLCanvasElement, width: number, sea: string, land: string): void {
  const height = width / 2;
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  pen.fillStyle = sea;
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = land;
  for (const ring of outlines as [number, number][][]) {
    // unwrap over the date line, and draw thrice, so that what hangs over one side comes in at the other
    let [turn, before] = [0, ring[0]![0]];
    const unwrapped = ring.map(([longitude, latitude]) => {
      if (longitude - before > 180) turn -= 360;
      if (before - longitude > 180) turn += 360;
      before = longitude;
      return [longitude + turn, latitude] as const;
    });
    const isPolar = Math.abs(unwrapped[unwrapped.length - 1]![0] - unwrapped[0]![0]) > 180;
    for (const shift of [-360, 0, 360]) {
      pen.beginPath();
      for (const [longitude, latitude] of unwrapped) {
        pen.lineTo(((longitude + shift + 180) / 360) * width, ((90 - latitude) / 180) * height);
      }
      if (isPolar) {
        const [last, first] = [unwrapped[unwrapped.length - 1]![0], unwrapped[0]![0]];
        pen.lineTo(((last + shift + 180) / 360) * width, height);
        pen.lineTo(((first + shift + 180) / 360) * width, height);
      }
      pen.fill();
    }
  }
}
