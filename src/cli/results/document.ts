/** How commands give out a document: the options, and the answer in the form that was asked for. */
import { statSync, writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { writeWhole } from '../../base/files.ts';
import { type Document, documentMarkdown, documentText } from '../../compare/document.ts';
import { documentHtml } from '../../compare/page.ts';
import type { CliContext } from '../context.ts';

export interface DocumentFlags {
  readonly format: 'text' | 'markdown' | 'html' | 'json';
  readonly json?: boolean;
  readonly out?: string;
}

export function withDocumentOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--format <form>', 'form of the answer')
        .choices(['text', 'markdown', 'html', 'json'])
        .default('text'),
    )
    .option('--json', 'the same as --format json')
    .option('--out <file>', 'write it to a file');
}

export const wantsJson = ({ format, json }: DocumentFlags): boolean => json === true || format === 'json';

/** Prints the document, or `data` where JSON is asked for; or writes it to the file that was named. */
export function giveOut(context: CliContext, flags: DocumentFlags, document: Document, data: unknown): void {
  const text = {
    text: () => documentText(document),
    markdown: () => documentMarkdown(document).trimEnd(),
    html: () => documentHtml(document).trimEnd(),
    json: () => JSON.stringify(data, null, 2),
  }[wantsJson(flags) ? 'json' : flags.format]();
  if (flags.out === undefined) context.out(text);
  // What is no file (/dev/stdout, a pipe) is written to, and not replaced.
  else if (statSync(flags.out, { throwIfNoEntry: false })?.isFile() === false)
    writeFileSync(flags.out, `${text}\n`);
  else writeWhole(flags.out, `${text}\n`);
}
