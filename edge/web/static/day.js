// The chart: renewed by the device's HTML, and read by finger, mouse and arrow keys.

import { ask, attempt, reach } from './actions.js';
import { locale, t } from './words.js';

const byId = (id) => document.getElementById(id);
const day = byId('day');
const KINDS = {
  time: { hour: '2-digit', minute: '2-digit' },
  day: { weekday: 'short' },
  date: { day: 'numeric', month: 'short' },
};
let at = null; // the beginning of the bin that is read
let timer = 0;

const said = (time, form) => new Intl.DateTimeFormat(locale, form).format(new Date(time));

function between(from, to) {
  const form = { ...KINDS.time };
  if (day.dataset.span === 'week') form.weekday = 'short';
  if (day.dataset.span === 'month') return said(from, { weekday: 'short', ...KINDS.date });
  return `${said(from, form)}–${said(to, KINDS.time)}`;
}

function bins() {
  return [...day.querySelectorAll('.chart svg svg')];
}

function read(index) {
  const all = bins();
  if (!all.length) return;
  const place = Math.min(all.length - 1, Math.max(0, index));
  const { at: from, said: line } = all[place].dataset;
  const span = between(from * 1000, (all[place + 1]?.dataset.at ?? byId('chart').dataset.end) * 1000);
  at = from;
  const chart = byId('chart');
  chart.classList.add('read');
  chart.setAttribute('aria-valuenow', place);
  chart.setAttribute('aria-valuetext', `${span} ${line}`);
  const mark = byId('mark');
  mark.setAttribute('x', `${(place / all.length) * 100}%`);
  mark.setAttribute('width', `${100 / all.length}%`);
  const time = document.createElement('strong');
  time.textContent = span;
  byId('told').replaceChildren(time, ` ${line}`);
}

function placeOf(event) {
  const box = byId('chart').getBoundingClientRect();
  return Math.floor(((event.clientX - box.left) / box.width) * bins().length);
}

function press(event) {
  const count = bins().length;
  const now = Number(byId('chart').getAttribute('aria-valuenow'));
  const steps = { ArrowLeft: now - 1, ArrowRight: now + 1, ArrowDown: now - 1, ArrowUp: now + 1, Home: 0, End: count - 1,
    PageUp: now + Math.round(count / 8), PageDown: now - Math.round(count / 8) };
  if (!(event.key in steps)) return;
  event.preventDefault();
  read(steps[event.key]);
}

function dress() {
  for (const time of day.querySelectorAll('time')) time.textContent = said(time.dateTime, { weekday: 'short', ...KINDS.time });
  for (const text of day.querySelectorAll('.ticks text')) text.textContent = said(text.dataset.at, KINDS[text.dataset.kind]);
  for (const link of day.querySelectorAll('[data-span]')) link.addEventListener('click', choose);
  const chart = byId('chart');
  if (!chart) return;
  const all = bins();
  for (const title of chart.querySelectorAll('title')) { // the line below says it
    title.parentNode.dataset.said = title.textContent;
    title.remove();
  }
  chart.tabIndex = 0;
  chart.role = 'slider';
  chart.setAttribute('aria-valuemin', 0);
  chart.setAttribute('aria-valuemax', all.length - 1);
  chart.setAttribute('aria-valuenow', all.length - 1);
  chart.setAttribute('aria-valuetext', chart.getAttribute('aria-label'));
  chart.addEventListener('keydown', press);
  for (const kind of ['pointerdown', 'pointermove']) chart.addEventListener(kind, (event) => read(placeOf(event)));
  const before = all.findIndex((one) => one.dataset.at === at);
  if (before >= 0) read(before);
}

// Puts the device's new chart in place of the old one; what is open stays open, and the focus where it was.
async function renew() {
  const { answer, text } = await reach(`/day?span=${day.dataset.span}`);
  if (!answer.ok) throw new Error(text.trim());
  const focused = day.contains(document.activeElement) ? document.activeElement.id : '';
  const open = byId('rows')?.open;
  const scrolled = byId('rows-scroll')?.scrollTop;
  day.innerHTML = text;
  if (open && byId('rows')) {
    byId('rows').open = true;
    byId('rows-scroll').scrollTop = scrolled;
  }
  dress();
  if (focused) byId(focused)?.focus({ preventScroll: true });
}

async function choose(event) {
  event.preventDefault();
  const { span } = event.currentTarget.dataset;
  const before = day.dataset.span;
  day.dataset.span = span;
  at = null;
  if (await attempt('day-error', t.noChart, renew)) {
    byId('day-title').textContent = JSON.parse(day.dataset.names)[span];
  } else {
    day.dataset.span = before;
  }
}

export function refreshDay(soon = 700) {
  if (!day) return;
  clearTimeout(timer);
  timer = setTimeout(() => renew().catch(() => { /* the connection's own line says so */ }), soon);
}

byId('forget')?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const chosen = new FormData(event.target);
  const time = (name) => new Date(chosen.get(name)).toISOString();
  byId('forgotten').textContent = '';
  const done = await attempt('forget-error', t.nothingForgotten, async () => {
    const what = { hour: () => 'hours=1', all: () => 'all=true', range: () => `from=${time('from')}&to=${time('to')}` };
    let query;
    try {
      query = what[chosen.get('what')]();
    } catch {
      throw new Error(t.sayWhen);
    }
    await ask('DELETE', `/api/history?${query}`);
  });
  if (!done) return;
  event.target.reset();
  byId('forgotten').textContent = t.forgotten;
  refreshDay(0);
});

if (day) dress();
