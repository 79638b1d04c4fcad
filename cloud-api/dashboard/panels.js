// The tables beside the plots. Text goes in as text, never as markup.

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function row(cells) {
  const tr = element('tr');
  for (const cell of cells) tr.append(cell instanceof Node ? cell : element('td', cell));
  return tr;
}

const number = (value, digits) => (value === null || value === undefined ? '–' : value.toFixed(digits));
const count = (value) => Number(value ?? 0).toLocaleString('en');

const COLUMNS = [
  ['period s', (c) => number(c.periodS, 3)],
  ['load s', (c) => number(c.pulseWidthS, 3)],
  ['duty %', (c) => number(c.dutyCycle === null ? null : c.dutyCycle * 100, 1)],
  ['base', (c) => number(c.baseLevel, 2)],
  ['load', (c) => number(c.topLevel, 2)],
  ['RMS', (c) => number(c.rms, 2)],
  ['rise ms', (c) => number(c.riseTimeS === null ? null : c.riseTimeS * 1000, 1)],
  ['ripple', (c) => number(c.ripple, 2)],
];

export function showCycles(table, cycles) {
  const head = row([element('th', 'onset (UTC)'), ...COLUMNS.map(([name]) => element('th', name))]);
  table.tHead.replaceChildren(head);
  const rows = cycles
    .slice(-30)
    .reverse()
    .map((c) => {
      const at = new Date(c.startedAtUs / 1000).toISOString().slice(11, 23);
      const marks = `${c.complete ? '' : ' incomplete'}${c.revision > 1 ? ` rev. ${c.revision}` : ''}`;
      return row([element('td', at + marks, c.complete ? '' : 'warn'), ...COLUMNS.map(([, f]) => f(c))]);
    });
  table.tBodies[0].replaceChildren(...rows);
}

const STATE_CLASS = {
  ok: 'ok',
  waiting: 'warn',
  failing: 'bad',
  silent: 'bad',
  stalled: 'bad',
  online: 'ok',
  offline: 'bad',
  unknown: 'warn',
};
const state = (name) => element('td', name, STATE_CLASS[name] ?? 'warn');

export function showPipeline(stages, devices, pipeline) {
  const { bridge } = pipeline;
  const rows = [
    row([
      element('th', 'bridge'),
      state(bridge.state),
      bridge.heardAt === null ? '' : `heard at ${bridge.heardAt.slice(11, 19)}`,
    ]),
    row([element('th', 'event log'), state(pipeline.log.state), told(topicRate(pipeline), 'messages/s')]),
  ];
  for (const c of pipeline.consumers) {
    const why = c.why === null ? '' : `: ${c.why.detail ?? c.why.code ?? ''}`;
    rows.push(row([element('th', c.consumer), state(c.state), told(c.lag, 'behind') + why]));
  }
  rows.push(
    row([element('th', 'store'), state(pipeline.state), told(pipeline.store.landedPerSecond, 'samples/s')]),
  );
  stages.tBodies[0].replaceChildren(...rows);
  devices.tBodies[0].replaceChildren(...pipeline.devices.list.map(deviceRow));
}

/** What concerns the whole deployment is not told to everybody. */
const told = (value, what) => (value === null ? '' : `${count(value)} ${what}`);

function topicRate({ log }) {
  const samples = log.topics.find((t) => t.topic === 'loadcycle.samples');
  return samples === undefined ? null : Math.round(samples.perSecond);
}

function deviceRow(d) {
  const { outbox, dropped } = d.status ?? {};
  const waiting = outbox === undefined ? '' : `${count(outbox.batches)} waiting`;
  const hours = outbox?.hoursLeft;
  const runway = hours === null || hours === undefined ? '' : `, ${number(hours, 1)} h left`;
  const lost = dropped > 0 ? `, ${count(dropped)} dropped` : '';
  const what = d.state === 'online' && d.sampling === false ? 'stopped' : d.state;
  const [problem] = d.problems;
  const cells = [element('th', `${d.site}/${d.device}`), state(what), waiting + runway + lost];
  if (problem !== undefined) cells[2] = element('td', problem.detail, 'bad');
  return row(cells);
}

export function showAnomalies(list, anomalies) {
  const items = [...anomalies.values()]
    .sort((a, b) => b.sinceUs - a.sinceUs)
    .slice(0, 10)
    .map((a) => {
      const at = new Date(a.sinceUs / 1000).toISOString().slice(11, 19);
      const of = a.metric === null || a.metric === a.kind ? '' : ` ${a.metric}`;
      const what = `${at} ${a.kind}${of}`;
      const numbers = a.value === null ? '' : `: ${number(a.value, 3)} for ${number(a.expected, 3)}`;
      // a rule says it in words
      const by = a.reason ? `: ${a.reason}` : numbers;
      return element('li', `${what}${by} (${a.state})`, a.state === 'open' ? 'bad' : '');
    });
  list.replaceChildren(...(items.length === 0 ? [element('li', 'none')] : items));
}
