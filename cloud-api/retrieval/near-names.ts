import { nearNames } from '@loadcycle/contract/near';
import type { Queryable } from '@loadcycle/database/port';
import { grantCondition } from '../auth/principal.ts';
import type { UnknownPath } from '../http/refusal.ts';

/** Names of a list that are told where none is near. */
const MOST_LISTED = 5;

/**
 * What somebody may have meant who asked for a site, device or signal that is not there: a hint with names that are near,
 * or with those that there are where they are few. Nothing that the grants do not reach is named. Undefined: nothing to say.
 */
export async function hintFor(
  db: Queryable,
  { site, device, signal }: UnknownPath['path'],
  grants: readonly string[],
): Promise<string | undefined> {
  const reached = grantCondition(1, 's.name', 'd.name');
  const ask = (sql: string, ...values: string[]): Promise<string[]> =>
    db.query<{ name: string }>(sql, [grants, ...values]).then((rows) => rows.map((r) => r.name));
  const devices = await ask(
    `SELECT d.name FROM device d JOIN site s ON s.id = d.site_id WHERE ${reached} AND s.name = $2 ORDER BY 1`,
    site,
  );
  if (signal !== undefined && device !== undefined && devices.includes(device)) {
    const signals = await ask(
      `SELECT g.name FROM signal g JOIN device d ON d.id = g.device_id JOIN site s ON s.id = d.site_id
       WHERE ${reached} AND s.name = $2 AND d.name = $3 ORDER BY 1`,
      site,
      device,
    );
    return told(signal, signals, `${site}/${device}`, `${site}/${device}/`);
  }
  if (device !== undefined && devices.length > 0) return told(device, devices, site, `${site}/`);
  const sites = await ask(
    `SELECT DISTINCT s.name FROM device d JOIN site s ON s.id = d.site_id WHERE ${reached} ORDER BY 1`,
  );
  return told(site, sites, 'the system', '');
}

function told(word: string, names: readonly string[], where: string, before: string): string | undefined {
  // it has registered since it was looked for
  if (names.includes(word)) return 'it has come just now: ask again';
  const near = nearNames(word, names);
  if (near.length > 0) return `did you mean ${near.map((n) => before + n).join(', ')}?`;
  if (names.length === 0) return `${where} has none yet`;
  const more = names.length - MOST_LISTED;
  return `${where} has: ${names.slice(0, MOST_LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
