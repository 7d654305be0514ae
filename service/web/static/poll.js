// Keeps figures fresh: asks every 30 s (or data-every) while the page is seen, and changes it only when something changed.
import { elements } from './net.js';

export function start(box) {
  let mark = box.dataset.mark || '';
  const state = document.querySelector('[data-poll-state]');
  async function look() {
    if (document.visibilityState !== 'visible' || box.contains(document.activeElement) || box.querySelector('details[open]')) return;
    try {
      const answer = await fetch(box.dataset.poll, { credentials: 'same-origin', headers: mark ? { 'If-None-Match': mark } : {}, redirect: 'manual' });
      if (answer.type === 'opaqueredirect') { location.reload(); return; }
      if (answer.status === 304) return;
      if (!answer.ok) throw new Error(String(answer.status));
      mark = answer.headers.get('ETag') ?? '';
      box.replaceChildren(elements(await answer.text()));
      if (state) state.textContent = `Stand ${new Date().toLocaleTimeString('de-DE', { hour: '2-digit', minute: '2-digit' })} · aktualisiert sich selbst`;
    } catch {
      if (state) state.textContent = 'Gerade keine Verbindung; die Zahlen sind älter.';
    }
  }
  setInterval(look, 1000 * (Number(box.dataset.every) || 30));
}
