import type { Logger } from '@loadcycle/contract';
import { pino } from 'pino';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** JSON lines on stderr, or in `file` (stdout belongs to what a program is asked to print). Secrets are cut out by name. */
export function makeLogger(service: string, level: (typeof LOG_LEVELS)[number], file?: string): Logger {
  return pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
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
    pino.destination(file === undefined ? { fd: 2, sync: true } : { dest: file, sync: true, mkdir: true }),
  );
}
