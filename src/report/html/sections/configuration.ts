/** Everything needed to do it again. */

import { formatCount } from '../../../base/units.ts';
import { formatYaml } from '../../../base/yaml-text.ts';
import { commandAgain, commandNote } from '../../facts.ts';
import { stamp } from '../../format.ts';
import { details, footnote, type SectionBuilder, sheet, table } from '../parts.ts';
import { type Html, html } from '../template.ts';

export const configuration: SectionBuilder = ({ info }) => ({
  id: 'configuration',
  title: 'Configuration',
  body: html`<h3>Run it again</h3>
<div class="copyable"><pre id="again" tabindex="0"><code>${commandAgain(info)}</code></pre><button type="button" data-copy="again" hidden>Copy</button></div>
${footnote(commandNote(info))}
<div class="pair"><div><h3>Run</h3>${sheet([
    ['Run id', html`<code>${info.id}</code>`],
    ['Started', stamp(info.startedAt)],
    ['Finished', info.finishedAt === null ? 'did not finish' : stamp(info.finishedAt)],
    ['Scenario', html`<code>${info.scenarioFile}</code>`],
    ...(info.scenarioSha256 === undefined
      ? []
      : [['Scenario file’s digest', html`<code>${info.scenarioSha256}</code>`] as [string, Html]]),
    ...Object.entries(info.rules ?? {}).map(([key, sha256]): [string, Html] => [
      `Digest of ${key}`,
      html`<code>${sha256}</code>`,
    ]),
    ['Seed', html`<code>${info.seed}</code>`],
    [
      'Planned',
      `${formatCount(info.planned.gateway)} gateway, ${formatCount(info.planned.baseline)} baseline, ${formatCount(info.planned.noise ?? 0)} noise; ${formatCount(info.planned.pairs)} pairs in one round of the plan`,
    ],
    ['Plan digest', html`<code>${info.planned.sha256}</code>`],
  ])}</div>
<div><h3>Versions and machine</h3>${sheet([...entries(info.versions), ...entries(info.machine)])}</div></div>
${clusterTable(info.clusters)}
${details('Resolved scenario (secrets masked)', html`<pre class="scenario" tabindex="0"><code>${formatYaml(info.scenario)}</code></pre>`)}`,
});

function entries(record: Readonly<Record<string, string | number>>): [string, string | number][] {
  return Object.entries(record);
}

function clusterTable(rows: Parameters<SectionBuilder>[0]['info']['clusters']): Html | null {
  if (rows.length === 0) return null;
  return html`<h3>Clusters</h3>${table<(typeof rows)[number]>({
    caption: 'Clusters',
    columns: [
      { head: 'Cluster', code: true, cell: (row) => row.name },
      { head: 'Routing group', cell: (row) => row.group },
      { head: 'Driven by', cell: (row) => row.driver },
      { head: 'Zone', cell: (row) => row.zone || '–' },
    ],
    rows,
  })}`;
}
