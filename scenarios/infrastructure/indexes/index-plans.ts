/** A node of a plan, as `explain (format json)` returns it. */
export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  'TID Cond'?: string;
  Plans?: readonly PlanNode[];
}

/** The first column or expression of each index, by the name of the index. */
export type LeadingColumns = ReadonlyMap<string, string>;

/**
 * Tables that a plan reads from their first row to their last: no index leads it to the rows. Scans of whole indexes
 * count too, since the planner takes them where sequential scans are turned off; also those with a condition on a
 * column that is not the first of the index.
 */
export function tablesReadWhole(node: PlanNode, leading: LeadingColumns): string[] {
  const table = node['Relation Name'];
  const isScan = /\bScan$/.test(node['Node Type']) && table !== undefined;
  return [
    ...(isScan && !isNarrow(node, leading) ? [table] : []),
    ...(node.Plans ?? []).flatMap((child) => tablesReadWhole(child, leading)),
  ];
}

function isNarrow(node: PlanNode, leading: LeadingColumns): boolean {
  const { Plans: children = [], 'Node Type': type, 'Index Name': index, 'Index Cond': condition } = node;
  if (node['TID Cond'] !== undefined) return true;
  if (index !== undefined) {
    const column = leading.get(index);
    return column !== undefined && condition !== undefined && names(condition, column);
  }
  if (type === 'BitmapOr') return children.every((child) => isNarrow(child, leading));
  if (type === 'Bitmap Heap Scan' || type === 'BitmapAnd')
    return children.some((child) => isNarrow(child, leading));
  return false;
}

/** Whether a condition is about a column or expression, and not about one whose name only ends like it. */
function names(condition: string, column: string): boolean {
  const pattern = column.replaceAll(/[^\w\s]/g, '\\$&');
  return new RegExp(`(?<!\\w)${pattern}(?!\\w)`).test(condition);
}
