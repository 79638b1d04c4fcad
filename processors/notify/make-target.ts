import { type ErrorCode, LoadcycleError } from '@loadcycle/contract';
import { type Health, type MqttLogin, unseal } from '@loadcycle/service';
import { consumerOf, type SecretSettings, type TargetDefinition } from './definitions.ts';
import { MailTarget, type SmtpServer } from './mail.ts';
import { MqttTarget } from './mqtt.ts';
import type { NotifySettings } from './settings.ts';
import type { Answer, Target } from './target.ts';
import { addressOf, parseWebhooks, Webhook } from './webhook.ts';

export interface MakeOptions {
  readonly settings: NotifySettings;
  readonly smtp: SmtpServer | null;
  readonly health: Health;
}

/** Where anomalies are published, of the deployment itself. */
export type MqttPublishing = MqttLogin & { readonly url: string; readonly protocolVersion: 4 | 5 };

/** The targets of the settings. Throws `settings.invalid`. */
export function targetsOfSettings(o: MakeOptions, mqtt: MqttPublishing | null): Target[] {
  const { webhookSecret: secret, webhookTries: tries } = o.settings;
  const timeoutMs = o.settings.webhookTimeout / 1000;
  const targets: Target[] = parseWebhooks(o.settings.webhooks).map(
    ({ name, ...address }) =>
      new Webhook({
        consumer: `notify-webhook-${name}`,
        part: `webhook ${name}`,
        address,
        secret,
        tries,
        timeoutMs,
      }),
  );
  if (mqtt !== null) {
    const { health } = o;
    targets.push(new MqttTarget({ ...mqtt, consumer: 'notify-mqtt', part: 'anomalies over MQTT', health }));
  }
  return targets;
}

/** A target that the API has made. One that can't be made waits, and its health says why. */
export function targetOf(d: TargetDefinition & { secret: string | null }, o: MakeOptions): Target {
  const named = { consumer: consumerOf(d.id), part: `target ${d.id} (${d.name})` };
  const { webhookTries: tries, webhookTimeout } = o.settings;
  const timeoutMs = webhookTimeout / 1000;
  try {
    const secret = secretsOf(d.secret, o.settings.notifyKeySecret);
    if (d.kind === 'email') {
      if (o.smtp === null) throw new LoadcycleError('settings.invalid', 'no --smtp-host is set');
      const { to = [], gatherS = 0 } = d.settings;
      return new MailTarget({ ...named, smtp: o.smtp, to, gatherMs: gatherS * 1000, tries, timeoutMs });
    }
    const url = URL.parse(secret.url ?? '');
    if (url === null) throw new LoadcycleError('settings.invalid', 'its URL is missing');
    if (d.kind === 'webhook') {
      const { signingSecret = null } = secret;
      return new Webhook({ ...named, address: addressOf(url), secret: signingSecret, tries, timeoutMs });
    }
    const { username, mqttVersion } = d.settings;
    const login = {
      ...(username == null ? {} : { username }),
      ...(secret.password == null ? {} : { password: secret.password }),
    };
    const protocolVersion = mqttVersion === '3.1.1' ? 4 : 5;
    return new MqttTarget({ ...named, ...login, url: url.href, protocolVersion, health: o.health });
  } catch (error) {
    const code = error instanceof LoadcycleError ? error.code : 'internal';
    const { message } = error as Error;
    o.health.set(named.part, 'failing', code, message);
    return new Unusable(named.consumer, named.part, code, message);
  }
}

const secretsOf = (sealed: string | null, key: string | null): SecretSettings =>
  sealed === null ? {} : (JSON.parse(unseal(sealed, key, "the targets' secrets")) as SecretSettings);

/** Stands for one that cannot be made: what it is to be told waits in the log until somebody has mended that. */
class Unusable implements Target {
  readonly consumer: string;
  readonly part: string;
  readonly maxEvents = 1;
  readonly gatherMs = 0;
  readonly tries = Number.POSITIVE_INFINITY;
  readonly #answer: Answer;

  constructor(consumer: string, part: string, code: ErrorCode, why: string) {
    this.consumer = consumer;
    this.part = part;
    this.#answer = { taken: false, code, why, final: false };
  }

  async send(): Promise<Answer> {
    return this.#answer;
  }

  async close(): Promise<void> {}
}
