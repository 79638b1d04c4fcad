// Two plots by uPlot: the signal with its load cycles shaded, and one metric from cycle to cycle.
import uPlot from '/vendor/uplot/uPlot.esm.js';

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const HEIGHT = 300;

function axes(unit) {
  const common = {
    stroke: css('--quiet'),
    grid: { stroke: css('--line'), width: 1 },
    ticks: { stroke: css('--line') },
  };
  return [{ ...common }, { ...common, label: unit, size: 62, labelSize: 18 }];
}

/** Draws load, incomplete cycles, onsets and anomalies behind the line. */
function shading(data) {
  return {
    hooks: {
      drawClear: [
        (plot) => {
          const { ctx } = plot;
          const { left, top, width, height } = plot.bbox;
          const right = left + width;
          const x = (us) => plot.valToPos(us / 1e6, 'x', true);
          ctx.save();
          ctx.beginPath();
          ctx.rect(left, top, width, height);
          ctx.clip();
          for (const cycle of data().cycles.values()) {
            const from = x(cycle.startedAtUs);
            const to = x(cycle.endedAtUs);
            if (to < left || from > right) continue;
            if (!cycle.complete) {
              ctx.fillStyle = css('--gap');
              ctx.fillRect(from, top, to - from, height);
            }
            if (cycle.offsetAtUs !== null) {
              ctx.fillStyle = css('--load');
              ctx.fillRect(from, top, x(cycle.offsetAtUs) - from, height);
            }
            ctx.fillStyle = css('--accent');
            ctx.fillRect(from, top, devicePixelRatio, height);
          }
          ctx.fillStyle = css('--bad');
          for (const anomaly of data().anomalies.values()) {
            const from = Math.max(left, x(anomaly.sinceUs));
            const to = anomaly.untilUs === null ? right : x(anomaly.untilUs);
            if (to > left) ctx.fillRect(from, top, Math.max(2, to - from), 4 * devicePixelRatio);
          }
          ctx.restore();
        },
      ],
    },
  };
}

const width = (element) => Math.max(300, element.clientWidth);

export class SignalPlot {
  constructor(element, data, unit) {
    this.element = element;
    element.replaceChildren();
    const options = {
      width: width(element),
      height: HEIGHT,
      legend: { show: true, live: true },
      scales: { x: { time: true } },
      axes: axes(unit),
      cursor: { drag: { x: true, y: false } },
      series: [
        { value: (_, s) => (s === null ? '–' : new Date(s * 1000).toISOString().slice(11, 23)) },
        {
          label: unit,
          stroke: css('--accent'),
          width: 1,
          spanGaps: false,
          points: { show: false },
          value: (_, v) => (v === null ? '–' : v.toFixed(2)),
        },
      ],
      plugins: [shading(data)],
    };
    this.zoomed = false;
    this.plot = new uPlot(options, [[], []], element);
    element.addEventListener('mouseup', () => {
      this.zoomed ||= this.plot.select.width > 0;
    });
    element.addEventListener('dblclick', () => {
      this.zoomed = false;
    });
    this.observer = new ResizeObserver(() => this.plot.setSize({ width: width(element), height: HEIGHT }));
    this.observer.observe(element);
  }

  show(data) {
    const newest = data.t.at(-1);
    this.plot.setData([data.t, data.v], false);
    // a person who has zoomed in looks at that; a double click lets go
    if (!this.zoomed)
      this.plot.setScale('x', { min: Math.max(newest - data.windowS, data.t[0]), max: newest });
  }

  destroy() {
    this.observer.disconnect();
    this.plot.destroy();
  }
}

export class TrendPlot {
  constructor(element, unit) {
    element.replaceChildren();
    const options = {
      width: width(element),
      height: 170,
      legend: { show: false },
      scales: { x: { time: true } },
      axes: axes(unit),
      series: [
        {},
        { stroke: css('--accent'), width: 1, points: { show: true, size: 4, fill: css('--accent') } },
      ],
    };
    this.plot = new uPlot(options, [[], []], element);
    this.observer = new ResizeObserver(() => this.plot.setSize({ width: width(element), height: 170 }));
    this.observer.observe(element);
  }

  show(cycles, metric) {
    this.plot.setData([cycles.map((c) => c.startedAtUs / 1e6), cycles.map((c) => c[metric] ?? null)]);
  }

  destroy() {
    this.observer.disconnect();
    this.plot.destroy();
  }
}
