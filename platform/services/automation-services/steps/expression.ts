import { StepFailure } from '../../../kit/service/step-failure.ts';

/** Longest expression, characters. */
export const maxExpressionLength = 2_000;
/** Most that an expression may multiply its input to, characters of JSON. */
export const maxExpressionGrowth = 10_000_000;

/** What is looked at of JMESPath's syntax tree; every node has some of these. */
interface Node {
  type: string;
  name?: string;
  value?: unknown;
  left?: Node;
  right?: Node;
  child?: Node;
  children?: Node[];
  condition?: Node;
  trueExpr?: Node;
  falseExpr?: Node;
  operand?: Node;
}

/** Nodes whose second part is applied to every outcome of the first. */
const chained = new Set([
  'Pipe',
  'Subexpression',
  'IndexExpression',
  'Projection',
  'ValueProjection',
  'FilterProjection',
]);
const plain = new Set([
  'Identity',
  'Current',
  'Field',
  'Literal',
  'Index',
  'Slice',
  'Comparator',
  'KeyValuePair',
  'MultiSelectHash',
  'MultiSelectList',
  'Function',
  'Ternary',
  'AndExpression',
  'OrExpression',
  'NotExpression',
  'ExpressionReference',
  'Flatten',
  'Unary',
  'Arithmetic',
]);
/** Without padding and replacing, which grow text by any amount; names of the JMESPath specification. */
const functions = new Set(
  `abs avg ceil contains ends_with find_first find_last floor from_items group_by items join keys length lower map max
  max_by merge min min_by not_null reverse sort sort_by split starts_with sum to_array to_number to_string type upper
  values`.split(/\s+/),
);

function partsOf(node: Node): Node[] {
  const value = node.type === 'KeyValuePair' ? [node.value as Node] : [];
  return [
    node.left,
    node.right,
    node.child,
    node.condition,
    node.trueExpr,
    node.falseExpr,
    node.operand,
    ...value,
    ...(node.children ?? []),
  ].filter((part) => part !== undefined);
}

const sum = (nodes: readonly Node[]): number => nodes.reduce((total, node) => total + growthOf(node), 0);
const product = (nodes: readonly Node[]): number => nodes.reduce((total, node) => total * growthOf(node), 1);

/**
 * An upper bound of how many times larger than its input what an expression makes can be. There are no variables
 * and no way back to the root, so that a part sees only what the part before it made, and bounds multiply.
 * @throws StepFailure for a construct that is not on the lists above.
 */
function growthOf(node: Node): number {
  if (node.type === 'Literal') return 1 + (JSON.stringify(node.value) ?? '').length;
  if (node.type === 'Function') return growthOfFunction(node);
  if (chained.has(node.type)) return product(partsOf(node));
  if (!plain.has(node.type))
    throw new StepFailure(`the expression uses ${node.type}, which is not offered here`);
  if ((node.type === 'Field' || node.type === 'KeyValuePair') && (node.name ?? '') in Object.prototype)
    throw new StepFailure(`the expression may not use the name ${node.name}`);
  return Math.max(1, sum(partsOf(node)));
}

function growthOfFunction(node: Node): number {
  const name = node.name ?? '';
  if (!functions.has(name)) throw new StepFailure(`the expression uses ${name}(), which is not offered here`);
  const parts = node.children ?? [];
  if (name !== 'join') return (name === 'to_string' ? 2 : 1) * Math.max(1, product(parts));
  const glue = parts[0];
  if (glue?.type !== 'Literal' || typeof glue.value !== 'string')
    throw new StepFailure('join() takes its separator as a text in quotes');
  return product(parts);
}

/** Objects without prototypes, so that a name finds own members only. */
function withoutPrototypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, one] of Object.entries(value)) copy[key] = withoutPrototypes(one);
  return copy;
}

async function parse(expression: string): Promise<{ tree: Node; growth: number }> {
  if (expression.length > maxExpressionLength)
    throw new StepFailure(`the expression is longer than ${maxExpressionLength} characters`);
  const { compile } = await import('@jmespath-community/jmespath');
  let tree: Node;
  try {
    tree = compile(expression) as unknown as Node;
  } catch (error) {
    throw new StepFailure(`the expression cannot be read: ${(error as Error).message}`, { cause: error });
  }
  return { tree, growth: growthOf(tree) };
}

/** Resolves when an expression can be used. @throws StepFailure with the reason why it cannot. */
export async function checkExpression(expression: string): Promise<void> {
  await parse(expression);
}

/**
 * Evaluates a JMESPath expression over JSON data. It can call nothing, change nothing and does not loop, and what it
 * makes is bounded before it runs.
 * @throws StepFailure when the expression is invalid, does not fit the data, or could grow too large.
 */
export async function evaluateExpression(expression: string, data: unknown): Promise<unknown> {
  const { tree, growth } = await parse(expression);
  const size = (JSON.stringify(data) ?? 'null').length;
  if (growth * size > maxExpressionGrowth)
    throw new StepFailure('the expression could grow too large over this much data');
  const { TreeInterpreter } = await import('@jmespath-community/jmespath');
  try {
    type Search = typeof TreeInterpreter.search;
    const [ast, input] = [tree, withoutPrototypes(data)] as unknown as Parameters<Search>;
    return JSON.parse(JSON.stringify(TreeInterpreter.search(ast, input) ?? null));
  } catch (error) {
    throw new StepFailure(`the expression fails: ${(error as Error).message}`, { cause: error });
  }
}
