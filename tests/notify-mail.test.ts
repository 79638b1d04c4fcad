import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '@loadcycle/contract';
import { Delivery } from '@loadcycle/processors/notify/delivery';
import { testRecord } from '@loadcycle/processors/notify/event';
import { MailTarget } from '@loadcycle/processors/notify/mail';
import { Backoff, Health } from '@loadcycle/service';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { until } from './api-support.ts';
import { type Notifying, openNotifying } from './notify-support.ts';
import { openSmtp, SMTP_PASSWORD, SMTP_USER } from './support/smtp.ts';

/** Mail of anomalies, to a real SMTP server over STARTTLS. */
let n: Notifying;
beforeAll(async () => {
  n = await openNotifying();
});
afterAll(() => n.close());
beforeEach(() => {
  n.smtp.mails.length = 0;
  n.smtp.asked.length = 0;
  n.smtp.answers = {};
});

const email = (o: object = {}) => ({
  kind: 'email',
  name: 'shift',
  grants: ['*'],
  to: ['a@example.org'],
  gatherS: 0,
  ...o,
});
const failuresOf = (consumer: string) =>
  n.t.db.query('SELECT code, detail, tries FROM notify_failure WHERE consumer = $1', [consumer]);

it('the opening and the end of an anomaly are one thread, sent over TLS with the login', async () => {
  const { consumer } = await n.target(email());
  const a = await n.raise();
  await until(() => n.smtp.mails.length >= 1);
  await n.end(a);
  await until(() => n.smtp.mails.length >= 2);
  await n.caughtUp(consumer);
  const [opening, end] = n.smtp.mails as [(typeof n.smtp.mails)[0], (typeof n.smtp.mails)[0]];
  expect(opening).toMatchObject({ to: ['a@example.org'], secure: true, user: SMTP_USER });
  expect(opening.headers).toMatchObject({
    subject: '[Loadcycle] plant1/motor1/motor-voltage: outlier riseTimeS',
    from: 'Loadcycle <loadcycle@example.org>',
    'auto-submitted': 'auto-generated',
    references: expect.stringMatching(/^<[0-9a-f]{32}@example\.org>$/),
    'content-type': 'text/plain; charset=utf-8',
  });
  expect(opening.text).toMatch(
    /^OPEN {2}plant1\/motor1\/motor-voltage: outlier riseTimeS\n {2}since 20.*Z\n {2}value 2/,
  );
  expect(end.text).toMatch(/^CLOSED {2}/);
  expect(end.headers['subject']).toBe(opening.headers['subject']);
  expect(end.headers['references']).toBe(opening.headers['references']);
  expect(end.headers['message-id']).not.toBe(opening.headers['message-id']);
  expect(
    (await n.t.db.query('SELECT delivered FROM notify_target WHERE consumer = $1', [consumer]))[0],
  ).toEqual({
    delivered: 2,
  });
});

it('a storm is one mail', async () => {
  const { consumer } = await n.target(email({ gatherS: 1 }));
  await n.storm(150);
  await until(() => n.smtp.mails.length >= 1);
  const [mail] = n.smtp.mails;
  expect(mail!.headers['subject']).toBe('[Loadcycle] 150 anomalies at plant1');
  expect(mail!.text).toContain('and 50 more');
  await n.caughtUp(consumer);
  expect(n.smtp.mails).toHaveLength(1);
});

it('4xx is tried again, for those who have not got it; 5xx is given up, kept and counted, and the target goes on', async () => {
  const { consumer } = await n.target(email({ to: ['a@example.org', 'b@example.org'] }));
  // the server is not ready for b at first
  n.smtp.answers = {
    recipient: (address, at) => (address.startsWith('b') && at < 4 ? '450 4.2.1 later' : null),
  };
  await n.raise();
  await until(() => n.smtp.mails.length >= 2);
  expect(n.smtp.mails.map((m) => m.to)).toEqual([['a@example.org'], ['b@example.org']]);
  expect(await failuresOf(consumer)).toEqual([]);
  n.smtp.answers = { message: () => '554 5.7.1 we do not want this' };
  await n.raise();
  await until(async () => (await failuresOf(consumer)).length > 0);
  expect(await failuresOf(consumer)).toEqual([
    { code: 'mail.refused', detail: 'refused: 554 5.7.1 we do not want this', tries: 1 },
  ]);
  // one of two has no mailbox any more: the other one gets it
  n.smtp.mails.length = 0;
  n.smtp.answers = { recipient: (address) => (address.startsWith('b') ? `550 no ${address} here` : null) };
  await n.raise();
  await until(async () => (await failuresOf(consumer)).length > 1);
  expect(n.smtp.mails.map((m) => m.to)).toEqual([['a@example.org']]);
  expect((await failuresOf(consumer)).at(-1)).toMatchObject({
    detail: 'refused for 1 of 2 recipients: 550 no (address) here',
  });
});

it('a server that cannot be trusted gets no mail and no password', async () => {
  const plain = await openSmtp(join(n.t.folder, 'plain'), { starttls: false });
  const target = (caFile: string, port: number, password = SMTP_PASSWORD) =>
    new MailTarget({
      consumer: 'notify-target-0',
      part: 'target 0',
      smtp: {
        host: '127.0.0.1',
        port,
        tls: 'starttls',
        user: SMTP_USER,
        password,
        ca: readFileSync(caFile, 'utf8'),
        from: 'loadcycle@example.org',
      },
      to: ['a@example.org'],
      gatherMs: 0,
      tries: 2,
      timeoutMs: 5_000,
    });
  const send = async (t: MailTarget) => {
    const health = new Health();
    const delivery = new Delivery(t, { health, log: silentLogger, backoff: new Backoff(1, 1) });
    const record = testRecord('x', Date.now() * 1000);
    return (await delivery.tell([record], new AbortController().signal)).get(record);
  };
  expect(await send(target(plain.caFile, plain.port))).toMatchObject({ code: 'mail.unavailable', tries: 2 });
  // a certificate of another authority
  expect(await send(target(plain.caFile, n.smtp.port))).toMatchObject({
    code: 'mail.unavailable',
    detail: expect.stringContaining('certificate'),
  });
  // a wrong password may be put right: it is not the mail's fault
  expect(await send(target(n.smtp.caFile, n.smtp.port, 'wrong'))).toMatchObject({
    code: 'mail.unavailable',
    detail: expect.stringContaining('does not take the login: 535'),
  });
  expect([plain.mails, n.smtp.mails]).toEqual([[], []]);
  await plain.close();
});
