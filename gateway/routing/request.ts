/** What routing may ask of a request; the same as rules may. */
export type { RuleRequest as RoutedRequest } from '../rules/facts.ts';
