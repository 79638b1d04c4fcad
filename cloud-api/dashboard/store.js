// What the page knows of the chosen signal: points of the window, cycles by their onset, anomalies.

export class SignalData {
  constructor(windowS) {
    this.windowS = windowS;
    this.t = [];
    this.v = [];
    this.cycles = new Map();
    this.anomalies = new Map();
    this.unit = '';
  }

  /** Points in ascending order of time, µs; what stands there already is passed over. */
  addPoints(timesUs, values) {
    const newest = this.t.at(-1) ?? -Infinity;
    for (let i = 0; i < timesUs.length; i++) {
      const at = timesUs[i] / 1e6;
      if (at <= newest) continue;
      this.t.push(at);
      this.v.push(values[i]);
    }
    const from = (this.t.at(-1) ?? 0) - this.windowS;
    let drop = 0;
    while (drop < this.t.length && this.t[drop] < from) drop++;
    // in larger pieces, so that a push is cheap
    if (drop > 500 || drop > this.t.length / 4) {
      this.t.splice(0, drop);
      this.v.splice(0, drop);
    }
  }

  addCycle(cycle) {
    this.cycles.set(cycle.startedAtUs, cycle);
    const from = ((this.t.at(-1) ?? 0) - this.windowS) * 1e6;
    for (const [at, old] of this.cycles) {
      if (this.cycles.size <= 200 || old.endedAtUs >= from) break;
      this.cycles.delete(at);
    }
  }

  removeCycle(startedAtUs) {
    this.cycles.delete(startedAtUs);
  }

  /** By onset, oldest first. */
  sortedCycles() {
    return [...this.cycles.values()].sort((a, b) => a.startedAtUs - b.startedAtUs);
  }
}

/** `2026-11-24T10:00:00.123456Z` → µs since the epoch. */
export function timeUs(text) {
  const micro = /\.(\d{3})(\d{3})Z$/.exec(text);
  return Date.parse(text) * 1000 + (micro === null ? 0 : Number(micro[2]));
}

/** A cycle as the API answers it, with its times as numbers, like those of the live stream. */
export function cycleOf(row) {
  const us = (text) => (text === null || text === undefined ? null : timeUs(text));
  return { ...row, startedAtUs: us(row.startedAt), endedAtUs: us(row.endedAt), offsetAtUs: us(row.offsetAt) };
}
