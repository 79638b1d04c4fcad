import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { LoadcycleError } from '@loadcycle/contract';
import { keptOf } from '@loadcycle/contract/text';
import type { LogRecord } from '@loadcycle/event-log/port';
import { createTransport } from 'nodemailer';
import { mailOf } from './mail-text.ts';
import type { NotifySettings } from './settings.ts';
import { type Answer, orAborted, type Target } from './target.ts';

/** How mail leaves the deployment: one server and one sender for all targets. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** starttls: an upgrade is demanded; tls: from the first byte; none: in plain text */
  readonly tls: 'starttls' | 'tls' | 'none';
  readonly user: string | null;
  readonly password: string | null;
  /** PEM of the authority that its certificate must come from; null: those that Node knows */
  readonly ca: string | null;
  readonly from: string;
}

export interface MailOptions {
  readonly consumer: string;
  readonly part: string;
  readonly smtp: SmtpServer;
  readonly to: readonly string[];
  readonly gatherMs: number;
  readonly tries: number;
  /** longest wait for the server, at each step */
  readonly timeoutMs: number;
}

/** Of one mail: a storm of more is several, each after the gathering time. */
const MAX_EVENTS = 1_000;
const REPLY_CHARS = 300;
const UNDER_WAY = 10;
/** What is refused is the mail; everything else (TLS, login, greeting) is between the server and its settings here. */
const OF_THE_MAIL = new Set(['EENVELOPE', 'EMESSAGE']);

/** Who has a mail, and who will never get it, with what the server said of that. */
interface Progress {
  readonly has: Set<string>;
  readonly refused: Map<string, string>;
}

/** What nodemailer's errors say of a server's reply. */
interface Refusal {
  readonly code?: string | undefined;
  readonly response?: string | undefined;
  readonly recipient?: string | undefined;
  readonly permanent?: boolean | undefined;
  readonly rejectedErrors?: readonly Refusal[] | undefined;
  readonly message: string;
}

/**
 * Sends what comes within its gathering time as one mail. A server that is away, answers 4xx or does not take the login is
 * asked again; what it refuses with 5xx is given up. Where it takes a mail for some of the recipients only, the next try goes
 * to the others, so that nobody gets it twice for that.
 */
export class MailTarget implements Target {
  readonly consumer: string;
  readonly part: string;
  readonly tries: number;
  readonly gatherMs: number;
  readonly maxEvents = MAX_EVENTS;
  readonly #o: MailOptions;
  readonly #transport: ReturnType<typeof transportOf>;
  /** of mails that are under way, by Message-ID */
  readonly #progress = new Map<string, Progress>();

  constructor(options: MailOptions) {
    this.#o = options;
    this.consumer = options.consumer;
    this.part = options.part;
    this.tries = options.tries;
    this.gatherMs = options.gatherMs;
    this.#transport = transportOf(options.smtp, options.timeoutMs);
  }

  async send(events: readonly LogRecord[], signal: AbortSignal): Promise<Answer> {
    const { smtp, to, consumer } = this.#o;
    const mail = mailOf(events, { consumer, from: smtp.from });
    const { has, refused } = this.#progressOf(mail.messageId);
    const waiting = to.filter((address) => !has.has(address) && !refused.has(address));
    let said = '';
    let why = 'the server answered for some of the recipients only';
    try {
      const envelope = { from: smtp.from, to: waiting };
      const info = await orAborted(
        this.#transport.sendMail({ ...mail, to: [...to], envelope, signal } as never),
        signal,
      );
      for (const address of info.accepted) has.add(String(address));
      said = this.#shown(info.response);
      why = this.#note(info.rejectedErrors ?? [], refused) ?? why;
    } catch (error) {
      const e = error as Refusal;
      if (e.rejectedErrors !== undefined) why = this.#note(e.rejectedErrors, refused) ?? why;
      else if (e.permanent === true && OF_THE_MAIL.has(e.code ?? '')) {
        for (const address of waiting) refused.set(address, this.#replyOf(e));
      } else why = signal.aborted ? 'no answer yet' : this.#replyOf(e);
    }
    if (has.size + refused.size < to.length)
      return { taken: false, code: 'mail.unavailable', why, final: false };
    this.#progress.delete(mail.messageId);
    if (refused.size === 0) return { taken: true, said };
    const whose = refused.size === to.length ? '' : ` for ${refused.size} of ${to.length} recipients`;
    const reply = [...refused.values()][0]!;
    return { taken: false, code: 'mail.refused', why: `refused${whose}: ${reply}`, final: true };
  }

  async close(): Promise<void> {
    this.#transport.close();
  }

  #progressOf(messageId: string): Progress {
    const known = this.#progress.get(messageId) ?? { has: new Set(), refused: new Map() };
    this.#progress.set(messageId, known);
    // one is what the target is told, others are tests; what was given up is forgotten
    if (this.#progress.size > UNDER_WAY) this.#progress.delete(this.#progress.keys().next().value!);
    return known;
  }

  /** Returns what the server said of one that may be taken later. */
  #note(errors: readonly Refusal[], refused: Map<string, string>): string | null {
    let later: string | null = null;
    for (const e of errors) {
      if (e.permanent === true && e.recipient !== undefined) {
        refused.set(e.recipient, this.#replyOf(e));
      } else later = this.#replyOf(e);
    }
    return later;
  }

  #replyOf(e: Refusal): string {
    if (e.code === 'EAUTH')
      return this.#shown(`the server does not take the login: ${e.response ?? e.message}`);
    return this.#shown(e.response ?? `no connection: ${e.message}`);
  }

  /** One line, and without an address: those are people's. */
  #shown(reply: string): string {
    let text = reply.replaceAll(/\s+/g, ' ').trim();
    for (const address of [...this.#o.to, this.#o.smtp.from]) text = text.replaceAll(address, '(address)');
    return keptOf(text, REPLY_CHARS);
  }
}

function transportOf(smtp: SmtpServer, timeoutMs: number) {
  const { host, port, tls, user, password, ca } = smtp;
  return createTransport({
    host,
    port,
    name: hostname(),
    secure: tls === 'tls',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketTimeout: 2 * timeoutMs,
    // a relay on this machine is reached where there is no other network
    allowInternalNetworkInterfaces: true,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(user === null ? {} : { auth: { user, pass: password ?? '' } }),
    ...(ca === null ? {} : { tls: { ca } }),
  });
}

/** The settings' server; null where none is set. Throws `settings.invalid`. */
export function smtpOf(s: NotifySettings): SmtpServer | null {
  if (s.smtpHost === null) return null;
  if (s.smtpFrom === null) {
    throw new LoadcycleError('settings.invalid', '--smtp-from: mail needs the address of a sender');
  }
  const file = s.smtpCaFile;
  let ca: string | null = null;
  try {
    ca = file === null ? null : readFileSync(file, 'utf8');
  } catch (cause) {
    throw new LoadcycleError('settings.invalid', `--smtp-ca-file: cannot read ${file}`, { cause });
  }
  const { smtpHost: host, smtpPort: port, smtpTls: tls, smtpUser: user, smtpPassword: password } = s;
  return { host, port, tls, user, password, ca, from: s.smtpFrom };
}
