import type { Window } from '@loadcycle/database/chunk-walk';
import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import { type Cells, divide, type SampleTimes } from './sample-times.ts';

export interface Landed {
  /** that begin in the cell */
  batches: number;
  good: number;
  uncertain: number;
  bad: number;
}

const CLASSES = ['good', 'uncertain', 'bad'] as const;
const SUMS = ['batches', ...CLASSES] as const;
const HOUR_US = 3_600_000_000;

/** Runs a query over a range, in slices of time where one connection is shared; one behind the other. */
export type Sliced = (
  range: Window,
  /** answers whether there was anything */
  run: (fromUs: number, toUs: number) => Promise<{ empty: boolean }>,
) => Promise<void>;

interface Cut extends SampleTimes {
  readonly good: number;
  readonly uncertain: number;
  readonly bad: number;
}

interface Hour extends Landed {
  readonly hourUs: number;
  /** the last sample of its batches, and the longest of them */
  readonly endUs: number;
  readonly longestUs: number;
}

/** What has landed, by cell, to the sample. */
export class LandedByCell {
  readonly byCell = new Map<number, Landed>();
  readonly #db: Queryable;
  readonly #signalId: number;
  readonly #cells: Cells;
  readonly #cut: Cut[] = [];

  constructor(db: Queryable, signalId: number, cells: Cells) {
    this.#db = db;
    this.#signalId = signalId;
    this.#cells = cells;
  }

  /**
   * From the hours' sums where an hour lies in one cell, and of it only the batches that reach into the next; from the
   * ledger where the cells are shorter, and in the hours that an edge of the range cuts.
   */
  async read(sliced: Sliced): Promise<void> {
    const { originUs, widthUs, toUs } = this.#cells;
    const hours = await this.#hours();
    const before = hours.filter((h) => h.hourUs + HOUR_US <= originUs);
    for (const h of before) await this.#reaching(sliced, h, originUs);
    const inside = hours.filter((h) => h.hourUs + HOUR_US > originUs);
    if (widthUs < HOUR_US) {
      const first = inside[0];
      if (first !== undefined) {
        const range = { fromUs: first.hourUs, toUs };
        await sliced(range, async (a, b) => ({ empty: !(await this.#scan(a, b)) }));
      }
    } else {
      for (const h of inside) {
        const cell = Math.floor((h.hourUs - originUs) / widthUs);
        const end = Math.min(toUs, originUs + (cell + 1) * widthUs);
        if (h.hourUs < originUs || h.hourUs + HOUR_US > end) {
          const hour = { fromUs: h.hourUs, toUs: Math.min(toUs, h.hourUs + HOUR_US) };
          await sliced(hour, async (a, b) => ({ empty: !(await this.#scan(a, b)) }));
        } else {
          this.#add(cell, h);
          if (h.endUs >= end) await this.#reaching(sliced, h, end, cell);
        }
      }
    }
    await this.#divide();
  }

  /** Hours with batches that lie in the range, or reach into it. */
  async #hours(): Promise<Hour[]> {
    const { originUs, toUs } = this.#cells;
    return await this.#db.query<Hour>(
      `SELECT ${us('hour')} AS "hourUs", ${us('max(ends)')} AS "endUs", max(longest) AS "longestUs", ${sums('sum')}
       FROM batch_hour WHERE signal_id = $1 AND hour < ${ts('$3')} AND ends >= ${ts('$2')} GROUP BY hour ORDER BY hour`,
      [this.#signalId, originUs, toUs],
    );
  }

  /** Batches of an hour that reach an edge are taken out of the sum that they stand in, and divided one by one. */
  async #reaching(sliced: Sliced, h: Hour, edgeUs: number, cell?: number): Promise<void> {
    const range = {
      fromUs: Math.max(h.hourUs, edgeUs - h.longestUs),
      toUs: Math.min(edgeUs, h.hourUs + HOUR_US),
    };
    await sliced(range, async (a, b) => {
      const rows = await this.#db.query<Cut>(
        `SELECT ${CUT} FROM batch WHERE signal_id = $1 AND t0 >= ${ts('$2')} AND t0 < ${ts('$3')} AND t_end >= ${ts('$4')}`,
        [this.#signalId, a, b, edgeUs],
      );
      for (const row of rows) {
        this.#cut.push(row);
        if (cell === undefined) continue;
        const { good, uncertain, bad } = row;
        this.#add(cell, { batches: 0, good: -good, uncertain: -uncertain, bad: -bad });
      }
      return { empty: false };
    });
  }

  /** From the ledger itself; false: it holds nothing there. */
  async #scan(fromUs: number, toUs: number): Promise<boolean> {
    const { originUs, widthUs, toUs: rangeTo } = this.#cells;
    const cellOf = (at: string): string => `floor((${us(at)} - $4::bigint)::numeric / $5::bigint)::bigint`;
    const where = `signal_id = $1 AND t0 >= ${ts('$2')} AND t0 < ${ts('$3')}`;
    const whole = `${cellOf('t0')} = ${cellOf('t_end')} AND t_end < ${ts('$6')} OR t_end < ${ts('$4')}`;
    const params = [this.#signalId, fromUs, toUs, originUs, widthUs, rangeTo];
    const rows = await this.#db.query<Landed & { cell: number; beginning: number; whole: boolean }>(
      `SELECT ${cellOf('t0')} AS cell, (${whole}) AS whole, count(*) AS batches, ${sums('sum', CLASSES)}
       FROM batch WHERE ${where} GROUP BY 1, 2`,
      params,
    );
    for (const row of rows) {
      if (row.cell < 0 || originUs + row.cell * widthUs >= rangeTo) continue;
      const { batches, good, uncertain, bad } = row;
      this.#add(row.cell, row.whole ? { batches, good, uncertain, bad } : { ...NONE, batches });
    }
    if (rows.some((r) => !r.whole)) {
      const cut = await this.#db.query<Cut>(
        `SELECT ${CUT} FROM batch WHERE ${where} AND NOT (${whole})`,
        params,
      );
      for (const row of cut) this.#cut.push(row);
    }
    return rows.length > 0;
  }

  #add(cell: number, counts: Landed): void {
    const known = this.byCell.get(cell);
    if (known === undefined) this.byCell.set(cell, { ...NONE, ...pick(counts) });
    else for (const k of SUMS) known[k] += counts[k];
  }

  /** Batches that lie in several cells: how many samples of each is known; their quality, where they differ, by the rows. */
  async #divide(): Promise<void> {
    const mixed: Part[] = [];
    for (const cut of this.#cut) {
      const one = CLASSES.find((c) => cut[c] === cut.count);
      for (const [cell, count] of divide(cut, this.#cells)) {
        if (one === undefined) mixed.push({ cut, cell, count });
        else this.#add(cell, { ...NONE, [one]: count });
      }
    }
    for (let at = 0; at < mixed.length; at += PARTS_AT_ONCE) {
      const some = mixed.slice(at, at + PARTS_AT_ONCE);
      const found = await this.#qualities(some);
      for (const [i, part] of some.entries())
        this.#add(part.cell, { batches: 0, ...qualityOf(part, found[i]!) });
    }
    this.#cut.length = 0;
  }

  async #qualities(parts: readonly Part[]): Promise<Classes[]> {
    const { originUs, widthUs, toUs } = this.#cells;
    const from = (p: Part): number => originUs + p.cell * widthUs;
    return await this.#db.query<Classes>(
      `SELECT c.* FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) WITH ORDINALITY AS p(a, b, t0, period, i)
       CROSS JOIN LATERAL (
         SELECT count(*) FILTER (WHERE quality < 64) AS good,
                count(*) FILTER (WHERE quality >= 64 AND quality < 128) AS uncertain,
                count(*) FILTER (WHERE quality >= 128) AS bad
         FROM sample s WHERE s.signal_id = $1 AND s.ts >= ${ts('p.a')} AND s.ts <= ${ts('p.b')}
           AND s.ts >= ${ts('$6')} AND s.ts <= ${ts('$7')}
           AND (p.period IS NULL OR (${us('s.ts')} - p.t0) % p.period = 0)) c ORDER BY p.i`,
      [
        this.#signalId,
        parts.map((p) => Math.max(p.cut.t0Us, from(p))),
        parts.map((p) => Math.min(p.cut.endUs, toUs - 1, from(p) + widthUs - 1)),
        parts.map((p) => p.cut.t0Us),
        parts.map((p) => p.cut.period),
        Math.min(...parts.map((p) => p.cut.t0Us)),
        Math.max(...parts.map((p) => p.cut.endUs)),
      ],
    );
  }
}

type Classes = Pick<Landed, (typeof CLASSES)[number]>;

interface Part {
  readonly cut: Cut;
  readonly cell: number;
  readonly count: number;
}

const PARTS_AT_ONCE = 500;
const NONE: Landed = { batches: 0, good: 0, uncertain: 0, bad: 0 };
const CUT = `${us('t0')} AS "t0Us", ${us('t_end')} AS "endUs", count, period, offsets, good, uncertain, bad`;

const pick = ({ batches, good, uncertain, bad }: Landed): Landed => ({ batches, good, uncertain, bad });
const sums = (f: string, of: readonly string[] = SUMS): string =>
  of.map((c) => `${f}(${c})::bigint AS ${c}`).join(', ');

/**
 * By the rows where they are there and no other batch's among them. Where they are gone by retention, or do not tell,
 * in the proportions of the whole batch: the number of samples is exact all the same.
 */
function qualityOf({ cut, count }: Part, rows: Classes): Classes {
  if (rows.good + rows.uncertain + rows.bad === count) return rows;
  const good = Math.round((cut.good * count) / cut.count);
  const uncertain = Math.min(count - good, Math.round((cut.uncertain * count) / cut.count));
  return { good, uncertain, bad: count - good - uncertain };
}
