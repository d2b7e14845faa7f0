// The console: who is logged in, which pages he may see, and the one that is shown.
import { attempt, call, holds, Refused, session } from './api.js';
import { showClusters } from './clusters.js';
import { showDashboard } from './dashboard.js';
import { showHistory } from './history.js';
import { el, page, tell } from './parts.js';
import { showRules } from './rules.js';

const PAGES = [
  ['dashboard', 'Dashboard', showDashboard],
  ['cluster', 'Clusters', showClusters],
  ['history', 'History', showHistory],
  ['routing-rules', 'Routing rules', showRules],
];

function visiblePages(disabled) {
  return PAGES.filter(
    ([name]) =>
      !disabled.includes(name) &&
      (session.caller.permissions.length === 0 || session.caller.permissions.includes(name)) &&
      (name !== 'routing-rules' || holds('ADMIN')),
  );
}

async function start() {
  try {
    session.caller = await call('POST', '/userinfo');
  } catch (error) {
    if (error instanceof Refused) return showLogin();
    return tell(error.message);
  }
  const { disablePages = [] } = (await call('GET', '/webapp/getUIConfiguration')) ?? {};
  session.caller.pages = visiblePages(disablePages);
  const type = await call('POST', '/loginType');
  document
    .getElementById('caller')
    .replaceChildren(
      el('span', {}, type === 'none' ? 'no authentication' : session.caller.userName),
      ...(type === 'none' ? [] : [el('button', { onclick: logout }, 'Log out')]),
    );
  await open();
}

async function open() {
  clearInterval(session.refresh);
  const wanted = location.hash.slice(1);
  const current = session.caller.pages.find(([name]) => name === wanted) ?? session.caller.pages[0];
  document
    .getElementById('pages')
    .replaceChildren(
      ...session.caller.pages.map(([name, title]) =>
        el('a', { href: `#${name}`, 'aria-current': name === current?.[0] ? 'page' : undefined }, title),
      ),
    );
  if (current === undefined) return page.replaceChildren('No page of the console is open to you.');
  await attempt(current[2]);
}

async function logout() {
  await attempt(() => call('POST', '/logout'));
  location.reload();
}

async function showLogin() {
  clearInterval(session.refresh);
  document.getElementById('pages').replaceChildren();
  document.getElementById('caller').replaceChildren();
  const type = await call('POST', '/loginType');
  if (type === 'oauth') {
    const go = () =>
      attempt(async () => {
        location.assign(await call('POST', '/sso'));
      });
    return page.replaceChildren(
      el(
        'section',
        { class: 'sheet login' },
        el('h2', {}, 'Log in'),
        el('button', { class: 'main', onclick: go }, 'Log in with single sign-on'),
      ),
    );
  }
  const user = el('input', { name: 'username', autocomplete: 'username', required: true });
  const password = el('input', {
    name: 'password',
    type: 'password',
    autocomplete: 'current-password',
    required: true,
  });
  const submit = (event) => {
    event.preventDefault();
    attempt(async () => {
      await call('POST', '/login', { username: user.value, password: password.value });
      await start();
    });
  };
  page.replaceChildren(
    el(
      'form',
      { class: 'sheet login', onsubmit: submit },
      el('h2', {}, 'Log in'),
      el('label', {}, 'User', user),
      el('label', {}, 'Password', password),
      el('button', { class: 'main' }, 'Log in'),
    ),
  );
  user.focus();
}

session.onRefused = showLogin;
addEventListener('hashchange', () => {
  if (session.caller !== undefined) attempt(open);
});
start();
