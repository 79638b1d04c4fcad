/** Longest text of one field, the message included, in characters. */
export const MAX_TEXT = 500;
/** A stack holds the error's message, and its frames are ours. */
const MAX_STACK = 2_000;
const MAX_DEPTH = 4;
const MAX_ITEMS = 30;

export function boundedText(text: string, max = MAX_TEXT): string {
  return text.length <= max ? text : `${text.slice(0, max)}… (${text.length - max} more characters)`;
}

/**
 * The same value with every text, list and depth within bounds, whoever it came from: topics, client ids and messages of
 * errors are as long as their sender likes. Errors stay what they are: their serializer comes first.
 */
export function bounded(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return boundedText(value);
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`;
  if (value instanceof Date) return value;
  if (depth >= MAX_DEPTH) return '(deeper)';
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((item) => bounded(item, depth + 1));
    return value.length > MAX_ITEMS ? [...items, `… (${value.length - MAX_ITEMS} more)`] : items;
  }
  const out: Record<string, unknown> = {};
  let n = 0;
  for (const [name, item] of Object.entries(value)) {
    if (++n > MAX_ITEMS) {
      out['…'] = 'more fields';
      break;
    }
    out[boundedText(name, 100)] =
      name === 'stack' && typeof item === 'string' ? boundedText(item, MAX_STACK) : bounded(item, depth + 1);
  }
  return out;
}
