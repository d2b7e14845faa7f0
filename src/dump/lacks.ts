/** What a dump cannot tell, and which of its files cannot: one source may have what another one lacks. */

const MOST_NAMED = 2;

export class Lacks {
  readonly #files = new Map<string, Set<string>>();

  add(what: string, file: string): void {
    const files = this.#files.get(what) ?? new Set();
    this.#files.set(what, files.add(file));
  }

  /** `source`, or, where other files have it, `source (in a.csv)`. `nameOf` says what a file is called. */
  texts(files: readonly string[], nameOf: (file: string) => string): readonly string[] {
    return Array.from(this.#files, ([what, lacking]) =>
      lacking.size >= files.length ? what : `${what} (in ${named([...lacking].map(nameOf))})`,
    );
  }
}

function named(files: readonly string[]): string {
  const more = files.length - MOST_NAMED;
  if (more > 0) return `${files.slice(0, MOST_NAMED).join(', ')} and ${more} more`;
  return files.join(' and ');
}
