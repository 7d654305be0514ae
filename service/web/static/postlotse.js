// Starts what the page needs; every page also works as plain HTML where this script does not run.
import { post } from './net.js';
import { start as startTriage } from './triage.js';
import { start as startSignin } from './signin.js';
import { start as startPoll } from './poll.js';
import { start as startHours } from './hours.js';
import { start as startSend } from './send.js';
import { start as startWall } from './wall.js';

const root = document.documentElement;
root.classList.add('js');

document.querySelectorAll('[data-theme-form]').forEach(form => form.addEventListener('submit', e => {
  e.preventDefault();
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  post(form.getAttribute('action'), { theme: root.dataset.theme });
}));

// Charts: what a mark stands for, on pointer and on keyboard focus.
const tip = document.querySelector('[data-tipbox]');
if (tip) for (const what of ['pointerover', 'focusin']) document.addEventListener(what, e => {
  const mark = e.target.closest?.('[data-tip]');
  tip.hidden = !mark;
  if (mark) tip.textContent = mark.dataset.tip;
});

// A menu that drops down closes by Escape, which leads back to its button, and by a click beside it.
addEventListener('keydown', e => {
  const open = e.key === 'Escape' && document.querySelector('details.drop[open]');
  if (open) { open.open = false; open.querySelector('summary').focus(); e.preventDefault(); }
});
addEventListener('click', e => document.querySelectorAll('details.drop[open]').forEach(menu => { if (!menu.contains(e.target)) menu.open = false; }));

// Selects that lead somewhere act at once; without script their button does.
document.querySelectorAll('select[data-go]').forEach(select => select.addEventListener('change', () => select.form.submit()));

// The field of a date is written in the order of the browser's own language: beside its name it stands as we write it.
function sayDate(field) {
  let said = field.parentElement.querySelector('.said-date');
  if (!said) {
    said = document.createElement('span');
    said.className = 'said-date';
    const name = field.closest('label')?.querySelector('span');
    if (name) name.append(said); else field.after(said);
  }
  said.textContent = field.valueAsDate ? ` ${field.valueAsDate.toLocaleDateString('de-DE', { timeZone: 'UTC', weekday: 'short', day: '2-digit', month: '2-digit', year: 'numeric' })}` : '';
}
document.querySelectorAll('input[type="date"]').forEach(sayDate);
document.addEventListener('input', e => { if (e.target.matches?.('input[type="date"]')) sayDate(e.target); });

// A box in the head of a table ticks all boxes of its name.
document.querySelectorAll('[data-check-all]').forEach(box => box.addEventListener('change', () => document.querySelectorAll(`input[name="${box.dataset.checkAll}"]`).forEach(one => { one.checked = box.checked; })));

const parts = { '[data-triage]': startTriage, '[data-signin]': startSignin, '[data-poll]': startPoll, '[data-hours]': startHours, '[data-send]': startSend, '[data-wall]': startWall };
for (const [where, start] of Object.entries(parts)) document.querySelectorAll(where).forEach(start);
