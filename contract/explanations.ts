import type { ErrorCode } from './errors.ts';

/** What a code means, and what to do about it: `GET /problems/{code}`. One or two sentences each, for whoever meets it. */
export interface Explanation {
  readonly meaning: string;
  readonly next: string;
}

const all = (
  rows: Record<ErrorCode, readonly [meaning: string, next: string]>,
): Record<ErrorCode, Explanation> =>
  Object.fromEntries(
    Object.entries(rows).map(([code, [meaning, next]]) => [code, { meaning, next }]),
  ) as Record<ErrorCode, Explanation>;

const VALIDATE = 'Mend the sender. POST /v1/validate says what would become of a message without storing it.';
const REPLAY = 'then replay the dead letter';
const ENGINE_BACK =
  'Nothing is lost: what waits is sent again by itself. If it lasts, look at the engine and its network.';

export const EXPLANATIONS: Record<ErrorCode, Explanation> = all({
  'message.too-large': [
    'The payload has more bytes than one message may have (1 MiB of samples, 256 KiB of anything else).',
    'Send smaller batches.',
  ],
  'message.not-utf8': ['The payload is not UTF-8 text.', VALIDATE],
  'message.not-json': ['The payload is not JSON.', VALIDATE],
  'message.too-deep': ['Arrays and objects are nested deeper than 8 levels.', VALIDATE],
  'message.duplicate-field': [
    'A field stands twice in an object, so that it is not clear which one counts.',
    VALIDATE,
  ],
  'message.missing-field': ['A field that must be there is not.', VALIDATE],
  'message.unknown-field': [
    'A field is there that the format does not know, most often a misspelt one.',
    VALIDATE,
  ],
  'message.invalid-field': ['A field has a value that it cannot have; the pointer names it.', VALIDATE],
  'message.topic-mismatch': [
    'The topic and the payload do not belong together, such as SenML on a topic of Loadcycle batches.',
    VALIDATE,
  ],
  'message.unknown-topic': [
    'The topic is none that samples or statuses come on.',
    'Publish on loadcycle/v1/SITE/DEVICE/samples/SIGNAL.',
  ],
  'message.unsupported-content-type': [
    'The media type is none that can be read here.',
    'Send JSON or one of the types that the reference names for this endpoint.',
  ],
  'message.no-values': ['The message has no samples.', 'Send a batch when there is something in it.'],
  'message.too-many-values': ['The message has more than 100,000 samples.', 'Send smaller batches.'],
  'message.too-many-chunks': [
    'The samples stand in more than 288 different stretches of ten minutes.',
    'Send batches that cover less time.',
  ],
  'message.too-many-signals': ['One SenML pack has more than 1,000 signals.', 'Send several packs.'],
  'message.timestamp-order': ['The times of the samples do not ascend.', VALIDATE],
  'message.timestamp-future': [
    'The samples carry times that lie further ahead of their reception than is believed (--max-future).',
    "Set the device's clock.",
  ],
  'message.timestamp-past': [
    'The samples are older than this deployment takes.',
    `If they are meant, lower the horizon of the deployment, ${REPLAY}.`,
  ],
  'message.unit-mismatch': [
    "The batch's unit is not the one that the catalogue has for this signal.",
    `Correct the sender, or the signal's unit (loadcycle signals unit), ${REPLAY}.`,
  ],
  'message.unknown-unit': [
    'The message would register a signal, and its unit is no UCUM code.',
    `Send the code that the detail names (rpm is r/min, psi is [psi]), or define the signal with this unit, ${REPLAY}.`,
  ],
  'message.conflicting-batch': [
    'The same session and sequence number have come before with other content.',
    'A sender begins a new session each time it starts, and counts on in it. Two senders with one session are the usual cause.',
  ],
  'message.store-rejected': [
    'The store refused the data: a constraint, or a value that does not fit its column.',
    `Read the detail, mend the cause, ${REPLAY}.`,
  ],
  'message.poison': [
    'The message failed alone, again and again, while the store was well.',
    `Report it with its payload; when the cause is mended, replay the dead letter.`,
  ],
  'signal.unknown': [
    'The signal is not in the catalogue, and this deployment does not register signals by itself.',
    `Define the signal (loadcycle apply, PUT …/signals/SIGNAL), ${REPLAY}.`,
  ],
  'signal.too-many-new': [
    'More unknown signals came than may be registered by messages.',
    `Define them, or raise the limit that the detail names, ${REPLAY}.`,
  ],
  'device.too-many-new': [
    'More unknown devices came within a minute than may be registered.',
    'It is tried again with the next status. Raise --max-new-devices-per-minute while a fleet is put into operation.',
  ],
  'name.invalid': [
    'A name of a site, device or signal is not made of 1 to 64 lower-case letters, digits, - and _.',
    'Choose such a name.',
  ],
  'sparkplug.invalid': [
    'A Sparkplug B message cannot be read or breaks the specification.',
    'Mend the edge node.',
  ],
  'sparkplug.no-birth': [
    'A Sparkplug B message came whose birth certificate is not known, so that its aliases mean nothing.',
    'A rebirth was asked for. If it does not come, restart the edge node.',
  ],
  'sparkplug.sequence-gap': [
    'A Sparkplug B message is missing before this one.',
    'A rebirth was asked for; the messages up to it are in the dead letters.',
  ],
  'senml.invalid': ['A SenML pack cannot be read or breaks RFC 8428.', VALIDATE],
  'store.unavailable': ['The database does not answer.', ENGINE_BACK],
  'store.timeout': [
    'A statement took longer than it may.',
    'It is tried again. If it lasts, look at the load and the disk of the database.',
  ],
  'store.conflict': ['Two transactions met on the same rows.', 'It is tried again by itself.'],
  'store.schema': [
    "The database's schema is not that of this version.",
    'Run the migrations of this version (deploy/migrate.ts; npm start does it by itself).',
  ],
  'store.forbidden': [
    'The database refuses the role or its password.',
    'Check the address, the role and the password in the settings.',
  ],
  'store.disk-full': ['The disk of the database is full.', 'Make room, or shorten the retention.'],
  'store.broken': [
    'The files of the embedded store cannot be opened.',
    'npm run rebuild makes the store anew from the event log.',
  ],
  'landing.behind': [
    'The cycles worker waits until landing has registered a new signal.',
    'It goes on by itself. If it lasts, look at what holds landing up (loadcycle status).',
  ],
  'log.unavailable': ['The event log does not answer.', ENGINE_BACK],
  'log.forbidden': [
    'The event log refuses the credentials or the topic.',
    "Check the credentials and the topic's access list.",
  ],
  'log.closed': [
    'The event log was closed while it was in use.',
    'It is opened again by itself; restart the process where it is not.',
  ],
  'log.position-lost': [
    'Retention removed records before a consumer had read them.',
    'Those records are lost to that consumer. Lengthen the retention, and find out why it was so far behind.',
  ],
  'log.batch-unreadable': [
    'A batch of the event log cannot be unpacked.',
    'It is skipped and counted. Find out which producer wrote it.',
  ],
  'log.replaced': [
    'The event log under this name is not the one that was read before: it was lost and made anew, or lost its newest records.',
    'Look at loadcycle lost-log list, then acknowledge it.',
  ],
  'log.files-deleted': [
    "The embedded log's files were deleted while the process was running.",
    'They are written again. Keep other programs out of the data folder.',
  ],
  'log.broken': [
    'The files of the embedded log cannot be read.',
    'Set the folder aside and start again: a new log is begun.',
  ],
  'broker.unavailable': ['The MQTT broker does not answer.', ENGINE_BACK],
  'broker.forbidden': [
    'The MQTT broker refuses the credentials.',
    'Check user name and password; loadcycle enrol SITE/DEVICE makes new ones.',
  ],
  'broker.too-large': ['An MQTT packet is larger than the broker takes.', 'Send smaller messages.'],
  'broker.full': [
    'A queue of the MQTT broker is full, and a message was dropped.',
    'Let its reader read, or raise the limit.',
  ],
  'broker.too-many': [
    'There are more MQTT connections or sessions than the broker takes.',
    'Close some, or raise the limit.',
  ],
  'broker.too-slow': [
    'An MQTT client did not read what it had subscribed to, and was disconnected.',
    'Read faster, or subscribe to less.',
  ],
  'broker.topic-refused': [
    'This identity published on a topic that is not its own.',
    'Check site and device of the agent against its user name.',
  ],
  'broker.no-receipts': [
    'The broker takes what is published, and no receipt comes back from the cloud.',
    'Look at the bridge and the event log. The samples wait in the outbox.',
  ],
  'device.duplicate-identity': [
    'Two agents run with one site and device name.',
    'Stop one of them, or enrol it under a name of its own.',
  ],
  'broker.dropped': [
    'The broker has thrown away messages that it had acknowledged.',
    'Raise its queue limits. Devices with an outbox send again; others have lost those messages.',
  ],
  'webhook.unavailable': ['A webhook does not answer.', 'It is tried again. Look at its receiver.'],
  'webhook.refused': [
    'A webhook refused an anomaly for good.',
    'Check its address and what its receiver expects.',
  ],
  'mail.unavailable': [
    'The mail server cannot be reached, is not ready, or does not take the login or the certificate.',
    'It is tried again. Look at the --smtp-… settings of notify and at the mail server.',
  ],
  'mail.refused': [
    'The mail server refused a mail, or one of its recipients, for good.',
    'Check the recipients of the target and the sender that notify is set to.',
  ],
  'notify.unavailable': [
    'No process that tells of anomalies answered the API.',
    'Look whether notify runs and can reach the store, then ask again.',
  ],
  'outbox.full': [
    'The disk of a device is full, or its outbox has reached its limit: the oldest batches go first and are counted.',
    'Bring the network back, or raise --outbox-limit.',
  ],
  'outbox.broken': [
    'The file of an outbox cannot be read or written.',
    'It was set aside and a new one begun. Check the disk.',
  ],
  'outbox.held': [
    'Batches that were taken under another name wait on the device.',
    'Send them with npm run agent -- drain, with the old name and its credentials.',
  ],
  'source.unavailable': [
    'What an agent samples cannot be read: a sensor, a file, a column.',
    'Check its path and its settings.',
  ],
  'command.expired': [
    'A command reached the device after its time.',
    'Send it again, with a longer time to expire.',
  ],
  'command.interrupted': [
    'The agent ended while it carried out a command.',
    "Look at the device's state, and send the command again.",
  ],
  'settings.invalid': [
    'A setting has a value that it cannot have.',
    'The message names it; --help lists the settings.',
  ],
  'port.in-use': [
    'Another program listens on this port.',
    'Stop it, or choose another port; 0 takes any free one.',
  ],
  'folder.unwritable': [
    'A folder in which something has to be kept cannot be written.',
    'Mend its rights, make room, or choose another folder.',
  ],
  'folder.in-use': ['Another process works on this folder.', 'Stop it, or choose another folder.'],
  'request.invalid': [
    'The request is malformed: a parameter, the address, or the protocol.',
    'errors names the parameter; the reference at /docs says what it may be.',
  ],
  'request.not-found': [
    'What the address names is not there.',
    'Check its spelling; the hint names what is near.',
  ],
  'request.conflict': [
    'The request contradicts what is there now.',
    'Read the present state, and decide again.',
  ],
  'request.unauthorized': [
    'There is no valid token, or the credentials are wrong.',
    'Ask POST /oauth/token for a token (loadcycle login, npm run -s token).',
  ],
  'request.forbidden': [
    "The token is good, but the client's scopes or grants do not allow this.",
    'An administrator can give the client the scope or the grant.',
  ],
  'request.method-not-allowed': [
    'This address does not know this method.',
    'The header Allow names those that it knows.',
  ],
  'request.not-acceptable': [
    'None of the media types in Accept can be produced.',
    'Ask for one that the reference names.',
  ],
  'request.too-large': ['The body is larger than this endpoint takes.', 'Send less at a time.'],
  'request.target-too-long': ['The address of the request is too long.', 'Ask for fewer things at a time.'],
  'request.headers-too-large': [
    'The headers of the request are too large.',
    'Send fewer or shorter headers.',
  ],
  'request.unsupported-media-type': [
    'The media type of the body, or its packing, is not understood here.',
    'Send one that the reference names, not packed.',
  ],
  'request.unprocessable': [
    'The body is well-formed, but something in it cannot be used.',
    'errors names each place by a JSON Pointer.',
  ],
  'request.precondition-failed': [
    'It was changed since it was read (If-Match).',
    'Read it again, and decide again.',
  ],
  'request.too-many': ['The client has sent more requests than it may.', 'Wait as long as Retry-After says.'],
  'request.timeout': [
    'The answer took longer than it may.',
    'Send it again after Retry-After, or ask for less: a shorter range, fewer points.',
  ],
  'request.too-slow': ['The request did not arrive in time.', 'Send it again over a better connection.'],
  'request.overloaded': ['Too much is at work just now.', 'Send it again after Retry-After.'],
  internal: [
    'Something went wrong inside.',
    "The request's id leads to the line in the server's log. Report it.",
  ],
});
