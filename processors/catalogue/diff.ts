import { type SignalDefinition, type SignalPath, signalKey } from '@loadcycle/contract';
import { lookedAtBy } from '@loadcycle/contract/rule-settings';

export interface CatalogueEntry {
  readonly path: SignalPath;
  readonly definition: SignalDefinition;
}

export interface FieldChange {
  /** `validMax`, `labels.owner`, `cycles.minStep` */
  readonly field: string;
  /** undefined: was not there */
  readonly before: unknown;
  /** undefined: is no longer there */
  readonly after: unknown;
}

export interface ChangedSignal extends CatalogueEntry {
  readonly before: SignalDefinition;
  readonly fields: readonly FieldChange[];
}

/** What applying a catalogue would do. Signals that it does not name are left alone. */
export interface CatalogueDiff {
  readonly created: readonly CatalogueEntry[];
  readonly changed: readonly ChangedSignal[];
  readonly unchanged: readonly SignalPath[];
}

/** A condition that looks at a signal that is neither in the store nor among those that are applied. */
export interface UnknownLookedAt {
  readonly path: SignalPath;
  readonly rule: string;
  readonly looksAt: SignalPath;
}

/** What `wanted` looks at, without what it defines itself. */
export function lookedAtBeside(wanted: readonly CatalogueEntry[]): UnknownLookedAt[] {
  const defined = new Set(wanted.map((e) => signalKey(e.path)));
  return wanted.flatMap(({ path, definition }) =>
    lookedAtBy(path, definition)
      .filter((other) => !defined.has(signalKey(other.path)))
      .map(({ rule, path: looksAt }) => ({ path, rule, looksAt })),
  );
}

export function diffCatalogue(
  current: readonly CatalogueEntry[],
  wanted: readonly CatalogueEntry[],
): CatalogueDiff {
  const byKey = new Map(current.map((e) => [signalKey(e.path), e.definition]));
  const created: CatalogueEntry[] = [];
  const changed: ChangedSignal[] = [];
  const unchanged: SignalPath[] = [];
  for (const { path, definition } of wanted) {
    const before = byKey.get(signalKey(path));
    if (before === undefined) {
      created.push({ path, definition });
      continue;
    }
    const fields = diffDefinition(before, definition);
    if (fields.length === 0) unchanged.push(path);
    else changed.push({ path, definition, before, fields });
  }
  return { created, changed, unchanged };
}

function diffDefinition(before: SignalDefinition, after: SignalDefinition): FieldChange[] {
  const [a, b] = [flat(before), flat(after)];
  const fields = [...new Set([...a.keys(), ...b.keys()])].sort();
  return fields.flatMap((field) => {
    const [was, is] = [a.get(field), b.get(field)];
    return canonical(was) === canonical(is) ? [] : [{ field, before: was, after: is }];
  });
}

const APART: ReadonlySet<string> = new Set(['labels', 'cycles', 'rules']);

/** Labels, rules and cycle settings field by field, so that a difference shows the one that changed. */
function flat(definition: SignalDefinition): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const [name, value] of Object.entries(definition)) {
    if (APART.has(name) && typeof value === 'object' && value !== null) {
      // `cycles: {}` is not the same as no settings of its own
      if (name === 'cycles' && Object.keys(value as object).length === 0) fields.set(name, {});
      for (const [key, inner] of Object.entries(value as object)) fields.set(`${name}.${key}`, inner);
    } else if (value !== null && value !== undefined) fields.set(name, value);
  }
  return fields;
}

/** JSON with sorted keys: the order in which somebody wrote them (or jsonb keeps them) is no difference. */
function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, v: unknown) =>
    typeof v === 'object' && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([x], [y]) => (x < y ? -1 : 1)))
      : v,
  );
}
