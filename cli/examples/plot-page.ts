import type { PlotPoint } from '../terminal-plot.ts';

const WIDTH = 1200;
const HEIGHT = 420;
const LEFT = 70;
const BOTTOM = 40;

const html = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);

/** A page of its own, without scripts or anything from elsewhere: the signal as SVG, its load shaded. */
export function plotPage(
  title: string,
  unit: string,
  points: readonly PlotPoint[],
  cycles: readonly { startedAt: string; offsetAt: string | null }[],
): string {
  const known = points.filter((p) => p.value !== null) as { timeUs: number; value: number }[];
  const from = points[0]!.timeUs;
  const to = points.at(-1)!.timeUs;
  const values = known.map((p) => p.value);
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const x = (us: number): number => LEFT + ((us - from) / Math.max(1, to - from)) * (WIDTH - LEFT - 10);
  const y = (v: number): number => 10 + ((high - v) / (high - low || 1)) * (HEIGHT - BOTTOM - 10);
  const line = known.map(
    (p, i) => `${i === 0 ? 'M' : 'L'}${x(p.timeUs).toFixed(1)} ${y(p.value).toFixed(1)}`,
  );
  const shade = cycles
    .filter((c) => c.offsetAt !== null)
    .map((c) => {
      const a = Math.max(from, Date.parse(c.startedAt) * 1000);
      const b = Math.min(to, Date.parse(c.offsetAt!) * 1000);
      const width = Math.max(0, x(b) - x(a)).toFixed(1);
      return `<rect x="${x(a).toFixed(1)}" y="10" width="${width}" height="${HEIGHT - BOTTOM - 10}"/>`;
    });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((f) => {
    const v = low + (high - low) * f;
    const at = new Date((from + (to - from) * f) / 1000).toISOString().slice(11, 19);
    const tx = LEFT + f * (WIDTH - LEFT - 10);
    return (
      `<text x="${LEFT - 8}" y="${y(v) + 4}" text-anchor="end">${v.toFixed(1)}</text>` +
      `<text x="${tx}" y="${HEIGHT - 12}" text-anchor="middle">${at}</text>`
    );
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${html(title)}</title>
<style>body{font:14px system-ui,sans-serif;margin:2rem}rect{fill:#0b6bcb22}path{fill:none;stroke:#0b6bcb;stroke-width:1.2}text{font-size:12px;fill:#555}</style></head>
<body><h1>${html(title)} <small>in ${html(unit)}, UTC; under load shaded</small></h1>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="100%" role="img" aria-label="${html(title)}">${shade.join('')}<path d="${line.join('')}"/>${ticks.join('')}</svg>
</body></html>
`;
}
