// The page, live. What can be rendered by the device is fetched from it as HTML (/day, /photo?part),
// so that every shape exists once; this file only moves the present moment and sends what the visitor does.

import { addressOf, answered, ask, attempt, over } from './actions.js';
import { followCorrections, showCorrectable } from './correct.js';
import { refreshDay } from './day.js';
import { follow } from './live.js';
import { clock, fill, headline, hints, howLong, inHowLong, locale, percent, problems, spoken, states, surePercent, sureness, t, titles, trouble, within } from './words.js';

const byId = (id) => document.getElementById(id);
const body = document.body;
const skew = Date.parse(body.dataset.now) - Date.now(); // the device's clock may be another than the visitor's

let playing = {}; // as the music buttons have it
let silence = body.classList.contains('silent'); // no word comes

document.documentElement.classList.add('js');

function put(id, text) {
  const element = byId(id);
  if (element && element.textContent !== text) element.textContent = text;
}

function show(id, visible) {
  const element = byId(id);
  if (element) element.hidden = !visible;
}

function countDown() {
  const until = Date.parse(byId('until').dataset.until);
  show('until', Boolean(until));
  if (!until) return;
  const left = (until - Date.now() - skew) / 1000;
  put('until', fill(left > 0 ? t.againIn : t.again, { time: clock(new Date(until - skew)), long: inHowLong(left) }));
}

function tick() {
  if (silence) return; // how long it has lasted is not known either
  countDown();
  const since = Date.parse(byId('since').dataset.since);
  if (since) put('since', fill(t.for, { long: howLong(Math.max(0, (Date.now() + skew - since) / 1000)) }));
}

// `live`: off where nobody asked for it; else it is read out.
async function tellFact(query, live) {
  const fact = await ask('GET', `/api/fact?mood=${body.dataset.mood}${query}`);
  byId('another').dataset.shown = fact.id;
  byId('fact-text').ariaLive = live;
  put('fact-text', fact.text);
  byId('fact-source').replaceChildren(...fact.papers.flatMap(({ source, link }, n) => {
    const paper = document.createElement(link ? 'a' : 'span');
    Object.assign(paper, { textContent: source, href: link, rel: 'noopener noreferrer', target: '_blank' });
    return n ? ['; ', paper] : paper;
  }));
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
  refreshDay();
  if (byId('another')) tellFact('', 'off').catch(() => { /* the connection's own line says so */ });
}

function showHint(text, lang = spoken) { // some of what the device says is English
  byId('hint').lang = lang;
  put('hint', text);
}

function showHeadline(word, lead) {
  put('lead', lead);
  put('mood', word);
  const title = `${silence ? lead : word} · ${body.dataset.name}`;
  if (document.title !== title) document.title = title;
}

function showExpression(expression, known) {
  const face = document.querySelector('#now .face');
  if (!face) return;
  const shown = known ? expression.label : 'absent';
  face.setAttribute('class', `face small m-${shown}`);
  face.querySelector('use').setAttribute('href', `#face-${shown}`);
  put('sureness', known ? sureness(expression.confidence) : '');
  put('expression', within[expression.label] ?? expression.label);
  put('confidence', known ? surePercent(expression.confidence) : '');
}

function showWhy(lines) {
  const list = byId('why');
  if (!list) return; // the wall says the mood alone
  while (list.children.length > lines.length) list.lastChild.remove();
  lines.forEach((line, place) => {
    const item = list.children[place] ?? list.appendChild(document.createElement('li'));
    if (item.textContent !== line) item.textContent = line;
  });
}

function at(time) {
  return clock(new Date(Date.parse(time) - skew));
}

function showPlaylist({ mood, playlist, music }) {
  const quiet = music.quiet_until && byId('playlist-note');
  show('playlist-line', Boolean(playlist || quiet));
  show('playlist', Boolean(playlist));
  if (quiet) put('playlist-note', fill(t.quiet, { time: at(music.quiet_until) }));
  else if (music.cheering) put('playlist-note', t.cheering);
  else put('playlist-note', music.held_until ? fill(t.held, { time: at(music.held_until) }) : t.note);
  put('not-now', quiet ? t.music : t.notNow);
  put('cheer', music.cheering ? fill(t.backTo, { mood: within[mood] }) : t.cheer);
  show('cheer', mood === 'sad' && !quiet && (music.cheering || music.mood !== 'happy'));
  show('another-playlist', !quiet);
  playing = { quiet, cheering: music.cheering };
  showPlayer(playlist);
  if (!playlist) return;
  put('playlist-name', playlist.name);
  const link = byId('playlist');
  if (/^(https?:\/\/|spotify:)/i.test(playlist.url)) link.href = playlist.url;
  else link.removeAttribute('href');
}

// As `player` in pages.py: off unless web.spotify_player. It is not loaded anew while the list stays.
function showPlayer(playlist) {
  const frame = byId('player');
  if (!frame) return;
  const found = /^(?:https:..open\.spotify\.com.|spotify:)(playlist|album|track)[/:](\w{22})\b/.exec(playlist?.url);
  const address = found && `${frame.dataset.embed}${found[1]}/${found[2]}`;
  frame.hidden = !found;
  if (address && frame.getAttribute('src') !== address) frame.src = address;
}

function showHealth(status) {
  const { health } = status;
  const camera = status.camera_state ?? status.camera.toLowerCase();
  put('camera-state', states[camera] ?? camera);
  put('model', status.model);
  put('calibration', fill(t.state, { state: status.calibration }));
  if (!health) return;
  put('fps', new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(health.fps));
  put('rss', `${Math.round(health.rss_mib)} MiB`);
  put('temperature', health.temperature_celsius === null ? '–' : `${Math.round(health.temperature_celsius)} °C`);
  put('changes', `${Math.round(health.changes_per_hour)}`);
}

function showStatus(status) {
  const someone = status.mood in status.scores;
  const claimed = status.mood === 'absent' && status.camera_state === 'opening' ? 'starting' : status.mood; // nobody has looked
  showMood(status.mood);
  showHeadline(headline(claimed, status.camera_state), someone ? t.lead : t.rightNow);
  const own = problems[status.camera_state];
  if (status.problem) showHint(own ?? status.problem, own ? spoken : 'en');
  else showHint(hints[status.camera_why] || (hints[claimed] ?? ''));
  put('trouble', trouble(status.health));
  byId('until').dataset.until = status.camera_until ?? '';
  const read = status.expression.label in status.scores;
  showExpression(status.expression, read);
  put('count', fill(status.faces === 1 ? t.face : t.faces, { n: status.faces }));
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
  showCorrectable(status.mood);
  showPlaylist(status);
  showSwitch(status.camera === 'ON', Boolean(status.camera_locked));
  showHealth(status);
}

// the connection

function showConnection(state, text = t[state]) {
  byId('connection').dataset.state = state;
  put('connection-text', text);
  body.classList.toggle('stale', state === 'lost');
  body.classList.toggle('silent', silence);
}

function showIcon(name) {
  const icon = document.querySelector('link[rel="icon"]');
  const href = icon.getAttribute('href').replace(/favicon[^./]*/, name);
  if (icon.getAttribute('href') !== href) icon.setAttribute('href', href);
}

function heard(status) {
  silence = false;
  showIcon('favicon');
  answered();
  showStatus(status);
}

function silent(since) {
  const line = fill(t.silent, { time: clock(since) });
  const { mood } = body.dataset;
  let seen = byId('mood').textContent;
  if (!silence && mood !== 'starting') seen = fill(t.lastSeen, { mood: seen === titles[mood] ? within[mood] : seen });
  silence = true;
  showConnection('lost', line);
  showHeadline(seen, line);
  showHint(t.silentHint);
  for (const id of ['now', 'count', 'until', 'correct-line', 'snapshot', 'moving']) show(id, false);
  showIcon('favicon-grey');
}

document.addEventListener('visibilitychange', () => { if (!document.hidden) refreshDay(); });

// what the visitor does

function showSwitch(on, locked) {
  put('camera-state', on ? states.on : states.off);
  const button = byId('camera');
  if (!button) return; // a page that only shows
  if (locked !== 'locked' in button.dataset) return location.reload(); // somebody locked or unlocked it
  button.disabled = locked;
  const checked = String(on);
  if (button.getAttribute('aria-checked') !== checked) {
    over('camera-error');
    button.removeAttribute('aria-busy');
    button.setAttribute('aria-checked', checked);
  }
  button.value = String(!on);
  put('switch-text', on ? states.on : states.off);
  for (const id of ['snapshot', 'moving']) show(id, on);
}

async function switchCamera(wish) {
  const button = byId('camera');
  button.setAttribute('aria-busy', 'true');
  const done = await attempt('camera-error', wish.on ? t.notOn : t.notOff,
    () => ask('POST', '/api/camera', wish));
  setTimeout(() => button.removeAttribute('aria-busy'), done ? 4000 : 0);
  return done;
}

byId('camera-form')?.addEventListener('submit', (event) => {
  event.preventDefault();
  const button = byId('camera');
  if (button.hasAttribute('aria-busy')) return; // until the device says what it did; disabled, it would lose the focus
  switchCamera({ on: button.getAttribute('aria-checked') !== 'true' });
});

function minutesUntil(hour) {
  const end = new Date(Date.now() + skew);
  end.setDate(end.getDate() + 1);
  end.setHours(hour, 0, 0, 0);
  return (end - Date.now() - skew) / 60000;
}

function closeMenu(menu) {
  menu.open = false;
  menu.querySelector('summary').focus();
}

for (const menu of document.querySelectorAll('.menu')) {
  menu.addEventListener('keydown', (event) => { if (event.key === 'Escape') closeMenu(menu); });
  document.addEventListener('click', (event) => { if (!menu.contains(event.target)) menu.open = false; });
}

followCorrections(closeMenu);

byId('pause')?.addEventListener('submit', (event) => {
  event.preventDefault();
  const { value } = event.submitter;
  const minutes = value === 'tomorrow' ? minutesUntil(Number(event.target.dataset.morning)) : Number(value);
  closeMenu(byId('pause'));
  switchCamera(minutes ? { on: false, minutes } : { on: false });
});

const QUIET_MINUTES = 60; // of "not now"

function wish(failed, what) {
  return attempt('playlist-error', failed, () => ask('POST', '/api/playlist', what));
}

byId('not-now')?.addEventListener('click', () => wish(t.notDone, { quiet: playing.quiet ? 0 : QUIET_MINUTES }));
byId('cheer')?.addEventListener('click', () => wish(t.notDone, { cheer: !playing.cheering }));
byId('another-playlist')?.addEventListener('click', async () => {
  const before = byId('playlist-name').textContent;
  if (!await wish(t.noOther, { another: true })) return;
  setTimeout(() => {
    const same = byId('playlist-name').textContent === before;
    put('playlist-error', same ? t.onlyOne : '');
  }, 1500); // the daemon chooses at its next frame
});

byId('fact-form')?.addEventListener('submit', (event) => {
  event.preventDefault();
  attempt('fact-error', t.noFact, () => tellFact(`&not=${byId('another').dataset.shown}`, 'polite'));
});

for (const [id, method, failed] of [['calibrate', 'POST', t.notLearned], ['uncalibrate', 'DELETE', t.notForgotten]]) {
  byId(id)?.addEventListener('click', () => attempt('calibration-error', failed, async () => {
    put('calibration', fill(t.state, { state: (await ask(method, '/api/calibration')).calibration }));
  }));
}

const snapshot = byId('snapshot');
if (snapshot) {
  setInterval(() => { if (!document.hidden && !snapshot.hidden) snapshot.src = addressOf(`/snapshot.jpg?${Date.now()}`); }, 2000);
}

// The stream takes a place, and its last picture stays: it is there only while it is looked at.
const moving = document.querySelector('#moving img');
if (moving) {
  let seen = false;
  const look = () => {
    if (seen && !document.hidden) moving.src = addressOf('/stream.mjpg');
    else moving.removeAttribute('src');
  };
  new IntersectionObserver(([one]) => { seen = one.isIntersecting; look(); }).observe(moving.parentNode);
  document.addEventListener('visibilitychange', look);
}

// What reads photos is loaded when one may come: its card is near, or something is dragged or pasted, which is kept
// for it meanwhile.
function awaitPhotos() {
  const early = ['dragenter', 'dragover', 'drop', 'paste'];
  let came = null;
  let loading = null;
  const load = (event) => {
    const carried = event?.dataTransfer ?? event?.clipboardData;
    if (carried && [...carried.types].includes('Files')) {
      event.preventDefault(); // else the browser would leave the page for the file
      if (carried.files.length) came = [...carried.files];
    }
    loading ??= import('./photo.js').then(({ followPhotos }) => {
      near.disconnect();
      for (const name of early) document.removeEventListener(name, load);
      followPhotos(came);
    }, () => { loading = null; });
  };
  const near = new IntersectionObserver(([card]) => card.isIntersecting && load(), { rootMargin: '300px' });
  near.observe(byId('photo-card'));
  for (const name of early) document.addEventListener(name, load);
}

if (window.isSecureContext) {
  navigator.serviceWorker?.register(addressOf('/service-worker.js')).catch(() => { /* a certificate it does not trust */ });
}

setInterval(tick, 1000);
setInterval(() => { if (!document.hidden) refreshDay(); }, 60000);
if (byId('photo-form')) awaitPhotos();
follow({ heard, silent, connection: showConnection, since: Date.parse(body.dataset.word) - skew });
