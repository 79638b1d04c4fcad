import { z } from '@hono/zod-openapi';
import type { SecretSettings, ShownSettings, TargetInput } from '@loadcycle/processors/notify/definitions';
import { GrantSchema } from '../auth/principal.ts';
import { NameSchema } from '../http/params.ts';

const MONTH_S = 2_592_000;

const url = (protocols: RegExp, example: string) =>
  z
    .string()
    .max(2_000)
    .refine((text) => protocols.test(URL.parse(text)?.protocol ?? ''), {
      message: `a URL such as ${example}`,
    });
const secretText = z.string().min(1).max(1_000);
const secretNote = 'Never answered; absent in a change: as it is; null: none';

const common = {
  name: NameSchema,
  grants: z
    .array(GrantSchema)
    .min(1)
    .max(1_000)
    .openapi({ description: "Of which sites and devices it is told; within the client's own grants" }),
  afterS: z.int().min(0).max(MONTH_S).default(0).openapi({
    description:
      'Escalation: it is told of what is still open and not acknowledged so long after the others were',
  }),
};

const address = z
  .string()
  .max(254)
  .regex(/^[^\s<>,;:"@]+@[^\s<>,;:"@]+$/, 'an e-mail address');

/** What a client says of a target. */
export const InputSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('webhook'),
      ...common,
      url: url(/^https?:$/, 'https://hooks.example.org/loadcycle')
        .optional()
        .openapi({
          description: 'Where it is posted to. Never answered; absent in a change: as it is',
        }),
      signingSecret: secretText
        .nullable()
        .optional()
        .openapi({
          description: `Key of the HMAC-SHA-256 in x-loadcycle-signature. ${secretNote}`,
        }),
    }),
    z.strictObject({
      kind: z.literal('mqtt'),
      ...common,
      url: url(/^(mqtts?|wss?):$/, 'mqtts://broker.example.org')
        .optional()
        .openapi({
          description: 'The broker. Never answered; absent in a change: as it is',
        }),
      mqttVersion: z.enum(['5', '3.1.1']).default('5'),
      username: z.string().max(256).nullable().default(null),
      password: secretText.nullable().optional().openapi({ description: secretNote }),
    }),
    z.strictObject({
      kind: z.literal('email'),
      ...common,
      to: z.array(address).min(1).max(50),
      gatherS: z.int().min(0).max(300).default(10).openapi({
        description: 'What comes within so long after a first anomaly is one mail',
      }),
    }),
  ])
  .openapi('NotifyTargetInput');
export type Input = z.infer<typeof InputSchema>;

/** What the body says of secrets over what there was. */
export function secretsOf(body: Input, before: SecretSettings): SecretSettings {
  if (body.kind === 'email') return {};
  const said =
    body.kind === 'webhook'
      ? { url: body.url, signingSecret: body.signingSecret }
      : { url: body.url, password: body.password };
  return { ...before, ...Object.fromEntries(Object.entries(said).filter(([, v]) => v !== undefined)) };
}

/** All that the store keeps in the clear. */
export function inputOf(
  body: Input,
  secret: SecretSettings = secretsOf(body, {}),
): Omit<TargetInput, 'secret'> {
  const { name, kind, grants, afterS } = body;
  const settings: ShownSettings =
    body.kind === 'email'
      ? { to: [...new Set(body.to)], gatherS: body.gatherS }
      : body.kind === 'mqtt'
        ? { mqttVersion: body.mqttVersion, username: body.username }
        : { signed: secret.signingSecret != null };
  return { name, kind, grants: [...new Set(grants)], afterS, settings };
}
