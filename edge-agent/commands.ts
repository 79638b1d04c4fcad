import type { DatabaseSync } from 'node:sqlite';
import { readJson } from '@loadcycle/codecs';
import { Command, CommandResult, LoadcycleError, type Logger, STATUS_LIMITS } from '@loadcycle/contract';
import { issuesText } from '@loadcycle/contract/issues';

export interface CommandsOptions {
  readonly db: DatabaseSync;
  /** Carries a command out; throws where it cannot. */
  readonly execute: (command: Command) => Promise<void>;
  /** Sends a result; rejects where the broker did not acknowledge it. */
  readonly tell: (result: CommandResult) => Promise<void>;
  readonly nowUs: () => number;
  readonly log: Logger;
}

/** Characters of why a command failed. */
const MAX_DETAIL = 2_000;

/** How many commands a device remembers. */
const REMEMBERED = 10_000;

/**
 * Commands, each carried out once. A command's id is on disk before the broker may forget the message and before
 * anything is done; one that comes again is only answered again. One that was begun when the agent died is answered
 * with `command.interrupted`, as nobody can say how far it came. Results that nobody acknowledged are told again
 * after the next connect.
 */
export class Commands {
  readonly #o: CommandsOptions;
  #chain: Promise<void> = Promise.resolve();

  constructor(options: CommandsOptions) {
    this.#o = options;
    for (const { id } of this.#results("result ->> 'outcome' = 'accepted'")) {
      this.#keep({
        id,
        outcome: 'failed',
        at: options.nowUs(),
        code: 'command.interrupted',
        detail: 'the agent ended while it carried this out',
      });
    }
  }

  /** A message on the commands topic. What must survive is on disk when this returns. */
  receive(payload: Uint8Array): void {
    const { db, nowUs, log } = this.#o;
    const command = this.#parse(payload);
    if (command === null) return;
    const { id } = command;
    const known = db.prepare('SELECT result FROM command WHERE id = ?').get(id);
    if (known !== undefined) {
      this.#tell(JSON.parse(known['result'] as string));
      return;
    }
    if (command.expiresAt < nowUs()) {
      log.warn({ code: 'command.expired', id, action: command.action }, 'a command came too late');
      const detail = 'the command came after its time';
      this.#answer({ id, outcome: 'failed', at: nowUs(), code: 'command.expired', detail });
      return;
    }
    log.info({ id, action: command.action }, 'command accepted');
    this.#answer({ id, outcome: 'accepted', at: nowUs() });
    this.#chain = this.#chain.then(() => this.#carryOut(command));
  }

  /** After a connect: tells what has not been acknowledged. */
  tellAgain(): void {
    for (const result of this.#results('told = 0')) this.#tell(result);
  }

  /** Resolves when nothing is being carried out. */
  async idle(): Promise<void> {
    await this.#chain;
  }

  async #carryOut(command: Command): Promise<void> {
    const { id, action } = command;
    const { execute, nowUs, log } = this.#o;
    try {
      await execute(command);
      this.#answer({ id, outcome: 'done', at: nowUs() });
      log.info({ id, action }, 'command done');
    } catch (error) {
      const code = error instanceof LoadcycleError ? error.code : 'internal';
      const detail = (error as Error).message.slice(0, MAX_DETAIL).toWellFormed();
      this.#answer({ id, outcome: 'failed', at: nowUs(), code, detail });
      log.warn({ id, action, code, err: error }, `command failed: ${detail}`);
    }
  }

  #parse(payload: Uint8Array): Command | null {
    const { log, nowUs } = this.#o;
    let raw: unknown;
    try {
      raw = readJson(payload, STATUS_LIMITS);
    } catch (cause) {
      log.warn({ code: (cause as LoadcycleError).code, err: cause }, 'a command that cannot be read');
      return null;
    }
    const parsed = Command.safeParse(raw);
    if (parsed.success) return parsed.data;
    const issues = parsed.error.issues.slice(0, 10);
    const where = issuesText(issues).slice(0, MAX_DETAIL);
    log.warn({ code: 'request.invalid' }, `a command that makes no sense: ${where}`);
    const id = CommandResult.shape.id.safeParse((raw as { id?: unknown } | null)?.id);
    // only where it can be named can it be answered; it is not remembered, as it was never begun
    if (id.success)
      this.#tell({ id: id.data, outcome: 'failed', at: nowUs(), code: 'request.invalid', detail: where });
    return null;
  }

  #answer(result: CommandResult): void {
    this.#keep(result);
    this.#tell(result);
  }

  #keep(result: CommandResult): void {
    const { db } = this.#o;
    db.prepare('INSERT OR REPLACE INTO command (id, at, result, told) VALUES (?, ?, ?, 0)').run(
      result.id,
      result.at,
      JSON.stringify(result),
    );
    db.prepare(
      'DELETE FROM command WHERE id IN (SELECT id FROM command ORDER BY at DESC LIMIT -1 OFFSET ?)',
    ).run(REMEMBERED);
  }

  #tell(result: CommandResult): void {
    const { db, tell, log } = this.#o;
    tell(result).then(
      () => {
        if (!db.isOpen) return;
        db.prepare('UPDATE command SET told = 1 WHERE id = ? AND result = ?').run(
          result.id,
          JSON.stringify(result),
        );
      },
      (error: Error) => log.debug({ err: error, id: result.id }, 'a result waits for the next connection'),
    );
  }

  #results(where: string): CommandResult[] {
    const rows = this.#o.db.prepare(`SELECT result FROM command WHERE ${where} ORDER BY at`).all();
    return rows.map((row) => JSON.parse(row['result'] as string));
  }
}
