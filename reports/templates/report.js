// The page works without this script. It adds filtering and copying, and shows all checks of a large report in pages.
(() => {
  /** Maximum number of checks or root causes that are shown at once in a large report. */
  const pageSize = 100;
  /** Time after which preparing the filter lets the page respond, milliseconds. */
  const sliceMs = 8;

  const form = document.getElementById('filter');
  const text = document.getElementById('filter-text');
  const count = document.getElementById('filter-count');
  const boxes = [...form.querySelectorAll('input[type=checkbox]')];

  const addCopyButtons = (container) => {
    for (const command of container.querySelectorAll('.command')) {
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
  };

  /** The checks that the filter wants. `textOf` gives the text of a check in lower case. */
  const matching = (checks, textOf) => {
    const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const needle = text.value.trim().toLowerCase();
    const found = checks.filter(
      (check) => wanted.has(check.outcome) && (!needle || textOf(check).includes(needle)),
    );
    count.textContent = `${found.length} of ${checks.length} checks`;
    return found;
  };

  const linkedId = () => decodeURIComponent(location.hash.slice(1));

  const useFilter = ({ apply, reveal }) => {
    form.hidden = false;
    form.addEventListener('input', apply);
    form.addEventListener('submit', (event) => event.preventDefault());
    addEventListener('hashchange', reveal);
    reveal();
  };

  /** All checks are in the page: the filter hides those that do not match. */
  const filterMarkup = () => {
    const checks = [...document.querySelectorAll('.check')].map((element) => ({
      element,
      outcome: element.dataset.outcome,
    }));
    const textOf = (check) => {
      check.text ??= check.element.textContent.toLowerCase();
      return check.text;
    };
    const apply = () => {
      const found = new Set(matching(checks, textOf));
      for (const check of checks) check.element.hidden = !found.has(check);
      for (const group of document.querySelectorAll('.group')) {
        group.hidden = !group.querySelector('.check:not([hidden])');
      }
    };
    // A link to a check opens the check, even if the filter hides it.
    const reveal = () => {
      const target = document.getElementById(linkedId());
      if (!target?.matches('.check')) return;
      target.hidden = false;
      target.closest('.group').hidden = false;
      target.open = true;
      target.scrollIntoView();
    };
    useFilter({ apply, reveal });
  };

  /**
   * A list of which one page is in the document. `markupOf` gives the markup of a page, with all texts escaped. `shown` are
   * the elements that the document already shows, if these are known.
   */
  const pagedList = (list, name, markupOf, shown) => {
    let all = [];
    let first = 0;
    const nav = document.createElement('nav');
    nav.className = 'pager';
    nav.setAttribute('aria-label', `Pages of ${name}`);
    const place = document.createElement('output');
    const draw = () => {
      const page = all.slice(first, first + pageSize);
      // A further letter often leaves the page as it is, and layout and paint cost more than the filter.
      if (page.length !== shown?.length || page.some((element, index) => element !== shown[index])) {
        list.innerHTML = markupOf(page);
        addCopyButtons(list);
        shown = page;
      }
      place.textContent = `${first + 1}–${first + page.length} of ${all.length} ${name}`;
      previous.disabled = first === 0;
      next.disabled = first + pageSize >= all.length;
      nav.hidden = all.length <= pageSize;
    };
    const buttonTo = (label, step) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = label;
      button.addEventListener('click', () => {
        first += step;
        draw();
        list.focus({ preventScroll: true });
        list.scrollIntoView();
      });
      return button;
    };
    const previous = buttonTo('Previous', -pageSize);
    const next = buttonTo('Next', pageSize);
    nav.append(previous, place, next);
    list.tabIndex = -1;
    list.after(nav);
    return {
      /** Shows the page with the element at an index. */
      show(elements, index = 0) {
        all = elements;
        first = index - (index % pageSize);
        draw();
      },
    };
  };

  const characters = {
    '&amp;': '&',
    '&lt;': '<',
    '&gt;': '>',
    '&quot;': '"',
    '&#x27;': "'",
    '&#x60;': '`',
    '&#x3D;': '=',
  };
  const textOfMarkup = (markup) =>
    markup
      .replace(/<[^>]*>/g, ' ')
      .replace(/&(?:amp|lt|gt|quot|#x27|#x60|#x3D);/g, (entity) => characters[entity])
      .toLowerCase();

  const readStore = async (base64) => {
    const binary = atob(base64);
    const bytes = new Uint8Array(binary.length);
    for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    return new Response(stream).json();
  };

  /** The checks of a large report are in the store: the page contains those that are looked at. */
  const pageStore = async (base64) => {
    const { blockers, groups } = await readStore(base64);
    const checks = groups.flatMap(({ heading, checks: own }) =>
      own.map(([id, outcome, markup]) => ({ id, outcome, markup, heading })),
    );
    const textOf = (check) => {
      check.text ??= textOfMarkup(check.markup);
      return check.text;
    };
    const markupOfGroups = (page) => {
      const headings = [...new Set(page.map(({ heading }) => heading))];
      const markupOf = (heading) =>
        page.flatMap((check) => (check.heading === heading ? [check.markup] : [])).join('');
      return headings
        .map((heading) => `<section class="group">${heading}${markupOf(heading)}</section>`)
        .join('');
    };
    const checkList = pagedList(document.getElementById('check-list'), 'checks', markupOfGroups);
    const blockerList = document.getElementById('blocker-list');
    if (blockerList) {
      const shown = blockers.slice(0, blockerList.childElementCount);
      pagedList(blockerList, 'root causes', (page) => page.join(''), shown).show(blockers);
    }
    document.getElementById('shortened').hidden = true;

    const apply = () => checkList.show(matching(checks, textOf));
    const reveal = () => {
      const id = linkedId();
      const index = checks.findIndex((check) => check.id === id);
      if (index < 0) return;
      if (!document.getElementById(id)) {
        form.reset();
        checkList.show(matching(checks, textOf), index);
      }
      const target = document.getElementById(id);
      target.open = true;
      target.scrollIntoView();
    };
    apply();
    useFilter({ apply, reveal });

    let prepared = 0;
    const prepare = () => {
      const until = performance.now() + sliceMs;
      while (prepared < checks.length && performance.now() < until) textOf(checks[prepared++]);
      if (prepared < checks.length) setTimeout(prepare);
    };
    setTimeout(prepare);
  };

  addCopyButtons(document);
  const store = document.getElementById('store');
  if (store) pageStore(store.textContent);
  else filterMarkup();
})();
