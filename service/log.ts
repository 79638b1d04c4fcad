import type { Logger } from '@loadcycle/contract';
import { pino, stdSerializers } from 'pino';
import { bounded, boundedText } from './log-lines/bounds.ts';
import { LogFile, type LogFileOptions } from './log-lines/file.ts';
import { Repeats } from './log-lines/repeats.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
type Level = Exclude<(typeof LOG_LEVELS)[number], 'silent'>;

export interface LoggerOptions {
  /** where the lines go; stderr if not given (stdout belongs to what a program is asked to print) */
  readonly file?: LogFileOptions;
  /** lines of one code that are written in each window; the others are counted */
  readonly perWindow?: number;
  readonly windowMs?: number;
}

/**
 * JSON lines, within bounds however much somebody outside sends: each field has a longest length, and lines that repeat
 * (by level and code, or by their text where they have none) are counted: “… and 1,234 more like this in 10 s”. Secrets
 * are cut out by name.
 */
export function makeLogger(
  service: string,
  level: (typeof LOG_LEVELS)[number],
  { file, perWindow = 50, windowMs = 10_000 }: LoggerOptions = {},
): Logger {
  const lines = pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: Error) => bounded(stdSerializers.err(error)) },
      redact: {
        paths: [
          'password',
          'secret',
          'token',
          'authorization',
          '*.password',
          '*.secret',
          '*.token',
          '*.authorization',
        ],
        censor: '(secret)',
      },
    },
    file === undefined ? pino.destination({ fd: 2, sync: true }) : new LogFile(file),
  );
  const repeats = new Repeats<{ level: Level; code: string | undefined; text: string }>({
    perWindow,
    windowMs,
    onHeldBack: ({ level: at, code, text }, more, seconds) => {
      const count = more.toLocaleString('en-US');
      lines[at](
        { ...(code === undefined ? {} : { code }), more },
        `${text}: … and ${count} more like this in ${seconds} s`,
      );
    },
  });
  process.once('exit', () => repeats.flush());
  const writer =
    (at: Level): Logger[Level] =>
    (fields, message) => {
      if (!lines.isLevelEnabled(at)) return;
      const { code: given } = fields as { code?: unknown };
      const code = typeof given === 'string' ? boundedText(given, 100) : undefined;
      const text = boundedText(message);
      if (repeats.passes(`${at} ${code ?? text}`, { level: at, code, text }))
        lines[at](bounded(fields), text);
    };
  return { debug: writer('debug'), info: writer('info'), warn: writer('warn'), error: writer('error') };
}
