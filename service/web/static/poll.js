// Keeps figures fresh: asks every 30 s (or data-every) while the page is seen, and changes only the parts that changed.
// Focus, opened details and scrolling stay where they are; a part in which somebody is just typing waits.
import { elements } from './net.js';

const key = one => one.getAttribute('href') ?? one.id ?? '';

// Puts a new part in the place of an old one and gives back what the person had there.
function swap(old, fresh) {
  const open = [...old.querySelectorAll('details')].map(one => one.open);
  const moved = [...old.querySelectorAll('.scroll')].map(one => [one.scrollLeft, one.scrollTop]);
  const focus = old.contains(document.activeElement) ? document.activeElement : null;
  const same = focus && [...old.querySelectorAll('a, summary, button, [tabindex]')].indexOf(focus);
  const named = focus && key(focus);
  old.replaceWith(fresh);
  fresh.querySelectorAll('details').forEach((one, n) => { one.open = open[n] ?? one.open; });
  fresh.querySelectorAll('.scroll').forEach((one, n) => { if (moved[n]) [one.scrollLeft, one.scrollTop] = moved[n]; });
  if (!focus) return;
  const all = [...fresh.querySelectorAll('a, summary, button, [tabindex]')];
  (all.find(one => named && key(one) === named) ?? all[same])?.focus({ preventScroll: true });
}

function parts(of) {
  return new Map([...of.querySelectorAll('[data-part]')].map(one => [one.dataset.part, one]));
}

export function start(box) {
  let mark = box.dataset.mark || '';
  let stand = '';
  let shown = new Map([...parts(box)].map(([name, one]) => [name, one.outerHTML]));
  const state = document.querySelector('[data-poll-state]');
  const say = text => { if (state && state.textContent !== text) state.textContent = text; };

  function replace(fresh) {
    const now = parts(fresh), was = parts(box);
    const alike = now.size && now.size === was.size && [...now.keys()].every(name => was.has(name));
    if (!alike) {
      if (box.contains(document.activeElement) || (!now.size && box.querySelector('details[open]'))) return false;
      box.replaceChildren(fresh);
    } else {
      for (const [name, one] of now) if (one.outerHTML !== shown.get(name)) { const html = one.outerHTML; swap(was.get(name), one); shown.set(name, html); }
      return true;
    }
    shown = new Map([...parts(box)].map(([name, one]) => [name, one.outerHTML]));
    return true;
  }

  async function look() {
    if (document.visibilityState !== 'visible') return;
    try {
      const answer = await fetch(box.dataset.poll, { credentials: 'same-origin', headers: mark ? { 'If-None-Match': mark } : {}, redirect: 'manual', signal: AbortSignal.timeout(20000) });
      if (answer.type === 'opaqueredirect' || answer.status === 401) { location.reload(); return; }
      if (answer.status !== 304) {
        if (!answer.ok) throw new Error(String(answer.status));
        const html = await answer.text();
        if (replace(elements(html))) mark = answer.headers.get('ETag') ?? '';
      }
      stand = answer.headers.get('X-Stand') ?? new Date().toLocaleTimeString('de-DE', { hour: '2-digit', minute: '2-digit' });
      say(`Stand ${stand} · aktualisiert sich selbst`);
    } catch {
      say(`Gerade keine Verbindung; die Zahlen sind ${stand ? `von ${stand}` : 'älter'}.`);
    }
  }
  setInterval(look, 1000 * (Number(box.dataset.every) || 30));
  document.addEventListener('visibilitychange', look);
}
