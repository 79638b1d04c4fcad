import {
  type DeviceNotice,
  DeviceStatus,
  IdentityWatch,
  type Logger,
  receiptsTopic,
} from '@loadcycle/contract';

/** A status is a few hundred bytes; what is larger is not looked into here. */
const MAX_BYTES = 65_536;

/**
 * Tells agents that they share their identity with another one. Landing finds the same from the log, for the store;
 * only the bridge can answer the device, and it does so at each status, which reaches the agent that has just
 * connected even where the two push each other off.
 */
export class Identities {
  readonly #watch = new IdentityWatch();
  readonly #log: Logger;
  readonly #publish: (topic: string, payload: string) => void;
  readonly #said = new Set<string>();

  constructor(log: Logger, publish: (topic: string, payload: string) => void) {
    this.#log = log;
    this.#publish = publish;
  }

  /** @param name `site/device` */
  heard(name: string, payload: Buffer): void {
    const status = read(payload);
    if (status?.state !== 'online' || status.session === undefined) return;
    const receivedAtUs = Date.now() * 1000;
    this.#watch.observe(name, { session: status.session, atUs: status.at, receivedAtUs });
    const verdict = this.#watch.verdict(name, receivedAtUs);
    if (verdict === null) {
      this.#said.delete(name);
      return;
    }
    const [site = '', device = ''] = name.split('/');
    const notice: DeviceNotice = { notice: 'device.duplicate-identity', sessions: [...verdict.sessions] };
    this.#publish(receiptsTopic({ site, device }), JSON.stringify(notice));
    if (this.#said.has(name)) return;
    this.#said.add(name);
    this.#log.warn(
      { code: notice.notice, site, device, ...verdict },
      'two agents run with one identity: they are told',
    );
  }
}

function read(payload: Buffer): DeviceStatus | null {
  if (payload.byteLength === 0 || payload.byteLength > MAX_BYTES) return null;
  try {
    return DeviceStatus.safeParse(JSON.parse(payload.toString('utf8'))).data ?? null;
  } catch {
    // landing makes a dead letter of it
    return null;
  }
}
