import { LoadcycleError, setting } from '@loadcycle/contract';
import { AgentFile, type SourceSettingsInput } from '@loadcycle/contract/agent-settings';
import { issuesText } from '@loadcycle/contract/issues';
import { TIME_FORMATS } from '@loadcycle/csv/time';

export const SUBCOMMANDS = ['run', 'simulate', 'replay', 'iio', 'drain'] as const;

/** Where the agent sends to, and what it keeps. */
export const agentSettings = {
  credentials: setting.optional(
    "the device's folder that enrol made: user name, password, authority, broker, site and device",
    'FOLDER',
  ),
  mqttUrl: setting.optional('the broker: mqtt://HOST:PORT, or mqtts:// for TLS', 'URL', {
    shown: 'that of --credentials, else mqtt://127.0.0.1:1883',
  }),
  mqttUsername: setting.optional('name at the broker', 'NAME'),
  mqttPassword: setting.optional('password at the broker', 'TEXT', { secret: true }),
  mqttUsernameFile: setting.optional('file with the name', 'FILE'),
  mqttPasswordFile: setting.optional('file with the password', 'FILE'),
  mqttCaFile: setting.optional("authority that signed the broker's certificate (PEM)", 'FILE'),
  mqttCertFile: setting.optional("the device's certificate (PEM)", 'FILE'),
  mqttKeyFile: setting.optional("the key of the device's certificate (PEM)", 'FILE'),
  mqttClientId: setting.optional('client id', 'NAME', { shown: 'loadcycle-SITE-DEVICE' }),
  mqttProtocol: setting.choice('MQTT 3.1.1 or 5', ['3.1.1', '5'], '3.1.1'),
  site: setting.optional('name of the site', 'NAME', { shown: 'that of --credentials, else local' }),
  device: setting.optional('name of the device', 'NAME', { shown: 'that of --credentials, else device-1' }),
  outboxDir: setting.text('folder of the outbox, a file for each site and device', 'data/agent', 'FOLDER'),
  flushInterval: setting.duration(
    'how often samples go to the disk, from 10ms to 200ms: the most that a power cut takes',
    '100ms',
  ),
  outboxLimit: setting.integer('most bytes that the outbox may take on disk', 1_073_741_824, 8 * 1_048_576),
  statusInterval: setting.duration('how often the status is told', '5s'),
  confirmTimeout: setting.duration('a receipt that takes longer is overdue', '5s'),
  window: setting.integer('most bytes that are on their way without a receipt', 4 * 1_048_576, 65_536),
  config: setting.optional('file with the sources (JSON), in place of the flags below', 'FILE'),
};

/** One signal without a configuration file. */
export const sourceSettings = {
  signal: setting.text('name of the signal', 'motor-voltage', 'NAME'),
  unit: setting.text('its unit, a UCUM code', 'V', 'CODE'),
  batchSize: setting.integer('samples in one batch at most', 1000, 1, 100_000),
  decimals: setting.optional('decimals that are kept', 'N', { shown: '3 of simulate, else all' }),
  rate: setting.number('simulate, iio: samples in a second', 0, 0, 1_000_000, {
    shown: '1000 of simulate, 100 of iio',
  }),
  seed: setting.integer('simulate: the same seed gives the same samples', 1),
  waveform: setting.optional('simulate: settings of the waveform as JSON', 'JSON'),
  pace: setting.choice(
    'simulate: as the clock goes, or as fast as it can',
    ['real-time', 'max'],
    'real-time',
  ),
  limit: setting.optional('simulate: ends after so many samples', 'N'),
  truthFile: setting.optional('simulate: file for the true cycle boundaries', 'FILE'),
  columns: setting.optional('replay: COLUMN=SIGNAL:UNIT,…', 'LIST', {
    shown: 'one column, as --signal and --unit say',
  }),
  timeColumn: setting.text('replay: column with the time', 'time', 'NAME'),
  timeFormat: setting.choice('replay: how times are written', TIME_FORMATS, 'auto'),
  tz: setting.optional('replay: time zone of times without an offset, such as Europe/Berlin', 'ZONE', {
    shown: 'UTC',
  }),
  delimiter: setting.text('replay: character between columns, or auto', 'auto', 'CHAR'),
  decimalComma: setting.flag('replay: numbers are written 1,5', false),
  shift: setting.choice(
    'replay: times as in the file, or of the present: the first row is now (faster than recorded: the last one is, at its end)',
    ['original', 'now'],
    'original',
  ),
  speed: setting.number('replay: 1 as recorded, 10 ten times as fast, 0 as fast as it can', 1),
  devicePath: setting.text('iio: folder of the device', '/sys/bus/iio/devices/iio:device0', 'FOLDER'),
  channel: setting.text('iio: channel, as the kernel names it', 'in_voltage0', 'NAME'),
  factor: setting.number('iio: ratio of a divider or transformer before the sensor', 1, -1e12, 1e12),
};

type Values<S> = { [K in keyof S]: S[K] extends { fallback: infer T } ? T : never };
export type SourceFlags = Values<typeof sourceSettings>;

/** `simulate`, `replay FILE.csv` or `iio`, with flags → the source's settings. Throws `settings.invalid`. */
export function sourceFromFlags(kind: string, file: string | undefined, f: SourceFlags): SourceSettingsInput {
  const decimals = number('decimals', f.decimals);
  const common = {
    signal: f.signal,
    unit: f.unit,
    batchSize: f.batchSize,
    ...(decimals === null ? {} : { decimals }),
  };
  const rate = f.rate === 0 ? {} : { rateHz: f.rate };
  if (kind === 'simulate') {
    const { seed, pace, truthFile } = f;
    const limit = number('limit', f.limit);
    return { kind, ...common, ...rate, seed, pace, truthFile, limit, waveform: waveform(f.waveform) };
  }
  if (kind === 'iio') {
    const { devicePath, channel, factor } = f;
    return { kind, devicePath, ...rate, channels: [{ channel, factor, ...common }] };
  }
  if (file === undefined) throw new LoadcycleError('settings.invalid', 'replay wants a file');
  const { delimiter, decimalComma, timeColumn, timeFormat, shift, speed, tz } = f;
  const columns =
    f.columns === null
      ? [{ column: f.signal, ...common }]
      : f.columns.split(',').map((c) => column(c, common));
  const zone = tz === null ? {} : { tz };
  return {
    kind: 'replay',
    file,
    delimiter,
    decimalComma,
    timeColumn,
    timeFormat,
    ...zone,
    shift,
    speed,
    columns,
  };
}

/** `COLUMN=SIGNAL:UNIT`; the unit may be left out. */
function column<T extends { unit: string }>(text: string, common: T): T & { column: string; signal: string } {
  const m = /^(.+)=([^=:]+)(?::(.+))?$/.exec(text.trim());
  if (m === null)
    throw new LoadcycleError('settings.invalid', `--columns: "${text}" is not COLUMN=SIGNAL:UNIT`);
  return { ...common, column: m[1]!, signal: m[2]!, unit: m[3] ?? common.unit };
}

function number(name: string, text: string | null): number | null {
  if (text === null) return null;
  if (/^\d+$/.test(text)) return Number(text);
  throw new LoadcycleError('settings.invalid', `--${name}: "${text}" must be a whole number`);
}

function waveform(text: string | null): Record<string, unknown> {
  if (text === null) return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LoadcycleError('settings.invalid', `--waveform: ${(cause as Error).message}`, { cause });
  }
}

/** The text of a configuration file → its settings. Throws `settings.invalid` with every place that is wrong. */
export function parseAgentFile(text: string, name: string): AgentFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new LoadcycleError('settings.invalid', `${name}: ${(cause as Error).message}`, { cause });
  }
  const parsed = AgentFile.safeParse(json);
  if (parsed.success) return parsed.data;
  const why = issuesText(parsed.error.issues);
  throw new LoadcycleError('settings.invalid', `${name}: ${why}`);
}
