/**
 * How a failure is treated, everywhere:
 * - `transient`: it passes by itself (store or log away): wait, retry with back-off, nothing moves on;
 * - `standing`: it stands until somebody acts (schema, rights, disk, settings): stop that work, say so in
 *   health, go on when it is mended;
 * - `poison`: this message will never pass: quarantine it, and on.
 */
export type FailureKind = 'transient' | 'standing' | 'poison';

/**
 * Every way to fail that a user, a device or an operator can meet, by a stable code. The same code shows in
 * the API's problem type, the dead letter's reason, the log line and the metric's label.
 */
export const ERROR_CODES = {
  // messages: never landed, kept in the dead letters
  'message.too-large': 'poison',
  'message.not-utf8': 'poison',
  'message.not-json': 'poison',
  'message.too-deep': 'poison',
  'message.duplicate-field': 'poison',
  'message.missing-field': 'poison',
  'message.unknown-field': 'poison',
  'message.invalid-field': 'poison',
  'message.topic-mismatch': 'poison',
  'message.unknown-topic': 'poison',
  'message.unsupported-content-type': 'poison',
  'message.no-values': 'poison',
  'message.too-many-values': 'poison',
  'message.too-many-chunks': 'poison',
  'message.too-many-signals': 'poison',
  'message.timestamp-order': 'poison',
  'message.timestamp-future': 'poison',
  'message.timestamp-past': 'poison',
  'message.unit-mismatch': 'poison',
  // a signal is only registered by a message in a unit that is understood
  'message.unknown-unit': 'poison',
  'message.conflicting-batch': 'poison',
  // the store itself refused the data (a constraint, a value that does not fit its type)
  'message.store-rejected': 'poison',
  // it failed alone, again and again, while the store was well: a time-out, a store that died, a defect of ours
  'message.poison': 'poison',
  'signal.unknown': 'poison',
  'signal.too-many-new': 'poison',
  'device.too-many-new': 'poison',
  'name.invalid': 'poison',
  'sparkplug.invalid': 'poison',
  'sparkplug.no-birth': 'poison',
  'sparkplug.sequence-gap': 'poison',
  'senml.invalid': 'poison',
  // engines
  'store.unavailable': 'transient',
  'store.timeout': 'transient',
  'store.conflict': 'transient',
  'store.schema': 'standing',
  'store.forbidden': 'standing',
  'store.disk-full': 'standing',
  'store.broken': 'standing',
  // cycles: a new signal is registered by landing, which is late or stands still
  'landing.behind': 'transient',
  'log.unavailable': 'transient',
  'log.forbidden': 'standing',
  'log.closed': 'standing',
  'log.position-lost': 'standing',
  'log.batch-unreadable': 'poison',
  // the log under this name is not the one that was read: it was lost and made anew, or has lost its newest records
  'log.replaced': 'standing',
  // the embedded log's files were deleted under the running process
  'log.files-deleted': 'standing',
  'log.broken': 'standing',
  'broker.unavailable': 'transient',
  'broker.forbidden': 'standing',
  // the embedded broker's bounds: a packet, a queue, connections, a client that does not read
  'broker.too-large': 'poison',
  'broker.full': 'transient',
  'broker.too-many': 'transient',
  'broker.too-slow': 'transient',
  // this identity publishes on a topic that is not its own
  'broker.topic-refused': 'standing',
  // the broker acknowledges, and nothing comes back from the cloud
  'broker.no-receipts': 'transient',
  // two agents run with one identity
  'device.duplicate-identity': 'standing',
  // the broker has thrown away what it had acknowledged
  'broker.dropped': 'standing',
  'webhook.unavailable': 'transient',
  'webhook.refused': 'poison',
  'mail.unavailable': 'transient',
  'mail.refused': 'poison',
  // no process that tells of anomalies answers the API
  'notify.unavailable': 'transient',
  'outbox.full': 'standing',
  'outbox.broken': 'standing',
  // batches that were taken under another name wait on the device
  'outbox.held': 'standing',
  'source.unavailable': 'standing',
  'command.expired': 'poison',
  'command.interrupted': 'poison',
  // start-up
  'settings.invalid': 'standing',
  'port.in-use': 'standing',
  'folder.unwritable': 'standing',
  'folder.in-use': 'standing',
  // requests
  'request.invalid': 'poison',
  'request.not-found': 'poison',
  'request.conflict': 'poison',
  'request.unauthorized': 'poison',
  'request.forbidden': 'poison',
  'request.method-not-allowed': 'poison',
  'request.not-acceptable': 'poison',
  'request.too-large': 'poison',
  'request.target-too-long': 'poison',
  'request.headers-too-large': 'poison',
  'request.unsupported-media-type': 'poison',
  'request.unprocessable': 'poison',
  'request.precondition-failed': 'poison',
  'request.too-many': 'transient',
  'request.timeout': 'transient',
  'request.too-slow': 'transient',
  'request.overloaded': 'transient',
  internal: 'standing',
} as const satisfies Record<string, FailureKind>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetail {
  /** JSON Pointer (RFC 6901) to the place in the message, `''` for the whole. */
  readonly pointer?: string;
  /** What to do next, in one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** The one error type with a stable code; `kind` says how it is treated. */
export class LoadcycleError extends Error {
  readonly code: ErrorCode;
  readonly kind: FailureKind;
  readonly pointer: string | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'LoadcycleError';
    this.code = code;
    this.kind = ERROR_CODES[code];
    this.pointer = detail.pointer;
    this.hint = detail.hint;
  }
}

/** The kind of any thrown thing; what nobody classified is `standing`: it must be seen. */
export function failureKind(error: unknown): FailureKind {
  return error instanceof LoadcycleError ? error.kind : 'standing';
}
