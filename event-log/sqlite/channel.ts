import { Worker } from 'node:worker_threads';
import { type ErrorCode, LoadcycleError } from '@loadcycle/contract';
import { filesDeleted } from '../errors.ts';
import type { Failure, FilesNews, Opened, Replies, Reply, Request, WorkerSettings } from './messages.ts';

// SQLite's primary result codes
const BUSY = 5;
const PERM = new Set([3, 8, 14, 23]);
const CORRUPT = new Set([11, 26]);
const FULL = 13;

type Message = Reply | { opened: Opened } | { failed: Failure } | { files: FilesNews } | { trimMore: true };

/** Questions and answers between the main thread and the thread that owns the file. */
export class Channel {
  readonly #worker: Worker;
  readonly #folder: string;
  readonly #open = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  #nextId = 0;
  #gone: LoadcycleError | null = null;
  onTrimMore: () => void = () => {};
  onFiles: (news: FilesNews) => void = () => {};

  private constructor(worker: Worker, folder: string) {
    this.#worker = worker;
    this.#folder = folder;
  }

  static async open(settings: WorkerSettings): Promise<{ channel: Channel; opened: Opened }> {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: settings,
      // none of the parent's: `node --input-type=module -e …` would have its thread refused
      execArgv: [],
    });
    const channel = new Channel(worker, settings.folder);
    const opened = await new Promise<Opened>((resolve, reject) => {
      worker.on('message', (message: Message) => {
        if ('opened' in message) resolve(message.opened);
        else if ('failed' in message) reject(openError(settings.folder, message.failed));
        else if ('trimMore' in message) channel.onTrimMore();
        else if ('files' in message) channel.onFiles(message.files);
        else channel.#settle(message);
      });
      worker.on('error', (error) => {
        reject(error);
        channel.#fail(error);
      });
      worker.on('exit', () => channel.#fail(new Error('its thread has ended')));
    }).catch(async (error: unknown) => {
      await worker.terminate();
      throw error;
    });
    return { channel, opened };
  }

  ask<K extends Request['kind']>(
    request: Extract<Request, { kind: K }>,
    transfer: ArrayBuffer[] = [],
  ): Promise<Replies[K]> {
    if (this.#gone) return Promise.reject(this.#gone);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      this.#worker.postMessage({ id, request }, transfer);
    });
  }

  #settle(reply: Reply): void {
    const waiting = this.#open.get(reply.id);
    // `node --watch` sends what it watches the same way
    if (waiting === undefined) return;
    this.#open.delete(reply.id);
    if (reply.ok) waiting.resolve(reply.value as never);
    else waiting.reject(workError(this.#folder, reply));
  }

  #fail(cause: Error): void {
    this.#gone ??= new LoadcycleError('log.closed', `event log: ${cause.message}`, { cause });
    for (const { reject } of this.#open.values()) reject(this.#gone);
    this.#open.clear();
  }

  async close(): Promise<void> {
    if (this.#gone) return;
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    await this.ask({ kind: 'close' });
    await ended;
  }
}

function openError(folder: string, failed: Failure): LoadcycleError {
  const code = failed.errcode & 255;
  const make = (c: ErrorCode, message: string, hint: string): LoadcycleError =>
    new LoadcycleError(c, message, { hint });
  if (code === BUSY)
    return make(
      'folder.in-use',
      `${folder} is in use by another process`,
      'stop it, or choose another folder',
    );
  if (PERM.has(code))
    return make('folder.unwritable', `${folder}: ${failed.message}`, 'give a folder that can be written');
  if (CORRUPT.has(code))
    return make(
      'log.broken',
      `${folder}: the event log cannot be read: ${failed.message}`,
      'set the folder aside',
    );
  return make('log.unavailable', `${folder}: ${failed.message}`, 'see the message');
}

function workError(folder: string, reply: Failure): LoadcycleError {
  if (reply.filesDeleted) return filesDeleted(folder, reply.message);
  const code = reply.errcode & 255;
  if (CORRUPT.has(code)) return new LoadcycleError('log.broken', `${folder}: ${reply.message}`);
  const hint = code === FULL ? 'the disk is full: make room' : undefined;
  return new LoadcycleError(
    'log.unavailable',
    `event log: ${reply.message}`,
    hint === undefined ? {} : { hint },
  );
}
