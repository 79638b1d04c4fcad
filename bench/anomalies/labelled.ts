import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { anomalySettings } from '@loadcycle/contract/anomaly-settings';
import { rulesOf } from '@loadcycle/contract/rule-settings';
import { SAME } from '@loadcycle/contract/units/conversion';
import { CsvFile } from '@loadcycle/csv/file';
import { Detector } from '@loadcycle/processors/anomalies/detector';
import { RuleEvaluator } from '@loadcycle/processors/anomalies/rules/evaluator';
import { cutUnfinished } from '@loadcycle/processors/cycles/index';

/**
 * Labelled recordings in a folder, as they are published: CSV with a time in the first column, and a signal in each
 * other one. Where something is wrong says either a column `anomaly` of 0 and 1 (SKAB), or a file `combined_windows.json` somewhere in
 * the folder, with windows by the file's path (NAB). Times without an offset are UTC.
 */
interface Recording {
  readonly timesUs: Float64Array;
  readonly signals: readonly Float64Array[];
  /** of all its signals */
  readonly labels: readonly Label[];
}

interface Label {
  readonly fromUs: number;
  readonly toUs: number;
}

/** When each anomaly was told of, and whether there was enough to tell anything by. */
interface Told {
  readonly atUs: readonly number[];
  readonly judged: boolean;
}

type Watch = (timesUs: Float64Array, values: Float64Array) => Told;

const ABOUT_LABELS = ['anomaly', 'changepoint'];
/** What the rules take the mean of, in samples. */
const BUCKET = 5;
const CYCLES_BEFORE = 48;

const WATCHES: Readonly<Record<string, Watch>> = {
  'load cycles': (timesUs, values) => {
    const offsetsUs = timesUs.map((t) => t - timesUs[0]!);
    const { cycles } = cutUnfinished({ t0Us: timesUs[0]!, dtUs: null, offsetsUs, values });
    const detector = new Detector(anomalySettings({}));
    const open = new Map<string, number>();
    for (const cycle of cycles) {
      for (const e of detector.push(cycle)) {
        const name = `${e.kind}/${e.metric}/${e.sinceUs}`;
        if (!open.has(name)) open.set(name, cycle.endedAtUs);
      }
    }
    return { atUs: [...open.values()], judged: cycles.filter((c) => c.complete).length > CYCLES_BEFORE };
  },
  'rule value-outlier': byRule('value-outlier'),
  'rule drift': byRule('drift'),
};

function byRule(type: 'value-outlier' | 'drift'): Watch {
  return (timesUs, values) => {
    const steps = timesUs.slice(1).map((t, i) => t - timesUs[i]!);
    const bucketUs = BUCKET * steps.sort()[steps.length >>> 1]!;
    const rules = rulesOf({ rules: { [type]: { bucket: `${bucketUs / 1000}ms` } } });
    const evaluator = new RuleEvaluator(rules, { unit: '1', conversion: SAME });
    const open = new Map<number, number>();
    for (let i = 0; i < values.length; i++) {
      const one = { timesUs: [timesUs[i]!], values: [values[i]!] };
      for (const { sinceUs } of evaluator.push(one, false)) {
        if (!open.has(sinceUs)) open.set(sinceUs, timesUs[i]!);
      }
    }
    return { atUs: [...open.values()], judged: true };
  };
}

function* filesIn(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else yield path;
  }
}

async function read(
  file: string,
  name: string,
  windows: Record<string, [string, string][]>,
): Promise<Recording> {
  const head = readFileSync(file, 'utf8').split(/\r?\n/, 1)[0]!;
  const delimiter = head.includes(';') ? ';' : ',';
  const [timeColumn, ...columns] = head.split(delimiter);
  const csv = new CsvFile({
    ...{ file, delimiter, decimalComma: false, timeColumn: timeColumn!, timeFormat: null, columns },
  });
  const rows: { timeUs: number; values: Float64Array }[] = [];
  for await (const { timeUs, values } of csv.rows(() => {})) {
    // ascending, each time once
    if (timeUs > (rows.at(-1)?.timeUs ?? 0)) rows.push({ timeUs, values });
  }
  const labelAt = columns.indexOf('anomaly');
  const windowed = Object.keys(windows).find((path) => name.endsWith(path));
  const timeOf = (text: string): number => Date.parse(`${text}Z`) * 1000;
  const labels =
    windowed === undefined
      ? runsOf(rows.map((r) => [r.timeUs, r.values[labelAt]! > 0] as const))
      : windows[windowed]!.map(([from, to]) => ({ fromUs: timeOf(from), toUs: timeOf(to) }));
  const wanted = columns.flatMap((c, k) => (ABOUT_LABELS.includes(c) ? [] : [k]));
  return {
    timesUs: Float64Array.from(rows, (r) => r.timeUs),
    signals: wanted.map((k) => Float64Array.from(rows, (r) => r.values[k]!)),
    labels,
  };
}

function runsOf(flags: readonly (readonly [atUs: number, wrong: boolean])[]): Label[] {
  const runs: { fromUs: number; toUs: number }[] = [];
  let open = false;
  for (const [atUs, wrong] of flags) {
    if (wrong && !open) runs.push({ fromUs: atUs, toUs: atUs });
    else if (wrong) runs.at(-1)!.toUs = atUs;
    open = wrong;
  }
  return runs;
}

interface Sum {
  labels: number;
  missed: number;
  /** labels of recordings of which no signal could be judged */
  unseen: number;
  falseAlarms: number;
  /** of signals that could be judged, without labels */
  days: number;
  delaysS: number[];
}

/**
 * A label is found where an anomaly of any signal of the recording begins to be told within it. One that begins elsewhere
 * is false, but for as long after a label as it has lasted: that is the way back.
 */
function add(sum: Sum, { labels, timesUs }: Recording, told: readonly Told[]): void {
  const all = told.flatMap((t) => t.atUs);
  const seen = told.some((t) => t.judged);
  sum.labels += labels.length;
  for (const { fromUs, toUs } of labels) {
    const first = Math.min(...all.filter((t) => t >= fromUs && t <= toUs));
    if (Number.isFinite(first)) sum.delaysS.push((first - fromUs) / 1e6);
    else sum.missed++;
    if (!seen) sum.unseen++;
  }
  const isExpected = (t: number): boolean => labels.some((l) => t >= l.fromUs && t <= 2 * l.toUs - l.fromUs);
  sum.falseAlarms += all.filter((t) => !isExpected(t)).length;
  const labelledUs = labels.reduce((s, l) => s + l.toUs - l.fromUs, 0);
  const judged = told.filter((t) => t.judged).length;
  sum.days += (judged * (timesUs.at(-1)! - timesUs[0]! - labelledUs)) / 86_400e6;
}

const shown = (s: number | undefined): string =>
  s === undefined
    ? '–'
    : s < 120
      ? `${Math.round(s)} s`
      : s < 7200
        ? `${Math.round(s / 60)} min`
        : `${(s / 3600).toFixed(1)} h`;

/** Prints, for each folder of recordings and each way to watch, what was missed and what was false. */
export async function scoreFolder(folder: string): Promise<void> {
  const files = [...filesIn(folder)];
  const windowsFile = files.find((f) => basename(f) === 'combined_windows.json');
  const windows = windowsFile === undefined ? {} : JSON.parse(readFileSync(windowsFile, 'utf8'));
  const sums = new Map<string, Sum>();
  let recordings = 0;
  let signals = 0;
  for (const file of files.filter((f) => f.endsWith('.csv'))) {
    const name = relative(folder, file).split(sep).join('/');
    const recording = await read(file, name, windows);
    if (recording.timesUs.length < 2) continue;
    recordings++;
    signals += recording.signals.length;
    const group = name.split('/').slice(0, -1).at(-1) ?? '.';
    for (const [watch, run] of Object.entries(WATCHES)) {
      const told = recording.signals.map((values) => run(recording.timesUs, values));
      for (const key of [`${group} | ${watch}`, `all | ${watch}`]) {
        let sum = sums.get(key);
        if (sum === undefined) {
          sum = { labels: 0, missed: 0, unseen: 0, falseAlarms: 0, days: 0, delaysS: [] };
          sums.set(key, sum);
        }
        add(sum, recording, told);
      }
    }
  }
  console.log(`${recordings} recordings, ${signals} signals`);
  console.log(
    '| recordings | watched by | missed | not to be judged | told after | false alarms a signal-day | signal-days |\n|---|---|---|---|---|---|---|',
  );
  for (const [key, s] of [...sums].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const delay = s.delaysS.toSorted((a, b) => a - b)[s.delaysS.length >>> 1];
    const rate = s.days === 0 ? '–' : (s.falseAlarms / s.days).toFixed(2);
    console.log(
      `| ${key} | ${s.missed} of ${s.labels} | ${s.unseen} | ${shown(delay)} | ${rate} (${s.falseAlarms}) | ${s.days.toFixed(1)} |`,
    );
  }
}
