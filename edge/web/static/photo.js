// A photo: chosen, dropped, pasted or taken here; made small, sent, and its faces drawn on the preview.

import { passing, reach } from './actions.js';
import { fill, t } from './words.js';

const byId = (id) => document.getElementById(id);
const LONGEST_SIDE = 1600; // px: more shows the detector nothing new
const PATIENCE_MS = 60000; // a large one over a slow network, and one that is read before

let asked = 0; // the newest photo wins

async function small(file) {
  // Turns it upright too (EXIF). Null where the browser cannot read it: the device may.
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return null;
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = byId('preview');
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  canvas.hidden = false;
  return new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.92));
}

function say(line) {
  byId('photo-said').textContent = line;
}

function show(node) {
  say(node.querySelector('[data-said]')?.dataset.said ?? node.textContent);
  byId('result').replaceChildren(node);
  byId('clear').hidden = false;
  for (const id of ['photo-card', 'result']) byId(id).scrollIntoView({ block: 'nearest' });
}

function fail(line) {
  const text = document.createElement('p');
  text.id = 'photo-error';
  text.className = 'error';
  text.textContent = line;
  show(text);
}

function clear() {
  asked += 1; // what is on its way comes too late
  for (const id of ['preview', 'enlarge', 'clear']) byId(id).hidden = true;
  byId('preview').width = 0; // the picture goes
  byId('result').replaceChildren();
  say('');
  byId('photo').focus();
}

// The same colour and number as its row in the result.
function drawFaces() {
  const canvas = byId('preview');
  const found = document.querySelector('#result .found');
  if (canvas.hidden || !found) return;
  const pen = canvas.getContext('2d');
  const scale = canvas.width / Number(found.dataset.width);
  for (const mark of found.querySelectorAll('[data-box]')) {
    const [x, y, w, h] = mark.dataset.box.split(' ').map((side) => Number(side) * scale);
    const colour = getComputedStyle(mark).getPropertyValue('--mood').trim();
    pen.lineWidth = Math.max(3, canvas.width / 160);
    pen.strokeStyle = colour;
    pen.beginPath();
    pen.roundRect(x, y, w, h, w * 0.12);
    pen.stroke();
    const size = Math.max(12, Math.min(w * 0.16, canvas.width / 18));
    pen.font = `600 ${size}px system-ui, sans-serif`;
    const wide = pen.measureText(mark.dataset.label).width;
    const top = Math.max(0, y - size * 1.6);
    pen.fillStyle = colour;
    pen.beginPath();
    pen.roundRect(x, top, wide + size, size * 1.5, size * 0.4);
    pen.fill();
    pen.fillStyle = '#2b221c';
    pen.fillText(mark.dataset.label, x + size / 2, top + size * 1.1);
  }
}

function enlarge() {
  const canvas = byId('preview');
  const large = document.createElement('dialog');
  const close = document.createElement('button');
  const place = document.createComment('');
  large.className = 'enlarged';
  large.setAttribute('aria-label', t.enlarged);
  close.className = 'button primary';
  close.textContent = t.close;
  canvas.replaceWith(place);
  large.append(canvas, close);
  document.body.append(large);
  large.addEventListener('click', () => large.close());
  large.addEventListener('close', () => { place.replaceWith(canvas); large.remove(); byId('enlarge').focus(); });
  large.showModal();
}

async function read(file) {
  const mine = ++asked;
  byId('preview').hidden = true;
  byId('enlarge').hidden = true;
  byId('result').textContent = t.looking;
  say(t.looking);
  const limit = Number(byId('photo-form').dataset.limit);
  const photo = (await small(file)) ?? file;
  if (photo.size > limit) {
    return fail(fill(t.tooLarge, { n: Number((limit / 2 ** 20).toPrecision(2)) }));
  }
  try {
    const sent = { method: 'POST', body: photo, headers: { 'Content-Type': photo.type || 'application/octet-stream' } };
    const { answer, text } = await reach('/photo?part', sent, PATIENCE_MS);
    if (mine !== asked) return;
    if (!answer.headers.get('Content-Type')?.startsWith('text/html')) return fail(text.trim());
    show(document.createRange().createContextualFragment(text));
    byId('enlarge').hidden = byId('preview').hidden;
    drawFaces();
  } catch {
    if (mine !== asked) return;
    fail(t.gone);
    passing('photo-error');
  }
}

// The camera of the visitor's own computer or phone. Browsers lend it to secure pages only (https or localhost);
// elsewhere a phone still takes a picture through its file field.

let lent = null;

function giveBack() {
  for (const track of lent?.getTracks() ?? []) track.stop();
  lent = null;
  byId('viewfinder').hidden = true;
  byId('snap').hidden = true;
  byId('take').textContent = t.useCamera;
}

async function take() {
  if (lent) return giveBack();
  try {
    lent = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'user' } });
  } catch (error) {
    return fail(error.name === 'NotAllowedError' ? t.noCameraAllowed : t.noCamera);
  }
  const viewfinder = byId('viewfinder');
  viewfinder.srcObject = lent;
  viewfinder.hidden = false;
  for (const id of ['preview', 'enlarge']) byId(id).hidden = true;
  byId('snap').hidden = false;
  byId('take').textContent = t.neverMind;
  await viewfinder.play();
}

function snap() {
  const viewfinder = byId('viewfinder');
  const still = document.createElement('canvas');
  still.width = viewfinder.videoWidth;
  still.height = viewfinder.videoHeight;
  const pen = still.getContext('2d');
  pen.setTransform(-1, 0, 0, 1, still.width, 0); // as in the mirror that was looked into
  pen.drawImage(viewfinder, 0, 0);
  giveBack();
  byId('take').focus(); // what was pressed is hidden now
  still.toBlob((photo) => photo && read(photo), 'image/jpeg', 0.92);
}

async function paste() {
  try {
    for (const item of await navigator.clipboard.read()) {
      const type = item.types.find((each) => each.startsWith('image/'));
      if (type) return read(await item.getType(type));
    }
    fail(t.noPicture);
  } catch {
    fail(t.noClipboard);
  }
}

const isPicture = (file) => file && (file.type.startsWith('image/') || file.type === '');

function readOneOf(files) {
  const file = files.find(isPicture);
  if (file) read(file);
  else fail(t.notPicture);
}

// `came`: the files that were dropped or pasted before this was loaded, or null.
export function followPhotos(came) {
  const drop = byId('drop');
  for (const id of ['photo', 'capture']) {
    byId(id).addEventListener('change', (event) => {
      const [file] = event.target.files;
      if (file) read(file);
      event.target.value = ''; // the same file may be chosen again
    });
  }
  byId('photo-form').addEventListener('submit', (event) => event.preventDefault());
  document.addEventListener('paste', (event) => {
    const file = [...event.clipboardData.files].find(isPicture);
    if (file) {
      event.preventDefault();
      byId('photo-card').scrollIntoView({ block: 'nearest' });
      read(file);
    }
  });
  for (const name of ['dragenter', 'dragover']) {
    document.addEventListener(name, (event) => {
      if (![...event.dataTransfer.types].includes('Files')) return;
      event.preventDefault(); // else the browser would leave the page for the file
      drop.classList.add('over');
    });
  }
  document.addEventListener('dragleave', (event) => { if (!event.relatedTarget) drop.classList.remove('over'); });
  document.addEventListener('drop', (event) => {
    drop.classList.remove('over');
    if (![...event.dataTransfer.types].includes('Files')) return;
    event.preventDefault();
    readOneOf([...event.dataTransfer.files]);
  });
  const lends = Boolean(window.isSecureContext && navigator.mediaDevices?.getUserMedia);
  byId('take').hidden = !lends;
  byId('capture-label').hidden = lends || !matchMedia('(pointer: coarse)').matches;
  byId('take').addEventListener('click', take);
  byId('snap').addEventListener('click', snap);
  byId('no-camera').hidden = window.isSecureContext;
  byId('paste').hidden = !navigator.clipboard?.read;
  byId('paste').addEventListener('click', paste);
  byId('clear').addEventListener('click', clear);
  byId('enlarge').addEventListener('click', enlarge);
  if (came) readOneOf(came);
}
