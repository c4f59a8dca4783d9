/** What is around every view: where one is, where one can go, and how the server does. */
import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Keys, useShortcuts } from './parts/keys.js';
import { Live, speak } from './parts/live.js';
import { setTheme, type Theme, theme } from './parts/theme.js';
import { connection, hello } from './state/runs.js';
import { useStore } from './state/store.js';
import { goTo, hashOfView, place } from './state/url.js';
import { type View, views } from './views/views.js';

export function App() {
  const { view } = useStore(place);
  const server = useStore(hello);
  const state = useStore(connection);
  const dialog = useRef<HTMLDialogElement>(null);
  const shown = views.filter(({ isLiveOnly }) => !isLiveOnly || server?.isLive !== false);
  const current = shown.find(({ name }) => name === view) ?? shown[0]!;
  useShortcuts([
    { key: '?', what: 'this list', act: () => dialog.current?.showModal() },
    ...shown.map(({ name, title }, i) => ({
      ...{ key: String(i + 1), what: `go to ${title}` },
      act: () => goTo(name),
    })),
  ]);
  useEffect(() => {
    document.title = `${current.title} – mixgan studio`;
  }, [current]);
  useEffect(() => {
    if (state === 'lost') speak('The studio does not answer; trying again.');
  }, [state]);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        To the content
      </button>
      <header>
        <p class="brand">
          mixgan <b>studio</b>
        </p>
        <nav aria-label="Views">
          {shown.map(({ name, title }) => (
            <a
              key={name}
              href={hashOfView(name)}
              aria-current={current.name === name ? 'page' : undefined}
            >
              {title}
            </a>
          ))}
        </nav>
        <ThemeSwitch />
        <button
          type="button"
          class="small"
          aria-label="Keys"
          onClick={() => dialog.current?.showModal()}
        >
          ?
        </button>
      </header>
      {state === 'lost' && (
        <p class="lost" role="alert">
          The studio does not answer. What is shown stays; it goes on by itself once{' '}
          <code>mixgan studio</code> runs again at this address.
        </p>
      )}
      <main id="main" tabIndex={-1}>
        <h1>{current.title}</h1>
        <Loaded view={current} />
      </main>
      <Keys dialog={dialog} />
      <Live />
    </>
  );
}

function Loaded({ view }: { readonly view: View }) {
  const [loaded, set] = useState<{ view: View; Component: ComponentType } | { problem: string }>();
  useEffect(() => {
    let isWanted = true;
    view.load().then(
      (Component) => isWanted && set({ view, Component }),
      () =>
        isWanted &&
        set({ problem: `${view.title} could not be loaded: is the studio still there?` }),
    );
    return () => {
      isWanted = false;
    };
  }, [view]);
  if (loaded !== undefined && 'problem' in loaded) return <p role="alert">{loaded.problem}</p>;
  if (loaded === undefined || loaded.view !== view) return <p class="quiet">…</p>;
  const { Component } = loaded;
  return <Component />;
}

function ThemeSwitch() {
  const chosen = useStore(theme);
  return (
    <label class="theme">
      <span class="unseen">Colours</span>
      <select
        value={chosen}
        onChange={({ currentTarget }) => setTheme(currentTarget.value as Theme)}
      >
        <option value="auto">as the system</option>
        <option value="light">light</option>
        <option value="dark">dark</option>
      </select>
    </label>
  );
}
