/** Two agents run with one device's name and credentials, told from the sessions in the device's statuses. */
export interface DuplicateIdentity {
  /** µs since the epoch, the bridge's clock: the first and the last sign of it */
  readonly sinceUs: number;
  readonly lastUs: number;
  /** the two that were heard last */
  readonly sessions: readonly string[];
}

/** What one status says of the agent that sent it. */
export interface StatusHeard {
  readonly session: string;
  /** µs since the epoch, the device's clock */
  readonly atUs: number;
  /** µs since the epoch, the bridge's clock */
  readonly receivedAtUs: number;
}

interface Session {
  lastAtUs: number;
  /** the shortest way that one of its statuses took, the offset of its clock in it */
  leastDelayUs: number;
}

interface Device {
  readonly sessions: Map<string, Session>;
  current: string;
  /** when a session came back after another one, µs */
  returns: number[];
  verdict: DuplicateIdentity | null;
}

/** After the last sign of it, for so long an identity counts as duplicate, µs. */
export const DUPLICATE_FOR_US = 600_000_000;
const RETURNS = 3;
const SESSIONS = 4;
const DEVICES = 100_000;
/** A status that took so much longer than the session's quickest one has waited on its way: it says nothing of now. */
const LATE_US = 10_000_000;

/**
 * Watches the statuses of all devices. A session is made at each start of an agent and never again, and an agent tells
 * its status only while it is connected, so that a session that comes back after another one is another living agent.
 * One restart gives none, whatever backlog follows it. Statuses that come twice (several bridges, retained) or late
 * are not counted, and three returns within ten minutes are needed.
 *
 * @example
 * const watch = new IdentityWatch();
 * watch.observe('plant1/motor1', { session, atUs, receivedAtUs });
 * watch.verdict('plant1/motor1', nowUs); // null, or since when
 */
export class IdentityWatch {
  readonly #devices = new Map<string, Device>();

  /** A device's status with `state: "online"`. A last will says nothing: its sender is gone. */
  observe(name: string, { session, atUs, receivedAtUs }: StatusHeard): void {
    const device = this.#device(name);
    const known = device.sessions.get(session);
    const s = known ?? { lastAtUs: Number.NEGATIVE_INFINITY, leastDelayUs: Number.POSITIVE_INFINITY };
    if (atUs <= s.lastAtUs) return;
    s.lastAtUs = atUs;
    const delayUs = receivedAtUs - atUs;
    s.leastDelayUs = Math.min(s.leastDelayUs, delayUs);
    // the latest one last, so that the oldest go first
    device.sessions.delete(session);
    device.sessions.set(session, s);
    for (const old of device.sessions.keys()) {
      if (device.sessions.size <= SESSIONS) break;
      device.sessions.delete(old);
    }
    if (delayUs > s.leastDelayUs + LATE_US) return;
    const other = device.current;
    device.current = session;
    if (known === undefined || other === session) return;
    device.returns = device.returns.filter((us) => us > receivedAtUs - DUPLICATE_FOR_US);
    device.returns.push(receivedAtUs);
    if (device.returns.length > RETURNS) device.returns.shift();
    if (device.returns.length < RETURNS) return;
    const sinceUs = device.verdict?.sinceUs ?? device.returns[0]!;
    device.verdict = { sinceUs, lastUs: receivedAtUs, sessions: [other, session].sort() };
  }

  /** Null where the device has one agent, or has had one for ten minutes. */
  verdict(name: string, nowUs: number): DuplicateIdentity | null {
    const device = this.#devices.get(name);
    const verdict = device?.verdict ?? null;
    if (verdict === null || verdict.lastUs > nowUs - DUPLICATE_FOR_US) return verdict;
    device!.verdict = null;
    return null;
  }

  /** How many devices have more than one agent. */
  count(nowUs: number): number {
    let n = 0;
    for (const { verdict } of this.#devices.values()) {
      if (verdict !== null && verdict.lastUs > nowUs - DUPLICATE_FOR_US) n++;
    }
    return n;
  }

  #device(name: string): Device {
    let device = this.#devices.get(name);
    if (device !== undefined) return device;
    if (this.#devices.size >= DEVICES) this.#devices.delete(this.#devices.keys().next().value!);
    device = { sessions: new Map(), current: '', returns: [], verdict: null };
    this.#devices.set(name, device);
    return device;
  }
}
