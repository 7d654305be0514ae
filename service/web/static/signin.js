// Takes the one-time token of a login link or an invitation out of the address (it never reaches a server log) and posts it once.
import { post } from './net.js';

export async function start(box) {
  const token = location.hash.slice(1), state = box.querySelector('[data-state]');
  if (!token) return;
  history.replaceState(null, '', location.pathname + location.search);
  state.textContent = 'Anmeldung läuft …';
  const next = new URLSearchParams(location.search).get('weiter') ?? '';
  const answer = await post(box.dataset.signin || '/anmelden', { token, next });
  if (answer.ok) { location.replace(answer.data.next); return; }
  state.textContent = `${answer.data.title}${answer.data.code ? ` (${answer.data.code})` : ''}`;
  state.setAttribute('role', 'alert');
  state.classList.add('bad');
}
