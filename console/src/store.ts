// A value that components watch. Large arrays never go in here: they stay in the modules that draw them.
import { useEffect, useState } from "preact/hooks";

export class Store<T> {
  private readonly watchers = new Set<() => void>();

  constructor(private value: T) {}

  get(): T {
    return this.value;
  }

  set(value: T): void {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const watcher of [...this.watchers]) watcher();
  }

  // A change that changes nothing disturbs nobody.
  update(change: Partial<T>): void {
    const names = Object.keys(change) as (keyof T)[];
    if (names.some((name) => !Object.is(change[name], this.value[name]))) this.set({ ...this.value, ...change });
  }

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }
}

export function useStore<T>(store: Store<T>): T {
  const [value, setValue] = useState(store.get());
  useEffect(() => {
    const take = () => setValue(() => store.get());
    take();
    return store.watch(take);
  }, [store]);
  return value;
}
