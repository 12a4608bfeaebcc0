// The wall: a clock, a screen that stays awake and dims at night, and a theme. page.js shows the mood.
// What is chosen here is kept in this browser; a kiosk may say it in the address: /wall?theme=dark&dim=22-7 (or dim=off).

import { addressOf } from './actions.js';
import { clock, t } from './words.js';

const byId = (id) => document.getElementById(id);
const THEMES = ['auto', 'light', 'dark'];
const NIGHT = [22, 7]; // from this hour to that one; twice the same is always

const asked = new URLSearchParams(location.search);

function kept(name) {
  try {
    return asked.get(name) ?? localStorage.getItem(name);
  } catch {
    return asked.get(name); // a browser that keeps nothing
  }
}

function keep(name, value) {
  asked.delete(name);
  try {
    localStorage.setItem(name, value);
  } catch { /* it holds until the page is closed */ }
}

let theme = THEMES.includes(kept('theme')) ? kept('theme') : 'auto';
let dims = kept('dim') !== 'off';
const hours = /^([01]?\d|2[0-3])-([01]?\d|2[0-3])$/.exec(asked.get('dim') ?? '')?.slice(1).map(Number) ?? NIGHT;

function isNight(hour, [from, to]) {
  return from < to ? hour >= from && hour < to : hour >= from || hour < to;
}

function show() {
  const now = new Date();
  const time = clock(now);
  if (byId('clock').textContent !== time) byId('clock').textContent = time;
  const night = dims && isNight(now.getHours(), hours);
  document.body.classList.toggle('night', night);
  const shown = night ? 'dark' : theme;
  if (shown === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = shown;
}

function choose() {
  byId('theme-name').textContent = t[theme];
  byId('dim').setAttribute('aria-pressed', String(dims));
  show();
}

byId('theme').addEventListener('click', () => {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  keep('theme', theme);
  choose();
});
byId('dim').addEventListener('click', () => {
  dims = !dims;
  keep('dim', dims ? 'on' : 'off');
  choose();
});

// Browsers lend it to secure pages only, and take it back from a page that is hidden.
async function stayAwake() {
  if (document.hidden) return;
  try {
    await navigator.wakeLock?.request('screen');
  } catch { /* low battery: the screen may sleep */ }
}
document.addEventListener('visibilitychange', stayAwake);

const full = byId('full');
full.hidden = !document.fullscreenEnabled;
full.addEventListener('click', () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen();
});
document.addEventListener('fullscreenchange', () => {
  full.textContent = document.fullscreenElement ? t.leaveFull : t.full;
});

async function renewStrip() {
  if (!byId('strip') || document.hidden) return;
  try {
    const answer = await fetch(addressOf('/day?strip'), { signal: AbortSignal.timeout(10000) });
    if (answer.ok) byId('strip').innerHTML = await answer.text();
  } catch { /* the connection's own line says so */ }
}

choose();
stayAwake();
setInterval(renewStrip, 60000);
setInterval(show, 1000);
