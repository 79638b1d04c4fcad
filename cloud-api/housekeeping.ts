import type { Logger } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { pruneSilences } from '@loadcycle/processors/notify/silences';
import { pruneClients } from './auth/clients.ts';
import type { IssuerSettings } from './auth/issuer.ts';
import type { SigningKeys } from './auth/keys.ts';
import { pruneSignInCodes } from './auth/sign-in-codes.ts';
import { pruneOperations } from './control/operations.ts';
import { pruneIdempotencyKeys } from './http/idempotency.ts';

const EVERY_MS = 600_000;

export interface HousekeepingOptions {
  readonly control: Database;
  readonly keys: SigningKeys;
  readonly issuer: IssuerSettings;
  readonly log: Logger;
  readonly accessLogDays: number;
}

/** Removes what has run out: tickets, sign-in codes, revocations, idempotency keys, old operations and silences, retired keys, old access log. */
export class Housekeeping {
  readonly #o: HousekeepingOptions;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(options: HousekeepingOptions) {
    this.#o = options;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#running = this.once().catch((error) => this.#o.log.warn({ err: error }, 'housekeeping waits'));
    }, EVERY_MS);
    this.#timer.unref();
  }

  async once(): Promise<void> {
    const { control, keys, issuer, accessLogDays } = this.#o;
    await control.query('DELETE FROM live_ticket WHERE expires_at < now()');
    await control.query("DELETE FROM revoked_token WHERE expires_at < now() - interval '1 minute'");
    await pruneSignInCodes(control);
    await pruneIdempotencyKeys(control);
    await pruneOperations(control);
    await pruneSilences(control);
    await pruneClients(control, issuer.tokenLifeS);
    await control.query('SELECT prune_access_log(make_interval(days => $1))', [accessLogDays]);
    await keys.prune(issuer.tokenLifeS);
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#running;
  }
}
