/** The rules in force, which follow the configuration and their file: all of them change, or none. */
import { readText } from '../../src/base/yaml.ts';
import type { LiveConfig, Part } from '../config/live/live-config.ts';
import type { GatewayConfig } from '../config/schema.ts';
import type { RuleSet } from './rule-set.ts';

interface Followed {
  /** What the rules were made of. */
  readonly basis: string;
  readonly rules: RuleSet;
}

/**
 * Reads the file that `fileOf` names, at once and at every change of the configuration; throws what is wrong with it.
 * Unchanged rules stay as they are, with what they have counted. Undefined where there is no file.
 */
export function followRules(
  live: LiveConfig,
  fileOf: (config: GatewayConfig) => string | undefined,
  make: (text: string, file: string, config: GatewayConfig) => RuleSet,
): Part<RuleSet | undefined> {
  let now: Followed | undefined;
  now = read(live.current());
  live.join((next) => {
    const made = read(next);
    return () => {
      now = made;
    };
  });

  function read(config: GatewayConfig): Followed | undefined {
    const file = fileOf(config);
    if (file === undefined) return undefined;
    const text = readText(file, 'Rules file');
    const { requestAnalyzerConfig, routingRules } = config;
    const basis = JSON.stringify([text, routingRules, requestAnalyzerConfig]);
    return basis === now?.basis ? now : { basis, rules: make(text, file, config) };
  }

  return { current: () => now?.rules };
}
