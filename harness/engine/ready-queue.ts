/** A queue whose elements leave in the order of their rank, the lowest first. Adding and taking cost log n steps. */
export class ReadyQueue<T> {
  /** A binary heap: no element has a lower rank than the one at half its index. */
  readonly #heap: { rank: number; element: T }[] = [];

  /** The rank of the next element; undefined for an empty queue. */
  get nextRank(): number | undefined {
    return this.#heap[0]?.rank;
  }

  /** The next element, which stays in the queue. */
  get next(): T | undefined {
    return this.#heap[0]?.element;
  }

  add(element: T, rank: number): void {
    const heap = this.#heap;
    let at = heap.push({ element, rank }) - 1;
    for (;;) {
      const above = (at - 1) >> 1;
      if (above < 0 || this.#rankAt(above) <= rank) return;
      this.#swap(at, above);
      at = above;
    }
  }

  /** Removes the next element. */
  take(): T | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first?.element;
    heap[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const below = this.#rankAt(left + 1) < this.#rankAt(left) ? left + 1 : left;
      if (this.#rankAt(below) >= last.rank) return first.element;
      this.#swap(at, below);
      at = below;
    }
  }

  #rankAt(index: number): number {
    return this.#heap[index]?.rank ?? Number.POSITIVE_INFINITY;
  }

  #swap(one: number, other: number): void {
    const heap = this.#heap;
    const [moved, back] = [heap[one], heap[other]];
    if (!moved || !back) return;
    heap[one] = back;
    heap[other] = moved;
  }
}
