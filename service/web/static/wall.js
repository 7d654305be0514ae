// Lets a wall screen in: the token of its link stands behind "#", is handed over once and then leaves the address bar.
import { post } from './net.js';

export async function start(box) {
  const token = location.hash.slice(1);
  if (!token) return;
  history.replaceState(null, '', '/wand');
  const answer = await post('/wand', { token });
  if (answer.ok) location.reload();
  else box.querySelector('[data-wall-state]').textContent = 'Dieses Token gilt nicht (mehr). Bitte ein neues anlegen lassen.';
}
