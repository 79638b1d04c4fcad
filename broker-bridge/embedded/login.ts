import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { deviceUsername, identityOf, type MqttIdentity } from '@loadcycle/contract/acl';
import type { AuthenticateError, Client } from 'aedes';
import type { Credentials } from '../credentials.ts';
import { FIXED_LIMITS } from './limits.ts';
import type { PasswordChecks } from './password-checks.ts';

/**
 * What clients without a user name may do, and only from this machine:
 * `refuse` nothing, `observe` read everything and publish nothing, `publish` also whatever a device may
 * (for trying things out: any local program can then say that it is any device).
 */
export type Anonymous = 'refuse' | 'observe' | 'publish';

/** Whoever has signed in. `anonymous`: without a user name. */
export type Who = (MqttIdentity | { readonly role: 'local' }) & { readonly anonymous: boolean };

/** IDENTIFIER_REJECTED, SERVER_UNAVAILABLE, BAD_USERNAME_OR_PASSWORD, NOT_AUTHORIZED of MQTT 3.1.1 */
export const CONNACK = { identifierRejected: 2, unavailable: 3, badLogin: 4, notAuthorized: 5 } as const;

export interface LoginOptions {
  readonly credentials: Credentials;
  readonly anonymous: Anonymous;
  readonly users: ReadonlyMap<string, string>;
  readonly checks: PasswordChecks;
}

/** Finds out who a client is, by certificate, password or its address. Throws a refusal with CONNACK's code. */
export async function login(
  client: Client,
  { credentials, anonymous, users, checks }: LoginOptions,
  username?: string,
  password?: Buffer,
): Promise<Who> {
  const { clientIdLength, usernameLength, passwordBytes } = FIXED_LIMITS;
  if (client.id.length > clientIdLength) throw refusal(CONNACK.identifierRejected, 'client id is too long');
  if ((username?.length ?? 0) > usernameLength || (password?.byteLength ?? 0) > passwordBytes) {
    throw refusal(CONNACK.badLogin, 'user name or password is too long');
  }
  const certified = certificateName(client.conn as Socket);
  if (certified !== null) {
    const identity = known(certified);
    // a device that was taken out still has its certificate
    if (identity.role === 'device' && !credentials.has(certified)) {
      throw refusal(CONNACK.notAuthorized, 'taken out');
    }
    return { ...identity, anonymous: false };
  }
  if (username !== undefined && username !== '') {
    const given = password?.toString('utf8') ?? '';
    const here = users.get(username);
    const right =
      here === undefined ? await checks.run(() => credentials.verify(username, given)) : here === given;
    if (right === null) throw refusal(CONNACK.unavailable, 'too many logins at a time');
    if (!right) throw refusal(CONNACK.badLogin, 'bad user name or password');
    return { ...known(username), anonymous: false };
  }
  if (anonymous === 'refuse' || !isLoopback(client.conn as Socket)) {
    throw refusal(CONNACK.notAuthorized, 'no user name and password');
  }
  return { role: anonymous === 'publish' ? 'local' : 'observer', anonymous: true };
}

/** Who a client id and a session belong to: they are never shared between two of these names. */
export function ownerName(who: Who): string {
  if (who.anonymous) return 'anonymous';
  return who.role === 'device' ? deviceUsername(who) : who.role;
}

/** The services of this deployment; an observer who signs in is a person. */
export const isService = (who: Who): boolean =>
  who.role !== 'device' && who.role !== 'local' && who.role !== 'observer';

export function refusal(returnCode: number, message: string): AuthenticateError {
  return Object.assign(new Error(message), { returnCode });
}

function known(username: string): MqttIdentity {
  const identity = identityOf(username);
  if (identity === null) throw refusal(CONNACK.notAuthorized, 'neither a device nor a service');
  return identity;
}

function certificateName(socket: Socket): string | null {
  const { authorized, getPeerCertificate } = socket as Partial<TLSSocket>;
  if (authorized !== true || getPeerCertificate === undefined) return null;
  const name = (socket as TLSSocket).getPeerCertificate().subject?.CN;
  return typeof name === 'string' ? name : null;
}

function isLoopback(socket: Socket): boolean {
  const address = socket.remoteAddress ?? '';
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
