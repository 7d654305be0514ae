// Speaks with our own server: JSON, the request token, and one German sentence for everything that can go wrong.
const LOST = 'Der Server ist nicht erreichbar. Ihre Auswahl ist noch da; bitte gleich noch einmal versuchen.';
const SIGNED_OUT = 'Ihre Sitzung ist abgelaufen, die letzte Eingabe ist nicht gespeichert. Bitte neu anmelden.';
// Every way to meet the end of a session says the same; the page decides how to show it.
const signedOut = () => document.dispatchEvent(new CustomEvent('signed-out', { detail: SIGNED_OUT }));
const token = () => document.querySelector('meta[name="csrf"]')?.content ?? '';

export async function post(url, body) {
  try {
    const answer = await fetch(url, {
      method: 'POST', credentials: 'same-origin', redirect: 'error', signal: AbortSignal.timeout(20000),
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRF-Token': token() },
      body: JSON.stringify(body),
    });
    if (answer.status === 401) signedOut();
    const data = await answer.json().catch(() => ({ title: `Unerwartete Antwort (${answer.status}).`, fields: {} }));
    return { ok: answer.ok, status: answer.status, data };
  } catch {
    return { ok: false, status: 0, data: { title: LOST, fields: {} } };
  }
}

export async function get(url, accept = 'text/html') {
  try {
    const answer = await fetch(url, { credentials: 'same-origin', redirect: 'manual', headers: { Accept: accept }, signal: AbortSignal.timeout(20000) });
    if (answer.type === 'opaqueredirect' || answer.status === 401) { signedOut(); return null; }
    if (!answer.ok) return null;
    return accept === 'application/json' ? await answer.json() : await answer.text();
  } catch {
    return null;
  }
}

// HTML of our own server as elements; scripts in it would not run (and there are none).
export function elements(html) {
  const template = document.createElement('template');
  template.innerHTML = html;
  return template.content;
}
