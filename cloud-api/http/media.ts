import { Refusal } from './refusal.ts';

export const JSON_TYPE = 'application/json';
export const CSV = 'text/csv';

interface Range {
  type: string;
  q: number;
}

function parse(header: string): Range[] {
  return header.split(',').map((part) => {
    const [type = '', ...rest] = part.split(';').map((s) => s.trim());
    const q = rest.find((p) => /^q=/i.test(p));
    const weight = q === undefined ? 1 : Number(q.slice(2));
    return { type: type.toLowerCase(), q: Number.isFinite(weight) ? weight : 0 };
  });
}

function weightOf(type: string, ranges: readonly Range[]): number {
  // the most specific range decides (RFC 9110, 12.5.1)
  const group = `${type.split('/')[0]}/*`;
  for (const wanted of [type, group, '*/*']) {
    const range = ranges.find((r) => r.type === wanted);
    if (range !== undefined) return range.q;
  }
  return 0;
}

/** The best of `produces` for an Accept header; the first one on a tie. Refuses with 406. */
export function negotiate(header: string | undefined, produces: readonly string[]): string {
  if (header === undefined || header.trim() === '') return produces[0]!;
  const ranges = parse(header);
  let best: { type: string; q: number } | null = null;
  for (const type of produces) {
    const q = weightOf(type, ranges);
    if (q > 0 && (best === null || q > best.q)) best = { type, q };
  }
  if (best === null) {
    throw new Refusal('request.not-acceptable', `this can be answered as ${produces.join(', ')}`);
  }
  return best.type;
}

/** Media type of a Content-Type header, without parameters, in lower case. */
export const essence = (header: string | undefined): string =>
  (header ?? '').split(';')[0]!.trim().toLowerCase();
