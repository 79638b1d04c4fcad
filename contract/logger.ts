/** What every service logs through (pino has this shape). The first argument holds fields, never secrets. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** For tests and libraries whose caller wants no log. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
