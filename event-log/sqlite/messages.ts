/** What the log's main side and its worker thread say to each other. Columns, so that few objects are cloned. */
export interface Rows {
  keys: string[];
  /** JSON of the headers, '' for none */
  headers: string[];
  lengths: Uint32Array;
  /** all values, one after the other; the buffer travels by transfer, never copied between threads */
  values: ArrayBuffer;
}

export interface AppendBatch extends Rows {
  /** partition id (see {@link PartitionInfo}) of each record */
  parts: Uint32Array;
}

export interface ReadRows extends Rows {
  offsets: Float64Array;
  timestampsMs: Float64Array;
}

export interface PartitionInfo {
  id: number;
  topic: string;
  partition: number;
  begin: number;
  end: number;
}

export interface CommittedRow {
  group: string;
  topic: string;
  partition: number;
  next: number;
}

export type Request =
  | { kind: 'ensure'; topics: { topic: string; partitions: number; retentionMs: number | null }[] }
  | { kind: 'write'; batch: AppendBatch | null; committed: CommittedRow[] }
  | { kind: 'read'; part: number; next: number; maxRecords: number; maxBytes: number }
  | { kind: 'trim'; nowMs: number }
  /** are the files still there? */
  | { kind: 'check' }
  | { kind: 'close' };

export interface Replies {
  ensure: PartitionInfo[];
  /** the first offset that each partition of the batch was given; the values' buffer comes back */
  write: { bases: [part: number, base: number][]; timestampMs: number; values: ArrayBuffer; tookMs: number };
  read: ReadRows;
  /** partitions with a new begin */
  trim: { id: number; begin: number }[];
  check: null;
  close: null;
}

export interface Failure {
  message: string;
  /** SQLite's; 0 for none */
  errcode: number;
  /** it is not durable, because the folder has lost the files that are open */
  filesDeleted: boolean;
}

export type Reply = { id: number; ok: true; value: unknown } | ({ id: number; ok: false } & Failure);

/** What became of the files in the folder, told when it changes. */
export type FilesNews =
  | { state: 'deleted'; names: string[] }
  | { state: 'put-back'; tookMs: number }
  | { state: 'lost'; message: string };

export interface Opened {
  /** made with the file */
  identity: string;
  partitions: PartitionInfo[];
  committed: CommittedRow[];
}

export interface WorkerSettings {
  folder: string;
  /** age limit for topics that have none of their own */
  retentionMs: number | null;
  maxBytes: number | null;
}
