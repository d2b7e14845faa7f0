/** Several statements in one text, as notebooks keep them. */

/** Comments, quoted texts (closed or not), and the semicolon that ends a statement. */
const PIECE = /--[^\r\n]*|\/\*[\s\S]*?(?:\*\/|$)|'[^']*(?:''[^']*)*(?:'|$)|"[^"]*(?:""[^"]*)*(?:"|$)|;/g;

/** The statements of a text without their semicolons; those that hold only comments and blanks are left out. */
export function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let start = 0;
  let code = '';
  let seen = 0;
  const close = (end: number) => {
    if ((code + text.slice(seen, end)).trim() !== '') statements.push(text.slice(start, end).trim());
    code = '';
  };
  for (const match of text.matchAll(PIECE)) {
    const isComment = match[0].startsWith('--') || match[0].startsWith('/*');
    if (isComment) code += text.slice(seen, match.index);
    else if (match[0] === ';') {
      close(match.index);
      start = match.index + 1;
    } else continue;
    seen = match.index + match[0].length;
  }
  close(text.length);
  return statements;
}
