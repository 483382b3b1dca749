// What a subscription has delivered: GraphiQL shows the newest result only, this keeps the ones before it.

import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useEffect, useSyncExternalStore } from "react";

const KEPT = 100;

let feed = null;
const listeners = new Set();

function set(next) {
  feed = next;
  for (const listener of listeners) listener();
}

function watch(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Hands a fetcher's answer on; of a stream, it keeps the events. */
export function remember(answer) {
  set(null);
  return answer.subscribe ? { subscribe: (observer) => keep(answer, observer) } : answer;
}

function keep(stream, observer) {
  const id = Symbol();
  const update = (change) => feed?.id === id && set({ ...feed, ...change });
  set({ id, live: true, count: 0, events: [] });
  const { unsubscribe } = stream.subscribe({
    next(result) {
      const { count, events } = feed?.id === id ? feed : { count: 0, events: [] };
      const event = { number: count + 1, at: new Date().toLocaleTimeString(), result };
      update({ count: count + 1, events: [event, ...events].slice(0, KEPT) });
      observer.next(result);
    },
    error(error) {
      update({ live: false });
      observer.error(error);
    },
    complete() {
      update({ live: false });
      observer.complete();
    },
  });
  return {
    unsubscribe() {
      update({ live: false });
      unsubscribe();
    },
  };
}

/** The line below the response: how many events came, and those before the newest. */
export function Events() {
  const current = useSyncExternalStore(watch, () => feed);
  const tab = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.id);
  const { stop } = useGraphiQLActions();

  // A stream ends with its tab; GraphiQL would let it run on into a new one.
  useEffect(
    () => () => {
      stop();
      set(null);
    },
    [tab, stop],
  );

  if (!current) return null;
  const { count, live, events } = current;
  return (
    <div className="events">
      <p role="status">
        {live ? "Subscribed" : "Subscription ended"}, {count === 1 ? "1 event" : `${count} events`}
        {live && " so far"}
      </p>
      {events.length > 1 && (
        <details>
          <summary>Earlier events</summary>
          <ol reversed start={count - 1}>
            {events.slice(1).map(({ number, at, result }) => (
              <li key={number}>
                <time>{at}</time> <code>{JSON.stringify(result.data ?? result)}</code>
              </li>
            ))}
          </ol>
        </details>
      )}
    </div>
  );
}
