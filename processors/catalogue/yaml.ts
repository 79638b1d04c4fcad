import { isName, type SignalPath } from '@loadcycle/contract';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import type { CatalogueEntry } from './diff.ts';
import { readSignal } from './entry.ts';

export interface CatalogueProblem {
  /** counted from 1 */
  readonly line: number;
  readonly column: number;
  /** `plant-1/motor-7/voltage.unit`, '' for the file */
  readonly where: string;
  readonly message: string;
}

export interface ParsedCatalogue {
  /** the signals that are right; of use only where there are no problems */
  readonly entries: CatalogueEntry[];
  /** the first ones, {@link CATALOGUE_LIMITS.problems} at most */
  readonly problems: CatalogueProblem[];
  /** a signal that the writer may not define, where there is one: nothing else was looked at then */
  readonly beyond?: SignalPath;
}

/** Bounds of one file. Reading goes through the whole file once for each alias: many would make it quadratic. */
export const CATALOGUE_LIMITS = { signals: 5_000, aliases: 100, problems: 50 } as const;

/** Enough is known to refuse the file. */
class Enough extends Error {}

/**
 * Reads `signals.yaml`:
 *
 *     defaults: {clockSkew: 5s}              # for every signal of the file, where it says nothing else
 *     sites:
 *       plant-1:                             # site
 *         motor-7:                           # device
 *           voltage: {preset: voltage, validMax: 480, stuckAfter: 30s, labels: {owner: maintenance}}
 *
 * A signal has the fields of `SignalDefinition`, its times also as `stuckAfter`, `expectedPeriod` and `clockSkew`
 * with durations, and `preset` for what it does not say itself. Finds the first problems, each with its place.
 *
 * `may` says which signals whoever sent the file may define. It is asked of all names before anything of a definition
 * is read. Reading takes up to a second of CPU for a MiB: not for an event loop that others wait for.
 */
export function parseCatalogue(
  text: string,
  may: (path: SignalPath) => boolean = () => true,
): ParsedCatalogue {
  const problems: CatalogueProblem[] = [];
  const entries: CatalogueEntry[] = [];
  try {
    const beyond = read(text, may, entries, problems);
    if (beyond !== null) return { entries: [], problems: [], beyond };
  } catch (error) {
    if (error instanceof Enough) return { entries, problems };
    // what only shows when it is resolved: too many aliases, a merge of something that is no mapping, too deep
    problems.push({ line: 1, column: 1, where: '', message: (error as Error).message });
  }
  return { entries, problems };
}

function read(
  text: string,
  may: (path: SignalPath) => boolean,
  entries: CatalogueEntry[],
  problems: CatalogueProblem[],
): SignalPath | null {
  const lines = new LineCounter();
  const doc = parseDocument(text, {
    lineCounter: lines,
    merge: true,
    uniqueKeys: false,
    prettyErrors: false,
  });
  const report = (at: number | undefined, where: string, message: string): void => {
    const { line, col } = lines.linePos(at ?? 0);
    problems.push({ line: Math.max(line, 1), column: Math.max(col, 1), where, message });
    if (problems.length === CATALOGUE_LIMITS.problems) throw new Enough();
  };
  for (const error of doc.errors) report(error.pos[0], '', error.message);
  if (problems.length > 0) return null;
  checkKeysAndAliases(doc, report);
  if (problems.length > 0) return null;

  const resolve = (node: unknown): unknown => (isAlias(node) ? node.resolve(doc) : node);
  const plain = (node: unknown): unknown => (node as Node | null)?.toJS(doc, { maxAliasCount: 1000 }) ?? null;
  const mapOf = (node: unknown, at: number | undefined, where: string, what: string): YAMLMap | null => {
    const found = resolve(node);
    if (isMap(found)) return found;
    report(startOf(node) ?? at, where, `${what} must be a mapping`);
    return null;
  };
  /** name → value of a mapping whose keys are names of sites, devices or signals */
  const named = (map: YAMLMap, parent: string, what: string): [name: string, pair: Pair, where: string][] =>
    map.items.flatMap((pair) => {
      const name = keyOf(pair);
      const where = parent === '' ? name : `${parent}/${name}`;
      if (isName(name)) return [[name, pair, where] as [string, Pair, string]];
      report(
        startOf(pair.key),
        where,
        `a ${what} is named by lower-case letters, digits, - and _, 64 at most`,
      );
      return [];
    });

  const root = mapOf(doc.contents, 0, '', 'the file');
  if (root === null) return null;
  for (const pair of root.items) {
    if (keyOf(pair) !== 'sites' && keyOf(pair) !== 'defaults') {
      report(startOf(pair.key), keyOf(pair), 'no such field; there are sites and defaults');
    }
  }
  if (!root.has('sites')) report(0, '', 'sites is missing');
  const sites = root.has('sites') ? mapOf(root.get('sites', true), 0, 'sites', 'sites') : null;
  const found: { path: SignalPath; pair: Pair; where: string }[] = [];
  for (const [site, sitePair, siteWhere] of sites === null ? [] : named(sites, '', 'site')) {
    const devices = mapOf(sitePair.value, startOf(sitePair.key), siteWhere, 'a site');
    for (const [device, devicePair, deviceWhere] of devices === null
      ? []
      : named(devices, siteWhere, 'device')) {
      const signals = mapOf(devicePair.value, startOf(devicePair.key), deviceWhere, 'a device');
      for (const [signal, pair, where] of signals === null ? [] : named(signals, deviceWhere, 'signal')) {
        found.push({ path: { site, device, signal }, pair, where });
        if (found.length > CATALOGUE_LIMITS.signals) {
          report(startOf(pair.key), where, `more than ${CATALOGUE_LIMITS.signals} signals: divide the file`);
          throw new Enough();
        }
      }
    }
  }
  const beyond = found.find(({ path }) => !may(path));
  if (beyond !== undefined) return beyond.path;
  const defaults = root.has('defaults') ? plain(root.get('defaults', true)) : {};
  for (const { path, pair, where } of found) {
    const { definition, problems: wrong } = readSignal(plain(pair.value), defaults);
    for (const p of wrong) report(placeOf(pair, p.path, resolve), `${where}${dotted(p.path)}`, p.message);
    if (definition !== null) entries.push({ path, definition });
  }
  return null;
}

type Report = (at: number | undefined, where: string, message: string) => void;

/** Keys that their mapping has already (the parser's own check compares each with all before it), and too many aliases. */
function checkKeysAndAliases(doc: Document, report: Report): void {
  let aliases = 0;
  visit(doc, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const pair of map.items) {
        // a merge may be there twice
        if (!isScalar(pair.key) || pair.key.value === '<<') continue;
        if (seen.has(pair.key.value)) report(startOf(pair.key), '', 'Map keys must be unique');
        seen.add(pair.key.value);
      }
    },
    Alias(_, alias) {
      if (++aliases <= CATALOGUE_LIMITS.aliases) return;
      const most = `more than ${CATALOGUE_LIMITS.aliases} aliases; defaults say what holds for all signals`;
      report(startOf(alias), '', most);
      throw new Enough();
    },
  });
}

const startOf = (node: unknown): number | undefined => (node as Node | null)?.range?.[0];
const dotted = (path: readonly (string | number)[]): string => path.map((p) => `.${p}`).join('');

/** As it is written: a site may be called 007. */
function keyOf(pair: Pair): string {
  const key = pair.key;
  return isScalar(key) ? (key.source ?? String(key.value)) : String(key);
}

/** Start of the deepest part of a path that stands in the file; the key where a field should not be there at all. */
function placeOf(
  signal: Pair,
  path: readonly (string | number)[],
  resolve: (node: unknown) => unknown,
): number | undefined {
  let at = startOf(signal.key);
  let node = resolve(signal.value);
  for (const part of path) {
    if (!isMap(node)) break;
    const pair = node.items.find((p) => keyOf(p) === String(part));
    if (pair === undefined) break;
    at = startOf(pair.key);
    node = resolve(pair.value);
  }
  return at;
}
