import { randomUUID } from 'node:crypto';
import type { AgentChange, Command, CommandResult, DevicePath } from '@loadcycle/contract';
import type { Database, Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import { grantCondition } from '../auth/principal.ts';

export type Action = Command['action'];

export interface NewOperation {
  readonly action: Action;
  readonly changes?: readonly AgentChange[];
  readonly devices: readonly DevicePath[];
  readonly clientId: string;
  /** devices that have not answered by then have it expired */
  readonly expiresAtUs: number;
}

export type CommandState = 'pending' | 'sent' | 'accepted' | 'done' | 'failed' | 'expired';

export interface CommandRow extends DevicePath {
  readonly id: string;
  readonly state: CommandState;
  readonly sentAtUs: number | null;
  readonly answeredAtUs: number | null;
  readonly code: string | null;
  readonly detail: string | null;
  readonly attempts: number;
}

export interface OperationRow {
  readonly id: string;
  readonly action: Action;
  readonly clientId: string;
  readonly createdAtUs: number;
  readonly expiresAtUs: number;
  readonly commands: readonly CommandRow[];
}

/** Writes an operation and one command for each device, before anything is sent. */
export async function createOperation(control: Database, operation: NewOperation): Promise<string> {
  const id = randomUUID();
  await control.transaction(async (tx) => {
    await tx.query(
      `INSERT INTO operation (id, action, request, client_id, expires_at) VALUES ($1, $2, $3, $4, ${ts('$5')})`,
      [id, operation.action, { changes: operation.changes ?? [] }, operation.clientId, operation.expiresAtUs],
    );
    await tx.query(
      `INSERT INTO command (id, operation_id, site, device)
       SELECT c, $1, s, d FROM unnest($2::uuid[], $3::text[], $4::text[]) AS v(c, s, d)`,
      [
        id,
        operation.devices.map(() => randomUUID()),
        operation.devices.map((d) => d.site),
        operation.devices.map((d) => d.device),
      ],
    );
  });
  return id;
}

export async function findOperation(db: Queryable, id: string): Promise<OperationRow | null> {
  const [operation] = await db.query<Omit<OperationRow, 'commands'>>(
    `SELECT id, action, client_id AS "clientId", ${us('created_at')} AS "createdAtUs",
       ${us('expires_at')} AS "expiresAtUs" FROM operation WHERE id = $1`,
    [id],
  );
  if (operation === undefined) return null;
  const commands = await db.query<CommandRow>(
    `SELECT c.id, c.site, c.device, c.code, c.detail, c.attempts, ${us('c.sent_at')} AS "sentAtUs",
       ${us('c.answered_at')} AS "answeredAtUs",
       ${shownState('c', 'o')} AS state
     FROM command c JOIN operation o ON o.id = c.operation_id WHERE o.id = $1 ORDER BY c.site, c.device`,
    [id],
  );
  return { ...operation, commands };
}

export interface OperationSummary extends Omit<OperationRow, 'commands'> {
  readonly counts: Readonly<Record<CommandState, number>>;
}

/** Where a page of operations ended. */
export interface OperationCursor {
  readonly createdAtUs: number;
  readonly id: string;
}

const STATES = ['pending', 'sent', 'accepted', 'done', 'failed', 'expired'] as const;

/** Operations, the latest first, with how many of the devices that the grants reach stand where. */
export async function listOperations(
  db: Queryable,
  grants: readonly string[],
  action: Action | null,
  limit: number,
  cursor: OperationCursor | null,
): Promise<OperationSummary[]> {
  const reached = grantCondition(1, 'c.site', 'c.device');
  const rows = await db.query<Omit<OperationSummary, 'counts'> & Record<CommandState, number>>(
    `SELECT o.id, o.action, o.client_id AS "clientId", ${us('o.created_at')} AS "createdAtUs",
       ${us('o.expires_at')} AS "expiresAtUs", ${STATES.map((s) => `s.${s}`).join(', ')}
     FROM (SELECT * FROM operation o
       WHERE ($2::text IS NULL OR o.action = $2)
         AND ($3::bigint IS NULL OR (o.created_at, o.id) < (${ts('$3')}, $4::uuid))
         AND EXISTS (SELECT FROM command c WHERE c.operation_id = o.id AND ${reached})
       ORDER BY o.created_at DESC, o.id DESC LIMIT $5) o,
     LATERAL (SELECT ${STATES.map((s) => `count(*) FILTER (WHERE state = '${s}') AS ${s}`).join(', ')}
       FROM (SELECT ${shownState('c', 'o')} AS state FROM command c WHERE c.operation_id = o.id AND ${reached}) t) s
     ORDER BY o.created_at DESC, o.id DESC`,
    [grants, action, cursor?.createdAtUs ?? null, cursor?.id ?? null, limit],
  );
  return rows.map(({ id, action: a, clientId, createdAtUs, expiresAtUs, ...counts }) => ({
    ...{ id, action: a, clientId, createdAtUs, expiresAtUs },
    counts,
  }));
}

/** Nothing has to write down that a command has run out. */
const shownState = (command: string, operation: string): string =>
  `CASE WHEN ${command}.state IN ('pending', 'sent', 'accepted') AND ${operation}.expires_at <= now() THEN 'expired'
     ELSE ${command}.state END`;

/** Has every device answered for good, or run out of time? */
export const isFinished = (o: OperationRow): boolean =>
  o.commands.every((c) => c.state === 'done' || c.state === 'failed' || c.state === 'expired');

export interface OpenCommand extends DevicePath {
  readonly command: Command;
}

interface OpenRow {
  id: string;
  site: string;
  device: string;
  action: Action;
  request: { changes: AgentChange[] };
  expiresAtUs: number;
}

/**
 * Commands that still want an answer and have not run out: of one operation, of one device, or all, oldest first.
 * Those that were accepted are among them: their last answer may have come while nobody listened, and a device
 * answers what it has carried out again, and no more.
 */
export async function openCommands(
  db: Queryable,
  of: { operation?: string; device?: DevicePath },
): Promise<OpenCommand[]> {
  const rows = await db.query<OpenRow>(
    `SELECT c.id, c.site, c.device, o.action, o.request, ${us('o.expires_at')} AS "expiresAtUs"
     FROM command c JOIN operation o ON o.id = c.operation_id
     WHERE c.state IN ('pending', 'sent', 'accepted') AND o.expires_at > now()
       AND ($1::uuid IS NULL OR o.id = $1) AND ($2::text IS NULL OR (c.site = $2 AND c.device = $3))
     ORDER BY o.created_at`,
    [of.operation ?? null, of.device?.site ?? null, of.device?.device ?? null],
  );
  return rows.map(({ id, site, device, action, request, expiresAtUs: expiresAt }) => ({
    site,
    device,
    command:
      action === 'configure'
        ? { id, expiresAt, action, changes: request.changes }
        : { id, expiresAt, action },
  }));
}

export async function markSent(control: Database, ids: readonly string[]): Promise<void> {
  await control.query(
    `UPDATE command SET state = CASE WHEN state = 'pending' THEN 'sent' ELSE state END,
       sent_at = coalesce(sent_at, now()), attempts = attempts + 1 WHERE id = ANY($1::uuid[])`,
    [ids],
  );
}

/**
 * Takes a device's answer; a late `accepted` does not undo `done` or `failed`, and the same answer again changes
 * nothing. The device must be the one that the command was for.
 */
export async function recordResult(
  control: Database,
  from: DevicePath,
  result: CommandResult,
): Promise<void> {
  await control.query(
    `UPDATE command SET state = $4, answered_at = now(), code = $5, detail = $6
     WHERE id = $1 AND site = $2 AND device = $3
       AND (state IN ('pending', 'sent') OR (state = 'accepted' AND $4 <> 'accepted'))`,
    [result.id, from.site, from.device, result.outcome, result.code ?? null, result.detail ?? null],
  );
}

/** Operations are kept for this long; the access log keeps who asked. */
export async function pruneOperations(control: Database, days = 30): Promise<void> {
  await control.query('DELETE FROM operation WHERE created_at < now() - make_interval(days => $1)', [days]);
}
