// Answering over WhatsApp: what is filled in shows in the preview at once, and one press sends once.
export function start(form) {
  for (const input of form.querySelectorAll('[data-fills]')) {
    const show = () => {
      const out = form.querySelector(`output[data-place="${input.dataset.fills}"]`);
      const [year, month, day] = input.type === 'date' ? input.value.split('-') : [];
      if (out) out.textContent = day ? `${day}.${month}.${year}` : input.value || `[${out.dataset.label}]`;
    };
    input.addEventListener('input', show);
    show();
  }
  form.addEventListener('keydown', e => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); form.requestSubmit(); } });
  form.addEventListener('submit', e => {
    if (form.dataset.sent) { e.preventDefault(); return; }
    form.dataset.sent = '1';
    form.querySelector('button').setAttribute('aria-disabled', 'true');
  });
  // Back from the next page by the browser's button: the form may be used again.
  addEventListener('pageshow', () => { delete form.dataset.sent; form.querySelector('button').removeAttribute('aria-disabled'); });
}
