import { parseDurationUs, parseTimeUs } from './time.ts';

/** Times that a number of µs holds exactly: the years 1684 to 2255. */
const clamp = (us: number): number => Math.max(-9e15, Math.min(9e15, us));

const RELATIVE = /^([+-])(.+)$/;

/**
 * A moment as people write it → µs: `now`, `-15m` (before now), `+1h`, a date and time, or a date, which is its first
 * instant. What has no offset is of `zone` (IANA), UTC where that is absent. Throws `request.invalid`.
 */
export function momentUs(text: string, nowUs: number, zone?: string): number {
  if (text === 'now') return nowUs;
  const relative = RELATIVE.exec(text);
  if (relative !== null) {
    const us = parseDurationUs(relative[2]!);
    return clamp(Math.round(nowUs + (relative[1] === '-' ? -us : us)));
  }
  return clamp(zonedTimeUs(DATE.test(text) ? `${text}T00:00` : text, zone));
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const HAS_OFFSET = /:.*(Z|[+-]\d{2}(:?\d{2})?)$/i;

/** A date and time → µs; where it has no offset it is of `zone`, UTC where that is absent. Throws `request.invalid`. */
export const zonedTimeUs = (text: string, zone?: string): number =>
  zone === undefined || HAS_OFFSET.test(text) ? parseTimeUs(text) : localToUs(text, zone);

/** Whether it names an IANA time zone. */
export function isZone(zone: string): boolean {
  try {
    clockOf(zone);
    return true;
  } catch {
    return false;
  }
}

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
const localToUs = (text: string, zone: string): number => wallToUs(parseTimeUs(text), zone)[0]!;

/** The instants at which a zone's wall shows a time (given as if it were UTC): one, or two in ascending order. */
function wallToUs(wall: number, zone: string): number[] {
  const before = offsetUs(wall - 86_400_000_000, zone);
  const candidates = [before, offsetUs(wall + 86_400_000_000, zone)].map((o) => wall - o);
  const fitting = [...new Set(candidates)].filter((us) => us + offsetUs(us, zone) === wall);
  return fitting.length > 0 ? fitting.sort((a, b) => a - b) : [wall - before];
}

/** Zones change at quarters of an hour. */
const QUARTER_US = 900_000_000;

/**
 * A wall's clock that is read again and again, as by the rows of a file: of an hour that comes twice, the second one is
 * meant once the first one would go back in time.
 */
export class WallClock {
  readonly #zone: string;
  #quarter = Number.NaN;
  /** what is added to the wall's time of this quarter of an hour */
  #shifts: number[] = [];
  #lastUs = -Infinity;

  constructor(zone: string) {
    this.#zone = zone;
  }

  /** A date and time; one with an offset is what it says. Throws `request.invalid`. */
  read(text: string): number {
    const us = parseTimeUs(text);
    return HAS_OFFSET.test(text) ? us : this.usOf(us);
  }

  /** The instant at which the wall shows a time, which is given as if it were UTC. */
  usOf(wall: number): number {
    const quarter = Math.floor(wall / QUARTER_US);
    if (quarter !== this.#quarter) {
      const start = quarter * QUARTER_US;
      this.#shifts = wallToUs(start, this.#zone).map((us) => us - start);
      this.#quarter = quarter;
    }
    const [first, second] = this.#shifts.map((shift) => wall + shift);
    this.#lastUs = second !== undefined && first! < this.#lastUs && second >= this.#lastUs ? second : first!;
    return this.#lastUs;
  }
}
