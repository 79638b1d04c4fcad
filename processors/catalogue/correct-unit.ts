import { definitionProblems, LoadcycleError, type SignalPath, signalKey } from '@loadcycle/contract';
import { lookedAtBy } from '@loadcycle/contract/rule-settings';
import { composed, conversionBetween, isSame, unitsLike } from '@loadcycle/contract/units/conversion';
import { definitionIn, limitsWithoutConversion } from '@loadcycle/contract/units/definition-units';
import { unitProblem } from '@loadcycle/contract/units/quantities';
import { unknownUnit } from '@loadcycle/contract/units/unit-names';
import type { Database, Queryable } from '@loadcycle/database/port';
import type { SignalUnits } from '../work/units.ts';
import { type Correction, lockSignals, type StoredSignal } from './store.ts';

export interface UnitCorrection {
  /** a UCUM code */
  readonly unit: string;
  /** `relabel`: the numbers stay, the unit was written wrongly; `convert`: they are shown in the new unit from now on */
  readonly how: Correction;
  /** left out: as before, or `unknown` where the new unit does not measure that */
  readonly quantity?: string;
  /** of `relabel`: batches in the unit before are taken as they were; else they are refused */
  readonly senderStays?: boolean;
  /** refuse (`request.conflict`) unless the signal still has this version */
  readonly version?: number;
}

/**
 * Gives a signal that has data another unit, as a new version; no stored number is touched. Throws `request.not-found`,
 * `request.unprocessable` (no UCUM code, not commensurable, limits that do not convert) and `request.conflict`.
 */
export async function correctUnit(
  db: Database,
  path: SignalPath,
  correction: UnitCorrection,
  who: string,
): Promise<void> {
  await db.transaction(
    async (tx) => {
      const [signal] = await lockSignals(tx, [{ path, definition: undefined as never }]);
      if (signal === undefined) throw new LoadcycleError('request.not-found', `no signal ${signalKey(path)}`);
      const { version } = correction;
      if (version !== undefined && version !== signal.version) {
        throw new LoadcycleError(
          'request.conflict',
          `${signalKey(path)} has version ${signal.version}, not ${version}`,
        );
      }
      if (correction.how === 'convert') await refuseLookedAt(tx, path);
      await write(tx, signal, corrected(signal, correction), correction.how, who);
    },
    { priority: 'write' },
  );
}

const refused = (message: string, hint?: string): LoadcycleError =>
  new LoadcycleError('request.unprocessable', message, {
    pointer: '/unit',
    ...(hint === undefined ? {} : { hint }),
  });

/** Limits of other signals' conditions are in this one's unit, and stand in definitions of their own. */
async function refuseLookedAt(tx: Queryable, path: SignalPath): Promise<void> {
  const rows = await tx.query<SignalPath & { rules: Record<string, unknown> }>(
    `SELECT site, device, signal, definition->'rules' AS rules FROM signal_path
     WHERE site = $1 AND definition->'rules' IS NOT NULL`,
    [path.site],
  );
  const looks = rows.find((home) =>
    lookedAtBy(home, home).some((other) => signalKey(other.path) === signalKey(path)),
  );
  if (looks === undefined) return;
  throw refused(
    `a condition of ${signalKey(looks)} looks at ${signalKey(path)}, in its present unit`,
    `take it out of the definition of ${signalKey(looks)} first, and put it back with converted limits`,
  );
}

type Corrected = Pick<StoredSignal, 'definition' | 'units'>;

function corrected(signal: StoredSignal, c: UnitCorrection): Corrected {
  const { path, definition, units } = signal;
  const unknown = unknownUnit(signalKey(path), c.unit);
  if (unknown !== null) throw refused(unknown.message);
  if (c.unit === definition.unit) throw refused(`${signalKey(path)} is in ${c.unit} already`);
  const quantity =
    c.quantity ?? (unitProblem(definition.quantity, c.unit) === null ? definition.quantity : 'unknown');
  const next = c.how === 'relabel' ? relabelled(signal, c) : converted(signal, c.unit);
  const wanted = { ...next.definition, quantity };
  const problem = definitionProblems(wanted)[0];
  if (problem !== undefined) throw refused(problem.message);
  return { definition: wanted, units: { ...units, ...next.units } };
}

/**
 * The same numbers under another name. What comes in a unit before is in doubt from now on, but for a sender that goes on
 * as it did; what has come already is taken again as it was, wherever the log is read from.
 */
function relabelled({ definition, units }: StoredSignal, c: UnitCorrection): Corrected {
  const { conversion, former } = units;
  const untilUs = Date.now() * 1000;
  const all: SignalUnits['former'] = { ...former, [definition.unit]: conversion };
  const ended = Object.entries(all).map(([unit, f]) => [unit, { untilUs, ...f }] as const);
  const kept = c.senderStays === true ? all : Object.fromEntries(ended);
  return {
    definition: { ...definition, unit: c.unit },
    units: { conversion, former: without(kept, c.unit) },
  };
}

/** Other numbers for the same: batches in the unit before go on to be taken. */
function converted({ path, definition, units }: StoredSignal, unit: string): Corrected {
  const step = conversionBetween(definition.unit, unit);
  if (step === null) {
    const can = unitsLike(definition.unit).join(', ');
    throw refused(
      `${definition.unit} can not be converted to ${unit}`,
      `${can === '' ? '' : `it converts to ${can}; `}where the unit was written wrongly, relabel it`,
    );
  }
  const limits = limitsWithoutConversion(definition, step);
  if (limits.length > 0) {
    throw refused(
      `limits on ${limits.join(', ')} can not be carried over to a unit with another zero`,
      `take them out of the definition of ${signalKey(path)} first`,
    );
  }
  // what it was before it is again, to the last bit
  const before = Object.hasOwn(units.former, unit) ? units.former[unit] : undefined;
  const conversion =
    before !== undefined && before.untilUs === undefined ? before : composed(units.conversion, step);
  const former = without({ ...units.former, [definition.unit]: units.conversion }, unit);
  return { definition: definitionIn(definition, unit, step), units: { conversion, former } };
}

const without = (former: SignalUnits['former'], unit: string): SignalUnits['former'] =>
  Object.fromEntries(Object.entries(former).filter(([name]) => name !== unit));

async function write(
  tx: Queryable,
  signal: StoredSignal,
  { definition, units }: Corrected,
  how: Correction,
  who: string,
): Promise<void> {
  const { conversion, former } = units;
  const asDefined = isSame(conversion) && Object.keys(former).length === 0;
  await tx.query(
    `WITH changed AS (
       UPDATE signal SET unit = $2, definition = $3::jsonb, units = $4::jsonb, version = version + 1,
              automatic = false, changed_at = now()
       WHERE id = $1 RETURNING id, version, definition, units)
     INSERT INTO signal_version (signal_id, version, definition, conversion, correction, changed_by)
     SELECT id, version, definition, units->'conversion', $5, $6 FROM changed`,
    [
      signal.id,
      definition.unit,
      JSON.stringify(definition),
      asDefined ? null : JSON.stringify(units),
      how,
      who,
    ],
  );
}
