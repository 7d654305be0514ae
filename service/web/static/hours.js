// Opening hours: adds and removes spans and single days; the form works without it with the rows that are there.
export function start(form) {
  form.addEventListener('click', e => {
    const add = e.target.closest('[data-add]'), drop = e.target.closest('[data-drop]');
    if (add) {
      const place = form.querySelector(add.dataset.add), fresh = form.querySelector(add.dataset.from).content.cloneNode(true);
      fresh.querySelectorAll('[data-day]').forEach(input => { input.name = input.dataset.day.replace('*', add.dataset.key ?? ''); });
      place.append(fresh);
      place.lastElementChild.querySelector('input')?.focus();
    } else if (drop) {
      const next = drop.closest('fieldset')?.querySelector('[data-add]');
      drop.closest('[data-span]').remove();
      next?.focus();
    }
  });
}
