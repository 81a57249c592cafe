// Inputs whose value comes from elsewhere, such as the clock: while one is in use its value is its user's, and what arrives
// meanwhile waits.
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";

export interface Grip<T> {
  held: T | null; // the user's value while the input is in use
  hold: (value: T) => number; // begins a grip, and returns which one it is
  move: (value: T) => void;
  release: (which?: number) => void; // a grip that a later one has replaced releases nothing
}

export function useGrip<T>(): Grip<T> {
  const last = useRef(0);
  const [held, setHeld] = useState<T | null>(null);
  const hold = (value: T) => {
    setHeld(() => value);
    return ++last.current;
  };
  const release = (which = last.current) => {
    if (which === last.current) setHeld(null);
  };
  return { held, hold, move: (value) => setHeld(() => value), release };
}

interface ChoiceProps {
  id?: string;
  name?: string;
  "aria-label"?: string;
  "aria-invalid"?: boolean;
  children: ComponentChildren;
  value: string;
  onChoose: (value: string) => unknown; // a promise is waited for before the value is taken from outside again
}

// A list to choose from. A browser may change its value before it says so (keys in an open list), so the element itself is asked.
export function Choice({ value, onChoose, ...others }: ChoiceProps) {
  const list = useRef<HTMLSelectElement>(null);
  const { held, hold, release } = useGrip<true>();
  const choose = (chosen: string) => {
    const grip = hold(true);
    void Promise.resolve(onChoose(chosen)).finally(() => release(grip));
  };
  return (
    <select
      {...others}
      ref={list}
      value={held && list.current ? list.current.value : value}
      onPointerDown={() => hold(true)}
      onKeyDown={() => hold(true)}
      onChange={(event) => choose(event.currentTarget.value)}
      onBlur={() => release()}
    />
  );
}
