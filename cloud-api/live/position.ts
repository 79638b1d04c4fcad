import { LOG_TOPICS } from '@loadcycle/contract';

/** Topics that live readers are fed from, by the letter that stands for them in an event's id. */
export const LIVE_TOPICS = {
  s: LOG_TOPICS.samples,
  c: LOG_TOPICS.cycles,
  a: LOG_TOPICS.anomalies,
  d: LOG_TOPICS.status,
} as const;

const LETTERS = new Map(Object.entries(LIVE_TOPICS).map(([letter, topic]) => [topic as string, letter]));

/** The next offset of each partition, by `topic/partition`. */
export type Positions = Map<string, number>;

/** An event's id: where the log stood, `s0.1a2,s1.9z,c0.4` (offsets in base 36). */
export function encodePositions(positions: Positions): string {
  const parts: string[] = [];
  for (const [key, next] of positions) {
    const at = key.lastIndexOf('/');
    parts.push(`${LETTERS.get(key.slice(0, at))}${key.slice(at + 1)}.${next.toString(36)}`);
  }
  return parts.join(',');
}

/** Reads an event's id; null for what is none. */
export function decodePositions(id: string): Positions | null {
  if (id.length > 16_384) return null;
  const positions: Positions = new Map();
  for (const part of id.split(',')) {
    const m = /^([scad])(\d{1,6})\.([0-9a-z]{1,11})$/.exec(part);
    const next = m === null ? Number.NaN : Number.parseInt(m[3]!, 36);
    if (m === null || !Number.isSafeInteger(next)) return null;
    positions.set(`${LIVE_TOPICS[m[1] as keyof typeof LIVE_TOPICS]}/${m[2]}`, next);
  }
  return positions;
}
