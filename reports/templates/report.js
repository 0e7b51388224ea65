// The page works without this script. It only adds filtering and copying.
(() => {
  const form = document.getElementById('filter');
  const text = document.getElementById('filter-text');
  const count = document.getElementById('filter-count');
  const checks = [...document.querySelectorAll('.check')];
  const boxes = [...form.querySelectorAll('input[type=checkbox]')];

  const apply = () => {
    const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const needle = text.value.trim().toLowerCase();
    let shown = 0;
    for (const check of checks) {
      const match =
        wanted.has(check.dataset.outcome) && (!needle || check.textContent.toLowerCase().includes(needle));
      check.hidden = !match;
      if (match) shown += 1;
    }
    for (const group of document.querySelectorAll('.group')) {
      group.hidden = !group.querySelector('.check:not([hidden])');
    }
    count.textContent = `${shown} of ${checks.length} checks`;
  };
  form.hidden = false;
  form.addEventListener('input', apply);
  form.addEventListener('submit', (event) => event.preventDefault());

  // A link to a check opens the check, even if the filter hides it.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.matches('.check')) return;
    target.hidden = false;
    target.closest('.group').hidden = false;
    target.open = true;
    target.scrollIntoView();
  };
  addEventListener('hashchange', reveal);
  reveal();

  for (const command of document.querySelectorAll('.command')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Copy';
    button.addEventListener('click', async () => {
      const code = command.querySelector('code');
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = 'Copied';
      } catch {
        // The page has no access to the clipboard. Select the command, so a keyboard shortcut can copy it.
        getSelection().selectAllChildren(code);
        button.textContent = 'Selected';
      }
      setTimeout(() => {
        button.textContent = 'Copy';
      }, 2000);
    });
    command.append(button);
  }
})();
