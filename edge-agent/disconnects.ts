/**
 * Why connections end, as far as it can be told. MQTT 5 says it; MQTT 3.1.1 has no words for it and the broker just
 * hangs up, so that a refused topic and a take-over show only by how connections end, again and again.
 */
import { type ErrorCode, LoadcycleError } from '@loadcycle/contract';

export interface ConnectionEnd {
  /** how long it was up and subscribed, ms; null where it never was */
  readonly upMs: number | null;
  /** publishes that the broker has acknowledged */
  readonly acknowledged: number;
  /** topic of the oldest publish without an acknowledgement */
  readonly owed: string | null;
  /** what the network or CONNACK said; null where the broker just hung up */
  readonly error: LoadcycleError | null;
  /** of a DISCONNECT from the broker (MQTT 5, 3.14.2.1) */
  readonly reason: number | null;
}

/** Who this agent is to the broker, for what is said. */
export interface AgentIdentity {
  readonly site: string;
  readonly device: string;
  readonly clientId: string;
  /** null: it signs in without one (or with a certificate) */
  readonly username: string | null;
  readonly certificate: boolean;
}

const REFUSED_AFTER = 2;
const TAKEN_OVER_AFTER = 3;
/** reason codes of MQTT 5 */
const NOT_AUTHORIZED = 0x87;
const TAKEN_OVER = 0x8e;
const TOO_LARGE = 0x95;

export class Disconnects {
  readonly #who: AgentIdentity;
  /** a connection that lived for longer was not pushed off by a twin that tries again */
  readonly #shortMs: number;
  #refused = { topic: '', times: 0 };
  #pushedOff = 0;

  constructor(who: AgentIdentity, shortMs: number) {
    this.#who = who;
    this.#shortMs = shortMs;
  }

  /** Forgets the pattern: a connection has held. */
  reset(): void {
    this.#refused = { topic: '', times: 0 };
    this.#pushedOff = 0;
  }

  /** What is said of this end. */
  explain(end: ConnectionEnd): LoadcycleError {
    const { upMs, acknowledged, owed, error, reason } = end;
    if (reason === TAKEN_OVER) return this.takenOver('the broker says that another client has taken over');
    if (reason === NOT_AUTHORIZED) return this.topicRefused(owed ?? 'a topic', 'the broker refuses');
    if (reason === TOO_LARGE) return failure('broker.too-large', 'a message is larger than the broker takes');
    if (reason !== null) return away(`the broker ended the connection (reason 0x${reason.toString(16)})`);
    if (error !== null) {
      this.reset();
      return error;
    }
    if (upMs === null) return away('the broker hung up before it let the agent in');
    if (acknowledged === 0 && owed !== null) return this.#unanswered(owed);
    if (upMs >= this.#shortMs) this.#pushedOff = 0;
    else if (++this.#pushedOff >= TAKEN_OVER_AFTER) {
      return this.takenOver(
        `the broker hung up ${TAKEN_OVER_AFTER} times shortly after it had let the agent in: probably another client took over`,
      );
    }
    return away('the broker hung up');
  }

  #unanswered(topic: string): LoadcycleError {
    const times = this.#refused.topic === topic ? this.#refused.times + 1 : 1;
    this.#refused = { topic, times };
    if (times < REFUSED_AFTER) return away(`the broker hung up on a message to ${topic}`);
    return this.topicRefused(topic, 'the broker hangs up at each message: it probably refuses');
  }

  /** The broker does not let this agent publish on, or subscribe to, a topic. */
  topicRefused(topic: string, what: string): LoadcycleError {
    const { site, device, username } = this.#who;
    const right = `${site}/${device}`;
    const hint =
      username === right
        ? `the user ${right} is there and may not: look at the broker's list of rights`
        : `only the user ${right} may: "npm run device:enrol -- --site ${site} --device ${device}" makes its password, ` +
          '--mqtt-username-file and --mqtt-password-file give it to the agent';
    return failure('broker.topic-refused', `${what} ${topic} to ${this.#name}`, hint);
  }

  takenOver(what: string): LoadcycleError {
    const { site, device, clientId } = this.#who;
    return failure(
      'device.duplicate-identity',
      `${what} with the client id ${clientId}: another agent runs as ${site}/${device}`,
      'stop one of the two, or give it a --device and credentials of its own',
    );
  }

  /** CONNACK says no (return codes of MQTT 3.1.1 and 5). */
  notLetIn(code: number, message: string): LoadcycleError {
    const badLogin = code === 4 || code === 134;
    const { site, device, username, certificate } = this.#who;
    const hint = badLogin
      ? `the broker does not know the user ${username} with this password: enrol the device again, and give the agent ` +
        'the new password file'
      : username === null && !certificate
        ? `the agent has no user name: "npm run device:enrol -- --site ${site} --device ${device}" makes one`
        : 'the device was taken out, or its name is neither a device nor a service';
    return failure('broker.forbidden', `the broker does not let ${this.#name} in: ${message}`, hint);
  }

  get #name(): string {
    const { username, certificate } = this.#who;
    if (username !== null) return `the user ${username}`;
    return certificate ? 'this certificate' : 'a client without a user name';
  }
}

export function away(message: string, cause?: unknown): LoadcycleError {
  return new LoadcycleError('broker.unavailable', message, { cause });
}

function failure(code: ErrorCode, message: string, hint?: string): LoadcycleError {
  return new LoadcycleError(code, message, hint === undefined ? {} : { hint });
}
