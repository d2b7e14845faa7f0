/* Sorting, filtering, copying, and the navigation's place: what the tables gain when scripts are on. */

function sortKey(row, column) {
  const cell = row.cells[column];
  const number = cell.dataset.sort;
  return number === undefined ? cell.textContent.trim() : Number(number);
}

function compare(a, b) {
  return typeof a === 'number' ? a - b : a.localeCompare(b, 'en', { numeric: true });
}

function sortBy(table, column, head) {
  const down = head.getAttribute('aria-sort') === 'ascending';
  for (const other of head.parentNode.cells) other.removeAttribute('aria-sort');
  head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => ({ row, key: sortKey(row, column) }));
  rows.sort((a, b) => (down ? compare(b.key, a.key) : compare(a.key, b.key)));
  body.append(...rows.map(({ row }) => row));
  const most = Number(table.dataset.most ?? Number.POSITIVE_INFINITY);
  rows.forEach(({ row }, place) => {
    row.classList.toggle('beyond', place >= most);
  });
}

for (const table of document.querySelectorAll('table[data-sortable]')) {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = head.textContent;
    button.addEventListener('click', () => sortBy(table, column, head));
    head.replaceChildren(button);
  });
}

for (const form of document.querySelectorAll('form[data-filter]')) {
  const rows = [...document.getElementById(form.dataset.filter).tBodies[0].rows];
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const apply = () => {
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const key = form.elements.key.value;
    // What somebody has asked for is shown whole.
    document.getElementById(form.dataset.filter).classList.toggle('filtered', key !== '' || words.length > 0);
    let shown = 0;
    for (const row of rows) {
      const hit = (!key || row.dataset.key === key) && words.every((word) => texts.get(row).includes(word));
      row.hidden = !hit;
      if (hit) shown++;
    }
    form.querySelector('output').textContent = `${shown} of ${rows.length}`;
  };
  form.addEventListener('input', apply);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.hidden = false;
  apply();
}

/** A statement that is cut on the screen stands whole on paper. */
let opened = [];
addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll(':is(td, th) details:not([open])')];
  for (const part of opened) part.open = true;
});
addEventListener('afterprint', () => {
  for (const part of opened) part.open = false;
});

function selectText(node) {
  const range = document.createRange();
  range.selectNodeContents(node);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

for (const button of document.querySelectorAll('button[data-copy]')) {
  const source = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener('click', async () => {
    selectText(source);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Selected';
    }
  });
}

const links = new Map([...document.querySelectorAll('nav a')].map((a) => [a.hash.slice(1), a]));
const visible = new Set();
const watch = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) visible.add(target.id);
      else visible.delete(target.id);
    }
    const current = [...links.keys()].find((id) => visible.has(id));
    for (const [id, link] of links) {
      if (id === current) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    }
  },
  { rootMargin: '-10% 0px -70% 0px' },
);
for (const section of document.querySelectorAll('main > section')) watch.observe(section);
