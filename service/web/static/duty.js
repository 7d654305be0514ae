// Who is responsible: take over, hand over to a colleague until a day, give back; each act can be undone.
import { elements, post } from './net.js';

const $ = (s, r = document) => r.querySelector(s);

export function start(root, list) {
  const dialog = $('[data-hand]');
  // Not a submit button: Enter in the form hands over, it does not cancel.
  $('[data-hand-no]')?.addEventListener('click', () => dialog.close('nein'));
  const put = (box, html) => { if (box) box.replaceChildren(elements(html)); };
  // Rows and pane show what the server says now; a version seen before this would be a conflict with oneself.
  function renew(data, current) {
    for (const [id, now] of Object.entries(data.rows)) {
      list.forget(id);
      const row = $(`[data-row][data-id="${id}"]`, root);
      if (!row) continue;
      row.dataset.version = now.version;
      put($('[data-chip]', row), now.chip);
      put($('[data-asked]', row), now.asked);
      const version = $(`form[data-decide][data-id="${id}"] input[name="version"]`, root);
      if (version) version.value = now.version;
    }
    const pane = current && $(`[data-duty="${current.dataset.id}"]`, root);
    if (pane && data.pane) { const had = pane.contains(document.activeElement); pane.replaceWith(elements(data.pane)); if (had) current.focus(); }
  }
  const rest = left => left.length ? ` Nicht geändert: ${left.slice(0, 3).map(one => `${one.name} – ${one.text}`).join(' ')}${left.length > 3 ? ` und ${left.length - 3} weitere.` : ''}` : '';

  async function act(chosen, verb, more = {}) {
    const current = list.current();
    if (!chosen.length) return null;
    const answer = await post('/zustaendig', {
      verb, ids: chosen.map(r => Number(r.dataset.id)), versions: Object.fromEntries(chosen.map(r => [r.dataset.id, Number(r.dataset.version)])),
      shown: current ? Number(current.dataset.id) : 0, ...more,
    });
    if (!answer.ok) {
      if (answer.status === 409) await list.stale(chosen, answer.data.title);
      else if (answer.status !== 401 && !(answer.status === 422 && verb === 'uebergeben')) list.warn(answer.data.title);
      return answer;
    }
    renew(answer.data, current);
    chosen.forEach(r => list.unmark(r));
    if (answer.data.act) list.remember({ run: () => undo(answer.data.act) });
    list.calm();
    list.say(`${answer.data.text}.${rest(answer.data.left)}`, Boolean(answer.data.act));
    return answer;
  }
  async function undo(id) {
    const current = list.current();
    const answer = await post('/zustaendig/zuruecknehmen', { act: id, shown: current ? Number(current.dataset.id) : 0 });
    if (!answer.ok) { list.warn(answer.data.title); return answer.status !== 0; }
    renew(answer.data, current);
    list.calm();
    list.say(`${answer.data.text}.${rest(answer.data.left)}`);
    return true;
  }
  const chosen = () => { const many = list.selected(), current = list.current(); return many.length ? many : current ? [current] : []; };

  async function handOver(rows) {
    if (!rows.length || !dialog) return;
    const error = $('[data-hand-error]', dialog), to = $('[data-hand-to]', dialog), until = $('[data-hand-until]', dialog);
    $('[data-hand-what]', dialog).textContent = rows.length > 1 ? `${rows.length} Konversationen` : rows[0].dataset.name;
    error.hidden = true;
    for (;;) {
      dialog.returnValue = '';
      dialog.showModal();
      to.focus();
      await new Promise(done => dialog.addEventListener('close', done, { once: true }));
      if (dialog.returnValue !== 'ja') break;
      const answer = await act(rows, 'uebergeben', { member: Number(to.value), due: until.value });
      if (answer?.status !== 422) { until.value = ''; break; }
      error.textContent = [answer.data.title, ...Object.values(answer.data.fields ?? {})].join(' ');
      error.hidden = false;
    }
    list.current()?.focus();
  }
  root.addEventListener('click', e => {
    const button = e.target.closest('[data-assign]');
    if (!button || e.ctrlKey || e.metaKey) return;
    e.preventDefault();
    const rows = button.closest('[data-duty]') ? [list.current()] : chosen();
    if (button.dataset.assign === 'uebergeben') handOver(rows); else act(rows, button.dataset.assign);
  });
  return { take: () => act(chosen(), 'uebernehmen') };
}
