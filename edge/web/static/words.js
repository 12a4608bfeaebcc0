// The page's words, in the browser: what edge/web/words.py says of the first moment, said of the next ones.

const said = JSON.parse(document.body.dataset.words);

export const { titles, within, states, hints, errors, problems, t } = said;

// The reader's: how dates and numbers are written; of the languages that the browser reads the page's own, if it does.
export const spoken = document.documentElement.lang;
export const locale = navigator.languages.find((each) => each.startsWith(spoken)) ?? navigator.language;

// A text with what stands in {braces} put in.
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function headline(mood, camera) {
  return (mood === 'unknown' && said.cameras[camera]) || (titles[mood] ?? mood);
}

export function sureness(confidence) {
  return said.degrees.find(([least]) => confidence >= least)[1];
}

export function surePercent(confidence) {
  return `${Math.min(said.most, Math.round(confidence * 100))} %`;
}

export function percent(share) {
  return `${Math.round(share * 100)} %`;
}

export function trouble(health) {
  if (!health) return '';
  return Object.entries(said.troubles).map(([field, keys]) => said.troubled[keys[health[field]]]).filter(Boolean).join(' ');
}

export function howLong(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`;
}

// In so long, rounded up: what is not over is not said to be.
export function inHowLong(seconds) {
  return seconds < 60 ? `${Math.max(1, Math.ceil(seconds))} s` : howLong(Math.ceil(seconds / 60) * 60);
}

// With the day where that is not today's.
export function clock(time) {
  const today = new Date().toDateString() === time.toDateString();
  const day = today ? {} : { weekday: 'short' };
  return new Intl.DateTimeFormat(locale, { ...day, hour: '2-digit', minute: '2-digit' }).format(time);
}
