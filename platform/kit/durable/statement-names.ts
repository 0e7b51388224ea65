/** Statements about one run, which they find by its key whatever the plan is. Others may need a plan for their values. */
const isOfOneRun = /^\s*insert\b|\bworkflow_uuid ?= ?\$/i;
/** Maximum number of names: the engine builds some texts, such as those with a limit. */
const maxNames = 200;

/**
 * Names for the engine's statements, so that a connection prepares each of them once: the engine itself has them parsed
 * and planned every time.
 * @returns a function that returns the name of a text; undefined when it is better planned for its values
 */
export function createStatementNames(): (text: string) => string | undefined {
  const names = new Map<string, string | undefined>();
  return (text) => {
    if (names.has(text)) return names.get(text);
    if (names.size >= maxNames) return undefined;
    const name = isOfOneRun.test(text) ? `engine_${names.size}` : undefined;
    names.set(text, name);
    return name;
  };
}
