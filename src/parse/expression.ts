/**
 * Rollback triggers: comparisons, arithmetic and logic over named figures, in CEL. Rates are in percent, and `2%` is the
 * number 2: `validation_failure_rate > 2%` holds when strictly more than two in a hundred validations failed.
 */
import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { suggestion } from './nearest';
import { bad, type Finding, good, type Parsed, shown } from './parse-fault';

/** The figure that a wave document's trigger may name: failed validations in percent of all. */
export const TRIGGER_VARIABLES: readonly string[] = ['validation_failure_rate'];

const LONGEST = 500;
const OPERATORS: readonly string[] = [
  'value',
  'id',
  '!_',
  '-_',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '&&',
  '||',
  '+',
  '-',
  '*',
  '/',
];
const CALLS: readonly string[] = ['call', 'rcall'];
const ALLOWED = /^[\w\s.<>=!&|()+\-*/%]*$/;
const NUMBER = /(?<![\w.])(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?:\s*%)?(?![\w.])/g;

/** The expression as it was written when it may run with these variables. `place` is where it stands. */
export function checkExpression(text: string, variables: readonly string[], place = 'expression'): Parsed<string> {
  const finding = expressionFinding(text, variables);
  return finding ? bad({ place, ...finding }) : good(text);
}

/**
 * Whether a checked expression holds. Throws a plain `Error` for an expression that was never checked or a figure that is
 * none: neither can come from a file, and "not known" must not pass for "no reason to roll back".
 */
export function evaluate(text: string, values: Readonly<Record<string, number>>): boolean {
  const names = Object.keys(values);
  const finding = expressionFinding(text, names);
  if (finding) throw new Error(`the expression ${shown(text)} ${finding.wrong}`);
  for (const name of names) if (!Number.isFinite(values[name])) throw new Error(`${name} is not a number`);
  const result: unknown = environment(names).evaluate(withNumbers(text), { ...values });
  if (typeof result !== 'boolean') throw new Error(`the expression ${shown(text)} is neither true nor false`);
  return result;
}

function expressionFinding(text: string, variables: readonly string[]): Finding | null {
  if (text.trim() === '') return { wrong: 'is empty', mend: 'Write a condition, like validation_failure_rate > 2%' };
  if (text.length > LONGEST)
    return { wrong: `has ${text.length} characters; ${LONGEST} is the most`, mend: 'Shorten it' };
  const strange = [...text].find((character) => !ALLOWED.test(character));
  if (strange !== undefined) {
    return {
      wrong: `holds ${shown(strange)}`,
      mend: 'Use names, numbers, N%, comparisons, + - * / && || ! and parentheses only',
    };
  }
  const celText = withNumbers(text);
  if (celText.includes('%')) return { wrong: 'has a % that does not stand behind a number', mend: 'Write it like 2%' };
  return celFinding(celText, variables);
}

function celFinding(celText: string, variables: readonly string[]): Finding | null {
  try {
    const parsed = environment(variables).parse(celText);
    const nodes = nodesOf(parsed.ast);
    return unknownName(nodes, variables) ?? strangePart(nodes) ?? typeFinding(parsed.check());
  } catch (cause) {
    return {
      wrong: `cannot be read: ${summaryOf(cause)}`,
      mend: 'Write a condition, like validation_failure_rate > 2%',
    };
  }
}

function unknownName(nodes: readonly ASTNode[], variables: readonly string[]): Finding | null {
  const names = nodes.filter((node) => node.op === 'id').map((node) => String(node.args));
  const unknown = names.find((name) => !variables.includes(name));
  if (unknown !== undefined)
    return { wrong: `names ${shown(unknown)}, which is not known`, mend: suggestion(unknown, variables) };
  if (names.length > 0) return null;
  return { wrong: 'names no figure, so it would always or never hold', mend: `Known here: ${variables.join(', ')}` };
}

function strangePart(nodes: readonly ASTNode[]): Finding | null {
  const strange = nodes.find((node) => !OPERATORS.includes(node.op));
  if (!strange) return null;
  return {
    wrong: CALLS.includes(strange.op) ? 'calls a function' : `uses ${shown(strange.op)}`,
    mend: 'Use comparisons, + - * / && || ! and parentheses only',
  };
}

function typeFinding(checked: {
  readonly valid: boolean;
  readonly type?: string;
  readonly error?: unknown;
}): Finding | null {
  if (!checked.valid)
    return { wrong: `does not fit together: ${summaryOf(checked.error)}`, mend: 'Compare numbers with numbers' };
  if (checked.type === 'bool') return null;
  return { wrong: `is a ${checked.type ?? 'value'}, not a condition`, mend: 'Compare it with a limit, like > 2%' };
}

function environment(variables: readonly string[]): Environment {
  const limits = { maxAstNodes: 200, maxDepth: 30 };
  return variables.reduce((made, name) => made.registerVariable(name, 'double'), new Environment({ limits }));
}

/** CEL does not compare doubles with ints everywhere: every number becomes a double. */
function withNumbers(text: string): string {
  return text.replace(NUMBER, (_all, figure: string) => (/^\d+$/.test(figure) ? `${figure}.0` : figure));
}

function nodesOf(node: ASTNode): readonly ASTNode[] {
  // A call keeps its arguments in a list of their own.
  const parts: readonly unknown[] = [node.args].flat(2);
  return [node, ...parts.filter(isNode).flatMap(nodesOf)];
}

const isNode = (part: unknown): part is ASTNode => typeof part === 'object' && part !== null && 'op' in part;

function summaryOf(cause: unknown): string {
  const summary = cause instanceof Error && 'summary' in cause ? cause.summary : null;
  return String(summary ?? 'it is not an expression').split('\n')[0] ?? '';
}
