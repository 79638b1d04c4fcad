import { parseArgs } from 'node:util';
import { LoadcycleError } from './errors.ts';
import { parseDurationUs } from './time.ts';

/** One setting of a program: a flag `--http-port`, and its environment variable `LOADCYCLE_HTTP_PORT`. */
export interface Setting<T = unknown> {
  readonly help: string;
  /** shown in --help in place of the value, e.g. `PORT` */
  readonly value: string;
  readonly fallback: T;
  /** text → value; throws an Error whose message says what it should be */
  readonly parse: (text: string) => T;
  /** another environment variable than the one made from the name */
  readonly env?: string;
  /** never shown in logs or help; `NAME_FILE` in the environment names a file that holds it (read by the caller) */
  readonly secret?: boolean;
  /** the default in words, for --help, where the value alone says too little */
  readonly shown?: string;
}

export type SettingsSpec = Record<string, Setting>;
export type Settings<S extends SettingsSpec> = { [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

function must<T>(ok: boolean, value: T, expected: string): T {
  if (!ok) throw new Error(`must be ${expected}`);
  return value;
}

type Options = Pick<Setting, 'env' | 'secret' | 'shown'>;

export const setting = {
  text: (help: string, fallback: string, value = 'TEXT', o: Options = {}): Setting<string> => ({
    help,
    value,
    fallback,
    parse: (t) => t,
    ...o,
  }),
  optional: (help: string, value = 'TEXT', o: Options = {}): Setting<string | null> => ({
    help,
    value,
    fallback: null,
    parse: (t) => (t === '' ? null : t),
    ...o,
  }),
  integer: (
    help: string,
    fallback: number,
    min = 0,
    max = Number.MAX_SAFE_INTEGER,
    o: Options = {},
  ): Setting<number> => ({
    help,
    value: 'N',
    fallback,
    ...o,
    parse: (t) =>
      must(/^\d+$/.test(t) && +t >= min && +t <= max, Number(t), `an integer from ${min} to ${max}`),
  }),
  number: (help: string, fallback: number, min = 0, max = 1e15, o: Options = {}): Setting<number> => ({
    help,
    value: 'X',
    fallback,
    ...o,
    parse: (t) =>
      must(t.trim() !== '' && +t >= min && +t <= max, Number(t), `a number from ${min} to ${max}`),
  }),
  port: (help: string, fallback: number, o: Options = {}): Setting<number> => ({
    help,
    value: 'PORT',
    fallback,
    ...o,
    parse: (t) => must(/^\d+$/.test(t) && +t <= 65535, Number(t), 'a port from 0 (any free one) to 65535'),
  }),
  flag: (help: string, fallback: boolean, o: Options = {}): Setting<boolean> => ({
    help,
    value: 'true|false',
    fallback,
    ...o,
    parse: (t) => must(/^(true|false|1|0|yes|no|)$/i.test(t), /^(true|1|yes|)$/i.test(t), 'true or false'),
  }),
  choice: <const T extends string>(
    help: string,
    choices: readonly T[],
    fallback: T,
    o: Options = {},
  ): Setting<T> => ({
    help,
    value: choices.join('|'),
    fallback,
    ...o,
    parse: (t) => must(choices.includes(t as T), t as T, `one of ${choices.join(', ')}`),
  }),
  /** in µs */
  duration: (help: string, fallback: string, o: Options = {}): Setting<number> => ({
    help,
    value: 'TIME',
    fallback: parseDurationUs(fallback),
    ...o,
    parse: (t) => parseDurationUs(t),
  }),
};

const flagOf = (name: string): string => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
const envOf = (name: string, s: Setting): string =>
  s.env ?? `LOADCYCLE_${flagOf(name).replaceAll('-', '_').toUpperCase()}`;

/**
 * Reads a program's settings: flags win over environment, environment over defaults.
 * `env` values of `NAME_FILE` must have been resolved by the caller ({@link secretFiles}).
 * What is no flag goes into `rest`, or is refused where there is none.
 * Returns null where `--help` is asked for. Throws `settings.invalid` with one clear line.
 */
export function readSettings<S extends SettingsSpec>(
  spec: S,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  rest: string[] | null = null,
): Settings<S> | null {
  const options: Record<string, { type: 'string' }> = {};
  for (const name of Object.keys(spec)) options[flagOf(name)] = { type: 'string' };
  const args = argv.map((a, i) => bareFlag(spec, a, argv[i + 1]));
  if (args.includes('--help') || args.includes('-h')) return null;
  let given: Record<string, string | undefined>;
  try {
    const parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals: rest !== null });
    given = parsed.values as never;
    rest?.push(...parsed.positionals);
  } catch (cause) {
    const line = (cause as Error).message.split('\n')[0]!;
    throw new LoadcycleError('settings.invalid', line, { hint: '--help lists the settings', cause });
  }
  const settings: Record<string, unknown> = {};
  for (const [name, s] of Object.entries(spec)) {
    const flag = given[flagOf(name)];
    const variable = env[envOf(name, s)];
    const text = flag ?? variable;
    const source = flag === undefined ? envOf(name, s) : `--${flagOf(name)}`;
    try {
      settings[name] = text === undefined ? s.fallback : s.parse(text);
    } catch (cause) {
      const shown = s.secret ? '(secret)' : `"${text}"`;
      throw new LoadcycleError('settings.invalid', `${source}: ${shown} ${(cause as Error).message}`, {
        cause,
      });
    }
  }
  return settings as Settings<S>;
}

const TRUTH = /^(true|false|1|0|yes|no)$/i;

/** `--verbose` alone means `--verbose=true` for a flag setting; `--verbose false` says it. */
function bareFlag(spec: SettingsSpec, arg: string, next: string | undefined): string {
  for (const [name, s] of Object.entries(spec)) {
    const bare = s.value === 'true|false' && arg === `--${flagOf(name)}`;
    if (bare && (next === undefined || !TRUTH.test(next))) return `${arg}=true`;
  }
  return arg;
}

/** Names of the environment variables that may be given as files (`…_FILE`), for the caller that does the I/O. */
export function secretFiles(spec: SettingsSpec): { variable: string; fileVariable: string }[] {
  return Object.entries(spec)
    .filter(([, s]) => s.secret)
    .map(([name, s]) => ({ variable: envOf(name, s), fileVariable: `${envOf(name, s)}_FILE` }));
}

/** The text of `--help`. */
export function settingsHelp(usage: string, about: string, spec: SettingsSpec): string {
  const entries = Object.entries(spec);
  const flags = entries.map(([name, s]) => `--${flagOf(name)} ${s.value}`);
  const width = Math.max(...flags.map((f) => f.length));
  const lines = entries.map(([name, s], i) => {
    const shown = s.secret ? '' : defaultOf(s);
    return [
      `  ${flags[i]!.padEnd(width)}  ${s.help}${shown === '' ? '' : ` [${shown}]`}`,
      `    ${envOf(name, s)}${s.secret ? ` or ${envOf(name, s)}_FILE` : ''}`,
    ].join('\n');
  });
  const times = entries.some(([, s]) => s.value === 'TIME')
    ? '\nTIME is a number with its unit: us, ms, s, m, h or d, such as 500ms, 15m, 1h30m, 7d.\n'
    : '';
  return `Usage: ${usage}\n\n${about}\n\nSettings [with their defaults]; a flag wins over its environment variable:\n${lines.join('\n')}\n${times}`;
}

function defaultOf(s: Setting): string {
  if (s.shown !== undefined) return s.shown;
  if (s.fallback === null) return '';
  if (s.value !== 'TIME') return String(s.fallback);
  const us = s.fallback as number;
  for (const [unit, size] of [
    ['d', 8.64e10],
    ['h', 3.6e9],
    ['m', 6e7],
    ['s', 1e6],
    ['ms', 1e3],
  ] as const) {
    if (us >= size && us % size === 0) return `${us / size}${unit}`;
  }
  return us === 0 ? '0s' : `${us}us`;
}
