// Two people, one row: says who has which row open just now, and tells the others the same of us.
import { post } from './net.js';

const LOOK = 15000, SETTLED = 500, IDLE = 120000;

export function start(root, current) {
  let mark = '', there = {}, sent = '', timer = 0, moved = Date.now(), over = false;
  const seen = () => document.visibilityState === 'visible' && !over;
  for (const what of ['keydown', 'pointermove', 'pointerdown']) addEventListener(what, () => { moved = Date.now(); }, { passive: true });
  document.addEventListener('signed-out', () => { over = true; });

  const sentence = names => `${names} ${names.includes(' und ') ? 'ordnen' : 'ordnet'} diese Zeile gerade ein`;
  function draw() {
    root.querySelectorAll('[data-row]').forEach(row => {
      const names = there[row.dataset.id] ?? '';
      let hint = row.querySelector('[data-here]');
      if (!names) { hint?.remove(); return; }
      if (!hint) {
        hint = document.createElement('span');
        hint.dataset.here = '';
        hint.className = 'here';
        row.querySelector('.who').append(hint);
      }
      if (hint.textContent !== sentence(names)) hint.textContent = sentence(names);
    });
    const note = root.querySelector('[data-here-pane]'), names = there[current()?.dataset.id] ?? '';
    if (!note) return;
    note.hidden = !names;
    if (names && note.textContent !== `${sentence(names)}.`) note.textContent = `${sentence(names)}.`;
  }
  async function look() {
    if (!seen()) return;
    try {
      const answer = await fetch('/einordnen/anwesend', { credentials: 'same-origin', redirect: 'manual', headers: mark ? { Accept: 'application/json', 'If-None-Match': mark } : { Accept: 'application/json' } });
      if (answer.type === 'opaqueredirect' || answer.status === 401) { over = true; return; }
      if (answer.status !== 200) return;
      mark = answer.headers.get('ETag') ?? '';
      there = await answer.json();
      draw();
    } catch { /* no connection: the next look says more */ }
  }
  async function tell(id) {
    if (!id || !seen()) return;
    sent = id;
    await post('/einordnen/anwesend', { id: Number(id) });
  }
  setInterval(() => {
    look();
    if (sent && Date.now() - moved < IDLE) tell(current()?.dataset.id);
  }, LOOK);
  document.addEventListener('visibilitychange', look);
  look();
  return {
    opened(row) {
      draw();
      clearTimeout(timer);
      timer = setTimeout(() => { if (current() === row) tell(row.dataset.id); }, SETTLED);
    },
  };
}
