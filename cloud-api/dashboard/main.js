// The page: signs in, chooses a signal, fills plots and tables from the API, and follows the live stream.
import { ApiError, forgetToken, get, keepToken, live, takeToken } from './api.js';
import { showAnomalies, showCycles, showPipeline } from './panels.js';
import { SignalPlot, TrendPlot } from './plots.js';
import { cycleOf, SignalData, timeUs } from './store.js';

const $ = (id) => document.getElementById(id);
/** points that a screen can show */
const POINTS = 2000;

let data = new SignalData(60);
let plot = null;
let trend = null;
let units = {};
let stop = new AbortController();
let stale = false;

function connection(text, className) {
  $('connection').textContent = text;
  $('connection').className = `badge ${className}`;
}

function signedOut(message = '') {
  stop.abort();
  forgetToken();
  $('dashboard').hidden = true;
  $('sign-out').hidden = true;
  $('sign-in').hidden = false;
  $('problem').textContent = message;
  connection('signed out', '');
}

function failed(error) {
  if (error instanceof ApiError && error.status === 401)
    signedOut('The token is no longer good. Paste a new one.');
  else connection(error.message, 'bad');
}

async function listSignals() {
  const { sites } = await get('/v1/sites');
  const keys = [];
  for (const { site } of sites) {
    const { devices } = await get(`/v1/sites/${site}/devices`);
    for (const { device } of devices) {
      const { signals } = await get(`/v1/sites/${site}/devices/${device}/signals`);
      keys.push(...signals.map((s) => `${site}/${device}/${s.signal}`));
    }
  }
  return keys;
}

/** Fills the choice; keeps what was chosen. Tries again while there is no signal yet. */
async function offerSignals() {
  const select = $('signal');
  const keys = await listSignals();
  const chosen = select.value;
  select.replaceChildren(...keys.map((key) => new Option(key, key, false, key === chosen)));
  select.disabled = keys.length === 0;
  if (keys.length === 0) {
    connection('waiting for a first signal', 'warn');
    setTimeout(() => offerSignals().catch(failed), 1000);
  } else if (chosen === '') await openSignal();
}

async function openSignal() {
  stop.abort();
  stop = new AbortController();
  const { signal } = stop;
  const key = $('signal').value;
  const windowS = Number($('window').value);
  const [site, device, name] = key.split('/');
  const path = `/v1/sites/${site}/devices/${device}/signals/${name}`;
  const from = `-${windowS}s`;
  const [samples, cycles] = await Promise.all([
    get(`${path}/samples`, { from, points: POINTS }),
    get(`${path}/cycles`, { from, sort: '-startedAt', limit: 1000 }),
  ]);
  if (signal.aborted) return;
  data = new SignalData(windowS);
  data.unit = samples.signal.unit;
  data.addPoints(
    samples.samples.map((s) => timeUs(s.t)),
    samples.samples.map((s) => (s.quality === 'bad' ? null : s.value)),
  );
  for (const row of cycles.cycles.reverse()) data.addCycle(cycleOf(row));
  units = cycles.units;
  $('plot-title').textContent = key;
  plot?.destroy();
  plot = new SignalPlot($('plot'), () => data, data.unit);
  offerMetrics();
  stale = true;
  const rate = Math.min(200, Math.max(1, POINTS / windowS));
  const query = new URLSearchParams({ signal: key, rate: String(rate) });
  live(query, { signal, onEvent, onState });
}

function offerMetrics() {
  const select = $('metric');
  const chosen = select.value || 'topLevel';
  select.replaceChildren(...Object.keys(units).map((name) => new Option(name, name, false, name === chosen)));
  openTrend();
}

function openTrend() {
  trend?.destroy();
  trend = new TrendPlot($('trend'), units[$('metric').value] ?? '');
  stale = true;
}

function onState(state, error) {
  if (state === 'live') connection('live', 'ok');
  else if (state === 'lost') connection('connection lost, trying again', 'warn');
  else failed(error);
}

function onEvent(name, event) {
  if (name === 'samples') {
    data.addPoints(event.t, event.v);
    const newest = event.v.at(-1);
    if (typeof newest === 'number') $('reading').textContent = `${newest.toFixed(2)} ${event.unit}`;
  } else if (name === 'cycles') {
    if (event.event === 'cycle') data.addCycle({ ...event.cycle, revision: event.revision });
    else data.removeCycle(event.startedAtUs);
  } else if (name === 'anomalies') {
    const key = `${event.kind} ${event.metric} ${event.sinceUs}`;
    if (event.state === 'withdrawn') data.anomalies.delete(key);
    else data.anomalies.set(key, event);
  } else if (name === 'end' && event.reason.startsWith('token')) {
    signedOut('The token is no longer good. Paste a new one.');
  }
  stale = true;
}

/** Draws when there is something new, and no more often than the screen does. */
function draw() {
  if (stale && plot !== null && data.t.length > 0) {
    stale = false;
    plot.show(data);
    const cycles = data.sortedCycles();
    trend.show(cycles, $('metric').value);
    showCycles($('cycles'), cycles);
    showAnomalies($('anomalies'), data.anomalies);
  }
  requestAnimationFrame(draw);
}

async function followPipeline() {
  if (!$('dashboard').hidden) {
    try {
      showPipeline($('stages'), $('devices'), await get('/v1/pipeline'));
    } catch (error) {
      failed(error);
    }
  }
  setTimeout(followPipeline, 2000);
}

async function signedIn() {
  $('sign-in').hidden = true;
  $('dashboard').hidden = false;
  $('sign-out').hidden = false;
  connection('connecting', '');
  try {
    await offerSignals();
  } catch (error) {
    failed(error);
  }
}

$('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  keepToken($('token').value.trim());
  $('token').value = '';
  signedIn();
});
$('sign-out').addEventListener('click', () => signedOut());
$('signal').addEventListener('change', () => openSignal().catch(failed));
$('window').addEventListener('change', () => openSignal().catch(failed));
$('metric').addEventListener('change', openTrend);

const signInByLink = () =>
  takeToken().then(
    (token) => token !== null && signedIn(),
    (error) => signedOut(error.message),
  );

// a link that is opened where the page is already changes nothing but the address
window.addEventListener('hashchange', signInByLink);
signInByLink();
requestAnimationFrame(draw);
followPipeline();
