// Follows the present moment: by events, and where no place is free (503) by asking now and then. A watchdog tells
// of silence: a device that hangs, or has lost its plug, closes no connection.

import { addressOf } from './actions.js';

export const PATIENCE_MS = 20000; // the device says something every 8 s (HEARTBEAT_SECONDS in live.py)
const AGAIN_MS = 5000;
const HIDDEN_MS = 30000; // a page that nobody looks at leaves its place to others

// `heard` gets each status; `connection` gets live, page (asked for now and then) or lost; `silent` gets the time of
// the last word, once, when it is too long ago. `since`: when the page itself was made.
export function follow({ heard, connection, silent, since }) {
  let events = null;
  let again = 0;
  let leaving = 0;
  let last = since;
  let tried = Date.now();
  let told = false;

  function word(state, status) {
    last = Date.now();
    told = false;
    connection(state);
    heard(status);
  }

  function lose() {
    if (!told) connection('lost');
  }

  function connect() {
    clearTimeout(again);
    events?.close();
    tried = Date.now();
    events = new EventSource(addressOf('/api/events'));
    events.addEventListener('status', (event) => word('live', JSON.parse(event.data)));
    events.onerror = async () => {
      if (events.readyState !== EventSource.CLOSED) return lose(); // the browser connects again by itself
      clearTimeout(again);
      again = setTimeout(connect, AGAIN_MS);
      try {
        const answer = await fetch(addressOf('/api/status'), { signal: AbortSignal.timeout(AGAIN_MS) });
        if (!answer.ok) throw new Error(answer.statusText);
        word('page', await answer.json());
      } catch {
        lose();
      }
    };
  }

  setInterval(() => {
    if (Date.now() - last < PATIENCE_MS) return;
    if (!told) {
      told = true;
      silent(new Date(last));
    }
    if (!document.hidden && Date.now() - tried >= PATIENCE_MS) connect();
  }, 1000);

  document.addEventListener('visibilitychange', () => {
    clearTimeout(leaving);
    if (document.hidden) {
      leaving = setTimeout(() => { clearTimeout(again); events?.close(); events = null; }, HIDDEN_MS);
    } else if (!events || events.readyState === EventSource.CLOSED) {
      connect();
    }
  });

  connect();
}
