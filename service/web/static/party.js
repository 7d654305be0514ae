// The search for a customer or supplier: a combobox that finds while typing, offers "unknown" and adding a new one.
import { get, post } from './net.js';

const NAMED = ['Kunde', 'Lieferant'];
let timer = 0, round = 0;

const parts = form => ({
  input: form.querySelector('[role="combobox"]'), list: form.querySelector('[role="listbox"]'),
  value: form.querySelector('input[name="partei"]'), detail: form.querySelector('[data-party-detail]'),
  error: form.querySelector('[data-party-error]'), field: form.querySelector('[data-party-field]'),
});
export const chosenClass = form => form.querySelector('input[name="klasse"]:checked')?.value ?? '';
export const needsParty = category => NAMED.includes(category);

export function adapt(form) {
  const { field, error } = parts(form);
  field.hidden = !needsParty(chosenClass(form));
  error.hidden = true;
}

// What a person had chosen, to be put back when saving failed and the pane was built anew.
export function kept(form) {
  const { input, value, detail } = parts(form);
  return { name: input.value, key: value.value, detail: detail.textContent, all: form.querySelector('input[name="reichweite"]')?.checked };
}

export function keep(form, seen) {
  if (!seen) return;
  const { input, value, detail } = parts(form), all = form.querySelector('input[name="reichweite"]');
  [input.value, value.value, detail.textContent, detail.hidden] = [seen.name, seen.key, seen.detail, !seen.detail];
  if (all) all.checked = seen.all;
}

export function demand(form, text) {
  const { input, error } = parts(form);
  adapt(form);
  error.textContent = text;
  error.hidden = !text;
  input.focus();
  input.select();
  search(form, input.value && parts(form).value.value ? '' : input.value);
}

function option(list, key, name, detail) {
  const item = document.createElement('li');
  item.setAttribute('role', 'option');
  item.id = `partei-${list.children.length}`;
  item.dataset.key = key;
  item.dataset.name = name;
  item.setAttribute('aria-selected', 'false');
  const strong = document.createElement('b');
  strong.textContent = name;
  const small = document.createElement('small');
  small.textContent = detail;
  item.append(strong, small);
  list.append(item);
}

function move(form, step) {
  const { input, list } = parts(form);
  const items = [...list.children];
  if (!items.length) return;
  const at = items.findIndex(i => i.getAttribute('aria-selected') === 'true');
  const next = items[(at + step + items.length) % items.length];
  items.forEach(i => i.setAttribute('aria-selected', String(i === next)));
  input.setAttribute('aria-activedescendant', next.id);
  next.scrollIntoView({ block: 'nearest' });
}

function open(form, on) {
  const { input, list } = parts(form);
  list.hidden = !on;
  input.setAttribute('aria-expanded', String(on));
  if (!on) input.removeAttribute('aria-activedescendant');
}

async function search(form, text) {
  const mine = ++round;
  const query = new URLSearchParams({ q: text.trim(), klasse: chosenClass(form) });
  const found = await get(`/einordnen/parteien?${query}`, 'application/json');
  const { input, list } = parts(form);
  if (mine !== round || document.activeElement !== input) return;
  list.replaceChildren();
  (found ?? []).forEach(p => option(list, p.key, p.name, p.detail));
  if (text.trim() && found) option(list, 'neu', text.trim(), `neu anlegen als ${chosenClass(form) || 'Kunde'}`);
  option(list, 'unbekannt', 'noch unbekannt', 'kommt auf die Liste zur Nacharbeit');
  open(form, true);
  move(form, 1);
}

async function choose(form, item) {
  const { input, value, detail, error } = parts(form);
  let { key, name } = item.dataset;
  if (key === 'neu') {
    const made = await post('/einordnen/partei', { name, category: chosenClass(form), kind: 'firma' });
    if (!made.ok) { error.textContent = made.data.title; error.hidden = false; return; }
    key = made.data.key;
  }
  value.value = key;
  input.value = name;
  detail.textContent = key === 'unbekannt' ? '' : item.querySelector('small').textContent;
  detail.hidden = !detail.textContent;
  error.hidden = true;
  open(form, false);
}

// Listens on the pane, because its form is replaced with every row.
export function listen(pane) {
  const own = e => e.target.closest?.('form[data-decide]');
  pane.addEventListener('input', e => {
    const form = own(e);
    if (!form || e.target.getAttribute('role') !== 'combobox') return;
    parts(form).value.value = '';
    parts(form).detail.hidden = true;
    clearTimeout(timer);
    timer = setTimeout(() => search(form, e.target.value), 120);
  });
  pane.addEventListener('change', e => { if (e.target.name === 'klasse') adapt(own(e)); });
  pane.addEventListener('focusin', e => {
    if (e.target.getAttribute('role') === 'combobox' && parts(own(e)).list.hidden && !parts(own(e)).value.value) search(own(e), e.target.value);
  });
  pane.addEventListener('focusout', e => {
    const form = own(e);
    if (form && e.target.getAttribute('role') === 'combobox') setTimeout(() => open(form, false), 150);
  });
  pane.addEventListener('pointerdown', e => {
    const item = e.target.closest('[role="option"]');
    if (item) { e.preventDefault(); choose(own(e), item); }
  });
  pane.addEventListener('keydown', e => {
    const form = own(e);
    if (!form || e.target.getAttribute('role') !== 'combobox') return;
    const { list } = parts(form);
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      if (list.hidden) search(form, e.target.value); else move(form, e.key === 'ArrowDown' ? 1 : -1);
    } else if (e.key === 'Enter' && !list.hidden) {
      const item = list.querySelector('[aria-selected="true"]');
      if (item) { e.preventDefault(); e.stopPropagation(); choose(form, item); }
    } else if (e.key === 'Escape' && !list.hidden) {
      e.preventDefault(); e.stopPropagation(); open(form, false);
    }
  });
}
