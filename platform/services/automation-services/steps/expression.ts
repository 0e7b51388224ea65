import { StepFailure } from '../../../kit/service/step-failure.ts';

/** Maximum length of an expression, characters. */
export const maxExpressionLength = 2_000;
/** Maximum length that an expression may grow its input to, characters of JSON. */
export const maxExpressionGrowth = 10_000_000;

/** A node of JMESPath's syntax tree, as far as it is checked. */
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

/** Nodes whose second part applies to every result of the first. */
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
/** Functions of the JMESPath specification, without those that pad or replace text, which can grow it without limit. */
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
 * Upper bound of the growth factor of an expression: length of its result by length of its input. Variables and the
 * root reference are not supported, so each part sees only the result of the part before it, and the bounds multiply.
 * @throws StepFailure for a construct that is not in the lists above
 */
function growthOf(node: Node): number {
  if (node.type === 'Literal') return 1 + (JSON.stringify(node.value) ?? '').length;
  if (node.type === 'Function') return growthOfFunction(node);
  if (chained.has(node.type)) return product(partsOf(node));
  if (!plain.has(node.type))
    throw new StepFailure(`the expression uses ${node.type}, which is not supported`);
  if ((node.type === 'Field' || node.type === 'KeyValuePair') && (node.name ?? '') in Object.prototype)
    throw new StepFailure(`the expression may not use the name ${node.name}`);
  return Math.max(1, sum(partsOf(node)));
}

function growthOfFunction(node: Node): number {
  const name = node.name ?? '';
  if (!functions.has(name)) throw new StepFailure(`the expression uses ${name}(), which is not supported`);
  const parts = node.children ?? [];
  if (name !== 'join') return (name === 'to_string' ? 2 : 1) * Math.max(1, product(parts));
  const separator = parts[0];
  if (separator?.type !== 'Literal' || typeof separator.value !== 'string')
    throw new StepFailure('the separator of join() must be a text in quotes');
  return product(parts);
}

/** A copy whose objects have no prototype, so that a name finds own fields only. */
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

/** Resolves when an expression is valid. @throws StepFailure with the reason when it is not */
export async function checkExpression(expression: string): Promise<void> {
  await parse(expression);
}

/**
 * Evaluates a JMESPath expression on JSON data. It has no side effects and no loops, and the size of its result is
 * bounded before it runs.
 * @throws StepFailure when the expression is invalid, fails on the data, or could grow too large
 */
export async function evaluateExpression(expression: string, data: unknown): Promise<unknown> {
  const { tree, growth } = await parse(expression);
  const size = (JSON.stringify(data) ?? 'null').length;
  if (growth * size > maxExpressionGrowth)
    throw new StepFailure('the result of the expression could grow too large');
  const { TreeInterpreter } = await import('@jmespath-community/jmespath');
  try {
    type Search = typeof TreeInterpreter.search;
    const [ast, input] = [tree, withoutPrototypes(data)] as unknown as Parameters<Search>;
    return JSON.parse(JSON.stringify(TreeInterpreter.search(ast, input) ?? null));
  } catch (error) {
    throw new StepFailure(`the expression fails: ${(error as Error).message}`, { cause: error });
  }
}
