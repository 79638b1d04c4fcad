import { badParameter } from '../http/refusal.ts';

const MINUTE = 60_000_000;
const HOUR = 3_600_000_000;
const DAY = 86_400_000_000;

/** SQL expressions for the buckets of a width: the key that an instant falls under, and a key's first and last instant. */
export interface ZoneBuckets {
  keyOf(at: string): string;
  startOf(key: string): string;
  endOf(key: string): string;
}

/**
 * Buckets of time, and how they stand to a zone's clock (null: UTC):
 * - longer than an hour, they follow the wall's clock: a day is from midnight to midnight, 23 or 25 hours long where
 *   the clock changes, and six hours are five or seven then;
 * - of an hour or less, they are cut from the wall's hours, but an hour that comes twice is two, as it is on the
 *   other clocks.
 */
export function zoneBuckets(bucketUs: number, zone: string | null): ZoneBuckets {
  const width =
    bucketUs % DAY === 0 ? `interval '${bucketUs / DAY} days'` : `interval '${bucketUs / MINUTE} minutes'`;
  if (zone === null || zone === 'UTC') {
    return {
      keyOf: (at) => `time_bucket(${width}, ${at})`,
      startOf: (key) => key,
      endOf: (key) => `${key} + ${width}`,
    };
  }
  const z = quoted(zone);
  const wall = (at: string): string => `((${at}) AT TIME ZONE ${z})`;
  if (bucketUs > HOUR) {
    return {
      keyOf: (at) => `time_bucket(${width}, ${wall(at)})`,
      startOf: (key) => firstInstant(key, z),
      endOf: (key) => firstInstant(`${key} + ${width}`, z),
    };
  }
  // as an instant, so that the same wall time before and after a change is two
  const ahead = (at: string): string => `(${wall(at)} - ((${at}) AT TIME ZONE 'UTC'))`;
  return {
    keyOf: (at) => `(time_bucket(${width}, (${at}) + ${ahead(at)}) - ${ahead(at)})`,
    startOf: (key) => key,
    endOf: (key) => `${key} + ${width}`,
  };
}

/** A wall time as an instant: the first of two where it comes twice, the change itself where it is left out. */
function firstInstant(wallTime: string, z: string): string {
  // read by the clock of some hours before; PostgreSQL itself takes the second of two
  const before = `(((${wallTime}) - interval '4 hours') AT TIME ZONE ${z} + interval '4 hours')`;
  const plain = `((${wallTime}) AT TIME ZONE ${z})`;
  return `(CASE WHEN ${before} AT TIME ZONE ${z} = (${wallTime}) THEN ${before} ELSE ${plain} END)`;
}

/** Zone names were checked by the schema; letters, digits and a few signs are all that they have. */
function quoted(zone: string): string {
  // as text an offset would be taken as POSIX has it, with its sign turned
  const offset = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (offset !== null) return `interval '${offset[1]}${offset[2]}:${offset[3] ?? '00'}'`;
  if (!/^[A-Za-z0-9_+\-/:]+$/.test(zone)) throw badParameter('tz', 'not an IANA time zone');
  return `'${zone}'`;
}
