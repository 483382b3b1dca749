// The explorer: GraphiQL with a log-in in front of it and samples beside it.

import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "@graphiql/plugin-explorer/style.css";
import "graphiql/graphiql.css";
import "./style.css";
import "graphiql/setup-workers/vite";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { GraphiQL } from "graphiql";
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

import FIRST_QUERY from "../samples/platform/01_who_am_i.graphql?raw";
import { Events, remember } from "./events.jsx";
import { whoIsLoggedIn } from "./http.js";
import { LogIn } from "./login.jsx";
import { samplesPlugin } from "./samples.jsx";
import * as session from "./session.js";
import * as transport from "./transport.js";

const PLUGINS = [samplesPlugin, explorerPlugin({ showAttribution: false }), HISTORY_PLUGIN];

const NOTICES = {
  expired: "Your session has ended. What you wrote is still here.",
  "log-out": "You are logged out.",
};

/** Only what a person runs has a document; the rest is GraphiQL asking for the schema. */
function fetcher(request, options) {
  const answer = transport.fetcher(request, options);
  return options?.documentAST ? remember(answer) : answer;
}

/** Turns the editors light or dark when the system does; GraphiQL itself looks only once. */
function FollowSystemTheme() {
  const { setTheme } = useGraphiQLActions();
  const theme = useGraphiQL((state) => state.theme);
  useEffect(() => {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => setTheme(theme);
    dark.addEventListener("change", follow);
    return () => dark.removeEventListener("change", follow);
  }, [setTheme, theme]);
  return null;
}

function App({ firstNotice }) {
  const [loggedIn, setLoggedIn] = useState(session.loggedIn);
  const [notice, setNotice] = useState(firstNotice);
  const [who, setWho] = useState("");
  // An ended session leaves the editor where it is, below the form; a log-out clears the screen.
  const [explorer, setExplorer] = useState(loggedIn);

  useEffect(
    () =>
      session.onChange((now, reason) => {
        setLoggedIn(now);
        setNotice(NOTICES[reason] ?? "");
        if (now) setExplorer(true);
        else setWho("");
        if (reason === "log-out") setExplorer(false);
      }),
    [],
  );

  useEffect(() => {
    if (!loggedIn) return;
    let current = true;
    whoIsLoggedIn().then(
      (words) => current && setWho(words),
      () => {},
    );
    return () => (current = false);
  }, [loggedIn]);

  return (
    <>
      <header className="bar">
        <h1>Switchboard playground</h1>
        <nav aria-label="More about the API">
          <a href="/docs">API documentation</a>
          <a href="/schema.graphql">Schema</a>
          <a href="/playground/plain.html">Plain page</a>
        </nav>
        <span id="who" role="status" aria-label="Logged in as">{who}</span>
        {loggedIn && (
          <button id="log-out" type="button" onClick={session.logOut}>Log out</button>
        )}
      </header>
      <main>
        {explorer && (
          <GraphiQL
            fetcher={fetcher}
            plugins={PLUGINS}
            visiblePlugin={samplesPlugin}
            defaultQuery={FIRST_QUERY}
            defaultEditorToolsVisibility="variables"
            shouldPersistHeaders={false}
            inputValueDeprecation
            schemaDescription
          >
            <GraphiQL.Logo> </GraphiQL.Logo>
            <GraphiQL.Footer>
              <Events />
            </GraphiQL.Footer>
            <FollowSystemTheme />
          </GraphiQL>
        )}
      </main>
      <LogIn open={!loggedIn} notice={notice} />
    </>
  );
}

let firstNotice = "";
const linkToken = session.takeLinkToken();
if (linkToken !== null) {
  await session.redeem(linkToken).catch((refusal) => {
    firstNotice = `The log-in link did not work: ${refusal.message}`;
  });
}
createRoot(document.getElementById("root")).render(<App firstNotice={firstNotice} />);
