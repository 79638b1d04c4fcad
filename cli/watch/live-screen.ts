import type { ServerEvent } from '@loadcycle/client';
import type { CycleEvent } from '@loadcycle/contract/cycle-event';
import { printableLine } from '@loadcycle/contract/printable';
import { cycleText, type LivePoints, lineOf } from '../commands/watch.ts';
import { shown } from '../table.ts';
import { type PlotPoint, terminalPlot } from '../terminal-plot.ts';

const EVERY_MS = 100;
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
/** columns of the plot's axis */
const AXIS = 12;
const CYCLES_SHOWN = 5;

/** The terminal's other screen with a plot that moves; what was on the terminal is there again at the end. */
export class LiveScreen {
  readonly #key: string;
  readonly #unit: string;
  readonly #windowUs: number;
  readonly #out: NodeJS.WriteStream;
  #points: PlotPoint[];
  readonly #cycles: string[] = [];
  #status = '';
  #drawnAt = 0;

  constructor(key: string, unit: string, windowUs: number, points: PlotPoint[], out: NodeJS.WriteStream) {
    this.#key = key;
    this.#unit = unit;
    this.#windowUs = windowUs;
    this.#points = points;
    this.#out = out;
    out.write(ENTER);
    out.on('resize', this.#redraw);
    this.#draw();
  }

  take({ event, data }: ServerEvent): void {
    const value = JSON.parse(data) as unknown;
    if (event === 'samples') {
      const { t, v } = value as LivePoints;
      const last = this.#points.at(-1)?.timeUs ?? 0;
      for (const [i, timeUs] of t.entries()) if (timeUs > last) this.#points.push({ timeUs, value: v[i]! });
      const since = (this.#points.at(-1)?.timeUs ?? 0) - this.#windowUs;
      this.#points = this.#points.filter((p) => p.timeUs >= since);
    } else if (event === 'cycles') {
      const cycle = value as CycleEvent;
      if (cycle.event !== 'cycle') return;
      this.#cycles.unshift(
        `${new Date(cycle.cycle.startedAtUs / 1000).toISOString().slice(11, 23)}  ${cycleText(cycle.cycle)}`,
      );
      this.#cycles.splice(CYCLES_SHOWN);
    } else if (event !== 'hello') this.#status = lineOf(event, value);
    if (performance.now() - this.#drawnAt > EVERY_MS) this.#draw();
  }

  /** A word below the plot, such as that the connection is lost. */
  say(words: string): void {
    this.#status = words;
    this.#draw();
  }

  end(): void {
    this.#out.off('resize', this.#redraw);
    this.#out.write(LEAVE);
  }

  readonly #redraw = (): void => this.#draw();

  #draw(): void {
    this.#drawnAt = performance.now();
    // a serial console tells 0
    const columns = this.#out.columns || 100;
    const width = Math.max(20, columns - AXIS);
    const rows = this.#out.rows || 30;
    const height = Math.max(5, rows - CYCLES_SHOWN - 5);
    const last = this.#points.at(-1);
    const now = last === undefined ? 'nothing yet' : `${shown(last.value)} ${this.#unit}`;
    const lines = [
      `${this.#key}  ${now}  (last ${this.#windowUs / 1e6} s; Ctrl-C ends)`,
      ...terminalPlot(this.#points, width, height).split('\n'),
      '',
      ...this.#cycles,
      this.#status,
    ];
    this.#out.write(
      `\x1b[H${lines
        .slice(0, rows)
        .map((l) => `${printableLine(l).slice(0, columns)}\x1b[K`)
        .join('\r\n')}\x1b[J`,
    );
  }
}
