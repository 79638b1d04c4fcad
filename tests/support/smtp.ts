import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { openAuthority } from '../../deploy/authority.ts';

export interface Received {
  readonly to: string[];
  readonly secure: boolean;
  readonly user: string | undefined;
  /** by lower-case name, unfolded */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What the server answers to a recipient or a message: null takes it. */
export interface Answers {
  recipient?(address: string, n: number): string | null;
  message?(n: number): string | null;
}

export interface TestSmtp {
  readonly port: number;
  /** file of the authority that its certificate is of */
  readonly caFile: string;
  readonly mails: Received[];
  /** addresses that were asked for, in that order */
  readonly asked: string[];
  answers: Answers;
  close(): Promise<void>;
}

export const SMTP_USER = 'loadcycle';
export const SMTP_PASSWORD = 's3cret-smtp';

/** A real SMTP server with STARTTLS, a certificate of an authority of its own, and one user. */
export async function openSmtp(folder: string, { starttls = true } = {}): Promise<TestSmtp> {
  const authority = openAuthority(join(folder, 'authority'));
  const { key, cert } = authority.issue({
    name: 'smtp',
    usage: 'server',
    altNames: ['IP:127.0.0.1', 'DNS:localhost'],
    notAfter: new Date(Date.now() + 86_400_000),
  });
  const mails: Received[] = [];
  const asked: string[] = [];
  let messages = 0;
  const it: TestSmtp = {
    port: 0,
    caFile: authority.certFile,
    mails,
    asked,
    answers: {},
    close: () => closed(),
  };
  const refusal = (reply: string): Error =>
    Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) });
  const server = new SMTPServer({
    key,
    cert,
    authOptional: true,
    disableReverseLookup: true,
    disabledCommands: starttls ? [] : ['STARTTLS'],
    logger: false,
    onAuth(auth, _session, callback) {
      const good = auth.username === SMTP_USER && auth.password === SMTP_PASSWORD;
      callback(good ? null : refusal('535 authentication failed'), good ? { user: SMTP_USER } : undefined);
    },
    onRcptTo(address, _session, callback) {
      asked.push(address.address);
      const reply = it.answers.recipient?.(address.address, asked.length) ?? null;
      callback(reply === null ? null : refusal(reply));
    },
    onData(stream, session, callback) {
      const pieces: Buffer[] = [];
      stream.on('data', (d: Buffer) => void pieces.push(d));
      stream.on('end', () => {
        const reply = it.answers.message?.(++messages) ?? null;
        if (reply !== null) return callback(refusal(reply));
        mails.push(read(Buffer.concat(pieces).toString(), session));
        callback(null);
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const closed = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  return Object.assign(it, { port: (server.server.address() as AddressInfo).port });
}

interface Session {
  readonly envelope: { readonly rcptTo: readonly { readonly address: string }[] };
  readonly secure: boolean;
  readonly user?: unknown;
}

function read(raw: string, { envelope, secure, user }: Session): Received {
  const [head = '', ...body] = raw.split('\r\n\r\n');
  const lines = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const text = body.join('\n\n').replaceAll('\r\n', '\n');
  return {
    to: envelope.rcptTo.map((r) => r.address),
    secure,
    user: user as string | undefined,
    headers,
    text: headers['content-transfer-encoding'] === 'quoted-printable' ? unquoted(text) : text,
  };
}

const unquoted = (text: string): string =>
  text
    .replaceAll(/=\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
