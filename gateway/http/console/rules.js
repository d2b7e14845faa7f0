import { attempt, call, callNoted } from './api.js';
import { el, page, tell } from './parts.js';

export async function showRules() {
  const { data: rules = [], note } = await callNoted('GET', '/webapp/getRoutingRules');
  if (rules.length === 0)
    return page.replaceChildren(el('h2', {}, 'Routing rules'), el('p', {}, note || 'There are no rules.'));
  page.replaceChildren(
    el('h2', {}, 'Routing rules'),
    el(
      'p',
      { class: 'soft' },
      note || 'Every rule that matches fires, in ascending priority; the last group put wins.',
    ),
    ...rules.toSorted((a, b) => a.priority - b.priority).map(ruleSheet),
  );
}

function ruleSheet(rule) {
  const sheet = el('section', { class: 'sheet rule' });
  const show = () =>
    sheet.replaceChildren(
      el('h3', {}, rule.name, ' ', el('span', { class: 'soft' }, `priority ${rule.priority}`)),
      rule.description ? el('p', { class: 'soft' }, rule.description) : (undefined ?? ''),
      el('code', {}, rule.condition),
      ...rule.actions.map((a) => el('code', {}, `→ ${a}`)),
      el('div', { class: 'row' }, el('button', { onclick: edit, 'aria-label': `Edit ${rule.name}` }, 'Edit')),
    );
  const edit = () => {
    const condition = el('textarea', { name: 'condition', spellcheck: 'false' }, rule.condition);
    const actions = el('textarea', { name: 'actions', spellcheck: 'false' }, rule.actions.join('\n'));
    const priority = el('input', {
      name: 'priority',
      type: 'number',
      step: '1',
      value: String(rule.priority),
    });
    const save = (event) => {
      event.preventDefault();
      attempt(async () => {
        await call('POST', '/webapp/updateRoutingRules', {
          name: rule.name,
          description: rule.description,
          priority: Number(priority.value),
          condition: condition.value,
          actions: actions.value.split('\n').filter((line) => line.trim() !== ''),
        });
        await showRules();
        tell(`Rule ${rule.name} is saved.`);
      });
    };
    sheet.replaceChildren(
      el(
        'form',
        { class: 'rule', onsubmit: save },
        el('h3', {}, rule.name),
        el('label', {}, 'Priority', priority),
        el('label', {}, 'Condition', condition),
        el('label', {}, 'Actions, one a line', actions),
        el(
          'div',
          { class: 'row' },
          el('button', { class: 'main' }, 'Save'),
          el('button', { type: 'button', onclick: show }, 'Cancel'),
        ),
      ),
    );
  };
  show();
  return sheet;
}
