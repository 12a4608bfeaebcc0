// What the visitor asks for. A failure is told beside what failed, and goes when it is over.

import { errors, fill, t } from './words.js';

// The device's address of a path; below a proxy's own path too, where these scripts are.
export const addressOf = (path) => new URL(`..${path}`, import.meta.url).href;

const PATIENCE_MS = 10000;
const away = new Set(); // the lines that say that the device did not answer

function say(id, text) {
  const line = document.getElementById(id);
  if (line && line.textContent !== text) line.textContent = text;
}

// The device's answer and its text; an error that is `away` where there is none in time.
export async function reach(path, request, patience = PATIENCE_MS) {
  try {
    const answer = await fetch(addressOf(path), { ...request, signal: AbortSignal.timeout(patience) });
    return { answer, text: await answer.text() };
  } catch {
    throw Object.assign(new Error(t.noAnswer), { away: true });
  }
}

export async function ask(method, path, content) {
  const sent = content && { body: JSON.stringify(content), headers: { 'Content-Type': 'application/json' } };
  const { answer, text } = await reach(path, { method, ...sent });
  let said = {};
  try {
    said = JSON.parse(text);
  } catch { /* a proxy's own page */ }
  if (!answer.ok) throw new Error(errors[answer.status] ?? said.error ?? fill(t.answered, { code: answer.status }));
  return said;
}

// Does it; where that fails, the line `id` says so. Returns whether it was done.
export async function attempt(id, failed, action) {
  over(id);
  try {
    await action();
    return true;
  } catch (error) {
    say(id, `${failed}: ${error.message}`);
    if (error.away) passing(id);
    return false;
  }
}

// The line `id` goes when the device is heard again.
export function passing(id) {
  away.add(id);
}

export function over(id) {
  say(id, '');
  away.delete(id);
}

// The device is heard again.
export function answered() {
  for (const id of away) over(id);
}
