// Elements, tables and messages. Text is put on the page as text, never as markup.
export const page = document.getElementById('page');
const message = document.getElementById('message');
let messageTimer;

/** An element with attributes, event handlers (`onclick`) and children; strings become text. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, '');
    else node.setAttribute(key, value);
  }
  node.append(...children.filter((c) => c !== undefined && c !== null));
  return node;
}

export function tell(text) {
  clearTimeout(messageTimer);
  message.textContent = text;
  messageTimer = setTimeout(() => {
    message.textContent = '';
  }, 8000);
}

/** A table; a cell is a string, a number or an element. On narrow screens each row is a sheet of its own. */
export function table(heads, rows, none) {
  if (rows.length === 0) return el('p', { class: 'soft' }, none);
  const cells = (row) =>
    row.map((cell, i) =>
      el(
        'td',
        {
          'data-label': heads[i],
          class: typeof cell === 'number' ? 'number' : cell?.long ? 'long' : undefined,
        },
        cell?.long ?? (cell instanceof Node ? cell : String(cell ?? '')),
      ),
    );
  return el(
    'div',
    { class: 'sheet' },
    el(
      'table',
      {},
      el('thead', {}, el('tr', {}, ...heads.map((h) => el('th', { scope: 'col' }, h)))),
      el('tbody', {}, ...rows.map((row) => el('tr', {}, ...cells(row)))),
    ),
  );
}

/** A link only for what is a web address: a backend's URL is data. */
export function webLink(url) {
  return /^https?:\/\//i.test(url) ? el('a', { href: url, rel: 'noreferrer' }, url) : el('span', {}, url);
}
