// Classifying by keyboard: K, 1-5, Enter, Esc, X, Shift+arrows, U, Z, /, ?. Every act can be undone, nothing gets lost.
import { ask } from './ask.js';
import { elements, get, post } from './net.js';
import * as party from './party.js';
import { start as startDuty } from './duty.js';
import { start as startPresence } from './presence.js';

const CLASSES = ['Kunde', 'Lieferant', 'Intern', 'Newsletter', 'Werbung'];
const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];

export function start(root) {
  const list = $('.list', root), pane = $('[data-detail]', root), bulk = $('[data-bulk]', root);
  const toast = $('[data-toast]'), alertBox = $('[data-alert]'), undoButton = $('[data-undo]');
  const keysOn = root.dataset.shortcuts === '1';
  const cache = new Map();
  const acts = [], kept = new Map();
  let current = $('.row.cur', root), bulkPick = '', ended = false, loading = Promise.resolve(), loadTimer = 0;
  const rows = () => (list ? $$('[data-row]', list) : []);
  const open = r => !r.classList.contains('done');
  const selected = () => rows().filter(r => r.getAttribute('aria-selected') === 'true');
  const form = () => $('form[data-decide]', pane);
  const word = (category, n = 1) => n === 1 ? category : `${n} × ${category}`;

  const firm = root.dataset.colleagues !== undefined;
  const presence = firm && current ? startPresence(root, () => current) : null;
  const duty = firm ? startDuty(root, {
    current: () => current, selected, say, warn, calm, forget: id => cache.delete(id), remember: act => acts.push(act),
    unmark: row => { if (row.getAttribute('aria-selected') === 'true') mark(row, false); }, stale: (chosen, text) => refused({ status: 409, data: { title: text } }, chosen),
  }) : null;

  // ---- saying
  function say(text, undo = false) {
    toast.hidden = false;
    undoButton.hidden = !undo;
    $('[data-toast-text]').textContent = '';
    setTimeout(() => { $('[data-toast-text]').textContent = text; }, 30);
  }
  function warn(text) { if (ended) return; say(text); alertBox.textContent = text; toast.classList.add('bad'); }
  function signedOut(text) {
    if (ended) return;
    warn(text);
    ended = true;
    const link = document.createElement('a');
    link.href = `/anmelden?weiter=${encodeURIComponent(location.pathname + location.search)}`;
    link.textContent = 'Neu anmelden';
    $('[data-toast-text]').after(link);
  }
  function calm() { if (ended) return; toast.hidden = true; toast.classList.remove('bad'); alertBox.textContent = ''; }

  // ---- where we are
  function show(row, { focus = true, pick = false } = {}) {
    if (!row) return;
    if (current && current !== row) { current.classList.remove('cur'); current.tabIndex = -1; if (!pick) unpick(current); }
    current = row;
    row.classList.add('cur');
    row.tabIndex = 0;
    if (focus) row.focus({ preventScroll: true });
    row.scrollIntoView({ block: 'nearest' });
    clearTimeout(loadTimer);
    loading = new Promise(done => { loadTimer = setTimeout(() => done(fill(row)), cache.has(row.dataset.id) ? 0 : 60); });
  }
  async function fill(row) {
    const id = row.dataset.id;
    if (form()?.dataset.id === id) return;
    const html = cache.get(id) ?? await get(`/einordnen/${id}`);
    if (html === null) { if (current === row) absent(row); return; }
    cache.set(id, html);
    if (current !== row) return;
    pane.replaceChildren(elements(html));
    presence?.opened(row);
    if (form()) { party.keep(form(), kept.get(id)); if (row.dataset.pick) check(row.dataset.pick); party.adapt(form()); }
  }
  // Never the details of one sender beside the row of another.
  function absent(row) {
    const note = document.createElement('p');
    note.className = 'quiet';
    note.textContent = `Die Einzelheiten zu ${row.dataset.name} lassen sich gerade nicht laden.`;
    pane.replaceChildren(note);
  }
  function check(category) {
    const input = $(`input[name="klasse"][value="${category}"]`, pane);
    if (input) { input.checked = true; party.adapt(form()); }
  }
  const after = row => { const all = rows(), at = all.indexOf(row); return all.slice(at + 1).find(open) ?? all.slice(0, at).reverse().find(open) ?? row; };
  function step(by) { const all = rows(), at = all.indexOf(current); return all[Math.max(0, Math.min(all.length - 1, at + by))]; }

  // ---- choosing
  function chip(row, category) {
    const k = $('.k', row), slug = category ? category.toLowerCase() : 'offen';
    k.className = `k ${slug}`;
    $('use', k).setAttribute('href', `/static/icons.svg#${slug}`);
    $('[data-word]', k).textContent = category || 'offen';
  }
  function pick(row, category) { row.dataset.pick = category; row.classList.add('picked'); chip(row, category); if (form()?.dataset.id === row.dataset.id) check(category); }
  function unpick(row) { if (!row.dataset.pick) return; delete row.dataset.pick; row.classList.remove('picked'); chip(row, row.dataset.class); if (form()?.dataset.id === row.dataset.id) { form().reset(); party.adapt(form()); } }
  function mark(row, on) {
    row.setAttribute('aria-selected', String(on));
    $('.ck', row).checked = on;
    const n = selected().length;
    bulk.hidden = n === 0;
    if (!n) setBulk('');
    $('[data-bulk-n]').textContent = `${n} ausgewählt`;
  }
  function setBulk(category) {
    bulkPick = category;
    $$('[data-set]', bulk).forEach(b => b.setAttribute('aria-pressed', String(b.dataset.set === category)));
    $('[data-accept-word]', bulk).textContent = category ? 'Speichern' : 'Übernehmen';
  }

  // ---- saving
  const done = (row, category) => { row.classList.add('done'); row.classList.remove('picked'); delete row.dataset.pick; if (category) chip(row, category); mark(row, false); };
  function back(row) { row.classList.remove('done'); chip(row, row.dataset.class); }
  async function renew(row) {
    cache.delete(row.dataset.id);
    const html = await get(`/einordnen/${row.dataset.id}/zeile`);
    if (html === null) return row;
    const fresh = elements(html).firstElementChild;
    row.replaceWith(fresh);
    if (current === row) { current = fresh; fresh.classList.add('cur'); fresh.tabIndex = 0; form()?.removeAttribute('data-id'); loading = fill(fresh); }
    return fresh;
  }
  function body(chosen, category, extra) {
    return { ids: chosen.map(r => Number(r.dataset.id)), versions: Object.fromEntries(chosen.map(r => [r.dataset.id, Number(r.dataset.version)])), category, ...extra };
  }
  function remember(answer, chosen) {
    cache.clear();
    chosen.forEach(r => kept.delete(r.dataset.id));
    const also = new Set(answer.also.map(String));
    const more = rows().filter(r => also.has(r.dataset.id) && open(r) && !chosen.includes(r));
    more.forEach(r => done(r));
    const all = [...chosen, ...more];
    acts.push({ confirmation: answer.confirmation, ids: all.map(r => r.dataset.id) });
    count(-all.length);
    const rest = more.length ? `, ${more.length} weitere Zeilen gleich mit` : '';
    return rest;
  }
  function count(by) {
    for (const place of [$('[data-tab]', root.querySelector('[aria-current="true"]') ?? root), $('[data-count="einordnen"]')]) {
      const n = Number(place?.textContent.replace(/\D/g, ''));
      if (place && n) place.textContent = Math.max(0, n + by).toLocaleString('de-DE');
    }
  }
  async function saveOne(row, { advance = true } = {}) {
    const mine = form()?.dataset.id === row.dataset.id ? form() : null;
    const category = row.dataset.pick || (mine && party.chosenClass(mine)) || row.dataset.class;
    if (!category) { warn('Noch kein Vorschlag: bitte zuerst eine Klasse wählen (1 bis 5).'); return; }
    const who = mine ? $('input[name="partei"]', mine).value : row.dataset.party;
    if (party.needsParty(category) && !who) {
      pick(row, category);
      await loading;
      if (form()?.dataset.id !== row.dataset.id) await fill(row);
      root.classList.add('show-detail');
      party.demand(form(), `${category}: Wer ist es?`);
      return;
    }
    const box = mine ? $('input[name="reichweite"]', mine) : null;
    const scope = (mine ? box?.checked : row.dataset.teaches) ? 'domain' : 'adresse';
    const seen = mine && party.kept(mine), picked = category !== row.dataset.class;
    done(row, category);
    root.classList.remove('show-detail');
    if (advance) show(after(row));
    const answer = await post('/einordnen/bestaetigen', body([row], category, { party: party.needsParty(category) ? who : '', scope }));
    if (answer.ok) { calm(); say(`${row.dataset.name}: ${category} gespeichert${remember(answer.data, [row])}.`, true); return; }
    back(row);
    if (answer.status !== 409) { if (seen) kept.set(row.dataset.id, seen); if (picked) pick(row, category); }
    await refused(answer, [row]);
  }
  async function refused(answer, chosen) {
    const { status, data } = answer;
    if (status === 409) { for (const row of chosen.slice(0, 20)) await renew(row); warn(`${data.title} Die Zeile zeigt jetzt den neuen Stand.`); return; }
    if (status === 401) return;
    if (data.fields?.party && chosen.length === 1) { show(chosen[0]); await loading; party.demand(form(), data.fields.party); return; }
    warn(data.code ? `${data.title} (${data.code})` : data.title);
    if (chosen.length === 1) show(chosen[0], { pick: true });
  }
  const senders = chosen => {
    const seen = new Map();
    chosen.forEach(r => { const key = r.dataset.peer; seen.set(key, [r.dataset.name, (seen.get(key)?.[1] ?? 0) + 1]); });
    return [...seen].map(([peer, [name, n]]) => [name === peer ? peer : `${name} (${peer})`, `${n} ×`]);
  };
  async function saveMany(chosen, category, extra = {}) {
    if (!category && chosen.some(r => r.dataset.final === '1')) { warn('Diese Zeilen sind schon eingeordnet: bitte eine Klasse wählen (1 bis 5).'); return; }
    const answer = await post('/einordnen/bestaetigen', body(chosen, category || null, extra));
    const fields = answer.data.fields ?? {};
    if (answer.ok) {
      chosen.forEach(r => done(r, category || r.dataset.class));
      setBulk('');
      calm();
      say(`${answer.data.text}${remember(answer.data, chosen)}.`, true);
      show(after(current));
      return;
    }
    if (fields.mixed) {
      const said = await ask({ title: `${senders(chosen).length} verschiedene Absender als ${category} speichern?`, text: 'Der Absender bestimmt die Klasse. Bitte die Liste prüfen:', lines: senders(chosen), yes: `Alle als ${category} speichern` });
      if (said === 'ja') return saveMany(chosen, category, { ...extra, mixed_ok: true });
      current?.focus();
      return;
    }
    if (fields.party) {
      const said = await ask({ title: 'Noch keinem Unternehmen zugeordnet', text: 'Für mindestens eine Zeile ist kein Kunde oder Lieferant bekannt.', lines: senders(chosen), onlyUnknown: true });
      if (said === 'unbekannt') return saveMany(chosen, category, { ...extra, party: 'unbekannt' });
      current?.focus();
      return;
    }
    await refused(answer, chosen);
  }
  async function saveSure(limit) {
    const sure = rows().filter(r => open(r) && r.dataset.class && Number(r.dataset.percent) >= limit && r.dataset.clock === '0');
    if (!sure.length) return;
    const lines = senders(sure);
    const groups = CLASSES.map(c => [c, sure.filter(r => r.dataset.class === c).length]).filter(([, n]) => n).map(([c, n]) => word(c, n)).join(', ');
    const said = await ask({ title: `${sure.length} sichere Vorschläge übernehmen?`, text: groups, lines, yes: 'Alle übernehmen' });
    current?.focus();
    if (said === 'ja') await saveMany(sure, '');
  }
  async function undo() {
    const act = acts.pop();
    if (!act) { say('Es gibt nichts zurückzunehmen.'); return; }
    if (act.run) { if (!await act.run()) acts.push(act); return; }
    const answer = await post('/einordnen/zuruecknehmen', { confirmation: act.confirmation });
    if (!answer.ok) { if (answer.status === 0) acts.push(act); warn(answer.data.title); return; }
    if (act.ids.length > 12) { location.reload(); return; }
    let first = null;
    for (const id of act.ids) { const row = $(`[data-row][data-id="${id}"]`, list); if (row) { const fresh = await renew(row); first ??= fresh; } }
    count(act.ids.length);
    calm();
    say(`${answer.data.text}.`);
    if (first) show(first);
  }

  // ---- keys
  const inText = el => el.matches?.('textarea, select, [contenteditable], input:not([type="checkbox"], [type="radio"])');
  function cancel() {
    if (root.classList.contains('show-detail')) root.classList.remove('show-detail');
    if (current) unpick(current);
    selected().forEach(r => mark(r, false));
    setBulk('');
    calm();
    current?.focus();
  }
  async function openClass() {
    await loading;
    root.classList.add('show-detail');
    ($('input[name="klasse"]:checked', pane) ?? $('input[name="klasse"]', pane))?.focus();
  }
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  const singles = {
    k: openClass, x: () => mark(current, current.getAttribute('aria-selected') !== 'true'), z: undo,
    u: () => duty?.take(),
    '/': () => $('[data-search]')?.focus(), '?': () => $('[data-keys]').showModal(),
  };
  addEventListener('keydown', e => {
    if (document.querySelector('dialog[open]') || e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    if (e.key === 'Escape') { if (!e.defaultPrevented) cancel(); return; }
    if (inText(e.target)) return;
    if (e.repeat && !(e.key in moves)) return; // a key that is held down decides once
    const inList = e.target === document.body || e.target.closest('.list');
    if (!current) { if (keysOn && (e.key === '/' || e.key === '?')) { e.preventDefault(); singles[e.key](); } return; }
    if (e.key in moves && inList) {
      e.preventDefault();
      if (e.shiftKey) mark(current, true);
      show(step(moves[e.key]));
      if (e.shiftKey) mark(current, true);
    } else if (e.key === 'Enter' && (inList || e.target.closest('[data-decide]')?.contains(e.target) && e.target.type === 'radio')) {
      e.preventDefault();
      const chosen = selected();
      if (chosen.length) saveMany(chosen, bulkPick); else if (open(current)) saveOne(current); else show(after(current));
    } else if (keysOn && /^[1-5]$/.test(e.key)) {
      e.preventDefault();
      const category = CLASSES[Number(e.key) - 1];
      if (selected().length) setBulk(category); else if (open(current)) pick(current, category);
    } else if (keysOn && singles[e.key.toLowerCase()]) {
      e.preventDefault();
      singles[e.key.toLowerCase()]();
    }
  });

  // ---- pointer
  list?.addEventListener('click', e => {
    const row = e.target.closest('[data-row]');
    if (!row) return;
    if (e.target.matches('.ck')) { mark(row, e.target.checked); show(row, { focus: false }); return; }
    e.preventDefault();
    show(row, { focus: false });
    root.classList.add('show-detail');
  });
  $('[data-all]', root)?.addEventListener('change', e => {
    const all = rows().filter(open), fit = all.filter(r => r.dataset.unsure === '0' && r.dataset.clock === '0');
    all.forEach(r => mark(r, e.target.checked && fit.includes(r)));
    if (e.target.checked && fit.length < all.length) say(`${all.length - fit.length} Zeilen mit laufender Frist oder unsicherem Vorschlag sind nicht dabei.`);
  });
  $$('[data-set]', bulk).forEach(b => b.addEventListener('click', () => { setBulk(b.dataset.set); saveMany(selected(), b.dataset.set); }));
  $('[data-accept]', bulk).addEventListener('click', () => saveMany(selected(), bulkPick));
  $('[data-clear]', bulk).addEventListener('click', cancel);
  undoButton.addEventListener('click', undo);
  $('[data-sure]')?.addEventListener('click', e => saveSure(Number(e.currentTarget.dataset.sure)));
  let clicks = 1; // the second click of a double click must not save the next row
  pane.addEventListener('click', e => { clicks = e.detail; }, true);
  pane.addEventListener('submit', e => {
    if (!e.target.matches('[data-decide]')) return;
    e.preventDefault();
    if (clicks < 2 && e.target.dataset.id === current?.dataset.id && open(current)) saveOne(current);
  });
  document.addEventListener('signed-out', e => signedOut(e.detail));
  // Coming back from a conversation finds the row that one left.
  addEventListener('pagehide', () => {
    if (!current) return;
    const here = new URL(location.href);
    here.searchParams.set('konversation', current.dataset.id);
    history.replaceState(null, '', here);
  });
  pane.addEventListener('change', e => { if (e.target.name === 'klasse' && current) { current.dataset.pick = e.target.value; current.classList.add('picked'); chip(current, e.target.value); } });
  pane.addEventListener('click', e => { if (e.target.closest('[data-shut]')) { root.classList.remove('show-detail'); current?.focus(); } });
  party.listen(pane);
  if (form()) party.adapt(form());
  if (current) presence?.opened(current);
  if (current && !location.hash && (document.activeElement === document.body || !document.activeElement)) current.focus({ preventScroll: true });
}
