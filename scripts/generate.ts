// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it documents the gateway's own ${ENV:NAME}.
// Writes the files that are derived from the source: `--check` compares instead, for CI.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { gatewaySchema } from '../gateway/config/schema.ts';
import { writeWhole } from '../src/base/files.ts';
import { projectRoot } from '../src/base/project.ts';
import { studySchema } from '../src/capacity/study/schema.ts';
import { commandsSettings } from '../src/fleet/clusters/commands-driver.ts';
import { trinoSettings } from '../src/fleet/clusters/trino-driver.ts';
import { urlSettings } from '../src/fleet/clusters/url-driver.ts';
import { FIGURES } from '../src/measure/figures/figures.ts';
import { productionRollSchema } from '../src/roll/production/config.ts';
import { scenarioSchema } from '../src/scenario/schema.ts';
import { FAULTS, type FaultEntry } from '../src/scenario/sections/timeline/index.ts';
import { stubConfigSchema } from '../src/stub/config.ts';

type JsonSchema = {
  type?: string | string[];
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  required?: string[];
};

function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

function typeText(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants) return [...new Set(variants.map(typeText))].join(' or ');
  if (schema.type === 'array') return `list of ${typeText(schema.items ?? {})}`;
  return Array.isArray(schema.type) ? schema.type.join(' or ') : (schema.type ?? 'any');
}

/** One row per key, nested keys below their parents. */
function keyRows(schema: JsonSchema, path = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const name = path === '' ? key : `${path}.${key}`;
    const preset =
      value.default === undefined
        ? schema.required?.includes(key)
          ? 'required'
          : ''
        : `\`${JSON.stringify(value.default)}\``;
    const row = `| \`${name}\` | ${typeText(value)} | ${preset} | ${(value.description ?? '').replaceAll('|', '\\|')} |`;
    const inner = value.type === 'array' ? (value.items ?? {}) : value;
    return [row, ...keyRows(inner, value.type === 'array' ? `${name}[]` : name)];
  });
}

function keyReference(title: string, intro: string, schema: z.ZodType): string {
  const rows = keyRows(jsonSchema(schema)).join('\n');
  return `# ${title}\n\n${intro}\n\n| key | type | default | meaning |\n|---|---|---|---|\n${rows}\n`;
}

function figureReference(): string {
  const rows = Object.entries(FIGURES).map(
    ([name, f]) => `| \`${name}\` | ${f.unit} | ${f.description.replaceAll('|', '\\|')} |`,
  );
  const intro =
    'What a gate may name. A gate is `figure operator limit`, such as `drops.avoidable == 0` or `overhead.median < max(5ms, 10%)`; `docs/gates.md` says how it decides.';
  return `# Figures\n\n${intro}\n\n| figure | unit | meaning |\n|---|---|---|\n${rows.join('\n')}\n`;
}

function clusterDriverReference(): string {
  const part = (title: string, intro: string, schema: z.ZodType) =>
    `## ${title}\n\n${intro}\n\n| key | type | default | meaning |\n|---|---|---|---|\n${keyRows(jsonSchema(schema)).join('\n')}\n`;
  return `# Drivers of clusters that are not ours

Settings stand under \`fleet.settings\` or a cluster’s \`settings\`; hosts beside loopback have to be named in
\`safety.allowHosts\`, since a replay sends real load.

${part('`commands`', 'Your own commands start and stop the cluster; what they print is in the run folder, under `logs/NAME.commands.log`.', commandsSettings)}
${part('`url`', 'Nobody here starts or stops it: a roll waits until it answers, and leaves the old one running.', urlSettings)}`;
}

const FAULT_TARGETS: Readonly<Record<FaultEntry['on'], string>> = {
  process: 'the cluster’s process (drivers `stub` and `trino`)',
  way: 'the way from the gateway to the cluster',
  stub: 'a simulated cluster',
  gateway: 'the bundled gateway’s processes',
  store: 'the bundled gateway’s SQLite store',
};

function faultReference(): string {
  const rows = Object.entries(FAULTS).map(([name, fault]: [string, FaultEntry]) => {
    const needs = (fault.needs ?? []).map((key) => `\`${key}\``).join(', ');
    return `| \`${name}\` | ${FAULT_TARGETS[fault.on]} | ${fault.means} | ${needs} |`;
  });
  const intro = `What a timeline can break: \`fault: { type: NAME, cluster: CLUSTER, for: 3s }\`. It ends after its time, also when the run
is interrupted. \`kill\` and \`loseZone\` are actions of their own.

Broken ways lead through a proxy of ours on loopback, which is put between the gateway and those clusters whose
connections the timeline breaks, in a process of its own; queries of the baseline go past it. A held-back packet is
what it sees as bytes that do not pass: a connection to a black hole is still accepted.

A seeded schedule draws from a list: the same seed breaks the same things at the same times.

\`\`\`yaml
- at: 10s
  chaos:
    for: 10m
    every: { least: 10s, most: 30s }
    clusters: [bi-blue, bi-green]
    faults:
      - { type: hang, for: 3s }
      - { type: delay, delay: 200ms, jitter: 100ms, for: 5s }
      - { type: kill-node, for: 2s }
\`\`\``;
  return `# Faults\n\n${intro}\n\n| fault | hits | means | needs |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

const GENERATED: Readonly<Record<string, string>> = {
  'scenarios/scenario.schema.json': `${JSON.stringify(jsonSchema(scenarioSchema), null, 2)}\n`,
  'docs/scenario-keys.md': keyReference(
    'Scenario keys',
    'Every key a scenario file may have. Unknown keys are refused.',
    scenarioSchema,
  ),
  'docs/study-keys.md': keyReference(
    'Study keys',
    'Every key of a capacity study. Unknown keys are refused.',
    studySchema,
  ),
  'docs/gateway-keys.md': keyReference(
    'Gateway keys',
    'Every key of the bundled gateway’s configuration file. Unknown keys are refused; `${ENV:NAME}` in a text is the environment variable.',
    gatewaySchema,
  ),
  'docs/trino-keys.md': keyReference(
    'Keys of local Trino clusters',
    'For `fleet.settings` and a cluster’s `settings` of driver `trino`.',
    trinoSettings,
  ),
  'docs/stub-keys.md': keyReference(
    'Keys of the simulated coordinator',
    'For `rehearse stub --config` and for `fleet.settings` of driver `stub`. All times are milliseconds.',
    stubConfigSchema,
  ),
  'docs/figures.md': figureReference(),
  'docs/faults.md': faultReference(),
  'docs/roll-keys.md': keyReference(
    'Keys of a roll in production',
    'For `rehearse roll --config FILE`; flags stand over it.',
    productionRollSchema,
  ),
  'docs/cluster-drivers.md': clusterDriverReference(),
};

const check = process.argv.includes('--check');
const stale = Object.entries(GENERATED).filter(([file, content]) => {
  try {
    return readFileSync(join(projectRoot, file), 'utf8') !== content;
  } catch {
    return true;
  }
});
if (check) {
  for (const [file] of stale) console.error(`${file} is not what the source says: run npm run generate`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const [file, content] of stale) writeWhole(join(projectRoot, file), content);
  console.log(stale.length === 0 ? 'nothing to write' : stale.map(([file]) => `wrote ${file}`).join('\n'));
}
