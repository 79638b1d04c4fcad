import { dataOf, liveEvents, type ServerEvent } from '@loadcycle/client';
import { formatUs, parseTimeUs, type SignalPath } from '@loadcycle/contract';
import type { CycleEvent } from '@loadcycle/contract/cycle-event';
import type { Command } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { UsageError } from '../exit-codes.ts';
import { keyOf, signalOf } from '../signal-argument.ts';
import { shown } from '../table.ts';
import { durationUs, numberOf } from '../times.ts';
import { LiveScreen } from '../watch/live-screen.ts';

interface Options {
  readonly window: string;
  readonly rate: string;
  readonly count?: string;
}

export function addWatch(program: Command): void {
  const command = program
    .command('watch')
    .summary('a signal as it comes, in the terminal')
    .description(
      'Draws the signal and its latest cycle as they come; Ctrl-C ends it. One line for each event where stdout is no ' +
        'terminal; with --json each event as a line of JSON. Without a signal: the only one that there is.',
    )
    .argument('[signal]', 'site/device/signal')
    .option('--window <duration>', 'how much is drawn', '20s')
    .option('--rate <n>', 'points a second', '50')
    .option('--count <n>', 'end after so many events')
    .action(action(watch));
  examples(
    command,
    'watch plant1/motor1/motor-voltage',
    'watch plant1/motor1/motor-voltage --window 2m --rate 10',
    'watch --json --count 100 | jq -c \'select(.event == "cycles")\'',
  );
}

export interface LivePoints {
  readonly signal: string;
  readonly unit: string;
  readonly t: readonly number[];
  readonly v: readonly (number | null)[];
}

async function watch(context: Context, o: Options, [text]: string[]): Promise<void> {
  const windowUs = durationUs('--window', o.window);
  const rate = numberOf('--rate', o.rate, 0.1, 10_000);
  const count = o.count === undefined ? Infinity : numberOf('--count', o.count, 1, 1e9, true);
  const path = text === undefined ? await onlySignal(context) : await known(context, signalOf(text));
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
  const drawn = process.stdout.isTTY === true && !context.json;
  const screen = drawn ? await begun(context, path, windowUs) : null;
  const query = new URLSearchParams({ signal: keyOf(path), rate: String(rate) });
  let left = count;
  try {
    let told = false;
    const words = (text: string): void => (screen === null ? context.note(text) : screen.say(text));
    const options = {
      signal: ended.signal,
      // whoever watches wants to see it come back, however long it takes
      maxFailures: Infinity,
      // an end in order, such as that of a token, is none of a reader's business
      onLost: (error: Error | null, waitMs: number) => {
        if (error === null) return;
        told = true;
        words(`connection lost (${error.message}); again in ${(waitMs / 1000).toFixed(1)} s`);
      },
      onBack: () => {
        if (told) words(screen === null ? 'connected again' : '');
        told = false;
      },
    };
    for await (const event of liveEvents(context.client, query, options)) {
      if (screen !== null) screen.take(event);
      else say(context, event);
      if (event.event !== 'hello' && --left <= 0) break;
    }
  } finally {
    ended.abort();
    screen?.end();
  }
}

/** What was there before: the screen does not begin empty. */
async function begun(context: Context, path: SignalPath, windowUs: number): Promise<LiveScreen> {
  const from = formatUs(Date.now() * 1000 - windowUs);
  const route = '/v1/sites/{site}/devices/{device}/signals/{signal}';
  const samples = dataOf(
    await context.client.GET(`${route}/samples`, { params: { path, query: { from, points: 1000 } } }),
  );
  const points = samples.samples.map((s) => ({ timeUs: parseTimeUs(s.t), value: s.value }));
  return new LiveScreen(keyOf(path), samples.signal.unit, windowUs, points, process.stdout);
}

/** The stream would wait for ever for a signal that is not there: told with what may have been meant. */
async function known({ client }: Context, path: SignalPath): Promise<SignalPath> {
  await client.GET('/v1/sites/{site}/devices/{device}/signals/{signal}', { params: { path: { ...path } } });
  return path;
}

async function onlySignal(context: Context): Promise<SignalPath> {
  const { client } = context;
  const found: SignalPath[] = [];
  for (const { site } of dataOf(await client.GET('/v1/sites')).sites) {
    const { devices } = dataOf(await client.GET('/v1/sites/{site}/devices', { params: { path: { site } } }));
    for (const { device, signals } of devices) {
      if (signals === 0) continue;
      const path = { site, device };
      const list = dataOf(
        await client.GET('/v1/sites/{site}/devices/{device}/signals', { params: { path } }),
      );
      found.push(...list.signals.map(({ signal }) => ({ site, device, signal })));
    }
  }
  if (found.length === 1) return found[0]!;
  throw new UsageError(
    found.length === 0 ? 'there is no signal yet' : 'say which signal',
    found.slice(0, 5).map(keyOf).join(', ') || 'start a device first',
  );
}

function say(context: Context, { event, data, id }: ServerEvent): void {
  const value = JSON.parse(data) as unknown;
  context.print({ event, id, data: value }, () => lineOf(event, value));
}

/** An event as one line of text. */
export function lineOf(event: string, value: unknown): string {
  if (event === 'samples') {
    const { signal, unit, t, v } = value as LivePoints;
    const known = v.filter((x) => x !== null);
    const range = known.length === 0 ? '–' : `${shown(Math.min(...known))} … ${shown(Math.max(...known))}`;
    return `${formatUs(t.at(-1)!)}  ${signal}  ${range} ${unit}`;
  }
  if (event === 'cycles') {
    const cycle = value as CycleEvent;
    const key = `${cycle.site}/${cycle.device}/${cycle.signal}`;
    if (cycle.event === 'cycle-removed') return `${formatUs(cycle.startedAtUs)}  ${key}  cycle removed`;
    return `${formatUs(cycle.cycle.startedAtUs)}  ${key}  ${cycleText(cycle.cycle)}`;
  }
  if (event === 'status') {
    const { site, device, status } = value as {
      site: string;
      device: string;
      status: Record<string, unknown>;
    };
    return `${site}/${device}  ${status['state']}${status['sampling'] === false ? ', not sampling' : ''}`;
  }
  return `${event}  ${JSON.stringify(value)}`;
}

export function cycleText(c: Extract<CycleEvent, { event: 'cycle' }>['cycle']): string {
  const part = (name: string, v: number | null | undefined, unit: string): string =>
    `${name} ${shown(v, 4)}${unit}`;
  return [
    `cycle${c.complete ? '' : ' (incomplete)'}`,
    part('period', c.periodS, ' s'),
    part('load', c.pulseWidthS, ' s'),
    part('duty', c.dutyCycle === null ? null : c.dutyCycle * 100, ' %'),
    part('base', c.baseLevel, ''),
    part('top', c.topLevel, ''),
    part('RMS', c.rms, ''),
  ].join('  ');
}
