// The Samples sidebar: operations to begin with, by domain, each opened in a tab of its own.

import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useEffect, useState } from "react";

/** The operations that the build script found, by domain. */
async function loadSamples() {
  const response = await fetch("/playground/samples.json");
  if (!response.ok) throw new Error(`The samples could not be loaded (${response.status}).`);
  const domains = new Map();
  for (const sample of await response.json()) {
    domains.set(sample.domain, [...(domains.get(sample.domain) ?? []), sample]);
  }
  return domains;
}

function SamplesIcon(props) {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" height="1em" {...props}>
      <path d="M4 6h3M4 12h3M4 18h3M10 6h10M10 12h10M10 18h10" strokeLinecap="round" />
    </svg>
  );
}

function Samples() {
  const [domains, setDomains] = useState(new Map());
  const [error, setError] = useState("");
  const { addTab, changeTab } = useGraphiQLActions();
  const { tabs, activeTabIndex, queryEditor, variableEditor } = useGraphiQL((state) => ({
    tabs: state.tabs,
    activeTabIndex: state.activeTabIndex,
    queryEditor: state.queryEditor,
    variableEditor: state.variableEditor,
  }));

  useEffect(() => {
    loadSamples().then(setDomains, (failure) => setError(failure.message));
  }, []);

  function open(sample) {
    const known = tabs.findIndex((tab) => tab.query === sample.query);
    if (known === activeTabIndex) return;
    if (known >= 0) return changeTab(known);
    addTab();
    queryEditor?.setValue(sample.query);
    variableEditor?.setValue(sample.variables);
  }

  return (
    <nav className="samples" aria-labelledby="samples-title">
      <h2 id="samples-title" className="graphiql-doc-explorer-title">Samples</h2>
      <p>Each opens in a tab of its own. They speak of the demo data, which <code>switchboard demo</code> loads.</p>
      {error && <p role="alert">{error}</p>}
      {[...domains].map(([domain, samples]) => (
        <section key={domain} aria-labelledby={`samples-${domain}`}>
          <h3 id={`samples-${domain}`}>{domain}</h3>
          <ul>
            {samples.map((sample) => (
              <li key={sample.name}>
                <button
                  type="button"
                  data-sample={`${sample.domain}/${sample.name}`}
                  aria-current={tabs[activeTabIndex]?.query === sample.query ? "true" : undefined}
                  onClick={() => open(sample)}
                >
                  <span>{sample.title}</span>
                  <small>{sample.kind}</small>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}

export const samplesPlugin = { title: "Samples", icon: SamplesIcon, content: Samples };
