import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

interface Counts {
  covered: number;
  total: number;
}
type Summary = Record<string, { lines: Counts; branches: Counts }>;

/** Share of lines and branches that ran, a row for each room, from the runner's summary of files. */
export function coverageByRoom(summaryFile: string, root: string): string {
  const rooms = new Map<string, { lines: Counts; branches: Counts }>();
  for (const [file, { lines, branches }] of Object.entries(
    JSON.parse(readFileSync(summaryFile, 'utf8')) as Summary,
  )) {
    const room = file === 'total' ? 'all' : relative(root, file).split('/')[0]!;
    const sum = rooms.get(room) ?? { lines: { covered: 0, total: 0 }, branches: { covered: 0, total: 0 } };
    for (const [into, from] of [
      [sum.lines, lines],
      [sum.branches, branches],
    ] as const) {
      into.covered += from.covered;
      into.total += from.total;
    }
    rooms.set(room, sum);
  }
  const percent = ({ covered, total }: Counts): string =>
    `${(total === 0 ? 100 : (100 * covered) / total).toFixed(1)} %`.padStart(8);
  const rows = [...rooms].sort(([a], [b]) => Number(a === 'all') - Number(b === 'all') || a.localeCompare(b));
  const line = (a: string, b: string, c: string): string =>
    `${a.padEnd(16)}${b.padStart(8)}  ${c.padStart(8)}`;
  return [
    line('room', 'lines', 'branches'),
    ...rows.map(([room, c]) => line(room, percent(c.lines), percent(c.branches))),
    'What runs in another process or thread than the test’s own is not counted.',
  ].join('\n');
}
