// The page, live. What can be rendered by the device is fetched from it as HTML (/day, /photo?part),
// so that every shape exists once; this file only moves the present moment and sends what the visitor does.

import { followPhotos } from './photo.js';

const byId = (id) => document.getElementById(id);
const body = document.body;
const skew = Date.parse(body.dataset.now) - Date.now(); // the device's clock may be another than the visitor's
const titles = JSON.parse(body.dataset.titles);
const hints = JSON.parse(body.dataset.hints);

document.documentElement.classList.add('js');

function howLong(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`;
}

function put(id, text) {
  const element = byId(id);
  if (element && element.textContent !== text) element.textContent = text;
}

function show(id, visible) {
  const element = byId(id);
  if (element) element.hidden = !visible;
}

function tick() {
  const since = Date.parse(byId('since').dataset.since);
  if (since) put('since', `for ${howLong(Math.max(0, (Date.now() + skew - since) / 1000))}`);
}

function percent(share) {
  return `${Math.round(share * 100)} %`;
}

function showMood(mood) {
  if (body.dataset.mood === mood) return;
  body.dataset.mood = mood;
  body.className = body.className.replace(/\bm-\S+/, `m-${mood}`);
  const face = document.querySelector('.portrait .face');
  face.setAttribute('class', `face large m-${mood}`);
  face.querySelector('use').setAttribute('href', `#face-${mood}`);
  void face.getBoundingClientRect(); // lets the animation start anew
  face.classList.add('arriving');
  put('mood', titles[mood] ?? mood);
  put('hint', hints[mood] ?? '');
  document.title = `${titles[mood] ?? mood} · ${body.dataset.name}`;
  refreshDay();
}

function showExpression(expression, known) {
  const face = document.querySelector('#now .face');
  const shown = known ? expression.label : 'absent';
  face.setAttribute('class', `face small m-${shown}`);
  face.querySelector('use').setAttribute('href', `#face-${shown}`);
  put('expression', titles[expression.label] ?? expression.label);
  put('confidence', known ? `${percent(expression.confidence)} sure` : '');
}

function showWhy(lines) {
  const list = byId('why');
  while (list.children.length > lines.length) list.lastChild.remove();
  lines.forEach((line, place) => {
    const item = list.children[place] ?? list.appendChild(document.createElement('li'));
    if (item.textContent !== line) item.textContent = line;
  });
}

function showPlaylist(playlist) {
  show('playlist-line', Boolean(playlist));
  if (!playlist) return;
  put('playlist-name', playlist.name);
  const link = byId('playlist');
  if (/^(https?:\/\/|spotify:)/i.test(playlist.url)) link.href = playlist.url;
  else link.removeAttribute('href');
}

function showHealth(status) {
  const { health } = status;
  put('camera-state', status.camera_state ?? status.camera.toLowerCase());
  put('model', status.model);
  put('calibration', `Calibration: ${status.calibration}`);
  if (!health) return;
  put('fps', health.fps.toFixed(1));
  put('rss', `${Math.round(health.rss_mib)} MiB`);
  put('temperature', health.temperature_celsius === null ? '–' : `${Math.round(health.temperature_celsius)} °C`);
  put('changes', `${Math.round(health.changes_per_hour)}`);
}

function showStatus(status) {
  const someone = status.mood in status.scores;
  showMood(status.mood);
  put('hint', status.problem || (hints[status.mood] ?? ''));
  put('lead', someone ? 'The mood of the last minutes' : 'Right now');
  const read = status.expression.label in status.scores;
  showExpression(status.expression, read);
  put('count', `${status.faces} ${status.faces === 1 ? 'face' : 'faces'} in view`);
  for (const id of ['now', 'scores']) show(id, someone);
  show('count', read);
  byId('since').dataset.since = status.since;
  show('since', true);
  tick();
  for (const row of document.querySelectorAll('#scores [data-label]')) {
    const share = status.shares[row.dataset.label];
    row.querySelector('.bar-fill').setAttribute('width', `${(share * 100).toFixed(1)}%`);
    row.querySelector('.bar-value').textContent = percent(share);
  }
  showWhy(status.why);
  showPlaylist(status.playlist);
  showSwitch(status.camera === 'ON', Boolean(status.camera_locked));
  showHealth(status);
}

// connection: live by events; where no place is free (503) or the device is away, ask again now and then

let events = null;
let again = 0;

function connection(state, text) {
  byId('connection').dataset.state = state;
  put('connection-text', text);
  body.classList.toggle('stale', state === 'lost');
}

function follow() {
  clearTimeout(again);
  events?.close();
  events = new EventSource('/api/events');
  events.addEventListener('status', (event) => {
    connection('live', 'live');
    showStatus(JSON.parse(event.data));
  });
  events.onerror = async () => {
    const refused = events.readyState === EventSource.CLOSED;
    if (!refused) return connection('lost', 'reconnecting…');
    clearTimeout(again);
    again = setTimeout(follow, 5000);
    try {
      const answer = await fetch('/api/status');
      if (!answer.ok) throw new Error(answer.statusText);
      showStatus(await answer.json());
      connection('page', 'every few seconds');
    } catch {
      connection('lost', 'reconnecting…');
    }
  };
}

let leaving = 0;
document.addEventListener('visibilitychange', () => {
  clearTimeout(leaving);
  if (document.hidden) {
    leaving = setTimeout(() => { clearTimeout(again); events?.close(); events = null; }, 30000); // leaves its place to others
  } else {
    if (!events || events.readyState === EventSource.CLOSED) follow();
    refreshDay();
  }
});

// the day

let dayTimer = 0;

function localTimes() {
  const format = new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: '2-digit', minute: '2-digit' });
  for (const time of document.querySelectorAll('#day time')) time.textContent = format.format(new Date(time.dateTime));
}

function refreshDay() {
  if (!byId('day')) return;
  clearTimeout(dayTimer);
  dayTimer = setTimeout(async () => {
    try {
      const answer = await fetch('/day');
      if (answer.ok) {
        const open = document.querySelector('#day details')?.open;
        const at = document.querySelector('#day .scroll')?.scrollTop;
        byId('day').innerHTML = await answer.text();
        const details = document.querySelector('#day details');
        if (details) details.open = Boolean(open);
        if (details && at) details.querySelector('.scroll').scrollTop = at;
        localTimes();
      }
    } catch { /* the connection's own line says so */ }
  }, 700);
}

// what the visitor does

async function ask(method, path, content) {
  const answer = await fetch(path, { method, body: content && JSON.stringify(content), headers: content && { 'Content-Type': 'application/json' } });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error);
  return said;
}

function showSwitch(on, locked) {
  put('camera-state', on ? 'on' : 'off');
  const button = byId('camera');
  if (!button) return; // a page that only shows
  if (locked !== 'locked' in button.dataset) return location.reload(); // somebody locked or unlocked it
  button.disabled = locked;
  button.setAttribute('aria-checked', String(on));
  button.value = String(!on);
  button.querySelector('.switch-text').textContent = on ? 'on' : 'off';
  const snapshot = byId('snapshot');
  if (snapshot) snapshot.hidden = !on;
}

byId('camera-form')?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = byId('camera');
  button.disabled = true; // until the device says what it did
  try {
    await ask('POST', '/api/camera', { on: button.getAttribute('aria-checked') !== 'true' });
    setTimeout(() => { button.disabled = false; }, 4000);
  } catch (error) {
    button.disabled = false;
    put('hint', `The camera did not switch: ${error.message}`);
  }
});

byId('another-playlist')?.addEventListener('click', async () => {
  const before = byId('playlist-name').textContent;
  try {
    await ask('POST', '/api/playlist', { another: true });
    setTimeout(() => {
      if (byId('playlist-name').textContent === before) put('hint', 'This mood has no other playlist in config.yaml.');
    }, 1500); // the daemon chooses at its next frame
  } catch (error) {
    put('hint', `No other playlist just now: ${error.message}`);
  }
});

byId('fact-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = byId('another');
  try {
    const fact = await ask('GET', `/api/fact?not=${button.dataset.shown}`);
    button.dataset.shown = fact.id;
    put('fact-text', fact.text);
    put('fact-source', fact.source);
  } catch (error) {
    put('fact-source', `No other fact just now: ${error.message}`);
  }
});

for (const [id, method] of [['calibrate', 'POST'], ['uncalibrate', 'DELETE']]) {
  byId(id)?.addEventListener('click', async () => {
    try {
      put('calibration', `Calibration: ${(await ask(method, '/api/calibration')).calibration}`);
    } catch (error) {
      put('calibration', error.message);
    }
  });
}

const snapshot = byId('snapshot');
if (snapshot) {
  setInterval(() => { if (!document.hidden && !snapshot.hidden) snapshot.src = `/snapshot.jpg?${Date.now()}`; }, 2000);
}

localTimes();
setInterval(tick, 5000);
setInterval(() => { if (!document.hidden) refreshDay(); }, 60000);
if (byId('photo-form')) followPhotos();
follow();
