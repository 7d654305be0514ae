// Asks before something is saved: a native dialog with the list of what is meant.
export function ask({ title, text, lines = [], yes = 'Speichern', unknown = false, onlyUnknown = false }) {
  const dialog = document.querySelector('[data-ask]');
  const part = name => dialog.querySelector(`[data-ask-${name}]`);
  part('title').textContent = title;
  part('text').textContent = text;
  part('list').replaceChildren(...lines.map(([name, detail]) => {
    const item = document.createElement('li'), strong = document.createElement('b'), span = document.createElement('span');
    strong.textContent = name;
    span.textContent = detail;
    item.append(strong, span);
    return item;
  }));
  part('yes').textContent = yes;
  part('yes').hidden = onlyUnknown;
  part('unknown').hidden = !(unknown || onlyUnknown);
  dialog.returnValue = '';
  return new Promise(done => {
    dialog.addEventListener('close', () => done(dialog.returnValue || 'nein'), { once: true });
    dialog.showModal();
    part('no').focus();
  });
}
