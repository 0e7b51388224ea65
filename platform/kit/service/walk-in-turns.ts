/** Visits the next items of the set it was made for. */
export type Turn<T> = (visit: (item: T) => void) => void;

/**
 * Divides a walk over a set into equal turns, so that what the visits start (messages, and the responses to them) is
 * spread over time as well. Items that are added count from the next visit of their place on, removed ones no longer.
 * @param turns number of turns that visit every item once, at least 1
 */
export function walkInTurns<T>(items: ReadonlySet<T>, turns: number): Turn<T> {
  let rest = items.values();
  return (visit) => {
    let left = Math.ceil(items.size / turns);
    let restarted = false;
    while (left > 0) {
      const next = rest.next();
      if (next.done !== true) {
        left -= 1;
        visit(next.value);
      } else if (restarted) {
        return;
      } else {
        rest = items.values();
        restarted = true;
      }
    }
  };
}
