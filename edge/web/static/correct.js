// Not quite? What it really was, said with one tap; where a calm face was read wrong, it is learned from here.

import { ask, attempt } from './actions.js';
import { fill, t, within } from './words.js';

const byId = (id) => document.getElementById(id);
const COUNT = 3;

function learn(button) {
  let left = COUNT;
  const tell = (text) => { byId('corrected').textContent = text; };
  const count = async () => {
    if (left > 0) {
      tell(fill(t.calm, { n: left }));
      left -= 1;
      setTimeout(count, 1000);
      return;
    }
    tell('');
    const done = await attempt('correct-error', t.notLearned, async () => {
      await ask('POST', '/api/calibration');
    });
    if (done) tell(t.keepCalm);
  };
  byId('corrected').focus(); // the button goes
  count();
}

function thank(said, right) {
  const line = byId('corrected');
  line.textContent = `${fill(t.noted, { right: within[right], said: within[said] })} `;
  if (right !== 'neutral' || !byId('calibrate')) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button';
  button.textContent = t.learnCalm;
  button.addEventListener('click', () => learn(button));
  line.append(button);
}

export function followCorrections(closeMenu) {
  byId('correct')?.addEventListener('submit', async (event) => {
    event.preventDefault();
    const right = event.submitter.value;
    const said = event.target.said.value;
    closeMenu(byId('correct'));
    byId('corrected').textContent = '';
    if (await attempt('correct-error', t.notKept, () => ask('POST', '/api/corrections', { said, right }))) thank(said, right);
  });
}

// The mood that is shown is the one that is corrected, unless the menu is open: then the one it was opened for.
export function showCorrectable(mood) {
  const menu = byId('correct');
  if (!menu || menu.open) return;
  menu.querySelector('[name=said]').value = mood;
  byId('correct-line').hidden = !menu.querySelector(`[value="${mood}"][name=right]`);
}
