import { printableLine } from '@loadcycle/contract/printable';

export type Cell = string | number | boolean | null | undefined;

const textOf = (cell: Cell): string =>
  cell === null || cell === undefined ? '–' : printableLine(String(cell));

/** Columns as wide as they must be; numbers to the right. No rows: the head alone. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const right = head.map(
    (_, i) => rows.length > 0 && rows.every((r) => typeof r[i] !== 'string' || NUMERIC.test(r[i] as string)),
  );
  const lines = [head, ...rows.map((r) => r.map(textOf))];
  const widths = head.map((_, i) => Math.max(...lines.map((l) => (l[i] ?? '').length)));
  return lines
    .map((line) =>
      widths
        .map((w, i) => (right[i] ? (line[i] ?? '').padStart(w) : (line[i] ?? '').padEnd(w)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const NUMERIC = /^[–\d.,%+-]+$/;

/** 5 significant digits, or a dash. */
export function shown(value: number | null | undefined, digits = 5): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(digits)));
}

/** 12,345 */
export const grouped = (n: number): string => Math.round(n).toLocaleString('en-US');

/** 1.2 MB */
export function bytesShown(n: number): string {
  if (n < 1000) return `${n} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length, Math.floor(Math.log10(n) / 3));
  return `${(n / 1000 ** step).toFixed(1)} ${units[step - 1]}`;
}

/** Every field of an answer, one a line. */
export function fieldLines(answer: object): string {
  const rows = Object.entries(answer).map(([name, value]) => [
    name,
    textOf(value !== null && typeof value === 'object' ? JSON.stringify(value) : value),
  ]);
  const width = Math.max(...rows.map(([name]) => name!.length));
  return rows.map(([name, value]) => `${name!.padEnd(width)}  ${value}`).join('\n');
}
