import { z } from '@hono/zod-openapi';
import { NAME_PATTERN, parseDurationUs, parseTimeUs } from '@loadcycle/contract';

export const NameSchema = z
  .string()
  .regex(NAME_PATTERN, 'lower-case letters, digits, - and _, 1 to 64 characters')
  .openapi({ example: 'motor1' });

const pathName = (name: string, example: string) =>
  NameSchema.openapi({ param: { name, in: 'path' }, example });

export const SiteParams = z.object({ site: pathName('site', 'plant1') });
export const DeviceParams = SiteParams.extend({ device: pathName('device', 'motor1') });
export const SignalParams = DeviceParams.extend({ signal: pathName('signal', 'motor-voltage') });

/** An integer in a query: digits only, so that `1e3`, ` 7` and `` are mistakes. */
export const integerParam = (description: string, min: number, max: number) =>
  z
    .string()
    .regex(/^-?\d{1,16}$/, 'an integer')
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .openapi({ type: 'integer', minimum: min, maximum: max, description });

export const numberParam = (description: string) =>
  z
    .string()
    .regex(/^-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i, 'a number')
    .transform(Number)
    .pipe(z.number())
    .openapi({ type: 'number', description });

export const IdParams = z.object({
  id: z
    .string()
    .regex(/^\d{1,15}$/, 'an id')
    .transform(Number)
    .openapi({
      type: 'integer',
      minimum: 0,
      maximum: 999_999_999_999_999,
      param: { name: 'id', in: 'path' },
      example: 1,
    }),
});

/** Read by `bucketUsOf`. */
export const bucketParam = (description: string, example: string) =>
  z.string().max(32).openapi({ description, example });

export const cursorParam = z.string().min(1).max(512).openapi({
  description:
    'Opaque: `next` of the answer before. It stays right while data arrive; the range stays that of the first page',
});

/** Times that a number of µs holds exactly: the years 1684 to 2255. */
const clamp = (us: number): number => Math.max(-9e15, Math.min(9e15, us));

const time = (description: string) =>
  z.string().min(1).max(64).openapi({ description, example: '2026-11-24T10:00:00.000000Z' });

const RELATIVE = /^([+-])(.+)$/;

/** `now`, `-15m` (before now), `+1h`, or a date and time; µs. */
export function momentUs(text: string, nowUs: number, zone: string | undefined): number {
  if (text === 'now') return nowUs;
  const relative = RELATIVE.exec(text);
  if (relative !== null) {
    const us = parseDurationUs(relative[2]!);
    return clamp(Math.round(nowUs + (relative[1] === '-' ? -us : us)));
  }
  return clamp(zone === undefined || HAS_OFFSET.test(text) ? parseTimeUs(text) : localToUs(text, zone));
}

const HAS_OFFSET = /(Z|[+-]\d{2}:?\d{2})$/i;

/** Clocks of zones, which take long to make: the last ones that were asked for. */
const clocks = new Map<string, Intl.DateTimeFormat>();
const MOST_CLOCKS = 50;

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    era: 'short',
  });
  if (clocks.size >= MOST_CLOCKS) clocks.delete(clocks.keys().next().value!);
  clocks.set(zone, clock);
  return clock;
}

/** µs that a zone is ahead of UTC at an instant. */
export function offsetUs(us: number, zone: string): number {
  const ms = Math.floor(us / 1000);
  const parts = clockOf(zone).formatToParts(ms);
  const of = (type: string): number => Number(parts.find((p) => p.type === type)!.value);
  const wall = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return (wall - Math.floor(ms / 1000) * 1000) * 1000;
}

/**
 * Wall-clock time in a zone → µs. An hour that is there twice is the first of the two; one that is skipped is as
 * far after the gap as it was past its start (RFC 5545's reading).
 */
function localToUs(text: string, zone: string): number {
  const wall = parseTimeUs(text);
  const before = offsetUs(wall - 86_400_000_000, zone);
  const candidates = [before, offsetUs(wall + 86_400_000_000, zone)].map((o) => wall - o);
  const fitting = candidates.filter((us) => us + offsetUs(us, zone) === wall);
  return fitting.length > 0 ? Math.min(...fitting) : wall - before;
}

export const zoneParam = z
  .string()
  .max(64)
  .refine(
    (zone) => {
      try {
        new Intl.DateTimeFormat('en-US', { timeZone: zone });
        return true;
      } catch {
        return false;
      }
    },
    { message: 'not an IANA time zone' },
  )
  .openapi({
    description:
      'IANA time zone: of `from` and `to` without an offset, and of buckets; times in answers are UTC',
    example: 'Europe/Berlin',
  });

export const rangeQuery = {
  from: time('Start, inclusive: a date and time, `now`, or a duration before now as `-15m`').optional(),
  to: time('End, exclusive; now where it is absent').optional(),
  tz: zoneParam.optional(),
};

export interface Range {
  readonly fromUs: number;
  readonly toUs: number;
}
