import { hashedName } from '@loadcycle/codecs/identity';
import type { DevicePath, SignalPath } from '@loadcycle/contract';
import type { Queryable } from '@loadcycle/database/port';

/** A path whose names say nothing twice (`path`), and as people would write it (`wish`); the same where all is legal. */
export interface Named {
  readonly path: DevicePath | SignalPath;
  readonly wish: DevicePath | SignalPath;
}

interface Part {
  /** '' of sites, the site of devices, site/device of signals; by the names that are in use */
  readonly scope: string;
  readonly canonical: string;
  readonly wish: string;
}

/** Names that a part may be given, the best first. */
interface Choice {
  readonly part: Part;
  readonly names: readonly string[];
}

const MOST_KEPT = 200_000;
const keyOf = (scope: string, canonical: string): string => `${scope}\n${canonical}`;

/**
 * By which names Sparkplug's groups, nodes and metrics go: as they are where they are legal; else lower-case and readable;
 * with digits of their hash only where that name is taken, or where they have gone by it before. Whoever meets a name first
 * writes down which (`sparkplug_name`), and it stays: landing, the cycles worker and the API say the same.
 */
export class SparkplugNames {
  readonly #db: Queryable;
  readonly #mode: 'assign' | 'look' | 'foresee';
  readonly #names = new Map<string, string>();
  #count = 0;

  /**
   * What becomes of a name that is met for the first time: it is given another one (`assign`, with the right to write), it is said which
   * it would be given (`foresee`), or it stays canonical (`look`).
   */
  constructor(db: Queryable, mode: 'assign' | 'look' | 'foresee') {
    this.#db = db;
    this.#mode = mode;
  }

  /** Looks up all of them, so that {@link nameOf} knows. Names that are new are given theirs. */
  async settle(all: readonly Named[]): Promise<void> {
    if (this.#names.size > MOST_KEPT) this.#names.clear();
    await this.#level(
      0,
      all.map(({ path, wish }) => ({ scope: '', canonical: path.site, wish: wish.site })),
    );
    await this.#level(
      1,
      all.map(({ path, wish }) => ({ scope: this.#site(path), canonical: path.device, wish: wish.device })),
    );
    await this.#level(
      2,
      all.flatMap(({ path, wish }) => {
        if (!('signal' in path) || !('signal' in wish)) return [];
        const scope = `${this.#site(path)}/${this.#device(path)}`;
        return [{ scope, canonical: path.signal, wish: wish.signal }];
      }),
    );
  }

  /** The path in use; canonical where it has not been looked up. */
  nameOf<T extends DevicePath>(path: T): T {
    const [site, device] = [this.#site(path), this.#device(path)];
    if (!('signal' in path)) return { ...path, site, device };
    const signal = path.signal as string;
    return { ...path, site, device, signal: this.#get(`${site}/${device}`, signal) };
  }

  #get(scope: string, canonical: string): string {
    return this.#names.get(keyOf(scope, canonical)) ?? canonical;
  }

  #site(path: DevicePath): string {
    return this.#get('', path.site);
  }

  #device(path: DevicePath): string {
    return this.#get(this.#site(path), path.device);
  }

  async #level(level: 0 | 1 | 2, all: readonly Part[]): Promise<void> {
    const parts = new Map(all.map((p) => [keyOf(p.scope, p.canonical), p]));
    for (const key of parts.keys()) if (this.#names.has(key)) parts.delete(key);
    if (parts.size === 0) return;
    await this.#read([...parts.values()]);
    const legal = [...parts.values()].filter((p) => p.canonical === p.wish);
    const taken = await this.#taken(legal);
    const choices: Choice[] = [];
    for (const part of legal) {
      const key = keyOf(part.scope, part.canonical);
      if (this.#names.has(key)) continue;
      // somebody else's name is written like this one: this one has the digits
      if (taken.has(key)) choices.push({ part, names: [hashedName(part.canonical)] });
      else this.#names.set(key, part.canonical);
    }
    if (this.#mode === 'look') return;
    const fresh = [...parts.values()].filter(
      (p) => p.canonical !== p.wish && !this.#names.has(keyOf(p.scope, p.canonical)),
    );
    const known = await this.#inCatalogue(level, fresh);
    for (const part of fresh) {
      const { scope, canonical, wish } = part;
      const inUse = known.has(keyOf(scope, wish)) || this.#names.get(keyOf(scope, wish)) === wish;
      const free = !inUse && !known.has(keyOf(scope, canonical));
      choices.push({ part, names: free ? [wish, canonical] : [canonical] });
    }
    if (this.#mode === 'assign') await this.#assign(choices);
    else await this.#foresee(choices);
  }

  /** What stands written down of these. */
  async #read(parts: readonly Part[]): Promise<void> {
    const rows = await this.#db.query<{ scope: string; canonical: string; name: string }>(
      `SELECT n.scope, n.canonical, n.name FROM sparkplug_name n
       JOIN unnest($1::text[], $2::text[]) v(scope, canonical) ON n.scope = v.scope AND n.canonical = v.canonical`,
      [parts.map((p) => p.scope), parts.map((p) => p.canonical)],
    );
    for (const { scope, canonical, name } of rows) this.#names.set(keyOf(scope, canonical), name);
  }

  /** Legal names by which something else goes already. */
  async #taken(parts: readonly Part[]): Promise<Set<string>> {
    if (parts.length === 0) return new Set();
    const rows = await this.#db.query<{ scope: string; name: string }>(
      `SELECT n.scope, n.name FROM sparkplug_name n
       JOIN unnest($1::text[], $2::text[]) v(scope, name) ON n.scope = v.scope AND n.name = v.name AND n.canonical <> v.name`,
      [parts.map((p) => p.scope), parts.map((p) => p.canonical)],
    );
    return new Set(rows.map((r) => keyOf(r.scope, r.name)));
  }

  /** Which of these, as canonical and as wished, the catalogue has. */
  async #inCatalogue(level: 0 | 1 | 2, parts: readonly Part[]): Promise<Set<string>> {
    if (parts.length === 0) return new Set();
    const both = parts.flatMap((p) => [
      [p.scope, p.canonical],
      [p.scope, p.wish],
    ]) as [string, string][];
    const from = [
      "site s ON v.scope = '' AND s.name = v.name",
      'site s ON s.name = v.scope JOIN device d ON d.site_id = s.id AND d.name = v.name',
      `site s ON s.name = split_part(v.scope, '/', 1) JOIN device d ON d.site_id = s.id AND d.name = split_part(v.scope, '/', 2)
       JOIN signal g ON g.device_id = d.id AND g.name = v.name`,
    ][level];
    const rows = await this.#db.query<{ scope: string; name: string }>(
      `SELECT DISTINCT v.scope, v.name FROM unnest($1::text[], $2::text[]) v(scope, name) JOIN ${from}`,
      [both.map(([scope]) => scope), both.map(([, name]) => name)],
    );
    return new Set(rows.map((r) => keyOf(r.scope, r.name)));
  }

  /** Writes down the first of the names that nobody else has been given; what another worker wrote meanwhile counts. */
  async #assign(choices: readonly Choice[]): Promise<void> {
    for (let round = 0, left = choices; left.length > 0 && round < 2; round++) {
      await this.#db.query(
        `INSERT INTO sparkplug_name (scope, canonical, name)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING`,
        [
          left.map((c) => c.part.scope),
          left.map((c) => c.part.canonical),
          left.map((c) => c.names[round] ?? c.names[0]!),
        ],
      );
      await this.#read(left.map((c) => c.part));
      left = left.filter(({ part }) => !this.#names.has(keyOf(part.scope, part.canonical)));
    }
  }

  /** What would be written down. */
  async #foresee(choices: readonly Choice[]): Promise<void> {
    const wished = choices.map(({ part: { scope }, names }) => ({ scope, canonical: names[0]!, wish: '' }));
    const taken = await this.#taken(wished);
    for (const { part, names } of choices) {
      const key = keyOf(part.scope, names[0]!);
      this.#names.set(keyOf(part.scope, part.canonical), taken.has(key) ? names.at(-1)! : names[0]!);
      taken.add(key);
    }
  }

  /** All that stands written down, for whoever looks names up without waiting. */
  async readAll(): Promise<void> {
    const [now] = await this.#db.query<{ n: number }>('SELECT count(*) AS n FROM sparkplug_name');
    if (now!.n === this.#count) return;
    const rows = await this.#db.query<{ scope: string; canonical: string; name: string }>(
      'SELECT scope, canonical, name FROM sparkplug_name',
    );
    for (const { scope, canonical, name } of rows) this.#names.set(keyOf(scope, canonical), name);
    this.#count = rows.length;
  }
}
