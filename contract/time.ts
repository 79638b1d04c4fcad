import { LoadcycleError } from './errors.ts';

/** µs since the epoch → `2026-11-24T10:00:00.000000Z`, microseconds kept. */
export function formatUs(us: number): string {
  const ms = Math.floor(us / 1000);
  const rest = us - ms * 1000;
  return `${new Date(ms).toISOString().slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
}

const ISO =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))? ?(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

/**
 * ISO 8601 / RFC 3339 date and time → integer µs since the epoch. Without an offset it is taken as UTC; one may stand
 * behind a space (`2026-11-24 10:00:00 +01:00`).
 * Digits past microseconds are cut. Throws `request.invalid`.
 */
export function parseTimeUs(text: string): number {
  const m = ISO.exec(text.trim());
  if (m !== null) {
    const [, date, clock, fraction = '', zone = 'Z'] = m;
    const offset = /^z$/i.test(zone) ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`;
    const seconds = clock!.length === 5 ? `${clock}:00` : clock!;
    const ms = Date.parse(`${date}T${seconds}${offset}`);
    // Date.parse rolls 2026-02-30 over to March: not a date
    const real = Number.isFinite(ms) && new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10) === date;
    if (real) return ms * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
  }
  throw new LoadcycleError('request.invalid', `"${text}" is not a date and time`, {
    hint: 'write it as 2026-11-24T10:00:00.000000Z',
  });
}

const UNITS_US: Record<string, number> = {
  us: 1,
  ms: 1e3,
  s: 1e6,
  m: 6e7,
  h: 3.6e9,
  d: 8.64e10,
  w: 6.048e11,
};

/** `15m`, `1h30m`, `250ms` → µs. Throws `request.invalid`. */
export function parseDurationUs(text: string): number {
  let total = 0;
  let at = 0;
  for (const m of text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h|d|w)/g)) {
    if (m.index !== at) break;
    total += Number(m[1]) * UNITS_US[m[2]!]!;
    at += m[0].length;
  }
  if (at === 0 || at !== text.length) {
    throw new LoadcycleError('request.invalid', `"${text}" is not a duration`, {
      hint: 'write it as 15m or 1h30m',
    });
  }
  return Math.round(total);
}
