/** One point of a plot; null is a hole. */
export interface PlotPoint {
  /** µs since the epoch */
  readonly timeUs: number;
  readonly value: number | null;
}

const BRAILLE = 0x2800;
/** dots of a braille cell, two wide and four high */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/** A plot of braille dots, `width` × `height` characters, with the value axis at the left. */
export function terminalPlot(points: readonly PlotPoint[], width = 100, height = 14): string {
  const known = points.filter((p) => p.value !== null) as { timeUs: number; value: number }[];
  if (known.length === 0) return '(no data)';
  const from = points[0]!.timeUs;
  const span = Math.max(1, points.at(-1)!.timeUs - from);
  let low = Infinity;
  let high = -Infinity;
  for (const { value } of known) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (high === low) high = low + 1;
  const cells = Array.from({ length: height }, () => new Uint8Array(width));
  const column = (timeUs: number): number => Math.round(((timeUs - from) / span) * (2 * width - 1));
  const row = (value: number): number => Math.round(((high - value) / (high - low)) * (4 * height - 1));
  let before: { x: number; y: number } | null = null;
  for (const { timeUs, value } of points) {
    if (value === null) {
      before = null;
      continue;
    }
    const x = column(timeUs);
    const y = row(value);
    // the line within a column of dots, so that an edge is drawn and not only its ends
    const start = before !== null && x - before.x <= 1 ? before.y : y;
    for (let at = Math.min(start, y); at <= Math.max(start, y); at++) {
      cells[at >> 2]![x >> 1]! |= DOTS[at & 3]![x & 1]!;
    }
    before = { x, y };
  }
  const label = (i: number): string => (high - ((high - low) * i) / (height - 1)).toFixed(1).padStart(9);
  return cells
    .map((line, i) => {
      const axis = i % 4 === 0 || i === height - 1 ? label(i) : ' '.repeat(9);
      return `${axis} ┤${Array.from(line, (c) => String.fromCharCode(BRAILLE + c)).join('')}`;
    })
    .join('\n');
}
