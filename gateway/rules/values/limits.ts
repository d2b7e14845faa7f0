/** How much work and memory rules may take for one request. */
import { RuleFault } from './value.ts';

/** For one rule: turns of loops, calls of methods, and what those read: about one step for 256 characters or 64 items. */
export const MAX_STEPS = 200_000;
/**
 * Searching for one match after the other may take quadratic time, whatever the engine: so long, in milliseconds, all rules
 * together may search for one request. The gateway does nothing else meanwhile.
 */
export const MAX_SEARCH_MS = 50;
/** Characters of a text that a rule makes. */
export const MAX_TEXT_CHARS = 8_000_000;
/** Items of a collection that a rule makes. */
export const MAX_ITEMS = 100_000;

/** What may still be used. */
export interface Budget {
  steps: number;
  searchMs: number;
}

export function charge(budget: Budget, steps: number): void {
  budget.steps -= steps;
  if (budget.steps < 0) throw new RuleFault(`it takes more than ${MAX_STEPS} steps`);
}

/** Throws when a text of that many characters would be too long. */
export function checkText(length: number): void {
  if (length > MAX_TEXT_CHARS)
    throw new RuleFault(`it makes a text of more than ${MAX_TEXT_CHARS} characters`);
}

/** Throws when a collection of that many items would be too large. */
export function checkItems(count: number): void {
  if (count > MAX_ITEMS) throw new RuleFault(`it makes a collection of more than ${MAX_ITEMS} items`);
}
