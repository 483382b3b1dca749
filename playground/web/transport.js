// How operations reach the server: queries and mutations by POST, subscriptions by WebSocket.

import { getOperationAST } from "graphql";
import { createClient } from "graphql-ws";

import { post } from "./http.js";
import * as session from "./session.js";

const FORBIDDEN = 4403;

/** Answers one request; a subscription answers with a stream. GraphiQL calls it. */
export function fetcher(request, options = {}) {
  const operation = options.documentAST && getOperationAST(options.documentAST, request.operationName);
  return operation?.operation === "subscription"
    ? subscribe(request, options.headers)
    : post(request, options.headers);
}

/**
 * One connection for one subscription, so that both end together. It answers an observable and not an
 * iterator: a generator that waits for an event cannot be stopped before the event comes.
 */
function subscribe(request, headers) {
  return { subscribe: (observer) => ({ unsubscribe: connect(request, headers, observer) }) };
}

function connect(request, headers, observer) {
  let token = null;
  const client = createClient({
    url: new URL("/graphql", location.href).href.replace(/^http/, "ws"),
    retryAttempts: 3,
    retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, 250 * 2 ** retries)),
    // A stream ends with the token it began with; it goes on with the next one.
    shouldRetry: () => session.loggedIn(),
    connectionParams: async () => {
      token = await session.accessToken();
      return { ...(token && { Authorization: `Bearer ${token}` }), ...headers };
    },
    on: {
      closed: (event) => {
        if (event.code === FORBIDDEN && token) session.renew(token);
      },
    },
  });

  let over = false;
  const once = (tell) => (value) => {
    if (over) return;
    end();
    tell(value);
  };
  const forgetSession = session.onChange((loggedIn) => loggedIn || client.terminate());
  const end = () => {
    over = true;
    forgetSession();
    release();
    client.dispose();
  };
  const release = client.subscribe(request, {
    next: (result) => over || observer.next(result),
    error: once((error) => observer.error(error instanceof CloseEvent ? new Error(closed(error)) : error)),
    complete: once(() => observer.complete()),
  });
  return () => over || end();
}

function closed({ code, reason }) {
  return `The server closed the connection (${code}${reason && `: ${reason}`}).`;
}
