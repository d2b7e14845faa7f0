/**
 * Trino's grammar, as dt-sql-parser generates it for the antlr4ng runtime. Loading takes about 60 ms and 20 MB, and
 * parsing takes as long as it takes: only a worker imports this module.
 */
import { registerHooks } from 'node:module';
import type {
  CommonTokenStream,
  ParserRuleContext,
  PredictionMode,
  RecognitionException,
  Token,
} from 'antlr4ng';
import type { StatementContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser.js';
import { editNewerSyntax, type ReadAs } from './newer-syntax.ts';
import { TokenEdits } from './token-edits.ts';

// The package's modules import each other without file extensions, which is for bundlers; Node wants the whole name.
registerHooks({
  resolve(specifier, context, next) {
    const bare = specifier.startsWith('.') && !specifier.endsWith('.js');
    const within = context.parentURL?.includes('/node_modules/dt-sql-parser/') ?? false;
    return next(bare && within ? `${specifier}.js` : specifier, context);
  },
});
const antlr = await import('antlr4ng');
const { TrinoSqlLexer } = await import('dt-sql-parser/dist/lib/trino/TrinoSqlLexer.js');
/** The parser's module: the classes of its tree are told apart by `instanceof`. */
export const trino = await import('dt-sql-parser/dist/lib/trino/TrinoSqlParser.js');

const { RULE_expression, RULE_identifier, RULE_query } = trino.TrinoSqlParser;

/** A text that is no statement of Trino. The message begins with its place, as Trino's own does: `line 1:8: …`. */
export class SyntaxProblem extends Error {
  override readonly name = 'SyntaxProblem';
}

export function syntaxProblem(at: Token | null, what: string): SyntaxProblem {
  return new SyntaxProblem(`line ${at?.line ?? 1}:${(at?.column ?? 0) + 1}: ${what}`);
}

function mismatched(at: Token | null): SyntaxProblem {
  const text = at === null || at.type === antlr.Token.EOF ? '<EOF>' : (at.text ?? '');
  return syntaxProblem(at, `mismatched input '${text.length > 200 ? `${text.slice(0, 200)}…` : text}'`);
}

/** Stops at the first error: nothing is guessed from a broken statement. */
class FirstErrorStops extends antlr.DefaultErrorStrategy {
  override recover(_parser: unknown, error: RecognitionException): void {
    throw mismatched(error.offendingToken);
  }

  override recoverInline(parser: { getCurrentToken(): Token }): Token {
    throw mismatched(parser.getCurrentToken());
  }

  override reportError(): void {}

  override sync(): void {}
}

/** Identifiers that the grammar reads only in order to refuse them (io.trino.sql.parser.SqlParser.PostProcessor). */
function refuseForeign(identifier: ParserRuleContext): void {
  if (identifier instanceof trino.QuotedIdentifierContext && identifier.getText() === '""')
    throw syntaxProblem(identifier.start, 'Zero-length delimited identifier not allowed');
  if (identifier instanceof trino.BackQuotedIdentifierContext)
    throw syntaxProblem(
      identifier.start,
      'backquoted identifiers are not supported; use double quotes to quote identifiers',
    );
  if (identifier instanceof trino.DigitIdentifierContext)
    throw syntaxProblem(
      identifier.start,
      'identifiers must not start with a digit; surround the identifier with double quotes',
    );
}

/**
 * Forgets the tree of an expression that holds no query once it is read: a list of ten thousand numbers is a tree of a
 * hundred thousand nodes that nobody looks at. Kept in a CALL, whose arguments are looked at.
 */
class LeanParser extends trino.TrinoSqlParser {
  #queries = 0;
  /** Queries seen at the start of each expression that is being read. */
  #before: number[] = [];
  keepsAll = false;

  startOver(): void {
    this.reset();
    this.#queries = 0;
    this.#before = [];
  }

  override enterRule(context: ParserRuleContext, state: number, rule: number): void {
    super.enterRule(context, state, rule);
    if (rule === RULE_expression) this.#before.push(this.#queries);
    else if (rule === RULE_query) this.#queries++;
  }

  override exitRule(): void {
    const { context } = this;
    const rule = context?.ruleIndex;
    super.exitRule();
    if (context === null) return;
    if (rule === RULE_identifier) refuseForeign(context);
    else if (rule === RULE_expression && this.#before.pop() === this.#queries && !this.keepsAll)
      context.children = [];
  }
}

export interface ParsedStatement {
  readonly tree: StatementContext;
  /** What the statement is where the tree shows an older one instead. */
  readonly readAs: ReadAs | undefined;
  /** The same of the statement that an EXPLAIN explains, or a PREPARE prepares. */
  readonly innerReadAs: ReadAs | undefined;
  /** All that the parser could see of the text, in order, before anything was edited. */
  readonly seen: readonly Token[];
  /** Tokens were changed or hidden to read it: the tree does not show the whole text. */
  readonly edited: boolean;
}

/**
 * The statement of a text that holds exactly one, without a semicolon at its end (Trino's server takes none either:
 * `singleStatement` in its grammar). Throws `SyntaxProblem`, or RangeError where the nesting exhausts the stack.
 */
export function parseStatement(text: string): ParsedStatement {
  const { tokens, parser } = parserOf(text);
  parser.keepsAll = tokens.LT(1)?.type === trino.TrinoSqlParser.KW_CALL;
  // The fast prediction first; the full one only where that fails, as Trino's SqlParser does.
  const seen = visible(tokens);
  const asItIs = { readAs: undefined, innerReadAs: undefined, seen, edited: false } as const;
  const fast = attempt(parser, tokens, antlr.PredictionMode.SLL);
  if (!(fast instanceof SyntaxProblem)) return { tree: fast, ...asItIs };
  const full = attempt(parser, tokens, antlr.PredictionMode.LL);
  if (!(full instanceof SyntaxProblem)) return { tree: full, ...asItIs };
  const edits = new TokenEdits(seen, TOKEN_TYPES);
  const newer = editNewerSyntax(edits);
  const edited = edits.edited ? attempt(parser, tokens, antlr.PredictionMode.LL) : full;
  if (edited instanceof SyntaxProblem) throw full;
  return { tree: edited, ...newer, seen, edited: true };
}

/**
 * The whole tree of a statement and all tokens of its text, comments and blanks too. Throws `SyntaxProblem` where the grammar does not read it
 * as it is: nothing is edited here.
 */
export function readTokens(text: string): {
  readonly tree: StatementContext;
  readonly tokens: readonly Token[];
} {
  const { tokens, parser } = parserOf(text);
  parser.keepsAll = true;
  const fast = attempt(parser, tokens, antlr.PredictionMode.SLL);
  const tree = fast instanceof SyntaxProblem ? attempt(parser, tokens, antlr.PredictionMode.LL) : fast;
  if (tree instanceof SyntaxProblem) throw tree;
  return { tree, tokens: tokens.getTokens().filter((token) => token.type !== antlr.Token.EOF) };
}

/** The types of the tokens that a parser sees. It looks at nothing else, so texts with the same types have the same tree. */
export function tokenTypes(text: string): readonly number[] {
  return visible(lexed(text)).map((token) => token.type);
}

function lexed(text: string): CommonTokenStream {
  const lexer = new TrinoSqlLexer(antlr.CharStreams.fromString(text));
  lexer.removeErrorListeners();
  const tokens = new antlr.CommonTokenStream(lexer);
  tokens.fill();
  return tokens;
}

function parserOf(text: string): { readonly tokens: CommonTokenStream; readonly parser: LeanParser } {
  const tokens = lexed(text);
  const parser = new LeanParser(tokens);
  parser.removeErrorListeners();
  parser.errorHandler = new FirstErrorStops();
  return { tokens, parser };
}

function attempt(
  parser: LeanParser,
  tokens: CommonTokenStream,
  mode: typeof PredictionMode.LL,
): StatementContext | SyntaxProblem {
  tokens.seek(0);
  parser.startOver();
  parser.interpreter.predictionMode = mode;
  try {
    const statement = parser.statement();
    const after = tokens.LT(1);
    return after === null || after.type === antlr.Token.EOF ? statement : mismatched(after);
  } catch (error) {
    if (error instanceof SyntaxProblem) return error;
    throw error;
  }
}

function visible(tokens: CommonTokenStream): Token[] {
  return tokens
    .getTokens()
    .filter((token) => token.channel === antlr.Token.DEFAULT_CHANNEL && token.type !== antlr.Token.EOF);
}

const { TrinoSqlParser } = trino;
const TOKEN_TYPES = {
  identifier: TrinoSqlParser.IDENTIFIER,
  null: TrinoSqlParser.KW_NULL,
  equals: TrinoSqlParser.EQ,
  comma: TrinoSqlParser.literalNames.indexOf("','"),
  exists: TrinoSqlParser.KW_EXISTS,
  analyze: TrinoSqlParser.KW_ANALYZE,
  table: TrinoSqlParser.KW_TABLE,
  drop: TrinoSqlParser.KW_DROP,
  role: TrinoSqlParser.KW_ROLE,
};

/** A node of the tree that has children, or nothing for a single token. */
export function asRule(node: unknown): ParserRuleContext | undefined {
  return node instanceof antlr.ParserRuleContext ? node : undefined;
}
